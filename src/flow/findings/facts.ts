// What each finding about a connection says, by its code: plain data, of which report/tcp/ makes sentences.
import type { ConnectionFindingCode } from './codes.ts';

/** The two ends of a connection, as `10.0.1.1:40000`. */
export interface Ends {
  client: string;
  server: string;
}

/** Who sent data, and whom it was for. */
interface Direction {
  sender: string;
  receiver: string;
}

/** Packets whose checksum was left to offload, which may be why they were dropped. */
export interface Uncomputed {
  packets: number;
  /** Addresses. */
  sender: string;
  receiver: string;
}

/** A rule that drops every n-th packet. */
export interface DropRule {
  every: number;
  /** Enough losses show it; false: it is only probable. */
  certain: boolean;
  /** Data and ACKs alternate: it may drop every `every / 2`-th, of which the others were ACKs. */
  alternates: boolean;
}

/** An ICMP error by its numbers. */
export interface IcmpError {
  version: 4 | 6;
  type: number;
  code: number;
}

interface Lost {
  sender: string;
  /** Segments that were sent again. */
  segments: number;
  /** Data segments that the sender sent. */
  of: number;
  /** The losses follow a rule. */
  rule?: DropRule;
}

/** Durations are nanoseconds. */
export interface ConnectionFacts {
  'acks-lost': Direction & { times: number };
  'capture-loss': Direction & { bytes: number };
  'capture-order': Direction & { segments: number };
  'captured-twice': { segments: number };
  'checksum-offload': { packets: number };
  'closed-unanswered': { endpoint: string; peer: string };
  'half-open':
    | (Ends & {
        /** The client answered the SYN-ACK with an RST. */
        kind: 'aborted';
      })
    | (Ends & {
        /** SYN-ACKs, or the ACK of one, did not arrive. */
        kind: 'lost';
        synAcks: number;
        /** The client keeps sending SYNs: it is the SYN-ACKs. */
        clientRepeats: boolean;
        uncomputed?: Uncomputed;
      })
    | {
        /** Both had sent a SYN. */
        kind: 'simultaneous';
        ends: readonly { endpoint: string; synAcks: number }[];
      };
  icmp: Ends & { error: IcmpError };
  'loss-before': Lost;
  'loss-beyond': Lost & {
    receiver: string;
    /** Of the segments, those with a FIN alone. */
    fins: number;
    /** The receiver's window was full, or it took back part of it: it may have discarded them. */
    window: 'open' | 'full' | 'shrunk';
  };
  malformed: { endpoint: string; segments: number };
  mtu: Ends & { error: IcmpError };
  'no-room': Direction & { segments: number };
  'one-sided': {
    /** Whose packets are in the capture, and whose are not. */
    captured: string;
    missing: string;
  };
  refused: Ends & {
    /** The server had sent a SYN itself. */
    simultaneous: boolean;
  };
  rejected: Ends & { error: IcmpError };
  reordered: {
    sender: string;
    segments: number;
    /** None of them can have been lost and sent again. */
    certain: boolean;
  };
  reset: {
    endpoint: string;
    peer: string;
    /** Which side had closed before. */
    after: 'own-close' | 'peer-close' | 'none';
    /** Packets of the peer without an answer. */
    pending: number;
    /** The RST has no ACK: of a host that does not know the connection, or of a firewall. */
    withoutAck: boolean;
  };
  'reset-after-close': { endpoint: string };
  'reused-ports': Ends;
  'segmentation-offload': {
    /** Bytes of the largest segment. */
    largest: number;
  };
  silence: { duration: number; afterFrame: number };
  'simultaneous-open': Ends & {
    /** The SYN was answered with a SYN, and that with a SYN-ACK and an ACK (split handshake). */
    split: boolean;
    /** Both answered the other's SYN with a SYN-ACK. */
    bothAnswered: boolean;
  };
  'slow-handshake':
    | (Ends & {
        /** What was sent more than once, and where it was lost. */
        kind: 'syn-acks-beyond' | 'ack-beyond' | 'syns' | 'syn-acks';
        times: number;
        /** How long the handshake took; absent where that is not known. */
        took?: number;
      })
    | {
        /** In a simultaneous open: how often SYN and SYN-ACK were sent. */
        kind: 'simultaneous';
        endpoint: string;
        syns: number;
        synAcks: number;
      };
  spurious: Direction & {
    segments: number;
    /** Segments of which it is not known whether they had arrived. */
    unknown: number;
  };
  stalled: Direction & {
    total: number;
    longest: number;
    fromFrame: number;
    /** Absent: it lasted to the end. */
    untilFrame?: number;
    /** How often the window was announced as 0, filled and probed. */
    zeroWindows: number;
    fills: number;
    probes: number;
    /** The largest window, in bytes. */
    window: number;
    reason: 'slow-process' | 'small-buffer' | 'long-path';
    /** Of a long path: the round-trip time. */
    rtt?: number;
  };
  stuck: {
    endpoint: string;
    peer: string;
    times: number;
    /** The data may be too large for the path. */
    large: boolean;
  };
  unanswered:
    | (Ends & { kind: 'client'; syns: number; duration: number; uncomputed?: Uncomputed })
    | (Ends & { kind: 'simultaneous'; clientSyns: number; serverSyns: number });
  vanished: {
    /** Who stopped answering, and whom. */
    peer: string;
    endpoint: string;
    packets: number;
    keepAlives: boolean;
    duration: number;
    /** The side that got no answer reset the connection. */
    gaveUp: boolean;
    /** The last frame of the peer; absent: it sent none. */
    afterFrame?: number;
    reason: 'icmp' | 'large' | 'unknown';
    /** Of large packets: the bytes of data of the smallest. */
    smallest?: number;
  };
  'window-shrunk': { receiver: string; times: number };
  'zero-window': {
    receiver: string;
    times: number;
    /** How long the window was closed; absent where no update followed. */
    closed?: { longest: number; total: number; toEnd: boolean };
  };
}

/** What was found: a code and the facts that go with it. */
export type ConnectionDiagnosis = {
  [Code in ConnectionFindingCode]: { code: Code; facts: ConnectionFacts[Code] };
}[ConnectionFindingCode];
