// ICMP echo: requests, replies and what is said of the rest, beside tshark.
import { expect, test } from 'vitest';
import { EchoTable } from '../../src/flow/echo.ts';
import { echoJson, echoText } from '../../src/report/echo.ts';
import { has } from '../support/needs.ts';
import {
  echo,
  frames,
  icmp,
  MATCH_FIELDS,
  matches,
  ping,
  pong,
  queriesIn,
  queriesOf,
  tsharkMatches,
} from './queries-support.ts';
import { A, B, ethernet, ip, pcap, tsharkFields, withFile } from './support.ts';

const C = [10, 0, 3, 0];

/** Everything that can happen to a request. */
const CASES = frames(
  ping(1),
  pong(1),
  // Twice the same request: the reply answers the later one.
  ping(2),
  ping(2),
  pong(2),
  pong(2),
  pong(3),
  ping(3),
  pong(3),
  // The number again, after it was answered.
  ping(1),
  pong(1),
  // Answers from somebody else.
  ping(4),
  pong(4, C),
  ping(5),
  ping(5, C),
  pong(5, C),
  pong(5),
  ping(6),
  ping(7),
  pong(7),
  pong(6),
  ping(8),
  60,
  pong(8),
  ping(9),
  2,
  ping(9),
  pong(9),
);

test.runIf(has('tshark'))('requests and replies are matched and timed as tshark does', async () => {
  await withFile(pcap(CASES), async (path) => {
    const theirs = tsharkMatches(tsharkFields(path, MATCH_FIELDS)).echo;
    expect(theirs.size).toBeGreaterThan(8);
    expect(matches(await queriesOf(path)).echo).toEqual(theirs);
  });
});

test('lost requests are named with their frames, replies without a request counted', async () => {
  const { echo: table } = await queriesIn(CASES);
  const text = echoText(table);
  expect(text).toContain('lost of 10.0.1.0 > 10.0.2.0 id 7: seq 4 (frame 12), seq 9 (frame 24)');
  expect(text).toContain('1 request seen more than once');
  expect(text).toContain('1 reply came more than once');
  expect(text).toContain('2 echo replies to requests that were not captured');
  expect(echoJson(table)).toMatchObject({ requests: 12, replies: 10, lost: 2, unaskedReplies: 2 });
});

test('an ICMP error about a request tells why it was lost', async () => {
  const lost = ping(3);
  const error = ip(C, A, 1, icmp(3, 1, [0, 0, 0, 0], lost.subarray(0, 28)));
  const { echo: table } = await queriesIn(frames(ping(1), pong(1), lost, error));
  expect(echoText(table)).toContain('seq 3 (frame 3: host unreachable, frame 4)');
  expect(echoJson(table)).toMatchObject({
    conversations: [{ exchanges: [{ rtt: 0.1 }, { rtt: null, error: 'host unreachable', errorFrame: 4 }] }],
  });
});

test('a request in fragments counts when it is whole', async () => {
  const whole = icmp(8, 0, [0, 7, 0, 1], new Uint8Array(56));
  const fragment = (from: number, to: number, more: boolean) => {
    const packet = ip(A, B, 1, whole.subarray(from, to));
    packet[5] = 9;
    packet[6] = (more ? 0x20 : 0) | (from >> 11);
    packet[7] = from >> 3;
    return packet;
  };
  const { echo: table } = await queriesIn(frames(fragment(0, 32, true), fragment(32, 64, false), pong(1)));
  expect(echoJson(table)).toMatchObject({
    requests: 1,
    conversations: [{ exchanges: [{ frame: 2, rtt: 0.1 }] }],
  });
});

test('a flood from forged addresses leaves the memory bounded and is told', async () => {
  const flood = Array.from({ length: 6000 }, (_, i) =>
    echo(true, i, 1, [10, i >> 16, (i >> 8) & 255, i & 255], B),
  );
  const { echo: table } = await queriesIn(frames(...flood, ping(1), pong(1)));
  expect(table.conversations.length).toBe(4096);
  expect(table.pairs.retired).toBe(6001 - 4096);
  expect(echoJson(table)).toMatchObject({ requests: 6001, replies: 1 });
  const text = echoText(table);
  expect(text.split('\n').length).toBeLessThan(120);
  expect(text).toContain('more conversations: --json has all of them');
  expect(text).toContain('1905 conversations before these no longer listed: 1905 requests, 0 answered');
});

test('nothing is said where there is no echo', async () => {
  expect(echoText(new EchoTable())).toBe('');
  const { echo: table } = await queriesIn(frames(ethernet(0x800, ping(1)).subarray(0, 20)));
  expect(echoText(table)).toBe('');
});
