// IPv4 options (RFC 791, 3.1; RFC 2113).
import * as option from '../../wire/registry/ipv4-options.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const OPTIONS: Names = new Map([
  [option.END, 'EOL'],
  [option.NO_OPERATION, 'NOP'],
  [option.TIMESTAMP, 'timestamp'],
  [option.SECURITY, 'security'],
  [option.RECORD_ROUTE, 'RR'],
  [option.STRICT_ROUTE, 'SSRR'],
  [option.LOOSE_ROUTE, 'LSRR'],
  [option.ROUTER_ALERT, 'RA'],
  [option.TRACEROUTE, 'traceroute'],
]);

/** Prints the options. Returns false where one was not captured whole. */
export function printIpv4Options(p: Printer, offset: number, length: number): boolean {
  const end = offset + length;
  for (let first = true; offset < end; first = false) {
    if (!first) p.ascii(',');
    const code = p.u8(offset);
    const name = OPTIONS.get(code);
    if (name === undefined) p.field('unknown ', code);
    else p.ascii(name);
    let size = 1;
    if (code !== option.NO_OPERATION && code !== option.END) {
      size = p.u8(offset + 1);
      if (size < 2) {
        badLength(p, size);
        return true;
      }
    }
    if (size > end - offset) {
      badLength(p, size);
      return true;
    }
    if (!p.has(offset, size)) return false;
    if (code === option.END) return true;
    if (code === option.TIMESTAMP) {
      if (!printTimestamps(p, offset, size)) return false;
    } else if (code === option.RECORD_ROUTE || code === option.STRICT_ROUTE || code === option.LOOSE_ROUTE) {
      if (!printRoute(p, offset, size)) return false;
    } else if (code === option.ROUTER_ALERT) {
      if (size < 4) badLength(p, size);
      else if (p.u16(offset + 2) !== 0) p.field(' value ', p.u16(offset + 2));
    }
    offset += size;
  }
  return true;
}

function badLength(p: Printer, length: number): void {
  p.field(' [bad length ', length);
  p.ascii(']');
}

/** Addresses recorded; a comma follows those before the pointer. Returns false where one was not captured. */
function printRoute(p: Printer, offset: number, length: number): boolean {
  if (length < 3) {
    badLength(p, length);
    return true;
  }
  if (((length + 1) & 3) !== 0) badLength(p, length);
  const pointer = p.u8(offset + 2) - 1;
  if (pointer < 3 || ((pointer + 1) & 3) !== 0 || pointer > length + 1) {
    p.field(' [bad ptr ', p.u8(offset + 2));
    p.ascii(']');
  }
  for (let i = 3; i < length; i += 4) {
    if (!p.has(offset + i, 4)) return false;
    p.ascii(' ');
    p.ipv4(offset + i);
    if (pointer >>> 0 > i) p.ascii(',');
  }
  return true;
}

/** Hops with their times; `^` stands before the one the pointer is at. Returns false where one was not captured. */
function printTimestamps(p: Printer, offset: number, length: number): boolean {
  if (length < 4) {
    p.field('[bad length ', length);
    p.ascii(']');
    return true;
  }
  p.ascii(' TS{');
  const flags = p.u8(offset + 3);
  const kind = flags & 15;
  const hop = kind !== 0 ? 8 : 4;
  if (((length - 4) & (hop - 1)) !== 0) {
    p.field('[bad length ', length);
    p.ascii(']');
  }
  const pointer = (p.u8(offset + 2) - 1) >>> 0;
  if (pointer < 4 || ((pointer - 4) & (hop - 1)) !== 0 || pointer > length + 1) {
    p.field('[bad ptr ', p.u8(offset + 2));
    p.ascii(']');
  }
  let i = 0;
  if (kind === 0 || kind === 1 || kind === 3) {
    p.ascii(kind === 0 ? 'TSONLY' : kind === 1 ? 'TS+ADDR' : 'PRESPEC');
    for (i = 4; i < length; i += hop) {
      if (!p.has(offset + i, hop)) return false;
      p.field(pointer === i ? ' ^ ' : ' ', p.u32(offset + i + hop - 4));
      p.ascii('@');
      if (hop === 8) p.ipv4(offset + i);
    }
  } else {
    p.field('[bad ts type ', kind);
    p.ascii(']');
  }
  if (pointer === i) p.ascii(' ^ ');
  if (flags >> 4 !== 0) {
    p.field(' [', flags >> 4);
    p.ascii(' hops not recorded]} ');
  } else p.ascii('}');
  return true;
}
