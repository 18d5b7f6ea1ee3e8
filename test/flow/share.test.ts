// Two halves of the connections, put together, are the whole.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Analysis, type Share } from '../../src/flow/analysis.ts';
import { connectionOf } from '../../src/flow/record.ts';
import { handOver, takeIn } from '../../src/flow/share.ts';
import { Statistics } from '../../src/flow/statistics.ts';
import { connectionJson, summaryJson } from '../../src/report/tcp/json.ts';
import { ordered } from '../../src/report/tcp/order.ts';
import { openFile } from '../../src/source/file.ts';
import { randomStreams } from './random-streams.ts';
import { type Frame, pcap, withFile } from './support.ts';

async function analysed(path: string, maxConnections: number, share?: Share): Promise<Statistics> {
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
    const mine = await analysed(path, maxConnections, 0);
    const other = await analysed(path, maxConnections, 1);
    const { shared, buffers } = handOver(other);
    takeIn(mine, structuredClone(shared, { transfer: buffers }));
    const whole = await analysed(path, maxConnections);
    expect(told(mine)).toBe(told(whole));
    expect(mine.analysis.streams).toBe(whole.analysis.streams);
  });
}

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
    const bytes = first!.bytes.slice(0, 40);
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
