// The core protocols as tcpdump prints them: each packet whole, cut short at every length, and damaged; under all
// options and on all link types.
import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { Text } from '../../src/base/text.ts';
import { addPrintOptions, printOptions } from '../../src/cli/print-options.ts';
import { PacketPrinter } from '../../src/print/packet.ts';
import { openStream } from '../../src/source/file.ts';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { has } from '../support/needs.ts';
import { CORE } from './samples.ts';

interface Record {
  packet: Uint8Array;
  wire: number;
}

function capture(records: readonly Record[], link: number): Uint8Array {
  return join(
    pcapHeader({ link }),
    ...records.map(({ packet, wire }, i) =>
      pcapRecord(1_700_000_000 + 977 * i, (i * 7919) % 1_000_000, packet.length, wire, { packet }),
    ),
  );
}

/** What `nscap read` prints with these options, without the process. */
async function ours(pcap: Uint8Array, options: readonly string[]): Promise<string> {
  const command = addPrintOptions(new Command()).parse(options, { from: 'user' });
  const source = await openStream(Readable.from([pcap], { objectMode: false }), 'test');
  const out = new Text();
  const printer = new PacketPrinter({ ...printOptions(command.opts()), terminal: false, colour: false }, out);
  for (let batch = await source.next(); batch !== null; batch = await source.next())
    for (let i = 0; i < batch.count; i++) {
      while (!printer.print(batch, i)) await printer.load();
    }
  await source.close();
  return Buffer.from(out.take()).toString('latin1');
}

function judged(pcap: Uint8Array, options: readonly string[]): string {
  return spawnSync('tcpdump', ['-n', ...options, '-r', '-'], {
    input: pcap,
    encoding: 'latin1',
    maxBuffer: 1 << 28,
  }).stdout;
}

/**
 * The packets whole, cut at some lengths (so that the wire had more), and with bytes changed behind `spared`: not those
 * which say what the payload is, for what that may be is no end of protocols.
 */
function variations(packets: readonly Uint8Array[], spared: number, seed: number): Record[] {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  return packets.flatMap((packet) => {
    const records: Record[] = [{ packet, wire: packet.length }];
    for (let i = 0; i < 12; i++) {
      records.push({ packet: packet.slice(0, 1 + random(packet.length)), wire: packet.length });
      const damaged = packet.slice();
      for (let changes = 1 + random(3); changes > 0; changes--) {
        const at = spared + random(Math.max(1, packet.length - spared));
        if (at - spared === 6 || at - spared === 9) continue;
        damaged[at] = random(2) === 0 ? random(8) : random(256);
      }
      records.push({ packet: damaged, wire: damaged.length });
    }
    return records;
  });
}

const ETHERNET = 1;
type Framing = (type: number, payload: Uint8Array) => Uint8Array | null;
/** Each link type, the bytes of its header, and how a frame's payload is made into its packet. */
const LINKS: readonly (readonly [string, number, number, Framing])[] = [
  ['raw IP', 101, 0, (type, payload) => (type === 0x800 || type === 0x86dd ? payload : null)],
  ['NULL', 0, 4, (type, payload) => join(new Uint8Array([type === 0x800 ? 2 : 30, 0, 0, 0]), payload)],
  ['LOOP', 108, 4, (type, payload) => join(new Uint8Array([0, 0, 0, type === 0x800 ? 2 : 24]), payload)],
  ['PPP', 9, 4, (type, payload) => join(new Uint8Array([0xff, 3, 0, type === 0x800 ? 0x21 : 0x57]), payload)],
  [
    'LINUX_SLL',
    113,
    16,
    (type, payload) =>
      join(new Uint8Array([0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, type >> 8, type & 255]), payload),
  ],
  [
    'LINUX_SLL2',
    276,
    20,
    (type, payload) =>
      join(
        new Uint8Array([type >> 8, type & 255, 0, 0, 0, 0, 0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]),
        payload,
      ),
  ],
];
const OPTIONS = [
  '-e',
  '-v',
  '-vv -e',
  '-vvv -K',
  '-q',
  '-q -e -v',
  '-x',
  '-xx -v',
  '-X',
  '-XX -e',
  '-A',
  '-AA -t',
  '-S -tt',
  '-ttt',
  '-tttt',
  '-ttttt',
  '--nano',
  '-#',
  '-# -tttt --nano -S -v -e -q -X',
];

describe.runIf(has('tcpdump'))('beside tcpdump: whole, cut short and damaged', () => {
  it.each(OPTIONS)('%s', async (options) => {
    const pcap = capture(variations(CORE, 14, 42), ETHERNET);
    const words = options.split(' ');
    expect((await ours(pcap, words)).split('\n')).toEqual(judged(pcap, words).split('\n'));
  });

  it.each(LINKS)('on %s', async (_, link, spared, packet) => {
    const packets = CORE.map((frame) => packet((frame[12] << 8) | frame[13], frame.slice(14)));
    const pcap = capture(
      variations(
        packets.filter((bytes) => bytes !== null),
        spared,
        4711,
      ),
      link,
    );
    for (const words of [[], ['-e', '-X'], ['-v']]) {
      expect((await ours(pcap, words)).split('\n')).toEqual(judged(pcap, words).split('\n'));
    }
  });
});
