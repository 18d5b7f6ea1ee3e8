// How Wireshark reads the options of hop-by-hop and destination headers (RFC 8200, 4.2): option by option, and of those that it
// knows as many bytes as their kind has, whatever length they claim.

/** A label of security, which says how long its compartments are. */
const CALIPSO = 0x07;
/** Detection of duplicates (RFC 6621), of which one byte is read. */
const DUPLICATES = 0x08;
/** Bytes of data that options of a type always have (RFC 2473, 2711, 8250, 4782, 9268, 2675, 6275, 6971). */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [0x04, 1],
  [0x05, 2],
  [0x0f, 10],
  [0x26, 6],
  [0x30, 4],
  [0xc2, 4],
  [0xc9, 16],
  [0xee, 3],
]);
/** Bytes that they have at least (RFC 5570, 9008). */
const LEAST: ReadonlyMap<number, number> = new Map([
  [CALIPSO, 8],
  [0x63, 4],
]);
/** Is the length of the option at `at` no length of its type? */
export function isWrongLength(type: number, length: number): boolean {
  return length !== (LENGTHS.get(type) ?? length) || length < (LEAST.get(type) ?? 0);
}

/** Where the option behind the one at `at`, which is no Pad1, begins; -1 where what is read of this one ends behind `end`. */
export function behindOption(view: DataView, at: number, end: number): number {
  const type = view.getUint8(at);
  const data = at + 2;
  let read = type === DUPLICATES ? 1 : (LENGTHS.get(type) ?? LEAST.get(type) ?? 0);
  if (data + read > end) return -1;
  if (type === CALIPSO) read += 4 * view.getUint8(data + 4);
  return data + read > end ? -1 : Math.max(data + view.getUint8(at + 1), data + read);
}
