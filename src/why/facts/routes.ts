// What findings about routes, forwarding and reverse path filtering say.
import type { ChainName, InterfaceName } from './names.ts';

/** The requested packet, or its answer (`reply`), on its way to `target`. */
interface Bound {
  target: string;
  reply: boolean;
}

interface Missing extends Bound {
  kind: 'missing';
  netns: string;
  prefix: string;
  /** The packet starts in this namespace; false: it comes in and ends there. */
  starts: boolean;
}

/** The default route takes the packets, and leads elsewhere. */
interface DefaultRoute extends Bound {
  kind: 'default-route';
  netns: string;
  prefix: string;
  interface: string;
  /** The gateway or the interface that leads there. */
  right: string;
}

/** No namespace seen here has the address, so that no route can be named. */
interface UnknownAddress {
  kind: 'unknown-address';
  netns: string;
  target: string;
  /** The command that would add the route. */
  command: readonly string[];
}

interface WrongGateway {
  /**
   * `on-link`: the route has no gateway and needs one; `not-there`: no host on the link has the gateway's address;
   * `dead-end`: the gateway is there and does not lead on.
   */
  kind: 'on-link' | 'not-there' | 'dead-end';
  netns: string;
  /** The destination of the route. */
  route: string;
  target: string;
  interface: string;
  gateway?: string;
  /** Whose gateway it is, where that is known. */
  router?: string;
  /** The gateway that leads there; absent: the target is on a link. */
  rightGateway?: string;
  /** The interface that leads there. */
  rightInterface?: string;
}

interface ShortTtl {
  /** Where packets are dropped. */
  netns: string;
  target: string;
  /** Who set it. */
  origin:
    | { kind: 'rule'; netns: string; place: string; rule: string }
    | { kind: 'route'; netns: string; route: string; hoplimit: number }
    | { kind: 'setting'; netns: string; setting: 'ip_default_ttl' | 'hop_limit' }
    | ({ kind: 'tunnel'; ttl: number } & InterfaceName);
}

export interface DividingRule {
  netns: string;
  chain: ChainName;
  rule: string;
}

export interface RouteFacts {
  'forwarding-off': Bound & {
    netns: string;
    interface: string;
    /** Only packets arriving on this interface are not forwarded. */
    interfaceOnly: boolean;
  };
  'local-route-missing': Bound & InterfaceName;
  'local-route': { netns: string; target: string; route: string; owner: InterfaceName };
  /** `rule`: it chooses among targets, rather than a route among next hops. */
  'multipath-part': { address: string; port: number; rule?: DividingRule };
  'no-route': Missing | DefaultRoute | UnknownAddress;
  'policy-rule-forbids': Bound & { netns: string; action: string | undefined; priority: number };
  'policy-rule-missing': { netns: string; table: 'local' | 'main' };
  'refused-at-entry': {
    netns: string;
    source: string;
    target: string;
    interface: string;
    /** The command by which the kernel says why. */
    command: readonly string[];
  };
  'route-forbids': Bound & {
    netns: string;
    type: string;
    route: string;
    /** Absent: the table main. */
    table?: string;
  };
  'route-localnet': { netns: string; source: string; target: string; interface: string };
  'routing-loop': {
    target: string;
    namespaces: readonly string[];
    /** The route to blame; absent where none differs from what the wiring says. */
    misrouted?: { netns: string; nextHop: string; right: string };
  };
  'rp-filter': {
    netns: string;
    source: string;
    interface: string;
    /** What filters: rp_filter (1 strict, 2 loose) and where the route back leaves; absent where a counter alone says so. */
    filter?: { value: number; routeInterface: string };
  };
  'ttl-too-short': ShortTtl;
  'wrong-gateway': WrongGateway;
  'wrong-interface': {
    netns: string;
    route: string;
    gateway?: string;
    interface: string;
    target: string;
    /** The gateway or the interface that leads there, where one is known. */
    right?: string;
  };
}
