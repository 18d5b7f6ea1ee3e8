// Sequence numbers modulo 2^32 (RFC 9293, 3.4), held as int32, so that they wrap by subtraction.

/** a before b. */
export function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** a after b. */
export function after(a: number, b: number): boolean {
  return ((b - a) | 0) < 0;
}
