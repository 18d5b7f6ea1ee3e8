// Signals and ends that leave nothing behind: nohup, SIGUSR1, SIGUSR2, kill -9 of a process that has children.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { PROGRAM, start } from '../support/nscap.ts';
import { Lab } from './capture-lab.ts';

/** Milliseconds that a loaded machine may take. */
const PATIENCE = 30_000;

async function until(met: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; !met(); ) {
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Process ids of all descendants. */
function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = status(Number(name), 'PPid');
    if (parent !== undefined)
      children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(name)]);
  }
  const below = (one: number): number[] =>
    (children.get(one) ?? []).flatMap((each) => [each, ...below(each)]);
  return below(pid);
}

function status(pid: number, key: string): string | undefined {
  try {
    return new RegExp(`^${key}:\\s+(\\S+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined; // It has ended.
  }
}

const running = (pid: number) => !['Z', undefined].includes(status(pid, 'State'));

test('SIGUSR1 opens no debugger, in no command', async () => {
  const server = start(['nc', '-l', '-v', '127.0.0.1', String(20_000 + (process.pid % 10_000))]);
  let said = '';
  server.stderr.on('data', (chunk) => {
    said += chunk;
  });
  await until(() => /listening/i.test(said), 'nc listens');
  server.kill('SIGUSR1');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(said).not.toContain('Debugger');
  expect(server.exitCode).toBeNull();
  server.kill('SIGTERM');
});

describe.runIf(has('netns'))('in a lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab.remove());

  test.each([[[]], [['--print']]])('nohup: a capture goes on after SIGHUP %j', async (options: string[]) => {
    const file = lab.file(`nohup${options.length}.pcap`);
    const argv = [PROGRAM, 'capture', '-w', file, ...options, 'a', 'veth0', 'icmp'];
    const capture = lab.start(['sh', '-c', 'trap "" HUP; exec "$@"', 'sh', ...argv]);
    await capture.said(/listening on/);
    capture.child.kill('SIGHUP');
    await lab.ping(2);
    const { stderr } = await capture.stop();
    expect(stderr).toContain('\n4 packets captured\n');
  });

  test('without nohup SIGHUP ends it, also where a shell starts it', async () => {
    const argv = [PROGRAM, 'capture', '-w', lab.file('hup.pcap'), 'a', 'veth0', 'icmp'];
    const capture = lab.start(argv);
    await capture.said(/listening on/);
    expect((await capture.stop('SIGHUP')).stderr).toContain('\n0 packets captured\n');
  });

  test.each([[[]], [['--pcapng']], [['--print']]])(
    'SIGUSR2: what was captured is in the file, and the capture goes on %j',
    async (options: string[]) => {
      const file = lab.file(`usr2${options.join('')}`);
      const capture = await lab.capture(['-w', file, ...options, 'a', 'veth0', 'icmp']);
      const before = statSync(file).size;
      await lab.ping(2);
      capture.child.kill('SIGUSR2');
      await until(() => statSync(file).size >= before + 4 * (16 + 98), 'the packets are in the file');
      expect((await capture.stop()).stderr).toContain('\n4 packets captured\n');
    },
  );

  test.each([
    ['captures in two namespaces', ['capture', '-w', '/dev/null', 'a', '-i', 'a:veth0', '-i', 'b:veth1'], 2],
    ['map --watch', ['map', '--watch'], 2],
    ['nc in another namespace', ['nc', '--netns', 'a', '-l', '-v', '7096'], 1],
    ['lab exec', ['lab', 'exec', 'a', 'sleep', '1000'], 1],
  ])('after kill -9 nothing runs on: %s', async (_, args, least) => {
    const { child } = lab.start([process.execPath, PROGRAM, ...args]);
    await until(() => descendants(child.pid!).length >= least, `${least} children`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const children = descendants(child.pid!);
    child.kill('SIGKILL');
    await until(() => !children.some(running), `the end of ${children.join(', ')}`);
    expect(children.filter(running)).toEqual([]);
  });
});
