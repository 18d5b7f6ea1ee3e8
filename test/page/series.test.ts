// Graphs of a connection: all points while they are few, in bounded memory when they are many.
import { expect, test } from 'vitest';
import { Analysis } from '../../src/flow/analysis.ts';
import { Bars, KINDS, SEGMENT } from '../../src/flow/series/bars.ts';
import { ConnectionSeries } from '../../src/flow/series/connection-series.ts';
import { Line } from '../../src/flow/series/line.ts';
import { Statistics } from '../../src/flow/statistics.ts';
import { openFile } from '../../src/source/file.ts';
import { ACK, FIN, PSH } from '../../src/wire/tcp.ts';
import { pcap, withFile } from '../flow/support.ts';
import { Talk } from '../report/talk.ts';

test('a line of a million points keeps its lowest and its highest one, and no more than its limit', () => {
  const line = new Line({ start: 0, span: 1e6 }, 1000);
  for (let i = 0; i < 1e6; i++) line.add(i, i === 777_777 ? -5 : i === 222_222 ? 1e9 : (i * 7919) % 100);
  expect(line.added).toBe(1e6);
  expect(line.count).toBeLessThanOrEqual(1000);
  expect(line.count).toBeGreaterThan(200);
  const values = line.values.subarray(0, line.count);
  expect(Math.min(...values)).toBe(-5);
  expect(Math.max(...values)).toBe(1e9);
  expect(line.times[values.indexOf(-5)]).toBe(777_777);
  const times = Array.from(line.times.subarray(0, line.count));
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('a line whose clock runs wild stays within its limit', () => {
  const line = new Line({ start: 0, span: 1000 }, 100);
  for (let i = 0; i < 100_000; i++) line.add((i * 7919) % 1000, i);
  expect(line.count).toBeLessThanOrEqual(100);
});

test('bars: plain segments are merged, marked events and what is near a finding stay', () => {
  const marked = KINDS.indexOf('retransmission');
  const bars = new Bars({ start: 0, span: 1e5 }, 2000, [50_000]);
  for (let i = 0; i < 1e5; i++) bars.add(i, i * 10, i * 10 + 10, i + 1, i % 1000 === 0 ? marked : SEGMENT);
  expect(bars.count).toBeLessThanOrEqual(2000);
  const all = Array.from({ length: bars.count }, (_, i) => i);
  expect(all.filter((i) => bars.kinds[i] === marked).length).toBe(100);
  expect(all.filter((i) => Math.abs(bars.frames[i] - 50_000) <= 50).length).toBe(101);
  expect(all.reduce((sum, i) => sum + bars.counts[i], 0)).toBe(1e5);
});

test('events beyond all bounds stand together with their number', () => {
  const marked = KINDS.indexOf('duplicate-ack');
  const bars = new Bars({ start: 0, span: 1e5 }, 500);
  for (let i = 0; i < 1e5; i++) bars.add(i, i, i, i + 1, marked);
  expect(bars.count).toBeLessThanOrEqual(500);
  expect(bars.counts.subarray(0, bars.count).reduce((a, b) => a + b, 0)).toBe(1e5);
});

/** What a talk's graphs hold: what the client sent. */
async function client(talk: Talk) {
  return withFile(pcap(talk.frames), async (path) => {
    const statistics = new Statistics(new Analysis());
    const series = new ConnectionSeries({ start: 0, span: 1e9 }, 1000);
    const source = await openFile(path);
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        if (statistics.add(batch, i)) series.add(statistics.analysis, statistics.now, batch.wire[i]);
      }
    }
    await source.close();
    const { bars, acks, edges, rtt, flight } = series.directions[0];
    return {
      bars: Array.from({ length: bars.count }, (_, i) => [
        KINDS[bars.kinds[i]],
        bars.begins[i],
        bars.ends[i],
        bars.frames[i],
      ]),
      acks: Array.from(acks.values.subarray(0, acks.count)),
      edges: Array.from(edges.values.subarray(0, edges.count)),
      rtt: Array.from(rtt.values.subarray(0, rtt.count), (one) => one / 1e6),
      flight: Array.from(flight.values.subarray(0, flight.count)),
    };
  });
}

test('segments, acknowledgments, windows, round-trip times and bytes in flight of a small talk', async () => {
  const talk = new Talk()
    .handshake(500)
    .client({ flags: ACK | PSH, length: 100 })
    .client({ flags: ACK | PSH, length: 100 })
    .server({ window: 300 }, 5)
    .client({ flags: ACK | PSH, length: 100, sequence: 1001 }, 300)
    .client({ flags: ACK | FIN });
  const found = await client(talk);
  expect(found.bars).toEqual([
    ['syn', 0, 1, 1],
    ['segment', 1, 101, 4],
    ['segment', 101, 201, 5],
    ['spurious-retransmission', 1, 101, 7],
    ['fin', 201, 202, 8],
  ]);
  expect(found.acks).toEqual([1, 201]);
  expect(found.edges).toEqual([501, 501]);
  expect(found.rtt).toEqual([1, 5]);
  expect(found.flight).toEqual([100, 200, 100]);
});
