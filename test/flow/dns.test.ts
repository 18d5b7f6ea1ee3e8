// DNS queries and responses, beside tshark; and names that mean harm.
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DnsStreams } from '../../src/flow/dns-stream.ts';
import { dnsJson, dnsText } from '../../src/report/dns.ts';
import { copyName, LONGEST_NAME, NO_NAME, nameText } from '../../src/wire/dns.ts';
import { CORPUS, has } from '../support/needs.ts';
import {
  ask,
  frames,
  icmp,
  MATCH_FIELDS,
  matches,
  message,
  QUERY,
  queriesIn,
  queriesOf,
  RESPONSE,
  tell,
  tsharkMatches,
  udp,
  wireName,
} from './queries-support.ts';
import { A, B, datagram, ip, pcap, type Segment, tsharkFields, withFile } from './support.ts';

const CASES = frames(
  ask(1),
  tell(1),
  // Sent again: the time counts from the first.
  ask(2),
  ask(2),
  tell(2),
  tell(2),
  tell(4),
  // The identifier again, after its answer.
  ask(8),
  tell(8),
  ask(8),
  tell(8),
  // Again after so long that it is another query.
  ask(9),
  10,
  ask(9),
  tell(9),
  ask(10),
  10,
  tell(10),
  tell(11),
  ask(11),
  tell(11),
  // Other ports of the same family, and other clients.
  ask(13, { server: 5355 }),
  tell(13, { server: 5355 }),
  ask(14, { client: 5000 }),
  tell(14),
  tell(14, { client: 5000 }),
  ask(17),
  tell(17),
  100,
  tell(17),
  ask(20),
  4,
  ask(20),
  4,
  ask(20),
  tell(20),
);

test.runIf(has('tshark'))('queries and responses are matched and timed as tshark does', async () => {
  await withFile(pcap(CASES), async (path) => {
    const theirs = tsharkMatches(tsharkFields(path, MATCH_FIELDS)).dns;
    expect(theirs.size).toBeGreaterThan(10);
    expect(matches(await queriesOf(path)).dns).toEqual(theirs);
  });
});

test('what was asked, what failed and what nobody answered is told by name and frame', async () => {
  const lost = ask(3, {}, 'lost.example', 28);
  const error = ip(B, A, 1, icmp(3, 3, [0, 0, 0, 0], lost));
  const { dns } = await queriesIn(
    frames(
      ask(1),
      tell(1, {}, 0x8183),
      ask(2, {}, 'silent.example', 65),
      ask(2, {}, 'silent.example', 65),
      lost,
      error,
    ),
  );
  const text = dnsText(dns);
  expect(text).toContain('1 NXDOMAIN');
  expect(text).toContain(
    'unanswered: HTTPS silent.example of 10.0.1.0 > 10.0.2.0:53, frame 3, asked 2 times',
  );
  expect(text).toContain(
    'unanswered: AAAA lost.example of 10.0.1.0 > 10.0.2.0:53, frame 5, port unreachable says frame 6',
  );
  expect(dnsJson(dns)).toMatchObject({
    queries: 3,
    responses: 1,
    unanswered: 2,
    pairs: [
      { exchanges: [{ name: 'a.example', type: 'A', code: 'NXDOMAIN', time: 0.1 }, {}, { errorFrame: 6 }] },
    ],
  });
});

test('a question to a group is no question that must be answered', async () => {
  const group = [224, 0, 0, 251];
  const { dns } = await queriesIn(
    frames(
      ip(A, group, 17, udp(5353, 5353, message(0, QUERY))),
      ip(B, group, 17, udp(5353, 5353, message(0, RESPONSE))),
    ),
  );
  expect(dnsText(dns)).toBe('');
});

/** A connection that carries these pieces from A to B, and back the other ones. */
function stream(sent: Uint8Array[], back: Uint8Array[]) {
  const segment = (one: Segment, payload: Uint8Array = new Uint8Array(0)) => {
    const bytes = datagram({ ...one, length: payload.length });
    bytes.set(payload, 40);
    return bytes;
  };
  const there = { source: A, destination: B, sourcePort: 4000, destinationPort: 53 };
  const here = { source: B, destination: A, sourcePort: 53, destinationPort: 4000 };
  const packets: Uint8Array[] = [
    segment({ ...there, sequence: 99, flags: 2 }),
    segment({ ...here, sequence: 499, acknowledgment: 100, flags: 18 }),
  ];
  let sequence = 100;
  for (const piece of sent) {
    packets.push(segment({ ...there, sequence, acknowledgment: 500 }, piece));
    sequence += piece.length;
  }
  let answer = 500;
  for (const piece of back) {
    packets.push(segment({ ...here, sequence: answer, acknowledgment: sequence }, piece));
    answer += piece.length;
  }
  return packets;
}

function prefixed(...messages: Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((one) => [one.length >> 8, one.length & 255, ...one]));
}

test.runIf(has('tshark'))('over TCP, messages may share a segment or span several', async () => {
  const long = message(2, RESPONSE, `${'x'.repeat(60)}.${'y'.repeat(60)}.example`);
  const back = prefixed(message(1, RESPONSE), long);
  const sent = prefixed(message(1, QUERY), message(2, QUERY));
  const packets = stream(
    [sent.subarray(0, 2), sent.subarray(2)],
    [back.subarray(0, 40), back.subarray(40, 41), back.subarray(41, 90), back.subarray(90)],
  );
  await withFile(pcap(frames(...packets)), async (path) => {
    const theirs = tsharkMatches(tsharkFields(path, MATCH_FIELDS)).dns;
    expect(theirs.size).toBe(2);
    expect(matches(await queriesOf(path)).dns).toEqual(theirs);
  });
});

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The message that streams stand at. */
function hexOf({ bytes, offset, end }: DnsStreams): string {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset + offset, end - offset).toString('hex');
}

test('however a stream is cut, its messages are the same', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 8 });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 300 })), (all, cuts) => {
      const bytes = prefixed(...all);
      const streams = new DnsStreams();
      const found: string[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const end = Math.min(at + (cuts[i] ?? 1000), bytes.length);
        streams.open(4, at, view(bytes), at, end);
        while (streams.next()) found.push(hexOf(streams));
        at = end;
      }
      // Of a message that spans segments, only as much is kept as the header and one question can have.
      const expected = all.map((one) => Buffer.from(one).toString('hex'));
      expect(
        found.map(
          (one, i) => expected[i].startsWith(one) && (one.length === expected[i].length || one.length >= 540),
        ),
      ).toEqual(expected.map(() => true));
    }),
  );
});

test('names: compression, escapes, and what makes no sense', () => {
  const target = new Uint8Array(256);
  const read = (bytes: number[], at = 0) => {
    const next = copyName(view(Uint8Array.from(bytes)), at, 0, bytes.length, target, 0);
    return next === NO_NAME ? undefined : nameText(target, 0);
  };
  const base = [...wireName('a.example')];
  expect(read(base)).toBe('a.example');
  expect(read([...base, 1, 0x78, 0xc0, 2], base.length)).toBe('x.example');
  expect(read([0])).toBe('.');
  expect(read([3, 0x1b, 0x2e, 0x5c, 0])).toBe('\\027\\.\\\\');
  expect(read([0xc0, 0])).toBeUndefined(); // to itself
  expect(read([1, 0x61, 0xc0, 0], 2)).toBeUndefined(); // round in a circle
  expect(read([0xc0])).toBeUndefined();
  expect(read([5, 0x61])).toBeUndefined();
  expect(read([0x80, 0, 0])).toBeUndefined();
  expect(
    read(
      Array.from({ length: 6 }, () => [63, ...Array<number>(63).fill(0x61)])
        .flat()
        .concat(0),
    ),
  ).toBeUndefined();
});

test('no bytes whatever make a name that throws, does not end, or leaves its place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), fc.nat(599), (bytes, start) => {
      const target = new Uint8Array(300).fill(0xee);
      const next = copyName(view(bytes), start, 0, bytes.length, target, 10);
      expect(target.subarray(0, 10).every((one) => one === 0xee)).toBe(true);
      expect(target.subarray(10 + LONGEST_NAME).every((one) => one === 0xee)).toBe(true);
      if (next !== NO_NAME) expect(nameText(target, 10)).toMatch(/^[\x21-\x7e]+$/);
    }),
  );
});

test('any bytes on the ports of DNS are survived', async () => {
  const payloads = fc.sample(fc.uint8Array({ maxLength: 80 }), { numRuns: 300, seed: 5 });
  const packets = payloads.flatMap((payload) => [
    ip(A, B, 17, udp(4000, 53, payload)),
    ip(B, A, 17, udp(53, 4000, payload)),
    ip(B, A, 1, icmp(3, 3, [0, 0, 0, 0], ip(A, B, 17, udp(4000, 53, payload)))),
    ...stream([payload], [payload]),
  ]);
  const { dns } = await queriesIn(frames(...packets));
  expect(dnsText(dns)).toMatch(/^[\x20-\x7e\nµ│┌┐└┘─┬┴…]*$/);
  expect(() => JSON.stringify(dnsJson(dns))).not.toThrow();
});

test
  .runIf(has('corpus', 'tshark'))
  .each([
    'mercury__dns_packet.capture2.pcap',
    'ndpi__dns_fragmented.pcap',
    'entrada__sidnlabs-test-tcp-stream-retransmision.pcap',
    'pcapplusplus__ExamplesTest__pcap_examples__many-protocols.pcap',
    'zeek__erspan.pcap',
    'ndpi__6in4tunnel.pcap',
    'joy__sample.pcap',
  ])('%s: every response and reply as tshark has it', async (file) => {
  const theirs = tsharkMatches(tsharkFields(join(CORPUS, file), MATCH_FIELDS));
  const ours = matches(await queriesOf(join(CORPUS, file)));
  expect(theirs.dns.size + theirs.echo.size).toBeGreaterThan(0);
  expect(ours).toEqual(theirs);
});
