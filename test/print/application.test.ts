// Protocols above TCP, UDP, IP and Ethernet: as tcpdump prints them, whole, cut short and damaged.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { has } from '../support/needs.ts';
import { NETWORK } from './network-samples.ts';
import { file, ip, judged, printed, TCP, transport, UDP } from './packets.ts';
import { ROUTING } from './routing-samples.ts';
import { SAMPLES } from './samples.ts';
import { MORE_SAMPLES } from './samples-more.ts';
import { LINES } from './samples-more-lines.ts';
import { SECOND } from './samples-second.ts';

const PLAIN = { time: 1 };
/** Ports whose payload is dissected, and one whose is not. */
const PORTS = [
  7, 21, 22, 23, 25, 53, 67, 69, 80, 123, 161, 179, 319, 500, 514, 520, 521, 546, 554, 646, 698, 1701, 1723,
  1812, 1985, 2049, 3784, 4500, 4789, 5060, 5353, 6081, 6343, 6379, 6653, 30490,
];
const PROTOCOLS = [1, 2, 4, 6, 17, 41, 46, 47, 50, 51, 58, 60, 88, 89, 103, 112, 132, 137];
const FURTHER = [...NETWORK, ...ROUTING, ...MORE_SAMPLES];

/** Copies of every sample, some cut short (which changes what its lengths promise), some with bytes changed. */
function damaged(
  samples: readonly (readonly [name: string, frame: Uint8Array, ...line: string[]])[],
  copies: number,
  seed: number,
): Uint8Array[] {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  return samples.flatMap(([, frame]) =>
    Array.from({ length: copies }, (_, copy) => {
      const cut = copy % 3 === 0 ? frame.slice(0, 14 + random(frame.length - 13)) : frame.slice();
      // Bytes beyond the network header: the layers below have tests of their own.
      for (let changes = copy % 4; changes > 0 && cut.length > 42; changes--)
        cut[42 + random(cut.length - 42)] = random(3) === 0 ? random(4) : random(256);
      return cut;
    }),
  );
}

describe('a packet of each protocol', () => {
  it.each([...SAMPLES, ...SECOND])('%s', async (_, frame, line) => {
    expect(await printed(file([frame]), PLAIN)).toEqual([`${line}\n`]);
  });

  it('one after the other, so that answers are understood', async () => {
    const lines = await printed(file(MORE_SAMPLES.map(([, frame]) => frame)), PLAIN);
    expect(MORE_SAMPLES.map(([name], i) => [name, lines[i]])).toEqual(
      LINES.map(([name, line]) => [name, `${line}\n`]),
    );
  });

  const variants: [string[], object][] = [
    [[], {}],
    [['-v'], { verbose: 1 }],
    [['-vvv', '-e'], { verbose: 3, link: true }],
    [['-q'], { quiet: 1 }],
    [['-vv', '-X'], { verbose: 2, hexAscii: 1 }],
  ];
  it.runIf(has('tcpdump')).each(variants)(
    'cut short and damaged, as tcpdump %s prints it',
    async (options, ours) => {
      const pcap = file([
        ...damaged(SAMPLES, 150, 4711),
        ...damaged(SECOND, 50, 4715),
        ...damaged(FURTHER, 50, 4713),
      ]);
      const expected = judged(pcap, options).split('\n');
      const actual = (await printed(pcap, { ...PLAIN, ...ours })).join('').split('\n');
      expect(actual).toEqual(expected);
    },
  );
});

/** Every sample cut at every length: captured so far only, or as if it had been no longer on the wire. */
function cut(): Uint8Array {
  const records: Uint8Array[] = [];
  for (const [, frame] of [...SAMPLES, ...SECOND, ...MORE_SAMPLES, ...NETWORK, ...ROUTING])
    for (let length = 1; length <= frame.length; length++) {
      const packet = frame.subarray(0, length);
      for (const wire of [length, frame.length]) records.push(pcapRecord(0, 0, length, wire, { packet }));
    }
  return join(pcapHeader(), ...records);
}

describe('a packet of each protocol, cut at every length', () => {
  it.runIf(has('tcpdump')).each<[string[], object]>([
    [['-v'], { verbose: 1 }],
    [['-vvv', '-e', '-X'], { verbose: 3, link: true, hexAscii: 1 }],
    [['-vv', '-A'], { verbose: 2, ascii: 1 }],
    [['-vv', '-q'], { verbose: 2, quiet: 1 }],
  ])('is printed as by tcpdump %s', async (options, ours) => {
    const pcap = cut();
    const expected = judged(pcap, options).split('\n');
    const actual = (await printed(pcap, { ...PLAIN, ...ours })).join('').split('\n');
    // Of thousands of lines the first that differs tells enough.
    const first = actual.findIndex((line, i) => line !== expected[i]);
    expect(actual.slice(first - 5, first + 3)).toEqual(expected.slice(first - 5, first + 3));
    expect(actual.length).toBe(expected.length);
  });
});

describe('hostile payloads', () => {
  const payload = fc.uint8Array({ maxLength: 300 });

  it('end in a line', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(TCP, UDP),
        fc.constantFrom(...PORTS),
        payload,
        fc.integer({ min: 0, max: 4 }),
        async (protocol, port, bytes, verbose) => {
          const lines = await printed(file([transport(protocol, 40_000, port, bytes)]), {
            ...PLAIN,
            verbose,
          });
          expect(lines[0]).toMatch(/^IP .*\n$/s);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('end in a line, whatever the protocol of IP is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PROTOCOLS), payload, async (protocol, bytes) => {
        const lines = await printed(file([ip(protocol, bytes)]), { ...PLAIN, verbose: 3 });
        expect(lines[0]).toMatch(/^IP .*\n$/s);
      }),
      { numRuns: 1000 },
    );
  });

  it('of names that point at names are bounded', async () => {
    // A message of 60 000 bytes all of whose names are chains of pointers: each printed name has to give up early.
    const message = new Uint8Array(60_000);
    const view = new DataView(message.buffer);
    view.setUint16(2, 0x8180);
    view.setUint16(6, 0xffff);
    for (let at = 12; at + 12 <= message.length; at += 12) {
      view.setUint16(at, 0xc000 | Math.max(12, (at - 12) & 0x3fff));
      view.setUint16(at + 2, 5);
      view.setUint16(at + 4, 1);
      view.setUint16(at + 10, 0);
    }
    const [line] = await printed(file([transport(UDP, 53, 40_000, message)]), { ...PLAIN, verbose: 3 });
    expect(line!.length).toBeLessThan(10 * message.length);
  });
});
