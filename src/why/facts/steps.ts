// What each step of an examination showed.
import type { InterfaceName, ProcessName } from './names.ts';
import type { ObservedPath } from './observed-path.ts';

/** What each step of `why` showed, by its name. */
export interface StepFacts {
  namespace: { netns: string; inode: number };
  loopback: { netns: string; state: 'up' | 'down' | 'unseen' };
  address: { family: 4 | 6; addresses: readonly { interface: string; address: string; prefix: number }[] };
  owner: {
    /** The target as typed. */
    understood: string;
    address?: string;
    /** Who has it, of what is seen here. */
    owner?: InterfaceName;
  };
  /** Without an interface: it is the asker's own, by lo. */
  route: { address: string; gateway?: string; interface?: string; source?: string };
  link: {
    interface: string;
    up: boolean;
    carrier: boolean;
    leadsTo: readonly (InterfaceName & { up: boolean })[];
  };
  neighbour: { nextHop: string; mac?: string; state: readonly string[] };
  hops: {
    namespaces: readonly string[];
    /** Those that forward; absent where the way is not seen to its end. */
    routers?: readonly string[];
  };
  firewall: {
    namespaces: readonly { netns: string; rules: number; chains: number; problem?: string }[];
    /** The way is seen to its end. */
    whole: boolean;
  };
  /** Without a route: the other end can not be seen. */
  back: { route?: { netns: string; target: string; gateway?: string; interface: string } };
  /** Without a packet: none was sent, as pings are not answered. */
  mtu: { packet?: { size: number; fate: 'answered' | 'too-big' | 'lost'; said: string } };
  /** What captures saw; else why there was none. */
  capture: { observed?: ObservedPath; refused?: string };
  ping: { said?: string; portWorks: boolean };
  port: {
    protocol: 'tcp' | 'udp';
    port: number;
    said: string;
    /** It says nothing by itself, once connected. */
    isSilent?: boolean;
    /** Bytes of a payload that were acknowledged. */
    carried?: number;
    listener?: { address: string; port: number; process?: ProcessName };
  };
}
