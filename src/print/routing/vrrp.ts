// VRRP (RFC 3768, RFC 5798).
import { sum16 } from '../../base/checksum.ts';
import { correct, pseudoSum } from '../engine/checksum.ts';
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const PROTOCOL = 112;
const ADVERTISEMENT = 1;
const SIMPLE = 1;
const AUTHENTICATION = ['none', 'simple', 'ah'];

export function printVrrp(p: Printer, offset: number, length: number): void {
  const { ip, ipVersion } = p;
  p.protocol = 'vrrp';
  p.ascii('VRRP');
  const first = p.u8(offset);
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
  p.need(offset + 2, 1);
  p.field(', vrid ', p.u8(offset + 1));
  p.field(', prio ', p.u8(offset + 2));
  const authentication = version === 2 ? p.u8(offset + 4) : 0;
  if (version === 2) {
    p.ascii(`, authtype ${AUTHENTICATION[authentication] ?? `#${authentication}`}`);
    p.field(', intvl ', p.u8(offset + 5));
    p.field('s, length ', length);
  } else {
    p.field(', intvl ', p.u16(offset + 4) & 0xfff);
    p.field('cs, length ', length);
  }
  if (p.verbose === 0) return;
  const addresses = p.u8(offset + 3);
  if (p.has(offset, length)) {
    const sum =
      version === 2
        ? sum16(p.view, offset, offset + length)
        : pseudoSum(p, ip, ipVersion, PROTOCOL, offset, length);
    if (!correct(sum)) {
      p.hexField(', (bad vrrp cksum ', p.u16(offset + 6));
      p.ascii(')');
    }
  }
  p.ascii(', addrs');
  if (addresses > 1) {
    p.field('(', addresses);
    p.ascii(')');
  }
  p.ascii(':');
  offset += 8;
  const size = ipVersion === 6 ? 16 : 4;
  for (let i = 0; i < addresses; i++, offset += size) {
    p.need(offset, size);
    p.ascii(i === 0 ? ' ' : ',');
    if (size === 4) p.ipv4(offset);
    else p.ipv6(offset);
  }
  if (authentication === SIMPLE) {
    p.ascii(' auth "');
    printPadded(p, offset, 8);
    p.ascii('"');
  }
}
