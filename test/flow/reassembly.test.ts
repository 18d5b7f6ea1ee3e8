import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reassembly } from '../../src/flow/reassembly.ts';

/** What came out: text, and gaps as {n}. */
function collector(limit = 1 << 20) {
  const parts: string[] = [];
  const reassembly = new Reassembly(
    {
      data: (bytes, from, to) => parts.push(Buffer.from(bytes.subarray(from, to)).toString('latin1')),
      gap: (length) => parts.push(`{${length}}`),
    },
    limit,
  );
  return {
    reassembly,
    send: (sequence: number, text: string) =>
      reassembly.segment(sequence | 0, Buffer.from(text), 0, text.length),
    get text() {
      return parts.join('');
    },
  };
}

test('segments out of order come in order, retransmissions once', () => {
  const c = collector();
  c.reassembly.begin(100);
  c.send(103, 'def');
  c.send(100, 'abc');
  c.send(100, 'abc');
  c.send(103, 'defg');
  expect(c.text).toBe('abcdefg');
  expect(c.reassembly.repeated).toBe(6);
});

test('sequence numbers wrap', () => {
  const c = collector();
  c.reassembly.begin(-2);
  c.send(1, 'def');
  c.send(-2, 'abc');
  expect(c.text).toBe('abcdef');
});

test('half of all sequence numbers away lies behind: as many bytes are missing, not less than none', () => {
  const c = collector();
  c.reassembly.begin(5);
  c.reassembly.acknowledge((5 + 2 ** 31) | 0);
  c.reassembly.end();
  expect(c.reassembly.missing).toBe(2 ** 31);
});

test('seen from the middle, a stream begins with its first ACK, or behind the keep-alive that this was', () => {
  const overtaken = collector();
  overtaken.send(100, '');
  overtaken.send(103, 'def');
  overtaken.send(100, 'abc');
  expect(overtaken.text).toBe('abcdef');
  const probed = collector();
  probed.send(100, '');
  probed.send(99, '?');
  probed.send(100, 'abc');
  expect(probed.text).toBe('abc');
  const kept = collector();
  kept.send(99, '');
  kept.send(100, 'abc');
  expect(kept.text).toBe('abc');
});

test('a hole is told as soon as the peer acknowledges what lies behind it', () => {
  const c = collector();
  c.reassembly.begin(0);
  c.send(0, 'ab');
  c.send(5, 'fg');
  expect(c.text).toBe('ab');
  c.reassembly.acknowledge(7);
  expect(c.text).toBe('ab{3}fg');
  c.reassembly.acknowledge(12);
  c.reassembly.fin(11);
  c.reassembly.end();
  expect(c.text, 'the FIN is no byte of the stream').toBe('ab{3}fg{4}');
});

test('overlaps of segments that wait are resolved as Linux resolves them', () => {
  const cases: [string, [number, string][], string][] = [
    [
      'the one that begins first has what both have',
      [
        [2, 'AAAA'],
        [4, 'BBBB'],
      ],
      'xxAAAABB',
    ],
    [
      'also when it comes later',
      [
        [4, 'BBBB'],
        [2, 'AAAA'],
      ],
      'xxAAAABB',
    ],
    [
      'what is there whole already is dropped',
      [
        [2, 'AAAAAA'],
        [4, 'BB'],
      ],
      'xxAAAAAA',
    ],
    [
      'what covers another whole replaces it',
      [
        [4, 'BB'],
        [2, 'AAAAAA'],
      ],
      'xxAAAAAA',
    ],
    [
      'the longer of two that begin alike replaces the other',
      [
        [2, 'BB'],
        [2, 'AAAA'],
      ],
      'xxAAAA',
    ],
    [
      'the shorter of two that begin alike does not',
      [
        [2, 'AAAA'],
        [2, 'BB'],
      ],
      'xxAAAA',
    ],
  ];
  for (const [what, segments, expected] of cases) {
    const c = collector();
    c.reassembly.begin(0);
    for (const [at, text] of segments) c.send(at, text);
    c.send(0, 'xx');
    expect(c.text, what).toBe(expected);
  }
});

test('what was delivered stays', () => {
  const c = collector();
  c.reassembly.begin(0);
  c.send(0, 'abcd');
  c.send(2, 'XYZ');
  expect(c.text).toBe('abcdZ');
});

test('memory is bounded: a hole is given up when too much waits behind it', () => {
  const c = collector(10);
  c.reassembly.begin(0);
  for (let at = 5; at < 50; at += 5) c.send(at, '12345');
  expect(c.text.startsWith('{5}12345')).toBe(true);
  expect(c.reassembly.bounded).toBe(1);
});

test('any order of any overlapping pieces of one text gives the text', () => {
  const source = 'The quick brown fox jumps over the lazy dog. 0123456789';
  const piece = fc.tuple(fc.nat(source.length - 1), fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer(), (pieces, start) => {
      const c = collector();
      c.reassembly.begin(start | 0);
      for (const [at, length] of pieces) c.send((start + at) | 0, source.slice(at, at + length));
      for (let at = 0; at < source.length; at += 7) c.send((start + at) | 0, source.slice(at, at + 7));
      c.reassembly.end();
      expect(c.text).toBe(source);
    }),
  );
});

test('whatever comes, the offsets of what is delivered and missing add up', () => {
  const event = fc.oneof(
    fc.record({ sequence: fc.integer({ min: -200, max: 200 }), text: fc.string({ maxLength: 40 }) }),
    fc.record({ ack: fc.integer({ min: -300, max: 300 }) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 50 }), fc.integer({ min: 1, max: 100 }), (events, limit) => {
      const c = collector(limit);
      for (const one of events) {
        if ('ack' in one) c.reassembly.acknowledge(one.ack);
        else c.reassembly.segment(one.sequence, Buffer.from(one.text, 'latin1'), 0, one.text.length);
      }
      c.reassembly.end();
      const { delivered, missing } = c.reassembly;
      expect(delivered).toBeGreaterThanOrEqual(0);
      expect(missing).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('behind a FIN there is no data, and no hole of the byte that it counts for', () => {
  const c = collector();
  c.reassembly.begin(100);
  c.send(100, 'bye');
  c.reassembly.fin(103);
  c.reassembly.acknowledge(104);
  c.send(104, 'late');
  c.send(101, 'ye, and more');
  c.reassembly.end();
  expect(c.text).toBe('bye');
  expect(c.reassembly).toMatchObject({ missing: 0, behindFin: 4 + 10 });
});

test('what waits and turns out to lie behind the FIN is left out', () => {
  const c = collector();
  c.reassembly.begin(100);
  c.send(104, 'late');
  c.send(100, 'bye');
  c.reassembly.fin(103);
  c.reassembly.end();
  expect(c.text).toBe('bye');
  expect(c.reassembly).toMatchObject({ missing: 0, behindFin: 4 });
});
