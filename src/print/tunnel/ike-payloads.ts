// Chains of payloads: those of IKEv1 and IKEv2 have the same header, and each may hold the other's.
import type { Printer } from '../engine/printer.ts';
import { cut, MAXIMUM_DEPTH, NOWHERE, open, payloadName } from './ike.ts';
import { type Around, printPayload1, VENDOR } from './ike1.ts';
import { ENCRYPTED, isVersion2, printEncrypted, printPayload2 } from './ike2.ts';

/** The payloads of a message, the first of this type. Returns where what follows them begins, or NOWHERE. */
export function printPayloads1(p: Printer, first: number, offset: number): number {
  return printChain(p, first, offset, { protocol: 0, depth: 0, chain: printChain });
}

/** The same of IKEv2, where what an encrypted payload says follows it is inside of it. */
export function printPayloads2(p: Printer, first: number, offset: number): number {
  return printChain(p, first, offset, { protocol: 0, depth: 0, chain: printChain }, true);
}

function printChain(p: Printer, payload: number, offset: number, around: Around, encrypted = false): number {
  if (around.depth > MAXIMUM_DEPTH) return NOWHERE;
  const depth = around.depth + 1;
  while (payload !== 0) {
    if (!p.has(offset, 4) || !p.has(offset, p.view.getUint16(offset + 2))) return cut(p, payload);
    const length = p.view.getUint16(offset + 2);
    open(p, depth);
    let next = NOWHERE;
    if (length > 4) {
      if (encrypted && payload === ENCRYPTED) printEncrypted(p, payload, offset, length);
      else next = printPayload(p, payload, offset, length, { ...around, depth });
    }
    p.ascii(')');
    if (next === NOWHERE) return NOWHERE;
    payload = p.bytes[offset];
    offset = next;
  }
  return offset;
}

/** A payload of any version: the numbers of IKEv1's and IKEv2's do not overlap. */
function printPayload(p: Printer, payload: number, offset: number, length: number, around: Around): number {
  if (isVersion2(payload)) return printPayload2(p, payload, offset, length, around.depth);
  if (payload <= VENDOR) return printPayload1(p, payload, offset, length, around);
  p.ascii(payloadName(payload));
  return offset + length;
}
