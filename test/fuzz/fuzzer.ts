// One target fuzzed: inputs that make new blocks of the program run are kept and mutated further.

import { getHeapStatistics } from 'node:v8';
import { Random } from '../support/random.ts';
import { Coverage } from './coverage.ts';
import { cpuOf, THREAD } from './cpu.ts';
import { Mutator } from './mutate.ts';
import { Difference, type Target } from './target.ts';

/** Inputs between two looks at the coverage, at first and at most; the looks take a share of the time. */
const LEAST_AT_ONCE = 32;
const MOST_AT_ONCE = 2048;
const LOOKS_SHARE = 10;
/** An input that takes longer, as measured in processor time thereafter, takes too long: milliseconds. */
const SLOW = 5000;
/** Bytes that the thread may grow by over one batch. */
const GROWTH = 512 << 20;
/** Inputs kept for the comparison with other tools, and how often these are asked. */
const COMPARED = 400;
const COMPARISONS = 4;
/** Different findings of one target; the same fault often shows in many ways. */
const MOST_FINDINGS = 5;
const SHORTENING = 2000;
/** Bytes of an input that is kept in the repository. */
const LARGEST_KEPT = 2048;

export interface Finding {
  message: string;
  input: Uint8Array;
}

export interface Outcome {
  inputs: number;
  blocks: number;
  /** Inputs that brought new blocks. */
  kept: Uint8Array[];
  findings: Finding[];
}

export interface Plan {
  seconds: number;
  seed: number;
  corpus: readonly Uint8Array[];
  compare: boolean;
  /** Return the fewest inputs that cover what all of the corpus and those found cover. */
  reduce: boolean;
  url: string;
  /** Notes the input at hand, for whoever watches that it ends. */
  beginning: (input: Uint8Array) => void;
}

export async function fuzz(target: Target, plan: Plan): Promise<Outcome> {
  await target.prepare?.();
  return new Fuzzer(target, plan).run();
}

/** Of this thread alone: others of the process are fuzzed at the same time. */
function memory(): number {
  const { total_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

class Fuzzer {
  private readonly target: Target;
  private readonly plan: Plan;
  private readonly random: Random;
  private readonly mutator: Mutator;
  private readonly coverage: Coverage;
  private readonly corpus: Uint8Array[] = [];
  private readonly kept: Uint8Array[] = [];
  private readonly findings = new Map<string, Finding>();
  private inputs = 0;
  private size = LEAST_AT_ONCE;

  constructor(target: Target, plan: Plan) {
    this.target = target;
    this.plan = plan;
    this.random = new Random(plan.seed);
    this.mutator = new Mutator(this.random, target);
    this.coverage = new Coverage(plan.url);
  }

  async run(): Promise<Outcome> {
    const { target, plan, corpus } = this;
    for (const seed of [...target.seeds(), ...plan.corpus]) {
      await this.attempt(seed);
      corpus.push(seed);
    }
    if (corpus.length === 0) throw new Error(`${target.name} has no seeds`);
    await this.compare([...corpus]);
    this.coverage.take();
    const begin = performance.now();
    const end = begin + plan.seconds * 1000;
    let compared = 0;
    while (performance.now() < end && this.findings.size < MOST_FINDINGS) {
      await this.batch(Array.from({ length: this.size }, () => this.mutator.mutate(corpus)));
      // At equal intervals, and with as many inputs whatever the time is.
      if (performance.now() > begin + ((compared + 1) * (end - begin)) / (COMPARISONS + 1)) {
        compared++;
        await this.compare(Array.from({ length: COMPARED }, () => this.mutator.mutate(corpus)));
      }
    }
    const { size } = this.coverage;
    const kept = plan.reduce ? await this.reduced() : this.kept;
    this.coverage.close();
    return { inputs: this.inputs, blocks: size, kept, findings: [...this.findings.values()] };
  }

  /** The fewest and smallest inputs that make the same blocks run, besides the seeds. */
  private async reduced(): Promise<Uint8Array[]> {
    const { target, plan, coverage, kept } = this;
    coverage.clear();
    for (const seed of target.seeds()) await this.attempt(seed);
    coverage.take();
    const needed: Uint8Array[] = [];
    for (const input of [...plan.corpus, ...kept].sort((one, other) => one.length - other.length)) {
      await this.attempt(input);
      if (coverage.take() > 0 && input.length <= LARGEST_KEPT) needed.push(input);
    }
    return needed;
  }

  private async batch(inputs: readonly Uint8Array[]): Promise<void> {
    const [before, began] = [memory(), performance.now()];
    for (const input of inputs) await this.attempt(input);
    const ran = performance.now();
    if (memory() - before > GROWTH) {
      for (const input of inputs) await this.attempt(input, GROWTH);
    }
    const fresh = this.coverage.take();
    // To ask V8 takes tens of milliseconds, however little ran.
    if (ran - began < LOOKS_SHARE * (performance.now() - ran) && this.size < MOST_AT_ONCE) this.size *= 2;
    if (fresh > 0) await this.isolate(inputs);
  }

  /** Keeps those of the inputs by which the last look at the coverage found new blocks: halves are run once more. */
  private async isolate(inputs: readonly Uint8Array[]): Promise<void> {
    const [only] = inputs;
    if (inputs.length === 1) {
      this.corpus.push(only);
      this.kept.push(only);
      return;
    }
    this.coverage.forget();
    const middle = inputs.length >> 1;
    for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
      for (const input of half) await this.attempt(input);
      if (this.coverage.take() > 0) await this.isolate(half);
    }
  }

  /** Runs one input; what is wrong is noted. */
  private async attempt(input: Uint8Array, growth = Number.POSITIVE_INFINITY): Promise<void> {
    this.inputs++;
    this.plan.beginning(input);
    const [before, began] = [growth === Number.POSITIVE_INFINITY ? 0 : memory(), performance.now()];
    const message = await this.fault(input);
    if (message !== undefined) return this.note(message, input);
    if (performance.now() - began > SLOW && (await this.isSlow(input)))
      return this.note(`takes more than ${SLOW / 1000} s`, input);
    if (before > 0 && memory() - before > growth)
      return this.note(`takes more than ${growth >> 20} MiB of memory`, input);
  }

  private async fault(input: Uint8Array): Promise<string | undefined> {
    try {
      // What is not a promise is not waited for: thousands of turns of the event loop would be.
      const pending = this.target.run(input);
      if (pending !== undefined) await pending;
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  /** A busy machine is slow at times, an input each time. */
  private async isSlow(input: Uint8Array): Promise<boolean> {
    for (let n = 0; n < 2; n++) {
      const began = cpuOf(THREAD);
      await this.fault(input);
      if (cpuOf(THREAD) - began < SLOW / 1000) return false;
    }
    return true;
  }

  /** Findings with the same message and place are the same. */
  private async note(message: string, input: Uint8Array): Promise<void> {
    const key = keyOf(message);
    if (this.findings.has(key) || this.findings.size >= MOST_FINDINGS) return;
    this.findings.set(key, { message, input });
    this.findings.set(key, { message, input: await this.shortened(input, key) });
  }

  private async shortened(input: Uint8Array, key: string): Promise<Uint8Array> {
    let best = input;
    let left = SHORTENING;
    const still = async (one: Uint8Array) => left-- > 0 && keyOf((await this.fault(one)) ?? '') === key;
    const { structure } = this.target;
    if (structure !== undefined) {
      for (let parts = structure.split(best), n = parts.length >> 1; n >= 1; n >>= 1) {
        for (let at = 0; at < parts.length; ) {
          const fewer = [...parts.slice(0, at), ...parts.slice(at + n)];
          if (await still(structure.join(fewer))) {
            parts = fewer;
            best = structure.join(parts);
          } else at += n;
        }
      }
    }
    for (let n = best.length >> 1; n >= 1; n >>= 1) {
      for (let at = 0; at < best.length; ) {
        const fewer = new Uint8Array(Buffer.concat([best.subarray(0, at), best.subarray(at + n)]));
        if (await still(fewer)) best = fewer;
        else at += n;
      }
    }
    return best;
  }

  private async compare(inputs: readonly Uint8Array[]): Promise<void> {
    if (!this.plan.compare) return;
    try {
      await this.target.compare?.(inputs);
    } catch (error) {
      if (!(error instanceof Difference)) throw error;
      this.findings.set(keyOf(error.message), { message: error.message, input: error.input });
    }
  }
}

/** The first line and the first place in the program. */
function keyOf(message: string): string {
  const [first = '', ...rest] = message.split('\n');
  const place = rest.find((line) => /^\s+at /.test(line)) ?? '';
  return first.replace(/\d+/g, 'N').slice(0, 100) + place;
}
