// What the statistics blocks of a file tell of packets that its captures lost: what is not seen meanwhile is unknown.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { Text } from '../../src/base/text.ts';
import { dividePoints } from '../../src/cli/trace/point.ts';
import { PcapngWriter } from '../../src/file/pcapng-writer.ts';
import { nscap, PATIENCE } from '../support/nscap.ts';

const ETHERNET = 1;
const START = 1_800_000_000;
const folder = mkdtempSync(join(tmpdir(), 'nscap-gap-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A datagram from 10.0.0.1 to 10.0.0.2 with this IP identification. */
function datagram(id: number): Uint8Array {
  const bytes = new Uint8Array(60);
  const view = new DataView(bytes.buffer);
  bytes.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0]);
  view.setUint16(16, 46);
  view.setUint16(18, id);
  bytes.set([64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], 22);
  view.setUint32(34, (1000 << 16) | 2000);
  view.setUint16(38, 26);
  return bytes;
}

/** Ten datagrams, one each 100 ms, of which the second point lacks two; `counted`: its capture says that it lost them. */
function write(name: string, counted: boolean): string {
  const text = new Text();
  const writer = new PcapngWriter(text);
  writer.section({});
  for (const point of ['a:veth0', 'b:veth1'])
    writer.interface({ name: point, description: '', linkType: ETHERNET, snaplen: 0 });
  const batch = new Batch(1);
  for (let id = 1; id <= 10; id++) {
    const at = { seconds: START, nanoseconds: (id - 1) * 1e8 };
    if (counted && id === 6) {
      writer.statistics(1, { time: { ...at, nanoseconds: at.nanoseconds - 1e6 }, osDropped: 0 });
      writer.statistics(1, { time: { ...at, nanoseconds: at.nanoseconds + 1.5e8 }, osDropped: 2 });
    }
    for (const point of [0, 1]) {
      if (point === 1 && (id === 6 || id === 7)) continue;
      const bytes = datagram(id);
      batch.reset(bytes, 1);
      batch.count = 1;
      batch.captured[0] = batch.wire[0] = bytes.length;
      batch.seconds[0] = at.seconds;
      batch.nanoseconds[0] = at.nanoseconds + point * 5000;
      batch.linkType[0] = ETHERNET;
      writer.record(batch, 0, point);
    }
  }
  const path = join(folder, name);
  writeFileSync(path, text.bytes.subarray(0, text.length));
  return path;
}

async function hop(path: string): Promise<unknown> {
  const { stdout } = await nscap(['trace', '--json', path]);
  const [{ from, to, packets, lost, unknown }] = JSON.parse(stdout).hops;
  return { from, to, packets, lost, unknown };
}

test(
  'packets that a capture had no room for are unknown; without its word they are lost',
  async () => {
    const between = { from: 'a:veth0', to: 'b:veth1', packets: 10 };
    expect(await hop(write('counted.pcapng', true))).toEqual({ ...between, lost: 0, unknown: 2 });
    expect(await hop(write('silent.pcapng', false))).toEqual({ ...between, lost: 2, unknown: 0 });
  },
  PATIENCE,
);

test('words of a command line: points first, then a filter', () => {
  const divided = (text: string) => {
    const { points, filter } = dividePoints(text.split(' '));
    return [points.join(' '), filter.join(' ')];
  };
  expect(divided('ns1:veth0 container:web:eth0 tcp port 80')).toEqual([
    'ns1:veth0 container:web:eth0',
    'tcp port 80',
  ]);
  expect(divided('host:eth0 pid:12:lo host 10.0.0.1')).toEqual(['host:eth0 pid:12:lo', 'host 10.0.0.1']);
  expect(divided('/run/netns/a:veth0 b:veth1 ether host 02:00:00:00:00:01')).toEqual([
    '/run/netns/a:veth0 b:veth1',
    'ether host 02:00:00:00:00:01',
  ]);
  expect(divided('a:b c:d ip6 host fd00::1')).toEqual(['a:b c:d', 'ip6 host fd00::1']);
});
