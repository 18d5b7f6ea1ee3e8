// Floods of dropped packets over veth: what nscap drops costs in CPU and memory while it watches them, and what it costs
// a host whose drops are all in other namespaces.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, clock, type Figures, installed } from './measure.ts';

const PACKETS = Number(process.env.PACKETS ?? 600_000);
const [A, B, C] = ['a', 'b', 'c'].map((name) => `nsd-${process.pid}-${name}`) as [string, string, string];
const STATISTICS = '/proc/sys/kernel/bpf_stats_enabled';
/** Sockets of a multicast group: each packet is dropped once for each, which makes for more drops than packets can be sent. */
const GROUP = 32;
const GROUP_ADDRESS = '239.1.2.3';
/** Clock ticks a second in /proc/PID/stat. */
const TICKS = 100;

interface Flood {
  what: string;
  /** Arguments of `nscap drops`, before the namespace. */
  args: string[];
  namespace: string;
  /** Rules of the namespace that the flood goes to. */
  rules?: string;
  /** Each packet is dropped so many times: it goes to a group of so many sockets whose buffers are full. */
  times?: number;
}

const DROP_EARLY =
  'add table netdev f; add chain netdev f i { type filter hook ingress device veth1 priority 0; }; add rule netdev f i udp dport 9 drop';
const DROP =
  'add table inet f; add chain inet f i { type filter hook prerouting priority -300; }; add rule inet f i udp dport 9 drop';

const FLOODS: Flood[] = [
  { what: 'closed port, lines', args: [], namespace: B },
  { what: 'closed port, --json', args: ['--json'], namespace: B },
  { what: 'closed port, -w', args: ['-w', 'FILE'], namespace: B },
  { what: `full buffers of ${GROUP} sockets, lines`, args: [], namespace: B, times: GROUP },
  { what: `full buffers of ${GROUP} sockets, --json`, args: ['--json'], namespace: B, times: GROUP },
  { what: 'nft rule, lines', args: [], namespace: B, rules: DROP },
  { what: 'nft ingress rule, lines', args: [], namespace: B, rules: DROP_EARLY },
  { what: 'nft ingress rule, filter', args: ['udp', 'port', '9'], namespace: B, rules: DROP_EARLY },
  { what: "another namespace's, nft ingress rule", args: [], namespace: C, rules: DROP_EARLY },
];

export const bench: Bench = {
  title: `Drops over veth: ${PACKETS / 1e6} M flat out; CPU of the sender, in whose time the kernel drops, and of nscap`,
  async run(): Promise<Figures[]> {
    for (const program of ['trafgen', 'ip', 'nft']) {
      if (!installed(program))
        throw new Error(`${program} is not installed: scripts/setup --bench installs it`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'nscap-bench-'));
    const statistics = readFileSync(STATISTICS, 'utf8');
    let group: ChildProcess | undefined;
    try {
      lab(folder);
      group = await fullSockets();
      // The kernel's own clock around each run of a program; it costs some 20 ns a run.
      writeFileSync(STATISTICS, '1');
      const figures: Figures[] = [];
      for (const flood of FLOODS) {
        figures.push(await watched(flood, folder, unwatched(flood, folder)));
      }
      return figures;
    } finally {
      writeFileSync(STATISTICS, statistics);
      group?.kill('SIGKILL');
      for (const name of [A, B, C]) execFileSync('ip', ['netns', 'delete', name]);
      rmSync(folder, { recursive: true });
    }
  },
};

function lab(folder: string): void {
  for (const name of [A, B, C]) execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-n', A, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1', 'netns', B]);
  for (const [name, device, host] of [
    [A, 'veth0', 1],
    [B, 'veth1', 2],
  ] as const) {
    execFileSync('ip', ['-n', name, 'link', 'set', device, 'address', `02:00:00:00:00:0${host}`]);
    execFileSync('ip', ['-n', name, 'address', 'add', `10.9.0.${host}/24`, 'dev', device]);
    execFileSync('ip', ['-n', name, 'link', 'set', device, 'up']);
  }
  const packet = (mac: string, address: string) =>
    `{ eth(da=${mac}, sa=02:00:00:00:00:01), ipv4(saddr=10.9.0.1, daddr=${address}, ttl=64), udp(sp=1234, dp=9), fill(0x41, 22) }\n`;
  writeFileSync(join(folder, 'packet.cfg'), packet('02:00:00:00:00:02', '10.9.0.2'));
  writeFileSync(join(folder, 'group.cfg'), packet('01:00:5e:01:02:03', GROUP_ADDRESS));
}

/** A process with the sockets of the group that does not run, and so reads nothing. */
async function fullSockets(): Promise<ChildProcess> {
  const program = `const { createSocket } = require('node:dgram');
let bound = 0;
for (let i = 0; i < ${GROUP}; i++) {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.bind(9, '${GROUP_ADDRESS}', () => {
    socket.addMembership('${GROUP_ADDRESS}', '10.9.0.2');
    socket.setRecvBufferSize(2304);
    if (++bound === ${GROUP}) console.log('bound');
  });
}`;
  const child = spawn('ip', ['netns', 'exec', B, 'node', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', () => reject(new Error('the sockets of the group could not be made')));
  });
  child.kill('SIGSTOP');
  return child;
}

interface Sent {
  /** Wall-clock seconds, and CPU seconds of the sender: the kernel drops what it sends in its time. */
  seconds: number;
  cpu: number;
}

function send(folder: string, { times = 1 }: Flood): Sent {
  const config = join(folder, times > 1 ? 'group.cfg' : 'packet.cfg');
  const number = String(Math.ceil(PACKETS / times));
  const trafgen = ['trafgen', '-n', number, '-q', '-P', '1', '--in', config, '--out', 'veth0'];
  const script = '"$@" >/dev/null 2>&1; times';
  const began = performance.now();
  const said = execFileSync('sh', ['-c', script, 'sh', 'ip', 'netns', 'exec', A, ...trafgen], {
    encoding: 'latin1',
  });
  const [, user, system] = /\n(\S+) (\S+)/.exec(said) ?? [];
  return { seconds: (performance.now() - began) / 1000, cpu: clock(user) + clock(system) };
}

function setRules({ rules }: Flood): void {
  execFileSync('ip', ['netns', 'exec', B, 'nft', `flush ruleset; ${rules ?? ''}`]);
}

/** What it takes without nscap. */
function unwatched(flood: Flood, folder: string): Sent {
  setRules(flood);
  return send(folder, flood);
}

async function watched(flood: Flood, folder: string, alone: Sent): Promise<Figures> {
  const args = flood.args.map((word) => (word === 'FILE' ? join(folder, 'out.pcapng') : word));
  const [options, filter] = args[0]?.startsWith('-') ? [args, []] : [[], args];
  const child = spawn('node', ['dist/nscap.js', 'drops', ...options, flood.namespace, ...filter], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (!said.includes('watching')) {
    if (child.exitCode !== null) throw new Error(said);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // The first packets load what prints them.
  execFileSync('ip', [
    'netns',
    'exec',
    A,
    'bash',
    '-c',
    'for i in 1 2 3; do echo > /dev/udp/10.9.0.2/9; done',
  ]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = { cpu: cpu(child.pid!), at: performance.now() };
  const sent = send(folder, flood);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const seconds = (performance.now() - before.at) / 1000;
  const used = cpu(child.pid!) - before.cpu;
  const memory = status(child.pid!, 'VmRSS');
  const peak = status(child.pid!, 'VmHWM');
  const program = programOf(child.pid!);
  child.kill('SIGINT');
  await ended;
  const number = (pattern: RegExp) => Number(pattern.exec(said)?.[1] ?? 0);
  return {
    what: flood.what,
    'drops/s': Math.round(PACKETS / sent.seconds),
    'drops/s of CPU': Math.round(PACKETS / sent.cpu),
    'alone = 1': Math.round((100 * sent.cpu) / alone.cpu) / 100,
    shown: number(/(\d+) drop events? shown/),
    'counted only': number(/(\d+) more packets counted/),
    lost: number(/(\d+) events lost/),
    'nscap, % of a core': Math.round((100 * used) / seconds),
    'memory MB, peak': `${memory}, ${peak}`,
    'program, ns a drop': Math.round(program),
  };
}

/** CPU seconds of a process. */
function cpu(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / TICKS;
}

function status(pid: number, name: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1]) / 1024);
}

/** Nanoseconds that the process's BPF program takes for a packet. */
function programOf(pid: number): number {
  for (const descriptor of readdirSync(`/proc/${pid}/fdinfo`)) {
    const text = readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'latin1');
    const value = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    if (value('run_cnt') > 0) return value('run_time_ns') / value('run_cnt');
  }
  return 0;
}
