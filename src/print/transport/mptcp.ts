// Multipath TCP (RFC 6824, RFC 8684).
import { ACK, SYN } from '../../wire/tcp.ts';
import type { Printer } from '../engine/printer.ts';

const ADDRESS_KINDS = new Map([
  [6, 'v0-ip6'],
  [4, 'v0-ip4'],
  [1, 'v1-echo'],
  [0, 'v1'],
]);

/** Name and printer by subtype; a printer returns false for what is malformed. */
const SUBTYPES: readonly [string, (p: Printer, offset: number, size: number, flags: number) => boolean][] = [
  ['capable', printCapable],
  ['join', printJoin],
  ['dss', printDataSequence],
  ['add-addr', printAddAddress],
  ['rem-addr', printRemoveAddress],
  ['prio', printPriority],
  ['fail', printFail],
  ['fast-close', printFastClose],
];

/** Prints the option of `size` bytes at `offset`, kind and length included. Returns false where it is malformed. */
export function printMptcp(p: Printer, offset: number, size: number, flags: number): boolean {
  p.protocol = 'mptcp';
  if (size < 3) return false;
  p.field(' ', size);
  const entry = SUBTYPES[p.u8(offset + 2) >> 4];
  p.ascii(' ');
  if (entry === undefined) {
    p.ascii('unknown');
    return true;
  }
  p.ascii(entry[0]);
  return entry[1](p, offset, size, flags);
}

function hex64(p: Printer, text: string, offset: number): void {
  p.ascii(text);
  p.ascii(p.u64(offset).toString(16));
}

function printCapable(p: Printer, offset: number, size: number, flags: number): boolean {
  const opening = (size === 12 || size === 4) && (flags & SYN) !== 0;
  const third = (size === 20 || size === 22) && (flags & (SYN | ACK)) === ACK;
  if (!opening && !third) return false;
  const version = p.u8(offset + 2) & 15;
  if (version > 1) {
    p.field(' Unknown Version (', version);
    p.ascii(')');
    return true;
  }
  p.field(' v', version);
  const checksum = (p.u8(offset + 3) & 0x80) !== 0;
  if (checksum) p.ascii(' csum');
  if (size === 12 || size >= 20) {
    hex64(p, ' {0x', offset + 4);
    if (size >= 20) hex64(p, ',0x', offset + 12);
    p.ascii('}');
  }
  return true;
}

function printJoin(p: Printer, offset: number, size: number, flags: number): boolean {
  if (
    !(size === 12 && (flags & SYN) !== 0) &&
    !(size === 16 && (flags & (SYN | ACK)) === (SYN | ACK)) &&
    !(size === 24 && (flags & ACK) !== 0)
  ) {
    return false;
  }
  if (size !== 24) {
    if ((p.u8(offset + 2) & 1) !== 0) p.ascii(' backup');
    p.field(' id ', p.u8(offset + 3));
  }
  if (size === 12) {
    p.hexField(' token 0x', p.u32(offset + 4));
    p.hexField(' nonce 0x', p.u32(offset + 8));
  } else if (size === 16) {
    hex64(p, ' hmac 0x', offset + 4);
    p.hexField(' nonce 0x', p.u32(offset + 12));
  } else {
    p.ascii(' hmac 0x');
    p.hexBytes(offset + 4, 20);
  }
  return true;
}

function printDataSequence(p: Printer, offset: number, size: number, flags: number): boolean {
  if (size < 4 || (flags & SYN) !== 0) return false;
  const bits = p.u8(offset + 3);
  const end = offset + size;
  if ((bits & 0x10) !== 0) p.ascii(' fin');
  offset += 4;
  if ((bits & 0x01) !== 0) {
    p.ascii(' ack ');
    const width = (bits & 0x02) !== 0 ? 8 : 4;
    if (end - offset < width) return false;
    number(p, offset, width);
    offset += width;
  }
  if ((bits & 0x04) !== 0) {
    p.ascii(' seq ');
    const width = (bits & 0x08) !== 0 ? 8 : 4;
    if (end - offset < width) return false;
    number(p, offset, width);
    offset += width;
    if (end - offset < 4) return false;
    p.field(' subseq ', p.u32(offset));
    offset += 4;
    if (end - offset < 2) return false;
    p.field(' len ', p.u16(offset));
    offset += 2;
    if (end - offset >= 2) {
      p.hexField(' csum 0x', p.u16(offset));
      offset += 2;
    }
  }
  return offset === end;
}

function number(p: Printer, offset: number, width: number): void {
  if (width === 4) p.decimal(p.u32(offset));
  else p.ascii(p.u64(offset).toString());
}

function printAddAddress(p: Printer, offset: number, size: number): boolean {
  const v4 = size === 8 || size === 10 || size === 16 || size === 18;
  const v6 = size === 20 || size === 22 || size === 28 || size === 30;
  if (!v4 && !v6) return false;
  p.ascii(' ');
  p.ascii(ADDRESS_KINDS.get(p.u8(offset + 2) & 15) ?? '[bad version/echo]');
  p.field(' id ', p.u8(offset + 3));
  p.ascii(' ');
  if (v4) p.ipv4(offset + 4);
  else p.ipv6(offset + 4);
  const port = offset + (v4 ? 8 : 20);
  const hasPort = size % 4 === 2;
  if (hasPort) p.field(':', p.u16(port));
  if (size === 16 || size === 18 || size === 28 || size === 30)
    hex64(p, ' hmac 0x', hasPort ? port + 2 : port);
  return true;
}

function printRemoveAddress(p: Printer, offset: number, size: number): boolean {
  if (size < 4) return false;
  p.ascii(' id');
  for (let i = 3; i < size; i++) p.field(' ', p.u8(offset + i));
  return true;
}

function printPriority(p: Printer, offset: number, size: number): boolean {
  if (size !== 3 && size !== 4) return false;
  p.ascii((p.u8(offset + 2) & 1) !== 0 ? ' backup' : ' non-backup');
  if (size === 4) p.field(' id ', p.u8(offset + 3));
  return true;
}

function printFail(p: Printer, offset: number, size: number): boolean {
  if (size !== 12) return false;
  p.ascii(' seq ');
  number(p, offset + 4, 8);
  return true;
}

function printFastClose(p: Printer, offset: number, size: number): boolean {
  if (size !== 12) return false;
  hex64(p, ' key 0x', offset + 4);
  return true;
}
