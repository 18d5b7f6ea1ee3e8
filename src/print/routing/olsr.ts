// Optimized link state routing (RFC 3626), with the extensions of olsr.org.
import { fixed } from '../engine/c-float.ts';
import type { Names } from '../engine/names.ts';
import { closing, type Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';

const HEADER_LENGTH = 4;
const HELLO = 1;
const TOPOLOGY = 2;
const INTERFACES = 3;
const NETWORKS = 4;
const NAMES = 130;
const HELLO_QUALITY = 201;
const TOPOLOGY_QUALITY = 202;

const MESSAGES: Names = new Map([
  [HELLO, 'Hello'],
  [TOPOLOGY, 'TC'],
  [INTERFACES, 'MID'],
  [NETWORKS, 'HNA'],
  [128, 'Powerinfo'],
  [NAMES, 'Nameservice'],
  [HELLO_QUALITY, 'Hello-LQ'],
  [TOPOLOGY_QUALITY, 'TC-LQ'],
]);
const LINKS = ['Unspecified', 'Asymmetric', 'Symmetric', 'Lost'];
const NEIGHBORS = ['Not-Neighbor', 'Symmetric', 'Symmetric-MPR'];
/** Flags of a gateway, in the order they are shown. */
const LINK_SPEED = 1;
const GATEWAY = [
  [LINK_SPEED, ' LINKSPEED'],
  [2, ' IPV4'],
  [4, ' IPV4-NAT'],
  [8, ' IPV6'],
  [16, ' IPv6-PREFIX'],
] as const;
/** The highest speed, in kbit/s. */
const FASTEST = 320_000_000;

export const printOlsr = closing((p, offset, length) => {
  p.protocol = 'olsr';
  const wide = p.bytes[p.ip] >> 4 === 6;
  p.ascii(`OLSRv${wide ? 6 : 4}`);
  if (length < HEADER_LENGTH) {
    p.truncated();
    return;
  }
  p.check(offset, HEADER_LENGTH);
  length = Math.min(length, p.view.getUint16(offset));
  p.ascii(', seq 0x');
  p.out.hexPadded(p.view.getUint16(offset + 2), 4);
  p.field(', length ', length);
  if (p.verbose === 0) return;
  const end = offset + length;
  offset += HEADER_LENGTH;
  while (offset < end) {
    const size = printMessage(p, offset, length, wide);
    if (size === 0) return;
    offset += size;
  }
});

/** A span of time in a byte, in seconds (RFC 3626, 18.3). */
function span(value: number): string {
  return fixed(0.0625 * (1 + (value >> 4) / 16) * (1 << (value & 15)), 3);
}

function address(p: Printer, offset: number, wide: boolean): void {
  if (wide) p.ipv6(offset);
  else p.ipv4(offset);
}

/** Returns its size, 0 where nothing more can be read. */
function printMessage(p: Printer, offset: number, length: number, wide: boolean): number {
  const header = wide ? 24 : 12;
  p.check(offset, header);
  const type = p.bytes[offset];
  const size = p.view.getUint16(offset + 2);
  if (type === 0 || size === 0) return 0;
  const tail = offset + header - 4;
  const valid = size >= header && size <= length;
  p.ascii(
    `\n\t${MESSAGES.get(type) ?? 'Unknown'} Message (0x${type.toString(16).padStart(2, '0')}), originator `,
  );
  address(p, offset + 4, wide);
  p.ascii(
    `, ttl ${p.bytes[tail]}, hop ${p.bytes[tail + 1]}\n\t  vtime ${span(p.bytes[offset + 1])}s, msg-seq 0x`,
  );
  p.out.hexPadded(p.view.getUint16(tail + 2), 4);
  p.ascii(`, length ${size}${valid ? '' : ' (invalid)'}`);
  if (!valid || !printBody(p, type, offset + header, size - header, wide)) return 0;
  return size;
}

/** Returns false where the line has been closed with the mark of what is missing. */
function printBody(p: Printer, type: number, offset: number, left: number, wide: boolean): boolean {
  switch (type) {
    case HELLO:
    case HELLO_QUALITY:
      return printHello(p, offset, left, wide, type === HELLO_QUALITY);
    case TOPOLOGY:
    case TOPOLOGY_QUALITY:
      if (left < 4) return cut(p);
      p.check(offset, 4);
      p.ascii('\n\t    advertised neighbor seq 0x');
      p.out.hexPadded(p.u16(offset), 4);
      printNeighbors(p, offset + 4, left - 4, wide, type === TOPOLOGY_QUALITY);
      return true;
    case INTERFACES: {
      const size = wide ? 16 : 4;
      for (; left >= size; left -= size, offset += size) {
        p.check(offset, size);
        p.ascii('\n\t  interface address ');
        address(p, offset, wide);
      }
      return true;
    }
    case NETWORKS:
      if (wide) printNetworks6(p, offset, left);
      else printNetworks4(p, offset, left);
      return true;
    case NAMES:
      return printNames(p, offset, left, wide);
  }
  p.unknown(offset, '\n\t    ', left);
  return true;
}

function cut(p: Printer): boolean {
  p.truncated();
  return false;
}

function printHello(p: Printer, offset: number, left: number, wide: boolean, quality: boolean): boolean {
  if (left < 4) return cut(p);
  p.check(offset, 4);
  p.ascii(`\n\t  hello-time ${span(p.u8(offset + 2))}s, MPR willingness ${p.u8(offset + 3)}`);
  offset += 4;
  left -= 4;
  while (left >= 4) {
    p.check(offset, 4);
    const code = p.u8(offset);
    const size = p.u16(offset + 2);
    const valid = size <= left && size >= 4;
    p.ascii(
      `\n\t    link-type ${LINKS[code & 3]}, neighbor-type ${NEIGHBORS[code >> 2] ?? 'Unknown'}, len ${size}`,
    );
    if (!valid) {
      p.invalid();
      break;
    }
    p.check(offset + 4, size - 4);
    printNeighbors(p, offset + 4, size - 4, wide, quality);
    offset += size;
    left -= size;
  }
  return true;
}

/** Neighbours, with how good the links to them are or not. Without it they are IPv4 ones, as in tcpdump. */
function printNeighbors(p: Printer, offset: number, left: number, wide: boolean, quality: boolean): void {
  if (!quality) {
    p.ascii('\n\t      neighbor\n\t\t');
    for (; left >= 4; left -= 4, offset += 4) {
      p.ipv4(offset);
      p.ascii(' ');
    }
    return;
  }
  const size = (wide ? 16 : 4) + 4;
  for (; left >= size; left -= size, offset += size) {
    p.check(offset, size);
    p.ascii('\n\t      neighbor ');
    address(p, offset, wide);
    p.ascii(`, link-quality ${fixed(p.bytes[offset + size - 4] / 2.55, 2)}%`);
    p.ascii(`, neighbor-link-quality ${fixed(p.bytes[offset + size - 3] / 2.55, 2)}%`);
  }
}

/** A gateway's speed in kbit/s: five bits of mantissa, three of exponent. */
function speed(value: number): number {
  if (value === 0) return 0;
  return value === 0xff ? FASTEST : ((value >> 3) + 1) * 10 ** (value & 7);
}

/** Leading ones of a mask; where zeros come before ones, -1 as 32 bits without a sign. */
function maskLength(mask: number): number {
  const ones = Math.clz32(~mask);
  return ones === 32 || mask << ones === 0 ? ones : 0xffffffff;
}

function printNetworks4(p: Printer, offset: number, left: number): void {
  p.field('\n\t  Advertised networks (total ', left >> 3);
  p.ascii(')');
  for (let column = 0; left >= 8; column = (column + 1) % 4, left -= 8, offset += 8) {
    p.check(offset, 8);
    const flags = p.u8(offset + 5);
    const separator = column === 0 ? '\n\t    ' : ', ';
    p.ascii(separator);
    if (p.u32(offset) === 0 && p.u8(offset + 4) === 0 && flags !== 0) {
      p.ascii('Smart-Gateway:');
      for (const [bit, name] of GATEWAY) if ((flags & bit) !== 0) p.ascii(name);
      const known = (flags & LINK_SPEED) !== 0;
      p.ascii(` ${known ? speed(p.u8(offset + 6)) : 0}/${known ? speed(p.u8(offset + 7)) : 0}`);
    } else {
      p.ipv4(offset);
      p.field('/', maskLength(p.u32(offset + 4)));
    }
  }
}

function printNetworks6(p: Printer, offset: number, left: number): void {
  p.field('\n\t  Advertised networks (total ', left >> 5);
  p.ascii(')');
  for (; left >= 32; left -= 32, offset += 32) {
    p.check(offset, 32);
    p.ascii('\n\t    #0: ');
    p.ipv6(offset);
    let bits = 0;
    for (let i = 16; i < 32; i++) {
      const ones = maskLength(p.bytes[offset + i] << 24);
      if (ones <= 8) bits += ones;
      if (ones !== 8) break;
    }
    p.field('/', bits);
  }
}

function printNames(p: Printer, offset: number, left: number, wide: boolean): boolean {
  if (left < 4) return cut(p);
  const count = p.u16(offset + 2);
  const size = wide ? 16 : 4;
  const valid = count > 0 && count * (4 + size) <= left;
  p.ascii(`\n\t  Version ${p.u16(offset)}, Entries ${count}${valid ? '' : ' (invalid)'}`);
  if (!valid) return true;
  offset += 4;
  left -= 4;
  for (let i = 0; i < count && left >= 4; i++) {
    const type = p.u16(offset);
    const length = p.u16(offset + 2);
    offset += 4;
    left -= 4;
    const fits = length > 0 && size + length <= left;
    const shown = type === 0 ? '000000' : `0x${type.toString(16).padStart(4, '0')}`;
    p.ascii(`\n\t    #${i}: type ${shown}, length ${length}${fits ? '' : ' (invalid)'}`);
    if (!fits) break;
    const whole = size + ((length + 3) & ~3);
    if (left < whole) return cut(p);
    p.check(offset, whole);
    p.ascii(', address ');
    address(p, offset, wide);
    p.ascii(', name "');
    printText(p, offset + size, length);
    p.ascii('"');
    offset += whole;
    left -= whole;
  }
  return true;
}
