// The data of the HTML report: what `nscap report --json` prints and what the page draws. Both sides import these shapes, so
// nothing of Node and nothing of the browser may be in here.
import type { DnsReport, EchoReport, SummaryReport } from '../report/documents.ts';
import type { Layout } from '../report/map/placement.ts';
import type { TraceReport } from '../report/trace/document.ts';

/** Times in nanoseconds and values: each but the first is the difference from the one before. */
export interface LineData {
  t: number[];
  v: number[];
  /** Columns of time that the points were reduced to, each its lowest and highest; absent where all are there. */
  columns?: number;
}

/** Ranges of sequence numbers: times `t`, begins `b` and frames `f` as differences, lengths `l`, kinds `k` (indices of `kinds`). */
export interface BarData {
  t: number[];
  b: number[];
  l: number[];
  f: number[];
  k: number[];
  /** How many of its kind each stands for; absent where each is one. */
  c?: number[];
  columns?: number;
}

/** What kept a side from sending: seconds of each cause, and runs of time, `b` begins as differences, `l` lengths, `c` causes. */
export interface LimitsData {
  /** From packets alone; false where the kernel was asked. */
  estimate: boolean;
  causes: {
    cause: string;
    seconds: number;
    share: number;
    waits: number;
    /** The longest wait, between two frames. */
    longest: { seconds: number; fromFrame: number; untilFrame: number } | null;
  }[];
  /** What the unknown time may have been; empty where that is not known either. The share of each lies between its own and with that. */
  candidates: string[];
  runs: { b: number[]; l: number[]; c: number[] };
}

/** What one side sent, and how the other answered. */
export interface DirectionData {
  sender: 'client' | 'server';
  /** The sequence number on the wire that all others count from. */
  base: number;
  bars: BarData;
  acks: LineData;
  /** Right edge of the receiver's window. */
  edges: LineData;
  rtt: LineData;
  flight: LineData;
  window: LineData;
  gaps: LineData;
  /** Bytes on the wire, and new payload, of each bin of time. */
  bytes: number[];
  fresh: number[];
  limits: LimitsData;
  /** What the sender's kernel said (capture --sockets): congestion window in bytes, smoothed round-trip time in nanoseconds. */
  kernel?: { cwnd: LineData; srtt: LineData; limits: LimitsData | null; last: Record<string, number> };
}

/** The graphs of a connection. Times count in nanoseconds from its first packet. */
export interface GraphData {
  stream: number;
  /** Nanoseconds from the capture's first packet to the connection's, and from there to its last. */
  start: number;
  span: number;
  directions: DirectionData[];
}

export interface FindingData {
  severity: 'problem' | 'note';
  code: string;
  stream: number;
  text: string;
  frames: number[];
}

/** A row of the table of connections. Times in seconds, sizes in bytes. */
export interface ConnectionData {
  stream: number;
  client: string;
  server: string;
  start: number;
  duration: number;
  packets: number;
  clientBytes: number;
  serverBytes: number;
  retransmissions: number;
  /** Mean round-trip time of what the client and the server sent; null where there is none. */
  clientRtt: number | null;
  serverRtt: number | null;
  opening: string;
  closing: string;
  problems: number;
  /** Codes of what was found. */
  findings: string[];
  /** How often each of Wireshark's verdicts was given, by its name in tcp.analysis. */
  verdicts: Record<string, number>;
  /** Bytes over time. */
  spark: number[];
}

/** Packets that the kernel dropped, of which the capture has records. */
export interface DropsData {
  packets: number;
  harmless: number;
  reasons: { reason: string; meaning: string; packets: number }[];
  rules: { rule: string; packets: number }[];
  places: { place: string; packets: number }[];
  /** The first ones; `time` in seconds since 1970, `from` and `to` as in connections, null where it is no TCP. */
  listed: {
    frame: number;
    time: number;
    place: string;
    reason: string | null;
    function: string | null;
    rule: string | null;
    explanation: string[];
    harmless: boolean;
    from: string | null;
    to: string | null;
  }[];
}

/** A protocol upon another, as Wireshark's protocol hierarchy; `depth` is 0 for all frames. */
export interface ProtocolData {
  protocol: string;
  depth: number;
  frames: number;
  bytes: number;
}

/** One capture. */
export interface CaptureData {
  name: string;
  /** What stands in commands that read it; null where it cannot be read again. */
  file: string | null;
  /** Of several interfaces in the file the one that it is of; absent where it is of all. */
  interface?: number;
  filter: string;
  /** Seconds since 1970 of the first packet, null without packets; and seconds to the last. */
  begin: number | null;
  span: number;
  packets: number;
  interfaces: string[];
  /** What is wrong with the file, in words. */
  damage: string | null;
  totals: string;
  summary: SummaryReport;
  findings: FindingData[];
  /** Findings beyond those, and suspicious connections whose findings are not among either, as others are worse. */
  unlisted: { findings: number; connections: number };
  /** Worst first; `omitted` more are not listed. */
  connections: ConnectionData[];
  omitted: number;
  graphs: GraphData[];
  /** Lines of packets as tcpdump -S prints them, by frame number: of findings, of marked events, of others while there is room. */
  lines: Record<number, string>;
  /** Packets and bytes of all protocols, in equal bins of `span`. */
  io: { packets: number[]; bytes: number[] };
  protocols: ProtocolData[];
  /** Absent where nothing was recorded of drops. */
  drops?: DropsData;
  echo: EchoReport;
  dns: DnsReport;
}

/** The wiring of namespaces: where its boxes and cables are drawn, in character cells, and the same as a table. */
export interface TopologyData {
  layout: Layout;
  /** When it was looked at, in seconds since 1970. */
  time: number;
  /** What could not be seen. */
  unseen: string[];
}

export interface PageData {
  version: 1;
  program: string;
  title: string;
  /** Names of the kinds of bars. */
  kinds: readonly string[];
  /** Names of what limits a sender. */
  causes: readonly string[];
  captures: CaptureData[];
  /** The namespaces at the time, where the capture was live. */
  topology?: TopologyData;
  /** The way of packets from point to point, where a trace was made (nscap trace --report). */
  trace?: TraceReport;
}

/** From differences back to values. */
export function summed(differences: readonly number[]): Float64Array {
  const values = new Float64Array(differences.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += differences[i];
    values[i] = sum;
  }
  return values;
}
