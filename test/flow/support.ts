// Packets and captures made by hand, and what tshark says of them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A segment to be built; addresses as byte arrays of 4 or 16. */
export interface Segment {
  source?: number[];
  destination?: number[];
  sourcePort?: number;
  destinationPort?: number;
  sequence?: number;
  acknowledgment?: number;
  flags?: number;
  window?: number;
  options?: number[];
  /** Bytes of payload as IP tells. */
  length?: number;
}

export const A = [10, 0, 1, 0];
export const B = [10, 0, 2, 0];

/** A TCP segment without its IP header. */
export function tcp(segment: Segment): Uint8Array {
  const options = segment.options ?? [];
  const padded = (options.length + 3) & ~3;
  const bytes = new Uint8Array(20 + padded + (segment.length ?? 0));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, segment.sourcePort ?? 1000);
  view.setUint16(2, segment.destinationPort ?? 2000);
  view.setUint32(4, segment.sequence ?? 0);
  view.setUint32(8, segment.acknowledgment ?? 0);
  bytes[12] = ((20 + padded) >> 2) << 4;
  bytes[13] = segment.flags ?? 16;
  view.setUint16(14, segment.window ?? 1000);
  bytes.set(options, 20);
  return bytes;
}

/** An IPv4 or IPv6 datagram around `payload`. */
export function ip(
  source: number[],
  destination: number[],
  protocol: number,
  payload: Uint8Array,
): Uint8Array {
  if (source.length === 16) {
    const bytes = new Uint8Array(40 + payload.length);
    const view = new DataView(bytes.buffer);
    bytes[0] = 0x60;
    view.setUint16(4, payload.length);
    bytes[6] = protocol;
    bytes[7] = 64;
    bytes.set(source, 8);
    bytes.set(destination, 24);
    bytes.set(payload, 40);
    return bytes;
  }
  const bytes = new Uint8Array(20 + payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x45;
  view.setUint16(2, bytes.length);
  bytes[8] = 64;
  bytes[9] = protocol;
  bytes.set(source, 12);
  bytes.set(destination, 16);
  bytes.set(payload, 20);
  return bytes;
}

export function datagram(segment: Segment): Uint8Array {
  return ip(segment.source ?? A, segment.destination ?? B, 6, tcp(segment));
}

/** An Ethernet frame. */
export function ethernet(etherType: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(14 + payload.length);
  bytes.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, etherType >> 8, etherType & 255]);
  bytes.set(payload, 14);
  return bytes;
}

export interface Frame {
  bytes: Uint8Array;
  /** Nanoseconds since the first second. */
  time: number;
  /** Bytes on the wire, where more than captured. */
  wire?: number;
}

/** A pcap file with nanoseconds. */
export function pcap(frames: Frame[], linkType = 101): Uint8Array {
  let size = 24;
  for (const frame of frames) size += 16 + frame.bytes.length;
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xa1b23c4d, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262144, true);
  view.setUint32(20, linkType, true);
  let at = 24;
  for (const frame of frames) {
    const seconds = Math.floor(frame.time / 1e9);
    view.setUint32(at, 1_700_000_000 + seconds, true);
    view.setUint32(at + 4, frame.time - seconds * 1e9, true);
    view.setUint32(at + 8, frame.bytes.length, true);
    view.setUint32(at + 12, frame.wire ?? frame.bytes.length, true);
    file.set(frame.bytes, at + 16);
    at += 16 + frame.bytes.length;
  }
  return file;
}

/** Runs `use` with a file of these bytes in a directory of its own, removed afterwards. */
export async function withFile<T>(bytes: Uint8Array, use: (path: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'nscap-flow-'));
  try {
    const path = join(directory, 'capture.pcap');
    writeFileSync(path, bytes);
    return await use(path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** tshark's fields for each frame of a file, as rows of strings. */
export function tsharkFields(path: string, fields: string[]): string[][] {
  const home = mkdtempSync(join(tmpdir(), 'nscap-flow-profile-'));
  try {
    const text = execFileSync(
      'tshark',
      [
        '-n',
        '-r',
        path,
        '-T',
        'fields',
        '-E',
        'separator=/t',
        '-E',
        'occurrence=a',
        ...fields.flatMap((f) => ['-e', f]),
      ],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 30,
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, WIRESHARK_CONFIG_DIR: home, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
      },
    );
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t'));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
