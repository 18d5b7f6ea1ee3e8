// A lab broken in one way, and what `why` must say of it.
import type { FindingCode } from '../../../src/why/finding.ts';
import type { Topology } from '../lab.ts';

export interface Case {
  name: string;
  topology: Topology;
  /** Made before it is broken, besides the topology. */
  setup?: string[];
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
  /** Makes sockets that Node has no way to make, in namespaces by their short names; they are closed with the lab. */
  sockets?: (ns: (short: string) => string) => void;
  /** What the verdict must say. */
  says: RegExp;
  /** The code of the cause. */
  code?: FindingCode;
  /** It takes programs of BPF. */
  needsBpf?: true;
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
/** A table of one chain, at a hook. */
export const hook = (ns: string, table: string, type: string, name: string, priority: number) =>
  nft(
    ns,
    `add table ${table}`,
    `add chain ${table} ${name} { type ${type} hook ${name} priority ${priority} ; }`,
  );
export const set = (ns: string, name: string, value: number) =>
  `ip netns exec @${ns} sysctl -qw ${name}=${value}`;
