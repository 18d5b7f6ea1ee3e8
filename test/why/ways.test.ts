// `nscap why` with less than BPF's report of each packet: the cause all the same where the kernel tells of it, and what was
// lacking is said.
import { describe, expect, test } from 'vitest';
import type { DropEvent, Passage, Way } from '../../src/drops/event.ts';
import type { FoundNamespace } from '../../src/netns/discover.ts';
import { whyJson, whyText } from '../../src/report/why.ts';
import type { Captured } from '../../src/why/capture.ts';
import { examine } from '../../src/why/examine.ts';
import { tie } from '../../src/why/tie-drops.ts';
import { has } from '../support/needs.ts';
import { askedIn } from './broken-labs.ts';
import { CASES as EVIDENCE } from './cases/evidence.ts';
import { ALSO, CASES as KERNEL } from './cases/kernel.ts';
import { brokenLab } from './cases/lab-of-case.ts';

const named = (name: string) => [...EVIDENCE, ...KERNEL, ...ALSO].find((one) => one.name === name)!;

async function answer(name: string, how: Way) {
  const one = named(name);
  const made = await brokenLab(one);
  try {
    return await examine({ ...(await askedIn(made, one)), how });
  } finally {
    made.remove();
  }
}

describe.runIf(has('bpf'))('by the kernel’s tracing only', () => {
  test.each([
    'a filter on a listener',
    'a rule by user, which nobody can tell from outside',
    'a queue without room',
  ])('%s', async (name) => {
    const found = await answer(name, 'tracefs');
    expect(found.cause, whyText(found)).toMatchObject({ code: named(name).code, proved: true });
    expect(found.cause?.possible).not.toBe(true);
    expect(whyJson(found).evidence).toMatchObject({ how: 'tracefs' });
    expect(whyText(found)).toContain("not seen: the packets of the kernel's drops, only reasons");
  });
});

test.runIf(has('bpf'))('by BPF: the kernel’s function, too', async () => {
  const { cause, dropped } = await answer('a filter on a listener', 'bpf');
  expect(cause).toMatchObject({ code: 'socket-filter', proved: true });
  expect(dropped).toContainEqual(
    expect.objectContaining({ reason: 'SOCKET_FILTER', function: expect.stringMatching(/^tcp_v4_/) }),
  );
});

describe.runIf(has('root'))('with nft’s traces, or counters only', () => {
  test('a rule that no model follows', async () => {
    const found = await answer('a rule that looks up the route back', 'nft');
    expect(found.cause, whyText(found)).toMatchObject({ code: 'firewall-rule', proved: true });
    expect(whyJson(found).evidence).toMatchObject({ how: 'nft' });
  });

  test('a filter on a socket is likely, and no more', async () => {
    const found = await answer('a filter on a listener', 'counters');
    expect(found.cause, whyText(found)).toMatchObject({ code: 'socket-filter', possible: true });
    expect(whyText(found)).toContain("not seen: the kernel's reasons for drops");
  });
});

describe('drops of the trace', () => {
  const place = (inode: number, label: string) =>
    ({ inode, label, interfaces: [{ name: 'eth0' }] }) as unknown as FoundNamespace;
  const [a, b] = [place(1, 'a'), place(2, 'b')];
  const packet = (here: FoundNamespace, time: bigint, size = 84): Captured => ({
    kind: 'ip',
    source: '10.0.0.1',
    size,
    here,
    dev: 'eth0',
    direction: 'in',
    time,
    otherHost: false,
  });
  const passage = (rivals: number): Passage => ({
    interface: 'eth0',
    direction: 'in',
    length: 84,
    time: 1_000_000n,
    rivals,
  });
  const event = (...passages: Passage[]): DropEvent => ({
    time: { seconds: 0, nanoseconds: 1_010_000 },
    count: 1,
    reason: 'SOCKET_FILTER',
    interface: { index: 0, name: 'eth0' },
    passages,
  });
  const seen = (...packets: Captured[]) => ({
    namespaces: [a, b],
    packets,
    threads: new Map([[7, 'ping' as const]]),
    asker: a,
  });

  test('of the packet that was captured there at that moment', () => {
    expect(tie(event(passage(0)), seen(packet(b, 1_005_000n)))).toMatchObject({
      here: b,
      source: '10.0.0.1',
      reason: 'SOCKET_FILTER',
    });
  });

  test.each([
    ['another length', event(passage(0)), seen(packet(b, 1_005_000n, 60))],
    ['another moment', event(passage(0)), seen(packet(b, 9_000_000n))],
    ['a packet that was not captured passed there, too', event(passage(1)), seen(packet(b, 1_005_000n))],
    [
      'two namespaces have an interface of that name',
      event(passage(1)),
      seen(packet(a, 1_001_000n), packet(b, 1_005_000n)),
    ],
    ['nothing passed', event(), seen(packet(b, 1_005_000n))],
  ])('but not: %s', (_, drop, evidence) => {
    expect(tie(drop, evidence)).toBeUndefined();
  });

  test('of the thread that sent it', () => {
    expect(tie({ ...event(), thread: 7 }, seen())).toMatchObject({ here: a, sent: 'ping' });
    expect(tie({ ...event(), thread: 8 }, seen())).toBeUndefined();
  });

  test.each([
    ['ARP', 28, true],
    ['a neighbor solicitation', 72, true],
    ['a ping', 84, undefined],
  ])('%s by a thread holds up every flow or its own', (_, length, resolvesForAll) => {
    const drop = { ...event({ ...passage(0), direction: 'out', length }), thread: 7 };
    expect(tie(drop, seen())?.resolvesForAll).toBe(resolvesForAll);
  });
});
