// A connection followed: what each side sent, and what belongs to no stream.
import { expect, test } from 'vitest';
import { Follow } from '../../src/flow/follow.ts';
import { openFile } from '../../src/source/file.ts';
import { ACK, FIN, RST, SYN } from '../../src/wire/tcp.ts';
import { bulk, Talk } from '../report/talk.ts';
import { pcap, withFile } from './support.ts';

/** What is shown of a conversation: bytes and gaps of each side. */
async function followed(talk: Talk, stream = 0, maxConnections = 1000) {
  const bytes = [0, 0];
  const gaps = [0, 0];
  let text = '';
  const output = {
    data: (side: 0 | 1, data: Uint8Array, from: number, to: number) => {
      bytes[side] += to - from;
      text += Buffer.from(data.subarray(from, to)).toString('latin1');
    },
    gap: (side: 0 | 1, length: number) => {
      gaps[side] += length;
    },
  };
  const follow = new Follow(stream, output, 1 << 20, maxConnections);
  await withFile(pcap(talk.frames), async (path) => {
    const source = await openFile(path);
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) follow.add(batch, i);
    }
    await source.close();
  });
  follow.end();
  return { bytes, gaps, text, follow };
}

test('the text that an RST carries is shown', async () => {
  const talk = bulk(new Talk().handshake(), 2).server({ flags: RST, length: 11 });
  talk.frames.at(-1)!.bytes.set(Buffer.from('No listener'), 40);
  const { bytes, gaps, text } = await followed(talk);
  expect(bytes).toEqual([200, 11]);
  expect(gaps).toEqual([0, 0]);
  expect(text).toMatch(/No listener$/);
});

test('data behind a FIN is no hole of one byte', async () => {
  const talk = bulk(new Talk().handshake(), 1).client({ flags: FIN | ACK, length: 3 });
  talk.server().client({ length: 4 }).server({ flags: RST });
  const { bytes, gaps, follow } = await followed(talk);
  expect(bytes).toEqual([103, 0]);
  expect(gaps).toEqual([0, 0]);
  expect(follow.sides[0].behindFin).toBe(4);
});

test('the connection that is followed is never given up', async () => {
  const talk = new Talk().handshake().client({ length: 10 });
  for (let port = 0; port < 300; port++) talk.client({ flags: SYN, sourcePort: 3000 + port, sequence: 1000 });
  talk.client({ length: 20, sequence: 1011 });
  expect((await followed(talk, 0, 10)).bytes).toEqual([30, 0]);
});
