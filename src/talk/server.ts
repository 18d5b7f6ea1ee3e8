// nc -l over TCP.
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { Address } from './address.ts';
import { endpoint } from './address.ts';
import type { Ends } from './client.ts';
import { failure, words } from './failure.ts';
import { listen } from './listen.ts';
import { Relay } from './relay.ts';

export interface ServerOptions {
  /** Milliseconds without a byte after which a connection is closed. */
  timeout?: number;
  /** Take further connections, several at a time: all get the same input (as Ncat's -k). Never resolves. */
  keepOpen: boolean;
}

/**
 * Listens, takes one connection (then no others) and resolves when it has ended.
 * @throws NscapError with the system's code when it can't listen or the connection breaks.
 */
export async function runServer(
  addresses: readonly Address[],
  port: number,
  options: ServerOptions,
  { input, output, say }: Ends,
): Promise<void> {
  const relay = new Relay(input, output, {
    endWithPeer: true,
    ...(options.timeout === undefined ? {} : { idle: options.timeout }),
  });
  const servers = await listen(addresses, port);
  for (const server of servers) {
    const bound = server.address() as { address: string; port: number };
    say(`Listening on ${endpoint(bound.address, bound.port)}`);
  }
  const carry = (socket: Socket) => {
    const peer = endpoint(socket.remoteAddress ?? '?', socket.remotePort ?? 0);
    say(`Connection from ${peer}.`);
    return { peer, carried: relay.carry(socket) };
  };
  try {
    if (options.keepOpen) {
      for (const server of servers) {
        server.on('connection', (socket) => {
          const { peer, carried } = carry(socket);
          carried.catch((error) => say(`connection from ${peer}: ${words(error)}`));
        });
      }
      await Promise.all(servers.map((server) => once(server, 'close')));
    } else {
      const { peer, carried } = carry(await firstConnection(servers));
      await carried.catch((error) => {
        throw failure(`connection from ${peer}`, error);
      });
    }
  } finally {
    for (const server of servers) server.close();
    relay.close();
  }
}

/** The first client; later ones are turned away, for nothing would answer them. */
function firstConnection(servers: readonly Server[]): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let taken = false;
    for (const server of servers) {
      server.on('error', reject);
      server.on('connection', (socket) => {
        if (taken) {
          socket.destroy();
          return;
        }
        taken = true;
        for (const one of servers) one.close();
        resolve(socket);
      });
    }
  });
}
