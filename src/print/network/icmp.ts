// ICMP (RFC 792), with the packet an error quotes and the extensions behind it (RFC 4884).
import { sum16 } from '../../base/checksum.ts';
import * as icmp from '../../wire/icmp.ts';
import { correct, shouldBe } from '../engine/checksum.ts';
import type { Names } from '../engine/names.ts';
import { type Printer, YELLOW } from '../engine/printer.ts';
import { printIpv4 } from './ipv4.ts';

const ROUTER_ADVERTISEMENT = 9;
const TIMESTAMP = 13;
const TIMESTAMP_REPLY = 14;
const MASK_REPLY = 18;
const SOURCE_QUENCH = 4;

const TYPES: Names = new Map([
  [icmp.ECHO_REPLY, 'echo reply'],
  [SOURCE_QUENCH, 'source quench'],
  [icmp.ECHO_REQUEST, 'echo request'],
  [10, 'router solicitation'],
  [TIMESTAMP, 'time stamp request'],
  [TIMESTAMP_REPLY, 'time stamp reply'],
  [15, 'information request'],
  [16, 'information reply'],
  [17, 'address mask request'],
]);

/** Words before and after the unreachable address. */
const UNREACHABLE: readonly (readonly [string, string])[] = [
  ['net ', ' unreachable'],
  ['host ', ' unreachable'],
  ['', ''], // protocol, port and fragmentation have their own form
  ['', ''],
  ['', ''],
  ['', ' unreachable - source route failed'],
  ['net ', ' unreachable - unknown'],
  ['host ', ' unreachable - unknown'],
  ['', ' unreachable - source host isolated'],
  ['net ', ' unreachable - admin prohibited'],
  ['host ', ' unreachable - admin prohibited'],
  ['net ', ' unreachable - tos prohibited'],
  ['host ', ' unreachable - tos prohibited'],
  ['host ', ' unreachable - admin prohibited filter'],
  ['host ', ' unreachable - host precedence violation'],
  ['host ', ' unreachable - precedence cutoff'],
];
const REDIRECTS: readonly (readonly [string, string])[] = [
  ['redirect ', ' to net '],
  ['redirect ', ' to host '],
  ['redirect-tos ', ' to net '],
  ['redirect-tos ', ' to host '],
];

/** The packet an error quotes begins here. */
const QUOTED = 8;

export function printIcmp(p: Printer, offset: number, length: number): void {
  p.protocol = 'icmp';
  const { fragmented } = p;
  const type = p.u8(offset);
  const code = p.u8(offset + 1);
  // tcpdump composes the message before it writes any of it: cut short, only the mark is seen.
  const start = p.out.length;
  p.ascii('ICMP ');
  try {
    if (!printMessage(p, offset, type, code)) {
      p.out.length = start;
      p.truncated();
      return;
    }
  } catch (error) {
    p.out.length = start;
    throw error;
  }
  p.field(', length ', length >>> 0);
  if (quotes(type)) p.colour = YELLOW;
  if (p.verbose === 0) return;
  if (!fragmented && p.has(offset, length)) {
    const sum = sum16(p.view, offset, offset + length);
    if (!correct(sum)) {
      const found = p.u16(offset + 2);
      p.hexField(' (wrong icmp cksum ', found);
      p.hexField(' (->', shouldBe(found, sum));
      p.ascii(')!)');
    }
  }
  if (quotes(type)) {
    p.ascii('\n\t');
    const total = p.u16(offset + QUOTED + 2);
    const end = p.end;
    p.end = Math.min(end, offset + QUOTED + total);
    // tcpdump reads the length again inside these bounds, and ends there where it is below 4.
    printIpv4(p, offset + QUOTED, p.u16(offset + QUOTED + 2));
    p.end = end;
    p.protocol = 'icmp';
    p.colour = YELLOW;
    if (type !== SOURCE_QUENCH && type !== icmp.REDIRECT) printExtensions(p, offset, length);
  }
}

/** True for errors, which quote the packet they are about. */
function quotes(type: number): boolean {
  return (
    type === icmp.UNREACHABLE ||
    type === SOURCE_QUENCH ||
    type === icmp.REDIRECT ||
    type === icmp.TIME_EXCEEDED ||
    type === icmp.PARAMETER_PROBLEM
  );
}

/** What the message says. Returns false where it was not captured as far as tcpdump wants it. */
function printMessage(p: Printer, offset: number, type: number, code: number): boolean {
  const destination = offset + QUOTED + 16;
  switch (type) {
    case icmp.ECHO_REQUEST:
    case icmp.ECHO_REPLY:
      p.field(type === icmp.ECHO_REQUEST ? 'echo request, id ' : 'echo reply, id ', p.u16(offset + 4));
      p.field(', seq ', p.u16(offset + 6));
      break;
    case icmp.UNREACHABLE:
      if (code === 3 && !p.has(offset + QUOTED + 9, 1)) return false;
      printUnreachable(p, offset, code, destination);
      break;
    case icmp.REDIRECT: {
      const words = REDIRECTS[code];
      if (words === undefined) p.field('redirect-#', code);
      p.ascii(words === undefined ? ' ' : words[0]);
      p.ipv4(destination);
      p.ascii(words === undefined ? ' to ' : words[1]);
      p.ipv4(offset + 4);
      break;
    }
    case ROUTER_ADVERTISEMENT:
      return printRouters(p, offset);
    case icmp.TIME_EXCEEDED:
      if (!p.has(destination, 4)) return false;
      if (code === 0) p.ascii('time exceeded in-transit');
      else if (code === 1) p.ascii('ip reassembly time exceeded');
      else p.field('time exceeded-#', code);
      break;
    case icmp.PARAMETER_PROBLEM:
      if (code !== 0) p.field('parameter problem - code ', code);
      else p.field('parameter problem - octet ', p.u8(offset + 4));
      break;
    case MASK_REPLY:
      p.ascii('address mask is 0x');
      p.out.hexPadded(p.u32(offset + 8), 8);
      break;
    case TIMESTAMP:
      p.field('time stamp query id ', p.u16(offset + 4));
      p.field(' seq ', p.u16(offset + 6));
      break;
    case TIMESTAMP_REPLY:
      if (!p.has(offset + 16, 4)) return false;
      p.field('time stamp reply id ', p.u16(offset + 4));
      p.field(' seq ', p.u16(offset + 6));
      p.ascii(': org ');
      milliseconds(p, p.u32(offset + 8));
      p.ascii(', recv ');
      milliseconds(p, p.u32(offset + 12));
      p.ascii(', xmit ');
      milliseconds(p, p.u32(offset + 16));
      break;
    default: {
      const name = TYPES.get(type);
      if (name === undefined) p.field('type-#', type);
      else p.ascii(name);
    }
  }
  return true;
}

function printUnreachable(p: Printer, offset: number, code: number, destination: number): void {
  const quoted = offset + QUOTED;
  if (code === 2) {
    p.ipv4(destination);
    p.field(' protocol ', p.u8(quoted + 9));
    p.ascii(' unreachable');
  } else if (code === 3) {
    const protocol = p.u8(quoted + 9);
    const port = p.u16(quoted + ((p.u8(quoted) & 15) << 2) + 2);
    p.ipv4(destination);
    if (protocol === 6) {
      p.ascii(' tcp port ');
      p.tcpPort(port);
    } else if (protocol === 17) {
      p.ascii(' udp port ');
      p.udpPort(port);
    } else {
      p.field(' protocol ', protocol);
      p.field(' port ', port);
    }
    p.ascii(' unreachable');
  } else if (code === 4) {
    const mtu = p.u16(offset + 6);
    p.ipv4(destination);
    p.ascii(' unreachable - need to frag');
    if (mtu !== 0) {
      p.field(' (mtu ', mtu);
      p.ascii(')');
    }
  } else {
    const words = UNREACHABLE[code];
    p.ascii(words === undefined ? '' : words[0]);
    p.ipv4(destination);
    p.ascii(words === undefined ? ' unreachable - #' : words[1]);
    if (words === undefined) p.decimal(code);
  }
}

/** A router advertisement (RFC 1256). */
function printRouters(p: Printer, offset: number): boolean {
  if (!p.has(offset + 4, 4)) return false;
  p.ascii('router advertisement lifetime ');
  const lifetime = p.u16(offset + 6);
  if (lifetime < 60) p.decimal(lifetime);
  else {
    if (lifetime >= 3600) {
      p.decimal((lifetime / 3600) | 0);
      p.ascii(':');
      p.out.padded(((lifetime % 3600) / 60) | 0, 2);
    } else p.decimal((lifetime / 60) | 0);
    p.ascii(':');
    p.out.padded(lifetime % 60, 2);
  }
  const count = p.u8(offset + 4);
  p.field(' ', count);
  p.ascii(':');
  const size = p.u8(offset + 5);
  if (size !== 2) {
    p.field(' [size ', size);
    p.ascii(']');
    return true;
  }
  for (let i = 0; i < count; i++) {
    if (!p.has(offset + 8 + i * 8, 8)) return false;
    p.ascii(' {');
    p.ipv4(offset + 8 + i * 8);
    p.field(' ', p.u32(offset + 12 + i * 8));
    p.ascii('}');
  }
  return true;
}

/** Milliseconds since midnight UTC as a time. */
function milliseconds(p: Printer, value: number): void {
  const seconds = Math.floor(value / 1000);
  const hours = Math.floor(seconds / 3600);
  if (hours < 100) p.out.padded(hours, 2);
  else p.decimal(hours);
  p.ascii(':');
  p.out.padded(Math.floor(seconds / 60) % 60, 2);
  p.ascii(':');
  p.out.padded(seconds % 60, 2);
  p.ascii('.');
  p.out.padded(value % 1000, 3);
}

/** Bytes before the extension header where the message does not tell (RFC 4884, 5.4): 8 + 128. */
const EXTENSION = 136;

const OBJECTS: Names = new Map([
  [1, 'MPLS Stack Entry'],
  [2, 'Interface Identification'],
]);
function printExtensions(p: Printer, offset: number, length: number): void {
  if (length <= EXTENSION) return;
  if (!p.has(offset, EXTENSION + 5)) {
    p.truncated();
    return;
  }
  const header = offset + EXTENSION;
  const size = length - EXTENSION;
  if (p.bytes[offset + 5] === 0 && p.has(header, size) && !correct(sum16(p.view, header, header + size)))
    return;
  const version = p.bytes[header] >> 4;
  p.field('\n\tICMP Multi-Part extension v', version);
  if (version !== 2) {
    p.ascii(' packet not supported');
    return;
  }
  if (p.has(header, size)) {
    p.ascii(', checksum 0x');
    p.out.hexPadded(p.view.getUint16(header + 2), 4);
    p.ascii(correct(sum16(p.view, header, header + size)) ? ' (correct)' : ' (incorrect)');
    p.field(', length ', size);
  }
  let rest = size - 4;
  for (let object = header + 4; rest > 4; ) {
    if (!p.has(object, 4)) {
      p.truncated();
      return;
    }
    const total = p.view.getUint16(object);
    const kind = p.bytes[object + 2];
    const type = p.bytes[object + 3];
    p.ascii('\n\t  ');
    p.ascii(OBJECTS.get(kind) ?? 'unknown');
    p.field(' Object (', kind);
    p.field('), Class-Type: ', type);
    p.field(', length ', total);
    rest -= 4;
    if (kind === 0 || total < 4) return;
    const body = object + 4;
    const bodyLength = total - 4;
    if (kind === 1 && type === 1) {
      const label = p.u32(body);
      p.field('\n\t    label ', label >>> 12);
      p.field(', tc ', (label >>> 9) & 7);
      if ((label & 0x100) !== 0) p.ascii(', [S]');
      p.field(', ttl ', label & 0xff);
    } else p.unknown(body, '\n\t    ', bodyLength);
    if (rest < bodyLength) return;
    rest -= bodyLength;
    object = body + bodyLength;
  }
}
