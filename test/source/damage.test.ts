// Thousands of damaged files made from good ones: cut at every byte, bytes changed, in any chunks, plain and gzipped.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Blocks, join, numbers, PACKET, pcapHeader, pcapRecord } from '../file/build.ts';
import { read } from './support.ts';

const small = PACKET.subarray(0, 21);

/** A good file and the bytes at which it may end without harm. */
interface Good {
  name: string;
  bytes: Uint8Array;
  ends: Set<number>;
}

function good(name: string, ...parts: Uint8Array[]): Good {
  const ends = new Set<number>();
  let at = 0;
  for (const part of parts) {
    at += part.length;
    ends.add(at);
  }
  return { name, bytes: join(...parts), ends };
}

function pcapng(little: boolean): Good {
  const b = new Blocks(little);
  const comment = b.options(b.option(1, 'hi'), b.option(2, numbers(little, 'd', 1)));
  return good(
    `pcapng, ${little ? 'little' : 'big'} endian`,
    b.section(b.options(b.option(4, 'by hand'))),
    b.interface(1, 0, b.options(b.option(2, 'veth0'), b.option(9, Uint8Array.of(9)))),
    b.enhanced(0, 1_700_000_000_123_456_789n, small),
    b.interface(101, 30),
    b.enhanced(1, 5n, small, { options: comment }),
    b.simple(21, small),
    b.block(0xbad, new Uint8Array(8)),
    b.section(),
    b.interface(),
    b.old(0, 7n),
    b.block(5, new Uint8Array(12)),
    b.enhanced(0, 9n, small),
  );
}

const record = (little: boolean) => pcapRecord(1, 2, 21, 40, { little, packet: small });
const FILES = [
  good('pcap', pcapHeader(), record(true), record(true), record(true)),
  good('pcap, big endian', pcapHeader({ little: false }), record(false), record(false)),
  pcapng(true),
  pcapng(false),
];

test.each(FILES)('$name, cut at every byte: the packets before, and one line', async ({ bytes, ends }) => {
  const whole = await read(bytes);
  expect(whole.complaint).toBe(undefined);
  for (let cut = 0; cut < bytes.length; cut++) {
    const seen = await read(bytes.subarray(0, cut));
    expect(seen.rows, `cut at ${cut}`).toEqual(whole.rows.slice(0, seen.rows.length));
    expect(seen.complaint === undefined, `cut at ${cut}: ${seen.complaint}`).toBe(ends.has(cut));
    if (seen.source !== undefined && seen.complaint !== undefined)
      expect(seen.complaint).toContain(`at byte ${cut}`);
    expect(seen.complaint ?? '').not.toContain('\n');
  }
});

test.each(FILES)('$name gzipped, cut at every byte', async ({ bytes }) => {
  const whole = await read(bytes);
  const packed = new Uint8Array(gzipSync(bytes));
  expect((await read(packed)).rows).toEqual(whole.rows);
  // Members one behind the other are one file, as in gzip.
  const members = join(
    new Uint8Array(gzipSync(bytes.subarray(0, 50))),
    new Uint8Array(gzipSync(bytes.subarray(50))),
  );
  expect(await read(members, 7)).toMatchObject({ rows: whole.rows, complaint: undefined });
  for (let cut = 2; cut < packed.length; cut++) {
    const seen = await read(packed.subarray(0, cut));
    expect(seen.rows, `cut at ${cut}`).toEqual(whole.rows.slice(0, seen.rows.length));
    expect(seen.complaint, `cut at ${cut}`).toBeDefined();
  }
});

test.each(FILES)('$name comes the same in chunks of any size', async ({ bytes }) => {
  const whole = await read(bytes);
  const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(sizes, async (chunks) => {
      expect((await read(bytes, ...chunks)).rows).toEqual(whole.rows);
    }),
    { numRuns: 100 },
  );
});

test.each(FILES)('$name with bytes changed: never a crash, never a line of several', async ({ bytes }) => {
  const change = fc.tuple(
    fc.nat(bytes.length - 1),
    fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (changes, packed) => {
        const copy = packed ? new Uint8Array(gzipSync(bytes)) : bytes.slice();
        for (const [at, value] of changes) copy[at % copy.length] = value;
        const seen = await read(copy);
        expect(seen.rows.length).toBeLessThan(bytes.length);
        expect(seen.complaint ?? '').not.toContain('\n');
      },
    ),
    { numRuns: 1500 },
  );
});

test('bytes at random behind a good header: never a crash', async () => {
  const b = new Blocks();
  const headers = [pcapHeader(), join(b.section(), b.interface()), b.section(), new Uint8Array(0)];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...headers), fc.uint8Array({ maxLength: 300 }), async (header, tail) => {
      await expect(read(join(header, tail))).resolves.toBeDefined();
    }),
    { numRuns: 2000 },
  );
});
