// nc HOST PORT over TCP.
import type { Readable, Writable } from 'node:stream';
import type { Address } from './address.ts';
import { endpoint } from './address.ts';
import { type ConnectOptions, connect } from './connect.ts';
import { failure } from './failure.ts';
import { Relay } from './relay.ts';

/** Where the bytes come from and go to, and who hears what happens (one line at a time, without a line feed). */
export interface Ends {
  input: Readable;
  output: Writable;
  say: (line: string) => void;
}

/**
 * Connects, sends input and then a FIN, writes what comes to output, and resolves when both sides have ended, or when
 * nothing came for `options.timeout`.
 * @throws NscapError with the system's code when it can't connect or the connection breaks.
 */
export async function runClient(
  addresses: readonly Address[],
  port: number,
  options: ConnectOptions,
  { input, output, say }: Ends,
): Promise<void> {
  const relay = new Relay(input, output, options.timeout === undefined ? {} : { idle: options.timeout });
  try {
    const socket = await connect(addresses, port, options);
    const peer = endpoint(socket.remoteAddress!, socket.remotePort!);
    say(`Connected to ${peer}.`);
    const carried = await relay.carry(socket).catch((error) => {
      throw failure(`connection to ${peer}`, error);
    });
    if (carried.idle) say(`Idle timeout expired (${options.timeout} ms).`);
    say(
      `${carried.sent} bytes sent, ${carried.received} bytes received in ${carried.seconds.toFixed(2)} seconds.`,
    );
  } finally {
    relay.close();
  }
}
