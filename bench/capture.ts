// Live capture of 64-byte packets over veth: nscap beside tcpdump and dumpcap, flat out into files, and printing.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, clock, type Figures, installed, median } from './measure.ts';

const PACKETS = 2_000_000;
const ROUNDS = 5;
/** Packets a second that printing is tried at. */
const RATES = [50, 100, 150, 200, 250, 300, 400, 500, 600, 800].map((thousands) => thousands * 1000);
const SECONDS = 2;

const [A, B] = [`nsb-${process.pid}-a`, `nsb-${process.pid}-b`];
const NSCAP = ['dist/nscap.js', 'capture'];
const INSIDE = ['ip', 'netns', 'exec', B];

interface Contender {
  what: string;
  /** The command line that captures into this file, or prints into it. */
  argv(file: string): string[];
  /** Whether it prints to standard output, which goes into the file. */
  prints?: boolean;
}

const WRITERS: Contender[] = [
  { what: 'tcpdump -w', argv: (file) => [...INSIDE, 'tcpdump', '-Z', 'root', '-i', 'veth1', '-w', file] },
  { what: 'nscap capture -w', argv: (file) => [...NSCAP, '-w', file, B, 'veth1'] },
  { what: 'nscap capture -w, pcapng', argv: (file) => [...NSCAP, '--pcapng', '-w', file, B, 'veth1'] },
  { what: 'dumpcap -P -w', argv: (file) => [...INSIDE, 'dumpcap', '-q', '-P', '-i', 'veth1', '-w', file] },
];

const PRINTERS: Contender[] = [
  { what: 'tcpdump -n', argv: () => [...INSIDE, 'tcpdump', '-n', '-i', 'veth1'], prints: true },
  { what: 'nscap capture', argv: () => [...NSCAP, B, 'veth1'], prints: true },
];

/** What became of the packets, and what that cost. */
interface Outcome {
  /** Packets the interface received, by its own counter, and those in the file. */
  seen: number;
  captured: number;
  dropped: number;
  /** CPU seconds, user and system, start-up and `ip netns exec` included. */
  cpu: number;
  /** Most memory in use, in MB. */
  memory: number;
}

export const bench: Bench = {
  title: `Capture over veth: ${PACKETS / 1e6} M packets of 64 bytes flat out, ${ROUNDS} rounds in turn (medians); and the highest rate printed without loss`,
  async run(): Promise<Figures[]> {
    for (const program of ['trafgen', 'ip']) {
      if (!installed(program))
        throw new Error(`${program} is not installed: scripts/setup --bench installs it`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'nscap-bench-'));
    try {
      lab(folder);
      return [...(await writing(folder)), ...(await printing(folder))];
    } finally {
      for (const name of [A, B]) execFileSync('ip', ['netns', 'delete', name]);
      rmSync(folder, { recursive: true });
    }
  },
};

function lab(folder: string): void {
  for (const name of [A, B]) execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-n', A, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1', 'netns', B]);
  for (const [name, device] of [
    [A, 'veth0'],
    [B, 'veth1'],
  ] as const) {
    const off = `echo 1 > /proc/sys/net/ipv6/conf/${device}/disable_ipv6`;
    execFileSync('ip', ['netns', 'exec', name, 'sh', '-c', off]);
    execFileSync('ip', ['-n', name, 'link', 'set', device, 'up']);
  }
  writeFileSync(
    join(folder, 'packet.cfg'),
    '{ eth(da=02:00:00:00:00:02, sa=02:00:00:00:00:01), ipv4(saddr=10.9.0.1, daddr=10.9.0.2), udp(sp=1234, dp=9), fill(0x41, 22) }\n',
  );
}

async function writing(folder: string): Promise<Figures[]> {
  const contenders = WRITERS.filter(
    ({ argv }) => installed(argv('')[INSIDE.length]!) || argv('')[0] === NSCAP[0],
  );
  const outcomes: Outcome[][] = contenders.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, contender] of contenders.entries())
      outcomes[i]!.push(await once(contender, folder, PACKETS));
  }
  const reference = median(outcomes[0]!.map(({ cpu }) => cpu));
  return contenders.map(({ what }, i) => {
    const runs = outcomes[i]!;
    const cpu = median(runs.map((run) => run.cpu));
    return {
      what,
      seen: median(runs.map((run) => run.seen)),
      captured: median(runs.map((run) => run.captured)),
      'dropped, all rounds': runs.reduce((sum, run) => sum + run.dropped, 0),
      'CPU s': round2(cpu),
      'CPU, tcpdump = 1': round2(cpu / reference),
      'memory MB': Math.round(Math.max(...runs.map((run) => run.memory))),
    };
  });
}

async function printing(folder: string): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const contender of PRINTERS.filter(
    ({ what }) => !what.startsWith('tcpdump') || installed('tcpdump'),
  )) {
    let best = 0;
    let last: Outcome | undefined;
    for (const rate of RATES) {
      const began = performance.now();
      const outcome = await once(contender, folder, rate * SECONDS, rate);
      // A sender that cannot keep the rate up proves nothing.
      if (outcome.seen / ((performance.now() - began) / 1000) < rate / 3) break;
      if (outcome.dropped > 0 || outcome.captured < outcome.seen) break;
      best = rate;
      last = outcome;
    }
    figures.push({
      what: `${contender.what} > file`,
      'packets/s without loss': best,
      'CPU s': round2(last?.cpu ?? 0),
      'memory MB': Math.round(last?.memory ?? 0),
    });
  }
  return figures;
}

/** Captures so many packets, sent flat out or at a rate, and ends the capture as a user does, with SIGINT. */
async function once(contender: Contender, folder: string, packets: number, rate?: number): Promise<Outcome> {
  const file = join(folder, 'out');
  rmSync(file, { force: true });
  // The shell's `times` tells the CPU time of its child.
  const script = `"$@" ${contender.prints ? '>"$0"' : ''}; times >&3`;
  const shell = spawn('sh', ['-c', script, file, ...contender.argv(file)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let times = '';
  shell.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  shell.stdio[3]!.on('data', (chunk) => {
    times += chunk;
  });
  const ended = new Promise((resolve) => shell.on('close', resolve));
  await until(
    () => /listening on|File: /.test(said),
    () => said,
  );
  const before = received();
  const options = rate === undefined ? [] : ['--rate', `${rate}pps`];
  const send = [
    'netns',
    'exec',
    A,
    'trafgen',
    '--in',
    join(folder, 'packet.cfg'),
    '--out',
    'veth0',
    '-n',
    String(packets),
    '-P',
    '1',
    '-q',
  ];
  execFileSync('ip', [...send, ...options], { stdio: 'ignore' });
  // Long enough for the capture to take what the kernel has kept for it.
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const child = childOf(shell);
  const memory =
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  process.kill(child, 'SIGINT');
  await ended;
  const [, user, system] = /\n(\S+) (\S+)/.exec(times) ?? [];
  return {
    seen: received() - before,
    captured: contender.prints ? lines(file) : records(file),
    dropped: Number(
      /(\d+) packets? dropped by kernel/.exec(said)?.[1] ?? /\(pcap:(\d+)\//.exec(said)?.[1] ?? 0,
    ),
    cpu: clock(user) + clock(system),
    memory,
  };
}

function childOf(shell: ChildProcess): number {
  return Number(readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8').split(' ')[0]);
}

function received(): number {
  const [link] = JSON.parse(
    execFileSync('ip', ['-n', B, '-s', '-json', 'link', 'show', 'veth1'], { encoding: 'utf8' }),
  );
  return link.stats64.rx.packets;
}

/** Packets in a capture file: pcap records of 80 bytes each, or pcapng's enhanced packet blocks. */
function records(file: string): number {
  const bytes = readFileSync(file);
  if (bytes.readUInt32LE(0) !== 0x0a0d0d0a) return (bytes.length - 24) / 80;
  let count = 0;
  for (let at = 0; at + 8 <= bytes.length; at += bytes.readUInt32LE(at + 4)) {
    if (bytes.readUInt32LE(at) === 6) count++;
  }
  return count;
}

function lines(file: string): number {
  let count = 0;
  for (const byte of readFileSync(file)) if (byte === 0x0a) count++;
  return count;
}

async function until(met: () => boolean, said: () => string): Promise<void> {
  for (let waited = 0; !met(); waited += 10) {
    if (waited > 10_000) throw new Error(`no capture began: ${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
