// Packets as one input: of each its link type, its length on the wire and its time, then its bytes. However the bytes are
// damaged, they are packets: lengths that lead beyond the end are made less.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Batch } from '../../src/base/batch.ts';
import { Mutants } from '../print/mutants.ts';
import type { Structure } from './target.ts';

/** Link types with a printer of their own; a byte of the input chooses. */
export const LINKS = [
  1, 101, 113, 276, 0, 9, 50, 51, 104, 105, 107, 108, 117, 119, 127, 129, 192, 220, 226, 228, 229, 239, 242,
  253,
];
/** u8 link type, u8 more bytes on the wire, u16 bytes, u16 microseconds since the one before. */
const HEADER = 6;
const START = 1_700_000_000;

export interface Packet {
  link: number;
  wire: number;
  /** Microseconds since the first. */
  time: number;
  bytes: Uint8Array;
}

export function packetsOf(input: Uint8Array): Packet[] {
  const found: Packet[] = [];
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  let time = 0;
  for (let at = 0; at + HEADER < input.length; ) {
    const length = Math.max(1, Math.min(view.getUint16(at + 2), input.length - at - HEADER));
    time += view.getUint16(at + 4) * 16;
    const bytes = input.subarray(at + HEADER, at + HEADER + length);
    found.push({ link: LINKS[input[at] % LINKS.length], wire: length + input[at + 1], time, bytes });
    at += HEADER + length;
  }
  return found;
}

/** One packet as part of an input. */
export function part(link: number, bytes: Uint8Array, wait = 0, more = 0): Uint8Array {
  const made = new Uint8Array(HEADER + bytes.length);
  const view = new DataView(made.buffer);
  made[0] = Math.max(0, LINKS.indexOf(link));
  made[1] = more;
  view.setUint16(2, bytes.length);
  view.setUint16(4, wait);
  made.set(bytes, HEADER);
  return made;
}

export const PACKETS: Structure = {
  split(input) {
    const parts: Uint8Array[] = [];
    const view = new DataView(input.buffer, input.byteOffset, input.length);
    for (let at = 0; at + HEADER < input.length; ) {
      const length = Math.max(1, Math.min(view.getUint16(at + 2), input.length - at - HEADER));
      parts.push(input.slice(at, at + HEADER + length));
      at += HEADER + length;
    }
    return parts;
  },
  join(parts) {
    const whole = parts.map((one) => {
      const made = one.slice();
      if (made.length > HEADER)
        new DataView(made.buffer).setUint16(2, Math.min(made.length - HEADER, 0xffff));
      return made;
    });
    return new Uint8Array(Buffer.concat(whole));
  },
};

/** Places packets into a batch, each surrounded by bytes that are none of its own. */
export function batchOf(packets: readonly Packet[], filler = 0): Batch {
  const around = 64;
  const batch = new Batch(Math.max(packets.length, 1));
  const bytes = new Uint8Array(packets.reduce((sum, one) => sum + one.bytes.length + around, around)).fill(
    filler,
  );
  batch.reset(bytes, 1);
  let at = around;
  for (const [i, one] of packets.entries()) {
    bytes.set(one.bytes, at);
    batch.offset[i] = at;
    batch.captured[i] = one.bytes.length;
    batch.wire[i] = one.wire;
    batch.seconds[i] = START + Math.floor(one.time / 1e6);
    batch.nanoseconds[i] = (one.time % 1e6) * 1000;
    batch.linkType[i] = one.link;
    at += one.bytes.length + around;
  }
  batch.count = packets.length;
  return batch;
}

/** A pcap file of those packets that have this link type. */
export function pcapOf(packets: readonly Packet[], link: number): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(link, 20);
  const records = packets.flatMap(({ bytes, wire, time }) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(START + Math.floor(time / 1e6), 0);
    record.writeUInt32LE(time % 1e6, 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(wire, 12);
    return [record, bytes];
  });
  return new Uint8Array(Buffer.concat([header, ...records]));
}

/** The samples of every protocol: test/data, a pcap file of little-endian microseconds each. */
export function* sampleFiles(): Iterable<{
  name: string;
  link: number;
  frames: Uint8Array[];
  file: Uint8Array;
}> {
  const folder = 'test/data';
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.pcap')) continue;
    const file = new Uint8Array(readFileSync(join(folder, name)));
    const view = new DataView(file.buffer);
    const frames: Uint8Array[] = [];
    for (let at = 24; at + 16 < file.length; ) {
      const length = view.getUint32(at + 8, true);
      frames.push(file.slice(at + 16, at + 16 + length));
      at += 16 + length;
    }
    yield { name, link: view.getUint32(20, true), frames, file };
  }
}

/** An input a sample file, of link types that are listed here; and some of packets whose fields no sender sends. */
export function* packetSeeds(): Iterable<Uint8Array> {
  for (const { link, frames } of sampleFiles()) {
    if (!LINKS.includes(link)) continue;
    for (let i = 0; i < frames.length; i += 8) {
      yield new Uint8Array(Buffer.concat(frames.slice(i, i + 8).map((bytes) => part(link, bytes, 100))));
    }
  }
  for (const link of [1, 113, 276, 0, 101]) {
    const mutants = new Mutants(link + 1);
    for (let i = 0; i < 20; i++) {
      const made = Array.from({ length: 8 }, () => mutants.packet(link)).filter(({ length }) => length > 0);
      yield new Uint8Array(Buffer.concat(made.map((bytes) => part(link, new Uint8Array(bytes), 100))));
    }
  }
}
