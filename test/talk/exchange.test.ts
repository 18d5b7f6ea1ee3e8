// The exchange of tcp-test: both ends in this process, in child processes, and against a peer that misbehaves.
import { createHash } from 'node:crypto';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { AGENT, type Instruction } from '../../src/talk/agent.ts';
import { talkIn } from '../../src/talk/child.ts';
import { connect, type ExchangeEvent, type ExchangeOptions, serve } from '../../src/talk/exchange.ts';
import { has } from '../support/needs.ts';
import { PATIENCE, PROGRAM } from '../support/nscap.ts';
import { freePort } from './support.ts';

const MESSAGE = 'this is a test message';
const REPLY = 'and this the answer: äöü';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function options(more: Partial<ExchangeOptions> = {}): Promise<ExchangeOptions> {
  const port = await freePort();
  return { host: '127.0.0.1', port, message: MESSAGE, reply: REPLY, timeoutMs: PATIENCE, ...more };
}

/** Runs both ends here, the client once the server listens. */
async function both(server: ExchangeOptions, client: ExchangeOptions = server) {
  let listening = () => {};
  const ready = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const served = serve(server, ({ event }) => event === 'listening' && listening());
  await ready;
  return Promise.all([served, connect(client)]);
}

describe('an exchange', () => {
  test('carries a message and its reply, and says what each end saw', async () => {
    const given = await options();
    const [server, client] = await both(given);
    expect(client).toMatchObject({
      ok: true,
      stage: 'done',
      sent: MESSAGE.length,
      received: Buffer.byteLength(REPLY),
      sentSha256: sha256(MESSAGE),
      receivedSha256: sha256(REPLY),
      remoteAddress: '127.0.0.1',
      remotePort: given.port,
    });
    expect(client.connectSeconds).toBeGreaterThan(0);
    expect(server).toMatchObject({
      ok: true,
      received: client.sent,
      receivedSha256: client.sentSha256,
      sentSha256: client.receivedSha256,
      localPort: given.port,
      remotePort: client.localPort,
    });
  });

  test('carries bulk in both directions and measures it', async () => {
    const bytes = 5_000_001;
    const [server, client] = await both(await options({ message: { bytes }, reply: { bytes: 70_000 } }));
    expect(client).toMatchObject({ ok: true, sent: bytes, received: 70_000 });
    expect(server).toMatchObject({ ok: true, received: bytes, receivedSha256: client.sentSha256 });
    expect(server.bytesPerSecond).toBeCloseTo(bytes / server.seconds!, 0);
  });

  test.runIf(has('ipv6'))('works with nothing to send, and over IPv6', async () => {
    const [server, client] = await both(await options({ host: '::1', message: '', reply: { bytes: 0 } }));
    expect([server.error, client.error]).toEqual([undefined, undefined]);
  });

  test.each([
    ['another message', { message: 'this is a tesT message' }, 'byte 13 of 22 is not what was sent'],
    ['a message cut short', { message: 'this is' }, undefined],
    ['a message with more behind it', { message: `${MESSAGE}!` }, 'more than the 22 bytes expected came'],
  ])('the server notices %s', async (_, wrong, message) => {
    const given = await options({ timeoutMs: 2000 });
    // The client waits longer: should it give up first, the server sees the end of the connection instead.
    const [server, client] = await both(given, { ...given, ...wrong, timeoutMs: PATIENCE });
    expect(server.ok).toBe(false);
    expect(client.ok).toBe(false);
    if (message !== undefined) expect(server.error).toEqual({ code: 'MISMATCH', message });
    else expect(server).toMatchObject({ stage: 'message', error: { code: 'TIMEOUT' } });
  });

  test('a block of bulk out of its place is noticed at its offset', async () => {
    const given = await options({ message: { bytes: 200_000 } });
    const [server] = await both(given, { ...given, message: 'x'.repeat(200_000) });
    expect(server.error).toEqual({ code: 'MISMATCH', message: 'byte 0 of 200000 is not what was sent' });
  });
});

describe('every wait has a limit', () => {
  let peer: Server | undefined;
  const sockets: Socket[] = [];
  afterEach(() => {
    peer?.close();
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  /** Seconds within which a busy machine still answers. */
  const LIMIT = 1.5;

  /** A server that does as it is told with each socket. */
  async function misbehave(how: (socket: Socket) => void): Promise<ExchangeOptions> {
    const given = await options({ timeoutMs: 1000 * LIMIT });
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      how(socket);
    });
    peer = server;
    await new Promise<void>((resolve) => server.listen(given.port, '127.0.0.1', resolve));
    return given;
  }

  test('nothing listens', async () => {
    const given = await options();
    expect(await connect(given)).toMatchObject({
      ok: false,
      stage: 'connect',
      error: { code: 'ECONNREFUSED', message: `connect to 127.0.0.1:${given.port}: Connection refused` },
    });
  });

  test('nobody connects', async () => {
    const result = await serve(await options({ timeoutMs: 100 }));
    expect(result).toMatchObject({
      stage: 'accept',
      error: { code: 'TIMEOUT', message: 'waiting for a connection: timed out after 0.1 s' },
    });
  });

  test('the port is taken', async () => {
    const given = await misbehave(() => {});
    expect(await serve(given)).toMatchObject({ stage: 'listen', error: { code: 'EADDRINUSE' } });
  });

  test('the server never answers', async () => {
    const given = await misbehave((socket) => socket.resume());
    expect(await connect(given)).toMatchObject({ stage: 'reply', sent: 22, error: { code: 'TIMEOUT' } });
  });

  test('the server never reads', async () => {
    const given = await misbehave((socket) => socket.pause());
    const result = await connect({ ...given, message: { bytes: 50_000_000 } });
    expect(result).toMatchObject({ stage: 'message', error: { code: 'TIMEOUT' } });
  });

  test('the server answers and never closes', async () => {
    const given = await misbehave((socket) => socket.resume().write(REPLY));
    expect(await connect(given)).toMatchObject({
      stage: 'close',
      error: { message: `waiting for the close by 127.0.0.1:${given.port}: timed out after ${LIMIT} s` },
    });
  });

  test('the server resets the connection', async () => {
    const given = await misbehave((socket) => socket.on('data', () => socket.resetAndDestroy()));
    expect(await connect(given)).toMatchObject({ stage: 'reply', error: { code: 'ECONNRESET' } });
  });

  test('the server closes too early', async () => {
    const given = await misbehave((socket) => socket.end('and this'));
    const { error } = await connect(given);
    expect(error).toEqual({ code: 'MISMATCH', message: 'only 8 of 27 bytes came' });
  });

  test('a client that says nothing', async () => {
    const given = await options({ timeoutMs: 1000 * LIMIT });
    const served = serve(given, ({ event }) => {
      if (event === 'listening') sockets.push(dial(given.port, given.host));
    });
    expect(await served).toMatchObject({ stage: 'message', error: { code: 'TIMEOUT' } });
  });
});

describe('agents in child processes', () => {
  const argv = [process.execPath, PROGRAM, AGENT];

  test('talk with each other and tell what happens', async () => {
    const given = await options({ message: { bytes: 1_000_000 } });
    const server = talkIn(argv, { role: 'serve', ...given });
    await server.until('listening');
    const client = talkIn(argv, { role: 'connect', ...given });
    const results = await Promise.all([server.done, client.done]);
    expect(results.map((result) => result.error)).toEqual([undefined, undefined]);
    const names = (events: ExchangeEvent[]) => events.map(({ event }) => event);
    expect(names(server.events)).toEqual(['listening', 'connected', 'done']);
    expect(names(client.events)).toEqual(['connected', 'done']);
    await expect(server.until('connected')).resolves.toBeUndefined();
  });

  test('an event that never comes is told as the reason it did not', async () => {
    const given = await options();
    const client = talkIn(argv, { role: 'connect', ...given });
    await expect(client.until('connected')).rejects.toThrow('Connection refused');
  });

  test('an agent ends when its parent is gone', async () => {
    const { spawn } = await import('node:child_process');
    const child = spawn(argv[0], argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    const instruction: Instruction = { role: 'serve', ...(await options()) };
    child.stdin.write(`${JSON.stringify(instruction)}\n`);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    expect(await ended).not.toBeNull();
  });

  test.each([
    ['a program that is not there', ['/nowhere/nscap'], /ENOENT/],
    ['one that fails', ['ip', 'netns', 'exec', 'nst-no-such', 'true'], /nst-no-such/],
    ['one that is killed', ['sleep', '60'], /SIGKILL/],
  ])('%s is a result too', async (_, command, message) => {
    const child = talkIn(command, { role: 'serve', ...(await options()) });
    if (command[0] === 'sleep') child.kill();
    const result = await child.done;
    expect(result).toMatchObject({ ok: false, stage: 'listen', error: { code: 'AGENT' } });
    expect(result.error!.message).toMatch(message);
  });
});
