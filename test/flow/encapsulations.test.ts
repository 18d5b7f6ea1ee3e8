// Segments in every wrapping that Wireshark looks into, each a frame of its own, beside tshark.
import { expect, test } from 'vitest';
import { SYN } from '../../src/wire/tcp.ts';
import { has } from '../support/needs.ts';
import { type Carried, ENCAPSULATIONS } from './encapsulations.ts';
import { judge } from './judged.ts';
import { ethernet, ip, tcp, tsharkFields, withFile } from './support.ts';

const [A, B] = [
  [10, 0, 0, 1],
  [10, 0, 0, 2],
];
const six = (last: number) => [...new Array<number>(15).fill(0), last];
const PORT = 20_000;

function carried(what: Carried, port: number): Uint8Array {
  const segment = tcp({ sourcePort: port, destinationPort: 7, sequence: 1000, flags: SYN });
  const packet = ip(A, B, 6, segment);
  switch (what) {
    case 'tcp':
      return segment;
    case 'ip4':
      return packet;
    case 'ip6':
      return ip(six(1), six(2), 6, segment);
    case 'mac':
      return ethernet(0x0800, packet);
    case 'wlan':
    case 'swapped': {
      const control = what === 'wlan' ? [8, 0] : [0, 8];
      const addresses = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
      const snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
      return Uint8Array.of(...control, 0, 0, ...addresses, 0, 0, ...snap, ...packet);
    }
  }
}

/** A pcapng block. */
function block(type: number, body: Uint8Array): Uint8Array {
  const length = 12 + ((body.length + 3) & ~3);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(body, 8);
  view.setUint32(length - 4, length, true);
  return bytes;
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/** A pcapng file with an interface for each frame, of which no more than `most` bytes were captured. */
function capture(most = Number.MAX_SAFE_INTEGER): Uint8Array {
  const blocks = [block(0x0a0d0d0a, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff))];
  for (const [, linkType] of ENCAPSULATIONS) blocks.push(block(1, words(linkType, 262_144)));
  for (const [i, [, , before, what, behind]] of ENCAPSULATIONS.entries()) {
    const frame = Buffer.concat([
      Buffer.from(before, 'hex'),
      carried(what, PORT + i),
      Buffer.from(behind, 'hex'),
    ]);
    const cut = frame.subarray(0, most);
    const head = words(i, 0, i * 1000, cut.length, frame.length);
    blocks.push(block(6, Buffer.concat([head, cut])));
  }
  return Buffer.concat(blocks);
}

function missing(frames: Set<number>): string[] {
  return ENCAPSULATIONS.filter((_, i) => !frames.has(i + 1)).map(([name]) => name);
}

test('segments are found in every wrapping', async () => {
  const frames = await withFile(capture(), judge);
  expect(missing(new Set(frames.keys()))).toEqual([]);
});

test.runIf(has('tshark'))('tshark finds them there as well, each with the same ports', async () => {
  const rows = await withFile(capture(), (path) => tsharkFields(path, ['tcp.srcport']));
  const found = rows.flatMap(([port], i) => (port?.split(',').includes(String(PORT + i)) ? [i + 1] : []));
  expect(missing(new Set(found))).toEqual([]);
});

test('frames cut at any length, and longer than they should be, hold nobody up', async () => {
  const lengths = Array.from({ length: 20 }, (_, i) => 6 * i + (i % 5));
  for (const length of lengths) {
    await withFile(capture(length), async (path) => {
      for (const frame of (await judge(path)).keys())
        expect(frame).toBeLessThanOrEqual(ENCAPSULATIONS.length);
    });
  }
});
