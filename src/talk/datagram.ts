// nc -u: each piece of input is a datagram (RFC 768), each datagram's data goes to output.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Readable, Writable } from 'node:stream';
import type { Address } from './address.ts';
import { endpoint } from './address.ts';
import type { Ends } from './client.ts';
import type { ConnectOptions } from './connect.ts';
import { failure } from './failure.ts';

/** Most bytes of input in one datagram: what Ncat takes, and what every nc has room for. */
const MOST = 8192;

/** How long a client listens on for answers after the end of input (milliseconds), unless told. */
const LINGER = 1000;

/** UDP has no back-pressure: a reader that lets this many bytes wait loses datagrams, as in a full socket buffer. */
const WAITING = 16 << 20;

/**
 * Sends input to the host and writes what comes back to output. Resolves when input has ended and nothing came for
 * a second, or whenever nothing went or came for `options.timeout`.
 * @throws NscapError with the system's code: ECONNREFUSED when the host says that nothing listens.
 */
export async function runDatagramClient(
  { address, family }: Address,
  port: number,
  options: ConnectOptions,
  { input, output, say }: Ends,
): Promise<void> {
  const peer = endpoint(address, port);
  const socket = await openDatagram({ address, family }, port, options);
  say(`Connected to ${peer}.`);
  const began = performance.now();
  const sink = new Sink(output);
  const quiet = new Quiet();
  let sent = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      quiet.done = resolve;
      if (options.timeout !== undefined) quiet.after(options.timeout);
      socket.on('error', (error) => reject(failure(`connection to ${peer}`, error)));
      socket.on('message', (message) => {
        sink.write(message);
        quiet.heard();
      });
      sendAll(input, (piece) => {
        sent += piece.length;
        quiet.heard();
        return sendPiece(socket, piece);
      }).then(
        () => quiet.after(options.timeout ?? LINGER),
        (error) => reject(failure(`send to ${peer}`, error)),
      );
    });
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    say(`${sent} bytes sent, ${sink.received} bytes received in ${seconds} seconds.`);
  } finally {
    quiet.stop();
    sink.report(say);
    socket.close();
    input.destroy();
  }
}

/**
 * Waits for a datagram, then exchanges datagrams with its sender only; with `keepOpen` with every sender: input then
 * goes to the latest. Resolves only when nothing came for `timeout` after the first datagram.
 * @throws NscapError with the system's code when it can't bind.
 */
export async function runDatagramServer(
  addresses: readonly Address[],
  port: number,
  options: { timeout?: number; keepOpen: boolean },
  { input, output, say }: Ends,
): Promise<void> {
  const sockets: Socket[] = [];
  const sink = new Sink(output);
  const quiet = new Quiet();
  try {
    for (const one of addresses) {
      sockets.push(await bindDatagram(one, port, addresses.length > 1));
      say(`Listening on ${endpoint(one.address, port)}`);
    }
    await new Promise<void>((resolve, reject) => {
      quiet.done = resolve;
      let peer: { socket: Socket; at: string; address: string; port: number } | undefined;
      const hear = (socket: Socket, message: Buffer, from: RemoteInfo) => {
        const at = endpoint(from.address, from.port);
        if (peer?.at !== at) {
          if (peer !== undefined && !options.keepOpen) return;
          const first = peer === undefined;
          peer = { socket, at, address: from.address, port: from.port };
          say(`Connection from ${at}.`);
          if (options.timeout !== undefined) quiet.after(options.timeout);
          // The kernel then turns others away and tells of a peer that is gone.
          if (!options.keepOpen) socket.connect(from.port, from.address);
          if (first) {
            sendAll(input, (piece) => {
              quiet.heard();
              return options.keepOpen
                ? sendPiece(peer!.socket, piece, peer!)
                : sendPiece(peer!.socket, piece);
            }).catch((error) => reject(failure(`send to ${peer!.at}`, error)));
          }
        }
        quiet.heard();
        sink.write(message);
      };
      for (const socket of sockets) {
        socket.on('error', (error) =>
          reject(
            failure(peer === undefined ? 'wait for a datagram' : `exchange datagrams with ${peer.at}`, error),
          ),
        );
        socket.on('message', (message, from) => hear(socket, message, from));
      }
    });
  } finally {
    quiet.stop();
    sink.report(say);
    for (const socket of sockets) socket.close();
    input.destroy();
  }
}

/** A socket that talks with one peer only, and hears when nothing listens there. */
export async function openDatagram(
  { address, family }: Address,
  port: number,
  { sourceAddress, sourcePort }: ConnectOptions,
): Promise<Socket> {
  const any = family === 6 ? '::' : '0.0.0.0';
  const socket = await bindDatagram({ address: sourceAddress ?? any, family }, sourcePort ?? 0, false);
  return new Promise((resolve, reject) => {
    socket.connect(port, address, (error?: Error) => {
      if (!error) return resolve(socket);
      socket.close();
      reject(failure(`connect to ${endpoint(address, port)}`, error));
    });
  });
}

function bindDatagram({ address, family }: Address, port: number, ipv6Only: boolean): Promise<Socket> {
  const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', ipv6Only: ipv6Only && family === 6 });
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(failure(`bind to ${endpoint(address, port)}`, error));
    socket.once('error', failed);
    socket.bind({ port, address, exclusive: true }, () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

/** Hands input on piece by piece, reading no further before a piece is sent. */
async function sendAll(input: Readable, send: (piece: Buffer) => Promise<void>): Promise<void> {
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length; at += MOST) await send(chunk.subarray(at, at + MOST));
  }
}

function sendPiece(socket: Socket, piece: Buffer, to?: { address: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null) => (error ? reject(error) : resolve());
    if (to === undefined) socket.send(piece, done);
    else socket.send(piece, to.port, to.address, done);
  });
}

/** Output, and what it was too slow for. */
class Sink {
  received = 0;
  private dropped = 0;
  private readonly output: Writable;

  constructor(output: Writable) {
    this.output = output;
  }

  write(message: Buffer): void {
    this.received += message.length;
    if (this.output.writableLength > WAITING) this.dropped++;
    else this.output.write(message);
  }

  report(say: (line: string) => void): void {
    if (this.dropped > 0) say(`${this.dropped} datagrams dropped: standard output is too slow`);
  }
}

/** Calls back once nothing was heard for a while. */
class Quiet {
  done: () => void = () => {};
  private timer: NodeJS.Timeout | undefined;

  after(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.done(), milliseconds);
  }

  heard(): void {
    this.timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
