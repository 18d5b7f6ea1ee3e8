// A second thread for large files: it reads them while this one pairs what it has read.
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { NO_POINT, type PointFile } from '../../trace/in-turn.ts';
import { BLOCK, ReadPackets } from '../../trace/read-packets.ts';

/** Bytes of all files from which on a second thread is worth its start. */
const LARGE = 1 << 24;
/** Blocks in circulation: the most that the thread is ahead. */
const BLOCKS = 8;

/** What the thread is to do. */
export interface ReadTask {
  files: { path: string; points: number[]; isOrdered: boolean }[];
  /** Bytes captured of each packet at most, by point. */
  limits: number[];
  memory: SharedArrayBuffer[];
  /** By block: 1 where it may be filled. */
  free: SharedArrayBuffer;
}

/** How a file ended. */
export interface End {
  damage: string | undefined;
  truncated: boolean | undefined;
}

/**
 * What the thread says: at first its secret, then which block holds how many packets, at last how the files ended; or that
 * packets arrive before they left, so that the clocks of the files must differ.
 */
export type Answer =
  | { secret: number }
  | { clocksDiffer: true }
  | { block: number; count: number; progress: number }
  | { ends: End[] };

/** The consumer of the packets read. */
interface ReadTaker {
  takeRead(packets: ReadPackets, secret: number): void;
}

export class ReadAhead {
  /** How much of the files was read. */
  progress = 0;
  private readonly worker: Worker;
  private readonly blocks: readonly ReadPackets[];
  private readonly free: Int32Array;
  private readonly answers: Answer[] = [];
  private failure: unknown;
  private notify: () => void = () => {};

  private constructor(worker: Worker, task: ReadTask) {
    this.worker = worker;
    this.blocks = task.memory.map((one) => new ReadPackets(one));
    this.free = new Int32Array(task.free);
    worker.on('message', (answer: Answer) => {
      this.answers.push(answer);
      this.notify();
    });
    worker.once('error', (error) => this.fail(error));
    worker.once('exit', () => this.fail(new Error('the second thread of trace ended too early')));
    worker.postMessage(task);
  }

  private fail(error: unknown): void {
    this.failure ??= error;
    this.notify();
  }

  /** Starts the thread where the files are large, can be opened twice, and hold nothing but packets of points. */
  static async start(
    files: readonly PointFile[],
    points: readonly { snaplen?: number }[],
  ): Promise<ReadAhead | undefined> {
    if (availableParallelism() < 2 || files.some((file) => file.points.includes(NO_POINT))) return undefined;
    const sizes = files.map(({ path }) => sizeOf(path));
    if (sizes.includes(undefined) || sizes.reduce((sum: number, size) => sum + size!, 0) < LARGE)
      return undefined;
    const { Worker } = await import('node:worker_threads');
    const free = new SharedArrayBuffer(4 * BLOCKS);
    new Int32Array(free).fill(1);
    return new ReadAhead(new Worker(new URL('../trace-reader.js', import.meta.url)), {
      files: files.map(({ path, points: own, isOrdered }) => ({ path, points: own, isOrdered })),
      limits: points.map(({ snaplen }) => snaplen ?? 0),
      memory: Array.from({ length: BLOCKS }, () => new SharedArrayBuffer(BLOCK)),
      free,
    });
  }

  /**
   * Hands over all packets, block by block. Returns how the files ended; undefined where their clocks differ, so that
   * the order of the packets is wrong. Throws what the thread threw.
   */
  async read(taker: ReadTaker, step: (packets: number) => void): Promise<End[] | undefined> {
    let secret = 0;
    let packets = 0;
    for (;;) {
      const answer = this.answers.shift();
      if (answer === undefined) {
        if (this.failure !== undefined) throw this.failure;
        await new Promise<void>((resolve) => {
          this.notify = resolve;
        });
      } else if ('ends' in answer) return answer.ends;
      else if ('clocksDiffer' in answer) return undefined;
      else if ('secret' in answer) secret = answer.secret;
      else {
        const block = this.blocks[answer.block];
        block.count = answer.count;
        taker.takeRead(block, secret);
        Atomics.store(this.free, answer.block, 1);
        Atomics.notify(this.free, answer.block);
        packets += answer.count;
        this.progress = answer.progress;
        step(packets);
      }
    }
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}

/** Of a regular file. */
function sizeOf(path: string): number | undefined {
  try {
    const status = statSync(path);
    return status.isFile() ? status.size : undefined;
  } catch {
    return undefined; // opening it for good will say what is wrong
  }
}
