// DHCPv6 (RFC 8415).

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printDhcpv6Options } from './dhcpv6-option.ts';

const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;

const MESSAGES: Names = new Map(
  'solicit advertise request confirm renew rebind reply release decline reconfigure inf-req relay-fwd relay-reply leasequery leasequery-reply'
    .split(' ')
    .map((name, i) => [i + 1, name]),
);

export function printDhcpv6(p: Printer, offset: number, length: number): void {
  p.protocol = 'dhcp6';
  p.ascii('dhcp6');
  const end = Math.min(offset + length, p.end);
  if (!p.has(offset, 4)) {
    p.truncated();
    return;
  }
  const type = p.bytes[offset];
  const name = MESSAGES.get(type);
  p.ascii(' ');
  if (name !== undefined) p.ascii(name);
  else p.field('msgtype-', type);
  if (p.verbose === 0) return;
  p.ascii(' (');
  if (type !== RELAY_FORWARD && type !== RELAY_REPLY) {
    p.hexField('xid=', p.u24(offset + 1));
    printDhcpv6Options(p, offset + 4, end, printDhcpv6);
  } else {
    p.need(offset + 2, 16);
    p.ascii('linkaddr=');
    p.ipv6(offset + 2);
    p.need(offset + 18, 16);
    p.ascii(' peeraddr=');
    p.ipv6(offset + 18);
    printDhcpv6Options(p, offset + 34, end, printDhcpv6);
  }
  p.ascii(')');
}
