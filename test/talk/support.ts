// What the tests of this folder share.
import { createServer } from 'node:net';

/** A TCP port that nobody uses now. The kernel gives out each such port once in a long while only. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
