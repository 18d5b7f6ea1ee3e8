// --explain and --color: what is said in words behind a packet, and which packets stand out.
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Text } from '../../src/base/text.ts';
import type { PrintOptions } from '../../src/print/engine/options.ts';
import { PacketPrinter } from '../../src/print/packet.ts';
import { openStream } from '../../src/source/file.ts';
import { Blocks, join } from '../file/build.ts';
import { ethernet, file, printed } from './packets.ts';
import { CORE } from './samples.ts';

const SYN = 2;
const RST = 4;
const ACK = 16;
/** Offsets in an Ethernet frame with IPv4 and TCP. */
const SOURCE = 26;
const TARGET = 30;
const PORTS = 34;
const CHECKSUM = 50;

interface Segment {
  flags: number;
  back?: boolean;
  window?: number;
  sequence?: number;
  length?: number;
}

/** Adds up 16-bit words into a ones' complement sum. */
function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i++) total += i % 2 === 0 ? bytes[i] << 8 : bytes[i];
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return total;
}

/** A segment between 10.0.1.0 port 40000 and 10.0.2.0 port 7096; `offload` leaves the checksum to the card. */
function segment({ flags, back, window, sequence, length }: Segment, offload = false): Uint8Array {
  const frame = new Uint8Array(54 + (length ?? 0));
  const view = new DataView(frame.buffer);
  frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45]);
  view.setUint16(16, frame.length - 14);
  frame.set([64, 6], 22);
  frame.set([10, 0, back ? 2 : 1, 0], SOURCE);
  frame.set([10, 0, back ? 1 : 2, 0], TARGET);
  view.setUint16(PORTS, back ? 7096 : 40_000);
  view.setUint16(PORTS + 2, back ? 40_000 : 7096);
  view.setUint32(PORTS + 4, sequence ?? 1);
  frame[46] = 0x50;
  frame[47] = flags;
  view.setUint16(48, window ?? 1000);
  const pseudo = new Uint8Array([...frame.slice(SOURCE, PORTS), 0, 6, 0, 0]);
  new DataView(pseudo.buffer).setUint16(10, frame.length - PORTS);
  view.setUint16(CHECKSUM, sum(pseudo));
  if (!offload) view.setUint16(CHECKSUM, ~sum(frame.subarray(PORTS)));
  return frame;
}

/** The notes behind each packet. */
async function notes(frames: Uint8Array[], options: Partial<PrintOptions> = {}): Promise<string[][]> {
  return (await printed(file(frames), { explain: true, ...options })).map(noted);
}

function noted(text: string): string[] {
  return [...text.matchAll(/^ {8}# (.*)$/gm)].map(([, note]) => note);
}

describe('a note', () => {
  it('tells how a connection begins, and that nothing listens', async () => {
    expect(
      await notes([
        segment({ flags: SYN }),
        segment({ flags: SYN }),
        segment({ flags: RST | ACK, back: true }),
        segment({ flags: SYN, sequence: 9 }),
        segment({ flags: SYN | ACK, back: true }),
        segment({ flags: RST, back: true }),
      ]),
    ).toEqual([
      ['SYN: asks to connect to port 7096'],
      ['SYN: asks again, for no answer came'],
      ['RST after SYN: nothing listens on port 7096, or a firewall refuses'],
      ['SYN: asks to connect to port 7096'],
      ['SYN-ACK: accepts'],
      ['RST: breaks the connection off'],
    ]);
  });

  it('tells of a receiver that is full', async () => {
    expect(await notes([segment({ flags: ACK, window: 0 })])).toEqual([
      ['zero window: receiver is full, the sender must wait'],
    ]);
  });

  it('tells of a checksum left to the card: once, and with -v behind each', async () => {
    const frames = [1, 2].map((sequence) => segment({ flags: ACK, sequence }, true));
    const note = 'checksum not yet computed: offload, normal on veth';
    expect(await notes(frames)).toEqual([[note], []]);
    expect(await notes(frames, { verbose: 1 })).toEqual([[note], [note]]);
  });

  it('tells who asks for a neighbour, who asks whether an address is free, and who announces one', async () => {
    const arp = (sender: number[], target: number[]) => {
      const fixed = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1];
      return ethernet(0x0806, new Uint8Array([...fixed, ...sender, 0, 0, 0, 0, 0, 0, ...target]));
    };
    const solicitation = (source: number) => {
      const packet = new Uint8Array(64);
      packet.set([0x60, 0, 0, 0, 0, 24, 58, 255]);
      packet[8] = source;
      packet[40] = 135;
      return ethernet(0x86dd, packet);
    };
    const asks = 'asks for the hardware address behind an IP address';
    const probes = 'asks whether another host has that address already, before taking it';
    expect(
      await notes([
        arp([10, 0, 1, 0], [10, 0, 2, 0]),
        arp([0, 0, 0, 0], [10, 0, 2, 0]),
        arp([10, 0, 2, 0], [10, 0, 2, 0]),
        arp([10, 0, 1, 0], [10, 0, 2, 0]).subarray(0, 30),
        solicitation(0xfe),
        solicitation(0),
      ]),
    ).toEqual([[asks], [probes], ['announces its own address'], [asks], [asks], [probes]]);
  });

  it('tells of damage', async () => {
    const frame = segment({ flags: ACK, length: 4 });
    frame[56] ^= 1;
    expect(await notes([frame])).toEqual([
      ['checksum wrong: damaged, or changed on the way without mending it'],
    ]);
  });

  it('tells of a packet larger than links carry', async () => {
    expect(await notes([segment({ flags: ACK, length: 4000 })])).toEqual([
      ['4040 bytes, larger than the usual MTU of 1500: GSO, cut later, or GRO, merged on arrival'],
    ]);
  });

  it.each([
    ['Ethernet', 1, new Uint8Array(12), [8, 0]],
    ['cooked', 113, new Uint8Array([0, 0, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0]), [8, 0]],
    ['cooked v2', 276, new Uint8Array([8, 0, 0, 0, 0, 0, 0, 1, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0]), []],
    ['BSD', 0, new Uint8Array([2, 0, 0, 0]), []],
  ])('finds no packet too large for the loopback interface: %s', async (_, link, header, type) => {
    const packet = segment({ flags: ACK, length: 4000 }).subarray(14);
    const frame = join(header, new Uint8Array(type), packet);
    const text = await printed(file([frame], link), { explain: true });
    expect(text[0]).toContain('10.0.1.0.40000 > 10.0.2.0.7096');
    expect(text.map(noted)).toEqual([[]]);
  });

  /** The notes on Ethernet packets, each at an interface and a time in milliseconds, or a microsecond apart. */
  async function atInterfaces(
    ...seen: [interfaceId: number, frame: Uint8Array, time?: number][]
  ): Promise<string[]> {
    const blocks = new Blocks();
    const pcapng = join(
      blocks.section(),
      blocks.interface(),
      blocks.interface(),
      ...seen.map(([id, frame, time], i) =>
        blocks.enhanced(id, 1_000_000n + BigInt(time === undefined ? i : 1000 * time), frame),
      ),
    );
    const source = await openStream(Readable.from([pcapng], { objectMode: false }), 'test');
    const text = new Text();
    const printer = new PacketPrinter({ explain: true }, text);
    for (let batch = await source.next(); batch !== null; batch = await source.next())
      for (let i = 0; i < batch.count; i++) {
        while (!printer.print(batch, i)) await printer.load();
      }
    await source.close();
    return noted(Buffer.from(text.take()).toString());
  }
  const twice = (other: number) => `seen twice: same packet at two interfaces (packet ${other} is the other)`;

  it('tells of a packet seen at two interfaces, not of two that are alike at one', async () => {
    const frame = segment({ flags: ACK, length: 4 });
    expect(await atInterfaces([0, frame], [1, frame], [1, frame])).toEqual([twice(1)]);
  });

  it('tells of none that is alike but came later', async () => {
    const frame = segment({ flags: ACK, length: 4 });
    expect(await atInterfaces([0, frame, 0], [1, frame, 99])).toEqual([twice(1)]);
    expect(await atInterfaces([0, frame, 0], [1, frame, 101])).toEqual([]);
  });

  it('takes a packet seen at two interfaces for one: its SYN asks once, its RST answers once', async () => {
    const syn = segment({ flags: SYN });
    const refusal = segment({ flags: RST | ACK, back: true });
    expect(await atInterfaces([1, syn], [0, syn], [0, refusal], [1, refusal])).toEqual([
      'SYN: asks to connect to port 7096',
      twice(1),
      'RST after SYN: nothing listens on port 7096, or a firewall refuses',
      twice(3),
    ]);
  });

  it('is not given without --explain, and the lines are the same with it', async () => {
    const pcap = file(CORE);
    const plain = await printed(pcap, {});
    const explained = await printed(pcap, { explain: true });
    expect(explained.map((text) => text.replace(/^ {8}# .*\n/gm, ''))).toEqual(plain);
    expect(explained).not.toEqual(plain);
  });
});

describe('colours', () => {
  it('surround lines that are otherwise the same', async () => {
    const pcap = file(CORE);
    const coloured = await printed(pcap, { colour: true });
    expect(coloured.every((text) => /^\x1b\[3[0-9]m.*\x1b\[39m\n$/s.test(text))).toBe(true);
    expect(coloured.map((text) => text.replace(/\x1b\[\d+m/g, ''))).toEqual(await printed(pcap, {}));
  });

  it('tell SYN, RST and a plain acknowledgment apart', async () => {
    const lines = await printed(file([SYN, RST, ACK].map((flags) => segment({ flags }))), { colour: true });
    expect(new Set(lines.map((line) => line.slice(0, 5))).size).toBe(3);
  });
});
