import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Clock } from '../../src/file/clock.ts';
import { commentsOf } from '../../src/file/pcapng-options.ts';
import { openStream } from '../../src/source/file.ts';
import { read } from '../source/support.ts';
import { Blocks, join, numbers, PACKET } from './build.ts';

const TICKS = 1_000_000_001n; // 1000.000001 s in microseconds
const ROW = '1000.000001000 60/60 0 1';

test('both byte orders; several sections, each with its own order and interfaces', async () => {
  const little = new Blocks(true);
  const big = new Blocks(false);
  for (const b of [little, big]) {
    const seen = await read(join(b.section(), b.interface(), b.enhanced(0, TICKS)));
    expect(seen).toMatchObject({ rows: [ROW], complaint: undefined });
  }
  const seen = await read(
    join(
      ...[little.section(), little.interface(), little.enhanced(0, TICKS)],
      ...[
        big.section(),
        big.interface(113),
        big.interface(101),
        big.enhanced(1, TICKS),
        big.enhanced(0, TICKS),
      ],
      ...[little.section(), little.interface(276), little.enhanced(0, TICKS)],
    ),
  );
  expect(seen.rows.map((row) => row.split(' ').slice(2).join(' '))).toEqual([
    '0 1',
    '2 101',
    '1 113',
    '3 276',
  ]);
  expect(seen.source!.interfaces.map((one) => one.section)).toEqual([0, 1, 1, 2]);
});

test('resolutions in powers of ten and two, and the offset, are exact', () => {
  const ticks = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const resolution = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(ticks, resolution, fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), (t, r, offset) => {
      const rate = (r & 0x80) !== 0 ? 2n ** BigInt(r & 0x7f) : 10n ** BigInt(r);
      const clock = new Clock(r, offset);
      // The second time it may remember the second.
      for (const before of [t, t - (t % 7n), t])
        clock.set(Number(before >> 32n), Number(before & 0xffffffffn));
      // A double holds seconds up to 2^53; a resolution of seconds or tenths can tell of more.
      fc.pre(t / rate < 2n ** 52n);
      expect(clock.seconds).toBe(Number(t / rate) + offset);
      expect(clock.nanoseconds).toBe(Number(((t % rate) * 1_000_000_000n) / rate));
    }),
    { numRuns: 3000 },
  );
});

test('if_tsresol and if_tsoffset of each interface hold for its packets', async () => {
  for (const b of [new Blocks(true), new Blocks(false)]) {
    const offset = b.option(14, numbers(b.little, 'q', -3600n));
    const seen = await read(
      join(
        b.section(),
        b.interface(1, 0, b.options(b.option(9, Uint8Array.of(9)), offset)),
        b.interface(1, 0, b.options(b.option(9, Uint8Array.of(0x8a)))),
        // Of two, and of one with the wrong length, the first right one holds, as in Wireshark.
        b.interface(
          1,
          0,
          b.options(
            b.option(9, Uint8Array.of(3, 3)),
            b.option(9, Uint8Array.of(3)),
            b.option(9, Uint8Array.of(9)),
          ),
        ),
        b.enhanced(0, 1_700_000_000_123_456_789n),
        b.enhanced(1, 1536n),
        b.enhanced(2, 1500n),
      ),
    );
    expect(seen.rows.map((row) => row.split(' ')[0])).toEqual([
      '1699996400.123456789',
      '1.500000000',
      '1.500000000',
    ]);
  }
});

test('simple packets and the old packet block', async () => {
  const b = new Blocks(false);
  const flags = b.options(b.option(2, numbers(false, 'd', 2)));
  const seen = await read(
    join(b.section(), b.interface(1, 40), b.simple(100, PACKET.subarray(0, 40)), b.old(0, TICKS, flags)),
  );
  expect(seen).toMatchObject({ rows: ['0.000000000 40/100 0 1', ROW], complaint: undefined });
});

test('the longest simple packet there can be', async () => {
  const b = new Blocks();
  const simple = (length: number) =>
    read(join(b.section(), b.interface(1, 0), b.simple(length, new Uint8Array(length))));
  expect(await simple(262144)).toMatchObject({
    rows: ['0.000000000 262144/262144 0 1'],
    complaint: undefined,
  });
  expect((await simple(262148)).complaint).toContain('a packet of 262148 bytes');
});

test('comments of two sections, each with its own byte order, that are read at once', async () => {
  const sections = [true, false].map((little) => {
    const b = new Blocks(little);
    const options = b.options(b.option(1, little ? 'one' : 'other'));
    return join(b.section(), b.interface(1), b.enhanced(0, TICKS, PACKET, { options }));
  });
  const source = await openStream(Readable.from([Buffer.concat(sections)], { objectMode: false }), 'x');
  const comments: string[][] = [];
  for (let batch = await source.next(); batch !== null; batch = await source.next())
    for (let i = 0; i < batch.count; i++) comments.push(commentsOf(batch, i));
  await source.close();
  expect(comments).toEqual([['one'], ['other']]);
});

test('a simple packet has no time, but its interface may have an offset', async () => {
  const b = new Blocks();
  const offset = b.options(b.option(14, numbers(true, 'q', 3600n)));
  const seen = await read(
    join(b.section(), b.interface(1, 40, offset), b.simple(40, PACKET.subarray(0, 40))),
  );
  expect(seen).toMatchObject({ rows: ['3600.000000000 40/40 0 1'], complaint: undefined });
});

test('blocks of other kinds are passed over, whatever their length', async () => {
  const b = new Blocks();
  const packet = b.enhanced(0, TICKS);
  const others = [4, 5, 9, 10, 0xbad, 0x40000bad, 0x77, 0x80000001].map((type) =>
    b.block(type, new Uint8Array(32)),
  );
  const long = [0xbad, 0x77].map((type) => b.block(type, new Uint8Array(3 << 20)));
  const file = join(b.section(), b.interface(), packet, ...others, packet, ...long, packet);
  for (const size of [file.length, 65536, 4096]) {
    expect(await read(file, size)).toMatchObject({ rows: [ROW, ROW, ROW], complaint: undefined });
  }
  const cut = await read(file.subarray(0, file.length - packet.length - 100), 65536);
  expect(cut.rows).toEqual([ROW, ROW]);
  expect(cut.complaint).toMatch(/^cut short at byte \d+, in a block that goes on to byte \d+$/);
  const unlike = join(
    b.section(),
    b.interface(),
    packet,
    b.block(0x77, new Uint8Array(3 << 20), undefined, 8),
    packet,
  );
  expect(await read(unlike, 65536)).toMatchObject({
    rows: [ROW],
    complaint: expect.stringContaining('two lengths differ'),
  });
});

test('options are read: names, filter, comments, statistics, flags', async () => {
  for (const b of [new Blocks(true), new Blocks(false)]) {
    const options = b.options(
      b.option(1, 'first'),
      b.option(1, 'second'),
      b.option(2, 'ns1:veth0\0'),
      b.option(3, 'the classic pair'),
      b.option(11, '\0icmp or arp'),
      b.option(12, 'Linux 6.1'),
      b.option(15, 'virtio'),
    );
    const counts = b.options(
      b.option(2, numbers(b.little, 'dd', 0, 5)),
      b.option(4, numbers(b.little, 'q', 2n ** 40n)),
      b.option(5, numbers(b.little, 'q', 7n)),
      b.option(99, 'what?'),
    );
    const commented = b.options(
      b.option(1, 'löst'),
      b.option(2, numbers(b.little, 'd', 0x80000002)),
      b.option(3, Uint8Array.of(2, 1, 2, 3)),
      b.option(1, 'again'),
    );
    const file = join(
      b.section(
        b.options(b.option(2, 'amd64'), b.option(3, 'Linux'), b.option(4, 'by hand'), b.option(1, 'a file')),
      ),
      b.interface(1, 1500, options),
      b.enhanced(0, TICKS, PACKET, { options: commented }),
      b.enhanced(0, TICKS),
      b.block(5, join(numbers(b.little, 'ddd', 0, 0, 1_000_000), counts)),
    );
    const source = await openStream(Readable.from([file], { objectMode: false }), 'x');
    const batch = (await source.next())!;
    expect([batch.count, batch.flags[0], batch.flags[1]]).toEqual([2, 0x80000002, 0]);
    expect([commentsOf(batch, 0), commentsOf(batch, 1)]).toEqual([['löst', 'again'], []]);
    expect(await source.next()).toBe(null);
    expect(source.sections).toEqual([
      { hardware: 'amd64', os: 'Linux', application: 'by hand', comments: ['a file'] },
    ]);
    expect(source.interfaces).toEqual([
      {
        linkType: 1,
        snaplen: 1500,
        littleEndian: b.little,
        section: 0,
        name: 'ns1:veth0',
        description: 'the classic pair',
        filter: 'icmp or arp',
        os: 'Linux 6.1',
        hardware: 'virtio',
        comments: ['first', 'second'],
        resolution: 6,
        statistics: {
          time: { seconds: 1, nanoseconds: 0 },
          start: { seconds: 0, nanoseconds: 5000 },
          received: 2 ** 40,
          dropped: 7,
        },
      },
    ]);
    await source.close();
  }
});

const b = new Blocks();
const short = (length: number) => b.block(0x99, new Uint8Array(4), length);
const overlong = numbers(true, 'wwd', 1, 500, 0);
const DAMAGED: [string, RegExp, ...Uint8Array[]][] = [
  ['an interface that is not described', /interface 1, which is not described/, b.enhanced(1, TICKS)],
  [
    'more captured than the block holds',
    /64 bytes in a block that holds 60/,
    b.enhanced(0, TICKS, PACKET, { captured: 64 }),
  ],
  ['captured 4 GiB', /4294967295 bytes in a block/, b.enhanced(0, TICKS, PACKET, { captured: 0xffffffff })],
  ['a block of no length', /block of type 153 with 0 bytes/, short(0)],
  ['a block of 4 bytes', /block of type 153 with 4 bytes/, short(4)],
  ['a block of 4 GiB', /a block of 4294967292 bytes, more than/, short(0xfffffffc)],
  [
    'a block whose lengths differ',
    /two lengths differ \(16 and 77\)/,
    b.block(0x99, new Uint8Array(4), 16, 77),
  ],
  ['a packet block too short', /block of type 6 with 28 bytes/, b.block(6, new Uint8Array(16))],
  ['statistics too short', /block of type 5 with 16 bytes/, b.block(5, new Uint8Array(4))],
  ['an interface too short', /block of type 1 with 16 bytes/, b.block(1, new Uint8Array(4))],
  ['a simple packet longer than its block', /100 bytes in a block that holds 60/, b.simple(100)],
  ['a simple packet shorter than its block', /20 bytes in a block that holds 60/, b.simple(20)],
  [
    'an interface option beyond its block',
    /option of 500 bytes where 4 are left/,
    b.interface(1, 0, overlong),
  ],
  [
    'a time resolution finer than a count of 64 bits allows',
    /time resolution, 10\^-32, is too high/,
    b.interface(1, 0, b.options(b.option(9, Uint8Array.of(32)))),
  ],
  [
    'a binary time resolution finer than that',
    /time resolution, 2\^-64, is too high/,
    b.interface(1, 0, b.options(b.option(9, Uint8Array.of(0x80 | 64)))),
  ],
  ['a section of another version', /pcapng version 2\.0/, b.section(undefined, [2, 0])],
  ['a section without byte order', /byte-order magic/, b.block(0x0a0d0d0a, new Uint8Array(16))],
  ['zeros', /with 0 bytes/, new Uint8Array(64)],
];

const largest = numbers(true, 'ww', 1, 65535);
const SECOND = ROW.replace(' 0 1', ' 1 1');
// tcpdump 4.99.3 reads on, too: no packet depends on these.
test.each<[string, string[], ...Uint8Array[]]>([
  ['section', [ROW, SECOND], b.section(overlong), b.interface()],
  ['packet', [ROW, ROW, ROW], b.enhanced(0, TICKS, PACKET, { options: overlong })],
  ['packet, 65535 bytes,', [ROW, ROW, ROW], b.enhanced(0, TICKS, PACKET, { options: largest })],
  ['packet of the old kind', [ROW, ROW, ROW], b.old(0, TICKS, overlong)],
  ['block of statistics', [ROW, ROW], b.block(5, join(numbers(true, 'ddd', 0, 0, 1), overlong))],
])('an option longer than its %s ends the options, and no more', async (_, rows, ...blocks) => {
  const file = join(b.section(), b.interface(), b.enhanced(0, TICKS), ...blocks, b.enhanced(0, TICKS));
  expect(await read(file)).toMatchObject({ rows, complaint: undefined });
});

test('flags of two bytes are none, and the options behind them are read', async () => {
  const options = b.options(b.option(2, 'ab'), b.option(1, 'behind'));
  const packet = b.enhanced(0, TICKS, PACKET, { options });
  const source = await openStream(
    Readable.from([Buffer.from(join(b.section(), b.interface(), packet))]),
    'pipe',
  );
  const batch = (await source.next())!;
  expect([batch.count, batch.flags[0], commentsOf(batch, 0)]).toEqual([1, 0, ['behind']]);
  await source.close();
});

test.each(DAMAGED)('damage: %s', async (_, complaint, ...blocks) => {
  const good = join(b.section(), b.interface(), b.enhanced(0, TICKS), b.enhanced(0, TICKS));
  const seen = await read(join(good, ...blocks, b.enhanced(0, TICKS)));
  expect(seen.rows).toEqual([ROW, ROW]);
  expect(seen.complaint).toMatch(complaint);
  expect(seen.complaint).toContain(`at byte ${good.length}`);
});

test('the finest time resolutions are read', async () => {
  const finest = [19, 0x80 | 63].map((resolution) =>
    b.interface(1, 0, b.options(b.option(9, Uint8Array.of(resolution)))),
  );
  const seen = await read(join(b.section(), ...finest, b.enhanced(0, TICKS), b.enhanced(1, TICKS)));
  expect(seen.complaint).toBeUndefined();
  expect(seen.rows.length).toBe(2);
});

test('what is odd but readable is read', async () => {
  const padded = join(numbers(true, 'dd', 0x99, 13), new Uint8Array(4), numbers(true, 'd', 13));
  const noEnd = b.enhanced(0, TICKS, PACKET, { options: b.option(1, 'hi') });
  const behindEnd = b.enhanced(0, TICKS, PACKET, { options: join(b.options(), new Uint8Array(8)) });
  const foreign = b.block(5, new Uint8Array(12).fill(7));
  const file = join(
    b.section(undefined, [1, 2]),
    b.interface(1, 32),
    padded,
    noEnd,
    behindEnd,
    foreign,
    b.enhanced(0, TICKS),
  );
  expect(await read(file)).toMatchObject({ rows: [ROW, ROW, ROW], complaint: undefined });
  expect(await read(b.section())).toMatchObject({ rows: [], complaint: undefined });
});
