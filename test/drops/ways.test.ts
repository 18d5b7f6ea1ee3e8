// The other ways to learn of drops: what they tell, and that nothing of them is left.
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addPrintedRules, type Counter } from '../../src/drops/counters/read.ts';
import type { DropEvent } from '../../src/drops/event.ts';
import { openDrops } from '../../src/drops/open.ts';
import { lostEvents, parseTraceLine } from '../../src/drops/tracefs/line.ts';
import { parseSave } from '../../src/drops/xtables.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { explanation } from '../../src/report/drops.ts';
import { sh } from '../netns/support.ts';
import { has, ORDINARY } from '../support/needs.ts';
import { finish, PROGRAM, readableProgram, run, seen, start } from '../support/nscap.ts';
import { addresses, Pair, until } from './pair.ts';

const RULES =
  'add table inet f; add chain inet f input { type filter hook input priority 0; }; add rule inet f input udp dport 53 counter drop; add chain inet f forward { type filter hook forward priority 0; policy drop; }';

describe.runIf(has('root', 'nft'))('drops without BPF', () => {
  let pair: Pair;
  beforeAll(() => {
    pair = new Pair();
    // No other namespace has a device of that name.
    pair.in(pair.b, 'ip', 'link', 'set', 'veth1', 'down');
    pair.in(pair.b, 'ip', 'link', 'set', 'veth1', 'name', device());
    pair.in(pair.b, 'ip', 'link', 'set', device(), 'up');
    pair.in(pair.b, 'nft', RULES);
    pair.in(pair.a, 'ping', '-q', '-c', '1', '-W', '5', '10.77.0.2');
  });
  afterAll(() => pair?.remove());
  const device = () => `w${process.pid}`;
  const inB = async () => [await resolveNamespace(pair.b)];

  test('nft: the rule and the packet, of what the filter takes', async () => {
    const source = await openDrops({ how: 'nft', namespaces: await inB(), filter: 'udp port 53' });
    pair.udp(pair.a, '10.77.0.2', 53);
    const event = (await until(source, ({ rule }) => rule !== undefined)).at(-1)!;
    expect(event).toMatchObject({ reason: 'NETFILTER_DROP', namespace: { name: pair.b } });
    expect(event.rule).toMatchObject({
      family: 'inet',
      table: 'f',
      chain: 'input',
      text: 'udp dport 53 counter drop',
    });
    expect(event.interface?.name).toBe(device());
    expect(addresses(event)).toBe('10.77.0.1 > 10.77.0.2');
    await source.close();
    expect(sh('ip', 'netns', 'exec', pair.b, 'nft', 'list', 'tables')).toBe('table inet f\n');
  });

  test("nft: a chain's policy", async () => {
    const source = await openDrops({ how: 'nft', namespaces: await inB() });
    pair.in(pair.b, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    pair.in(pair.b, 'ip', 'address', 'add', '10.88.0.1/24', 'dev', device());
    pair.in(pair.a, 'ip', 'route', 'add', '10.88.0.0/24', 'via', '10.77.0.2');
    pair.udp(pair.a, '10.88.0.9', 9);
    const event = (await until(source, ({ rule }) => rule?.chain === 'forward')).at(-1)!;
    expect(event.rule).toEqual({ family: 'inet', table: 'f', chain: 'forward', text: 'policy drop' });
    await source.close();
  });

  test('counters: how many of which kind, and the rule that counted', async () => {
    const source = await openDrops({ how: 'counters', namespaces: await inB() });
    for (let i = 0; i < 3; i++) pair.udp(pair.a, '10.77.0.2', 9999);
    pair.udp(pair.a, '10.77.0.2', 53);
    source.stop();
    const wanted = new Map<string, number>();
    for (let events = await source.next(); events !== null; events = await source.next()) {
      for (const { counter, count, rule } of events) wanted.set(rule?.text ?? counter!, count);
    }
    await source.close();
    expect(wanted.get('UdpNoPorts')).toBe(3);
    expect(wanted.get('udp dport 53 counter drop')).toBe(1);
  });

  test.runIf(has('bpf'))('tracefs: reason, function, interface and namespace', async () => {
    const source = await openDrops({ how: 'tracefs', namespaces: await inB() });
    pair.udp(pair.a, '10.77.0.2', 9999);
    const event = (
      await until(source, ({ reason, interface: on }) => reason === 'NO_SOCKET' && on?.name === device())
    ).at(-1)!;
    expect(event.function).toMatch(/udp/);
    // Where not all processes are seen another namespace may have a device of that name, too.
    const seesAll = statSync('/proc/self/ns/pid').ino === 0xeffffffc;
    expect(event.namespace?.name).toBe(seesAll ? pair.b : undefined);
    await source.close();
  });

  /** Kills it and waits until nothing of it is left, or it is clear that something stays. */
  async function killed(child: ReturnType<typeof start>, ended: Promise<unknown>): Promise<string> {
    child.kill('SIGKILL');
    await ended;
    for (let i = 0; i < 200 && left(pair.b, child.pid!) !== ''; i++) await sleep(20);
    return left(pair.b, child.pid!);
  }

  test.runIf(has('bpf')).each(['bpf', 'tracefs', 'nft'])('%s: kill -9 leaves nothing behind', async (how) => {
    const began = performance.now();
    const child = start(['drops', '--how', how, pair.b]);
    const ended = finish(child);
    await seen(child.stderr, /watching drops/);
    const starting = performance.now() - began;
    expect(left(pair.b, child.pid!)).not.toBe('');
    expect(await killed(child, ended)).toBe('');
    // And at any moment before that, while it attaches.
    for (const part of [0.5, 0.75, 0.9]) {
      const early = start(['drops', '--how', how, pair.b]);
      const gone = finish(early);
      await sleep(starting * part);
      expect(await killed(early, gone)).toBe('');
    }
  });
});

/** Programs, instances of tracing and tables that process has made. */
function left(namespace: string, pid: number): string {
  const tables = sh('ip', 'netns', 'exec', namespace, 'nft', 'list', 'tables');
  const instances = sh('unshare', '-m', 'sh', '-c', 'mount -t tracefs none /mnt && ls /mnt/instances');
  const ours = `${tables}${instances}`.split('\n').filter((line) => line.includes(`nscap-${pid}-`));
  const holders = sh('sh', '-c', `ls -l /proc/${pid}/fd 2>/dev/null | grep -c bpf-prog || true`).trim();
  return [...ours, ...(holders === '0' ? [] : ['a program'])].join(', ');
}

describe.runIf(has('bpf', 'nft'))('the rule, with BPF', () => {
  let pair: Pair;
  beforeAll(() => {
    pair = new Pair();
  });
  afterAll(() => pair?.remove());

  async function ruleOf(port: number): Promise<DropEvent> {
    const source = await openDrops({ how: 'bpf', namespaces: [await resolveNamespace(pair.b)] });
    try {
      pair.udp(pair.a, '10.77.0.2', port);
      return (await until(source, ({ reason }) => reason === 'NETFILTER_DROP')).at(-1)!;
    } finally {
      await source.close();
    }
  }

  test.each(['netdev', 'inet'])('of a chain of a device in a table of the family %s', async (family) => {
    const chain = 'i { type filter hook ingress device veth1 priority 0; }';
    pair.in(pair.b, 'nft', `add table ${family} f; add chain ${family} f ${chain}`);
    pair.in(pair.b, 'nft', 'add', 'rule', family, 'f', 'i', 'udp', 'dport', '70', 'drop');
    const { rule } = await ruleOf(70);
    pair.in(pair.b, 'nft', 'delete', 'table', family, 'f');
    expect(rule).toEqual({ family, table: 'f', chain: 'i', handle: 2, text: 'udp dport 70 drop' });
    expect(pair.in(pair.b, 'nft', 'list', 'tables')).toBe('');
  });

  test.runIf(has('iptables'))('of iptables-legacy, by its counter', async () => {
    pair.in(pair.b, 'iptables-legacy', '-A', 'INPUT', '-p', 'tcp', '--dport', '71', '-j', 'DROP');
    pair.in(pair.b, 'iptables-legacy', '-A', 'INPUT', '-p', 'udp', '--dport', '71', '-j', 'DROP');
    const event = await ruleOf(71);
    expect(event.rule).toEqual({
      family: 'ip',
      table: 'filter',
      chain: 'INPUT',
      text: '-p udp -m udp --dport 71 -j DROP',
      legacy: true,
    });
    expect(explanation(event)).toContain(
      'decided by: rule iptables-legacy filter INPUT: -p udp -m udp --dport 71 -j DROP; iptables-legacy -t filter -D INPUT -p udp -m udp --dport 71 -j DROP',
    );
    const counters = await openDrops({ how: 'counters', namespaces: [await resolveNamespace(pair.b)] });
    pair.udp(pair.a, '10.77.0.2', 71);
    counters.stop();
    expect((await counters.next())?.find(({ rule }) => rule?.legacy)).toMatchObject({ count: 1 });
    await counters.close();
  });
});

test.runIf(has('userns', 'nft', 'bash'))('nft in a user namespace: the rule, here', async () => {
  const rules =
    'add table netdev f; add chain netdev f i { type filter hook ingress device lo priority 0; }; add rule netdev f i udp dport 9 drop';
  const script = `ip link set lo up; nft '${rules}'; "$@" & p=$!
while kill -0 $p 2>/dev/null; do echo hello >/dev/udp/127.0.0.1/9; sleep 0.1; done`;
  const drops = [process.execPath, PROGRAM, 'drops', '--json', '-c', '1', 'udp'];
  const unshare = ['--user', '--map-root-user', '--net', '--', 'bash', '-c', script, 'bash', ...drops];
  const { stdout, stderr } = await run('unshare', unshare);
  expect(stdout, stderr).not.toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    netns: 'here',
    interface: 'lo',
    rule: { family: 'netdev', table: 'f', chain: 'i', text: 'udp dport 9 drop' },
    how: 'nft',
  });
});

test('iptables-save: rules and policies that drop, and no words in quotes', () => {
  const text = `*filter
:INPUT DROP [7:588]
:FORWARD ACCEPT [0:0]
[1:84] -A INPUT -m comment --comment "x -j DROP" -j ACCEPT
[2:168] -A INPUT -p tcp -j REJECT --reject-with tcp-reset
COMMIT
`;
  const place = { family: 'ip6', table: 'filter', chain: 'INPUT', legacy: true };
  expect(parseSave('ip6', text)).toEqual([
    { rule: { ...place, text: 'policy DROP' }, packets: 7 },
    { rule: { ...place, text: '-p tcp -j REJECT --reject-with tcp-reset' }, packets: 2 },
  ]);
});

test('counters of rules as nft prints them where it has no JSON of a table', () => {
  const counters: Counter[] = [];
  addPrintedRules(
    counters,
    `table inet own { # handle 1 progname firewalld
	flags owner

	chain c { # handle 1
		type filter hook input priority filter; policy accept;
		tcp dport 5 counter packets 4 bytes 240 drop # handle 2
		counter packets 9 bytes 540 accept comment "not to drop" # handle 3
		udp dport 5 drop # handle 4
	}
}
`,
  );
  const rule = { family: 'inet', table: 'own', chain: 'c', handle: 2 };
  expect(counters).toEqual([{ name: 'rule counter', value: 4, reason: 'NETFILTER_DROP', rule }]);
});

test.runIf(has('root', 'nft'))('counters: rules that one may not list are said to be left out', async () => {
  const drops = [process.execPath, readableProgram(), 'drops', '--how', 'counters', '--duration', '0.1'];
  const ids = ['--reuid', String(ORDINARY.uid), '--regid', String(ORDINARY.gid), '--clear-groups', '--'];
  const { status, stderr } = await run('setpriv', [...ids, ...drops]);
  expect(stderr).toMatch(/^nscap: rules that are not counted, for nft does not list them: all in \S+$/m);
  expect(status).toBe(0);
});

describe('lines of the trace', () => {
  test('an event, with and without an interrupt', () => {
    const line = parseTraceLine(
      '     a-b [c] d-21839   [001] ..s1.  1985.794377: kfree_skb: skbaddr=00000000f53c8448 rx_sk=0000000000000000 protocol=2048 location=__udp4_lib_rcv+0x4bc/0xd00 reason: NO_SOCKET',
    )!;
    expect(line).toMatchObject({ process: 21839, processor: 1, inInterrupt: true, event: 'kfree_skb' });
    expect(line.time).toBe(1_985_794_377_000n);
    expect(line.fields.get('reason')).toBe('NO_SOCKET');
    expect(line.fields.get('location')).toBe('__udp4_lib_rcv+0x4bc/0xd00');
    expect(parseTraceLine('bash-7 [000] .....  1.5: kfree_skb: skbaddr=1')).toMatchObject({
      inInterrupt: false,
    });
    expect(parseTraceLine('# tracer: nop')).toBeUndefined();
  });

  test('what was lost', () => {
    expect(lostEvents('CPU:1 [LOST 123 EVENTS]')).toBe(123);
    expect(lostEvents('CPU:0 [LOST EVENTS]')).toBe(1);
    expect(lostEvents('bash-7 [000] …')).toBeUndefined();
  });
});
