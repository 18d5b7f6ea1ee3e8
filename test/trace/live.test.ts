// `nscap trace` live, in a lab: pc – router (masquerades) – server. nft's counters and tcpdump decide.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { met } from '../support/needs.ts';
import { finish, PATIENCE, PROGRAM, type Result, run, seen } from '../support/nscap.ts';

const root = met('root');
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const POINTS = ['pc:eth0', 'router:lan', 'router:dmz', 'server:eth0'];

/** Every 3rd datagram to port 7097 is lost in forward. */
const SETUP = `set -e
mount -t tmpfs tmpfs /run
for n in pc router server; do
  ip netns add $n
  ip -n $n link set lo up
  for key in all default; do
    ip netns exec $n sysctl -q -e -w net.ipv6.conf.$key.disable_ipv6=1 net.ipv4.conf.$key.rp_filter=0
  done
done
ip -n pc link add eth0 type veth peer name lan netns router
ip -n router link add dmz type veth peer name eth0 netns server
ip -n pc address add 10.1.0.10/24 dev eth0; ip -n router address add 10.1.0.1/24 dev lan
ip -n router address add 10.2.0.1/24 dev dmz; ip -n server address add 10.2.0.20/24 dev eth0
ip -n pc link set eth0 up; ip -n router link set lan up; ip -n router link set dmz up; ip -n server link set eth0 up
ip -n pc route add default via 10.1.0.1
ip netns exec router sysctl -q -w net.ipv4.ip_forward=1
ip netns exec router nft -f - <<RULES
table ip nat {
  chain post {
    type nat hook postrouting priority 100
    oifname "dmz" masquerade
  }
}
table inet filter {
  chain forward {
    type filter hook forward priority 0
    udp dport 7097 numgen inc mod 3 == 0 counter drop
  }
}
RULES
ip netns exec pc ping -q -c 1 -W 60 10.2.0.20 > /dev/null
echo ready
exec sleep 3600`;

const folder = mkdtempSync(join(tmpdir(), 'nscap-trace-'));
const file = (name: string) => join(folder, name);
let holder: ChildProcess;

beforeAll(async () => {
  const user = root ? [] : ['--user', '--map-root-user'];
  holder = spawn('unshare', [...user, '--net', '--mount', '--', 'sh', '-c', SETUP], {
    env: { ...process.env, PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await seen(holder.stdout!, /ready/);
}, PATIENCE);

afterAll(() => {
  holder.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The command line that runs argv in the lab. */
function inside(...argv: string[]): [string, string[]] {
  const user = root ? [] : ['--user', '--preserve-credentials'];
  return ['nsenter', [...user, '--net', '--mount', '--target', String(holder.pid), '--', ...argv]];
}

const env = { ...process.env, PATH };

function lab(...argv: string[]): Promise<Result> {
  return run(...inside(...argv), { env });
}

function nscap(...args: string[]): Promise<Result> {
  return lab(process.execPath, PROGRAM, ...args);
}

/** Starts a trace and waits until it captures; what it returned is known when it has ended. */
async function tracing(...args: string[]) {
  const child = spawn(...inside(process.execPath, PROGRAM, 'trace', ...args), { env });
  const ended = finish(child);
  await seen(child.stderr, /tracing at/);
  return { child, ended };
}

/** Sends datagrams of equal payload from pc to the server, some each millisecond. */
async function send(count: number): Promise<void> {
  const program = `const s=require('dgram').createSocket('udp4');let n=0;s.bind(()=>{const t=setInterval(()=>{
    for(let i=0;i<5&&n<${count};i++,n++)s.send('equal',7097,'10.2.0.20');
    if(n>=${count}){clearInterval(t);setTimeout(()=>s.close(),20)}},1)})`;
  const sink = `const s=require('dgram').createSocket('udp4');s.bind(7097,()=>console.log('bound'))`;
  const server = spawn(...inside('ip', 'netns', 'exec', 'server', process.execPath, '-e', sink), { env });
  await seen(server.stdout, /bound/);
  const { status, stderr } = await lab('ip', 'netns', 'exec', 'pc', process.execPath, '-e', program);
  server.kill('SIGKILL');
  expect(stderr).toBe('');
  expect(status).toBe(0);
}

/** The counter of the rule that drops. */
async function dropped(): Promise<number> {
  const { stdout } = await lab('ip', 'netns', 'exec', 'router', 'nft', 'list', 'table', 'inet', 'filter');
  return Number(/counter packets (\d+)/.exec(stdout)![1]);
}

interface Document {
  points: string[];
  hops: { from: string; to: string; packets: number; lost: number; unknown: number }[];
  lost: { after: string; reason: string | null }[];
  counters: object[];
}

/** Hops with their numbers, in an order of their own. */
function numbers({ hops }: Document): string[] {
  return hops
    .map(({ from, to, packets, lost, unknown }) => `${from}→${to} ${packets} ${lost} ${unknown}`)
    .sort();
}

test(
  'losses equal the counter, with the rule that dropped; the file of all points gives the same again',
  async () => {
    const before = await dropped();
    const { child, ended } = await tracing('--json', '-w', file('story.pcapng'), ...POINTS, 'udp');
    await send(300);
    await lab('ip', 'netns', 'exec', 'pc', 'ping', '-q', '-c', '2', '-i', '0.01', '10.2.0.20');
    // Longer than a packet is waited for: what is lost is known to be.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    expect(status).toBe(0);
    const document: Document = JSON.parse(stdout);
    expect(document.points.map(String)).toEqual(POINTS);
    const lost = (await dropped()) - before;
    expect(lost).toBe(100);
    expect(numbers(document)).toEqual([
      `pc:eth0→router:lan 300 0 0`,
      `router:dmz→server:eth0 200 0 0`,
      `router:lan→router:dmz 300 100 0`,
    ]);
    expect(document.lost.every(({ after }) => after === 'router:lan')).toBe(true);
    expect(document.counters).toContainEqual({
      namespace: 'router',
      point: null,
      kind: 'rule',
      name: expect.stringContaining('inet filter forward handle'),
      interface: null,
      before,
      after: before + 100,
      difference: 100,
      accountsFor: { from: 'router:lan', to: 'router:dmz' },
    });
    if (root) {
      expect(document.lost[0].reason).toContain('NETFILTER_DROP');
      expect(
        document.lost.some(({ reason }) => reason?.includes('nft rule inet filter forward handle')),
      ).toBe(true);
    }
    const again = await nscap('trace', '--json', file('story.pcapng'), 'udp');
    expect(numbers(JSON.parse(again.stdout))).toEqual(numbers(document));
    const judge = await run('tshark', [
      '-r',
      file('story.pcapng'),
      '-Y',
      'frame.comment contains "lost after router:lan"',
    ]);
    expect(judge.stderr.replace(/^Running as user .*\n/, '')).toBe('');
    expect(judge.stdout.trim().split('\n')).toHaveLength(100);
  },
  PATIENCE,
);

test(
  '--to finds every interface on the way, and NAT is undone',
  async () => {
    const listed = await nscap('trace', '-D', 'pc', '--to', 'server');
    expect(listed.stderr).toBe('');
    expect(listed.stdout).toBe(`${POINTS.join('\n')}\n`);
    const { ended } = await tracing('pc', '--to', 'server', '-c', '2');
    await lab('ip', 'netns', 'exec', 'pc', 'ping', '-q', '-c', '1', '10.2.0.20');
    const { stdout, status } = await ended;
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /pc:eth0 \+0 → router:lan \+[\d.]+ [µnm]?s → router:dmz \+[\d.]+ [µnm]?s \[ttl 64→63, src 10\.1\.0\.10(:\d+)?→10\.2\.0\.1(:\d+)?\] → server:eth0 \+[\d.]+ [µnm]?s\n/,
    );
    // ARP asks anew now and then.
    expect(stdout).toMatch(/^\d+ packets: (\d+) complete, 0 lost, 0 unknown$/m);
  },
  PATIENCE,
);

test(
  '--duration ends it, and an assertion that does not hold gives status 3',
  async () => {
    const { ended } = await tracing('-q', '--duration', '2', '--assert', 'packets > 5', ...POINTS);
    const { status, stderr } = await ended;
    expect(status).toBe(3);
    expect(stderr).toContain('packets > 5');
  },
  PATIENCE,
);

test(
  'what is not there, and points that cannot be meant',
  async () => {
    const refused = async (...args: string[]) => {
      const { status, stderr } = await nscap('trace', ...args);
      return `${status} ${stderr.split('\n')[0]}`;
    };
    expect(await refused('pc:eth0', 'nowhere:eth0')).toBe("1 nscap: there is no namespace 'nowhere'");
    expect(await refused('pc:eth0', 'router:wan')).toBe(
      "1 nscap: there is no interface 'wan' in namespace router",
    );
    expect(await refused('pc:eth0')).toBe('2 nscap: a trace needs two points or more');
    expect(await refused('pc:eth0', 'pc:eth0')).toBe('2 nscap: the point pc:eth0 is given twice');
    expect(await refused('pc:any', 'server:eth0')).toMatch(/^2 nscap: pc:any is no point/);
    expect(await refused('pc:eth0', 'router:lan', 'tcp', 'prot', '80')).toMatch(/^2 nscap: /);
    expect(await refused('pc', '--to', 'pc')).toMatch(/^1 nscap: fewer than two interfaces/);
  },
  PATIENCE,
);

/** Of the captures of a page: point, packets, drops, the file and the interface of it that commands name. */
function pointsOf(page: string): unknown[] {
  const [, data] = /id="data">(.*?)<\/script>/s.exec(readFileSync(page, 'utf8'))!;
  return JSON.parse(data).captures.map(
    (one: {
      name: string;
      packets: number;
      drops?: { packets: number };
      file: unknown;
      interface: unknown;
    }) => [one.name, one.packets, one.drops?.packets ?? 0, one.file, one.interface],
  );
}

test(
  '--report: what was captured at each point, with -w and without',
  async () => {
    const [alone, both, again, story] = ['alone.html', 'both.html', 'again.html', 'points.pcapng'].map(file);
    const traces = [await tracing('-q', '--report', alone, ...POINTS, 'udp port 7097')];
    traces.push(await tracing('-q', '--report', both, '-w', story, ...POINTS, 'udp port 7097'));
    await send(30);
    for (const { child, ended } of traces) {
      child.kill('SIGINT');
      expect((await ended).status).toBe(0);
    }
    expect((await nscap('trace', '-q', '--report', again, story, 'udp port 7097')).status).toBe(0);
    const points = (named: string | null) =>
      POINTS.map((point, number) => [
        point,
        number < 2 ? 30 : 20,
        point === 'router:lan' ? 10 : 0,
        named,
        number,
      ]);
    expect(pointsOf(alone)).toEqual(points(null));
    expect(pointsOf(both)).toEqual(points(story));
    expect(pointsOf(again)).toEqual(points(story));
  },
  PATIENCE,
);
