// The plan of a capture: what the command's options request, in one part per piece of work.
import type { OpenOptions } from '../../binding/libpcap.ts';
import type { RotationPlan } from '../../output/rotation.ts';
import type { PrintOptions } from '../../print/engine/options.ts';
import type { Assertion } from '../../report/assertions.ts';
import type { FieldRequest } from '../field-options.ts';

/** How interfaces are opened; without `bufferKib` the ring has the size that suits what is done with the packets. */
export type InterfaceOptions = Omit<OpenOptions, 'timeout'>;

/** The source of packets. */
export interface OpeningPlan {
  binding: 'libpcap' | 'cap';
  interfaces: InterfaceOptions;
  /** Also packets that the kernel drops in the namespace. */
  drops: boolean;
  /** Packets after which the capture ends. */
  count: number | undefined;
  /** Packets are printed: their link types must be ones that can be. */
  printed: boolean;
  /** Packets go into a pcap file and nowhere else: then no JavaScript needs to see them. */
  recorded: boolean;
}

/** The files of -w. */
export interface FilesPlan {
  /** The name, or its pattern, or `-`. */
  path: string;
  pcapng: boolean;
  nanoseconds: boolean;
  rotation: RotationPlan;
  /** Bytes that all files together may have. */
  limit: number | undefined;
  /** -z: a command for each file that is finished. */
  command: string | undefined;
  /** Say whose the addresses are. */
  names: boolean;
}

/** What is printed of packets. */
export interface LinesPlan {
  print: Partial<PrintOptions>;
  resolve: boolean;
  /** Fields in place of lines. */
  fields: FieldRequest | undefined;
  displayFilter: string | undefined;
  /** Verdicts after the lines. */
  verdicts: boolean;
}

/** The analysis of TCP. */
export interface AnalysisPlan {
  maxConnections: number | undefined;
  /** Print what was found at the end, unless that is part of the JSON document. */
  report: boolean;
  assertions: readonly Assertion[];
  /** The file of their outcomes. */
  junit: string | undefined;
  /** The store that gets rows, and the file that packets are written to, if to one. */
  store: { target: string; file: string | undefined } | undefined;
}

/** The uses of the packets. */
export interface SessionPlan {
  files: FilesPlan | undefined;
  lines: LinesPlan | undefined;
  analysis: AnalysisPlan | undefined;
  /** Records of interfaces after those opened are packets that the kernel dropped. */
  drops: boolean;
  /** The processes at the two ends of each packet. */
  processes: boolean;
  /** Milliseconds between two samples of the namespace's sockets. */
  socketsInterval: number | undefined;
  /** Milliseconds. */
  duration: number | undefined;
  /** The user to become once all is open. */
  user: string | undefined;
  /** One JSON document at the end. */
  json: boolean;
  /** No status line. */
  quiet: boolean;
  /** Messages to print once the capture is on. */
  warnings: readonly string[];
}
