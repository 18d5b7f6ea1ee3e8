// nscap nc against itself and the real nc tools, in both directions.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { nscap, PATIENCE, PROGRAM, seen } from '../support/nscap.ts';
import { freePort } from './support.ts';

/** How each tool is called. All end with both sides: `-N` is what netcat-openbsd needs for that. */
const TOOLS: Record<string, string[]> = {
  nscap: [process.execPath, PROGRAM, 'nc'],
  ncat: ['ncat'],
  'netcat-openbsd': ['nc.openbsd', '-N'],
};
const ours = TOOLS.nscap;
const pairs = [
  ['nscap', 'nscap'],
  ['nscap', 'ncat'],
  ['nscap', 'netcat-openbsd'],
  ['ncat', 'nscap'],
  ['netcat-openbsd', 'nscap'],
];

const started: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

interface Running {
  child: ChildProcessWithoutNullStreams;
  stderr: () => string;
  /** Resolves with what it wrote and its exit status. */
  ended: Promise<{ stdout: Buffer; stderr: string; status: number | null; signal: string | null }>;
}

/** Starts a tool. Without input its standard input stays open; the test ends it or writes to it. */
function start(argv: string[], input?: string | Uint8Array): Running {
  const child = spawn(argv[0], argv.slice(1));
  started.push(child);
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk) => stdout.push(chunk));
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  if (input !== undefined) child.stdin.end(input);
  const ended = new Promise<Awaited<Running['ended']>>((resolve) =>
    child.on('close', (status, signal) => resolve({ stdout: Buffer.concat(stdout), stderr, status, signal })),
  );
  return { child, stderr: () => stderr, ended };
}

/** Waits until somebody listens on the port, asking the kernel rather than connecting. */
async function listening(
  port: number,
  table: 'tcp' | 'udp' = 'tcp',
  pid: number | 'self' = 'self',
): Promise<void> {
  const wanted = new RegExp(
    `^ *\\d+: [0-9A-F]+:${port.toString(16).toUpperCase().padStart(4, '0')} [0-9A-F]+:0000 (0A|07)`,
    'm',
  );
  for (let tries = 0; tries < PATIENCE / 20; tries++) {
    const text = ['', '6'].map((six) => readFileSync(`/proc/${pid}/net/${table}${six}`, 'utf8')).join('');
    if (wanted.test(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on ${table} port ${port}`);
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const big = randomBytes(8_000_000);

describe.each(pairs)('%s listens, %s connects', (server, client) => {
  test('bulk both ways at once, byte for byte', async () => {
    const port = await freePort();
    const back = randomBytes(3_000_000);
    const listener = start([...TOOLS[server], '-l', '127.0.0.1', `${port}`], back);
    await listening(port);
    const caller = start([...TOOLS[client], '127.0.0.1', `${port}`], big);
    const [served, called] = await Promise.all([listener.ended, caller.ended]);
    expect([served.status, called.status]).toEqual([0, 0]);
    expect(hash(served.stdout)).toBe(hash(big));
    expect(hash(called.stdout)).toBe(hash(back));
  });

  test('a listener without input hears all that comes later', async () => {
    const port = await freePort();
    const listener = start([...TOOLS[server], '-l', '127.0.0.1', `${port}`], '');
    await listening(port);
    const caller = start([...TOOLS[client], '127.0.0.1', `${port}`]);
    for (const line of ['one\n', 'two\n']) {
      caller.child.stdin.write(line);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    caller.child.stdin.end('three\n');
    expect((await listener.ended).stdout.toString()).toBe('one\ntwo\nthree\n');
    expect((await caller.ended).status).toBe(0);
  });

  test('UDP, with an answer', async () => {
    const port = await freePort();
    const option = (name: string) => [...TOOLS[name].filter((word) => word !== '-N'), '-u'];
    const listener = start([...option(server), '-l', '127.0.0.1', `${port}`]);
    await listening(port, 'udp');
    const caller = start([...option(client), '127.0.0.1', `${port}`]);
    caller.child.stdin.write('question\n');
    await seen(listener.child.stdout, /question/);
    listener.child.stdin.write('answer\n');
    expect(await seen(caller.child.stdout, /answer/)).toBe('answer\n');
  });

  test.runIf(has('ipv6'))('IPv6', async () => {
    const port = await freePort('::1');
    const listener = start([...TOOLS[server], '-l', '-6', '::1', `${port}`], '');
    await listening(port);
    const called = await start([...TOOLS[client], '-6', '::1', `${port}`], 'six\n').ended;
    expect(called.status).toBe(0);
    expect((await listener.ended).stdout.toString()).toBe('six\n');
  });
});

describe('half-close', () => {
  // Ncat and netcat-openbsd end at once when such a client comes, and lose what they had to say.
  test.each(Object.keys(TOOLS))(
    'a listener sends all of its input to %s, which has nothing to say',
    async (client) => {
      const port = await freePort();
      const listener = start([...ours, '-l', '127.0.0.1', `${port}`], big);
      await listening(port);
      const called = await start([...TOOLS[client], '127.0.0.1', `${port}`], '').ended;
      expect(hash(called.stdout)).toBe(hash(big));
      expect((await listener.ended).status).toBe(0);
    },
  );

  test('a client ends its own side and waits for an answer that comes later', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let heard = '';
      socket.on('data', (chunk) => {
        heard += chunk;
      });
      socket.on('end', () => setTimeout(() => socket.end(`you said ${heard}`), 700));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await nscap(['nc', '127.0.0.1', `${port}`], { input: 'hello' })).toMatchObject({
      status: 0,
      stdout: 'you said hello',
    });
    server.close();
  });

  test('a connection that the peer resets is one sentence', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) =>
      setTimeout(() => socket.resetAndDestroy(), 100),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await nscap(['nc', '127.0.0.1', `${port}`])).toMatchObject({
      status: 1,
      stderr: `nscap: connection to 127.0.0.1:${port}: Connection reset by peer\n`,
    });
    server.close();
  });
});

describe('what it says with -v', () => {
  test('is what Ncat says', async () => {
    const port = await freePort();
    const words = async (tool: string[]) => {
      const listener = start([...tool, '-l', '-v', '127.0.0.1', `${port}`], '');
      await listening(port);
      const called = await start([...tool, '-v', '127.0.0.1', `${port}`], 'hello').ended;
      const served = await listener.ended;
      const lines = (text: string) =>
        text
          .replace(/^Ncat: /gm, '')
          .replace(/[\d.]+ seconds/, 'N seconds')
          .replace(/(from 127.0.0.1):\d+/, '$1:PORT')
          .split('\n')
          // Ncat also says its version, and where the connection comes from once without the port.
          .filter((line) => !/^Version|from [\d.]+\d\.$/.test(line));
      return [lines(served.stderr), lines(called.stderr)];
    };
    const said = await words(ours);
    expect(said).toEqual(await words(['ncat']));
    expect(said).toEqual([
      [`Listening on 127.0.0.1:${port}`, 'Connection from 127.0.0.1:PORT.', ''],
      [`Connected to 127.0.0.1:${port}.`, '5 bytes sent, 0 bytes received in N seconds.', ''],
    ]);
  });

  test.runIf(has('ipv6'))(
    'without a host it listens on IPv6 and IPv4, each peer under its own kind of address',
    async () => {
      const port = await freePort();
      const listener = start([...ours, '-lvk', `${port}`]);
      await seen(
        listener.child.stderr,
        new RegExp(`^Listening on :::${port}\nListening on 0.0.0.0:${port}$`, 'm'),
      );
      await start([...ours, '127.0.0.1', `${port}`], 'four').ended;
      await start([...ours, '::1', `${port}`], 'six').ended;
      expect(listener.stderr()).toMatch(/^Connection from 127\.0\.0\.1:\d+\.\nConnection from ::1:\d+\.$/m);
    },
  );
});

describe('options', () => {
  test('-k serves several at a time, and all get the input', async () => {
    const port = await freePort();
    const listener = start([...ours, '-l', '-k', '127.0.0.1', `${port}`]);
    await listening(port);
    const callers = [1, 2, 3].map((n) => {
      const caller = start(['ncat', '127.0.0.1', `${port}`]);
      caller.child.stdin.write(`hello ${n}\n`);
      return caller;
    });
    await seen(listener.child.stdout, /(hello \d\n){3}/);
    const heard = callers.map(({ child }) => seen(child.stdout, /to all\n/));
    listener.child.stdin.write('to all\n');
    await Promise.all(heard);
    for (const { child } of callers) child.stdin.end();
    await Promise.all(callers.map(({ ended }) => ended));
    const late = seen(listener.child.stdout, /late/);
    await start(['ncat', '127.0.0.1', `${port}`], 'late\n').ended;
    await late;
    listener.child.kill('SIGTERM');
    expect(await listener.ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
  });

  test('without -k a second client is turned away', async () => {
    const port = await freePort();
    start([...ours, '-l', '127.0.0.1', `${port}`]);
    await listening(port);
    const first = start([...ours, '-v', '127.0.0.1', `${port}`]);
    await seen(first.child.stderr, /Connected/);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await nscap(['nc', '127.0.0.1', `${port}`])).toMatchObject({
      status: 1,
      stderr: `nscap: connect to 127.0.0.1:${port}: Connection refused\n`,
    });
  });

  test('a listener whose input stays open ends with its peer', async () => {
    const port = await freePort();
    const listener = start([...ours, '-l', '-p', `${port}`, '-s', '127.0.0.1']);
    await listening(port);
    listener.child.stdin.write('waiting in the pipe');
    const called = await start(['nc.openbsd', '-N', '127.0.0.1', `${port}`], '').ended;
    expect(called.stdout.toString()).toBe('waiting in the pipe');
    expect((await listener.ended).status).toBe(0);
  });

  test('-p and -s say where the client comes from', async () => {
    const [port, from] = [await freePort(), await freePort('127.0.0.9')];
    const listener = start(['ncat', '-l', '-v', '127.0.0.1', `${port}`], '');
    await listening(port);
    const { status } = await nscap(['nc', '-s', '127.0.0.9', '-p', `${from}`, '127.0.0.1', `${port}`]);
    expect(status).toBe(0);
    expect((await listener.ended).stderr).toContain(`Connection from 127.0.0.9:${from}.`);
  });

  test('-w closes an idle connection, quietly', async () => {
    const port = await freePort();
    start([...ours, '-l', '127.0.0.1', `${port}`]);
    await listening(port);
    const caller = start([...ours, '-v', '-w', '1', '127.0.0.1', `${port}`]);
    expect(await caller.ended).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('Idle timeout expired (1000 ms).'),
    });
  });

  test('-z tells open ports from closed ones, as nc does', async () => {
    const port = await freePort();
    const listener = start([...ours, '-lk', '127.0.0.1', `${port}`]);
    await listening(port);
    const closed = await freePort();
    for (const [ports, status] of [
      [[`${port}`], 0],
      [[`${closed}`], 1],
      [[`${port}-${port}`], 0],
    ] as const) {
      expect((await nscap(['nc', '-z', '127.0.0.1', ...ports])).status, `${ports}`).toBe(status);
      expect(spawnSync('nc.openbsd', ['-z', '127.0.0.1', ...ports]).status, `${ports}`).toBe(status);
    }
    expect(await nscap(['nc', '-zv', '127.0.0.1', `${closed}`, `${port}`])).toMatchObject({
      status: 0,
      stdout: '',
      stderr: `127.0.0.1:${closed}: Connection refused.\nConnected to 127.0.0.1:${port}.\n`,
    });
    expect((await nscap(['nc', '-z', '-u', '127.0.0.1', `${closed}`])).status).toBe(1);
    listener.child.kill();
  });

  test('UDP: nobody there is an error, silence is not', async () => {
    const port = await freePort();
    expect(await nscap(['nc', '-u', '127.0.0.1', `${port}`], { input: 'hello' })).toMatchObject({
      status: 1,
      stderr: `nscap: connection to 127.0.0.1:${port}: Connection refused\n`,
    });
    const listener = start(['ncat', '-u', '-l', '127.0.0.1', `${port}`]);
    await listening(port, 'udp');
    expect((await nscap(['nc', '-u', '-w', '0.3', '127.0.0.1', `${port}`], { input: 'hello' })).status).toBe(
      0,
    );
    listener.child.kill();
  });

  test('UDP with -k hears everybody and answers whoever spoke last', async () => {
    const port = await freePort();
    const listener = start([...ours, '-u', '-l', '-k', '127.0.0.1', `${port}`]);
    await listening(port, 'udp');
    for (const n of [1, 2]) {
      const caller = start(['ncat', '-u', '127.0.0.1', `${port}`]);
      const heard = seen(listener.child.stdout, new RegExp(`hello ${n}`));
      caller.child.stdin.write(`hello ${n}\n`);
      await heard;
      const answered = seen(caller.child.stdout, new RegExp(`answer ${n}`));
      listener.child.stdin.write(`answer ${n}\n`);
      expect(await answered).toBe(`answer ${n}\n`);
    }
  });
});

describe('pressure', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nscap-nc-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a reader that does not read stops the sender, and nothing piles up in between', async () => {
    const port = await freePort();
    const listener = start([...ours, '-l', '127.0.0.1', `${port}`], '');
    listener.child.stdout.pause();
    await listening(port);
    const file = join(folder, 'file');
    writeFileSync(file, Buffer.alloc(100_000_000));
    const caller = start(['sh', '-c', 'exec "$@" < "$0"', file, ...ours, '127.0.0.1', `${port}`]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(caller.child.exitCode, 'the sender should wait').toBe(null);
    for (const { child } of [listener, caller]) {
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1];
      expect(Number(peak), 'most memory used, in KiB').toBeLessThan(120_000);
    }
    let length = 0;
    listener.child.stdout.removeAllListeners('data').on('data', (chunk) => {
      length += chunk.length;
    });
    listener.child.stdout.resume();
    expect((await listener.ended).status).toBe(0);
    expect(length).toBe(100_000_000);
  });

  test('a closed standard output ends it quietly', async () => {
    const port = await freePort();
    const listener = start(['sh', '-c', '"$@" | head -c 5', 'sh', ...ours, '-l', '127.0.0.1', `${port}`], '');
    await listening(port);
    await start([...ours, '127.0.0.1', `${port}`], big).ended;
    expect(await listener.ended).toMatchObject({ stdout: big.subarray(0, 5), stderr: '' });
  });
});

describe('what can not be', () => {
  test.each([
    [['127.0.0.1', '0'], 'port 0 is out of range'],
    [['127.0.0.1', '65536'], 'port 65536 is out of range'],
    [['-l', '70000'], 'port 70000 is out of range'],
    [['127.0.0.1', 'no-such'], "'no-such' is no port number, and no service of /etc/services"],
    [['127.0.0.1', '-p', '1x', '80'], "'1x' is no port number, and no service of /etc/services"],
    [['-z', '127.0.0.1', '25-20'], 'the range of ports 25-20 runs backwards'],
    [['127.0.0.1', '20-25'], "'20-25' is no port number, and no service of /etc/services"],
    [['127.0.0.1'], 'the port is missing'],
    [[], 'the host and port are missing'],
    [['-l'], 'the port to listen on is missing'],
    [['-l', '-p', '1', 'a', '2'], 'the port to listen on is given twice'],
    [['-k', '127.0.0.1', '80'], '-k needs -l'],
    [['-l', '-z', '80'], "-z can't go with -l"],
    [['-n', 'localhost', '80'], "'localhost' is no address"],
    [['-6', '127.0.0.1', '80'], '127.0.0.1 is no IPv6 address'],
    [['-4', '-6', '127.0.0.1', '80'], "option '-4, --ipv4' cannot be used with option '-6, --ipv6'"],
    [['-w', 'soon', '127.0.0.1', '80'], "'soon' is not a time"],
    [['--netns', 'nst-none', '127.0.0.1', '99999'], 'port 99999 is out of range'],
  ])('nc %j is wrong usage', async (args, sentence) => {
    const { status, stdout, stderr } = await nscap(['nc', ...args]);
    expect(stderr.split('\n')[0]).toBe(`nscap: ${sentence}`);
    expect([status, stdout]).toEqual([2, '']);
  });

  test.each([
    [['-l', '192.0.2.1', '7096'], 'listen on 192.0.2.1:7096: Cannot assign requested address'],
    [['-s', '192.0.2.1', '127.0.0.1', '7096'], 'bind to 192.0.2.1: Cannot assign requested address'],
    [['-u', '-l', '192.0.2.1', '7096'], 'bind to 192.0.2.1:7096: Cannot assign requested address'],
    [['--netns', '../x', '127.0.0.1', '80'], "there is no namespace '../x'"],
    [['--netns', 'a;b', '127.0.0.1', '80'], "there is no namespace 'a;b'"],
  ])('nc %j fails with one sentence', async (args, sentence) => {
    const { status, stderr } = await nscap(['nc', ...args]);
    expect(stderr.split('\n')[0]).toBe(`nscap: ${sentence}`);
    expect(status).toBe(1);
  });
});

describe.runIf(has('root'))('between namespaces', () => {
  const [server, client] = [`nst-${process.pid}-nc1`, `nst-${process.pid}-nc2`];
  const ip = (...args: string[]) => {
    const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  };
  afterAll(() => {
    for (const name of [server, client]) spawnSync('ip', ['netns', 'delete', name]);
  });

  test('--netns runs it inside, against the real ncat and itself', async () => {
    for (const name of [server, client]) ip('netns', 'add', name);
    ip('-n', server, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1', 'netns', client);
    ip('-n', server, 'addr', 'add', '10.0.1.0/24', 'dev', 'veth0');
    ip('-n', client, 'addr', 'add', '10.0.2.0/24', 'dev', 'veth1');
    for (const [name, link, route] of [
      [server, 'veth0', '10.0.2.0/24'],
      [client, 'veth1', '10.0.1.0/24'],
    ] as const) {
      ip('-n', name, 'link', 'set', link, 'up');
      ip('-n', name, 'route', 'add', route, 'dev', link);
    }
    const listener = start([...ours, '--netns', server, '-l', '-v', '10.0.1.0', '7096'], 'and back\n');
    await seen(listener.child.stderr, /^Listening on 10\.0\.1\.0:7096$/m);
    const called = await start(['ip', 'netns', 'exec', client, 'ncat', '-v', '10.0.1.0', '7096'], 'there\n')
      .ended;
    expect(called.stdout.toString()).toBe('and back\n');
    const served = await listener.ended;
    expect(served).toMatchObject({ status: 0, stdout: Buffer.from('there\n') });
    expect(served.stderr).toMatch(/^Connection from 10\.0\.2\.0:\d+\.$/m);

    const real = start(['ip', 'netns', 'exec', server, 'nc.openbsd', '-l', '10.0.1.0', '7096']);
    await listening(7096, 'tcp', real.child.pid);
    const mine = await nscap(['nc', `--netns=${client}`, '-v', '10.0.1.0', '7096'], { input: big });
    expect(mine).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^Connected to 10\.0\.1\.0:7096\.\n8000000 bytes sent/),
    });
    expect(hash((await real.ended).stdout)).toBe(hash(big));
  });

  test('a signal reaches the one inside, and its status comes back', async () => {
    spawnSync('ip', ['netns', 'add', server]);
    ip('-n', server, 'link', 'set', 'lo', 'up');
    const listener = start([...ours, '--netns', server, '-l', '-v', '127.0.0.1', '7097']);
    await seen(listener.child.stderr, /Listening/);
    listener.child.kill('SIGTERM');
    expect((await listener.ended).status).toBe(143);
    expect((await nscap(['nc', '--netns', server, '-z', '127.0.0.1', '7097'])).status).toBe(1);
  });
});
