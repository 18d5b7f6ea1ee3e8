// icmpv6.nd.*: the messages of neighbor discovery (RFC 4861). Their options lie in neighbor-options.ts.
import type { Field } from '../field.ts';
import {
  at,
  bytesAt,
  fieldsOf,
  NEIGHBOUR_ADVERTISEMENT,
  NEIGHBOUR_SOLICITATION,
  ofTypes,
  REDIRECT,
  ROUTER_ADVERTISEMENT,
} from './icmpv6-message.ts';

const advertised = fieldsOf([ROUTER_ADVERTISEMENT], 'nd.ra.');
const solicited = fieldsOf([NEIGHBOUR_SOLICITATION], 'nd.ns.');
const answered = fieldsOf([NEIGHBOUR_ADVERTISEMENT], 'nd.na.');

export const NEIGHBOR_DISCOVERY: readonly Field[] = [
  advertised('cur_hop_limit', 'Cur hop limit', 'uint8', at(4, 1)),
  advertised('flag', 'Flags', 'uint8', at(5, 1), true),
  advertised('flag.m', 'Managed address configuration', 'boolean', at(5, 1, 0x80)),
  advertised('flag.o', 'Other configuration', 'boolean', at(5, 1, 0x40)),
  advertised('flag.h', 'Home Agent', 'boolean', at(5, 1, 0x20)),
  advertised('flag.prf', 'Prf (Default Router Preference)', 'uint8', at(5, 1, 0x18)),
  advertised('flag.p', 'Proxy', 'boolean', at(5, 1, 0x04)),
  advertised('flag.rsv', 'Reserved', 'uint8', at(5, 1, 0x03)),
  advertised('router_lifetime', 'Router lifetime (s)', 'uint16', at(6, 2)),
  advertised('reachable_time', 'Reachable time (ms)', 'uint32', at(8, 4)),
  advertised('retrans_timer', 'Retrans timer (ms)', 'uint32', at(12, 4)),
  solicited('target_address', 'Target Address', 'ipv6', bytesAt(8, 16)),
  answered('flag', 'Flags', 'uint32', at(4, 4), true),
  answered('flag.r', 'Router', 'boolean', at(4, 4, 0x80000000)),
  answered('flag.s', 'Solicited', 'boolean', at(4, 4, 0x40000000)),
  answered('flag.o', 'Override', 'boolean', at(4, 4, 0x20000000)),
  answered('flag.rsv', 'Reserved', 'uint32', at(4, 4, 0x1fffffff)),
  answered('target_address', 'Target Address', 'ipv6', bytesAt(8, 16)),
  ofTypes([REDIRECT], 'nd.rd.target_address', 'Target Address', 'ipv6', bytesAt(8, 16)),
  ofTypes([REDIRECT], 'rd.na.destination_address', 'Destination Address', 'ipv6', bytesAt(24, 16)),
];
