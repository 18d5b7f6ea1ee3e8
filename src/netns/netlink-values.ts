// Values in rtnetlink(7)'s messages as text, and what is not decoded.

/** AF_INET and AF_INET6, by IP version. */
export const AF = { 4: 2, 6: 10 } as const;

/** Names of the bits that are set. */
export function flagNames(all: readonly [bit: number, name: string][], bits: number): string[] {
  return all.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
}

export function macText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/..(?=.)/g, '$&:');
}

export function cString(bytes: Buffer | undefined): string {
  return bytes === undefined ? '' : bytes.subarray(0, bytes.indexOf(0)).toString();
}

export function notDecoded(subject: string): Error {
  return new Error(`${subject} is not decoded here`);
}

/** @throws Error where there is an attribute besides those that are decoded, or that say nothing. */
export function only(parts: Map<number, Buffer>, known: readonly number[], subject: string): void {
  for (const type of parts.keys())
    if (!known.includes(type)) throw notDecoded(`${subject} attribute ${type}`);
}
