// Printers that are loaded when a packet needs them: that packet is printed as if they had been there.

import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { Text } from '../../src/base/text.ts';
import { EPOCH, SINCE_PREVIOUS } from '../../src/print/engine/options.ts';
import { PacketPrinter } from '../../src/print/packet.ts';
import { openStream } from '../../src/source/file.ts';
import { ethernet, file, printed, TCP, transport, UDP } from './packets.ts';

function bytes(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : part)),
  );
}

/** A frame that OpenFlow 1.0 sends out of a port: the switch carries what only another printer knows. */
const INNER = ethernet(0x88cc, bytes('0207 04 020000000002 0403 05 3031 0602 0078 0000'));
const PACKET_OUT = bytes(
  '01 0d',
  (16 + INNER.length).toString(16).padStart(4, '0'),
  '00000001 ffffffff ffff 0000',
  INNER,
);
/** Each comes first on its connection, so that its sequence numbers are absolute. */
const FRAMES = [
  transport(TCP, 40_000, 179, bytes('ffffffffffffffffffffffffffffffff 0013 04')),
  transport(TCP, 40_000, 179, bytes('ffffffffffffffffffffffffffffffff 0013 04')),
  transport(TCP, 40_001, 6653, PACKET_OUT),
  transport(TCP, 40_001, 6653, PACKET_OUT),
  transport(UDP, 520, 520, bytes('02 02 0000')),
];
const OPTIONS = { time: SINCE_PREVIOUS, number: true, verbose: 3, link: true };

describe('a printer that is not loaded yet', () => {
  let first: string[];
  let refused = 0;

  beforeAll(async () => {
    const source = await openStream(Readable.from([file(FRAMES)], { objectMode: false }), 'test');
    const out = new Text();
    const printer = new PacketPrinter(OPTIONS, out);
    first = [];
    for (let batch = await source.next(); batch !== null; batch = await source.next())
      for (let i = 0; i < batch.count; i++) {
        while (!printer.print(batch, i)) {
          expect(out.length, 'nothing is written of a packet that waits for its printer').toBe(0);
          refused++;
          await printer.load();
        }
        first.push(Buffer.from(out.take()).toString('latin1'));
        out.clear();
      }
    await source.close();
  });

  it('is asked for by the first packet that needs it, and no other', () => {
    // BGP, OpenFlow, LLDP within OpenFlow, RIP.
    expect(refused).toBe(4);
  });

  it('leaves numbers, times and sequence numbers as they would be had it been there', async () => {
    await PacketPrinter.loadAll();
    expect(first).toEqual(await printed(file(FRAMES), OPTIONS));
    expect(first[0]).toContain('seq 1:20, ack 1,');
    expect(first[2]).toContain('LLDP, length');
  });

  it('is there for all printers of packets once it is loaded', async () => {
    expect(await printed(file(FRAMES), { time: EPOCH })).toHaveLength(FRAMES.length);
  });
});
