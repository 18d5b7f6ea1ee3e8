// Who limited a sender, from packets alone: conversations in which one thing does.
import { expect, test } from 'vitest';
import { gather } from '../../src/page/gather.ts';
import { openFile } from '../../src/source/file.ts';
import { ACK, PSH } from '../../src/wire/tcp.ts';
import { pcap, withFile } from '../flow/support.ts';
import { Talk } from '../report/talk.ts';

const DATA = ACK | PSH;
const MSS = 1460;

/** Seconds of each cause that the client waited for. */
async function client(talk: Talk): Promise<Record<string, number>> {
  return withFile(pcap(talk.frames), async (path) => {
    const options = { name: path, file: path, filter: '', maxConnections: 100 };
    const { graphs } = await gather(() => openFile(path), options);
    const { limits } = graphs[0]!.directions.find(({ sender }) => sender === 'client')!;
    const total = limits.runs.l.reduce((a, b) => a + b, 0);
    expect(total / 1e9).toBeCloseTo(
      limits.causes.reduce((sum, one) => sum + one.seconds, 0),
      6,
    );
    return Object.fromEntries(limits.causes.map(({ cause, seconds }) => [cause, seconds]));
  });
}

/** A client that sends `segments` back to back, whose ACK comes after 20 ms; the handshake's took 1 ms to let go what follows. */
function burst(talk: Talk, segments: number, window = 60_000): Talk {
  for (let i = 0; i < segments; i++)
    talk.client({ length: MSS, flags: i === segments - 1 ? DATA : ACK }, i === 0 ? 1.01 : 0.01);
  return talk.server({ window }, 20);
}

test('a client that sends now and then is limited by its application', async () => {
  const talk = new Talk().handshake();
  for (let i = 0; i < 10; i++) {
    burst(talk, 2);
    talk.time += 500;
  }
  const found = await client(talk.client({ flags: DATA, length: 1 }));
  expect(found.application).toBeGreaterThan(5);
  const others = Object.values(found).reduce((a, b) => a + b, 0) - found.application!;
  expect(others).toBeLessThan(0.01);
});

test('a window that the client fills each round trip', async () => {
  const window = 4 * MSS;
  const talk = new Talk().handshake(window);
  for (let i = 0; i < 50; i++) burst(talk, 4, window);
  const found = await client(talk);
  expect(found['receiver-window']).toBeGreaterThan(0.95);
  expect(found.application ?? 0).toBeLessThan(0.05);
});

test('a closed window: the receiver, also where the capture ends before it opens', async () => {
  const talk = burst(new Talk().handshake(4 * MSS), 4, 0).server({ window: 4 * MSS }, 3000);
  burst(talk, 4, 0).server({ window: 0 }, 2000);
  const found = await client(talk);
  expect(found['receiver-window']).toBeGreaterThan(5);
});

test('a timeout is a loss, until what was sent before is acknowledged', async () => {
  const talk = new Talk().handshake();
  burst(talk, 3);
  const lost = talk.position('client');
  talk.client({ length: MSS, flags: DATA });
  talk.client({ length: MSS, flags: DATA, sequence: lost }, 300);
  talk.client({ length: MSS, flags: DATA, sequence: lost }, 600);
  const found = await client(talk.server({}, 20));
  expect(found.loss).toBeCloseTo(0.92, 2);
});

test('a growing flight that waits for ACKs: the congestion window', async () => {
  const talk = new Talk().handshake(65_000);
  for (let segments = 4; segments < 12; segments++) burst(talk, segments, 65_000);
  const found = await client(talk);
  expect(found['congestion-window']).toBeGreaterThan(0.1);
  expect(found['receiver-window'] ?? 0).toBe(0);
});

test('smaller pieces after retransmissions in vain: the path MTU', async () => {
  const talk = new Talk().handshake();
  const lost = talk.position('client');
  talk.client({ length: MSS, flags: DATA });
  talk.client({ length: MSS, flags: DATA }, 0.01);
  talk.client({ length: MSS, flags: DATA, sequence: lost }, 300);
  talk.client({ length: MSS, flags: DATA, sequence: lost }, 600);
  talk.client({ length: 500, flags: DATA, sequence: lost }, 1200);
  const found = await client(talk.server({ acknowledgment: lost + 500 }, 20));
  expect(found['path-mtu']).toBeGreaterThan(1.7);
  expect(found.loss ?? 0).toBeLessThan(0.4);
});

test('a dialogue of requests and responses is limited by its application', async () => {
  const talk = new Talk().handshake();
  for (let i = 0; i < 20; i++)
    talk.client({ length: 100, flags: DATA }).server({ length: 300, flags: DATA }, 20);
  const found = await client(talk);
  expect(Object.keys(found)).toEqual(['application']);
});
