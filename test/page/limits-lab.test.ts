// Who limited a sender, in a lab where one thing does: the same verdict from captures at both ends, and the kernel's.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaptureData, DirectionData } from '../../src/page/document.ts';
import { has } from '../support/needs.ts';
import { finish, nscap, start } from '../support/nscap.ts';

const SECONDS = 3;
/** Bytes per second that a slow reader takes. */
const SLOW = 400_000;

/** Servers: each port has its own way to read or to write. */
const SERVERS = `
const net = require('node:net');
const slowly = (socket) => socket.on('data', (data) => {
  socket.pause();
  setTimeout(() => socket.resume(), data.length / ${SLOW / 1000});
});
net.createServer((socket) => socket.resume()).listen(5001);
net.createServer(slowly).listen(5002);
net.createServer((socket) => {
  socket.on('error', () => {});
  socket.end(Buffer.alloc(${SECONDS * SLOW}));
}).listen(5003, () => console.log('up'));
`;

/** Clients: 5001 idle between bursts, 5002 a slow reader there, 5003 a slow reader here. */
const CLIENTS = `
const net = require('node:net');
const to = (port) => net.connect(port, '10.9.2.2');
const idle = to(5001);
let bursts = 0;
const timer = setInterval(() => {
  idle.write(Buffer.alloc(30_000));
  if (++bursts === ${SECONDS * 4}) { clearInterval(timer); idle.end(); }
}, 250);
to(5002).end(Buffer.alloc(${SECONDS * SLOW}));
const slow = to(5003);
slow.on('data', (data) => {
  slow.pause();
  setTimeout(() => slow.resume(), data.length / ${SLOW / 1000});
});
`;

const tag = `nscap${process.pid}`;
const [client, middle, server] = ['c', 'm', 's'].map((one) => `${tag}${one}`) as [string, string, string];
const ip = (words: string) => execFileSync('ip', words.split(' '), { stdio: 'pipe' });
const inside = (name: string, ...argv: string[]) =>
  execFileSync('ip', ['netns', 'exec', name, ...argv], { stdio: 'pipe' });

function makeLab(): void {
  for (const name of [client, middle, server]) ip(`netns add ${name}`);
  for (const [name, link, network] of [
    [client, 'm0', '10.9.1'],
    [server, 'm1', '10.9.2'],
  ]) {
    ip(`link add v0 netns ${name} type veth peer name ${link} netns ${middle}`);
    ip(`-n ${name} addr add ${network}.2/24 dev v0`);
    ip(`-n ${middle} addr add ${network}.1/24 dev ${link}`);
    ip(`-n ${name} link set v0 up`);
    ip(`-n ${middle} link set ${link} up`);
    ip(`-n ${name} route add default via ${network}.1`);
    // A receive buffer that does not grow to all there is to send.
    inside(name, 'sysctl', '-qw', 'net.ipv4.tcp_rmem=4096 65536 131072');
  }
  inside(middle, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
}

describe.runIf(has('root'))('in a lab', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nscap-limits-'));
  const captures: Record<'client' | 'server', CaptureData> = Object.create(null);

  beforeAll(async () => {
    makeLab();
    const files = { client: join(folder, 'client.pcapng'), server: join(folder, 'server.pcapng') };
    const running: [ChildProcess, Promise<unknown>][] = [];
    for (const [side, name] of [
      ['client', client],
      ['server', server],
    ] as const) {
      const options = ['-w', files[side], '--sockets', '--sockets-interval', '20ms'];
      const capture = start(['capture', ...options, name, 'v0', 'tcp']);
      running.push([capture, finish(capture)]);
      await new Promise<void>((resolve) => {
        capture.stderr.on('data', (text) => String(text).includes('listening') && resolve());
      });
    }
    const node = (name: string, program: string) =>
      spawn('ip', ['netns', 'exec', name, process.execPath, '-e', program]);
    const servers = node(server, SERVERS);
    await once(servers.stdout, 'data');
    await once(node(client, CLIENTS), 'close');
    servers.kill();
    for (const [capture, ended] of running) {
      capture.kill('SIGINT');
      await ended;
    }
    for (const side of ['client', 'server'] as const) {
      const { stdout } = await nscap(['report', '--json', files[side]]);
      captures[side] = JSON.parse(stdout).captures[0];
    }
  }, 90_000);

  afterAll(() => {
    for (const name of [client, middle, server]) ip(`netns del ${name}`);
    rmSync(folder, { recursive: true, force: true });
  });

  const direction = (at: 'client' | 'server', port: number, sender: 'client' | 'server'): DirectionData => {
    const { connections, graphs } = captures[at];
    const row = connections.find((one) => one.server === `10.9.2.2:${port}`)!;
    const graph = graphs.find(({ stream }) => stream === row.stream)!;
    return graph.directions.find((one) => one.sender === sender)!;
  };

  describe.each([
    ['a sender that is idle between bursts', 5001, 'client', 'application'],
    ['a slow reader', 5002, 'client', 'receiver-window'],
    ['a slow reader that is the client', 5003, 'server', 'receiver-window'],
  ] as const)('%s', (_, port, sender, cause) => {
    const share = ({ causes }: DirectionData['limits']) =>
      causes.find((one) => one.cause === cause)?.share ?? 0;

    test.each(['client', 'server'] as const)('as the %s sees it', (at) => {
      expect(share(direction(at, port, sender).limits)).toBeGreaterThan(0.85);
    });

    test("with the kernel's samples", () => {
      expect(share(direction(sender, port, sender).kernel!.limits!)).toBeGreaterThan(0.85);
    });
  });

  test('what the kernel counts as limited by the window is that', () => {
    const { kernel } = direction('client', 5002, 'client');
    const { seconds } = kernel!.limits!.causes.find((one) => one.cause === 'receiver-window')!;
    expect(kernel!.last.rwnd_limited! / 1e6).toBeGreaterThan(1);
    expect(seconds).toBeGreaterThan(kernel!.last.rwnd_limited! / 1e6 - 0.05);
  });
});
