// The connection table beside a Map with string keys; the lists of unacknowledged segments beside plain arrays.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { after, before } from '../../src/base/sequence.ts';
import * as cell from '../../src/flow/connection.ts';
import { Duration } from '../../src/flow/duration.ts';
import { ConnectionTable } from '../../src/flow/table.ts';
import { UnackedPool } from '../../src/flow/unacked.ts';

/** Few addresses and ports, so that keys repeat, and one address that only its last byte tells apart. */
const endpoint = fc.record({ address: fc.nat(6), port: fc.nat(4) });
const step = fc.record({
  source: endpoint,
  destination: endpoint,
  six: fc.boolean(),
  action: fc.constantFrom('find', 'find', 'again', 'remove'),
});

test('keys find their rows from both ends, whatever is inserted, replaced and removed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new ConnectionTable();
      const model = new Map<string, number>();
      const bytes = new DataView(new ArrayBuffer(32));
      for (const { source, destination, six, action } of steps) {
        new Uint8Array(bytes.buffer).fill(0); // else an IPv4 address stands in the next IPv6 address
        bytes.setUint32(six ? 12 : 0, 0xfffffffd + source.address);
        bytes.setUint32(six ? 28 : 16, 0xfffffffd + destination.address);
        const ports = (source.port << 16) | destination.port;
        const find = () => (six ? table.find6(bytes, 0, 16, ports, 6) : table.find4(bytes, 0, 16, ports, 4));
        const key = [`${source.address}:${source.port}`, `${destination.address}:${destination.port}`]
          .sort()
          .concat(String(six))
          .join();
        const row = find();
        expect(row).toBe(model.get(key) ?? -1);
        if (action === 'remove' && row >= 0) {
          table.remove(row);
          model.delete(key);
        } else if (row < 0 || action === 'again') model.set(key, table.insert());
        expect(table.size).toBeGreaterThanOrEqual(model.size);
      }
    }),
    { numRuns: 100 },
  );
});

test('both ends of a connection find the same row, in opposite directions', () => {
  const table = new ConnectionTable();
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setUint32(0, 0x0a000001);
  bytes.setUint32(4, 0xc0a80001);
  expect(table.find4(bytes, 0, 4, (7096 << 16) | 80, 4)).toBe(-1);
  const there = table.direction;
  const row = table.insert();
  expect(table.find4(bytes, 4, 0, (80 << 16) | 7096, 4)).toBe(row);
  expect(table.direction).toBe(1 - there);
  expect(table.find4(bytes, 4, 0, (80 << 16) | 7096, 4 | 256)).toBe(-1);
});

test('200 000 connections keep their rows while the table grows', () => {
  const table = new ConnectionTable();
  const bytes = new DataView(new ArrayBuffer(8));
  const rows = new Int32Array(200_000);
  for (let i = 0; i < rows.length; i++) {
    bytes.setUint32(0, 0x0a000000 + (i >> 4));
    bytes.setUint32(4, 0x0b000001);
    table.find4(bytes, 0, 4, ((i & 15) << 16) | 80, 4);
    rows[i] = table.insert();
  }
  for (let i = 0; i < rows.length; i += 97) {
    bytes.setUint32(0, 0x0a000000 + (i >> 4));
    expect(table.find4(bytes, 0, 4, ((i & 15) << 16) | 80, 4)).toBe(rows[i]);
  }
});

interface Sent {
  begin: number;
  end: number;
  frame: number;
}

/** What the pool does, as Wireshark does it: the whole list for each ACK, newest first. */
function acknowledge(list: Sent[], ack: number): number {
  let matched = 0;
  for (let i = list.length - 1; i >= 0; i--) {
    const one = list[i];
    if (ack === one.end) matched = one.frame;
    else {
      if (after(ack, one.begin) && before(ack, one.end)) one.begin = ack;
      if (after(one.end, ack)) continue;
    }
    list.splice(i, 1);
  }
  return matched;
}

function span(list: Sent[], base: number): number {
  if (list.length === 0) return 0;
  const begins = list.map((one) => (one.begin - base) >>> 0);
  const ends = list.map((one) => (one.end - base) >>> 0);
  return (Math.max(...ends) - Math.min(...begins)) >>> 0;
}

test('lists of unacknowledged segments do what plain arrays do', () => {
  const near = fc.tuple(fc.constantFrom(0, 1, 2, 3), fc.nat(60));
  const far = fc.integer();
  const action = fc.record({
    ack: fc.boolean(),
    near,
    far,
    wild: fc.nat(40),
    length: fc.integer({ min: 1, max: 30 }),
  });
  fc.assert(
    fc.property(fc.integer(), fc.array(action, { maxLength: 80 }), (base, actions) => {
      const pool = new UnackedPool();
      const cells = new Int32Array(cell.DIRECTION_CELLS);
      cells[cell.BASE] = base;
      const list: Sent[] = [];
      const rtt = new Duration();
      let next = base | 0;
      actions.forEach(({ ack, near: [kind, by], far: anywhere, wild, length }, i) => {
        const offset = kind === 0 ? 0 : kind === 1 ? -by : kind === 2 ? by : -3 * by;
        const sequence = wild === 0 ? anywhere : (next + offset) | 0;
        if (ack) {
          const frame = pool.acknowledge(cells, 0, sequence, 0, i, rtt);
          expect(frame).toBe(acknowledge(list, sequence));
        } else {
          const end = (sequence + length) | 0;
          pool.push(cells, 0, sequence, end, i + 1, 0, i);
          list.push({ begin: sequence, end, frame: i + 1 });
          if (after(end, next)) next = end;
        }
        expect(cells[cell.UNACKED]).toBe(list.length);
        if (i % 2 === 0) expect(pool.span(cells, 0)).toBe(span(list, base));
      });
      pool.clear(cells, 0);
      expect(pool.span(cells, 0)).toBe(0);
    }),
    { numRuns: 300 },
  );
});
