// A live trace at two points of a router, of 64-byte packets at a rate: what it captured, lost and paired, and its cost.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, clock, type Figures, installed } from './measure.ts';

/** Packets a second; 0 for as fast as trafgen can, which keeps no rate well beyond some 100,000. */
const RATES = (process.env.RATES ?? '100,200,250,300,400,0')
  .split(',')
  .map((thousands) => Number(thousands) * 1000);
const SECONDS = Number(process.env.SECONDS ?? 3);
/** Packets that are sent as fast as possible, for each of those seconds. */
const FLOOD = 400_000;

const [A, ROUTER, B] = [`nst-${process.pid}-a`, `nst-${process.pid}-r`, `nst-${process.pid}-b`];

interface Hop {
  packets: number;
  lost: number;
  unknown: number;
}

export const bench: Bench = {
  title: `Trace of two points at a rate for ${SECONDS} s: lost and unknown must be 0, or unknown what the kernel says it dropped`,
  async run(): Promise<Figures[]> {
    for (const program of ['trafgen', 'ip']) {
      if (!installed(program))
        throw new Error(`${program} is not installed: scripts/setup --bench installs it`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'nscap-bench-'));
    try {
      lab(folder);
      const figures: Figures[] = [];
      for (const rate of RATES) figures.push(await once(folder, rate));
      return figures;
    } finally {
      for (const name of [A, ROUTER, B]) execFileSync('ip', ['netns', 'delete', name]);
      rmSync(folder, { recursive: true });
    }
  },
};

/** a – router – b, which throws away what is not for it, and answers nothing. */
function lab(folder: string): void {
  for (const name of [A, ROUTER, B]) execFileSync('ip', ['netns', 'add', name]);
  const ip = (name: string, words: string) => execFileSync('ip', ['-n', name, ...words.split(' ')]);
  const sysctl = (name: string, setting: string) =>
    execFileSync('ip', ['netns', 'exec', name, 'sysctl', '-qw', setting]);
  for (const name of [A, ROUTER, B]) {
    sysctl(name, 'net.ipv6.conf.all.disable_ipv6=1');
    sysctl(name, 'net.ipv6.conf.default.disable_ipv6=1');
  }
  ip(
    A,
    `link add veth0 address 02:00:00:00:00:01 type veth peer name lan address 02:00:00:00:00:02 netns ${ROUTER}`,
  );
  ip(ROUTER, `link add dmz type veth peer name veth1 address 02:00:00:00:00:04 netns ${B}`);
  ip(A, 'address add 10.8.0.1/24 dev veth0');
  ip(ROUTER, 'address add 10.8.0.2/24 dev lan');
  ip(ROUTER, 'address add 10.9.0.1/24 dev dmz');
  ip(B, 'address add 10.9.0.2/24 dev veth1');
  for (const [name, device] of [
    [A, 'veth0'],
    [ROUTER, 'lan'],
    [ROUTER, 'dmz'],
    [B, 'veth1'],
  ] as const)
    ip(name, `link set ${device} up`);
  ip(ROUTER, 'neighbour add 10.9.0.2 lladdr 02:00:00:00:00:04 dev dmz');
  sysctl(ROUTER, 'net.ipv4.ip_forward=1');
  sysctl(ROUTER, 'net.ipv4.conf.all.rp_filter=0');
  ip(ROUTER, 'route add 10.10.0.0/16 via 10.9.0.2');
  writeFileSync(
    join(folder, 'packet.cfg'),
    '{ eth(da=02:00:00:00:00:02, sa=02:00:00:00:00:01), ipv4(saddr=10.8.0.1, daddr=10.10.0.2, ttl=9), udp(sp=1234, dp=9), drnd(4), fill(0x41, 18) }\n',
  );
}

async function once(folder: string, rate: number): Promise<Figures> {
  const script = '"$@" >"$0"; times >&3';
  const trace = ['dist/nscap.js', 'trace', '--json', `${ROUTER}:lan`, `${ROUTER}:dmz`];
  const shell = spawn('sh', ['-c', script, join(folder, 'out'), ...trace], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let times = '';
  shell.stdio[3]!.on('data', (chunk) => {
    times += chunk;
  });
  const ended = new Promise((resolve) => shell.on('close', resolve));
  await ready(shell);
  const before = [sent('lan', 'rx'), sent('dmz', 'tx')] as const;
  const send = [
    '--in',
    join(folder, 'packet.cfg'),
    '--out',
    'veth0',
    '-n',
    String((rate || FLOOD) * SECONDS),
    '-P',
    '1',
    '-q',
  ];
  const start = performance.now();
  const limit = rate === 0 ? [] : ['--rate', `${rate}pps`];
  execFileSync('ip', ['netns', 'exec', A, 'trafgen', ...send, ...limit], { stdio: 'ignore' });
  const seconds = (performance.now() - start) / 1000;
  await sleep(1500);
  const child = Number(readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8').split(' ')[0]);
  const memory = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))![1]) / 1024;
  process.kill(child, 'SIGINT');
  await ended;
  const [came, left] = [sent('lan', 'rx') - before[0], sent('dmz', 'tx') - before[1]];
  const document = JSON.parse(readFileSync(join(folder, 'out'), 'utf8'));
  const hops: Hop[] = document.hops;
  const sum = (key: keyof Hop) => hops.reduce((total, hop) => total + hop[key], 0);
  const [, user, system] = /\n(\S+) (\S+)/.exec(times) ?? [];
  const cpu = clock(user) + clock(system);
  return {
    what: rate === 0 ? 'as fast as possible' : `${rate / 1000} k/s asked for`,
    'packets/s': Math.round(came / seconds),
    came,
    left,
    paired: sum('packets') - sum('lost') - sum('unknown'),
    lost: sum('lost'),
    unknown: sum('unknown'),
    'CPU µs/packet': Math.round((cpu / came) * 1e8) / 100,
    'memory MB': Math.round(memory),
  };
}

/** Waits until it traces. */
function ready(shell: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    shell.stderr!.on('data', (chunk) => {
      said += chunk;
      if (/^tracing at/m.test(said)) resolve();
    });
    shell.on('close', () => reject(new Error(`no trace began: ${said}`)));
  });
}

function sent(device: string, direction: 'rx' | 'tx'): number {
  const shown = execFileSync('ip', ['-n', ROUTER, '-s', '-json', 'link', 'show', device], {
    encoding: 'utf8',
  });
  return JSON.parse(shown)[0].stats64[direction].packets;
}
