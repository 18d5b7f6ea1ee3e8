// Captures whose frames are not in the order in which they were sent: merged files, several queues, two points of capture.
import { expect, test } from 'vitest';
import { ACK, FIN, PSH, SYN } from '../../src/wire/tcp.ts';
import { A, type Frame } from '../flow/support.ts';
import { CLIENT, SERVER, Talk } from './talk.ts';

/** An orderly conversation, a round trip of 2 ms, with packets that are numbered (IPv4's identification) if asked. */
function conversation(numbered: boolean): Talk {
  const talk = new Talk().handshake();
  for (let i = 0; i < 30; i++) {
    talk
      .client({ length: 200, flags: ACK | PSH })
      .server({ length: 700, flags: ACK | PSH })
      .client();
  }
  talk
    .client({ flags: FIN | ACK })
    .server({ flags: FIN | ACK })
    .client();
  const next = [100, 4000];
  if (numbered) for (const frame of talk.frames) number(frame, next[isClient(frame) ? 0 : 1]!++);
  return talk;
}

function isClient({ bytes }: Frame): boolean {
  return bytes.subarray(12, 16).join() === A.join();
}

function number({ bytes }: Frame, identification: number): void {
  bytes[4] = identification >> 8;
  bytes[5] = identification & 255;
}

function sorted(frames: Frame[]): Frame[] {
  return frames.toSorted((a, b) => a.time - b.time);
}

function of(frames: Frame[]): Talk {
  const talk = new Talk();
  talk.frames.push(...frames);
  return talk;
}

/** Notes that may stand in the report of an orderly connection captured out of order. */
const TRUE_OF_ALL = ['capture-order', 'captured-twice'];

async function notes(talk: Talk): Promise<string[]> {
  const { codes, problems, connection } = await talk.connection();
  expect(problems).toEqual([]);
  expect(codes.filter((code) => !TRUE_OF_ALL.includes(code))).toEqual([]);
  expect(connection.client.resentPackets + connection.server.resentPackets).toBe(0);
  return codes;
}

test.each([1.5, 3, 7, 50, 400, 5000])(
  'captures of both directions merged, their clocks %s ms apart: out of order, nothing sent again',
  async (offset) => {
    for (const late of [true, false]) {
      const { frames } = conversation(false);
      const shifted = frames.map((frame) => ({
        ...frame,
        time: frame.time + (isClient(frame) === late ? offset * 1e6 : 0),
      }));
      expect(await notes(of(sorted(shifted)))).toContain('capture-order');
    }
  },
);

test('what stands behind its own ACK is named with its frames', async () => {
  const talk = new Talk().handshake();
  talk.client({ length: 100 }).server().client({ length: 100 }).server();
  const { frames } = talk;
  [frames[3], frames[4]] = [frames[4], frames[3]];
  [frames[5], frames[6]] = [frames[6], frames[5]];
  const { text } = await talk.connection();
  expect(text('capture-order')).toMatch(
    new RegExp(
      `^the capture is out of order: 2 segments of ${CLIENT} occur only once, after the ACK of ${SERVER} for them, .*\\[5,7\\]$`,
    ),
  );
});

test('several queues: frames that change places with their neighbours', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { frames } = conversation(true);
    let random = seed;
    for (let i = 1; i < frames.length; i++) {
      random = (Math.imul(random, 1103515245) + 12345) >>> 0;
      if (random >>> 28 < 4) [frames[i - 1], frames[i]] = [frames[i], frames[i - 1]];
    }
    expect({ seed, codes: await notes(of(frames)) }).toMatchObject({ seed });
  }
});

test('a hole that is filled behind the ACK of all was no loss', async () => {
  const talk = new Talk().handshake();
  for (let i = 0; i < 3; i++) talk.client({ length: 100 });
  talk.server();
  const { frames } = talk;
  const [middle] = frames.splice(4, 1);
  frames.push(middle);
  const { codes } = await talk.connection();
  expect(codes).toEqual(['capture-order']);
});

test('packets of two points of capture, merged: none is sent again', async () => {
  for (const offset of [0.3, 1.2, 2.7, 20, 700]) {
    const { frames } = conversation(true);
    const copies = frames.map((frame) => ({ ...frame, time: frame.time + offset * 1e6 }));
    expect({ offset, codes: await notes(of(sorted([...frames, ...copies]))) }).toMatchObject({ offset });
  }
});

test('sent again long after its ACK, as its time stamp says: that is no disorder of the capture', async () => {
  const stamps = (clock: number, echo: number) => {
    const bytes = new DataView(new ArrayBuffer(12));
    bytes.setUint32(0, 0x0101080a);
    bytes.setUint32(4, clock);
    bytes.setUint32(8, echo);
    return [...new Uint8Array(bytes.buffer)];
  };
  const late = async (clock: number) => {
    const talk = new Talk()
      .client({ flags: SYN, options: stamps(1, 0) })
      .server({ flags: SYN | ACK, options: stamps(1, 1) })
      .client({ options: stamps(2, 1) })
      .unseen('client', 100)
      .server({ options: stamps(3, 3) });
    return (await talk.client({ sequence: 1001, length: 100, options: stamps(clock, 3) }, 250).connection())
      .codes;
  };
  expect(await late(250)).not.toContain('capture-order');
  expect(await late(3)).toEqual(['capture-order']);
});
