// nc -z: which ports take a connection, without a byte of data.
import type { Address } from './address.ts';
import { endpoint } from './address.ts';
import { type ConnectOptions, connect } from './connect.ts';
import { openDatagram } from './datagram.ts';

/** How long a UDP port may take to say that nothing listens (milliseconds), unless told. */
const UDP_WAIT = 1000;

/**
 * Tries each port in turn and reports it: no error is an open port. Returns how many were open.
 * A UDP port counts as open unless an ICMP error comes back (RFC 1122, 4.1.3.1): one that drops everything looks alike.
 */
export async function scan(
  addresses: readonly Address[],
  ports: Iterable<number>,
  options: ConnectOptions & { udp: boolean },
  report: (where: string, error?: Error) => void,
): Promise<number> {
  let open = 0;
  for (const port of ports) {
    try {
      report(options.udp ? await probe(addresses[0], port, options) : await touch(addresses, port, options));
      open++;
    } catch (error) {
      report(endpoint(addresses[0].address, port), error as Error);
    }
  }
  return open;
}

async function touch(addresses: readonly Address[], port: number, options: ConnectOptions): Promise<string> {
  const socket = await connect(addresses, port, options);
  const where = endpoint(socket.remoteAddress!, socket.remotePort!);
  socket.on('error', () => {}); // It was open; what becomes of the connection is of no interest.
  socket.destroy();
  return where;
}

async function probe(address: Address, port: number, options: ConnectOptions): Promise<string> {
  const socket = await openDatagram(address, port, options);
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', () => resolve());
      timer = setTimeout(resolve, options.timeout ?? UDP_WAIT);
      socket.send('X', (error) => error && reject(error));
    });
  } finally {
    clearTimeout(timer);
    socket.close();
  }
  return endpoint(address.address, port);
}
