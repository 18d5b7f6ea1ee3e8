// A disk that fills up, and a reader that goes away: what was captured before is in the file, whole, and the rest of the
// command goes on as far as it can.
import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFile } from '../../src/source/file.ts';
import { Lab } from '../cli/capture-lab.ts';
import { met } from '../support/needs.ts';
import { PROGRAM } from '../support/nscap.ts';

/** Bytes of the disk; more than ten times as many are sent. */
const DISK = 64 * 1024;
const LARGEST_BLOCK = 256;

/** What a file has, which must be whole: how many packets of each interface, and their times in seconds. */
async function contents(path: string): Promise<{ packets: number[]; times: number[] }> {
  const source = await openFile(path);
  const packets: number[] = [];
  const times: number[] = [];
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      packets[batch.interface[i]] = (packets[batch.interface[i]] ?? 0) + 1;
      times.push(batch.seconds[i] + batch.nanoseconds[i] / 1e9);
    }
  }
  await source.close();
  expect(source.damage).toBeUndefined();
  return { packets, times };
}

describe.runIf(met('root'))('what was captured is in the file', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
    await lab.shell(`mkdir -p /mnt/full; mount -t tmpfs -o size=${DISK} tmpfs /mnt/full`);
  });
  afterAll(() => lab.remove());

  const start = (...words: string[]) => lab.start([process.execPath, PROGRAM, ...words]);

  test.each([
    ['trace', ['trace', '-q', 'a:veth0', 'b:veth1', 'udp', 'port', '4000'], /tracing at/],
    ['drops', ['drops', '-q', 'b'], /watching drops/],
  ])('%s -w on a full disk: as many packets as it holds', async (name, [command, ...words], begun) => {
    const running = start(command, '-w', '/mnt/full/x', ...words);
    await running.said(begun);
    // Nothing listens there: each datagram is dropped, and answered.
    for (let n = 0; n < 40 && running.child.exitCode === null; n++) await lab.send(200, 128);
    const { status, stdout, stderr } = await running.end();
    expect(stderr).toMatch(/nscap: cannot write \/mnt\/full\/x: no space left on device\n/i);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(status).toBe(1);
    if (name === 'trace') expect(stdout).toMatch(/a:veth0 .* b:veth1/);
    const copy = lab.file(`${name}.pcapng`);
    await lab.shell(`cp /mnt/full/x ${copy}; rm /mnt/full/x`);
    expect(statSync(copy).size).toBeGreaterThan(DISK - LARGEST_BLOCK);
    expect((await contents(copy)).packets[0]).toBeGreaterThan(50);
  });

  test('trace -w: whoever reads the lines goes away, and the file has what was captured until then', async () => {
    const file = lab.file('closed.pcapng');
    const running = start('trace', '--window', '2s', '-w', file, 'a:veth0', 'b:veth1', 'icmp');
    await running.said(/tracing at/);
    running.child.stdout!.destroy();
    const ping = lab.start(['ip', 'netns', 'exec', 'a', 'ping', '-q', '-i', '0.02', '10.1.0.2']);
    const { status, stderr } = await running.end();
    await ping.stop();
    expect(stderr).not.toContain('nscap: ');
    expect(status).toBe(0);
    const { times } = await contents(file);
    // The first line comes after a window: what came meanwhile waits for its fate.
    expect(times.at(-1)! - times[0]).toBeGreaterThan(1);
  });
});
