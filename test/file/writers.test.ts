import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { Text } from '../../src/base/text.ts';
import { PcapWriter } from '../../src/file/pcap-writer.ts';
import { PcapngWriter } from '../../src/file/pcapng-writer.ts';
import { ETHERNET, LINUX_SLL2 } from '../../src/wire/linktype.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nscap-writers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A batch of frames of these lengths: zeros that begin with a counter. */
function batchOf(lengths: number[], seconds = 1_700_000_000): Batch {
  const batch = new Batch(lengths.length);
  const bytes = new Uint8Array(lengths.reduce((sum, n) => sum + n, 0) + 1);
  batch.reset(bytes, 1);
  let at = 0;
  lengths.forEach((length, i) => {
    batch.offset[i] = at;
    batch.captured[i] = length;
    batch.wire[i] = length + 10;
    batch.seconds[i] = seconds + i;
    batch.nanoseconds[i] = 999_999_999 - i;
    batch.linkType[i] = ETHERNET;
    for (let k = 0; k < length; k++) bytes[at + k] = (i + k) & 0xff;
    at += length;
    batch.count++;
  });
  return batch;
}

function tshark(path: string, ...fields: string[]): string[][] {
  const args = ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

test('pcap: tshark reads back times, lengths and bytes', () => {
  const batch = batchOf([60, 0, 1, 2, 3, 1514, 191, 192, 193, 65535]);
  for (const nanoseconds of [false, true]) {
    const out = new Text(16);
    const writer = new PcapWriter(out, { linkType: ETHERNET, nanoseconds });
    writer.header();
    writer.records(batch);
    const path = join(folder, `a-${nanoseconds}.pcap`);
    writeFileSync(path, out.take());
    const rows = tshark(path, 'frame.time_epoch', 'frame.cap_len', 'frame.len');
    expect(rows.length).toBe(10);
    rows.forEach(([time, captured, wire], i) => {
      const fraction = nanoseconds ? `99999999${9 - i}` : '999999000';
      expect(time).toBe(`${1_700_000_000 + i}.${fraction}`);
      expect(captured).toBe(String(batch.captured[i]));
      expect(wire).toBe(String(batch.wire[i]));
    });
    // Record 5 begins after the header, five records of 60, 0, 1, 2 and 3 bytes, and its own header.
    expect(out.take().subarray(24 + 6 * 16 + 66, 24 + 6 * 16 + 66 + 1514)).toEqual(
      batch.bytes.subarray(66, 66 + 1514),
    );
  }
});

test('pcap: the file is the one tcpdump writes', () => {
  const out = new Text();
  const writer = new PcapWriter(out, { linkType: ETHERNET });
  writer.header();
  writer.records(batchOf([60, 61, 62, 1514]));
  const path = join(folder, 'b.pcap');
  const copy = join(folder, 'b-tcpdump.pcap');
  writeFileSync(path, out.take());
  execFileSync('tcpdump', ['-Z', 'root', '-r', path, '-w', copy], { stdio: 'ignore' });
  expect(execFileSync('cmp', [path, copy], { encoding: 'utf8' })).toBe('');
});

test('pcapng: tshark and capinfos read everything back', () => {
  const batch = batchOf([60, 0, 1, 2, 3, 1514]);
  batch.flags[1] = 1;
  batch.flags[2] = 2;
  const out = new Text(16);
  const writer = new PcapngWriter(out);
  writer.section({
    hardware: 'x86_64',
    os: 'Linux 6.1',
    application: 'nscap 0.1.0',
    comments: ['whole file'],
  });
  writer.interface({
    linkType: ETHERNET,
    snaplen: 262144,
    name: 'ns1:veth0',
    description: 'veth to ns2',
    filter: 'tcp port 7096',
    os: 'Linux 6.1',
    comments: ['an interface'],
  });
  writer.interface({ linkType: LINUX_SLL2, snaplen: 0, name: 'ns1:any', description: '' });
  batch.interface[3] = 1;
  for (let i = 0; i < batch.count; i++) {
    if (i === 4) writer.record(batch, i, 0, 'läuft');
    else writer.record(batch, i);
  }
  writer.statistics(0, {
    time: { seconds: 1_700_000_010, nanoseconds: 5 },
    start: { seconds: 1_700_000_000, nanoseconds: 1 },
    end: { seconds: 1_700_000_009, nanoseconds: 999_999_999 },
    received: 2 ** 40 + 3,
    dropped: 0,
    accepted: 6,
    osDropped: 1,
    delivered: 5,
  });
  const path = join(folder, 'a.pcapng');
  writeFileSync(path, out.take());

  const rows = tshark(
    path,
    'frame.time_epoch',
    'frame.cap_len',
    'frame.len',
    'frame.interface_name',
    'frame.packet_flags_direction',
    'frame.comment',
  );
  expect(rows.map((row) => row[0])).toEqual([0, 1, 2, 3, 4, 5].map((i) => `170000000${i}.99999999${9 - i}`));
  expect(rows.map((row) => row[1])).toEqual(['60', '0', '1', '2', '3', '1514']);
  expect(rows.map((row) => row[3])).toEqual([0, 0, 0, 1, 0, 0].map((i) => ['ns1:veth0', 'ns1:any'][i]));
  expect(rows.map((row) => row[4] ?? '')).toEqual(['', '0x00000001', '0x00000002', '', '', '']);
  expect(rows.map((row) => row[5] ?? '')).toEqual(['', '', '', '', 'läuft', '']);

  const info = execFileSync('capinfos', [path], { encoding: 'utf8' });
  for (const line of [
    /Capture hardware: +x86_64/,
    /Capture oper-sys: +Linux 6.1/,
    /Capture application: +nscap 0.1.0/,
    /Capture comment: +whole file/,
    /Name = ns1:veth0/,
    /Description = veth to ns2/,
    /Filter string = tcp port 7096/,
    /Operating system = Linux 6.1/,
    /Time precision = nanoseconds \(9\)/,
    /Capture length = 262144/,
    /Number of stat entries = 1/,
    /Number of packets = 5/,
  ]) {
    expect(info).toMatch(line);
  }
  const complaint = execFileSync('sh', ['-c', 'tshark -V -n -r "$1" 2>&1 >/dev/null', 'sh', path], {
    encoding: 'utf8',
  });
  expect(complaint.replace(/^Running as user "root".*\n/, '')).toBe('');
});

test('pcapng: every time stamp is exact to the nanosecond', () => {
  const batch = batchOf([0]);
  const out = new Text();
  const writer = new PcapngWriter(out);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 34 - 1 }),
      fc.integer({ min: 0, max: 999_999_999 }),
      (s, n) => {
        out.clear();
        batch.seconds[0] = s;
        batch.nanoseconds[0] = n;
        writer.record(batch, 0);
        const view = new DataView(out.bytes.buffer);
        const ticks = (BigInt(view.getUint32(12, true)) << 32n) | BigInt(view.getUint32(16, true));
        expect(ticks).toBe(BigInt(s) * 1_000_000_000n + BigInt(n));
      },
    ),
  );
});
