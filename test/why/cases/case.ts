// A lab broken in one way, and what `why` must say of it.
import type { Topology } from '../lab.ts';

export interface Case {
  name: string;
  topology: Topology;
  /** Commands; `@a` stands for the namespace a. */
  breakage: string[];
  /** From, to and port; to is a namespace's short name, whose address is asked for. a to b where not given. */
  from?: string;
  to?: string;
  /** TARGET as it is, where it is not the address. */
  target?: string;
  port?: number;
  udp?: boolean;
  serve?: Record<string, string>;
  /** What the verdict must say. */
  says: RegExp;
  /** False: no command can fix it. */
  fixes?: false;
}

/** Commands of nft in a namespace. */
export const nft = (ns: string, ...rules: string[]) =>
  rules.map((rule) => `ip netns exec @${ns} nft ${rule}`);
export const chain = (ns: string, hook: string, policy = 'accept') =>
  nft(
    ns,
    'add table inet f',
    `add chain inet f c { type filter hook ${hook} priority 0 ; policy ${policy} ; }`,
  );
export const set = (ns: string, name: string, value: number) =>
  `ip netns exec @${ns} sysctl -qw ${name}=${value}`;
