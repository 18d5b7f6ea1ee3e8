// Clocks of points that no packet passes both of: known by the points between them.
import { expect, test } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { ClockEstimator } from '../../src/trace/clock.ts';

const START = 1_700_000_000;

/** A datagram from 10.0.0.1 to 10.0.0.2, or back, with this IP identification, captured at a time in milliseconds. */
function record(id: number, back: boolean, port: number, time: number): Batch {
  const bytes = new Uint8Array(60);
  const view = new DataView(bytes.buffer);
  bytes.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0]);
  view.setUint16(16, 46);
  view.setUint16(18, id);
  bytes.set([64, 17, 0, 0, 10, 0, 0, back ? 2 : 1, 10, 0, 0, back ? 1 : 2], 22);
  view.setUint16(34, back ? 53 : port);
  view.setUint16(36, back ? port : 53);
  view.setUint16(38, 26);
  const batch = new Batch(1);
  batch.reset(bytes, 1);
  batch.count = 1;
  batch.captured[0] = batch.wire[0] = bytes.length;
  batch.seconds[0] = START + Math.floor(time / 1000);
  batch.nanoseconds[0] = Math.round((time % 1000) * 1e6);
  batch.linkType[0] = 1;
  return batch;
}

test('offsets, errors and gains of clocks add up from point to point', () => {
  const clocks = new ClockEstimator(3);
  // Behind the true time, in milliseconds; the second and the third gain 100 µs a second.
  const shown = [(t: number) => t, (t: number) => t * 1.0001 + 500, (t: number) => t * 1.0001 + 800];
  let id = 1;
  const both = (from: number, to: number, port: number, takes: number, t: number) => {
    for (const back of [false, true]) {
      const [first, last] = back ? [to, from] : [from, to];
      clocks.add(first, record(id, back, port, shown[first](t)), 0);
      clocks.add(last, record(id, back, port, shown[last](t + takes)), 0);
      id++;
    }
  };
  for (let t = 0; t < 400_000; t += 1000) {
    both(0, 1, 1000, 1, t);
    both(1, 2, 2000, 2, t + 500);
  }
  const [, second, third] = clocks.estimates(true);
  // Each may be wrong by what the way takes.
  expect(second!.error).toBeGreaterThan(1e6);
  expect(third!.error).toBeGreaterThan(second!.error + 2e6);
  expect(second!.skew * 1e6).toBeCloseTo(100, 0);
  expect(third!.skew * 1e6).toBeCloseTo(100, 0);
  expect(second!.offset / 1e6).toBeCloseTo(500, 0);
  expect(third!.offset / 1e6).toBeCloseTo(800, 0);
});
