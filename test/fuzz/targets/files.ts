// Capture files: pcap, pcapng, and compressed ones.
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Text } from '../../../src/base/text.ts';
import { NscapError } from '../../../src/errors.ts';
import { PcapngWriter } from '../../../src/file/pcapng-writer.ts';
import { openStream } from '../../../src/source/file.ts';
import { Blocks, join, numbers, PACKET, pcapHeader, pcapRecord } from '../../file/build.ts';
import { read } from '../../source/support.ts';
import { sampleFiles } from '../packets.ts';
import { Broken, type Structure, type Target } from '../target.ts';

const CHUNKS = [7, 61, 4096];

/** What is read must not depend on the pieces it arrives in, and be the same once written and read again. */
async function check(input: Uint8Array): Promise<void> {
  const [whole, pieces] = [await read(input), await read(input, CHUNKS[input.length % CHUNKS.length])];
  if (whole.rows.join('\n') !== pieces.rows.join('\n'))
    throw new Broken('other packets when the file arrives in pieces');
  // What is wrong with its beginning is said when it is opened, with its name.
  const plain = (complaint: string | undefined) => complaint?.replace(/^x is /, '');
  if (plain(whole.complaint) !== plain(pieces.complaint))
    throw new Broken(`${whole.complaint}, in pieces: ${pieces.complaint}`);
  if (/[\x00-\x1f\x7f]/.test(whole.complaint ?? ''))
    throw new Broken(`control bytes in ${JSON.stringify(whole.complaint)}`);
  await checkConversion(input);
}

interface Copied {
  rows: string[];
  file: Uint8Array;
}

/** Packets as rows with their bytes, and a pcapng file of them; undefined where they cannot be read, or not be written. */
async function copied(input: Uint8Array): Promise<Copied | undefined> {
  try {
    const source = await openStream(Readable.from([Buffer.from(input)], { objectMode: false }), 'x');
    const out = new Text();
    const writer = new PcapngWriter(out);
    writer.section({});
    const rows: string[] = [];
    const numbers: number[] = [];
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        const which = batch.interface[i];
        const linkType = batch.linkType[i];
        // Nanoseconds in 64 bits reach to 2554, and only whole interfaces have one link type.
        if (batch.nanoseconds[i] > 999_999_999 || batch.seconds[i] < 0 || batch.seconds[i] > 1.8e10)
          return undefined;
        if (source.interfaces[which].linkType !== linkType) return undefined;
        numbers[which] ??= writer.interface({ ...source.interfaces[which], snaplen: 0 });
        const offset = batch.offset[i];
        const bytes = batch.bytes.subarray(offset, offset + batch.captured[i]);
        writer.record(batch, i, numbers[which]);
        rows.push(
          `${batch.seconds[i]}.${batch.nanoseconds[i]} ${linkType} ${batch.wire[i]} ${Buffer.from(bytes).toString('hex')}`,
        );
      }
    }
    await source.close();
    return { rows, file: out.take().slice() };
  } catch (error) {
    if (error instanceof NscapError) return undefined;
    throw error;
  }
}

async function checkConversion(input: Uint8Array): Promise<void> {
  const first = await copied(input);
  if (first === undefined) return;
  const second = await copied(first.file);
  if (second === undefined) throw new Broken('what was written cannot be read');
  if (first.rows.join('\n') !== second.rows.join('\n')) throw new Broken('other packets once converted');
}

/** Blocks of a little-endian pcapng file; joined, their lengths are right again. */
const BLOCKS: Structure = {
  split(input) {
    const parts: Uint8Array[] = [];
    const view = new DataView(input.buffer, input.byteOffset, input.length);
    for (let at = 0; at + 12 <= input.length; ) {
      const length = Math.min(Math.max(view.getUint32(at + 4, true), 12), input.length - at);
      parts.push(input.slice(at, at + length));
      at += length;
    }
    return parts;
  },
  join(parts) {
    const whole = parts.map((one) => {
      if (one.length < 12) return one;
      const made = new Uint8Array((one.length + 3) & ~3);
      made.set(one);
      const view = new DataView(made.buffer);
      view.setUint32(4, made.length, true);
      view.setUint32(made.length - 4, made.length, true);
      return made;
    });
    return new Uint8Array(Buffer.concat(whole));
  },
};

const RECORDS: Structure = {
  split(input) {
    const parts = [input.slice(0, 24)];
    const view = new DataView(input.buffer, input.byteOffset, input.length);
    for (let at = 24; at + 16 <= input.length; ) {
      const length = Math.min(view.getUint32(at + 8, true), input.length - at - 16);
      parts.push(input.slice(at, at + 16 + length));
      at += 16 + length;
    }
    return parts;
  },
  join(parts) {
    const whole = parts.map((one, i) => {
      if (i === 0 || one.length < 16) return one;
      const made = one.slice();
      new DataView(made.buffer).setUint32(8, made.length - 16, true);
      return made;
    });
    return new Uint8Array(Buffer.concat(whole));
  },
};

function pcapngSeed(little: boolean): Uint8Array {
  const b = new Blocks(little);
  const packet = PACKET.subarray(0, 21);
  const comment = b.options(
    b.option(1, 'hi'),
    b.option(2, numbers(little, 'd', 1)),
    b.option(4, numbers(little, 'q', 3n)),
  );
  return join(
    b.section(b.options(b.option(4, 'by hand'))),
    b.interface(1, 0, b.options(b.option(2, 'veth0'), b.option(9, Uint8Array.of(9)))),
    b.enhanced(0, 1_700_000_000_123_456_789n, packet),
    b.interface(101, 30, b.options(b.option(9, Uint8Array.of(0x8a)), b.option(14, numbers(little, 'q', 5n)))),
    b.enhanced(1, 5n, packet, { options: comment }),
    b.simple(21, packet),
    b.block(
      4,
      join(numbers(little, 'ww', 1, 9), new Uint8Array([10, 0, 0, 1, 97, 46, 98, 99, 0]), new Uint8Array(7)),
    ),
    b.block(0xbad, new Uint8Array(8)),
    b.section(),
    b.interface(),
    b.old(0, 7n),
    b.block(5, new Uint8Array(12)),
    b.enhanced(0, 9n, packet),
  );
}

export const pcap: Target = {
  name: 'pcap',
  about: 'pcap files',
  structure: RECORDS,
  *seeds() {
    const packet = PACKET.subarray(0, 21);
    for (const little of [true, false]) {
      const record = (n: number) => pcapRecord(n, 2, 21, 40, { little, packet });
      yield join(pcapHeader({ little }), record(1), record(2), record(3));
      yield join(pcapHeader({ little, magic: 0xa1b23c4d, link: 101 }), record(1));
    }
    let n = 0;
    for (const { file } of sampleFiles()) if (n++ % 10 === 0 && file.length < 8192) yield file;
  },
  run: check,
};

export const pcapng: Target = {
  name: 'pcapng',
  about: 'pcapng files',
  structure: BLOCKS,
  seeds: () => [pcapngSeed(true), pcapngSeed(false)],
  run: check,
};

export const compressed: Target = {
  name: 'compressed',
  about: 'capture files packed by gzip',
  *seeds() {
    for (const little of [true, false]) {
      yield new Uint8Array(gzipSync(pcapngSeed(little)));
      yield new Uint8Array(gzipSync(pcapngSeed(little), { level: 0 }));
      yield join(
        new Uint8Array(gzipSync(pcapngSeed(little).subarray(0, 60))),
        new Uint8Array(gzipSync(pcapngSeed(little).subarray(60))),
      );
    }
  },
  run: async (input) => {
    await read(input, CHUNKS[input.length % CHUNKS.length]);
  },
};
