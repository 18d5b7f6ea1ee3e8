// The clock is set while packets are traced: what is under way is unknown, what comes behind is traced as before.
import { expect, test } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import type { Interface } from '../../src/base/interface.ts';
import type { LiveSource } from '../../src/source/live.ts';
import { MergedSource } from '../../src/source/merged.ts';
import { COMPLETE, LOST, type Path, UNKNOWN } from '../../src/trace/path.ts';
import { Trace } from '../../src/trace/trace.ts';

const ETHERNET = 1;
const START = 1_800_000_000;
const HOUR = 3600;

/** A datagram from 10.0.0.1 to 10.0.0.2 with this IP identification, captured at a time in seconds. */
function record(id: number, time: number): Batch {
  const bytes = new Uint8Array(60);
  const view = new DataView(bytes.buffer);
  bytes.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0]);
  view.setUint16(16, 46);
  view.setUint16(18, id);
  bytes.set([64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], 22);
  view.setUint32(34, (1000 << 16) | 2000);
  view.setUint16(38, 26);
  const batch = new Batch(1);
  batch.reset(bytes, 1);
  batch.count = 1;
  batch.captured[0] = batch.wire[0] = bytes.length;
  batch.seconds[0] = Math.floor(time);
  batch.nanoseconds[0] = Math.round((time % 1) * 1e9);
  batch.linkType[0] = ETHERNET;
  return batch;
}

const moment = (time: number) => ({ seconds: Math.floor(time), nanoseconds: Math.round((time % 1) * 1e9) });

test.each([
  ['back', -HOUR],
  ['forward', HOUR],
])('%s by an hour', (_, step) => {
  const fates: string[] = [];
  const names = new Map([
    [COMPLETE, 'complete'],
    [LOST, 'lost'],
    [UNKNOWN, 'unknown'],
  ]);
  const trace = new Trace([{ name: 'a:x' }, { name: 'b:x' }], {
    report: ({ fate }: Path) => fates.push(names.get(fate)!),
  });
  trace.begin(moment(START));
  const cross = (id: number, time: number) => {
    trace.add(0, record(id, time), 0);
    trace.add(1, record(id, time + 0.0001), 0);
  };
  for (let id = 1; id <= 20; id++) cross(id, START + id / 100);
  // Under way when the clock is set; then at the second point by the new clock.
  const now = START + 0.3;
  trace.add(0, record(21, now), 0);
  trace.clockSet(moment(now), moment(now + step));
  expect(fates).toEqual([...Array(20).fill('complete'), 'unknown']);
  trace.add(1, record(21, now + step + 0.0001), 0);
  for (let id = 22; id <= 40; id++) cross(id, now + step + id / 100);
  // Later than the gap around the moment at which it was set.
  trace.add(0, record(41, now + step + 3), 0);
  cross(42, now + step + 3.01);
  trace.advance(moment(now + step + 6));
  expect(fates.filter((fate) => fate === 'complete')).toHaveLength(20 + 19 + 1);
  expect(fates.filter((fate) => fate === 'lost')).toHaveLength(1);
  expect(trace.lost).toBe(1);
});

/** A source that has these records, and goes on for ever. */
class Made implements LiveSource {
  readonly interfaces: readonly Interface[] = [
    { name: 'x', description: '', linkType: ETHERNET, snaplen: 0 },
  ];
  readonly gone = [];
  damage: undefined;
  private readonly batches: Batch[];
  private end: () => void = () => {};

  constructor(batches: Batch[]) {
    this.batches = batches;
  }
  next(): Promise<Batch | null> {
    const batch = this.batches.shift();
    if (batch !== undefined) return Promise.resolve(batch);
    return new Promise((resolve) => {
      this.end = () => resolve(null);
    });
  }
  /** As a capture does whose kernel's clock this is. */
  deliveredUntil(): number {
    return Date.now();
  }
  tallies() {
    return [{ captured: 0 }];
  }
  stop(): void {
    this.end();
  }
  async close(): Promise<void> {
    this.end();
  }
}

test('merged captures do not wait until the clock is there again', async () => {
  const now = Date.now() / 1000;
  // Before the clock was set back by an hour, and behind.
  const one = new Made([record(1, now + HOUR), record(2, now - 1)]);
  const other = new Made([record(3, now - 0.9)]);
  const source = new MergedSource([one, other]);
  const ids: number[] = [];
  while (ids.length < 3) {
    const batch = await source.next();
    for (let i = 0; i < batch!.count; i++)
      ids.push(new DataView(batch!.bytes.buffer).getUint16(batch!.offset[i] + 18));
  }
  await source.close();
  expect(ids.sort()).toEqual([1, 2, 3]);
});
