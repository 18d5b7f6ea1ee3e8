// Checksums that are made wrong on the way are a change; those that are left to a device are none.
import { expect, test } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { folded, sum16 } from '../../src/base/checksum.ts';
import { HopLines } from '../../src/report/trace/lines.ts';
import { Trace } from '../../src/trace/trace.ts';

const LENGTH = 100;

interface Variant {
  /** What is done to the datagram after its checksums were computed. */
  change?: (view: DataView) => void;
  /** The checksum is left to the device. */
  partial?: boolean;
  source?: number;
  /** A byte of the payload, before checksums are computed. */
  altered?: number;
}

/** A datagram, as raw IP. */
function datagram({ change, partial = false, source = 0x0a000001, altered }: Variant): Uint8Array {
  const bytes = new Uint8Array(28 + LENGTH).fill(65, 28);
  const view = new DataView(bytes.buffer);
  if (altered !== undefined) view.setUint8(28 + altered, 66);
  view.setUint32(0, (0x4500 << 16) | bytes.length);
  view.setUint32(4, 7 << 16);
  view.setUint16(8, (64 << 8) | 17);
  view.setUint32(12, source);
  view.setUint32(16, 0x0a000002);
  view.setUint32(20, (1000 << 16) | 2000);
  view.setUint16(24, 8 + LENGTH);
  view.setUint16(10, ~sum16(view, 0, 20));
  const pseudo = sum16(view, 12, 20) + 17 + 8 + LENGTH;
  view.setUint16(26, partial ? folded(pseudo) : ~folded(pseudo + sum16(view, 20, bytes.length)));
  change?.(view);
  return bytes;
}

/** What is told of a datagram that two points saw so. */
function told(...seen: Variant[]): string {
  const lines: string[] = [];
  const names: HopLines[] = [];
  const trace = new Trace(
    seen.map((_, point) => ({ name: `p${point}` })),
    { report: (way) => lines.push(names[0].text(way)) },
  );
  names.push(new HopLines(trace, false, () => 0));
  const batch = new Batch(1);
  for (const [point, variant] of seen.entries()) {
    const bytes = datagram(variant);
    batch.reset(bytes, 1);
    batch.count = 1;
    batch.captured[0] = batch.wire[0] = bytes.length;
    batch.seconds[0] = 1_700_000_000;
    batch.nanoseconds[0] = 1000 * point;
    batch.linkType[0] = 101;
    trace.add(point, batch, 0);
  }
  trace.end();
  return lines.join('\n');
}

const WRONG = (view: DataView) => view.setUint16(26, view.getUint16(26) ^ 0x1234);
/** The sum of the pseudo header is what `partial` leaves there. */
const COMPLEMENT = (view: DataView) => view.setUint16(26, ~folded(sum16(view, 12, 20) + 17 + 8 + LENGTH));
const PLAIN = 'p0 +0 → p1 +1.00 µs';

test.each<[string, Variant, Variant, string]>([
  ['right at both', {}, {}, PLAIN],
  ['left to the device, then computed', { partial: true }, {}, PLAIN],
  ['left to the device at both', { partial: true }, { partial: true }, PLAIN],
  ['left to the device as its complement', { change: COMPLEMENT }, {}, PLAIN],
  ['that of IP left to the device, then computed', { change: (view) => view.setUint16(10, 0) }, {}, PLAIN],
  ['made wrong', {}, { change: WRONG }, `${PLAIN} [checksum made wrong]`],
  ['computed wrong by the device', { partial: true }, { change: WRONG }, `${PLAIN} [checksum made wrong]`],
  ['made right', { change: WRONG }, {}, `${PLAIN} [checksum made right]`],
  ['wrong at both', { change: WRONG }, { change: WRONG }, PLAIN],
  ['NAT', {}, { source: 0x0a000009 }, `${PLAIN} [src 10.0.0.1:1000→10.0.0.9:1000]`],
  [
    'NAT, partial',
    { partial: true },
    { partial: true, source: 0x0a000009 },
    `${PLAIN} [src 10.0.0.1:1000→10.0.0.9:1000]`,
  ],
  [
    'NAT that forgets the checksum',
    {},
    { change: (view) => view.setUint8(15, 9) },
    `${PLAIN} [src 10.0.0.1:1000→10.0.0.9:1000, IP checksum made wrong, checksum made wrong]`,
  ],
  [
    'TTL without its checksum',
    {},
    { change: (view) => view.setUint8(8, 63) },
    `${PLAIN} [ttl 64→63, IP checksum made wrong]`,
  ],
  [
    'payload altered far behind, and its checksum computed',
    {},
    { altered: 90 },
    `${PLAIN} [payload altered]`,
  ],
  [
    'payload altered far behind',
    {},
    { change: (view) => view.setUint8(28 + 90, 66) },
    `${PLAIN} [checksum made wrong]`,
  ],
])('%s', (_, before, after, text) => {
  expect(told(before, after)).toBe(text);
});
