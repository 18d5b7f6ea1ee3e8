// A packet that the kernel dropped, by whichever method it was learned, and the sources of such events.
import type { Moment } from '../base/interface.ts';

/** The methods of learning about drops, the most informative first. */
export const WAYS = ['bpf', 'tracefs', 'nft', 'counters'] as const;
/** A method of learning about drops. */
export type Way = (typeof WAYS)[number];

/** The rule of a packet filter that decided, or a chain's policy. */
export interface Rule {
  /** As nft calls it: `ip`, `ip6`, `inet`, `arp`, `bridge`, `netdev`. */
  family: string;
  table: string;
  chain: string;
  /** Undefined for a chain's policy. */
  handle?: number;
  /** As its tool lists it: `tcp dport 80 drop`, or `policy drop`. */
  text?: string;
  /** Of iptables-legacy or ip6tables-legacy; such rules have no handles. */
  legacy?: boolean;
}

/** A socket, and the program that has it, if visible. */
export interface SocketOwner {
  /** `tcp` or `udp`. */
  protocol: string;
  /** Its address and port, and those it is connected to, as ss prints them. */
  local: string;
  peer: string;
  /** Bytes that its receive buffer may hold. */
  buffer: number;
  process?: { name: string; pid: number };
}

/** One dropped packet; or, if only counters are known, several of a kind. What is not known is absent. */
export interface DropEvent {
  /** CLOCK_REALTIME, as in packet captures. */
  time: Moment;
  namespace?: { inode: number; name: string };
  interface?: { index: number; name: string };
  /** The kernel's name without its prefix, such as `NETFILTER_DROP`. */
  reason?: string;
  /** The kernel's function that dropped it. */
  function?: string;
  rule?: Rule;
  /** The socket it was for, where the reason lies in one. */
  socket?: SocketOwner;
  direction?: 'in' | 'out';
  /** skb->mark. */
  mark?: number;
  packet?: DroppedPacket;
  /** Packets that this stands for. */
  count: number;
  /** Where the trace saw its buffer right before, oldest first. */
  passages?: readonly Passage[];
  /** The thread that sent it, where it was dropped on that thread's behalf. */
  thread?: number;
  /** The value of that counter. */
  total?: number;
  /** The counter that counted them, for example `UdpNoPorts`, if no packet is known. */
  counter?: string;
}

/** An interface that a packet passed on its way, as the kernel's tracing shows it: without the packet. */
export interface Passage {
  interface: string;
  direction: 'in' | 'out';
  /** Bytes from the network header on, without an Ethernet header. */
  length: number;
  /** Nanoseconds since 1970. */
  time: bigint;
  /** Others of that length which passed an interface of that name within two milliseconds. */
  rivals: number;
}

/** The packet of a drop event, as far as the kernel handed it over. */
export interface DroppedPacket {
  /** LINKTYPE_ value: Ethernet, or raw IP where the packet had no Ethernet header. */
  linkType: number;
  /** Its first bytes. */
  bytes: Uint8Array;
  /** Bytes it had, from the same header on. */
  length: number;
}

/** How many packets were dropped for one reason in one place. */
export interface DropCount {
  namespace?: { inode: number; name: string };
  interface?: { index: number; name: string };
  reason?: string;
  function?: string;
  packets: number;
}

/** Counts since the start, in packets. */
export interface DropTotals {
  /** Dropped by the kernel, as far as this method sees. */
  packets: number;
  /** Of those: counted, but not delivered as events, because the rate was too high. */
  limited: number;
  /** Of those: lost before they were read; with `uncounted`, a lower bound. */
  lost: number;
  /** Present if an unknown number of further packets may have been dropped: the reason, in a sentence. */
  uncounted?: string;
  /** Besides: those of which it is not known whether they were in one of the requested namespaces. */
  unplaced?: number;
  /** By namespace, interface, reason and function, where the kernel counts them so. */
  counts?: DropCount[];
}

/** Drop events under way. */
export interface DropSource {
  readonly way: Way;
  /** Sentences: why a better method is unavailable, and what this one cannot know. */
  readonly notes: string[];
  /** Waits for events and returns them, oldest first; null once `stop` was called and all are delivered. */
  next(): Promise<DropEvent[] | null>;
  totals(): DropTotals;
  /** Accepts no further events; those received are still delivered. */
  stop(): void;
  /** Releases all kernel resources. `next` and `totals` must not be called any more. */
  close(): Promise<void>;
}
