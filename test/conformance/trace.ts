// Labs in which packets are lost at known places, traced live and by tcpdump's files of the same moment. As root, by hand:
//   node scripts/ts.mjs test/conformance/trace.ts [PART-OF-A-NAME...]
// prints a line for each trial: losses per hop must equal the counters of nft and tc, and both results each other.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TRIALS as PLAIN_TRIALS, type Trial } from './trace/cases.ts';
import { IPV6_TRIALS } from './trace/ipv6-cases.ts';
import { MIDDLEBOX_TRIALS } from './trace/middlebox-cases.ts';
import { OFFLOAD_TRIALS } from './trace/offload-cases.ts';

const TRIALS = { ...PLAIN_TRIALS, ...OFFLOAD_TRIALS, ...MIDDLEBOX_TRIALS, ...IPV6_TRIALS };

const NSCAP = [process.execPath, 'dist/nscap.js'] as const;

interface Result {
  captures: { point: string; captureDropped: number }[];
  hops: {
    from: string;
    to: string;
    packets: number;
    lost: number;
    unknown: number;
    reordered: number;
    duplicated: number;
    changed: number;
  }[];
  lost: { frame: number; after: string; reason?: string }[];
}

async function until(child: ChildProcess, pattern: RegExp): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.stderr!.on('data', (chunk) => {
      said += chunk;
      if (pattern.test(said)) resolve(said);
    });
    child.once('close', () => reject(new Error(`ended: ${said}`)));
  });
}

function closed(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.on('data', (chunk) => {
    text += chunk;
  });
  return new Promise((resolve) => child.once('close', () => resolve(text)));
}

async function run(name: string, make: () => Trial): Promise<boolean> {
  const trial = make();
  const { lab, points } = trial;
  try {
    lab.keepNeighbours();
    const files = points.map((_, i) => join(lab.folder, `${i}.pcap`));
    const dumps = points.map((point, i) => {
      const [namespace, device] = point.split(':') as [string, string];
      return lab.start(
        namespace,
        'tcpdump',
        '-Z',
        'root',
        '-B',
        '32768',
        '-U',
        '--time-stamp-precision=nano',
        '-i',
        device,
        '-w',
        files[i],
      );
    });
    await Promise.all(dumps.map((child) => until(child, /listening on/)));
    const [node, script] = NSCAP;
    const story = join(lab.folder, 'story.pcapng');
    const live = spawn(node, [script, 'trace', '--json', '-w', story, ...points], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const document = closed(live);
    await until(live, /tracing/);
    await sleep(300);
    const before = trial.losses?.() ?? {};
    await trial.traffic();
    // Longer than a packet is waited for; and something at all points behind it, so that files show what is lost, too.
    await sleep(1500);
    await trial.last();
    await sleep(1500);
    live.kill('SIGINT');
    const text = await document;
    await sleep(200);
    for (const child of dumps) child.kill('SIGINT');
    await sleep(300);
    const offline = (paths: string[]) =>
      JSON.parse(
        execFileSync(node, [script, 'trace', '--json', ...paths], { encoding: 'utf8', maxBuffer: 1 << 30 }),
      ) as Result;
    const found = JSON.parse(text) as Result;
    const complaints = [
      ...compare(trial, found, before),
      ...agree(points, found, offline(files), 'tcpdump'),
      ...agree(points, found, offline([story]), '-w'),
    ];
    const total = found.hops.reduce((sum, hop) => sum + hop.packets, 0);
    const lost = found.hops.filter((hop) => hop.lost > 0).map((hop) => `${hop.from}→${hop.to} ${hop.lost}`);
    const reasons = new Map<string, number>();
    for (const one of found.lost)
      reasons.set(one.reason ?? 'no reason', (reasons.get(one.reason ?? 'no reason') ?? 0) + 1);
    process.stdout.write(
      `${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${name}: ${total} hops of packets; lost ${lost.join(', ') || 'none'}; ${[...reasons].map(([reason, count]) => `${count} × ${reason}`).join('; ')}\n`,
    );
    for (const complaint of complaints) process.stdout.write(`     ${complaint}\n`);
    if (process.env.KEEP) execFileSync('cp', ['-r', lab.folder, process.env.KEEP]);
    return complaints.length === 0;
  } finally {
    lab.remove();
  }
}

/** What the live result has wrong, by the counters. */
function compare(trial: Trial, found: Result, before: Record<string, number>): string[] {
  const complaints: string[] = [];
  const expected = trial.losses?.();
  for (const { point, captureDropped } of found.captures)
    if (captureDropped > 0) complaints.push(`the capture at ${point} dropped ${captureDropped}`);
  const altered = trial.changed?.();
  for (const { from, to, lost, unknown, changed } of found.hops) {
    const hop = `${from}→${to}`;
    if (altered !== undefined && changed !== (altered[hop] ?? 0))
      complaints.push(`${hop}: ${changed} changed instead of ${altered[hop] ?? 0}`);
    const wanted = (expected?.[hop] ?? 0) - (before[hop] ?? 0);
    if (expected !== undefined && lost !== wanted)
      complaints.push(`${from}→${to}: ${lost} lost instead of ${wanted}`);
    if (unknown !== 0) complaints.push(`${from}→${to}: ${unknown} unknown`);
  }
  for (const [hop, wanted] of Object.entries(expected ?? {})) {
    if (wanted > 0 && !found.hops.some(({ from, to }) => `${from}→${to}` === hop))
      complaints.push(`${hop} is missing`);
  }
  return complaints;
}

/** Where the result by files differs. */
function agree(points: readonly string[], live: Result, offline: Result, what: string): string[] {
  const named = new Map(points.map((point, i) => [`${i}`, point]));
  const pointOf = (text: string) => named.get(/(\d+)(\.pcap)?$/.exec(text)?.[1] ?? '') ?? text;
  const key = (hop: Result['hops'][number]) =>
    `${what === '-w' ? hop.from : pointOf(hop.from)}→${what === '-w' ? hop.to : pointOf(hop.to)}`;
  const other = new Map(offline.hops.map((hop) => [key(hop), hop]));
  const complaints: string[] = [];
  for (const hop of live.hops) {
    const same = other.get(`${hop.from}→${hop.to}`);
    for (const what2 of ['packets', 'lost', 'unknown', 'reordered', 'duplicated'] as const) {
      if (same?.[what2] !== hop[what2])
        complaints.push(`${hop.from}→${hop.to}: ${what2} ${hop[what2]} live, ${same?.[what2]} by ${what}`);
    }
  }
  for (const hop of other.keys()) {
    if (!live.hops.some(({ from, to }) => `${from}→${to}` === hop)) complaints.push(`${hop} only by ${what}`);
  }
  return complaints;
}

const wanted = process.argv.slice(2);
let failed = 0;
for (const [name, make] of Object.entries(TRIALS)) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
  try {
    if (!(await run(name, make))) failed++;
  } catch (error) {
    failed++;
    process.stdout.write(`FAIL ${name}: ${(error as Error).stack}\n`);
  }
}
process.exit(failed > 0 ? 1 : 0);
