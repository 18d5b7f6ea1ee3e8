// The two-way copying of nc: input to the sockets, the sockets to output, with back-pressure both ways.
import { ReadStream } from 'node:fs';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** How long input must be silent, after the peer has ended, for a listener to end too (milliseconds). */
const DRY = 200;

export interface RelayOptions {
  /** Milliseconds without a byte either way after which a connection is closed. */
  idle?: number;
  /**
   * End our side when the peer has ended its own, as nc and ncat do when they listen. What input has at hand is sent
   * first: a file to its end, a pipe until it falls silent. (A client instead goes on to the end of its input.)
   */
  endWithPeer?: boolean;
}

/** What one connection carried. */
export interface Carried {
  sent: number;
  received: number;
  seconds: number;
  /** It was closed because nothing came for the idle time. */
  idle: boolean;
}

/**
 * Copies `input` to every socket it carries and all of them to `output`. Input is read only while there is a socket,
 * and as fast as the slowest takes it; a full output stops every socket. The end of input is passed on as a FIN.
 */
export class Relay {
  private readonly input: Readable;
  private readonly output: Writable;
  private readonly options: RelayOptions;
  private readonly sockets = new Set<Socket>();
  private ended = false;
  private started = false;
  /** Called with each piece of input; the listeners for dry input. */
  private readonly onInput = new Set<() => void>();

  constructor(input: Readable, output: Writable, options: RelayOptions = {}) {
    this.input = input;
    this.output = output;
    this.options = options;
  }

  /** Carries one connection to its end. Rejects with the socket's error (ECONNRESET, EPIPE, ETIMEDOUT). */
  carry(socket: Socket): Promise<Carried> {
    const began = performance.now();
    const carried: Carried = { sent: 0, received: 0, seconds: 0, idle: false };
    const finished = new Promise<Carried>((resolve, reject) => {
      let failed: Error | undefined;
      socket.on('error', (error) => {
        failed = error;
      });
      socket.on('close', () => {
        carried.sent = socket.bytesWritten;
        carried.received = socket.bytesRead;
        carried.seconds = (performance.now() - began) / 1000;
        this.release(socket);
        if (failed === undefined) resolve(carried);
        else reject(failed);
      });
    });
    socket.on('data', (chunk) => {
      if (!this.output.write(chunk)) this.pauseAll();
    });
    socket.on('drain', () => this.flow());
    if (this.options.endWithPeer) socket.on('end', () => this.endWhenDry(socket));
    if (this.options.idle !== undefined) {
      // Node counts bytes in both directions, including those the peer has taken off our hands.
      socket.setTimeout(this.options.idle, () => {
        carried.idle = true;
        socket.destroy();
      });
    }
    this.sockets.add(socket);
    this.start();
    if (this.ended) socket.end();
    if (this.output.writableNeedDrain) socket.pause();
    else socket.resume();
    this.flow();
    return finished;
  }

  /** Lets go of input, so that it no longer keeps the process alive. */
  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.input.destroy();
  }

  private start(): void {
    if (this.started) return;
    this.started = true;
    this.input.on('data', (chunk: Buffer) => {
      for (const socket of this.sockets) if (socket.writable) socket.write(chunk);
      for (const heard of this.onInput) heard();
      this.flow();
    });
    this.input.on('end', () => {
      this.ended = true;
      for (const socket of this.sockets) socket.end();
    });
    this.input.on('error', (error) => {
      for (const socket of this.sockets) socket.destroy(error);
    });
    this.output.on('drain', () => {
      for (const socket of this.sockets) socket.resume();
    });
  }

  private pauseAll(): void {
    for (const socket of this.sockets) socket.pause();
  }

  /** Lets input run, or holds it: no socket, or one that is full. */
  private flow(): void {
    if (this.sockets.size > 0 && ![...this.sockets].some((socket) => socket.writableNeedDrain))
      this.input.resume();
    else this.input.pause();
  }

  private release(socket: Socket): void {
    this.sockets.delete(socket);
    if (this.started) this.flow();
  }

  private endWhenDry(socket: Socket): void {
    if (this.ended || this.input instanceof ReadStream) return;
    const end = () => {
      if (socket.writableNeedDrain) timer.refresh();
      else socket.end();
    };
    const timer = setTimeout(end, DRY);
    const heard = () => timer.refresh();
    this.onInput.add(heard);
    socket.on('close', () => {
      clearTimeout(timer);
      this.onInput.delete(heard);
    });
  }
}
