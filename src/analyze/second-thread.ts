// A second thread for large files: both read the whole file, each looks at half of the connections.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { Detached } from '../flow/partition.ts';
import { keptOpen } from '../source/input.ts';

/** Bytes from which on a second thread is worth its start. */
const LARGE = 1 << 26;

/** What the thread is to do. */
export interface Task {
  file: string;
  filter: string;
  maxConnections: number;
  /** Which groups of connections are in which half. */
  halves: Uint8Array;
  /** Descriptors of files that this process may not open any more. */
  kept: ReadonlyMap<string, number>;
}

/** The thread at work. */
export interface Partner {
  /** Of its task: it looks at the second half. */
  readonly halves: Uint8Array;
  /** What it found; throws what it threw. */
  readonly result: Promise<Detached>;
  stop(): void;
}

/** A thread started, and the file it was started for. */
let prepared: { worker: Worker; file: string } | undefined;

/**
 * Starts the thread where one of these words of a command line names a file that is large and can be read twice, and
 * where there is a second processor. A thread takes as long to start as the program that parses the command line.
 */
export async function preparePartner(words: readonly string[]): Promise<void> {
  const file = availableParallelism() < 2 ? undefined : words.find(isLarge);
  if (file === undefined) return;
  const { Worker } = await import('node:worker_threads');
  const worker = new Worker(new URL('../analyze-worker.js', import.meta.url));
  // It goes with the process unless it gets something to do.
  worker.unref();
  prepared = { worker, file };
}

/** Gives the task to the thread, where it was started for this file; `split` answers the halves. */
export async function startPartner(
  task: Omit<Task, 'halves' | 'kept'>,
  split: (file: string) => Promise<Uint8Array>,
): Promise<Partner | undefined> {
  if (prepared?.file !== task.file) return undefined;
  const { worker } = prepared;
  const halves = await split(task.file);
  worker.ref();
  worker.postMessage({ ...task, halves, kept: keptOpen() } satisfies Task);
  const result = new Promise<Detached>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new Error(`the second thread of analyze ended with status ${code}`)),
    );
  });
  result.catch(() => {}); // its error is for who awaits it
  return { halves, result, stop: () => void worker.terminate() };
}

/** A regular file that is large and not compressed: a capture's magic number is no gzip's or zstd's. */
function isLarge(file: string): boolean {
  try {
    const status = statSync(file);
    if (!status.isFile() || status.size < LARGE) return false;
    const magic = new Uint8Array(4);
    const descriptor = openSync(file, 'r');
    readSync(descriptor, magic);
    closeSync(descriptor);
    const number = new DataView(magic.buffer).getUint32(0);
    return MAGICS.has(number);
  } catch {
    return false; // opening it for good will say what is wrong
  }
}

/** pcap with microseconds and nanoseconds, in both byte orders; pcapng. */
const MAGICS = new Set([0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a]);
