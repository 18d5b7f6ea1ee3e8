// Packets put together from fields: bytes in a row, and what carries them.
import { ethernet, TCP, transport, UDP } from './packets.ts';

export type Part = Uint8Array | string;

/** Bytes one behind the other; strings are hexadecimal digits with blanks. */
export function bytes(...parts: readonly Part[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : part)),
    ),
  );
}

export function text(ascii: string): Uint8Array {
  return new TextEncoder().encode(ascii);
}

/** 16 bits in network order. */
export function word(value: number): Uint8Array {
  return bytes(value.toString(16).padStart(4, '0'));
}

/** `head`, the length of everything (in 8 or 16 bits, `more` bytes counted besides), and the body. */
export function sized(head: string, size: 1 | 2, more: number, ...parts: readonly Part[]): Uint8Array {
  const start = bytes(head);
  const body = bytes(...parts);
  const length = body.length + more;
  return bytes(start, size === 1 ? new Uint8Array([length]) : word(length), body);
}

/** Filled with zeros up to a multiple of four bytes. */
export function padded(part: Uint8Array): Uint8Array {
  return bytes(part, new Uint8Array(-part.length & 3));
}

/** A type, the length of the value, and the value; behind two bytes the length counts them as well. */
export const value = (type: string, ...parts: readonly Part[]) => sized(type, 1, 0, ...parts);
export const whole = (type: string, ...parts: readonly Part[]) => sized(type, 1, 2, ...parts);

export const udp = (source: number, target: number, ...parts: readonly Part[]) =>
  transport(UDP, source, target, bytes(...parts));
export const tcp = (source: number, target: number, ...parts: readonly Part[]) =>
  transport(TCP, source, target, bytes(...parts));

export const PREFIX6 = '20010db8 00000001';
export const HOST6 = '20010db8 00000000 00000000 00000009';

/** An 802.3 frame. */
export function llc(...parts: readonly Part[]): Uint8Array {
  const payload = bytes(...parts);
  return ethernet(payload.length, payload);
}
