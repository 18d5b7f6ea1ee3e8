// L2TP (RFC 2661).

import type { Printer } from '../engine/printer.ts';
import { printValue, VALUES } from './l2tp-value.ts';

const CONTROL = 0x8000;
const LENGTH = 0x4000;
const SEQUENCE = 0x0800;
const OFFSET = 0x0200;
const PRIORITY = 0x0100;
const FLAGS = [
  [CONTROL, 'T'],
  [LENGTH, 'L'],
  [SEQUENCE, 'S'],
  [OFFSET, 'O'],
  [PRIORITY, 'P'],
] as const;
const MANDATORY = 0x8000;
const HIDDEN = 0x4000;
const VALUE_HEADER = 6;

export function printL2tp(p: Printer, offset: number, length: number): void {
  p.protocol = 'l2tp';
  const start = offset;
  const flags = p.u16(offset);
  const version = flags & 15;
  if (version !== 2) {
    p.ascii(version === 1 ? ' l2f:' : ' Unknown Version, neither L2F(1) nor L2TP(2)');
    return;
  }
  p.ascii(' l2tp:[');
  for (const [bit, name] of FLAGS) if ((flags & bit) !== 0) p.ascii(name);
  p.ascii(']');
  offset += 2;
  let claimed = 0;
  if ((flags & LENGTH) !== 0) {
    claimed = p.u16(offset);
    offset += 2;
  }
  p.ascii(`(${p.u16(offset)}/`);
  p.ascii(`${p.u16(offset + 2)})`);
  offset += 4;
  if ((flags & SEQUENCE) !== 0) {
    p.ascii(`Ns=${p.u16(offset)},`);
    p.ascii(`Nr=${p.u16(offset + 2)}`);
    offset += 4;
  }
  if ((flags & OFFSET) !== 0) {
    const padding = p.u16(offset);
    if (!p.whole(offset + 2, padding)) return;
    offset += 2 + padding;
  }
  if ((flags & LENGTH) !== 0) {
    if (length < claimed) {
      p.ascii(` Length ${claimed} larger than packet`);
      return;
    }
    length = claimed;
  }
  const rest = length - (offset - start);
  if (rest < 0) {
    p.ascii(` Length ${length} smaller than header length`);
    return;
  }
  if ((flags & CONTROL) === 0) {
    p.ascii(' {');
    p.payload.ppp(p, offset, rest);
    p.ascii('}');
  } else if ((flags & LENGTH) === 0) p.ascii(' No length');
  else if (rest === 0) p.ascii(' ZLB');
  else printValues(p, offset, offset + rest);
}

/** Attributes and their values, which name the message first. */
function printValues(p: Printer, offset: number, end: number): void {
  while (offset !== end) {
    p.ascii(' ');
    const head = p.u16(offset);
    const size = head & 0x3ff;
    if (size < VALUE_HEADER || size > end - offset || !p.has(offset, size)) {
      p.truncated();
      return;
    }
    if ((head & MANDATORY) !== 0) p.ascii('*');
    if ((head & HIDDEN) !== 0) p.ascii('?');
    const vendor = p.u16(offset + 2);
    const type = p.u16(offset + 4);
    const value = offset + VALUE_HEADER;
    if (vendor !== 0) {
      p.ascii('VENDOR');
      p.out.hexPadded(vendor, 4);
      p.ascii(':ATTR');
      p.out.hexPadded(type, 4);
      p.ascii('(');
      p.hexBytes(value, size - VALUE_HEADER);
    } else {
      p.ascii(`${VALUES[type]?.[0] || `AVP-#${type}`}(`);
      if ((head & HIDDEN) !== 0) p.ascii('???');
      else printValue(p, type, value, size - VALUE_HEADER);
    }
    p.ascii(')');
    offset += size;
  }
}
