// npm run bench -- --compare REVISION: whether this tree is slower than another one, in about a minute.
//
// Each case is run by both in turn, and what counts is the least CPU time, user and system, that either needed: what else
// the machine does adds to a run, never takes from it. A case that looks slower is run again, up to three times as often,
// before it is called a loss.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeTcpCapture } from './captures.ts';

/** A case is lost where this tree needs this many times what the other needs. */
const LOSS = 1.1;
/** Milliseconds of CPU below which a difference is noise, whatever its ratio. */
const NOISE = 2;
const PACKETS = 200_000;
const ROUNDS = 5;
const MOST_ROUNDS = 15;
/** A ratio that no further round would bring down. */
const CERTAIN = 1.5;

/** What is run, by name: FILE is a capture of many packets, SMALL one of few, OUT a file to write. */
export const CASES: Record<string, string[]> = {
  version: ['--version'],
  start: ['read', 'SMALL'],
  help: ['capture', '--help'],
  filter: ['filter', 'tcp port 80 and host 10.0.0.1'],
  read: ['read', 'FILE'],
  'read -v': ['read', '-v', 'FILE'],
  'read FILTER': ['read', 'FILE', 'tcp[tcpflags] & tcp-syn != 0'],
  'read -T fields': ['read', '-T', 'fields', '-e', 'ip.src', '-e', 'tcp.seq', 'FILE'],
  'read -Y': ['read', '-Y', 'tcp.analysis.retransmission', 'FILE'],
  analyze: ['analyze', 'FILE'],
  follow: ['follow', 'FILE', '0'],
  stats: ['stats', 'conversations', 'FILE'],
  convert: ['convert', 'FILE', 'OUT'],
  trace: ['trace', '-q', 'FILE', 'FILE'],
};

export interface Comparison {
  what: string;
  /** Milliseconds of CPU. */
  here: number;
  there: number;
  /** Of these two: above 1 where this tree is slower. */
  ratio: number;
  rounds: number;
  loss: boolean;
}

/** Two programs beside each other. `what`: names of cases. Cases that `there` cannot run are not in the answer. */
export function compare(
  here: string,
  there: string,
  what: readonly string[],
  packets = PACKETS,
  rounds = ROUNDS,
): Comparison[] {
  const folder = mkdtempSync(join(tmpdir(), 'nscap-compare-'));
  try {
    const file = join(folder, 'many.pcap');
    writeTcpCapture(file, packets, 96);
    const names: Record<string, string> = {
      FILE: file,
      SMALL: resolve('captures/walkthrough.pcap'),
      OUT: join(folder, 'out.pcapng'),
    };
    return what.flatMap((name) => {
      const args = CASES[name].map((word) => names[word] ?? word);
      // The first run fills the page cache, and shows whether both know the command.
      cpu(here, args);
      if (Number.isNaN(cpu(there, args, true))) return [];
      return [
        one(
          name,
          () => cpu(here, args),
          () => cpu(there, args),
          rounds,
        ),
      ];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function one(what: string, here: () => number, there: () => number, atLeast: number): Comparison {
  let [least, other, rounds] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
  const loss = () => least / other > LOSS && least - other > NOISE;
  const isDoubtful = () => loss() && least / other < CERTAIN;
  while (rounds < atLeast || (rounds < MOST_ROUNDS && isDoubtful())) {
    // Neither is always the first.
    if (rounds++ % 2 === 0) least = Math.min(least, here());
    other = Math.min(other, there());
    if (rounds % 2 === 0) least = Math.min(least, here());
  }
  return { what, here: least, there: other, ratio: least / other, rounds, loss: loss() };
}

const koffi = createRequire(import.meta.url)('koffi');
const getrusage = koffi.load(null).func('int getrusage(int, void *)');
const RUSAGE_CHILDREN = -1;

/** Milliseconds of CPU, user and system, that children which have ended took. */
function childrenCpu(): number {
  const usage = new BigInt64Array(18);
  getrusage(RUSAGE_CHILDREN, usage);
  return Number(usage[0] + usage[2]) * 1000 + Number(usage[1] + usage[3]) / 1000;
}

/** Milliseconds of CPU of one run. @throws Error where it fails; answers NaN there where it may */
function cpu(program: string, args: readonly string[], mayFail = false): number {
  const before = childrenCpu();
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0 && mayFail) return Number.NaN;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with status ${status}: ${stderr}`);
  return childrenCpu() - before;
}

/** The program of a package's folder, or of a git revision, which is built once. @throws Error where there is none */
export function programOf(revision: string): string {
  for (const inside of ['dist/nscap.js', 'package/dist/nscap.js', 'nscap.js']) {
    const path = resolve(revision, inside);
    if (existsSync(path)) return realpathSync(path);
  }
  const commit = git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`);
  if (commit === undefined) {
    throw new Error(`'${revision}' is neither a revision of this repository nor a folder with dist/nscap.js`);
  }
  const kept = resolve('node_modules/.cache/nscap-bench', commit);
  if (!existsSync(join(kept, 'dist/nscap.js'))) build(commit, kept);
  return join(kept, 'dist/nscap.js');
}

/** The last release, or where there is none yet, main. */
export function lastRelease(): string {
  return git('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*') ?? 'main';
}

function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Builds a revision with the packages that are installed here. */
function build(commit: string, folder: string): void {
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  const archive = spawnSync('git', ['archive', commit], { maxBuffer: 1 << 30 });
  const unpacked = spawnSync('tar', ['-x', '-C', draft], { input: archive.stdout });
  if (archive.status !== 0 || unpacked.status !== 0) throw new Error(`${commit} cannot be unpacked`);
  symlinkSync(resolve('node_modules'), join(draft, 'node_modules'));
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: draft,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`${commit} cannot be built with the packages that are installed`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}
