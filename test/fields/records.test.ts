// Blocks of pcapng that are no packets and are frames to Wireshark. The rows are tshark 4.0.17's.
import { expect, test } from 'vitest';
import { Blocks, join, numbers, PACKET } from '../file/build.ts';
import { withFile } from '../flow/support.ts';
import { nscap } from '../support/nscap.ts';
import { rowsOf, udp } from './support.ts';

const env = { ...process.env, TZ: 'UTC' };

/** A packet, the blocks given, and another packet three seconds later. */
function between(b: Blocks, ...blocks: Uint8Array[]): Uint8Array {
  return join(
    b.section(),
    b.interface(),
    b.enhanced(0, 1_000_000n),
    ...blocks,
    b.enhanced(0, 4_000_000n, PACKET, { options: b.options(b.option(1, 'last')) }),
  );
}

const custom = (b: Blocks, type: number, enterprise: number, data: Uint8Array | string) =>
  b.block(
    type,
    join(
      numbers(b.little, 'd', enterprise),
      typeof data === 'string' ? new TextEncoder().encode(data) : data,
    ),
  );

async function read(capture: Uint8Array, words: string[]): Promise<string[]> {
  return withFile(capture, async (path) => {
    const result = await nscap(['read', path, ...words], { env });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    return result.stdout.split('\n').slice(0, -1);
  });
}

const CELLS = [
  'frame.number',
  'frame.time_epoch',
  'frame.len',
  'frame.cap_len',
  'frame.interface_id',
  'frame.encap_type',
  'frame.time_delta',
  'frame.cb_pen',
  'frame.cb_copy',
].flatMap((name) => ['-e', name]);
const FIRST = '1\t1.000000000\t60\t60\t0\t1\t0.000000000\t\t';
const last = (number: number, delta = '3.000000000') => `${number}\t4.000000000\t60\t60\t0\t1\t${delta}\t\t`;

test.each([true, false])('custom blocks are frames, as to tshark; little endian: %s', async (little) => {
  const b = new Blocks(little);
  const capture = between(
    b,
    custom(b, 0xbad, 32473, 'abcdefg'),
    custom(b, 0x40000bad, 9, ''),
    b.block(0x80000001, new Uint8Array(4)),
  );
  expect(await read(capture, ['-T', 'fields', ...CELLS])).toEqual([
    FIRST,
    '2\t\t8\t8\t\t\t\t32473\t1',
    '3\t\t0\t0\t\t\t\t9\t0',
    last(4),
  ]);
});

test('display filters count them; lines of packets do not show them', async () => {
  const b = new Blocks();
  const capture = between(b, custom(b, 0xbad, 1, new Uint8Array(100_000)));
  const lines = async (...words: string[]) =>
    (await read(capture, ['-tttt', ...words]))
      .filter((line) => line.startsWith('1970'))
      .map((line) => line.slice(17, 19));
  expect(await lines('-Y', 'frame.number >= 2')).toEqual(['04']);
  expect(await lines('-Y', 'frame.number == 2')).toEqual([]);
  expect(await lines()).toEqual(['01', '04']);
  expect(await read(capture, ['-T', 'fields', '-e', 'frame.number', '-Y', 'frame.cb_pen'])).toEqual(['2']);
  expect(await read(capture, ['-T', 'fields', '-e', 'frame.number', 'less 60'])).toEqual(['1', '3']);
});

test('statistics count them', async () => {
  const b = new Blocks();
  await withFile(between(b, custom(b, 0xbad, 1, 'abcd')), async (path) => {
    const result = await nscap(['stats', path, '-z', 'io,phs'], { env });
    expect(result.stdout.split('\n').filter((line) => /frames:/.test(line))).toEqual([
      'eth                                      frames:1 bytes:60',
      '  data                                   frames:1 bytes:60',
      'data                                     frames:1 bytes:4',
      'pkt_comment                              frames:1 bytes:60',
      '  eth                                    frames:1 bytes:60',
      '    data                                 frames:1 bytes:60',
    ]);
  });
});

test.each([true, false])(
  'entries of the journal and system calls have a time; little endian: %s',
  async (little) => {
    const b = new Blocks(little);
    const call = numbers(little, 'wqqdw', 1, 1_500_000_000_123_456_789n, 77n, 30, 5);
    const text = (lines: string) => new TextEncoder().encode(lines);
    const capture = between(
      b,
      b.block(9, text('__CURSOR=s=1\n__REALTIME_TIMESTAMP=1450000000000001\nMESSAGE=hello\n\n')),
      b.block(9, text('MESSAGE=when was it\n\n')),
      b.block(0x204, join(call, new Uint8Array(8))),
      b.block(0x216, join(call, numbers(little, 'd', 2), new Uint8Array(8))),
      b.block(0x208, new Uint8Array(40)),
    );
    expect(await read(capture, ['-T', 'fields', ...CELLS])).toEqual([
      FIRST,
      '2\t1450000000.000001000\t66\t66\t\t\t1449999999.000001000\t\t',
      '3\t\t21\t21\t\t\t\t\t',
      '4\t1500000000.123456789\t30\t8\t\t\t50000000.123455789\t\t',
      '5\t1500000000.123456789\t30\t8\t\t\t0.000000000\t\t',
      last(6, '-1499999996.123456789'),
    ]);
  },
);

test('a simple packet has no time; sections number their interfaces anew', async () => {
  const b = new Blocks();
  const capture = join(
    between(b, b.simple(60)),
    b.section(),
    custom(b, 0xbad, 1, 'abcd'),
    b.interface(),
    b.enhanced(0, 5_000_000n),
  );
  const cells = ['frame.section_number', 'frame.interface_id', 'frame.time_epoch', 'frame.time_delta'];
  expect(await read(capture, ['-T', 'fields', ...cells.flatMap((name) => ['-e', name])])).toEqual([
    '1\t0\t1.000000000\t0.000000000',
    '1\t0\t\t',
    '1\t0\t4.000000000\t4.000000000',
    '2\t\t\t',
    '2\t0\t5.000000000\t1.000000000',
  ]);
});

test.each([true, false])('options of packets are fields; little endian: %s', async (little) => {
  const b = new Blocks(little);
  const options = b.options(
    b.option(1, new Uint8Array([0x61, 0xff, 0])),
    b.option(5, numbers(little, 'q', 99)),
    b.option(6, numbers(little, 'd', 3)),
    b.option(4, numbers(little, 'q', 7)),
    b.option(7, new Uint8Array([0, 0x68, 0x77])),
    b.option(7, join(new Uint8Array([1]), numbers(little, 'q', 2))),
    b.option(7, join(new Uint8Array([2]), numbers(little, 'q', 3))),
  );
  const capture = join(b.section(), b.interface(), b.enhanced(0, 0n, PACKET, { options }));
  expect(
    await rowsOf(capture, [
      'frame.packet_id',
      'frame.interface_queue',
      'frame.drop_count',
      'frame.verdict.hw',
      'frame.verdict.ebpf_tc',
      'frame.verdict.ebpf_xdp',
    ]),
  ).toEqual(['99\t3\t7\t68 77\t2\t3']);
});

test('frame.time_delta_displayed is the time since the last packet that the filter took', async () => {
  const b = new Blocks();
  const times = [1n, 2n, 4n, 8n].map((second) => b.enhanced(0, second * 1_000_000n));
  const capture = join(b.section(), b.interface(), ...times);
  const cells = ['-T', 'fields', '-e', 'frame.time_delta_displayed'];
  expect(await read(capture, [...cells, '-Y', 'frame.number != 3'])).toEqual([
    '0.000000000',
    '1.000000000',
    '6.000000000',
  ]);
});

test('a datagram without a payload has no times, and does not count for those of others', async () => {
  const b = new Blocks();
  const packets = [[], [1], [], [2]].map((payload, i) =>
    b.enhanced(0, BigInt(i) * 1_000_000n, udp([10, 0, 0, 1], [10, 0, 0, 2], 1234, 5678, payload)),
  );
  const capture = join(b.section(), b.interface(101), ...packets);
  expect(await rowsOf(capture, ['udp.time_relative', 'udp.time_delta'])).toEqual([
    '\t',
    '1.000000000\t1.000000000',
    '\t',
    '3.000000000\t2.000000000',
  ]);
});
