// TCP listeners, one for each address.
import { createServer, type Server } from 'node:net';
import type { Address } from './address.ts';
import { endpoint } from './address.ts';
import { failure } from './failure.ts';

/**
 * Listens on the port at each of the addresses. Of several, those whose family this machine lacks are left out.
 * Sockets that connect read nothing before they are asked to, and stay open for sending when the peer has ended.
 * @throws NscapError with the system's code: EADDRINUSE, EADDRNOTAVAIL, EACCES, ….
 */
export async function listen(addresses: readonly Address[], port: number): Promise<Server[]> {
  const servers: Server[] = [];
  for (const { address, family } of addresses) {
    try {
      servers.push(await open(address, family, port));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const another = addresses.length > 1 && (servers.length > 0 || address !== addresses.at(-1)!.address);
      if (another && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) continue;
      for (const server of servers) server.close();
      throw failure(`listen on ${endpoint(address, port)}`, error);
    }
  }
  return servers;
}

function open(host: string, family: 4 | 6, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: family === 6 }, () => {
      server.removeListener('error', reject);
      resolve(server);
    });
  });
}
