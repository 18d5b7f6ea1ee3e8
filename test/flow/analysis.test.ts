// The analysis beside tshark on random conversations and on real captures; and what must hold of it in any case.
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { NscapError } from '../../src/errors.ts';
import { Analysis } from '../../src/flow/analysis.ts';
import { connectionOf } from '../../src/flow/record.ts';
import { Statistics } from '../../src/flow/statistics.ts';
import { CORPUS, corpusFiles, has } from '../support/needs.ts';
import { FIELDS, judge, tsharkRows } from './judged.ts';
import { randomStreams } from './random-streams.ts';
import { datagram, type Frame, pcap, withFile } from './support.ts';

test.runIf(has('tshark')).each([1, 2, 3])(
  'random conversations are judged as tshark judges them (seed %i)',
  async (seed) => {
    const frames = randomStreams(seed, 300, 40);
    await withFile(pcap(frames), async (path) => {
      const expected = tsharkRows(path);
      expect(expected).toHaveLength(frames.length);
      const rows = await judge(path);
      expected.forEach((row, i) => {
        expect(rows.get(i + 1), `frame ${i + 1}`).toEqual(row);
      });
    });
  },
);

test.runIf(has('tshark'))('a list of 10 000 unacknowledged segments is full', async () => {
  const [first] = randomStreams(1, 1, 1);
  const frames: Frame[] = [];
  for (let i = 0; i < 10_050; i++) {
    const bytes = first.bytes.slice(0, 40);
    const view = new DataView(bytes.buffer);
    const length = i % 3 === 2 ? 1 : 10;
    const sequence = 1000 + Math.floor(i / 3) * 21 + [0, 10, 20][i % 3];
    view.setUint32(24, sequence);
    view.setUint32(28, 1);
    bytes.set([0x50, i % 3 === 2 ? 0x11 : 0x10], 32);
    view.setUint16(2, 40 + (i % 3 === 2 ? 0 : length));
    frames.push({ bytes, time: i * 1e6, wire: 40 + (i % 3 === 2 ? 0 : length) });
  }
  await withFile(pcap(frames), async (path) => {
    const expected = tsharkRows(path);
    const rows = await judge(path);
    expected.forEach((row, i) => {
      expect(rows.get(i + 1), `frame ${i + 1}`).toEqual(row);
    });
  });
});

/** Captures with many verdicts, tunnels, fragments and damage. */
const CAPTURES = corpusFiles((name) =>
  /reassembly|fastopen|frag|erspan|gtp1_gn|ssh-dups|bug-76|6in4|wireshark-retrans|many-protocols/.test(name),
);

test.runIf(has('tshark', 'corpus')).each(CAPTURES)(
  'a real capture is analyzed as by tshark: %s',
  async (name) => {
    const path = join(CORPUS, name);
    const expected = tsharkRows(path, ['tcp.srcport', 'icmp.type', 'icmpv6.type']);
    if (expected.length === 0) {
      // No capture to tshark, or an empty one: there is nothing to analyze.
      const rows = await judge(path).catch((error) => error);
      if (rows instanceof Map) expect(rows.size).toBe(0);
      else expect(rows).toBeInstanceOf(NscapError);
      return;
    }
    const rows = await judge(path);
    const wrong: unknown[] = [];
    // Wireshark gives a segment without a whole header no window.
    const shown = (fields: string[] | undefined) =>
      fields?.slice(0, FIELDS.indexOf('tcp.window_size')).join('\t');
    expected.forEach((row, i) => {
      const [port, icmp, icmp6] = row.slice(-3);
      if (port === '' || icmp !== '' || icmp6 !== '' || /,/.test(row[0])) return;
      const [ours, theirs] = [shown(rows.get(i + 1)), shown(row)];
      if (ours !== theirs) wrong.push({ frame: i + 1, ours, theirs });
    });
    expect(wrong).toEqual([]);
  },
);

/** A batch of the frames, raw IP. */
function batchOf(frames: Frame[], linkType = 101): Batch {
  const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + frame.bytes.length, 0));
  const batch = new Batch(Math.max(1, frames.length));
  batch.reset(bytes, 1);
  let at = 0;
  frames.forEach((frame, i) => {
    bytes.set(frame.bytes, at);
    batch.offset[i] = at;
    batch.captured[i] = frame.bytes.length;
    batch.wire[i] = frame.wire ?? frame.bytes.length;
    batch.seconds[i] = Math.floor(frame.time / 1e9);
    batch.nanoseconds[i] = frame.time % 1e9;
    batch.linkType[i] = linkType;
    at += frame.bytes.length;
  });
  batch.count = frames.length;
  return batch;
}

function streamsAndVerdicts(batch: Batch, maxConnections?: number): string[] {
  const analysis = new Analysis(maxConnections);
  const found: string[] = [];
  for (let i = 0; i < batch.count; i++) {
    analysis.add(batch, i);
    found.push(`${analysis.stream} ${analysis.verdict} ${analysis.ackRtt.text} ${analysis.bytesInFlight}`);
  }
  return found;
}

test('no bytes make it throw, whatever the link type, nor read outside the record', () => {
  const linkTypes = fc.constantFrom(
    0,
    1,
    6,
    9,
    10,
    50,
    51,
    100,
    101,
    104,
    105,
    108,
    113,
    127,
    226,
    239,
    242,
    276,
  );
  const frame = fc.record({
    bytes: fc.uint8Array({ maxLength: 120 }),
    time: fc.nat(2 ** 31),
    wire: fc.nat(3000),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 20 }), linkTypes, (frames, linkType) => {
      const statistics = new Statistics(new Analysis());
      const batch = batchOf(frames, linkType);
      for (let i = 0; i < batch.count; i++) statistics.add(batch, i);
      expect(statistics.summary().connections).toBeLessThanOrEqual(batch.count);
    }),
    { numRuns: 200 },
  );
});

test('no change to a real conversation makes it throw', () => {
  const frames = randomStreams(5, 5, 30);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(frames.length - 1), fc.nat(79), fc.nat(255)), { maxLength: 30 }),
      fc.nat(80),
      (changes, cut) => {
        const changed = frames.map((frame) => ({ ...frame, bytes: frame.bytes.slice() }));
        for (const [frame, at, value] of changes) changed[frame].bytes[at] = value;
        changed[3].bytes = changed[3].bytes.slice(0, cut);
        const statistics = new Statistics(new Analysis());
        const batch = batchOf(changed);
        for (let i = 0; i < batch.count; i++) statistics.add(batch, i);
        expect(statistics.summary().connections).toBeLessThanOrEqual(batch.count);
      },
    ),
    { numRuns: 200 },
  );
});

test('conversations do not disturb each other', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, order) => {
      const alone = randomStreams(seed, 1, 40);
      const others = randomStreams(order, 3, 40).map((frame) => {
        const bytes = frame.bytes.slice();
        new DataView(bytes.buffer).setUint16(bytes[12] === 10 && bytes[14] === 1 ? 20 : 22, 777);
        return { ...frame, bytes };
      });
      const mixed: { frame: Frame; mine: boolean }[] = alone.map((frame) => ({ frame, mine: true }));
      others.forEach((frame, i) => {
        mixed.splice((i * 7) % (mixed.length + 1), 0, { frame, mine: false });
      });
      const strip = (line: string) => line.replace(/^\S+ /, '');
      const all = streamsAndVerdicts(batchOf(mixed.map(({ frame }) => frame)));
      const apart = streamsAndVerdicts(batchOf(alone));
      expect(all.filter((_, i) => mixed[i].mine).map(strip)).toEqual(apart.map(strip));
    }),
    { numRuns: 25 },
  );
});

test('the same times later give the same verdicts', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(1_000_000), (seed, seconds) => {
      const frames = randomStreams(seed, 2, 40);
      const later = frames.map((frame) => ({ ...frame, time: frame.time + seconds * 1e9 }));
      // A time of 0 is unknown to Wireshark, so the first one begins later as well.
      const shifted = frames.map((frame) => ({ ...frame, time: frame.time + 1e9 }));
      expect(streamsAndVerdicts(batchOf(later.map((f) => ({ ...f, time: f.time + 1e9 }))))).toEqual(
        streamsAndVerdicts(batchOf(shifted)),
      );
    }),
    { numRuns: 25 },
  );
});

test('with fewer connections kept than there are, the closed and the idle are given up first', () => {
  const frames = randomStreams(9, 50, 10);
  expect(streamsAndVerdicts(batchOf(frames), 8)).toEqual(streamsAndVerdicts(batchOf(frames)));
  const statistics = new Statistics(new Analysis(8));
  const batch = batchOf(frames);
  for (let i = 0; i < batch.count; i++) statistics.add(batch, i);
  const everything = new Statistics(new Analysis());
  for (let i = 0; i < batch.count; i++) everything.add(batch, i);
  expect(statistics.analysis.retired).toBeGreaterThan(0);
  expect(statistics.analysis.table.size).toBeLessThanOrEqual(8);
  const [bounded, whole] = [statistics.summary(), everything.summary()];
  for (const key of ['connections', 'segments', 'bytes', 'retransmissions', 'verdicts'] as const) {
    expect(bounded[key], key).toEqual(whole[key]);
  }
});

test('a connection lasts no less than nothing where clocks run backwards', () => {
  const statistics = new Statistics(new Analysis());
  const frames = [4e9, 5e9, 3e9].map((time) => ({ bytes: datagram({ sequence: 1 }), time }));
  const batch = batchOf(frames);
  for (let i = 0; i < batch.count; i++) statistics.add(batch, i);
  const { start, end, lastFrame } = connectionOf(statistics, statistics.analysis.row);
  expect(end - start).toBe(1e9);
  expect(lastFrame).toBe(3);
});
