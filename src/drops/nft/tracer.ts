// nft's own traces: which rule, or which chain's policy, dropped a packet. A table of nscap's requests them; it belongs to a
// netlink socket of this process (flags owner) and so is gone when the process is, however that ends.
import { getSystemErrorMap } from 'node:util';
import { attributes, insideNamespace, NETLINK_NETFILTER } from '../../binding/netlink.ts';
import { NetlinkChannel } from '../../binding/netlink-channel.ts';
import { NscapError } from '../../errors.ts';
import { interfaces } from '../../netns/interfaces.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Rule } from '../event.ts';
import {
  type Attribute,
  batch,
  dump,
  FAMILIES,
  GET_CHAIN,
  GET_TABLE,
  type Message,
  messages,
  NEW_CHAIN,
  NEW_RULE,
  NEW_TABLE,
  NFNLGRP_NFTRACE,
  textOf,
} from './messages.ts';

/** A packet that a rule or policy dropped, as far as the trace shows it. */
export interface TracedDrop {
  rule: Rule;
  /** Beginnings of its headers: at most 20, 40 and 20 bytes. */
  link: Buffer;
  network: Buffer;
  transport: Buffer;
  /** Indices of the interfaces it came in by and was to go out by; 0 for none. */
  input: number;
  output: number;
  mark: number;
}

const INET = 1;
const ARP = 3;
const NETDEV = 5;
const BRIDGE = 7;
/** Hooks of devices, and that of them which tables of the family inet have (enum nf_inet_hooks). */
const INGRESS = 0;
const EGRESS = 1;
const INET_INGRESS = 5;
/** NFTA_CHAIN_HOOK, and NFTA_HOOK_DEVS in it. */
const CHAIN_HOOK = 4;
const HOOK_DEVICES = 4;
/** Hooks that every packet passes first: of inet and bridge prerouting and output, of arp input and output. */
const FIRST_HOOKS: Record<number, number[]> = { [INET]: [0, 3], [BRIDGE]: [0, 3], [ARP]: [0, 1] };
/** Before all other chains. */
const PRIORITY = -0x7fffffff;

const TABLE_OWNER = 2;
const ACCEPT = 1;
const REGISTER = 1;
const META_NFTRACE = 12;

// NFTA_TRACE_ attributes.
const TABLE = 1;
const CHAIN = 2;
const HANDLE = 3;
const TYPE = 4;
const VERDICT = 5;
const ID = 6;
const LINK_HEADER = 7;
const NETWORK_HEADER = 8;
const TRANSPORT_HEADER = 9;
const INPUT = 10;
const OUTPUT = 12;
const MARK = 14;
const POLICY = 16;

const OF_POLICY = 1;
const OF_RULE = 3;
const DROP = 0;
/** The most traces under way; the oldest beyond that is complete. */
const REMEMBERED = 4096;
const EMPTY = Buffer.alloc(0);

let count = 0;

export class Tracer {
  readonly namespace: Namespace;
  readonly descriptor: number;
  /** Whether traces were lost for lack of room: how many is not known. */
  lost = false;
  /** Packets traced in the second with most of them. Where that is the limit, there were more. */
  mostASecond = 0;
  private second = 0;
  private inSecond = 0;
  private readonly socket: NetlinkChannel;
  private readonly name = `nscap-${process.pid}-${++count}`;
  private readonly headers = new Map<number, Pick<TracedDrop, 'link' | 'network' | 'transport'>>();

  /** Throws NscapError if the process may not, or the kernel cannot. */
  constructor(namespace: Namespace) {
    this.namespace = namespace;
    const open = () => new NetlinkChannel(NETLINK_NETFILTER);
    this.socket =
      namespace.enter.length === 0 ? open() : insideNamespace(namespace.path, open, namespace.inode);
    this.descriptor = this.socket.descriptor;
  }

  /** Numbers of the families that have tables; that of devices also where a table of another family hooks into them. */
  families(): Set<number> {
    const found = new Set<number>();
    this.list(GET_TABLE, ({ family }) => found.add(family));
    if (!found.has(INET)) return found;
    this.list(GET_CHAIN, ({ family, attributes: chain }) => {
      const hook = attributes(chain.get(CHAIN_HOOK) ?? EMPTY, 0).get(1);
      if (family === INET && number(hook) === INET_INGRESS) found.add(NETDEV);
    });
    return found;
  }

  private list(type: number, take: (message: Message) => void): void {
    this.socket.send(dump(type));
    for (;;) {
      const bytes = this.socket.receive();
      if (bytes === undefined || bytes === 'lost') return;
      for (const message of messages(bytes, fail)) {
        if (message.kind === 'done') return;
        take(message);
      }
    }
  }

  /** Makes the kernel trace packets, at a limited rate per second, in tables of these families besides those of IP. */
  async trace(rate: number, families: ReadonlySet<number>): Promise<void> {
    for (const family of [INET, BRIDGE, ARP]) {
      if (family === INET || families.has(family)) this.addTable(family, FIRST_HOOKS[family], rate);
    }
    if (families.has(NETDEV)) await this.traceDevices(rate);
    this.socket.join(NFNLGRP_NFTRACE);
  }

  /** Chains of devices come before all others, and an egress hook (Linux 5.16) after them. */
  private async traceDevices(rate: number): Promise<void> {
    const devices = (await interfaces(this.namespace)).map(({ name }) => name);
    this.addTable(NETDEV, [INGRESS], rate, devices);
    try {
      this.addTable(NETDEV, [EGRESS], rate, devices, `${this.name}-out`);
    } catch (error) {
      if (!(error instanceof NscapError) || error.code !== 'KERNEL_LACKS') throw error;
    }
  }

  private addTable(
    family: number,
    hooks: readonly number[],
    rate: number,
    devices: readonly string[] = [],
    name = this.name,
  ): void {
    const additions: [number, Attribute[]][] = [
      [NEW_TABLE, [[1, name] as Attribute, [2, TABLE_OWNER]]],
      ...hooks.flatMap((hook): [number, Attribute[]][] => [
        [NEW_CHAIN, chain(name, `hook${hook}`, hook, devices)],
        [
          NEW_RULE,
          [
            [1, name],
            [2, `hook${hook}`],
            [4, traceExpressions(rate)],
          ],
        ],
      ]),
    ];
    this.socket.send(batch(family, additions));
    for (let bytes = this.socket.receive(); bytes !== undefined; bytes = this.socket.receive()) {
      if (bytes !== 'lost') for (const _ of messages(bytes, fail));
    }
  }

  /** Calls `dropped` for each packet that was dropped since the last call. */
  drain(dropped: (drop: TracedDrop) => void): void {
    for (;;) {
      const bytes = this.socket.receive();
      if (bytes === undefined) return;
      if (bytes === 'lost') {
        this.lost = true;
        continue;
      }
      for (const message of messages(bytes, () => {})) {
        if (message.kind === 'trace') this.read(message, dropped);
      }
    }
  }

  private read({ family, attributes: trace }: Message, dropped: (drop: TracedDrop) => void): void {
    const id = number(trace.get(ID));
    let headers = this.headers.get(id);
    const network = trace.get(NETWORK_HEADER);
    if (network !== undefined) {
      if (!this.headers.has(id)) this.countTraced();
      const copy = (type: number) => Buffer.from(trace.get(type) ?? EMPTY);
      headers = {
        link: copy(LINK_HEADER),
        network: copy(NETWORK_HEADER),
        transport: copy(TRANSPORT_HEADER),
      };
      this.headers.delete(id);
      this.headers.set(id, headers);
      if (this.headers.size > REMEMBERED) this.headers.delete(this.headers.keys().next().value!);
    }
    const type = number(trace.get(TYPE));
    // A verdict is nested: its code is its first attribute.
    const verdict = trace.get(VERDICT)?.subarray(4);
    const code = type === OF_POLICY ? trace.get(POLICY) : type === OF_RULE ? verdict : undefined;
    if (headers === undefined || code === undefined || code.length < 4 || code.readInt32BE(0) !== DROP)
      return;
    const handle = trace.get(HANDLE);
    dropped({
      rule: {
        family: FAMILIES[family] ?? `family ${family}`,
        table: textOf(trace.get(TABLE)),
        chain: textOf(trace.get(CHAIN)),
        ...(type === OF_POLICY || handle === undefined || handle.length < 8
          ? { text: 'policy drop' }
          : { handle: Number(handle.readBigUInt64BE()) }),
      },
      ...headers,
      input: number(trace.get(INPUT)),
      output: number(trace.get(OUTPUT)),
      mark: number(trace.get(MARK)),
    });
  }

  private countTraced(): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.second) this.inSecond = 0;
    this.second = second;
    this.inSecond += 1;
    this.mostASecond = Math.max(this.mostASecond, this.inSecond);
  }

  close(): void {
    this.socket.close();
  }
}

function number(bytes: Buffer | undefined): number {
  return bytes === undefined || bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
}

function chain(table: string, name: string, hook: number, devices: readonly string[]): Attribute[] {
  const place: Attribute[] = [
    [1, hook],
    [2, PRIORITY],
  ];
  if (devices.length > 0) place.push([HOOK_DEVICES, devices.map((device): Attribute => [1, device])]);
  return [
    [1, table],
    [3, name],
    [4, place],
    [5, ACCEPT],
    [7, 'filter'],
  ];
}

/** `limit rate RATE/second burst RATE packets meta nftrace set 1` */
function traceExpressions(rate: number): Attribute[] {
  const expression = (name: string, data: Attribute[]): Attribute => [
    1,
    [
      [1, name],
      [2, data],
    ],
  ];
  return [
    expression('limit', [
      [1, BigInt(rate)],
      [2, 1n],
      [3, rate],
    ]),
    expression('immediate', [
      [1, REGISTER],
      [2, [[1, Uint8Array.of(1)]]],
    ]),
    expression('meta', [
      [2, META_NFTRACE],
      [3, REGISTER],
    ]),
  ];
}

/** Throws for an acknowledgement that is not valid. */
function fail(code: number): void {
  if (code === 0) return;
  const [name, words] = getSystemErrorMap().get(code) ?? ['UNKNOWN', `error ${-code}`];
  throw new NscapError(
    name === 'EPERM' ? 'NOT_PERMITTED' : 'KERNEL_LACKS',
    `nft cannot trace packets: ${words}`,
  );
}
