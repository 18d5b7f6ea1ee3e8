import { spawnSync } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { libc, MemoryStream } from '../../src/binding/libc.ts';
import { koffi } from '../../src/binding/load.ts';
import { readable, wake } from '../../src/binding/poll.ts';
import { formatTime } from '../../src/binding/time.ts';

const NONBLOCKING = 0o4000;
const one = new Uint8Array(new BigUint64Array([1n]).buffer);
const pending = Symbol('pending');
const soon = () => new Promise((resolve) => setTimeout(resolve, 30, pending));

test('each wait ends when its descriptor has something to read, in any order, or is woken', async () => {
  const descriptors = [0, 1, 2].map(() => libc().eventDescriptor(0, NONBLOCKING)) as [number, number, number];
  const waits = descriptors.map((descriptor) => readable(descriptor));
  writeSync(descriptors[1], one);
  await waits[1];
  expect(await Promise.race([waits[0], waits[2], soon()])).toBe(pending);
  wake(descriptors[2]);
  await waits[2];
  // Added while another wait is under way.
  const again = readable(descriptors[1]);
  await again;
  writeSync(descriptors[0], one);
  await waits[0];
  wake(descriptors[0]); // Nobody waits: nothing happens.
  for (const descriptor of descriptors) closeSync(descriptor);
});

test('what is closed once it was woken is closed at once: nothing waits for it any more', async () => {
  const pipe = koffi().load(null).func('int pipe(_Out_ int *)');
  for (let i = 0; i < 50; i++) {
    const ends = new Int32Array(2);
    pipe(ends);
    const [from, to] = ends as unknown as [number, number];
    const wait = readable(from);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await wake(from);
    await wait;
    closeSync(from);
    // A poll under way would hold the reading end.
    expect(() => writeSync(to, one)).toThrow('EPIPE');
    closeSync(to);
  }
});

test('a process that exits while it waits for packets is not held by that', () => {
  const program = ['scripts/ts.mjs', 'test/binding/exit-while-waiting.ts'];
  const { status, signal, stderr } = spawnSync(process.execPath, program, {
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect({ status, signal, stderr }).toEqual({ status: 7, signal: null, stderr: '' });
});

test('a memory stream grows as it is written to, and is empty after what is in it was taken', () => {
  const stream = new MemoryStream();
  const write = koffi().load(null).func('size_t fwrite(void *, size_t, size_t, void *)');
  let to: Uint8Array = new Uint8Array(10);
  for (const length of [5, 100_000, 0, 3, 5_000_000, 7]) {
    const bytes = new Uint8Array(length).map((_, i) => (i * 31 + length) & 255);
    if (length > 0) write(bytes, 1, length, stream.file);
    const taken = stream.take(to);
    to = taken.bytes;
    expect(taken.length).toBe(length);
    expect(Buffer.compare(to.subarray(0, length), bytes)).toBe(0);
  }
  stream.close();
});

test('names are filled in as strftime does, in local time', () => {
  const seconds = 1_700_000_000;
  const date = new Date(seconds * 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  expect(formatTime('x-%Y%m%d-%H%M%S-%s.pcap', seconds)).toBe(
    `x-${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}-${seconds}.pcap`,
  );
});
