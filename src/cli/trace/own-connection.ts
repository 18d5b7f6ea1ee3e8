// The SSH connection of the terminal: printing its packets would send more of them, and so on for ever.
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { ancestors } from '../../netns/process.ts';

/** A filter expression that takes everything but that connection; undefined where there is none. */
export function withoutOwnConnection(): string | undefined {
  const [client, clientPort, server, serverPort] = (connection() ?? '').split(' ');
  if (isIP(client ?? '') === 0 || isIP(server ?? '') === 0) return undefined;
  if (!/^\d{1,5}$/.test(clientPort ?? '') || !/^\d{1,5}$/.test(serverPort ?? '')) return undefined;
  return `not (host ${client} and host ${server} and tcp port ${clientPort} and tcp port ${serverPort})`;
}

/** SSH_CONNECTION: `CLIENT PORT SERVER PORT`. sudo does not hand it on, but the shell before it has it. */
function connection(): string | undefined {
  const own = process.env.SSH_CONNECTION;
  if (own !== undefined) return own;
  for (const pid of ancestors()) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      const found = environment.find((one) => one.startsWith('SSH_CONNECTION='));
      if (found !== undefined) return found.slice('SSH_CONNECTION='.length);
    } catch {
      // Gone, or another user's.
    }
  }
  return undefined;
}
