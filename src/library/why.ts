// Why one namespace can or cannot reach another: the one door to the diagnosis.
import type { WhyReport } from '../report/why.ts';

/** What is asked. */
export interface WhyOptions {
  /** Where the packets start: a name under /run/netns, `pid:1234`, `container:NAME`, a path, or `host`. */
  namespace: string;
  /** An address, a namespace, or a host name. */
  target: string;
  /** The port that should be reachable; absent: a ping is. */
  port?: number;
  /** The port is a UDP port; absent: TCP. */
  udp?: boolean;
  /** 4 or 6: only addresses of this family, where the target leaves it open. */
  family?: 4 | 6;
  /** How to learn of packets that the kernel drops; absent: the best way that is allowed. */
  how?: 'bpf' | 'tracefs' | 'nft' | 'counters';
}

/**
 * Says why one namespace can or cannot reach an address, another namespace, or a port there. Sends a handful of packets,
 * changes nothing and leaves nothing behind.
 *
 * @throws NscapError UNKNOWN_NAMESPACE, UNKNOWN_TARGET; NOT_PERMITTED where the namespace may not be looked into (it takes
 * root, or CAP_SYS_ADMIN and CAP_NET_ADMIN); USAGE
 * @example const { reachable, verdict, commands } = await why({ namespace: 'ns1', target: 'ns2', port: 7096 });
 */
export async function why(options: WhyOptions): Promise<WhyReport> {
  const { examine } = await import('../why/examine.ts');
  const { whyJson } = await import('../report/why.ts');
  const { namespace, ...question } = options;
  return whyJson(await examine({ from: namespace, ...question }));
}
