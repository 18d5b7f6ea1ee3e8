// The socket at which a packet was dropped, and the program that has it: the kernel itself says only that a buffer or
// queue was full. Sockets count their drops themselves (SO_MEMINFO, sk_drops).
import { ipv4Text, ipv6Text } from '../base/address.ts';
import { attemptInside } from '../netns/inside.ts';
import type { Namespace } from '../netns/namespace.ts';
import * as link from '../wire/linktype.ts';
import type { DropEvent, DroppedPacket, DropSource, DropTotals, SocketOwner } from './event.ts';

/** Reasons that lie in one socket. */
const REASONS = new Set([
  'SOCKET_RCVBUFF',
  'SOCKET_BACKLOG',
  'SOCKET_FILTER',
  'PROTO_MEM',
  'TCP_LISTEN_OVERFLOW',
]);
const PROTOCOLS: Record<number, string> = { 6: 'tcp', 17: 'udp' };
const TIMEOUT = 3000;
/** Milliseconds between two listings of a namespace's sockets. */
const PAUSE = 1000;
const ETHERNET_LENGTH = 14;
const IPV6_LENGTH = 40;

interface ListedSocket extends SocketOwner {
  drops: number;
}

/** All sockets of TCP and UDP with their drops; none if they are not visible. */
export async function listSockets(namespace: Namespace): Promise<ListedSocket[]> {
  const argv = ['ss', '-H', '-n', '-a', '-t', '-u', '-m', '-p', '-O'];
  const { status, stdout } = await attemptInside(namespace, argv, { timeout: TIMEOUT }).catch(() => ({
    status: 1,
    stdout: '',
  }));
  return status === 0 ? parseSockets(stdout) : [];
}

/** What ss prints, a socket a line. */
export function parseSockets(text: string): ListedSocket[] {
  return text.split('\n').flatMap(parseSocket);
}

/** `udp UNCONN 0 0 10.0.0.1:53 0.0.0.0:* users:(("named",pid=7,fd=3)) skmem:(r0,rb212992,…,d5)` */
function parseSocket(line: string): ListedSocket[] {
  const [protocol, , , , local, peer] = line.trim().split(/\s+/);
  const memory = /\bskmem:\(\S*\brb(\d+)\S*,d(\d+)\)/.exec(line);
  if (peer === undefined || memory === null) return [];
  // Those that share it got it from the first, as a rule.
  const [process] = [...line.matchAll(/\("([^"]*)",pid=(\d+),/g)]
    .map(([, name, pid]) => ({ name: name, pid: Number(pid) }))
    .sort((a, b) => a.pid - b.pid);
  return [
    {
      protocol: protocol,
      local: local,
      peer,
      buffer: Number(memory[1]),
      ...(process === undefined ? {} : { process }),
      drops: Number(memory[2]),
    },
  ];
}

/** `udp 10.0.0.1:53 of named (pid 7)` */
export function socketText({ protocol, local, process }: SocketOwner): string {
  return `${protocol} ${local}${process === undefined ? '' : ` of ${process.name} (pid ${process.pid})`}`;
}

/** The events of `source`, with sockets. */
export class SocketedDrops implements DropSource {
  private readonly source: DropSource;
  private readonly namespaces: (inode: number) => Namespace | undefined;
  private readonly listed = new Map<number, { at: number; sockets: ListedSocket[] }>();

  constructor(source: DropSource, namespaces: (inode: number) => Namespace | undefined) {
    this.source = source;
    this.namespaces = namespaces;
  }

  get way() {
    return this.source.way;
  }

  get notes() {
    return this.source.notes;
  }

  async next(): Promise<DropEvent[] | null> {
    const events = await this.source.next();
    for (const event of events ?? []) {
      const { reason, packet, namespace } = event;
      if (reason === undefined || !REASONS.has(reason) || packet === undefined || namespace === undefined)
        continue;
      const socket = receiver(packet, await this.sockets(namespace.inode));
      if (socket !== undefined) event.socket = socket;
    }
    return events;
  }

  private async sockets(inode: number): Promise<ListedSocket[]> {
    const known = this.listed.get(inode);
    if (known !== undefined && performance.now() - known.at < PAUSE) return known.sockets;
    const namespace = this.namespaces(inode);
    const sockets = namespace === undefined ? [] : await listSockets(namespace);
    this.listed.set(inode, { at: performance.now(), sockets });
    return sockets;
  }

  totals(): DropTotals {
    return this.source.totals();
  }

  stop(): void {
    this.source.stop();
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

/** The one socket that the packet was for: connected to its sender, else bound to its address, else to any. */
function receiver(packet: DroppedPacket, sockets: readonly ListedSocket[]): SocketOwner | undefined {
  const ends = endpoints(packet);
  if (ends === undefined) return undefined;
  const { protocol, source, destination, port } = ends;
  const candidates = sockets.filter((socket) => socket.protocol === protocol);
  for (const fits of [
    (socket: ListedSocket) => socket.peer === source && socket.local === destination,
    (socket: ListedSocket) => socket.peer.endsWith(':*') && bare(socket.local) === destination,
    (socket: ListedSocket) =>
      socket.peer.endsWith(':*') && /^(\*|0\.0\.0\.0|\[::\])$/.test(host(socket.local, port)),
  ]) {
    const found = candidates.filter(fits);
    // Several with the same address share the port (SO_REUSEPORT): which of them it was is not known.
    if (found.length > 1) return undefined;
    if (found[0] !== undefined) {
      const { drops: _, ...owner } = found[0];
      return owner;
    }
  }
  return undefined;
}

/** Without the device that a socket is bound to: `10.0.0.1%eth0:53`. */
function bare(local: string): string {
  return local.replace(/%[^\]:]+/, '');
}

/** The part before the port, if the port matches. */
function host(local: string, port: number): string {
  const text = bare(local);
  return text.endsWith(`:${port}`) ? text.slice(0, -`:${port}`.length) : '';
}

/** As ss prints them. */
function endpoints({ linkType, bytes }: DroppedPacket) {
  const network = linkType === link.ETHERNET ? bytes.subarray(ETHERNET_LENGTH) : bytes;
  const six = network[0] >>> 4 === 6;
  const length = six ? IPV6_LENGTH : (network[0] & 0xf) * 4;
  const protocol = PROTOCOLS[network[six ? 6 : 9] ?? 0];
  if (protocol === undefined || network.length < length + 4) return undefined;
  const word = (offset: number) => (network[length + offset] << 8) | network[length + offset + 1];
  const address = (offset: number) => (six ? `[${ipv6Text(network, offset)}]` : ipv4Text(network, offset));
  return {
    protocol,
    source: `${address(six ? 8 : 12)}:${word(0)}`,
    destination: `${address(six ? 24 : 16)}:${word(2)}`,
    port: word(2),
  };
}
