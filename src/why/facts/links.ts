// What findings about interfaces and wires say.
import type { InterfaceName } from './names.ts';

interface NotWired {
  /**
   * `unconnected`: no wire joins the two namespaces; `leaves`: nor does the interface that packets leave by; `elsewhere`: the
   * interface is wired, to others; `nowhere`: nothing is at the other end.
   */
  kind: 'unconnected' | 'leaves' | 'elsewhere' | 'nowhere';
  netns: string;
  /** The requested address. */
  address: string;
  /** The interface that packets leave by. */
  interface?: string;
  /** Who is wired to it. */
  neighbours?: readonly InterfaceName[];
  /** Who has the address. */
  owners?: readonly InterfaceName[];
  /** The command that would wire the two up. */
  command?: readonly string[];
}

export interface LinkFacts {
  'interface-down': InterfaceName & {
    /** The interface that leads to it. */
    behind?: InterfaceName;
    /** It is a bridge on the way. */
    bridge?: true;
    /** The address that it has and packets are for. */
    address?: string;
  };
  'interface-moved': InterfaceName & {
    /** Where it should be. */
    home: string;
    /** What it is wired to. */
    peer: InterfaceName;
    /** The address that no host has; absent if TARGET is a namespace. */
    address?: string;
  };
  'loopback-down': {
    netns: string;
    /** Its own address that packets are for; absent where none are. */
    target?: string;
  };
  'macvlan-below': InterfaceName & { lower: InterfaceName };
  'macvlan-mode': InterfaceName & {
    mode: string;
    lower: string;
    /** Whom it does not talk to. */
    peer: InterfaceName;
    peerMac?: string;
  };
  'no-carrier': InterfaceName;
  'not-wired': NotWired;
  protodown: InterfaceName;
}
