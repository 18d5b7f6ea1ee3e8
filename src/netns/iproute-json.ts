// What `ip -json -details` and `tc -s -json` list of a namespace: iproute2's own words.

/** A line of `ip rule`, both families. */
export interface ListedRule {
  family: 4 | 6;
  priority: number;
  src?: string;
  srclen?: number;
  dst?: string;
  dstlen?: number;
  iif?: string;
  oif?: string;
  fwmark?: string;
  fwmask?: string;
  ipproto?: string;
  /** A port, or `low-high`. */
  dport?: number | string;
  sport?: number | string;
  /** Name or number of the table looked up. */
  table?: string;
  /** prohibit, blackhole, unreachable; undefined: look up `table`. */
  action?: string;
  not?: null;
}

/** A line of `ip route show table all`. */
export interface ListedRoute {
  type: string;
  /** `default`, an address or a prefix. */
  dst: string;
  table?: string;
  dev?: string;
  gateway?: string;
  via?: { family: string; host: string };
  protocol?: string;
  scope?: string;
  metric?: number;
  prefsrc?: string;
  /** `[{ hoplimit: 1 }]`, `[{ mtu: 1300 }]`. */
  metrics?: Record<string, number>[];
  flags: string[];
  /** Of IPv6. */
  pref?: string;
  nexthops?: {
    gateway?: string;
    dev?: string;
    via?: { family?: string; host: string };
    weight?: number;
    flags: string[];
  }[];
}

/** A line of `ip neighbour`. */
export interface ListedNeighbour {
  dst: string;
  dev: string;
  lladdr?: string;
  /** REACHABLE, STALE, FAILED, PERMANENT, … */
  state: string[];
}

/** A queueing discipline, of `tc -s qdisc`. */
export interface ListedQdisc {
  kind: string;
  dev: string;
  handle: string;
  parent?: string;
  root?: boolean;
  options?: Record<string, unknown>;
  drops: number;
  packets: number;
}
