// The interfaces that libpcap can capture on, as `tcpdump -D` lists them.
import { NscapError } from '../errors.ts';
import type { Pointer } from './libc.ts';
import { koffi, libpcap } from './load.ts';

/** An interface, or a pseudo-interface such as `any`. */
export interface Device {
  name: string;
  description: string | undefined;
  /** The bits below. */
  flags: number;
}

/** Bits of `Device.flags` (PCAP_IF_ of pcap.h); CONNECTION masks two bits that hold one of the values behind it. */
export const LOOPBACK = 1;
export const UP = 2;
export const RUNNING = 4;
export const WIRELESS = 8;
export const CONNECTION = 0x30;
export const CONNECTED = 0x10;
export const DISCONNECTED = 0x20;
export const NOT_APPLICABLE = 0x30;

/** Every device in this process's namespace, in libpcap's order. Throws NscapError in libpcap's words. */
export function devices(): Device[] {
  const { struct, decode } = koffi();
  const library = libpcap();
  const find = library.func('int pcap_findalldevs(void *, void *)');
  const free = library.func('void pcap_freealldevs(void *)');
  const entry = struct({
    next: 'void *',
    name: 'const char *',
    description: 'const char *',
    addresses: 'void *',
    flags: 'uint32',
  });
  const error = new Uint8Array(256);
  const first = new BigUint64Array(1);
  if (find(first, error) !== 0) {
    throw new NscapError('CAPTURE', Buffer.from(error).toString('utf8').split('\0', 1)[0]);
  }
  const head = decode(first, 'void *') as Pointer | null;
  const found: Device[] = [];
  for (let at = head; at !== null; ) {
    const { next, name, description, flags } = decode(at, entry) as {
      next: Pointer | null;
      name: string;
      description: string | null;
      flags: number;
    };
    found.push({ name, description: description ?? undefined, flags });
    at = next;
  }
  if (head !== null) free(head);
  return found;
}
