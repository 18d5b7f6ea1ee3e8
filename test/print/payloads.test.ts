// Payloads that no sender sends, on every port and IP protocol with a printer.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { file, ip, printed, TCP, transport, UDP } from './packets.ts';

const PLAIN = { time: 1 };
/** Ports whose payload is dissected, and one whose is not. */
const PORTS = [
  7, 21, 22, 23, 25, 53, 67, 69, 80, 123, 161, 179, 319, 500, 514, 520, 521, 546, 554, 646, 698, 1701, 1723,
  1812, 1985, 2049, 3784, 4500, 4789, 5060, 5353, 6081, 6343, 6379, 6653, 30490,
];
const PROTOCOLS = [1, 2, 4, 6, 17, 41, 46, 47, 50, 51, 58, 60, 88, 89, 103, 112, 132, 137];

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
    expect(line.length).toBeLessThan(10 * message.length);
  });
});
