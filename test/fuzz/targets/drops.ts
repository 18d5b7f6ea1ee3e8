// Dropped packets, whichever way they are learned: records of the kernel's program, traces of nft, the kernel's trace, rules
// and counters as text, and comments of files.
import { Text } from '../../../src/base/text.ts';
import { DropBatches } from '../../../src/drops/batch.ts';
import { Event, FRAME_LENGTH } from '../../../src/drops/bpf/layout.ts';
import { BpfDrops } from '../../../src/drops/bpf/source.ts';
import { countersOf, countersOfPrograms } from '../../../src/drops/counters/read.ts';
import type { DropEvent, DropTotals, Way } from '../../../src/drops/event.ts';
import { listedRules } from '../../../src/drops/nft/listing.ts';
import { NftDrops } from '../../../src/drops/nft/source.ts';
import { type TracedDrop, Tracer } from '../../../src/drops/nft/tracer.ts';
import { Places } from '../../../src/drops/places.ts';
import { recordedDrop } from '../../../src/drops/recorded.ts';
import { Passages } from '../../../src/drops/tracefs/passages.ts';
import { TracefsDrops } from '../../../src/drops/tracefs/source.ts';
import { PcapngWriter } from '../../../src/file/pcapng-writer.ts';
import { PacketPrinter } from '../../../src/print/packet.ts';
import { countRemark, DropSummary, dropJson, dropRemark, explanation } from '../../../src/report/drops.ts';
import { Broken, bytes, LINES, type Structure, type Target, textOf } from '../target.ts';

const CONTROL = /[\x00-\x1f\x7f]/;

/** What every way has in common: lines, a document, a summary, and a file. */
function check(events: readonly DropEvent[], way: Way): void {
  const summary = new DropSummary();
  for (const event of events) {
    if (!(event.count > 0 && Number.isFinite(event.count)))
      throw new Broken(`an event of ${event.count} packets`);
    summary.add(event);
    const lines = [
      event.packet === undefined ? countRemark(event) : dropRemark(event),
      ...explanation(event),
    ];
    const text = lines.find((line) => CONTROL.test(line));
    if (text !== undefined) throw new Broken(`control bytes in ${JSON.stringify(text)}`);
    if (/NaN|undefined/.test(JSON.stringify(dropJson(event, way, undefined))))
      throw new Broken('a value is missing');
  }
  const batches = new DropBatches();
  const batch = batches.batch(events);
  const out = new Text();
  const printer = new PacketPrinter({ verbose: 1 }, out);
  const file = new PcapngWriter(new Text());
  file.section({});
  for (let i = 0; i < batch.count; i++) {
    printer.print(batch, i);
    file.record(batch, i, file.interface(batches.interfaces[batch.interface[i]]));
    const event = recordedDrop(batch, i, batches.interfaces[batch.interface[i]]);
    const packet = events.filter((one) => one.packet !== undefined)[i].packet!;
    if (Buffer.compare(event.packet!.bytes, packet.bytes) !== 0)
      throw new Broken('another packet once recorded');
  }
  const printed = Buffer.from(out.take()).toString('latin1');
  if (/[\x00-\x08\x0b-\x1f\x7f]/.test(printed))
    throw new Broken(`control bytes in ${JSON.stringify(printed)}`);
}

const RECORD = Event.FRAME + FRAME_LENGTH;
const RECORDS: Structure = {
  split: (input) =>
    Array.from({ length: Math.ceil(input.length / RECORD) }, (_, i) =>
      input.slice(i * RECORD, (i + 1) * RECORD),
    ),
  join: (parts) =>
    new Uint8Array(
      Buffer.concat(parts.map((one) => Buffer.concat([one, Buffer.alloc(RECORD)]).subarray(0, RECORD))),
    ),
};

/** A record as the program writes it; the kernel's verifier holds it to these lengths. */
function record(reason: number, frame: Uint8Array): Uint8Array {
  const made = Buffer.alloc(RECORD);
  made.writeUInt32LE(1, Event.TIME + 4);
  made.writeUInt32LE(reason, Event.REASON);
  made.writeUInt32LE(0xf0000001, Event.NAMESPACE);
  made.writeUInt32LE(3, Event.DEVICE);
  made.writeUInt32LE(frame.length, Event.LENGTH);
  made.writeUInt32LE(frame.length, Event.CAPTURED);
  made[Event.HAS_LINK] = reason & 1;
  made.write('veth0', Event.NAME);
  made.set(frame, Event.FRAME);
  return new Uint8Array(made);
}

const IP = Buffer.from('4500001c00010000401100000a0000010a00000200350035000800000102', 'hex');
const FRAME = new Uint8Array(Buffer.concat([Buffer.from('0200000000010200000000020800', 'hex'), IP]));

export const bpfRecords: Target = {
  name: 'bpf-records',
  about: "records of the kernel's program for dropped packets",
  structure: RECORDS,
  seeds: () => [
    new Uint8Array(
      Buffer.concat([record(2, FRAME), record(3, FRAME), record(0x30001, FRAME.subarray(0, 14))]),
    ),
  ],
  prepare: () => PacketPrinter.loadAll(),
  run(input) {
    const view = new DataView(input.buffer, input.byteOffset, input.length);
    const source = Object.assign(Object.create(BpfDrops.prototype), {
      facts: {
        arguments: { skb: 0, location: 1, reason: 2 },
        reasons: { 2: 'NOT_SPECIFIED', 3: 'NO_SOCKET' },
      },
      places: new Places(),
      symbols: { name: () => 'f' },
      moduleReasons: { name: (reason: number) => `REASON_${reason}` },
      clock: { realtime: () => ({ seconds: 1, nanoseconds: 2 }) },
      arena: new Uint8Array(0),
      used: 0,
    }) as { event(view: DataView, at: number): DropEvent };
    // Namespaces are not looked for.
    const events: DropEvent[] = [];
    for (let at = 0; at + RECORD <= input.length; at += RECORD) {
      if (view.getUint32(at + Event.CAPTURED, true) > FRAME_LENGTH) continue;
      view.setUint32(at + Event.NAMESPACE, 0, true);
      events.push(source.event(view, at));
    }
    check(events, 'bpf');
  },
};

const FAMILIES = [1, 2, 3, 5, 7, 10];

/** A message of nf_tables with these attributes. */
function message(family: number, attributes: readonly [number, Uint8Array][]): Uint8Array {
  const body = Buffer.concat(
    attributes.map(([type, value]) => {
      const made = Buffer.alloc(4 + ((value.length + 3) & ~3));
      made.writeUInt16LE(4 + value.length, 0);
      made.writeUInt16LE(type, 2);
      made.set(value, 4);
      return made;
    }),
  );
  const header = Buffer.alloc(20);
  header.writeUInt32LE(20 + body.length, 0);
  header.writeUInt16LE((10 << 8) | 17, 4);
  header[16] = family;
  return new Uint8Array(Buffer.concat([header, body]));
}

const number = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** One after the other, with their lengths in their first four bytes. */
const MESSAGES: Structure = {
  split(input) {
    const parts: Uint8Array[] = [];
    const view = new DataView(input.buffer, input.byteOffset, input.length);
    for (let at = 0; at + 4 <= input.length; ) {
      const length = Math.min(Math.max(view.getUint32(at, true), 4), input.length - at);
      parts.push(input.slice(at, at + length));
      at += (length + 3) & ~3;
    }
    return parts;
  },
  join: (parts) =>
    new Uint8Array(
      Buffer.concat(
        parts.map((one) => {
          const made = new Uint8Array((Math.max(one.length, 4) + 3) & ~3);
          made.set(one);
          new DataView(made.buffer).setUint32(0, Math.max(one.length, 4), true);
          return made;
        }),
      ),
    ),
};

export const nftTraces: Target = {
  name: 'nft-traces',
  about: "packets that nft's traces show as dropped",
  structure: MESSAGES,
  *seeds() {
    const rule = (family: number): [number, Uint8Array][] => [
      [1, bytes('filter\0')],
      [2, bytes('input\0')],
      [3, new Uint8Array([0, 0, 0, 0, 0, 0, 0, 7])],
      [4, number(3)],
      [5, new Uint8Array([8, 0, 1, 0, 0, 0, 0, 0])],
      [6, number(family)],
      [7, FRAME.subarray(0, 14)],
      [8, new Uint8Array(IP.subarray(0, 20))],
      [9, new Uint8Array(IP.subarray(20, 28))],
      [10, number(2)],
      [14, number(5)],
    ];
    yield new Uint8Array(Buffer.concat(FAMILIES.map((family) => message(family, rule(family)))));
    const policy: [number, Uint8Array][] = [
      [2, bytes('forward\0')],
      [4, number(1)],
      [6, number(1)],
      [8, new Uint8Array(IP.subarray(0, 20))],
      [12, number(4)],
      [16, number(0)],
    ];
    yield message(1, policy);
  },
  prepare: () => PacketPrinter.loadAll(),
  run(input) {
    const pending = [Buffer.from(input)];
    const tracer = Object.assign(Object.create(Tracer.prototype), {
      socket: { receive: () => pending.pop() },
      headers: new Map(),
      namespace: { inode: 1, label: 'a' },
    }) as Tracer;
    const source = Object.assign(Object.create(NftDrops.prototype), {
      places: new Places([{ inode: 1, label: 'a' } as never]),
      filter: undefined,
    }) as { event(drop: TracedDrop, inode: number): DropEvent | undefined };
    const events: DropEvent[] = [];
    tracer.drain((drop) => {
      const event = source.event(drop, 1);
      if (event !== undefined) events.push(event);
    });
    check(events, 'nft');
  },
};

export const kernelTrace: Target = {
  name: 'kernel-trace',
  about: "the kernel's trace of drops and of what passed before",
  structure: LINES,
  seeds: () => [
    bytes(
      ' ping-218 [000] b.s1. 1985.794370: netif_receive_skb: dev=veth0 skbaddr=00f4 len=84\n' +
        ' ping-218 [000] b.s1. 1985.794371: net_dev_queue: dev=veth1 skbaddr=00f4 len=98\n' +
        ' ping-218 [000] ..... 1985.794377: kfree_skb: skbaddr=00f4 rx_sk=0 protocol=2048 location=f+0x4bc/0xd00 reason: NO_SOCKET\n' +
        ' <idle>-0 [001] ..s1. 1985.794378: kfree_skb: skbaddr=00f8 protocol=2048 location=g.isra.0+0x1/0x2 reason: \x1b[1m\nCPU:1 [LOST 123 EVENTS]\nCPU:0 [LOST EVENTS]\n',
    ),
  ],
  words: [
    ' kfree_skb: ',
    'skbaddr=00f4 ',
    'dev=veth0 ',
    ' reason: ',
    'len=',
    '[000]',
    '-0 ',
    '99999999999.9',
    '..s1.',
  ],
  run(input) {
    const source = Object.assign(Object.create(TracefsDrops.prototype), {
      ...{
        wanted: undefined,
        passages: new Passages(),
        threads: true,
        rest: '',
        packets: 0,
        lost: 0,
        unplaced: 0,
      },
      places: new Places([{ inode: 1, label: 'a' } as never]),
      devices: new Map([['veth0', { name: 'veth0', index: 3, inode: 1 }]]),
      read: () => Buffer.from(input).toString('latin1'),
    }) as { drain(): DropEvent[]; totals(): DropTotals };
    check(source.drain(), 'tracefs');
    if (!(source.totals().lost >= 0)) throw new Broken(`${source.totals().lost} events lost`);
  },
};

const FILES: Record<string, string> = {
  snmp: 'Ip: Forwarding InHdrErrors OutNoRoutes\nIp: 1 3 4\nUdp: NoPorts RcvbufErrors\nUdp: 1 2\n',
  netstat: 'TcpExt: ListenOverflows TCPBacklogDrop\nTcpExt: 1 2\nIpExt: InNoRoutes\nIpExt: 9\n',
  snmp6: 'Ip6InNoRoutes   \t1\nUdp6NoPorts  \t2\n',
  dev: 'Inter-| Receive\n face |bytes packets errs drop\n eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n',
  softnet_stat: '00000001 00000002 00000000\n',
  'stat/nf_conntrack': 'entries drop insert_failed\n0000000a 00000001 00000002\n',
};
const NFT = {
  nftables: [
    { table: { family: 'inet', name: 'f' } },
    {
      rule: {
        family: 'inet',
        table: 'f',
        chain: 'c',
        handle: 3,
        expr: [{ counter: { packets: 3 } }, { drop: null }],
      },
    },
  ],
};
const LISTING =
  'table inet f { # handle 1\n\tchain c { # handle 1\n\t\ttcp dport 80 counter packets 3 bytes 4 drop # handle 3\n\t}\n}\n';
const QDISCS = [{ kind: 'netem', handle: '1:', dev: 'eth0', drops: 3, packets: 4 }];

/** What an input has of each of these, one behind the other. */
const SEPARATOR = '\n\x01\n';

export const counters: Target = {
  name: 'counters',
  about: "the kernel's counters of dropped packets, and rules of nft, as text",
  structure: LINES,
  seeds: () => [
    bytes([...Object.values(FILES), JSON.stringify(QDISCS), JSON.stringify(NFT), LISTING].join(SEPARATOR)),
  ],
  words: [
    '-1',
    '99999999999999999999',
    'Ip: ',
    'eth1: ',
    ' drop ',
    '[]',
    'null',
    '{"rule":',
    '"expr":',
    '\t\t',
    ' # handle ',
  ],
  run(input) {
    const texts = textOf(input).split(SEPARATOR);
    const names = Object.keys(FILES);
    const [qdiscs = '', nft = '', listing = ''] = texts.slice(names.length);
    for (const { handle } of listedRules(listing))
      if (!Number.isFinite(handle)) throw new Broken('a rule without a handle');
    const named = (name: string) => texts[names.indexOf(name)] ?? '';
    const documents = [qdiscs, nft].map((text) => {
      try {
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    });
    const counted = [...countersOf(named, true), ...countersOfPrograms(documents[0], documents[1])];
    const events = counted.map(
      ({ name, value, ...rest }): DropEvent => ({
        time: { seconds: 1, nanoseconds: 2 },
        count: value,
        counter: name,
        ...(rest.reason === undefined ? {} : { reason: rest.reason }),
        ...(rest.interface === undefined ? {} : { interface: { index: 0, name: rest.interface } }),
        ...(rest.rule === undefined ? {} : { rule: rest.rule }),
      }),
    );
    check(
      events.filter(({ count }) => count > 0),
      'counters',
    );
  },
};
