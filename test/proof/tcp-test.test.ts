// nscap tcp-test as a user runs it: healthy, broken in the ways that happen, interrupted, and without root.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createLab } from '../../src/lab/create.ts';
import type { LabRecord } from '../../src/lab/record.ts';
import { removeLab } from '../../src/lab/remove.ts';
import { pairSpec } from '../../src/lab/topology.ts';
import { namespaceNames } from '../../src/netns/namespace.ts';
import { has } from '../support/needs.ts';
import { nscap, type Result, readableProgram, run, seen, start } from '../support/nscap.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-tcp-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Document {
  ok: boolean;
  verdict: string;
  server: { namespace: string };
  steps: { name: string; seen: string; ok: boolean | null }[];
}

/** What tshark finds in a capture: how many packets match each display filter. */
async function frames(file: string, filter: string): Promise<number> {
  const { stdout } = await run('tshark', ['-n', '-r', file, '-Y', filter]);
  return stdout.split('\n').length - 1;
}

describe.runIf(has('netns'))('in a lab of its own', () => {
  test('ends well, and its capture holds ping, handshake, message, answer and FINs', async () => {
    const file = join(folder, 'own.pcap');
    const result = await nscap(['tcp-test', '7096', '-w', file]);
    expect(result.status, result.stdout + result.stderr).toBe(0);
    expect(result.stdout).toMatch(/^ok: ns2\S* \(10\.0\.2\.0\) and ns1\S* \(10\.0\.1\.0\) can talk/m);
    expect(result.stdout).toContain(`wireshark ${file}`);
    expect(await frames(file, 'icmp.type == 8')).toBe(4);
    expect(await frames(file, 'icmp.type == 0')).toBe(4);
    expect(await frames(file, 'tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.dstport == 7096')).toBe(1);
    expect(await frames(file, 'tcp.flags.syn == 1 && tcp.flags.ack == 1 && tcp.srcport == 7096')).toBe(1);
    expect(await frames(file, 'tcp.payload == "this is a test message"')).toBe(1);
    expect(await frames(file, 'tcp.payload == "received: this is a test message"')).toBe(1);
    expect(await frames(file, 'tcp.flags.fin == 1')).toBe(2);
  });

  test('checks bulk by hash and tells the throughput', async () => {
    const file = join(folder, 'bulk.pcap');
    const result = await nscap(['tcp-test', '7097', '--bytes', '2M', '-w', file, '--json']);
    const document = JSON.parse(result.stdout) as Document;
    expect(document.steps.find((step) => step.name === 'message')?.seen).toMatch(
      /^the same 2097152 bytes, .*bit\/s$/,
    );
    expect(document.ok, result.stdout).toBe(true);
  });
});

describe.runIf(has('root'))('between namespaces that are there', () => {
  let labs = 0;

  /** Makes a pair, breaks it with these ip and nft commands, runs the test on it, and takes it away. */
  async function broken(
    breakage: (server: string, client: string) => string[][],
    args: string[] = [],
  ): Promise<{ result: Result; document: Document }> {
    const [server, client] = [`nst-${process.pid}-s${++labs}`, `nst-${process.pid}-c${labs}`] as const;
    let lab: LabRecord | undefined;
    try {
      lab = await createLab(pairSpec({ namespaces: [server, client] }));
      for (const [program, ...words] of breakage(server, client)) {
        const made = await run(program, words);
        expect(made.status, made.stderr).toBe(0);
      }
      const result = await nscap([
        ...['tcp-test', '7096', '--server', server, '--client', client, '--timeout', '2', '--json'],
        ...['-w', join(folder, `${labs}.pcap`), ...args],
      ]);
      return { result, document: JSON.parse(result.stdout) as Document };
    } finally {
      if (lab !== undefined) await removeLab(lab);
    }
  }

  const drop = (ns: string, hook: string, rule: string) => [
    ['ip', 'netns', 'exec', ns, 'nft', 'add table inet t'],
    ['ip', 'netns', 'exec', ns, 'nft', `add chain inet t c { type filter hook ${hook} priority 0; }`],
    ['ip', 'netns', 'exec', ns, 'nft', `add rule inet t c ${rule}`],
  ];

  const BREAKAGES: [string, RegExp, (server: string, client: string) => string[][], string[]?][] = [
    [
      'the client has no route',
      /^FAILED at route .*-c\d+ has no route to 10\.0\.1\.0$/,
      (_, c) => [['ip', '-n', c, 'route', 'delete', '10.0.1.0/24']],
    ],
    [
      'the server has no route back',
      /^FAILED at route .*-s\d+ has no route to 10\.0\.2\.0$/,
      (s) => [['ip', '-n', s, 'route', 'delete', '10.0.2.0/24']],
    ],
    [
      'the interface of the server is down',
      /^FAILED at namespaces: .*-s\d+:veth0 is down$/,
      (s) => [['ip', '-n', s, 'link', 'set', 'veth0', 'down']],
    ],
    [
      'the interface of the client is down',
      /^FAILED at namespaces: .*-c\d+:veth1 is down$/,
      (_, c) => [['ip', '-n', c, 'link', 'set', 'veth1', 'down']],
    ],
    [
      'the server has no address',
      /^FAILED at namespaces: no interface of .*-s\d+ has an address/,
      (s) => [['ip', '-n', s, 'address', 'flush', 'dev', 'veth0']],
    ],
    [
      'a firewall drops what comes in',
      /^FAILED at connect: .*timed out.*SYNs arrived, no answer left: dropped by a firewall/,
      (s) => drop(s, 'input', 'tcp dport 7096 drop'),
    ],
    [
      'a firewall rejects with RST',
      /^FAILED at connect: .*refused.*answered with RST: nothing listens there, or a firewall rejects/,
      (s) => drop(s, 'input', 'tcp dport 7096 reject with tcp reset'),
    ],
    [
      'a firewall rejects with ICMP',
      /^FAILED at connect: .*rejected by a firewall or router; 10\.0\.1\.0 answered with ICMP: port unreachable/,
      (s) => drop(s, 'input', 'tcp dport 7096 reject with icmp type port-unreachable'),
    ],
    [
      'the firewall of the client drops what goes out',
      /^FAILED at connect: .*timed out.*no SYN arrived/,
      (_, c) => drop(c, 'output', 'tcp dport 7096 drop'),
    ],
    [
      'the firewall of the client drops the answer',
      /^FAILED at connect: .*SYN-ACKs?, but no ACK: the answer does not reach the client/,
      (_, c) => drop(c, 'input', 'tcp sport 7096 drop'),
    ],
    [
      'the server does not answer pings',
      /^FAILED at ping .*0 of 2 answered; on the wire: 2 echo requests, 0 answered/,
      (s) => drop(s, 'input', 'icmp type echo-request drop'),
    ],
    [
      'nothing listens',
      /^FAILED at connect: .*Connection refused.*answered with RST: nothing listens there/,
      () => [],
      ['--no-serve'],
    ],
  ];

  test.each(BREAKAGES)('%s', async (_, verdict, breakage, args) => {
    const { result, document } = await broken(breakage, args);
    expect(result.status, result.stderr).toBe(1);
    expect(document.ok).toBe(false);
    expect(document.verdict).toMatch(verdict);
  });

  test('nothing is wrong', async () => {
    const { result, document } = await broken(() => [], ['--timeout', '60']);
    expect(document.steps.filter((step) => step.ok !== true)).toEqual([]);
    expect(result.status).toBe(0);
  });

  test('a port that is taken', async () => {
    const { document } = await broken((s) => [
      // Listens until its namespace's test is over: the timeout ends it.
      [
        'sh',
        '-c',
        `ip netns exec ${s} timeout 600 nc -lk 10.0.1.0 7096 >/dev/null 2>&1 &
         until ip netns exec ${s} ss -Htln | grep -q :7096; do sleep 0.05; done`,
      ],
    ]);
    expect(document.verdict).toMatch(/^FAILED at listen: .*(in use)/);
  });

  test('Ctrl-C takes back the lab', async () => {
    const child = start(['tcp-test', '7096', '--bytes', '2G', '-w', join(folder, 'interrupted.pcap')]);
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const stderr = seen(child.stderr, /interrupted/);
    const own = `ns1-${child.pid}`;
    while (!(await namespaceNames()).includes(own)) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill('SIGINT');
    expect(await stderr).toMatch(/^nscap: interrupted/);
    expect(await ended).toBe(130);
    expect(await namespaceNames()).not.toContain(own);
    expect(readdirSync('/run/nscap/labs').filter((name) => name.includes(`${child.pid}`))).toEqual([]);
  });
});

test.runIf(has('root', 'userns'))('an ordinary user needs nothing', async () => {
  chmodSync(folder, 0o755);
  const own = join(folder, 'nobody');
  mkdirSync(own);
  chownSync(own, 65534, 65534);
  const result = await run('setpriv', [
    ...['--reuid', '65534', '--regid', '65534', '--clear-groups', '--', process.execPath],
    ...[readableProgram(), 'tcp-test', '7096', '-w', join(own, 'user.pcap'), '--json'],
  ]);
  expect(result.status, result.stdout + result.stderr).toBe(0);
});

test('what can not be meant is said in one line', async () => {
  const cases: [string[], RegExp][] = [
    [['tcp-test', '99999'], /^nscap: port 99999 is out of range\nhint: .*\n$/],
    [['tcp-test', 'no-such'], /^nscap: 'no-such' is no port number, and no service of .*\nhint: .*\n$/],
    [['tcp-test'], /^nscap: missing required argument 'port'\nhint: .*\n$/],
    [['tcp-test', '7096', '--timeout', 'soon'], /^nscap: 'soon' is not a time\nhint: .*\n$/],
    [['tcp-test', '7096', '--bytes', '10X'], /^nscap: '10X' is not a size\nhint: .*\n$/],
    [['tcp-test', '7096', '--bogus'], /^nscap: unknown option '--bogus'\nhint: .*\n$/],
  ];
  for (const [args, said] of cases) {
    const result = await nscap(args);
    expect(result.stderr).toMatch(said);
    expect(result.status).toBe(2);
  }
});

test.runIf(has('root'))('names that no namespace has are quoted in one line', async () => {
  for (const name of ['a;b', '../x', '-x', '', '$(id)']) {
    const result = await nscap(['tcp-test', '7096', `--server=${name}`, '--client=ns2']);
    expect(result.stderr).toMatch(/^nscap: there is no namespace '.*'\nhint: .*\n$/);
    expect(result.status).toBe(1);
  }
});
