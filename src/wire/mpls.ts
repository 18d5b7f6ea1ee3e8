// MPLS label stack entries (RFC 3032, 2.1): label, traffic class, bottom of stack, time to live in four bytes.

export const ENTRY_LENGTH = 4;
/** Labels below this one have a meaning of their own (RFC 7274). */
export const RESERVED_LABELS = 16;

export const labelOf = (entry: number): number => entry >>> 12;
export const trafficClassOf = (entry: number): number => (entry >>> 9) & 7;
export const isBottom = (entry: number): boolean => (entry & 0x100) !== 0;
export const ttlOf = (entry: number): number => entry & 0xff;
