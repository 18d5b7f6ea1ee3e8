// What findings about addresses and their prefixes say.
import type { InterfaceName } from './names.ts';

/** Why an interface has no address: IPv6 needs 1280 bytes, IPv6 is off, the interface is down, or it was given none. */
type Lack = 'mtu' | 'ipv6-off' | 'down' | 'none';

interface GivenTwice {
  /** `spoofed`: `netns` takes packets from it for its own; `contested`: whoever answers first gets the packets. */
  kind: 'spoofed' | 'contested' | 'refused';
  address: string;
  owners: readonly InterfaceName[];
  /** Who takes the packets for its own, or does not use the address (`refused`: duplicate address detection). */
  netns?: string;
}

export interface AddressFacts {
  'address-missing': InterfaceName & {
    family: 4 | 6;
    /** `other`: it has addresses, but not the requested one. */
    lack: Lack | 'other';
    /** The address that no host has; absent if TARGET is a namespace without addresses. */
    address?: string;
    mtu?: number;
    has?: readonly string[];
    /** No suitable address is known. */
    unknown?: true;
  };
  'address-on-bridge-port': InterfaceName & { address: string; prefix: number; bridge: string };
  'address-on-wrong-interface': InterfaceName & {
    address: string;
    prefix: number;
    target: string;
    reply: boolean;
    rightInterface: string;
  };
  'address-tentative': InterfaceName & { address: string };
  'duplicate-address': GivenTwice;
  'no-address': InterfaceName & { family: 4 | 6; lack: Exclude<Lack, 'down'>; mtu?: number };
  'no-interface': {
    netns: string;
    /** Whether packets are to leave it or to come in. */
    direction: 'out' | 'in';
    /** The command that would wire it up, where a person has to say to whom. */
    command?: readonly string[];
  };
  'prefix-too-long': InterfaceName & {
    address: string;
    prefix: number;
    /** The length that the others on the link have. */
    right: number;
    target: string;
    reply: boolean;
    starts: boolean;
  };
  'prefix-too-short': InterfaceName & { address: string; prefix: number; right: number; target: string };
}
