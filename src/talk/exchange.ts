// The traffic of tcp-test: a message to the server, a reply back, both checked, then an orderly close.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { type ErrorCode, NscapError } from '../errors.ts';
import { addressesOf, endpoint } from './address.ts';
import { connect as dial } from './connect.ts';
import { failure, timeout } from './failure.ts';
import { listen } from './listen.ts';
import { Check, type Payload, pieces } from './payload.ts';

/** One exchange; both ends are told the same, so that each can check what it gets. */
export interface ExchangeOptions {
  /** The server's address. */
  host: string;
  port: number;
  /** From client to server. */
  message: Payload;
  /** From server to client, once the message is there. */
  reply: Payload;
  /** Limit on each wait, in milliseconds: for the connection, for the next bytes, for the close. */
  timeoutMs: number;
  /** Milliseconds more that the server gives the client's program to start. */
  startMs?: number;
}

/** How far an exchange came. */
export type Stage = 'listen' | 'accept' | 'connect' | 'message' | 'reply' | 'close' | 'done';

/** What one end saw. What it did not come to is left out. */
export interface ExchangeResult {
  /** All that was expected came, byte for byte, nothing else, and both ends closed with a FIN. */
  ok: boolean;
  /** `done`, or where it failed. */
  stage: Stage;
  error?: { code: ErrorCode; message: string };
  /** Bytes. */
  sent: number;
  received: number;
  /** SHA-256 of those bytes in hex. */
  sentSha256: string;
  receivedSha256: string;
  /** The client's: from the call of connect(2) to the connection made, in seconds. */
  connectSeconds?: number;
  /** The client's: from the first byte sent to the last of the reply. The server's: to the last of the message. */
  seconds?: number;
  /** The message's bytes over those seconds. */
  bytesPerSecond?: number;
  localAddress?: string;
  localPort?: number;
  remoteAddress?: string;
  remotePort?: number;
}

/** What an exchange tells on its way: its progress (bytes) every second, the result last. */
export type ExchangeEvent =
  | { event: 'listening'; address: string; port: number }
  | { event: 'connected'; localAddress: string; localPort: number; remoteAddress: string; remotePort: number }
  | { event: 'progress'; sent: number; received: number }
  | { event: 'done'; result: ExchangeResult };

/** Milliseconds from one word about the progress to the next. */
const PROGRESS = 1000;

type Tell = (event: ExchangeEvent) => void;

/** The server's part, for one connection. Never rejects: what went wrong is in the result. */
export async function serve(options: ExchangeOptions, tell: Tell = () => {}): Promise<ExchangeResult> {
  const talk = new Talk(options.timeoutMs, options.message);
  let servers: Server[] = [];
  try {
    talk.stage = 'listen';
    servers = await listen((await addressesOf(options.host, 0, true)).slice(0, 1), options.port);
    const { address, port } = servers[0].address() as { address: string; port: number };
    tell({ event: 'listening', address, port });
    talk.stage = 'accept';
    const socket = await accept(servers[0], options.timeoutMs + (options.startMs ?? 0));
    tell(talk.begin(socket, tell));
    talk.stage = 'message';
    const began = performance.now();
    await talk.allReceived;
    talk.measure(began, talk.check.received);
    talk.stage = 'reply';
    await talk.send(options.reply);
    talk.stage = 'close';
    await talk.peerEnded;
    socket.end();
    await talk.closed;
    talk.stage = 'done';
  } catch (error) {
    talk.fail(error);
  } finally {
    for (const server of servers) server.close();
  }
  return talk.result(tell);
}

/** The client's part; it closes first. Never rejects: what went wrong is in the result. */
export async function connect(
  options: ExchangeOptions & { sourceAddress?: string; sourcePort?: number },
  tell: Tell = () => {},
): Promise<ExchangeResult> {
  const talk = new Talk(options.timeoutMs, options.reply);
  try {
    talk.stage = 'connect';
    const addresses = await addressesOf(options.host, 0, true);
    const called = performance.now();
    const socket = await dial(addresses, options.port, { ...options, timeout: options.timeoutMs });
    talk.connectSeconds = (performance.now() - called) / 1000;
    tell(talk.begin(socket, tell));
    talk.stage = 'message';
    const began = performance.now();
    await talk.send(options.message);
    talk.stage = 'reply';
    await talk.allReceived;
    talk.measure(began, talk.sent);
    talk.stage = 'close';
    socket.end();
    await talk.peerEnded;
    await talk.closed;
    talk.stage = 'done';
  } catch (error) {
    talk.fail(error);
  }
  return talk.result(tell);
}

async function accept(server: Server, limit: number): Promise<Socket> {
  try {
    const [socket] = await once(server, 'connection', { signal: AbortSignal.timeout(limit) });
    server.close(); // One connection is all that is expected.
    return socket;
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw timeout('waiting for a connection', limit);
    throw error;
  }
}

/** One end of the connection: what it sends, what it checks, and the limit on each wait. */
class Talk {
  stage: Stage = 'connect';
  sent = 0;
  connectSeconds: number | undefined;
  readonly check: Check;
  /** The whole expected payload has come, and is right. */
  allReceived!: Promise<void>;
  /** The peer's FIN has come, and nothing unexpected before it. */
  peerEnded!: Promise<void>;
  /** Both FINs are through. */
  closed!: Promise<void>;
  private readonly limit: number;
  private readonly sentHash = createHash('sha256');
  private socket: Socket | undefined;
  private ends: Partial<ExchangeResult> = {};
  private measured: Partial<ExchangeResult> = {};
  private error: NscapError | undefined;

  constructor(limit: number, expected: Payload) {
    this.limit = limit;
    this.check = new Check(expected);
  }

  begin(socket: Socket, tell: Tell): ExchangeEvent {
    this.socket = socket;
    const progress = setInterval(
      () => tell({ event: 'progress', sent: this.sent, received: this.check.received }),
      PROGRESS,
    );
    socket.on('close', () => clearInterval(progress));
    const { check } = this;
    const peer = endpoint(socket.remoteAddress ?? '?', socket.remotePort ?? 0);
    const ends = {
      localAddress: socket.localAddress!,
      localPort: socket.localPort!,
      remoteAddress: socket.remoteAddress!,
      remotePort: socket.remotePort!,
    };
    this.ends = ends;
    // Node's timer of a socket: started anew by every byte that goes or comes.
    socket.setTimeout(this.limit, () =>
      socket.destroy(
        timeout(
          `${this.stage === 'close' ? 'waiting for the close by' : 'talking with'} ${peer}`,
          this.limit,
        ),
      ),
    );
    const error = once(socket, 'error').then(([cause]) => {
      throw cause instanceof NscapError ? cause : failure(`connection with ${peer}`, cause);
    });
    const orFailure = (good: Promise<unknown>) => {
      const either = Promise.race([good, error]) as Promise<void>;
      either.catch(() => {}); // The caller that awaits it hears of it, and may not await it yet.
      return either;
    };
    this.allReceived = orFailure(
      new Promise<void>((resolve, reject) => {
        socket.on('close', () => reject(mismatch(check)));
        socket.on('data', (chunk) => {
          check.take(chunk);
          if (check.differs !== undefined) socket.destroy(mismatch(check));
          else if (check.complete) resolve();
        });
        socket.on('end', () => {
          if (!check.complete) socket.destroy(mismatch(check));
        });
        if (check.complete) resolve();
      }),
    );
    this.peerEnded = orFailure(new Promise((resolve) => socket.on('end', resolve)));
    this.closed = orFailure(new Promise((resolve) => socket.on('close', resolve)));
    socket.resume();
    return { event: 'connected', ...ends };
  }

  async send(payload: Payload): Promise<void> {
    const socket = this.socket!;
    for (const piece of pieces(payload)) {
      this.sentHash.update(piece);
      this.sent += piece.length;
      if (!socket.write(piece)) {
        await Promise.race([new Promise<void>((resolve) => socket.once('drain', resolve)), this.closed]);
      }
      if (socket.destroyed) return await this.closed;
    }
  }

  measure(began: number, bytes: number): void {
    const seconds = (performance.now() - began) / 1000;
    this.measured = { seconds, bytesPerSecond: bytes / seconds };
  }

  fail(error: unknown): void {
    this.error = error instanceof NscapError ? error : failure(this.stage, error);
    this.socket?.destroy();
  }

  result(tell: Tell): ExchangeResult {
    const result: ExchangeResult = {
      ok: this.error === undefined,
      stage: this.stage,
      ...(this.error === undefined ? {} : { error: { code: this.error.code, message: this.error.message } }),
      sent: this.sent,
      received: this.check.received,
      sentSha256: this.sentHash.digest('hex'),
      receivedSha256: this.check.digest(),
      ...(this.connectSeconds === undefined ? {} : { connectSeconds: this.connectSeconds }),
      ...this.measured,
      ...this.ends,
    };
    tell({ event: 'done', result });
    return result;
  }
}

function mismatch({ differs, received, expected }: Check): NscapError {
  const what =
    differs === undefined
      ? `only ${received} of ${expected} bytes came`
      : differs >= expected
        ? `more than the ${expected} bytes expected came`
        : `byte ${differs} of ${expected} is not what was sent`;
  return new NscapError('MISMATCH', what);
}
