// What each connection carried between two looks.
import { expect, test } from 'vitest';
import type { Batch } from '../../src/base/batch.ts';
import { Analysis } from '../../src/flow/analysis.ts';
import { type Activity, Busiest } from '../../src/flow/busiest.ts';
import { openFile } from '../../src/source/file.ts';
import { A, B, datagram, type Frame, pcap, type Segment, withFile } from './support.ts';

const bytesOf = (one: Activity) => one.clientBytes + one.serverBytes;

async function feed(busiest: Busiest, packets: Uint8Array[], start = 0): Promise<void> {
  const frames: Frame[] = packets.map((bytes, i) => ({ bytes, time: start + i * 1e6 }));
  await withFile(pcap(frames), async (path) => {
    const source = await openFile(path);
    for (let batch: Batch | null = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) busiest.add(batch, i);
    }
    await source.close();
  });
}

const there = (port: number, more: Segment) =>
  datagram({ source: A, destination: B, sourcePort: port, destinationPort: 80, ...more });
const back = (port: number, more: Segment) =>
  datagram({ source: B, destination: A, sourcePort: 80, destinationPort: port, ...more });

test('packets, bytes, round trips and retransmissions since the last look', async () => {
  const busiest = new Busiest('veth0', new Analysis());
  await feed(busiest, [
    there(5000, { sequence: 9, flags: 2 }),
    back(5000, { sequence: 99, acknowledgment: 10, flags: 18 }),
    there(5000, { sequence: 10, acknowledgment: 100 }),
    there(5000, { sequence: 10, acknowledgment: 100, length: 1000 }),
    back(5000, { sequence: 100, acknowledgment: 1010 }),
    // Seen from the middle: the lower port is taken for the server.
    back(6000, { sequence: 1, acknowledgment: 1, length: 300 }),
    there(6000, { sequence: 1, acknowledgment: 301, length: 10 }),
  ]);
  expect(busiest).toMatchObject({ packets: 7, tcpPackets: 7 });
  const first = busiest.look(10, 10, bytesOf);
  expect(first).toMatchObject([
    {
      label: 'veth0',
      client: '10.0.1.0',
      clientPort: 5000,
      server: '10.0.2.0',
      serverPort: 80,
      packets: 5,
      clientBytes: 1120,
      serverBytes: 80,
      rtt: 1e6,
      resent: 0,
      state: 'open',
      idle: 0,
    },
    { clientPort: 6000, packets: 2, clientBytes: 50, serverBytes: 340 },
  ]);
  expect(busiest.packets).toBe(0);

  await feed(
    busiest,
    [
      there(6000, { sequence: 311, acknowledgment: 301, length: 1, flags: 17 }),
      there(5000, { sequence: 1010, acknowledgment: 100, length: 10 }),
      there(5000, { sequence: 1010, acknowledgment: 100, length: 10 }),
    ],
    3e9,
  );
  const second = busiest.look(10, 10, (one) => one.resent);
  expect(second).toMatchObject([
    { clientPort: 5000, packets: 2, totalPackets: 7, resent: 1, totalResent: 1, rtt: 1e6, state: 'open' },
    { clientPort: 6000, packets: 1, state: 'closing' },
  ]);
});

test('who is silent sinks and vanishes; who is over vanishes sooner', async () => {
  const busiest = new Busiest('', new Analysis());
  await feed(busiest, [there(5000, { length: 5 }), there(6000, { length: 50 }), back(6000, { flags: 20 })]);
  const ports = () => busiest.look(10, 4, bytesOf).map((one) => `${one.clientPort} ${one.state} ${one.idle}`);
  expect(ports()).toEqual(['6000 reset 0', '5000 open 0']);
  expect(ports().sort()).toEqual(['5000 open 1', '6000 reset 1']);
  expect(ports().sort()).toEqual(['5000 open 2', '6000 reset 2']);
  expect(ports()).toEqual(['5000 open 3']);
  expect(ports()).toEqual(['5000 open 4']);
  expect(ports()).toEqual([]);
  await feed(busiest, [there(5000, { length: 5 })], 9e9);
  expect(ports()).toEqual(['5000 open 0']);
});

test('connections that were given up are shown no more, and their rows serve others', async () => {
  const analysis = new Analysis(100);
  const busiest = new Busiest('', analysis);
  for (let round = 0; round < 10; round++) {
    const packets = Array.from({ length: 100 }, (_, i) => there(1000 + round * 100 + i, { length: 5 }));
    await feed(busiest, packets, round * 1e9);
  }
  expect(analysis.retired).toBeGreaterThan(800);
  const shown = busiest.look(1000, 10, bytesOf);
  expect(shown.length).toBeLessThanOrEqual(100);
  expect(shown.every((one) => one.client === '10.0.1.0' && one.clientPort >= 1000 && one.packets === 1)).toBe(
    true,
  );
});
