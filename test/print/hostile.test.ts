// Whatever bytes a packet has: it is printed, soon, and from nothing but its captured bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { Text } from '../../src/base/text.ts';
import type { PrintOptions } from '../../src/print/options.ts';
import { PacketPrinter } from '../../src/print/packet.ts';
import { CORE } from './core-samples.ts';
import { SAMPLES } from './samples.ts';

const LINKS = [0, 1, 9, 101, 108, 113, 276];
/** Bytes before and behind the packet in its buffer. */
const AROUND = 80;
/** A line of a dump shows 16 bytes in 68 characters; every byte is dumped once or twice, and dissected. */
const LONGEST = (captured: number): number => 20_000 + 400 * captured;

/** A batch of one packet, surrounded by `filler`. */
function batchOf(packet: Uint8Array, wire: number, linkType: number, filler: number): Batch {
  const bytes = new Uint8Array(packet.length + 2 * AROUND).fill(filler);
  bytes.set(packet, AROUND);
  const batch = new Batch(1);
  batch.reset(bytes, 1);
  batch.offset[0] = AROUND;
  batch.captured[0] = packet.length;
  batch.wire[0] = wire;
  batch.seconds[0] = 1_700_000_000;
  batch.linkType[0] = linkType;
  batch.count = 1;
  return batch;
}

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
    fc.constantFrom(...[...CORE, ...SAMPLES].map(([, frame]) => frame)),
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
        const before = performance.now();
        const text = print(batchOf(packet, wire, link, 0x00), choice);
        expect(text.endsWith('\n')).toBe(true);
        expect(text.length).toBeLessThan(LONGEST(packet.length));
        for (const filler of [0xff, 0x45]) {
          expect(print(batchOf(packet, wire, link, filler), choice)).toBe(text);
        }
        expect(performance.now() - before).toBeLessThan(2000);
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
    holds(payload, [101, 0, 108, 113, 276], 2000);
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
