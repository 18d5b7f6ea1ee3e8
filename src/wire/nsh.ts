// The network service header (RFC 8300, 2.2): a base header and a service path header of four bytes each, then context.

/** Bytes of base header and service path header. */
export const LEAST = 8;
/** Three bytes. */
export const SERVICE_PATH = 4;
export const SERVICE_INDEX = 7;

export const versionOf = (base: number): number => base >>> 30;
export const isOam = (base: number): boolean => (base & 0x20000000) !== 0;
export const ttlOf = (base: number): number => (base >>> 22) & 0x3f;
/** Bytes of all headers. */
export const lengthOf = (base: number): number => ((base >>> 16) & 0x3f) << 2;
export const metadataOf = (base: number): number => (base >>> 8) & 15;
export const nextProtocolOf = (base: number): number => base & 0xff;
