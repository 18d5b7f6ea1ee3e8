// Signals and ends that leave nothing behind: nohup, SIGUSR1, SIGUSR2, kill -9 of a process that has children.
import { readdirSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { PROGRAM, start } from '../support/nscap.ts';
import { processFile } from '../support/proc.ts';
import { Lab, type Running } from './capture-lab.ts';

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

/** A line of /proc/PID/status; undefined where the process has ended. */
function status(pid: number, key: string): string | undefined {
  return new RegExp(`^${key}:\\s+(\\S+)`, 'm').exec(processFile(pid, 'status') ?? '')?.[1];
}

const alive = (pid: number) => !['Z', undefined].includes(status(pid, 'State'));

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
    await until(() => !children.some(alive), `the end of ${children.join(', ')}`);
    expect(children.filter(alive)).toEqual([]);
  });

  const ONE = ['capture', 'a', 'veth0', 'icmp'];
  const FILE = ['capture', '-w', '/dev/null', 'a', 'veth0', 'icmp'];
  const PCAPNG = ['capture', '--pcapng', '-w', '/dev/null', 'a', 'any', 'icmp'];
  const TWO = ['capture', 'a', '-i', 'a:veth0', '-i', 'b:veth1', 'icmp'];
  const COMMANDS: [name: string, args: string[], ready: RegExp, status: (signal: number) => number][] = [
    ['capture', ONE, /listening on/, () => 0],
    ['capture -w', FILE, /listening on/, () => 0],
    ['capture --pcapng', PCAPNG, /listening on/, () => 0],
    ['capture in two namespaces', TWO, /listening on[\s\S]*listening on/, () => 0],
    ['drops', ['drops', 'a'], /watching drops/, () => 0],
    ['map --watch', ['map', '--watch'], /veth0/, () => 0],
    ['nc -l', ['nc', '-l', '-v', '127.0.0.1', '7096'], /listening/i, (signal) => 128 + signal],
    ['nc --netns -l', ['nc', '--netns', 'a', '-l', '-v', '7096'], /listening/i, (signal) => 128 + signal],
    [
      'lab exec',
      ['lab', 'exec', 'a', 'sh', '-c', 'echo begun; exec sleep 1000'],
      /begun/,
      (signal) => 128 + signal,
    ],
  ];
  const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

  async function begun(argv: string[], ready: RegExp): Promise<Running> {
    const running = lab.start(argv);
    await until(() => ready.test(running.stdout + running.stderr), `${ready} of ${argv.join(' ')}`);
    return running;
  }

  describe.each(COMMANDS)('%s', (_, args, ready, expected) => {
    test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it, and all it started', async (name) => {
      const running = await begun([process.execPath, PROGRAM, ...args], ready);
      const children = descendants(running.child.pid!);
      const { status, signal } = await running.stop(name);
      // What a signal ended shows 128 + N in a shell, as what exits so.
      expect(signal === null ? status : 128 + NUMBERS[name]).toBe(expected(NUMBERS[name]));
      await until(() => !children.some(alive), `the end of ${children.join(', ')}`);
    });

    test('with SIGHUP ignored at birth it goes on, and SIGUSR1 opens no debugger', async () => {
      const running = await begun(['sh', '-c', 'trap "" HUP; exec "$@"', 'sh', PROGRAM, ...args], ready);
      const { child } = running;
      child.kill('SIGHUP');
      // A program that lab exec runs has the signal, and sleep ends of it.
      if (!args.includes('exec')) child.kill('SIGUSR1');
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect([child.exitCode, child.signalCode]).toEqual([null, null]);
      expect(running.stderr).not.toContain('Debugger');
      const children = descendants(child.pid!);
      await running.stop('SIGKILL');
      await until(() => !children.some(alive), `the end of ${children.join(', ')}`);
    });
  });
});
