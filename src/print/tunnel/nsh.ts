// The network service header (RFC 8300).
import * as nsh from '../../wire/nsh.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const KINDS: Names = new Map([
  [0, 'reserved'],
  [1, '1'],
  [2, '2'],
  [15, 'experimental'],
]);
export function printNsh(p: Printer, offset: number, length: number): void {
  p.protocol = 'nsh';
  if (length < nsh.LEAST) {
    p.field(' (packet length ', length);
    p.ascii(' < 8)');
    p.invalid();
    return;
  }
  const base = p.u32(offset);
  const headers = nsh.lengthOf(base);
  const kind = nsh.metadataOf(base);
  const next = nsh.nextProtocolOf(base);
  p.ascii('NSH, ');
  if (p.verbose > 1) {
    p.field('ver ', nsh.versionOf(base));
    p.ascii(', ');
  }
  if (nsh.versionOf(base) !== 0) return;
  p.ascii(nsh.isOam(base) ? 'flags [O], ' : 'flags [none], ');
  if (p.verbose > 2) {
    p.field('TTL ', nsh.ttlOf(base));
    p.field(', length ', headers / 4);
    p.ascii(', md type ');
    named(p, KINDS, kind);
  }
  if (p.verbose > 1) {
    p.ascii('next-protocol ');
    named(p, p.payload.nshProtocols, next);
  }
  if (length < headers) {
    p.field(' (too many headers for packet length ', length);
    p.ascii(')');
    p.invalid();
    return;
  }
  const path = p.u24(offset + nsh.SERVICE_PATH);
  p.ascii('service-path-id 0x');
  p.out.hexPadded(path, 6);
  p.ascii(', ');
  p.hexField('service-index 0x', p.u8(offset + nsh.SERVICE_INDEX));
  if (headers < nsh.LEAST) {
    p.ascii(' (less than two headers)');
    p.invalid();
    return;
  }
  if (p.verbose > 2 && !printContext(p, offset + nsh.LEAST, (headers - nsh.LEAST) / 4, kind)) {
    p.invalid();
    return;
  }
  p.need(offset, headers);
  p.ascii(p.verbose > 0 ? '\n    ' : ': ');
  const rest = length - headers;
  const payload = offset + headers;
  if (!p.payload.nshProtocols.print(p, next, payload, rest)) p.ascii('ERROR: unknown-next-protocol');
}

function named(p: Printer, names: { get(value: number): string | undefined }, value: number): void {
  const name = names.get(value);
  if (name !== undefined) p.ascii(name);
  else {
    p.ascii('unknown (0x');
    p.out.hexPadded(value, 2);
    p.ascii(')');
  }
  p.ascii(', ');
}

/** -vvv: the context headers, four words or type-length-values. Returns false where they are malformed. */
function printContext(p: Printer, offset: number, words: number, kind: number): boolean {
  if (kind === 1) {
    if (words !== 4) {
      p.ascii(' (invalid length for the MD type)');
      return false;
    }
    for (let i = 0; i < 4; i++) {
      const context = p.u32(offset + i * 4);
      p.ascii('\n        Context[');
      p.out.padded(i, 2);
      p.ascii(']: 0x');
      p.out.hexPadded(context, 8);
    }
  } else if (kind === 2) {
    for (let used = 0; used < words; ) {
      const size = p.u8(offset + 3) & 0x7f;
      const padded = (size + 3) & ~3;
      p.field('\n        TLV Class ', p.u16(offset));
      p.field(', Type ', p.u8(offset + 2));
      p.field(', Len ', size);
      offset += 4;
      used += 1 + padded / 4;
      if (used > words) {
        p.ascii(' (length too big)');
        return false;
      }
      for (let i = 0; i < size; i++) {
        if (i === 0) p.ascii('\n            Value: ');
        const byte = p.u8(offset + i);
        p.ascii(i === 0 ? '0x' : ':');
        p.out.hexPadded(byte, 2);
      }
      p.need(offset, padded);
      offset += padded;
    }
  }
  return true;
}
