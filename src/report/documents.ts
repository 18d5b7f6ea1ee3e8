// The shapes of what `analyze` reports to programs. Times are in seconds, sizes in bytes, rates in bits per second; frames
// are frame numbers, counted from 1. What was not seen is null.

import type { ConnectionDiagnosis } from '../flow/findings/facts.ts';
import type { Closing, Opening } from '../flow/state.ts';
import type { VERDICTS } from '../flow/verdict.ts';

/** Wireshark's name for what a segment is (tcp.analysis.*), such as `retransmission`. */
export type VerdictName = (typeof VERDICTS)[number];

/** Times in seconds. */
export interface TimesReport {
  min: number;
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** Round-trip times in seconds: from a segment to its acknowledgment, those of segments sent twice left out (Karn). */
export interface RttReport {
  /** Of how many segments. */
  count: number;
  min: number;
  mean: number;
  max: number;
  /** Null where memory was too short to keep samples. */
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** How long a window was closed or full. */
export interface StallReport {
  total: number;
  longest: number;
  fromFrame: number;
  /** Null where it still was at the end. */
  untilFrame: number | null;
}

/** What one side of a connection sent. */
export interface SideReport {
  address: string;
  port: number;
  packets: number;
  /** On the wire, all headers included. */
  bytes: number;
  dataPackets: number;
  payloadBytes: number;
  /** Payload without what was sent again. */
  uniqueBytes: number;
  /** Of `bytes`, and of `uniqueBytes`; null where no time passed. */
  throughput: number | null;
  goodput: number | null;
  retransmittedPackets: number;
  retransmittedBytes: number;
  /** 0 to 1, of the packets with data. */
  retransmittedShare: number;
  rtt: RttReport | null;
  maxBytesInFlight: number;
  window: { min: number; max: number };
  /** The window that it announced was 0; the other side filled it. */
  zeroWindow: StallReport | null;
  fullWindow: StallReport | null;
  mss: number | null;
  windowScale: number | null;
  sackPermitted: boolean;
  timestamps: boolean;
  /** Its first payload: seconds after the connection's first packet. */
  firstByte: number | null;
  /** Bytes that were acknowledged and never captured. */
  missedBytes: number;
  finFrame: number | null;
  resetFrame: number | null;
  /** How often its segments got each verdict, and the first frames that did. Without those that none got. */
  verdicts: Partial<Record<VerdictName, { count: number; frames: number[] }>>;
}

/** What is wrong with a connection, or worth knowing: `code` says which `facts` there are, of which `text` is made. */
export type FindingReport = ConnectionDiagnosis & FindingDetails;

/** What a finding has besides its code and facts. */
export interface FindingDetails {
  /** A problem, or a note: what looks like one and is not, or is normal. */
  severity: 'problem' | 'note';
  /** One sentence. */
  text: string;
  /** Frames that prove it, the first few where there are many. */
  frames: number[];
}

/** A TCP connection. */
export interface ConnectionReport {
  /** Its number, as Wireshark counts (tcp.stream). */
  stream: number;
  /** Name of the interface of its first packet. */
  interface: string | null;
  client: SideReport;
  server: SideReport;
  /** Seconds after the capture's first packet. */
  start: number;
  duration: number;
  /** How it began: `middle` where its beginning was not captured. */
  opening: Opening;
  /** How it ended. */
  closing: Closing;
  resetBy: 'client' | 'server' | null;
  frames: { first: number; last: number };
  /** Null where SYN, SYN-ACK and ACK were not all captured; `network` and `server` where they cannot be told apart. */
  handshake: {
    total: number;
    synToSynAck: number;
    synAckToAck: number;
    network: number | null;
    server: number | null;
  } | null;
  initialRtt: number | null;
  /** From the first packet to the server's first payload. */
  timeToFirstByte: number | null;
  longestSilence: { time: number; afterFrame: number };
  findings: FindingReport[];
}

/** All connections together, those that are not listed included. */
export interface SummaryReport {
  /** Packets looked at, and TCP segments among them. */
  packets: number;
  segments: number;
  connections: number;
  /** Connections given up to keep memory bounded: they count here and are not listed. */
  retired: number;
  /** How many connections began, and ended, in each way. */
  opening: Record<Opening, number>;
  closing: Record<Closing, number>;
  bytes: number;
  payloadBytes: number;
  uniqueBytes: number;
  retransmittedPackets: number;
  retransmittedBytes: number;
  resets: number;
  verdicts: Record<VerdictName, number>;
  rtt: { [key in keyof RttReport]: key extends 'count' ? number : number | null } | null;
  handshake: { count: number; min: number | null; mean: number | null; max: number | null } | null;
  /** Time that windows were closed or full, over all connections. */
  stallTime: number;
  longestSilence: number;
  longestDuration: number;
}

/** One echo request. */
export interface EchoExchangeReport {
  sequence: number;
  frame: number;
  /** Null where it was lost. */
  replyFrame: number | null;
  rtt: number | null;
  /** The ICMP error that came instead, and its frame. */
  error?: string;
  errorFrame?: number;
}

/** ICMP echo between two addresses. */
export interface EchoConversationReport {
  source: string;
  destination: string;
  identifier: number;
  requests: number;
  replies: number;
  lost: number;
  duplicateReplies: number;
  repeatedRequests: number;
  rtt: TimesReport | null;
  /** Requests too long ago to be among `exchanges`. */
  requestsNotListed: number;
  exchanges: EchoExchangeReport[];
}

/** All ICMP echo. */
export interface EchoReport {
  requests: number;
  replies: number;
  lost: number;
  /** Replies to requests that were not captured. */
  unaskedReplies: number;
  retiredConversations: number;
  conversations: EchoConversationReport[];
}

/** One DNS query. */
export interface DnsExchangeReport {
  id: number;
  clientPort: number;
  name: string;
  /** `A`, `AAAA`, … */
  type: string;
  frame: number;
  /** How often it was sent. */
  sent: number;
  /** Null where no answer came. */
  responseFrame: number | null;
  time: number | null;
  /** `NOERROR`, `NXDOMAIN`, … */
  code: string | null;
  /** The ICMP error that came instead, and its frame. */
  error?: string;
  errorFrame?: number;
}

/** DNS between a client and a server. */
export interface DnsPairReport {
  client: string;
  server: string;
  port: number;
  transport: 'udp' | 'tcp';
  queries: number;
  responses: number;
  unanswered: number;
  repeatedQueries: number;
  duplicateResponses: number;
  /** Response times. */
  time: TimesReport | null;
  /** Queries too long ago to be among `exchanges`. */
  queriesNotListed: number;
  exchanges: DnsExchangeReport[];
}

/** All DNS. */
export interface DnsReport {
  queries: number;
  responses: number;
  unanswered: number;
  /** Responses to queries that were not captured. */
  unaskedResponses: number;
  retiredPairs: number;
  pairs: DnsPairReport[];
}
