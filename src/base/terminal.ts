// Is a descriptor a terminal? Asked without Node's streams, which take 2 to 5 ms of a start to load.
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Linux's devices/char 1: /dev/null, /dev/zero, /dev/full. */
const MEMORY_DEVICES = 1;

/** True where a person reads what is written to `descriptor`; false where it is closed, too. */
export function isTerminal(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isCharacterDevice() && major(status.rdev) !== MEMORY_DEVICES && isatty(descriptor);
  } catch {
    return false;
  }
}

/** The upper part of a device number, as makedev(3) puts it. */
function major(device: number): number {
  return (device >>> 8) & 0xfff;
}
