// nscap top on a real terminal (a pty that script(1) makes), with real traffic; and the terminal afterwards.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { tableOf } from '../store/read.ts';
import { has } from '../support/needs.ts';
import { nscap, PROGRAM } from '../support/nscap.ts';
import { processFile } from '../support/proc.ts';
import { Lab, type Running } from './capture-lab.ts';

const ENTER = '\x1b[?1049h';
const LEAVE = '\x1b[?1049l';
const SHOW_CURSOR = '\x1b[?25h';

test('without a terminal it says what answers programs instead', async () => {
  const { status, stderr, stdout } = await nscap(['top', 'host', 'lo']);
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/top needs a terminal[\s\S]*capture --analyze --json[\s\S]*nscap analyze/);
});

test('a wrong order is a usage error', async () => {
  const { status, stderr } = await nscap(['top', '--sort', 'beauty', 'host', 'lo']);
  expect(status).toBe(2);
  expect(stderr).toContain('bytes, packets, rtt, retransmissions');
});

describe.runIf(has('netns', 'script'))('on a terminal', () => {
  let lab: Lab;
  const started: Running[] = [];
  beforeAll(async () => {
    lab = await Lab.make();
    started.push(
      lab.start(
        inside(
          'b',
          `require('node:net').createServer((socket) => { socket.on('error', () => {}); socket.pipe(socket); })
             .listen(7000, '10.1.0.2', () => console.log('listening'));`,
        ),
      ),
    );
    await started[0].printed(/listening/);
    started.push(
      lab.start(
        inside(
          'a',
          `const socket = require('node:net').connect(7000, '10.1.0.2', () => {
             console.log(socket.localPort); setInterval(() => socket.write(Buffer.alloc(1000)), 20); socket.resume();
           }); socket.on('error', () => {});`,
        ),
      ),
    );
    await started[1].printed(/\d+/);
  });
  afterAll(() => {
    for (const one of started) one.child.kill('SIGKILL');
    lab?.remove();
  });

  let terminal: Running | undefined;
  afterEach(() => {
    terminal?.child.kill('SIGKILL');
  });

  const inside = (namespace: string, program: string) => [
    'ip',
    'netns',
    'exec',
    namespace,
    process.execPath,
    '-e',
    program,
  ];
  const quoted = (words: string[]) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

  /** Starts top on a terminal of that size, and waits for a screen that matches. Afterwards the terminal's state is told. */
  async function top(args: string[], pattern: RegExp, [rows, columns] = [20, 110]): Promise<Running> {
    const program = quoted([process.execPath, PROGRAM, 'top', ...args]);
    const shell = `stty rows ${rows} cols ${columns}; ${program}; echo "status $?"; stty -a`;
    terminal = lab.start(['script', '-qfc', shell, '/dev/null'], { TERM: 'xterm' });
    await terminal.printed(pattern);
    return terminal;
  }

  /** The process of nscap on the terminal: the child of script's shell. */
  function pidOf(running: Running): number {
    const child = (pid: number) => Number(processFile(pid, `task/${pid}/children`)!.trim().split(' ')[0]);
    return child(child(running.child.pid!));
  }

  /** The text of the last whole screen, without escapes. */
  function screen(output: string): string {
    const last = output.slice(0, output.lastIndexOf('\x1b[J')).split('\x1b[H').at(-1)!;
    return last.replace(/\x1b\[[0-9;?]*[a-zA-Z]/g, '');
  }

  /** The terminal is as it was before. */
  async function expectClean(running: Running, status: number): Promise<void> {
    await running.printed(/-?iexten[\s\S]*\n/);
    const { stdout } = running;
    expect(stdout).toContain(`status ${status}`);
    expect(stdout.lastIndexOf(LEAVE)).toBeGreaterThan(stdout.lastIndexOf(ENTER));
    expect(stdout.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stdout.lastIndexOf('\x1b[?25l'));
    expect(stdout.lastIndexOf('\x1b[?7h')).toBeGreaterThan(stdout.lastIndexOf('\x1b[?7l'));
    const after = stdout.slice(stdout.indexOf('status '));
    expect(after).toMatch(/(?<!-)icanon/);
    expect(after).toMatch(/(?<!-)echo /);
    expect(after).toMatch(/(?<!-)isig/);
  }

  test('it shows the connection, how fast it is, and how long its round trips take; q ends it', async () => {
    const port = started[1].stdout.trim();
    const running = await top(['a', 'veth0'], new RegExp(`10\\.1\\.0\\.1:${port} > 10\\.1\\.0\\.2:7000`));
    await running.printed(/ open/);
    const shown = screen(running.stdout);
    expect(shown).toContain('nscap top  a:veth0');
    expect(shown).toMatch(/\d+ packets\/s, [\d.]+ [kM]bit\/s, 100 % TCP; 1 connection\b/);
    expect(shown).toMatch(/10\.1\.0\.2:7000 +\d+ +[\d.]+ k?B +[\d.]+ k?B +[\d.]+ (µs|ms) +0 open/);
    running.child.stdin!.write('q');
    await expectClean(running, 0);
  });

  test('with --store what is watched is a row when it ends', async () => {
    const store = lab.file('rows');
    const running = await top(['--store', store, 'a', 'veth0', 'tcp'], / open/);
    running.child.stdin!.write('q');
    await expectClean(running, 0);
    const [row] = await tableOf(store, 'connections');
    expect(row).toMatchObject({ interface: 'a:veth0', server_address: '10.1.0.2', server_port: 7000 });
    expect(row.packets_client).toBeGreaterThan(0n);
  });

  test('keys change the order, and the filter and --sort are heeded', async () => {
    const running = await top(['--sort', 'rtt', 'a', 'veth0', 'tcp', 'port', '7000'], /by rtt;/);
    expect(screen(running.stdout)).toContain('a:veth0  tcp port 7000');
    running.child.stdin!.write('t');
    await running.printed(/by retransmissions;/);
    running.child.stdin!.write('p');
    await running.printed(/by packets;/);
    running.child.stdin!.write('q');
    await expectClean(running, 0);
  });

  test('a filter that takes no packet leaves the list empty', async () => {
    const running = await top(['a', 'veth0', 'tcp port 7001'], /0 packets\/s[\s\S]*\n[\s\S]*0 packets\/s/);
    expect(screen(running.stdout)).not.toContain('7000');
    running.child.stdin!.write('q');
    await expectClean(running, 0);
  });

  test('on any, each connection tells its interface', async () => {
    const running = await top(['a', 'any'], /veth0 10\.1\.0\.1:\d+ > 10\.1\.0\.2:7000/);
    running.child.stdin!.write('q');
    await expectClean(running, 0);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('%s ends it with a clean terminal', async (signal, status) => {
    const running = await top(['a', 'veth0'], /7000/);
    process.kill(pidOf(running), signal);
    await expectClean(running, status);
  });

  test('Ctrl-C ends it, Ctrl-Z is survived where no shell can bring it back', async () => {
    const running = await top(['a', 'veth0'], /7000/);
    running.child.stdin!.write('\x1a');
    await running.printed(/1049l[\s\S]*1049h[\s\S]*7000/);
    running.child.stdin!.write('\x03');
    await expectClean(running, 130);
  });

  test('a terminal that is gone ends it', async () => {
    const running = await top(['a', 'veth0'], /7000/);
    const pid = pidOf(running);
    running.child.kill('SIGKILL');
    // Ended, or about to be: its parent is gone as well.
    const isGone = () => (processFile(pid, 'stat')?.split(') ')[1][0] ?? 'Z') === 'Z';
    await expect.poll(isGone).toBe(true);
  });

  test('an interface or a namespace that is gone ends it with a sentence', async () => {
    await lab.shell('ip -n a link add gone0 type veth peer name gone1; ip -n a link set gone0 up');
    const running = await top(['a', 'gone0'], /a:gone0/);
    await lab.shell('ip -n a link del gone0');
    await running.printed(/a:gone0 has disappeared/);
    await expectClean(running, 1);
    await lab.shell('ip netns add gone; ip -n gone link set lo up');
    const other = await top(['gone', 'lo'], /gone:lo/);
    await lab.shell('ip netns del gone');
    await other.printed(/the namespace was deleted/);
    await expectClean(other, 1);
  });

  test('an error before anything is shown leaves the terminal alone', async () => {
    const running = await top(['a', 'nothing0'], /status 1/);
    expect(running.stdout).not.toContain(ENTER);
    expect(running.stdout).toContain('nothing0');
    const wrong = await top(['a', 'veth0', 'tcp prot 1'], /status [12]/);
    expect(wrong.stdout).not.toContain(ENTER);
  });

  test('narrow and low terminals are served, and a new size is followed', async () => {
    const running = await top(['a', 'veth0'], /7000/, [6, 40]);
    const lines = screen(running.stdout).split(/\r*\n/);
    expect(lines.length).toBeLessThanOrEqual(6);
    expect(lines.filter((line) => line.length > 40)).toEqual([]);
    const pid = pidOf(running);
    await lab.shell(`stty -F /proc/${pid}/fd/0 rows 30 cols 120; kill -WINCH ${pid}`);
    await running.printed(/resent +state/);
    running.child.stdin!.write('q');
    await expectClean(running, 0);
  });
});
