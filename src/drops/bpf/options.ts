// What the program for dropped packets is made for.
import type { Program } from '../../filter/program.ts';
import type { KernelFacts } from '../kernel-facts.ts';

export interface ProgramOptions {
  facts: KernelFacts;
  /** Descriptors of the maps. */
  maps: { scratch: number; totals: number; counters: number; ring: number };
  /** Inodes of the namespaces whose packets are wanted; undefined for all. */
  namespaces: readonly number[] | undefined;
  /** A filter on Ethernet frames; undefined for every packet. */
  filter: Program | undefined;
  /**
   * The number in BTF of the kernel's function bpf_dynptr_from_skb, for a program of the tracing type: only such a one
   * can read a packet that does not lie in one piece. Undefined for a raw tracepoint program, which reads the first piece.
   */
  wholePackets: number | undefined;
  /** Nanoseconds between two events of a processor in the long run, and how many may come at once. */
  interval: number;
  burst: number;
}
