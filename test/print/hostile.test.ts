// Whatever bytes a packet has: it is printed, and from nothing but its captured bytes.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { Text } from '../../src/base/text.ts';
import type { PrintOptions } from '../../src/print/engine/options.ts';
import { PacketPrinter } from '../../src/print/packet.ts';
import { ip, transport, UDP } from './packets.ts';
import { samples } from './samples.ts';

const FRAMES = samples().map(({ name, frame }) => [name, frame] as const);
const LINKS = [0, 1, 9, 101, 104, 108, 113, 226, 239, 242, 276];
/** Bytes before and behind the packet in its buffer, where not told otherwise. */
const AROUND = 80;
/** A line of a dump shows 16 bytes in 68 characters; every byte is dumped once or twice, and dissected. */
const LONGEST = (captured: number): number => 20_000 + 400 * captured;

/** A batch of one packet, surrounded by `around` bytes of `filler`. */
function batchOf(packet: Uint8Array, wire: number, linkType: number, filler: number, around = AROUND): Batch {
  const bytes = new Uint8Array(packet.length + 2 * around).fill(filler);
  bytes.set(packet, around);
  const batch = new Batch(1);
  batch.reset(bytes, 1);
  batch.offset[0] = around;
  batch.captured[0] = packet.length;
  batch.wire[0] = wire;
  batch.seconds[0] = 1_700_000_000;
  batch.linkType[0] = linkType;
  batch.count = 1;
  return batch;
}

// Printers are all loaded before, so that each packet is printed at once.
beforeAll(() => PacketPrinter.loadAll());

function print(batch: Batch, options: Partial<PrintOptions>): string {
  const text = new Text();
  expect(new PacketPrinter(options, text).print(batch, 0)).toBe(true);
  return Buffer.from(text.take()).toString('latin1');
}

const options: fc.Arbitrary<Partial<PrintOptions>> = fc.record(
  {
    link: fc.boolean(),
    quiet: fc.nat(1),
    verbose: fc.nat(3),
    absolute: fc.boolean(),
    hex: fc.nat(2),
    hexAscii: fc.nat(2),
    ascii: fc.nat(2),
    time: fc.nat(5),
    nano: fc.boolean(),
    number: fc.boolean(),
    checksums: fc.boolean(),
    explain: fc.boolean(),
    colour: fc.boolean(),
    terminal: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** A packet of a known shape with some bytes changed, cut somewhere. */
const damaged = fc
  .tuple(
    fc.constantFrom(...FRAMES.map(([, frame]) => frame)),
    fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
    fc.nat(400),
  )
  .map(([frame, changes, length]) => {
    const bytes = frame.slice();
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes.slice(0, Math.max(1, Math.min(bytes.length, length)));
  });

function holds(packets: fc.Arbitrary<Uint8Array>, links: number[], runs: number): void {
  fc.assert(
    fc.property(
      packets,
      fc.constantFrom(...links),
      fc.oneof(fc.constant(0), fc.nat(2000)),
      options,
      (packet, link, more, choice) => {
        const wire = packet.length + more;
        const text = print(batchOf(packet, wire, link, 0x00), choice);
        expect(text.endsWith('\n')).toBe(true);
        expect(text.length).toBeLessThan(LONGEST(packet.length));
        for (const filler of [0xff, 0x45]) {
          expect(print(batchOf(packet, wire, link, filler), choice)).toBe(text);
        }
      },
    ),
    { numRuns: runs },
  );
}

describe('any packet under any options', () => {
  it('of random bytes, on every link type', () => {
    holds(fc.uint8Array({ minLength: 1, maxLength: 200 }), LINKS, 4000);
  });

  it('of a known shape, damaged and cut short', () => {
    holds(damaged, [1], 6000);
  });

  it('of IP, damaged and cut short, on every link type', () => {
    const payload = damaged.filter((bytes) => bytes.length > 15).map((bytes) => bytes.slice(14));
    holds(payload, [101, 0, 104, 108, 113, 226, 239, 242, 276], 2000);
  });
});

/** A printer for each set of options that makes dissectors read other bytes; the last two dump the packet, too. */
const PRINTERS = [
  {},
  { verbose: 1 },
  { verbose: 2, link: true },
  { verbose: 3, link: true },
  { verbose: 3, hexAscii: 1 },
  { quiet: 1, link: true, hex: 2 },
].map((choice) => {
  const text = new Text();
  const printer = new PacketPrinter({ absolute: true, time: 1, ...choice }, text);
  return (batch: Batch): string => {
    text.clear();
    printer.print(batch, 0);
    return Buffer.from(text.take()).toString('latin1');
  };
});
const WITHOUT_DUMP = PRINTERS.slice(0, 4);

/** All of these batches give the same text. */
function alike(batches: readonly Batch[], printers: typeof PRINTERS, what: string): void {
  const different: string[] = [];
  for (const print of printers) {
    const text = print(batches[0]);
    for (let i = 1; i < batches.length; i++) {
      const other = print(batches[i]);
      if (other !== text) different.push(`${text}---\n${other}`);
    }
  }
  // One assertion: one for each text would take longer than all the printing.
  expect(different, what).toEqual([]);
}

const FILLERS = [0x00, 0xff, 0x45];

describe('no byte behind a packet makes a difference', () => {
  it.each(FRAMES)('to %s, cut at every length', (_, frame) => {
    const batches = FILLERS.map((filler) => batchOf(frame, frame.length, 1, filler));
    for (let length = frame.length; length > 0; length--) {
      batches.forEach((batch, i) => {
        batch.captured[0] = length;
        batch.bytes[AROUND + length] = FILLERS[i];
      });
      // And once at the very end of its buffer.
      const all = [...batches, batchOf(frame.subarray(0, length), length, 1, 0, 0)];
      for (const wire of [frame.length, length]) {
        for (const batch of all) batch.wire[0] = wire;
        alike(all, PRINTERS, `${length} of ${frame.length} bytes, ${wire} told`);
      }
    }
  });

  const overIp = FRAMES.filter(
    ([, frame]) => frame[12] === 0x08 && frame[13] === 0x00 && frame.length > 14 + 20,
  );
  it.each(overIp)('to %s, ending at every length before the padding of the frame', (_, frame) => {
    for (let length = 20; length < frame.length - 14; length++) {
      const padded = FILLERS.map((filler) => {
        const packet = frame.slice().fill(filler, 14 + length);
        new DataView(packet.buffer).setUint16(16, length);
        return batchOf(packet, packet.length, 1, filler);
      });
      alike(padded, WITHOUT_DUMP, `an IP packet of ${length} bytes`);
    }
  });
});

describe('what lies within what lies within it', () => {
  /** `depth` headers around each other, each made of the bytes inside it. */
  function nested(depth: number, size: number, header: (inner: number) => readonly number[]): Uint8Array {
    const bytes = new Uint8Array(depth * size);
    for (let i = 0; i < depth; i++) bytes.set(header((depth - i - 1) * size), i * size);
    return bytes;
  }
  const two = (value: number) => [value >> 8, value & 0xff];

  it('is followed only so far: HNCP', () => {
    const tlvs = nested(16_000, 4, (inner) => [0, 33, ...two(inner)]);
    const frame = transport(UDP, 8231, 8231, tlvs);
    const text = print(batchOf(frame, frame.length, 1, 0), { verbose: 3 });
    expect(text.length).toBeLessThan(LONGEST(frame.length));
  });

  it('ends the line, not the program: IP', () => {
    const headers = nested(3270, 20, (inner) => [
      ...[0x45, 0, ...two(20 + inner), 0, 7, 0, 0, 64, 4, 0, 0],
      ...[192, 0, 2, 1, 192, 0, 2, 2],
    ]);
    const frame = ip(4, headers.slice(20));
    for (const verbose of [0, 3]) {
      const text = print(batchOf(frame, frame.length, 1, 0), { verbose });
      expect(text).toMatch(/ IP .*\n$/s);
    }
  });

  it('is followed only so far: ForCES', () => {
    const paths = nested(7000, 8, (inner) => [1, 0x10, ...two(inner + 8), 0, 0, 0, 0]);
    const all = paths.length;
    const message = [
      [0x10, 3, ...two((40 + all) / 4), ...new Array(20).fill(0)],
      [0x10, 0, ...two(all + 16), 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, ...two(all + 4)],
    ].flat();
    const chunk = [0, 3, ...two(16 + message.length + all), ...new Array(12).fill(0)];
    const header = [...two(6704), ...two(6704), ...new Array(8).fill(0)];
    const frame = ip(132, new Uint8Array([...header, ...chunk, ...message, ...paths]));
    const text = print(batchOf(frame, frame.length, 1, 0), { verbose: 3 });
    expect(text).toContain('PATH-DATA TLV');
    expect(text.length).toBeLessThan(LONGEST(frame.length));
  });
});

describe('a terminal', () => {
  it('gets no control byte that came from a packet', () => {
    fc.assert(
      fc.property(damaged, options, (packet, choice) => {
        const text = print(batchOf(packet, packet.length, 1, 0), {
          ...choice,
          terminal: true,
          colour: false,
        });
        expect(text).toMatch(/^[\n\t\x20-\x7e]*$/);
      }),
      { numRuns: 2000 },
    );
  });
});
