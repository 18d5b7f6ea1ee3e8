// The analysis beside tshark where rules meet: crowded random segments, and the odd headers such segments brought up.
import { expect, test } from 'vitest';
import { ACK, SYN } from '../../src/wire/tcp.ts';
import { has } from '../support/needs.ts';
import { crampedSegments } from './cramped-segments.ts';
import { judge, tsharkRows, verdicts } from './judged.ts';
import { A, B, datagram, type Frame, ip, pcap, tcp, withFile } from './support.ts';

test.runIf(has('tshark')).each([1, 2, 3, 4])(
  'segments crowded into few numbers are judged as tshark judges them (seed %i)',
  async (seed) => {
    await beside(crampedSegments(seed, 150, 40));
  },
);

test('a short SACK option hides the verdicts only where it reads as one of data that came twice', async () => {
  const closed = async (acknowledgment: number, options: number[]) => {
    const frames = [
      { bytes: datagram({ sequence: 100, acknowledgment: 500 }), time: 0 },
      { bytes: answer({ sequence: 500, acknowledgment, window: 0, options }), time: 1000 },
    ];
    return (await verdicts(frames))[1].includes('zero_window');
  };
  const range = (left: number, right: number) => [5, 10, 0, 0, 0, left, 0, 0, 0, right];
  expect(await closed(100, [5, 2, 0, 0])).toBe(false);
  expect(await closed(90, [5, 2, 0, 0])).toBe(true);
  expect(await closed(105, [...range(101, 104), 5, 2])).toBe(false);
  expect(await closed(105, [...range(110, 120), 5, 2])).toBe(true);
});

test('a SYN sent again forgets what came after a hole', async () => {
  const frames = [
    { bytes: datagram({ sequence: 0xffffffe0, flags: SYN }), time: 0 },
    { bytes: datagram({ sequence: 0x10, length: 5 }), time: 1e7 },
    { bytes: datagram({ sequence: 0xffffffe0, flags: SYN }), time: 2e7 },
    { bytes: datagram({ sequence: 0xffffffe1, length: 5 }), time: 1e9 },
  ];
  expect(await verdicts(frames)).toEqual([[], ['lost_segment'], ['retransmission'], []]);
});

test('the first ACK after a new kind of Multipath TCP option is no duplicate', async () => {
  const data = [30, 8, 0x20, 1, 0, 0, 0, 1];
  const added = [30, 8, 0x30, 1, 10, 0, 3, 0];
  const frames = [[], [], data, [], data, [], added, []].map((options, i) => ({
    bytes: datagram({ sequence: 100, acknowledgment: 500, options }),
    time: i * 1e6,
  }));
  const duplicate = (await verdicts(frames)).map((names) => names.includes('duplicate_ack'));
  expect(duplicate).toEqual([false, true, true, false, true, true, true, false]);
  if (has('tshark')) await beside(frames);
});

test('IPv6 with a payload length of 0 holds a segment only as a jumbogram', async () => {
  const [source, destination] = [address(1), address(2)];
  const segment = tcp({ sequence: 100, acknowledgment: 500, length: 70_000 });
  const jumbo = new Uint8Array(8 + segment.length);
  jumbo.set([6, 0, 0xc2, 4]);
  new DataView(jumbo.buffer).setUint32(4, jumbo.length);
  jumbo.set(segment, 8);
  const whole = ip(source, destination, 0, jumbo);
  const offloaded = ip(source, destination, 6, segment);
  for (const bytes of [whole, offloaded]) bytes.fill(0, 4, 6);
  const frames = [
    { bytes: whole, time: 0 },
    { bytes: offloaded, time: 1 },
  ];
  await withFile(pcap(frames), async (path) => {
    const rows = await judge(path);
    expect([...rows.keys()]).toEqual([1]);
  });
  if (has('tshark')) await beside(frames.slice(0, 1));
});

function answer(segment: { sequence: number; acknowledgment: number; window: number; options: number[] }) {
  return datagram({
    ...segment,
    source: B,
    destination: A,
    sourcePort: 2000,
    destinationPort: 1000,
    flags: ACK,
  });
}

function address(last: number): number[] {
  return [0xfd, ...new Array<number>(14).fill(0), last];
}

/** Expects each frame's row to be tshark's. */
async function beside(frames: Frame[]): Promise<void> {
  await withFile(pcap(frames), async (path) => {
    const expected = tsharkRows(path);
    const rows = await judge(path);
    expected.forEach((row, i) => {
      expect(rows.get(i + 1), `frame ${i + 1}`).toEqual(row);
    });
  });
}
