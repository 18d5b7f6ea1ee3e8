// Waiting for descriptors with poll(2), for all captures of this process on one thread of libuv's few.
import { readSync, writeSync } from 'node:fs';
import { NscapError } from '../errors.ts';
import { LITTLE_ENDIAN, lastFailure, libc } from './libc.ts';

const POLLIN = 1;
/** struct pollfd: a descriptor, what is waited for, what there is. */
const POLLFD_SIZE = 8;
const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;
const COUNT = new Uint8Array(8);
const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

/** Who waits for each descriptor. */
const waiting = new Map<number, () => void>();
/** The descriptors of the poll under way, which the kernel keeps open until it returns, closed or not. */
let held: ReadonlySet<number> = new Set();
/** Called once poll has returned. */
const released: (() => void)[] = [];
/** An eventfd(2) that ends the poll under way, made when it is first needed. */
let event = -1;
let polling = false;

/** Waits until the descriptor has something to read (or an error to tell), or `wake` is called with it. */
export function readable(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    waiting.set(descriptor, resolve);
    if (polling) interrupt();
    else poll().catch(reject);
  });
}

/** Ends the wait for the descriptor, if there is one. What is closed once the promise is resolved is closed at once. */
export function wake(descriptor: number): Promise<void> {
  const resolve = waiting.get(descriptor);
  if (resolve !== undefined) {
    waiting.delete(descriptor);
    interrupt();
  }
  if (!held.has(descriptor)) {
    resolve?.();
    return Promise.resolve();
  }
  return new Promise((over) => {
    released.push(() => {
      resolve?.();
      over();
    });
  });
}

function interrupt(): void {
  // Without one there is no poll under way.
  if (event >= 0) writeSync(event, ONE);
}

async function poll(): Promise<void> {
  if (event < 0) {
    event = libc().eventDescriptor(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event < 0) throw new NscapError('SYSTEM', `no event descriptor: ${lastFailure().words}`);
    // process.exit waits for the thread that polls.
    process.on('exit', interrupt);
  }
  polling = true;
  while (waiting.size > 0) {
    const descriptors = [event, ...waiting.keys()];
    const view = new DataView(new ArrayBuffer(descriptors.length * POLLFD_SIZE));
    for (const [i, descriptor] of descriptors.entries()) {
      view.setInt32(i * POLLFD_SIZE, descriptor, LITTLE_ENDIAN);
      view.setUint16(i * POLLFD_SIZE + 4, POLLIN, LITTLE_ENDIAN);
    }
    held = new Set(descriptors);
    await wait(new Uint8Array(view.buffer), descriptors.length);
    held = new Set();
    for (const over of released.splice(0)) over();
    for (const [i, descriptor] of descriptors.entries()) {
      if (view.getUint16(i * POLLFD_SIZE + 6, LITTLE_ENDIAN) === 0) continue;
      if (descriptor === event) readSync(event, COUNT);
      else {
        waiting.get(descriptor)?.();
        waiting.delete(descriptor);
      }
    }
  }
  polling = false;
}

function wait(descriptors: Uint8Array, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    libc().poll.async(descriptors, count, -1, (error) => (error ? reject(error) : resolve()));
  });
}
