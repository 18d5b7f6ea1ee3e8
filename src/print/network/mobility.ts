// The Mobility header of IPv6 (RFC 6275), and Minimal Encapsulation within IPv4 (RFC 2004).
import { sum16 } from '../../base/checksum.ts';
import type { Printer } from '../engine/printer.ts';

const BINDING_REFRESH = 0;
const HOME_TEST_INIT = 1;
const CAREOF_TEST_INIT = 2;
const HOME_TEST = 3;
const CAREOF_TEST = 4;
const BINDING_UPDATE = 5;
const BINDING_ACK = 6;
const BINDING_ERROR = 7;
const TYPES = ['BRR', 'HoTI', 'CoTI', 'HoT', 'CoT', 'BU', 'BA', 'BE'];
/** The least bytes of a message of each type. */
const LENGTHS = [8, 16, 16, 24, 24, 12, 12, 24];

export function printMobility(p: Printer, offset: number): void {
  p.protocol = 'mobility';
  if (!p.has(offset, 2)) {
    p.truncated();
    return;
  }
  const length = (p.u8(offset + 1) + 1) << 3;
  const type = p.u8(offset + 2);
  if (type < LENGTHS.length && length < LENGTHS[type]) {
    p.field('(header length ', length);
    p.field(' is too small for type ', type);
    p.ascii(')');
    p.truncated();
    return;
  }
  p.ascii('mobility: ');
  if (type < TYPES.length) p.ascii(TYPES[type]);
  else p.field('type-#', type);
  const data = offset + 8;
  switch (type) {
    case BINDING_REFRESH:
      break;
    case HOME_TEST_INIT:
    case CAREOF_TEST_INIT:
      if (p.verbose > 0) cookie(p, type === HOME_TEST_INIT ? ' Home Init' : ' Care-of Init', 'Cookie', data);
      break;
    case HOME_TEST:
    case CAREOF_TEST: {
      p.hexField(' nonce id=0x', p.u16(offset + 6));
      const name = type === HOME_TEST ? ' Home' : ' Care-of';
      if (p.verbose > 0) {
        cookie(p, `${name} Init`, 'Cookie', data);
        cookie(p, `${name} Keygen`, 'Token', data + 8);
      }
      break;
    }
    case BINDING_UPDATE: {
      p.field(' seq#=', p.u16(offset + 6));
      if (!p.has(data, 2)) {
        p.truncated();
        return;
      }
      const flags = p.u8(data);
      if ((flags & 0xf0) !== 0) p.ascii(' ');
      for (let i = 0; i < 4; i++) if ((flags & (0x80 >> i)) !== 0) p.ascii('AHLK'[i]);
      p.field(' lifetime=', p.u16(data + 2) << 2);
      break;
    }
    case BINDING_ACK:
      p.field(' status=', p.u8(offset + 6));
      if ((p.u8(offset + 7) & 0x80) !== 0) p.ascii(' K');
      p.field(' seq#=', p.u16(data));
      p.field(' lifetime=', p.u16(data + 2) << 2);
      break;
    case BINDING_ERROR:
      p.field(' status=', p.u8(offset + 6));
      p.need(data, 16);
      p.ascii(' homeaddr ');
      p.ipv6(data);
      break;
    default:
      p.field(' len=', p.u8(offset + 1));
      return;
  }
  if (p.verbose > 0 && !printOptions(p, offset + LENGTHS[type], offset + length)) p.truncated();
}

function cookie(p: Printer, name: string, what: string, offset: number): void {
  p.need(offset, 8);
  p.ascii(name);
  p.ascii(' ');
  p.ascii(what);
  p.ascii('=');
  p.out.hexPadded(p.u32(offset), 8);
  p.ascii(':');
  p.out.hexPadded(p.u32(offset + 4), 8);
}

const PAD1 = 0;
const PADN = 1;
const REFRESH = 2;
const ALTERNATE = 3;
const NONCES = 4;
const AUTHORIZATION = 5;
/** The least bytes of an option of each type, and the name said where it has fewer. */
const OPTIONS: readonly (readonly [least: number, name: string])[] = [
  [1, ''],
  [2, 'padn'],
  [4, 'refresh'],
  [18, 'altcoa'],
  [6, 'ni'],
  [12, 'auth'],
];

function printOptions(p: Printer, offset: number, end: number): boolean {
  for (let size = 0; offset < end; offset += size) {
    const type = p.u8(offset);
    if (type === PAD1) size = 1;
    else if (offset + 1 < end) size = p.u8(offset + 1) + 2;
    else return false;
    // tcpdump wants a byte behind the option, too.
    if (offset + size > end || !p.has(offset, size + 1)) return false;
    const kind = OPTIONS[type];
    if (kind !== undefined && end - offset < kind[0]) {
      p.ascii('(');
      p.ascii(kind[1]);
      p.ascii(': trunc)');
      return false;
    }
    switch (type) {
      case PAD1:
        p.ascii('(pad1');
        break;
      case PADN:
        p.ascii('(padn');
        break;
      case REFRESH:
        p.field('(refresh: ', p.u16(offset + 2) << 2);
        break;
      case ALTERNATE:
        p.need(offset + 2, 16);
        p.ascii('(alt-CoA: ');
        p.ipv6(offset + 2);
        break;
      case NONCES:
        p.need(offset + 2, 4);
        p.ascii('(ni: ho=0x');
        p.out.hexPadded(p.u16(offset + 2), 4);
        p.ascii(' co=0x');
        p.out.hexPadded(p.u16(offset + 4), 4);
        break;
      case AUTHORIZATION:
        p.ascii('(auth');
        break;
      default:
        p.ascii('(type-0x');
        p.out.hexPadded(type, 2);
        p.field(': len=', p.u8(offset + 1));
    }
    p.ascii(')');
  }
  return true;
}

const MINIMAL_LENGTH = 8;

export function printMobileIp(p: Printer, offset: number, length: number): void {
  p.protocol = 'mobile';
  if (length < MINIMAL_LENGTH || !p.has(offset, MINIMAL_LENGTH + 4)) {
    p.truncated();
    return;
  }
  p.ascii('mobile: ');
  const source = (p.u8(offset + 1) & 0x80) !== 0;
  p.ascii(source ? '[S] ' : '[] ');
  if (p.verbose > 0) {
    if (source) {
      p.ipv4(offset + 8);
      p.ascii(' ');
    }
    p.ascii('> ');
    p.ipv4(offset + 4);
    p.field(' (oproto=', p.u8(offset));
    p.ascii(')');
  }
  const size = source ? MINIMAL_LENGTH + 4 : MINIMAL_LENGTH;
  if (sum16(p.view, offset, offset + size) !== 0xffff) {
    p.field(' (bad checksum ', p.u16(offset + 2));
    p.ascii(')');
  }
}
