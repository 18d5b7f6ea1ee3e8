// capture --process: the processes at the two ends of a packet's connection, as far as they are in the namespace.
import type { Batch } from '../../base/batch.ts';
import { commentsOf } from '../../file/pcapng-options.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { byRtnetlink } from '../../netns/rtnetlink.ts';
import { type LocalSocket, localSockets } from '../../netns/socket-owners.ts';
import { KeyTable } from '../../stats/key-table.ts';
import { IPV6, Packet, TCP, UDP } from '../../wire/packet.ts';
import type { Owners } from './owners.ts';

/** The least milliseconds between two listings of the sockets, and the share of time listing may take. */
const LEAST_PAUSE = 20;
const SHARE = 0.1;
/** The sockets that are listed. */
const MOST_SOCKETS = 1 << 18;
/** Words of an endpoint: IP version, address, port. */
const WORDS = 6;
export const COMMENT_PREFIX = 'process: ';

/** The processes in a record's comment, which a child wrote. */
export function processComment(batch: Batch, index: number): string | undefined {
  if (batch.optionsLength[index] === 0) return undefined;
  const comment = commentsOf(batch, index).find((text) => text.startsWith(COMMENT_PREFIX));
  return comment?.slice(COMMENT_PREFIX.length);
}

/** The known sockets, listed again when a packet belongs to none of them. */
export class Processes {
  private readonly owners: Owners;
  private readonly here: Namespace;
  private readonly packet = new Packet();
  private connections = new KeyTable(WORDS, MOST_SOCKETS);
  /** Of each row: the process at its left end, and at its right one. */
  private ends: (string | undefined)[] = [];
  /** Sockets without another end, by protocol and port; undefined where several processes have one of that port. */
  private ports = new Map<number, string | undefined>();
  private addresses = new KeyTable(WORDS, MOST_SOCKETS);
  private names = new Map<number, string>();
  private looked = Number.NEGATIVE_INFINITY;
  private pause = LEAST_PAUSE;

  /** `here`: the namespace that this thread is in. */
  constructor(owners: Owners, here: Namespace) {
    this.owners = owners;
    this.here = here;
  }

  /** To be awaited before `of` is called for the batch's records. */
  async prepare(batch: Batch): Promise<void> {
    if (performance.now() - this.looked < this.pause) return;
    for (let i = 0; i < batch.count; i++) {
      if (!this.place(batch, i) || this.connections.get() >= 0) continue;
      await this.look();
      return;
    }
  }

  /** `curl(1234) > nginx(99)`; one that is not known is left out. Undefined where neither is. */
  of(batch: Batch, index: number): string | undefined {
    if (!this.place(batch, index)) return undefined;
    const { connections, ends } = this;
    const row = connections.get();
    let sender: string | undefined;
    let receiver: string | undefined;
    if (row >= 0) {
      sender = ends[2 * row + (connections.forward ? 0 : 1)];
      receiver = ends[2 * row + (connections.forward ? 1 : 0)];
    }
    sender ??= this.bound(connections.left);
    receiver ??= this.bound(connections.right);
    if (sender === undefined && receiver === undefined) return undefined;
    return `${sender === undefined ? '' : `${sender} `}>${receiver === undefined ? '' : ` ${receiver}`}`;
  }

  close(): void {
    this.owners.close();
  }

  /** Who has a socket of that port, where the address is one of the namespace's. */
  private bound(end: Int32Array): string | undefined {
    const { addresses, connections } = this;
    const port = end[5];
    const owner = this.ports.get((connections.extra << 16) | port);
    if (owner === undefined) return undefined;
    addresses.left.set(end);
    addresses.left[5] = 0;
    return addresses.get() < 0 ? undefined : owner;
  }

  /** Fills the key of the packet's connection; false where it is neither TCP nor UDP. */
  private place(batch: Batch, index: number): boolean {
    const { packet, connections } = this;
    packet.decode(batch, index);
    if ((packet.layers & (TCP | UDP)) === 0) return false;
    const isIpv6 = (packet.layers & IPV6) !== 0;
    const { view } = packet.batch;
    const { sourceAt, destinationAt } = isIpv6 ? packet.ipv6 : packet.ipv4;
    const ports = view.getUint32(packet.transportAt);
    fill(connections.left, view, sourceAt, isIpv6 ? 4 : 1, ports >>> 16);
    fill(connections.right, view, destinationAt, isIpv6 ? 4 : 1, ports & 0xffff);
    connections.extra = packet.protocol;
    return true;
  }

  /** Lists the sockets, and requests the processes of new ones. */
  private async look(): Promise<void> {
    const start = performance.now();
    const sockets = localSockets();
    const unknown = new Set(
      sockets.map(({ inode }) => inode).filter((inode) => inode !== 0 && !this.names.has(inode)),
    );
    const found = unknown.size === 0 ? undefined : await this.owners.of(unknown);
    // Only existing sockets are kept.
    const names = new Map<number, string>();
    for (const { inode } of sockets) {
      const name = this.names.get(inode) ?? found?.get(inode);
      if (name !== undefined) names.set(inode, name);
    }
    this.names = names;
    this.index(sockets);
    const end = performance.now();
    this.looked = end;
    this.pause = Math.max(LEAST_PAUSE, (end - start) / SHARE);
  }

  private index(sockets: readonly LocalSocket[]): void {
    const connections = new KeyTable(WORDS, MOST_SOCKETS);
    const ends: (string | undefined)[] = [];
    const ports = new Map<number, string | undefined>();
    for (const { protocol, localAddress, localPort, remoteAddress, remotePort, inode } of sockets) {
      const name = this.names.get(inode);
      if (remotePort === 0) {
        const key = (protocol << 16) | localPort;
        ports.set(key, ports.has(key) && ports.get(key) !== name ? undefined : name);
        continue;
      }
      fillFrom(connections.left, localAddress, localPort);
      fillFrom(connections.right, remoteAddress, remotePort);
      connections.extra = protocol;
      const row = connections.find();
      if (row >= 0) ends[2 * row + (connections.forward ? 0 : 1)] ??= name;
    }
    this.connections = connections;
    this.ends = ends;
    this.ports = ports;
    this.addresses = new KeyTable(WORDS, MOST_SOCKETS);
    for (const { address } of byRtnetlink(this.here, (kernel) => kernel.addresses()) ?? []) {
      fillFrom(this.addresses.left, address, 0);
      this.addresses.find();
    }
  }
}

function fill(end: Int32Array, view: DataView, offset: number, words: number, port: number): void {
  end[0] = words;
  for (let i = 0; i < 4; i++) end[1 + i] = i < words ? view.getInt32(offset + 4 * i) : 0;
  end[5] = port;
}

/** An address of IPv4 that a socket of IPv6 has (::ffff:10.0.0.1) is one of IPv4 in packets. */
function fillFrom(end: Int32Array, address: Buffer, port: number): void {
  const view = new DataView(address.buffer, address.byteOffset, address.length);
  const isMapped =
    address.length === 16 &&
    view.getUint32(0) === 0 &&
    view.getUint32(4) === 0 &&
    view.getUint32(8) === 0xffff;
  fill(end, view, isMapped ? 12 : 0, address.length === 4 || isMapped ? 1 : 4, port);
}
