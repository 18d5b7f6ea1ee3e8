// A TCP connection made: each address of the host in turn, with a limit on the wait.
import { connect as dial, type Socket } from 'node:net';
import type { Address } from './address.ts';
import { endpoint } from './address.ts';
import { failure, timeout } from './failure.ts';

export interface ConnectOptions {
  /** Milliseconds for each attempt; without it the kernel's own limit (about two minutes). */
  timeout?: number;
  /** The address and port to come from. */
  sourceAddress?: string;
  sourcePort?: number;
}

/**
 * Connects to the first of the addresses that answers. The socket stays open for sending when the peer has ended
 * (half-close), and reads nothing before it is asked to.
 * @throws NscapError with the system's code (ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, …) of the last attempt.
 */
export async function connect(
  addresses: readonly Address[],
  port: number,
  options: ConnectOptions = {},
): Promise<Socket> {
  let last: unknown;
  for (const { address, family } of addresses) {
    try {
      return await attempt(address, family, port, options);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

function attempt(address: string, family: number, port: number, options: ConnectOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const what = `connect to ${endpoint(address, port)}`;
    const socket = dial({
      host: address,
      port,
      family,
      allowHalfOpen: true,
      autoSelectFamily: false,
      noDelay: true,
      ...(options.sourceAddress === undefined ? {} : { localAddress: options.sourceAddress }),
      ...(options.sourcePort === undefined ? {} : { localPort: options.sourcePort }),
    });
    const limit = options.timeout;
    const timer =
      limit === undefined ? undefined : setTimeout(() => socket.destroy(timeout(what, limit)), limit);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // Our own timeout is a sentence already. A failed bind(2) is about the source, not about the target.
      const subject = error.syscall === 'bind' ? `bind to ${source(options)}` : what;
      reject(error.name === 'NscapError' ? error : failure(subject, error));
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function source({ sourceAddress = '', sourcePort }: ConnectOptions): string {
  return sourcePort === undefined ? sourceAddress : endpoint(sourceAddress, sourcePort);
}
