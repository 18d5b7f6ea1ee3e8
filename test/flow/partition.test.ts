// Two halves of the connections, put together, are the whole.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Analysis } from '../../src/flow/analysis.ts';
import { GroupSample, groupOf, Half } from '../../src/flow/halves.ts';
import { detach, merge } from '../../src/flow/partition.ts';
import { connectionOf } from '../../src/flow/record.ts';
import { Segment } from '../../src/flow/segment.ts';
import { Statistics } from '../../src/flow/statistics.ts';
import { connectionJson, summaryJson } from '../../src/report/tcp/json.ts';
import { ordered } from '../../src/report/tcp/order.ts';
import { openFile } from '../../src/source/file.ts';
import { randomStreams } from './random-streams.ts';
import { type Frame, pcap, withFile } from './support.ts';

async function analysed(path: string, maxConnections: number, share?: Half): Promise<Statistics> {
  const statistics = new Statistics(new Analysis(maxConnections, share));
  const source = await openFile(path);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) statistics.add(batch, i);
  }
  await source.close();
  return statistics;
}

/** Everything there is to say, as text. */
function told(statistics: Statistics): string {
  const connections = ordered(statistics, 'stream').map((row) =>
    connectionJson(connectionOf(statistics, row), [], ''),
  );
  return JSON.stringify([summaryJson(statistics, statistics.summary()), connections], null, 1);
}

async function compare(frames: Frame[], maxConnections = 1000): Promise<void> {
  await withFile(pcap(frames), async (path) => {
    const whole = await analysed(path, maxConnections);
    for (const sampled of [0, frames.length >> 1, frames.length]) {
      const halves = await split(path, sampled);
      const mine = await analysed(path, maxConnections, new Half(0, halves));
      const other = await analysed(path, maxConnections, new Half(1, halves));
      const { detached, buffers } = detach(other);
      merge(mine, structuredClone(detached, { transfer: buffers }));
      expect(told(mine)).toBe(told(whole));
      expect(mine.analysis.streams).toBe(whole.analysis.streams);
    }
  });
}

/** Halves by the first packets of a file. */
async function split(path: string, packets: number): Promise<Uint8Array> {
  const sample = new GroupSample();
  const segment = new Segment();
  const source = await openFile(path);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++)
      if (batch.frame(i) <= packets && segment.place(batch, i)) sample.add(segment.group);
  }
  await source.close();
  return sample.halves();
}

test('few connections that carry all are split evenly, whatever their ports are', () => {
  for (let first = 40_000; first < 40_200; first++) {
    // Two thirds of the packets are those of every other connection, as when one side downloads and the other does not.
    const ports = Array.from({ length: 16 }, (_, i) => ((first + 2 * i) << 16) | 5201);
    const packets = Array.from({ length: 480 }, (_, i) => ports[(i % 3 === 0 ? 2 * i + 1 : 2 * i) % 16]);
    const sample = new GroupSample();
    for (const port of packets) sample.add(groupOf(port, 0x4d000300));
    const share = new Half(0, sample.halves());
    const mine = packets.filter((port) => share.takes(groupOf(port, 0x4d000300))).length;
    expect(Math.abs(mine - 240)).toBeLessThanOrEqual(40);
  }
});

test('connections that the sample does not have are split evenly, too', () => {
  const share = new Half(0, new GroupSample().halves());
  let mine = 0;
  for (let i = 0; i < 32; i++) {
    for (let n = 0; n < 100; n++) if (share.takes(groupOf(((50_000 + i) << 16) | 443, 7))) mine++;
  }
  expect(Math.abs(mine - 1600)).toBeLessThanOrEqual(100);
});

test('random conversations, each in one half', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 300 }), (seed, streams) =>
      compare(randomStreams(seed, streams, 12)),
    ),
    { numRuns: 8 },
  );
});

test('thousands of round-trip times', async () => {
  const [first] = randomStreams(1, 1, 1);
  const frames: Frame[] = [];
  for (let i = 0; i < 9000; i++) {
    const bytes = first.bytes.slice(0, 40);
    const view = new DataView(bytes.buffer);
    const back = i % 2 === 1;
    const flow = (i >> 1) % 3;
    if (back) bytes.set([...bytes.slice(16, 20), ...bytes.slice(12, 16)], 12);
    view.setUint16(20, back ? 40_000 : 1000 + flow);
    view.setUint16(22, back ? 1000 + flow : 40_000);
    view.setUint32(24, back ? 5000 : 1000 + 10 * Math.floor(i / 6));
    view.setUint32(28, back ? 1010 + 10 * Math.floor(i / 6) : 5000);
    view.setUint16(2, back ? 40 : 50);
    bytes.set([0x50, 0x10], 32);
    frames.push({ bytes, time: i * 1000 + ((i * 7) % 500), wire: back ? 40 : 50 });
  }
  await compare(frames);
});
