// Captures of real traffic, recorded in a lab of three namespaces, and kept for the next run.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installed } from './measure.ts';

/** Another number where what is recorded changes, so that what is kept from before is not taken. */
const EDITION = 1;
/** As large as headers with options are. */
const SNAPLEN = 128;
/** Nothing takes longer: 4 M packets take half a minute, or a minute where some are lost. */
const LIMIT = 600_000;
const NSCAP = fileURLToPath(new URL('../nscap.js', import.meta.url));
const SHORT = fileURLToPath(new URL('short.mjs', import.meta.url));

const [A, ROUTER, B] = ['a', 'r', 'b'].map((side) => `nsb-${process.pid}-${side}`) as [
  string,
  string,
  string,
];
const SERVER = '10.77.2.2';

/** What is to be seen at the router, behind where packets get lost on their way to the server and before on the way back. */
export interface Traffic {
  name: string;
  /** How many packets of a thousand get lost. */
  lost?: number;
  server: string[];
  client: string[];
}

const IPERF = {
  server: ['iperf3', '-s', '-1', '--forceflush'],
  client: ['iperf3', '-c', SERVER, '-P', '16', '--bidir', '-t', '600'],
};

/** 16 connections in each direction, as fast as they go. */
export const BULK: Traffic = { name: 'bulk', ...IPERF };
/** The same where one packet of 200 gets lost. */
export const LOSSY: Traffic = { name: 'lossy', lost: 5, ...IPERF };
/** Requests and answers, each in a connection of its own. */
export const SHORT_ONES: Traffic = {
  name: 'short',
  server: [process.execPath, SHORT, 'serve'],
  client: [process.execPath, SHORT, 'ask', SERVER],
};

/** A capture of that traffic, recorded where it is not there yet. */
export async function recording(traffic: Traffic, packets: number): Promise<string> {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'nscap-bench');
  const file = join(folder, `${traffic.name}-${packets}-${EDITION}.pcap`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  for (const program of ['iperf3', 'ethtool', 'nft']) {
    if (!installed(program))
      throw new Error(`${program} is not installed: scripts/setup --bench installs it`);
  }
  process.stdout.write(`recording ${packets} packets: ${file}\n`);
  const unfinished = `${file}.${process.pid}`;
  // Also where Ctrl-C ends the benchmark.
  process.once('exit', takeDown);
  const interrupted = () => process.exit(130);
  process.once('SIGINT', interrupted);
  try {
    setUp(traffic.lost ?? 0);
    await record(traffic, packets, unfinished);
    renameSync(unfinished, file);
  } finally {
    takeDown();
    process.off('exit', takeDown);
    process.off('SIGINT', interrupted);
    rmSync(unfinished, { force: true });
  }
  return file;
}

function ip(...words: string[]): void {
  execFileSync('ip', words);
}

/** A and B, and a router between them that loses packets. Nothing is left to offload, so that segments are those of a wire. */
function setUp(lost: number): void {
  for (const name of [A, ROUTER, B]) {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'dev', 'lo', 'up');
  }
  for (const [number, name] of [
    [1, A],
    [2, B],
  ] as const) {
    const port = `port${number}`;
    ip('-n', name, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', port, 'netns', ROUTER);
    ip('-n', name, 'address', 'add', `10.77.${number}.2/24`, 'dev', 'veth0');
    ip('-n', ROUTER, 'address', 'add', `10.77.${number}.1/24`, 'dev', port);
    for (const [where, device] of [
      [name, 'veth0'],
      [ROUTER, port],
    ] as const) {
      ip('-n', where, 'link', 'set', 'dev', device, 'up');
      inside(where, 'ethtool', '-K', device, 'tso', 'off', 'gso', 'off', 'gro', 'off', 'tx', 'off');
    }
    ip('-n', name, 'route', 'add', 'default', 'via', `10.77.${number}.1`);
  }
  inside(ROUTER, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  inside(
    A,
    'sh',
    '-c',
    'cd /proc/sys/net/ipv4; echo 1 > tcp_tw_reuse; echo 1024 65000 > ip_local_port_range',
  );
  if (lost === 0) return;
  inside(
    ROUTER,
    'nft',
    `table ip bench { chain lossy { type filter hook forward priority 0; numgen random mod 1000 < ${lost} drop; }; }`,
  );
}

function takeDown(): void {
  for (const name of [A, ROUTER, B]) {
    if (existsSync(`/run/netns/${name}`)) ip('netns', 'delete', name);
  }
}

function inside(name: string, ...command: string[]): void {
  execFileSync('ip', ['netns', 'exec', name, ...command], { stdio: 'ignore' });
}

function start(name: string, command: string[]): ChildProcess {
  return spawn('ip', ['netns', 'exec', name, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function record(traffic: Traffic, packets: number, file: string): Promise<void> {
  const server = start(B, traffic.server);
  const started: ChildProcess[] = [server];
  try {
    await says(server, /listening/i);
    const capture = spawn(
      NSCAP,
      [
        'capture',
        '-B',
        '65536',
        '-s',
        String(SNAPLEN),
        '-c',
        String(packets),
        '-w',
        file,
        ROUTER,
        'port2',
        'tcp',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], timeout: LIMIT },
    );
    started.push(capture);
    let said = '';
    capture.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const ended = new Promise((resolve) => capture.once('close', resolve));
    await says(capture, /listening/);
    started.push(start(A, traffic.client).on('error', () => {}));
    await ended;
    if (!said.includes(`${packets} packets captured`))
      throw new Error(`no ${packets} packets of ${traffic.name} in ${LIMIT / 1000} s: ${said}`);
  } finally {
    for (const child of started) child.kill('SIGKILL');
  }
}

/** Waits until a program has said so; what it says later is thrown away. */
function says(child: ChildProcess, word: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      if (!word.test(said)) said += chunk;
      if (word.test(said)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', () => reject(new Error(`${child.spawnfile} ended: ${said}`)));
  });
}
