// An interface of a namespace.

/** An address of an interface. */
export interface InterfaceAddress {
  family: 'inet' | 'inet6';
  address: string;
  /** Prefix length in bits. */
  prefix: number;
  /** global, link, host. */
  scope: string;
  /** The other end, where the address was added with `peer`. */
  peer?: string;
  /** IPv6: not yet usable, as it may turn out to be another host's (RFC 4862, duplicate address detection). */
  tentative?: boolean;
  /** IPv6: another host has it, so it is not used. */
  duplicate?: boolean;
}

export interface Interface {
  index: number;
  name: string;
  /** veth, bridge, vlan, vxlan, macvlan, …; `loopback` for lo, `physical` for what has no kind of its own. */
  kind: string;
  /** As `ip` prints between < and >: UP, LOWER_UP, NO-CARRIER, … */
  flags: string[];
  /** Administratively up. */
  up: boolean;
  /** The link's other side is there and up. */
  carrier: boolean;
  /** Kept without a carrier by `ip link set IFACE protodown on`, as routing and switching daemons do. */
  protodown?: boolean;
  /** RFC 2863 operational state: UP, DOWN, LOWERLAYERDOWN, UNKNOWN (which is what lo says when it works), … */
  state: string;
  /** Bytes. */
  mtu: number;
  /** Link-layer address, undefined where the link has none. */
  mac?: string;
  /** Name of the bridge (or bond, …) it is a port of. */
  master?: string;
  /** Index of the peer (veth) or of the interface below (vlan, macvlan), in namespace `peerNamespaceId` if that is given. */
  peerIndex?: number;
  /** This namespace's own number for the namespace the peer lies in (`ip netns list-id`); undefined: this one. */
  peerNamespaceId?: number;
  addresses: InterfaceAddress[];
  /** What `ip -details` says of this kind of link: `{ id: 5 }` of a vlan, `{ vlan_filtering: 1 }` of a bridge. */
  details: Record<string, unknown>;
  /** The same for its part as a port of a master: `{ state: 'forwarding' }`. */
  portDetails: Record<string, unknown>;
  /** An XDP program is attached, which sees packets before anything else does. */
  xdp: boolean;
}
