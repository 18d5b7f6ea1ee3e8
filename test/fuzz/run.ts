// npm run fuzz -- [TARGET…] [--seconds N] [--seed S] [--jobs N] [--no-compare] [--keep]
//   --keep: what was found by coverage is kept in test/fuzz/corpus, as few inputs as cover as much
// npm run fuzz -- --ci            each target with a fixed seed and with a random one, which is printed, without the comparison:
//                                 NSCAP_FUZZ seconds each (3); only what the fixed seed finds is a failure
// npm run fuzz -- TARGET INPUT…   runs these inputs, and nothing else: files, or base64:TEXT
//
// Every parser of bytes or text from outside, given what nobody would send: no error may leave that a user is not meant
// to see, nothing be read beside the input, no control byte be printed, time and memory be bounded, and where tcpdump,
// tshark or libpcap read the same, the same must come of it.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { cpuOf, THREAD } from './cpu.ts';
import { type Finding, fuzz, type Outcome } from './fuzzer.ts';
import { TARGETS } from './targets.ts';

/** Relative to the top of the repository, where npm runs scripts. */
const CORPUS = 'test/fuzz/corpus';
const FINDINGS = 'test/fuzz/findings';
/**
 * Seconds of processor time without a new input after which the one at hand is taken to go on for ever. A busy machine
 * gives little of it: of time that passes only what no machine needs is too long, for what waits and never runs.
 */
const PATIENCE = 60;
const PATIENCE_WAITING = 900;
const LOOK = 5000;
const FIXED_SEED = 1;
/** Mebibytes of JavaScript objects that a target may have. */
const HEAP = 1024;
/** Shared with a target's thread: inputs begun, length of the last, number of the thread, reserved; then the input. */
const HEAD = 16;
const LARGEST = 1 << 17;
/** Bytes of an input that are printed as text. */
const LARGEST_PRINTED = 4096;

interface Task {
  name: string;
  seconds: number;
  seed: number;
  compare: boolean;
  reduce: boolean;
  shared: SharedArrayBuffer;
}

/** Inputs that cover more of a target than its seeds: a line of base64 each. */
const corpusOf = (name: string): string => join(CORPUS, `${name}.txt`);

function stored(name: string): Uint8Array[] {
  const path = corpusOf(name);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'latin1').split('\n');
  return lines.filter((line) => line !== '').map((line) => new Uint8Array(Buffer.from(line, 'base64')));
}

function store(name: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(CORPUS, { recursive: true });
  writeFileSync(corpusOf(name), inputs.map((one) => `${Buffer.from(one).toString('base64')}\n`).join(''));
}

function writeFinding(input: Uint8Array): string {
  mkdirSync(FINDINGS, { recursive: true });
  const path = join(FINDINGS, createHash('sha256').update(input).digest('hex').slice(0, 16));
  writeFileSync(path, input);
  return path;
}

async function work({ name, seconds, seed, compare, reduce, shared }: Task): Promise<Outcome> {
  const counters = new Int32Array(shared, 0, 2);
  const room = new Uint8Array(shared, HEAD);
  new Int32Array(shared, 8, 1)[0] = THREAD;
  return fuzz(TARGETS.find((one) => one.name === name)!, {
    seconds,
    seed,
    compare,
    reduce,
    corpus: stored(name),
    url: import.meta.url,
    beginning: (input) => {
      room.set(input.length > room.length ? input.subarray(0, room.length) : input);
      counters[1] = input.length;
      Atomics.add(counters, 0, 1);
    },
  });
}

/** Fuzzes one target in a thread of its own, which can be ended when it does not return. */
function threaded(given: Omit<Task, 'shared'>): Promise<Outcome> {
  const shared = new SharedArrayBuffer(LARGEST);
  const task: Task = { ...given, shared };
  const worker = new Worker(new URL(import.meta.url), {
    workerData: task,
    // Sockets are opened and closed by native code, of which Node knows nothing.
    trackUnmanagedFds: false,
    resourceLimits: { maxOldGenerationSizeMb: HEAP },
  });
  const counters = new Int32Array(shared, 0, 2);
  const finding = (message: string): Outcome => {
    const input = new Uint8Array(shared.slice(HEAD, HEAD + Math.min(counters[1], LARGEST - HEAD)));
    return { inputs: counters[0], blocks: 0, kept: [], findings: [{ message, input }] };
  };
  return new Promise((resolve) => {
    let last = { inputs: -1, cpu: 0, time: 0 };
    const watch = setInterval(() => {
      const inputs = Atomics.load(counters, 0);
      const now = { inputs, cpu: cpuOf(new Int32Array(shared, 8, 1)[0]), time: performance.now() / 1000 };
      if (inputs !== last.inputs) last = now;
      else if (now.cpu - last.cpu > PATIENCE || now.time - last.time > PATIENCE_WAITING)
        end(finding(`does not end within ${PATIENCE} s`));
    }, LOOK);
    const end = (outcome: Outcome) => {
      clearInterval(watch);
      void worker.terminate();
      resolve(outcome);
    };
    worker.once('message', end);
    worker.once('error', (error: Error) => end(finding(error.stack ?? String(error))));
  });
}

/** Runs files, as they were found. */
async function replay(name: string, files: readonly string[]): Promise<number> {
  const target = TARGETS.find((one) => one.name === name)!;
  await target.prepare?.();
  for (const file of files) {
    const text = /^base64:(.*)/.exec(file)?.[1];
    const input = new Uint8Array(text === undefined ? readFileSync(file) : Buffer.from(text, 'base64'));
    await target.run(input);
    await target.compare?.([input]);
    process.stderr.write(`${file}: nothing is wrong\n`);
  }
  return 0;
}

const usage = (sentence: string): number => {
  process.stderr.write(`fuzz: ${sentence}\n`);
  return 2;
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      jobs: { type: 'string', default: String(availableParallelism()) },
      'no-compare': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      ci: { type: 'boolean', default: false },
    },
  });
  if (values.ci) {
    values.seconds = process.env.NSCAP_FUZZ ?? '3';
    values['no-compare'] = true;
  }
  const [seconds, seed, jobs] = [values.seconds, values.seed, values.jobs].map(Number) as [
    number,
    number,
    number,
  ];
  if (!(seconds > 0 && Number.isInteger(seed) && jobs >= 1))
    return usage('--seconds, --seed and --jobs are numbers');
  const known = TARGETS.map(({ name }) => name);
  const files = positionals.filter((word) => !known.includes(word));
  if (files.length > 0) {
    if (positionals.length === files.length)
      return usage(`'${files[0]}' is not a target (there are: ${known.join(', ')})`);
    return replay(positionals[0], files);
  }

  const waiting = positionals.length > 0 ? positionals : known;
  const seeds = values.ci ? [FIXED_SEED, seed] : [seed];
  process.stderr.write(
    `fuzz: ${waiting.length} targets, ${seconds} s each, --seed ${seeds.join(' and --seed ')}\n`,
  );
  const found: { name: string; seed: number; finding: Finding }[] = [];
  const queue = waiting.flatMap((name) => seeds.map((own) => ({ name, seed: own })));
  const one = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { name, seed: own } = next;
      const outcome = await threaded({
        ...next,
        seconds,
        compare: !values['no-compare'],
        reduce: values.keep,
      });
      process.stdout.write(
        `${name.padEnd(16)} ${String(outcome.inputs).padStart(9)} inputs ${String(outcome.blocks).padStart(6)} blocks ` +
          `${String(outcome.kept.length).padStart(5)} new  ${outcome.findings.length} findings\n`,
      );
      for (const finding of outcome.findings) found.push({ name, seed: own, finding });
      if (values.keep) store(name, outcome.kept);
    }
  };
  await Promise.all(Array.from({ length: jobs }, one));
  for (const { name, finding } of found) {
    const path = writeFinding(finding.input);
    process.stdout.write(`\n${name}: ${finding.message}\n  npm run fuzz -- ${name} ${path}\n`);
    // Where the files of a run are not kept.
    if (finding.input.length <= LARGEST_PRINTED)
      process.stdout.write(
        `  npm run fuzz -- ${name} base64:${Buffer.from(finding.input).toString('base64')}\n`,
      );
  }
  // A random seed finds what has been there for long: to be fixed, but no reason to refuse the change at hand.
  const failures = values.ci ? found.filter((one) => one.seed === FIXED_SEED) : found;
  if (failures.length < found.length)
    process.stdout.write(
      `\nfuzz: ${found.length - failures.length} of these by the random seed: not a failure, but a fault\n`,
    );
  return failures.length === 0 ? 0 : 1;
}

// A thread that loops in native code cannot be ended but with the process.
if (isMainThread) process.exit(await main());
else parentPort!.postMessage(await work(workerData as Task));
