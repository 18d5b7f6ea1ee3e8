// File handles of NFS: what a server puts into one is its own business, so that tcpdump guesses the server from the bytes.
import type { Printer } from '../engine/printer.ts';

/** Bytes of a handle that guessing its format takes, and that are shown if it fails. */
const GUESSABLE = 16;
const SHOWN = 32;

/** Prints the handle of `length` bytes (a multiple of 4), all of which were captured. */
export function printHandle(p: Printer, offset: number, length: number): void {
  const b = p.bytes;
  const little = (field: number) => p.view.getUint32(offset + field, true);
  const big = (field: number) => p.view.getUint32(offset + field);
  const device = (major: number, minor: number, inode: number) => {
    p.ascii(` fh ${major},${minor}/${inode}`);
  };
  const word = length < GUESSABLE ? 0xffff : big(0);
  if (length < GUESSABLE) unknown(p, offset, length);
  else if (word >>> 16 === 0) {
    // Auspex; OSF/1; IRIX 4, whose handle has a length there; SunOS 4.
    if (word === 0) device(b[offset + 6], b[offset + 7], big(12));
    else if (b[offset + 4] !== 0 && b[offset + 5] === 0 && b[offset + 8] === 12 && b[offset + 9] === 0) osf();
    else device(b[offset + 2], b[offset + 3], big(big(4) === 0x0008_0000 ? 8 : 12));
  } else if ((word & 0xffff) === 0) {
    // BSD 4.4; Ultrix; SunOS 5.
    if (b[offset + 6] === 0 && b[offset + 7] === 0) device(b[offset + 1], b[offset], little(12));
    else if (length >= 24 && b[offset + 21] === 0 && b[offset + 23] === 0)
      device(b[offset + 1], b[offset], little(4));
    else if (b[offset + 9] === 10) solaris();
    else unknown(p, offset, length);
  } else if (b[offset + 8] === 12 && b[offset + 9] === 0) osf();
  else if (b[offset + 8] === 0 && b[offset + 9] === 10) {
    // HP-UX 9.
    if (big(4) === 0) device(b[offset], word & 0xff_ffff, big(12));
    else solaris();
  } else if (isVms(b, offset, length)) {
    // The device is a name; the file has two numbers.
    p.ascii(' fh ');
    name(p, offset + 1, length / 4);
    p.ascii(
      `/${((b[offset + 26] << 24) | (b[offset + 27] << 16) | (b[offset + 23] << 8) | b[offset + 22]) >>> 0}`,
    );
  } else unknown(p, offset, length);

  function osf(): void {
    device(little(0) >>> 20, little(0) & 0xf_ffff, little(12));
  }
  function solaris(): void {
    device(word >>> 18, word & 0x3_ffff, big(12));
  }
}

/** At most `length` characters up to a NUL or a space. */
function name(p: Printer, offset: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const byte = p.bytes[offset + i];
    if (byte === 0 || byte === 0x20) return;
    p.out.byte(byte);
  }
}

function unknown(p: Printer, offset: number, length: number): void {
  p.ascii(` fh ${'Unknown'.slice(0, length / 4)}/`);
  for (let i = 0; i < Math.min(length, SHOWN); i++) {
    p.ascii(p.bytes[offset + i].toString(16).toUpperCase().padStart(2, '0'));
  }
}

/** A handle of VMS UCX: a name in the first bytes, padded with NULs. */
function isVms(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 28) return false;
  let ended = false;
  for (let i = 1; i < 14; i++) {
    const byte = bytes[offset + i];
    if (byte === 0) ended = true;
    else if (byte < 0x20 || byte > 0x7e || ended) return false;
  }
  return true;
}
