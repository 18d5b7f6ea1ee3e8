// Packets with hostile fields in every header of the core, cut anywhere, printed as the real tcpdump prints them.
import { describe, expect, it } from 'vitest';
import type { PrintOptions } from '../../src/print/engine/options.ts';
import { EPOCH } from '../../src/print/engine/options.ts';
import { ETHERNET, LINUX_SLL, LINUX_SLL2, NULL, RAW } from '../../src/wire/linktype.ts';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { has } from '../support/needs.ts';
import { Mutants } from './mutants.ts';
import { judged, printed } from './packets.ts';

const SEED = 20_261_123;
const COUNT = 3000;

const LINKS: [name: string, link: number][] = [
  ['Ethernet', ETHERNET],
  ['LINUX_SLL', LINUX_SLL],
  ['LINUX_SLL2', LINUX_SLL2],
  ['NULL', NULL],
  ['RAW', RAW],
];
const VARIANTS: [options: string[], ours: Partial<PrintOptions>][] = [
  [[], {}],
  [['-e'], { link: true }],
  [['-X'], { hexAscii: 1 }],
  [['-v'], { verbose: 1 }],
  [['-S'], { absolute: true }],
  [['-vvv', '-e', '-XX'], { verbose: 3, link: true, hexAscii: 2 }],
  [['-q', '-A'], { quiet: 1, ascii: 1 }],
];

function capture(link: number): Uint8Array {
  const mutants = new Mutants(SEED + link);
  const records: Uint8Array[] = [];
  for (let i = 0; i < COUNT; i++) {
    const whole = mutants.packet(link);
    const cut = mutants.chance(0.3) ? 1 + mutants.below(Math.min(whole.length, 120)) : whole.length;
    const wire = mutants.chance(0.03) ? whole.length + 10 : whole.length;
    const packet = whole.subarray(0, cut);
    records.push(pcapRecord(1_700_000_000 + i, mutants.below(1_000_000), packet.length, wire, { packet }));
  }
  return join(pcapHeader({ link, snaplen: 262_144 }), ...records);
}

describe.each(LINKS)('%s packets with fields that no sender sends', (_, link) => {
  const pcap = capture(link);

  it.runIf(has('tcpdump')).each(VARIANTS)('are printed as by tcpdump %s', async (options, ours) => {
    // Each packet begins a line with its time: a difference shows that packet and no other.
    const expected = judged(pcap, options, '-tt');
    const actual = (await printed(pcap, { time: EPOCH, ...ours })).join('');
    const packets = (text: string) => text.split(/^(?=17\d{8}\.)/m);
    const [theirs, mine] = [packets(expected), packets(actual)];
    expect(mine.length).toBe(theirs.length);
    expect(mine.filter((text, i) => text !== theirs[i])).toEqual(
      theirs.filter((text, i) => text !== mine[i]),
    );
  });

  it('are printed, each once, without an error', async () => {
    expect(await printed(pcap, { verbose: 3, link: true, hexAscii: 2 })).toHaveLength(COUNT);
  });
});
