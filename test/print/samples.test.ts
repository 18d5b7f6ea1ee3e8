// Each sample as tcpdump prints it: whole in the first test, cut short and damaged in those that ask tcpdump itself.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { has } from '../support/needs.ts';
import { judged, printed } from './packets.ts';
import { DATA, SAMPLE_FILES, samples } from './samples.ts';

/** What is printed, by the options of tcpdump in the heading of each part of a .out file. */
const SHOWN = { '-n -t': {}, '-n -vvv -e -t': { verbose: 3, link: true } };

/** The text of each packet, by the heading of its part. */
function expected(path: string): Map<string, string[]> {
  const parts = readFileSync(`${DATA}${path}.out`, 'latin1').split(/^# tcpdump \S+ (?=-)/m);
  return new Map(
    parts.slice(1).map((part) => {
      const [heading, ...texts] = part.split(/^## .*\n|(?<=^-.*)\n/m);
      return [heading, texts.filter((_, i) => i > 0 || texts[0] !== '')];
    }),
  );
}

describe.each(SAMPLE_FILES.map((one) => [one.path, one] as const))(
  '%s',
  (path, { pcap, samples: packets }) => {
    it.each(Object.entries(SHOWN))('is printed as by tcpdump %s', async (heading, options) => {
      const lines = await printed(pcap, { time: 1, ...options });
      const theirs = expected(path).get(heading);
      expect(packets.map(({ name }, i) => [name, lines[i]])).toEqual(
        packets.map(({ name }, i) => [name, theirs?.[i]]),
      );
    });
  },
);

it('are those of the families that there are, and each has a name', () => {
  expect(new Set(SAMPLE_FILES.map(({ path }) => path.split('/')[0]))).toEqual(
    new Set(['application', 'bridge', 'link', 'mpls', 'network', 'routing', 'sdn', 'transport', 'tunnel']),
  );
  const unnamed = SAMPLE_FILES.flatMap(({ path, samples: packets }) =>
    packets.filter(({ name }) => /^packet \d+$/.test(name)).map(({ name }) => `${path}: ${name}`),
  );
  expect(unnamed, 'give each packet a name behind ## in the .out file').toEqual([]);
});

it.runIf(has('tcpdump'))('were written by the tcpdump that is here, or one that prints the same', () => {
  for (const { path, pcap } of SAMPLE_FILES) {
    for (const [heading, texts] of expected(path)) {
      const { stdout } = spawnSync('tcpdump', [...heading.split(' '), '-r', '-'], {
        input: pcap,
        encoding: 'latin1',
      });
      expect(stdout, `npm run update-samples ${path}`).toBe(texts.join(''));
    }
  }
});

/** Copies of every sample, some cut short (which changes what its lengths promise), some with bytes changed from `from` on. */
function damaged(frames: readonly Uint8Array[], copies: number, seed: number, from: number): Uint8Array[] {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  return frames.flatMap((frame) =>
    Array.from({ length: copies }, (_, copy) => {
      const cut = copy % 3 === 0 ? frame.slice(0, 14 + random(frame.length - 13)) : frame.slice();
      for (let changes = copy % 4; changes > 0 && cut.length > from; changes--)
        cut[from + random(cut.length - from)] = random(3) === 0 ? random(4) : random(256);
      return cut;
    }),
  );
}

const VARIANTS: [options: string[], ours: object][] = [
  [[], {}],
  [['-v'], { verbose: 1 }],
  [['-vvv', '-e'], { verbose: 3, link: true }],
  [['-q'], { quiet: 1 }],
  [['-vv', '-X'], { verbose: 2, hexAscii: 1 }],
];

/** tcpdump -vvv forgets a part of its -v for good where the frame within an OpenFlow message is cut short. */
const COMPARABLE = SAMPLE_FILES.filter(
  ({ path, linkType }) => linkType === 1 && path !== 'sdn/openflow-frames',
);

describe.runIf(has('tcpdump')).each(VARIANTS)('damaged, beside tcpdump %s', (options, ours) => {
  it.each(COMPARABLE.map((one) => [one.path, one] as const))('%s', async (path, { samples: packets }) => {
    const frames = packets.map(({ frame }) => frame).filter((frame) => frame.length > 14);
    // Bytes beyond the headers that carry it: the layers below have tests of their own.
    const [from, copies] = path.startsWith('network/') ? [34, 200] : [42, 50];
    const all = damaged(frames, Math.max(copies, Math.ceil(150 / packets.length)), 4711, from);
    const pcap = join(
      pcapHeader(),
      ...all.map((packet, i) => pcapRecord(i, 0, packet.length, packet.length, { packet })),
    );
    expect((await printed(pcap, { time: 1, ...ours })).join('').split('\n')).toEqual(
      judged(pcap, options).split('\n'),
    );
  });
});

describe.runIf(has('tcpdump')).each<[string[], object]>([
  [['-v'], { verbose: 1 }],
  [['-vvv', '-e', '-X'], { verbose: 3, link: true, hexAscii: 1 }],
  [['-vv', '-A'], { verbose: 2, ascii: 1 }],
  [['-vv', '-q'], { verbose: 2, quiet: 1 }],
])('cut at every length, beside tcpdump %s', (options, ours) => {
  const files = SAMPLE_FILES.filter(({ path }) => path !== 'sdn/openflow-frames');
  it.each(files.map((one) => [one.path, one] as const))('%s', async (_, { linkType, samples: packets }) => {
    const records: Uint8Array[] = [];
    for (const { frame } of packets)
      for (let length = 1; length <= frame.length; length++) {
        const packet = frame.subarray(0, length);
        // Captured so far only, or as if it had been no longer on the wire.
        for (const wire of [length, frame.length]) records.push(pcapRecord(0, 0, length, wire, { packet }));
      }
    const pcap = join(pcapHeader({ link: linkType }), ...records);
    const theirs = judged(pcap, options).split('\n');
    const lines = (await printed(pcap, { time: 1, ...ours })).join('').split('\n');
    // Of thousands of lines the first that differs tells enough.
    const first = lines.findIndex((line, i) => line !== theirs[i]);
    expect(lines.slice(first - 5, first + 3)).toEqual(theirs.slice(first - 5, first + 3));
    expect(lines.length).toBe(theirs.length);
  });
});

it('a frame within a message of OpenFlow is printed, cut short or not', async () => {
  for (const { frame } of samples('sdn/openflow-frames'))
    for (let length = 55; length <= frame.length; length++) {
      const packet = frame.subarray(0, length);
      const pcap = join(pcapHeader(), pcapRecord(0, 0, length, frame.length, { packet }));
      for (const verbose of [1, 2])
        expect((await printed(pcap, { time: 1, verbose })).join('')).toBe(
          judged(pcap, ['-vv'.slice(0, verbose + 1)]),
        );
    }
});
