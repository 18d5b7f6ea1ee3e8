// VRRP (RFC 3768, RFC 5798).
import { sum16 } from '../../base/checksum.ts';
import { correct, pseudoSum } from '../engine/checksum.ts';
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const PROTOCOL = 112;
const ADVERTISEMENT = 1;
const SIMPLE = 1;
const AUTHENTICATION = ['none', 'simple', 'ah'];

export function printVrrp(p: Printer, at: number, length: number): void {
  const { ip, ipVersion } = p;
  p.protocol = 'vrrp';
  p.ascii('VRRP');
  const first = p.u8(at);
  const version = first >> 4;
  const type = first & 15;
  p.field('v', version);
  p.ascii(type === ADVERTISEMENT ? ', Advertisement' : `, unknown type (${type})`);
  const hops = p.bytes[ipVersion === 4 ? ip + 8 : ip + 7];
  if (hops !== 255) {
    p.field(', (ttl ', hops);
    p.ascii(')');
  }
  if (version < 2 || version > 3 || type !== ADVERTISEMENT) return;
  p.need(at + 2, 1);
  p.field(', vrid ', p.u8(at + 1));
  p.field(', prio ', p.u8(at + 2));
  const authentication = version === 2 ? p.u8(at + 4) : 0;
  if (version === 2) {
    p.ascii(`, authtype ${AUTHENTICATION[authentication] ?? `#${authentication}`}`);
    p.field(', intvl ', p.u8(at + 5));
    p.field('s, length ', length);
  } else {
    p.field(', intvl ', p.u16(at + 4) & 0xfff);
    p.field('cs, length ', length);
  }
  if (p.verbose === 0) return;
  const addresses = p.u8(at + 3);
  if (p.has(at, length)) {
    const sum =
      version === 2 ? sum16(p.view, at, at + length) : pseudoSum(p, ip, ipVersion, PROTOCOL, at, length);
    if (!correct(sum)) {
      p.hexField(', (bad vrrp cksum ', p.u16(at + 6));
      p.ascii(')');
    }
  }
  p.ascii(', addrs');
  if (addresses > 1) {
    p.field('(', addresses);
    p.ascii(')');
  }
  p.ascii(':');
  at += 8;
  const size = ipVersion === 6 ? 16 : 4;
  for (let i = 0; i < addresses; i++, at += size) {
    p.need(at, size);
    p.ascii(i === 0 ? ' ' : ',');
    if (size === 4) p.ipv4(at);
    else p.ipv6(at);
  }
  if (authentication === SIMPLE) {
    p.ascii(' auth "');
    printPadded(p, at, 8);
    p.ascii('"');
  }
}
