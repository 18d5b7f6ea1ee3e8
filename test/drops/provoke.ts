// A pair of namespaces in which packets are made to be dropped for one reason after the other.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DropEvent, DropSource } from '../../src/drops/event.ts';
import { openDrops } from '../../src/drops/open.ts';
import { sh } from '../netns/support.ts';
import { ACK, address, ethernet, ipv4, PSH, type Segment, SYN, tcp } from './frames.ts';
import { brief, Pair } from './pair.ts';
import { bind, closeAll, listen, SOCK_STREAM, socketIn, Wire } from './sockets.ts';

export const A = '10.77.0.1';
export const B = '10.77.0.2';
/** Nobody's address: what it sends is made by hand, and what it gets is read from the wire. */
export const STRANGER = '10.77.0.50';
export const STRANGER_MAC = '02:00:00:00:00:50';
const IPV4 = 0x0800;

export class Stage {
  readonly pair = new Pair();
  readonly wire: Wire;
  readonly macB: string;
  readonly indexB: number;
  private source!: DropSource;
  private readonly events: DropEvent[] = [];
  private reading: Promise<void> = Promise.resolve();
  private port = 20_000;

  constructor() {
    const link = (name: string, device: string) =>
      JSON.parse(sh('ip', '-n', name, '-j', 'link', 'show', device))[0] as {
        ifindex: number;
        address: string;
      };
    this.wire = new Wire(this.pair.a, link(this.pair.a, 'veth0').ifindex);
    const { address: mac, ifindex } = link(this.pair.b, 'veth1');
    this.macB = mac;
    this.indexB = ifindex;
    sh(
      'ip',
      '-n',
      this.pair.b,
      'neigh',
      'add',
      STRANGER,
      'lladdr',
      STRANGER_MAC,
      'dev',
      'veth1',
      'nud',
      'permanent',
    );
  }

  static async make(): Promise<Stage> {
    const stage = new Stage();
    stage.source = await openDrops({ how: 'bpf', namespaces: await stage.pair.namespaces(), rules: false });
    stage.reading = stage.read();
    return stage;
  }

  private async read(): Promise<void> {
    for (let events = await this.source.next(); events !== null; events = await this.source.next()) {
      this.events.push(...events);
    }
  }

  /** Waits until a packet was dropped for that reason, in that function, since the last call. */
  async dropped(reason: string, milliseconds = 10_000, where?: string): Promise<DropEvent> {
    for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(10)) {
      const found = this.events.find(
        (event) => event.reason === reason && (where === undefined || event.function === where),
      );
      if (found === undefined) continue;
      this.events.length = 0;
      return found;
    }
    const seen = [...new Set(this.events.map(brief))].slice(0, 12).join('; ');
    this.events.length = 0;
    throw new Error(`nothing was dropped for ${reason}, but: ${seen || 'nothing at all'}`);
  }

  /** Sends an IPv4 packet of a stranger's to b. */
  send(packet: Buffer, to = this.macB): void {
    this.wire.send(ethernet(to, STRANGER_MAC, IPV4, packet));
  }

  /** The next TCP segment to a stranger that is as wanted. */
  async segment(wanted: (bytes: Buffer) => boolean): Promise<Buffer> {
    for (const end = Date.now() + 5000; Date.now() < end; await sleep(5)) {
      for (let frame = this.wire.receive(); frame !== undefined; frame = this.wire.receive()) {
        if (frame.readUInt16BE(12) !== IPV4 || frame[23] !== 6) continue;
        if (frame.subarray(30, 34).equals(address(STRANGER)) && wanted(frame.subarray(34)))
          return frame.subarray(34);
      }
    }
    throw new Error('b sent no such segment');
  }

  set(name: string, ...settings: string[]): void {
    sh('ip', 'netns', 'exec', name, 'sysctl', '-qw', ...settings);
  }

  b(...argv: string[]): string {
    return this.pair.in(this.pair.b, ...argv);
  }

  /** A listener in b, and its port. */
  listener(backlog = 16, before: (socket: number) => void = () => {}): { socket: number; port: number } {
    const socket = socketIn(this.pair.b, 2, SOCK_STREAM);
    const port = this.port++;
    before(socket);
    bind(socket, B, port);
    listen(socket, backlog);
    return { socket, port };
  }

  async remove(): Promise<void> {
    this.source?.stop();
    await this.reading;
    await this.source?.close();
    closeAll();
    this.pair.remove();
  }
}

/** A TCP client on nobody's address, whose segments a test writes itself. */
export class Stranger {
  private readonly stage: Stage;
  readonly ports: [number, number];
  /** What comes next from us, and what we have got. */
  sequence = 1000;
  acknowledgment = 0;
  /** The window that the other side's SYN-ACK had. */
  window = 0;
  /** The other side's last time stamp. */
  echo = 0;
  private static nextPort = 40_000;

  constructor(stage: Stage, port: number) {
    this.stage = stage;
    this.ports = [Stranger.nextPort++, port];
  }

  segment(fields: Partial<Segment>): void {
    const bytes = tcp(STRANGER, B, {
      ports: this.ports,
      sequence: this.sequence,
      acknowledgment: this.acknowledgment,
      flags: ACK,
      ...fields,
    });
    this.stage.send(ipv4({ source: STRANGER, destination: B, protocol: 6, payload: bytes }));
  }

  /** Sends payload and counts it. */
  data(payload: string, options?: Buffer): void {
    this.segment({
      flags: ACK | PSH,
      payload: Buffer.from(payload),
      ...(options === undefined ? {} : { options }),
    });
    this.sequence += payload.length;
  }

  /** The handshake up to its last ACK, with time stamps where one is given. */
  async connect(stamp?: number): Promise<this> {
    const isn = this.sequence;
    this.segment({
      flags: SYN,
      acknowledgment: 0,
      ...(stamp === undefined ? {} : { options: timestamps(stamp, 0) }),
    });
    this.sequence = isn + 1;
    const answer = await this.next((flags) => (flags & (SYN | ACK)) === (SYN | ACK));
    this.acknowledgment = answer.readUInt32BE(4) + 1;
    this.window = answer.readUInt16BE(14);
    const at = answer.indexOf(Buffer.from([8, 10]), 20);
    if (stamp !== undefined && at > 0) this.echo = answer.readUInt32BE(at + 2);
    this.segment(stamp === undefined ? {} : { options: timestamps(stamp, this.echo) });
    await sleep(20);
    return this;
  }

  /** The next segment to us with such flags. */
  next(wanted: (flags: number) => boolean): Promise<Buffer> {
    return this.stage.segment((bytes) => bytes.readUInt16BE(2) === this.ports[0] && wanted(bytes[13]));
  }
}

/** The option of RFC 7323, padded. */
export function timestamps(value: number, echo: number): Buffer {
  const option = Buffer.from([1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0]);
  option.writeUInt32BE(value >>> 0, 4);
  option.writeUInt32BE(echo >>> 0, 8);
  return option;
}
