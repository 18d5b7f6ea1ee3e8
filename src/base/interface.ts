import { escapeControls } from './escape-controls.ts';

/** A moment: whole seconds since 1970 UTC (negative before) and nanoseconds, 0 to 999 999 999. */
export interface Moment {
  seconds: number;
  nanoseconds: number;
}

/** The moment of a JavaScript time: milliseconds since 1970 UTC, which may have a fraction. */
export function momentOf(milliseconds: number): Moment {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanoseconds: Math.round((milliseconds - seconds * 1000) * 1e6) };
}

/**
 * What a capture counted on one interface, as a pcapng interface statistics block tells it (isb_ options of
 * draft-ietf-opsawg-pcapng, 4.6). What is not known is absent. Counts are packets, exact up to 2^53.
 */
export interface InterfaceStatistics {
  /** When these counts were taken; absent: now (when written), or the block's own time (when read). */
  time?: Moment;
  /** When the capture began and ended. */
  start?: Moment;
  end?: Moment;
  /** Packets the interface received. */
  received?: number;
  /** Packets the interface itself had no room for. */
  dropped?: number;
  /** Packets the capture filter accepted. */
  accepted?: number;
  /** Packets the operating system had no room for. */
  osDropped?: number;
  /** Packets handed to the capturing program. */
  delivered?: number;
}

/**
 * An interface packets were captured on: the one of a pcap file or a live capture, or each of a pcapng file.
 *
 * It lies in base/, beside Batch, because file/ reads and writes it and source/ hands it out.
 */
export interface Interface {
  /** LINKTYPE_ value (wire/linktype.ts). */
  linkType: number;
  /** Bytes captured of a packet at most; 0 for no limit. */
  snaplen: number;
  /**
   * Byte order of the machine that captured, as the file has it: BSD's loopback header is written in it. Absent for the
   * order of this machine.
   */
  littleEndian?: boolean;
  /** if_name, such as `ns1:veth0`; empty where not known. */
  name: string;
  description: string;
  /** The capture filter, in libpcap's language. */
  filter?: string;
  /** The operating system of the machine that has the interface, and the interface's hardware. */
  os?: string;
  hardware?: string;
  comments?: readonly string[];
  /**
   * if_tsresol as pcapng writes it: digits after the second (6 microseconds, 9 nanoseconds); with 0x80 set, bits after
   * the second. Time stamps in a Batch are nanoseconds whatever it says; it tells how many digits mean something.
   */
  resolution?: number;
  /** The section of a pcapng file that describes it, counted from 0. */
  section?: number;
  /** The last interface statistics block seen. */
  statistics?: InterfaceStatistics;
  /** When the capture itself lost packets, as its statistics blocks tell one after the other. */
  losses?: CaptureGap[];
}

/** Packets that a capture had no room for, between two moments. */
export interface CaptureGap {
  from: Moment;
  to: Moment;
  packets: number;
}

/**
 * The name of the interface with this index in its own namespace: LINUX_SLL2 has the index in each packet's header.
 * `number` is that of the source's interface the packet belongs to (`Batch.interface`), which may be `any`.
 */
export type InterfaceNames = (number: number, index: number) => string;

/** What has interfaces: every source of packets. */
export interface Interfaces {
  /** Those known so far. `Batch.interface` indexes them. */
  readonly interfaces: readonly Interface[];
  /** Names of interfaces that packets tell by their index; absent: as the interfaces have them. */
  readonly interfaceName?: InterfaceNames;
}

/** Names of the interfaces that a source's packets tell by their index. */
export function interfaceNames(source: Interfaces): InterfaceNames {
  return source.interfaceName ?? recordedNames(source.interfaces);
}

/** The loopback interface has the first index in every network namespace. */
const LOOPBACK = 1;

/**
 * Names as a file has them: the packet's own interface, or, where that is `any` or has no name, the index. This
 * machine's names are those of other interfaces.
 */
export function recordedNames(interfaces: readonly Interface[]): InterfaceNames {
  const names = new Map<number, string>();
  return (number, index) => {
    let name = names.get(number);
    if (name === undefined) {
      name = recordedName(interfaces[number]?.name ?? '') ?? '';
      names.set(number, name);
    }
    return name !== '' ? name : index === LOOPBACK ? 'lo' : String(index);
  };
}

/** The interface that if_name names, without the namespace in front; undefined for all interfaces, and for none. */
export function recordedName(name: string): string | undefined {
  const device = name.slice(name.lastIndexOf(':') + 1);
  return device === '' || device === 'any' ? undefined : escapeControls(device);
}
