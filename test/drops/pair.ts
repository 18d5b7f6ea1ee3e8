// Two namespaces with a veth pair between them, for packets to be dropped in.
import { spawnSync } from 'node:child_process';
import { ipv4Text } from '../../src/base/address.ts';
import type { DropEvent, DropSource } from '../../src/drops/event.ts';
import type { Namespace } from '../../src/netns/namespace.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { removeNamespaces, sh, uniqueName } from '../netns/support.ts';
import { PATIENCE } from '../support/nscap.ts';

/** Addresses: 10.77.0.1 and fd77::1 on veth0 in `a`, 10.77.0.2 and fd77::2 on veth1 in `b`. */
export class Pair {
  readonly a = uniqueName('a');
  readonly b = uniqueName('b');

  constructor() {
    for (const name of [this.a, this.b]) {
      sh('ip', 'netns', 'add', name);
      sh('ip', '-n', name, 'link', 'set', 'lo', 'up');
      sh('ip', 'netns', 'exec', name, 'sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0');
    }
    sh('ip', '-n', this.a, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'veth1', 'netns', this.b);
    for (const [name, device, host] of [
      [this.a, 'veth0', 1],
      [this.b, 'veth1', 2],
    ] as const) {
      sh('ip', '-n', name, 'address', 'add', `10.77.0.${host}/24`, 'dev', device);
      sh('ip', '-n', name, 'address', 'add', `fd77::${host}/64`, 'dev', device, 'nodad');
      sh('ip', '-n', name, 'link', 'set', device, 'up');
    }
    // Neighbours are known on both sides from here on.
    this.in(this.a, 'ping', '-q', '-c', '1', '-W', '60', '10.77.0.2');
    this.in(this.a, 'ping', '-q', '-c', '1', '-W', '60', 'fd77::2');
  }

  /** Runs a command inside and returns what it printed; throws where it fails. */
  in(name: string, ...argv: string[]): string {
    return sh('ip', 'netns', 'exec', name, ...argv);
  }

  /** The same, whatever its exit status. */
  attempt(name: string, ...argv: string[]): void {
    spawnSync('ip', ['netns', 'exec', name, ...argv], { timeout: PATIENCE });
  }

  /** One UDP datagram with this payload. */
  udp(from: string, address: string, port: number, payload = 'hello'): void {
    this.attempt(from, 'bash', '-c', `printf %s "$0" > /dev/udp/${address}/${port}`, payload);
  }

  namespaces(): Promise<Namespace[]> {
    return Promise.all([this.a, this.b].map(resolveNamespace));
  }

  remove(): void {
    removeNamespaces(this.a, this.b);
  }
}

/** Events until one is as wanted, which is the last; fails with what came instead. */
export async function until(
  source: DropSource,
  wanted: (event: DropEvent) => boolean,
  milliseconds = PATIENCE,
): Promise<DropEvent[]> {
  const seen: DropEvent[] = [];
  const timer = setTimeout(() => source.stop(), milliseconds);
  try {
    for (let events = await source.next(); events !== null; events = await source.next()) {
      seen.push(...events);
      const at = seen.findIndex(wanted);
      if (at >= 0) return seen.slice(0, at + 1);
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`no such event among ${seen.map(brief).join(', ') || 'none'}`);
}

/** An event in a few words. */
export function brief(event: DropEvent): string {
  return `${event.reason} in ${event.function} on ${event.namespace?.name}:${event.interface?.name} ${addresses(event)}`;
}

/** `10.77.0.1 > 10.77.0.2` of an IPv4 packet. */
export function addresses({ packet }: DropEvent): string | undefined {
  if (packet === undefined) return undefined;
  const at = packet.linkType === 1 ? 14 : 0;
  if (packet.bytes[at] >> 4 !== 4) return undefined;
  return `${ipv4Text(packet.bytes, at + 12)} > ${ipv4Text(packet.bytes, at + 16)}`;
}
