// Blocks of pcapng that are carried from file to file without being read: names and secrets (4.4, 4.7 of the draft).
import * as ng from './pcapng.ts';

/** A block's type and its body, little endian, without the padding at its end where that can be told. */
export interface ForeignBlock {
  type: number;
  body: Uint8Array;
}

/** True for blocks that mean the same in another file: name resolution, decryption secrets, custom ones marked so. */
export function isCarried(type: number): boolean {
  return type === ng.NAME_RESOLUTION || type === ng.DECRYPTION_SECRETS || type === ng.CUSTOM_COPIED;
}

/**
 * Copies the body that lies in `view` from `at` up to before `end`, turned into little endian. Undefined where that
 * cannot be done: a custom block's order is known to its owner only. From a big-endian body options are left out.
 */
export function carried(
  type: number,
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
): ForeignBlock | undefined {
  const body = new Uint8Array(view.buffer, view.byteOffset + at, end - at).slice();
  if (littleEndian) return { type, body };
  const turned = new DataView(body.buffer);
  if (type === ng.DECRYPTION_SECRETS && body.length >= 8) {
    const length = turned.getUint32(4);
    turned.setUint32(0, turned.getUint32(0), true);
    turned.setUint32(4, length, true);
    return length > body.length - 8 ? undefined : { type, body: body.subarray(0, 8 + length) };
  }
  if (type !== ng.NAME_RESOLUTION) return undefined;
  // Records: a type, a length, a value padded to four bytes; type 0 ends them.
  for (let next = 0; next + 4 <= body.length; ) {
    const record = turned.getUint16(next);
    const length = turned.getUint16(next + 2);
    turned.setUint16(next, record, true);
    turned.setUint16(next + 2, length, true);
    next += 4 + length + (-length & 3);
    if (record === 0) return { type, body: body.subarray(0, next) };
  }
  return undefined;
}
