// nscap convert beside editcap, mergecap and tcpdump.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { Text } from '../../src/base/text.ts';
import { PcapngWriter } from '../../src/file/pcapng-writer.ts';
import { openFile } from '../../src/source/file.ts';
import { Blocks, join, numbers, pcapHeader, pcapRecord } from '../file/build.ts';
import { nscap, PROGRAM, type Result, run, seen, start } from '../support/nscap.ts';

let folder: string;
const at = (name: string) => path(folder, name);
beforeAll(() => {
  folder = mkdtempSync(path(tmpdir(), 'nscap-convert-'));
  const options = { snaplen: 262144 };
  // UDP from port 1000 + i to 7096 in every packet, IPv4; each of another length.
  const packet = (i: number) => {
    const bytes = new Uint8Array(60 + i);
    bytes.set([0x08, 0x00, 0x45, 0, 0, 46 + i, 0, i, 0, 0, 64, 17, 0, 0, 10, 0, 1, 0, 10, 0, 2, 0], 12);
    bytes.set([(1000 + i) >> 8, (1000 + i) & 0xff, 7096 >> 8, 7096 & 0xff, 0, 26 + i], 34);
    return bytes;
  };
  const record = (i: number, seconds: number, micro: number) =>
    pcapRecord(seconds, micro, 60 + i, 60 + i, { packet: packet(i) });
  const even = Array.from({ length: 10 }, (_, i) => record(i, 1_700_000_000 + i, 500_000 + i));
  const odd = Array.from({ length: 10 }, (_, i) =>
    record(20 + i, 1_700_000_000 + i, i % 3 === 0 ? 500_000 + i : 400_000),
  );
  writeFileSync(at('a.pcap'), join(pcapHeader(options), ...even));
  writeFileSync(at('b.pcap'), join(pcapHeader(options), ...odd));
  writeFileSync(at('raw.pcap'), join(pcapHeader({ ...options, link: 101 }), ...odd.slice(0, 2)));
  writeFileSync(at('cut.pcap'), join(pcapHeader(options), ...even.slice(0, 3), even[3].subarray(0, 40)));
  writeFileSync(at('a.pcap.gz'), gzipSync(readFileSync(at('a.pcap'))));
  writeFileSync(at('two.pcapng'), pcapng());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two interfaces of different link types, comments, flags, statistics, nanoseconds. */
function pcapng(): Uint8Array {
  const batch = new Batch(4);
  batch.reset(new Uint8Array(100).fill(0x45), 1);
  for (let i = 0; i < 4; i++) {
    batch.captured[i] = batch.wire[i] = 60;
    batch.seconds[i] = 1_700_000_000 + i;
    batch.nanoseconds[i] = 123_456_789;
    batch.interface[i] = i & 1;
    batch.flags[i] = i;
    batch.count++;
  }
  const out = new Text();
  const writer = new PcapngWriter(out);
  writer.section({ hardware: 'a machine', os: 'an OS', application: 'a program', comments: ['a file'] });
  const more = { filter: 'icmp', os: 'Linux', hardware: 'virtio', comments: ['an interface'] };
  writer.interface({ linkType: 1, snaplen: 1500, name: 'ns1:veth0', description: 'the pair', ...more });
  writer.interface({ linkType: 101, snaplen: 0, name: 'ns1:tun0', description: '' });
  for (let i = 0; i < 4; i++) writer.record(batch, i, i & 1, i === 2 ? 'look here' : undefined);
  writer.statistics(0, { time: { seconds: 1_700_000_009, nanoseconds: 0 }, received: 12, osDropped: 1 });
  return out.take().slice();
}

const FIELDS = [
  'frame.time_epoch',
  'frame.len',
  'frame.cap_len',
  'frame.encap_type',
  'frame.interface_name',
  'frame.comment',
  'frame.packet_flags',
];

/** tshark's rows, and that it has nothing to say against the file. */
async function frames(file: string, fields = FIELDS, bytes = true): Promise<string> {
  const args = ['-n', '-r', file, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const { stdout, stderr, status } = await run(
    'tshark',
    bytes ? [...args, '-e', 'frame.md5_hash', '-o', 'frame.generate_md5_hash:TRUE'] : args,
  );
  expect([status, stderr.replace(/^Running as user.*\n/, '')]).toEqual([0, '']);
  return stdout;
}

async function convert(...args: string[]): Promise<Result> {
  const result = await nscap(['convert', ...args], { cwd: folder });
  expect(result.stderr).toBe('');
  expect(result.status).toBe(0);
  return result;
}

test('pcap to pcapng and back is the same file; gzip and big endian become plain', async () => {
  await convert('a.pcap', 'a.pcapng');
  // tshark calls an interface without a name `unknown`, and pcap has no interfaces.
  const fields = FIELDS.filter((field) => field !== 'frame.interface_name');
  expect(await frames(at('a.pcapng'), fields)).toBe(await frames(at('a.pcap'), fields));
  await convert('a.pcapng', 'back.pcap');
  expect(readFileSync(at('back.pcap')).equals(readFileSync(at('a.pcap')))).toBe(true);
  await convert('a.pcap.gz', 'unpacked.pcap');
  expect(readFileSync(at('unpacked.pcap')).equals(readFileSync(at('a.pcap')))).toBe(true);
  const info = (await run('capinfos', [at('a.pcapng')])).stdout;
  expect(info).toMatch(/Time precision = microseconds \(6\)/);
  expect(info).toMatch(/Capture application: nscap/);
});

test('pcapng to pcapng keeps what the file tells', async () => {
  await convert('two.pcapng', 'kept.pcapng');
  expect(await frames(at('kept.pcapng'))).toBe(await frames(at('two.pcapng')));
  const info = async (name: string) =>
    (await run('capinfos', ['-I', '-D', '-c', at(name)])).stdout.replace(/^File name.*/m, '');
  expect(await info('kept.pcapng')).toBe(await info('two.pcapng'));
  const whole = (await run('capinfos', [at('kept.pcapng')])).stdout;
  for (const word of [
    'a machine',
    'an OS',
    'a program',
    'a file',
    'ns1:veth0',
    'the pair',
    'icmp',
    'Linux',
    'virtio',
  ]) {
    expect(whole).toContain(word);
  }
});

test('names and TLS secrets go along, into every file of a series', async () => {
  for (const b of [new Blocks(true), new Blocks(false)]) {
    const names = join(
      numbers(b.little, 'ww', 1, 15),
      Uint8Array.of(10, 0, 1, 0),
      Buffer.from('server.lab\0\0'),
      new Uint8Array(4),
    );
    const log = Buffer.from('CLIENT_RANDOM 00 11\n');
    const packet = b.enhanced(0, 1_700_000_000_000_000n, new Uint8Array(60));
    writeFileSync(
      at('secrets.pcapng'),
      join(
        ...[b.section(), b.interface(), packet, b.block(4, names)],
        b.block(10, join(numbers(b.little, 'dd', 0x544c534b, log.length), log)),
        ...[packet, b.block(0xbad, numbers(b.little, 'dd', 32473, 7)), packet],
      ),
    );
    await convert('--split-count', '2', 'secrets.pcapng', 'carried.pcapng');
    for (const name of ['carried_00001.pcapng', 'carried_00002.pcapng']) {
      const blocks: string[] = [];
      const file = await openFile(at(name), {
        keep: ({ type, body }) => blocks.push(`${type} ${Buffer.from(body).toString('latin1')}`),
      });
      while ((await file.next()) !== null);
      expect(blocks).toContain('4 \x01\0\x0f\0\x0a\0\x01\0server.lab\0\0\0\0\0\0');
      expect(blocks).toContain(`10 KSLT\x14\0\0\0${log}`);
      expect(await frames(at(name))).not.toBe('');
    }
    const pcap = await nscap(['convert', 'secrets.pcapng', 'secrets.pcap'], { cwd: folder });
    expect(pcap.stderr).toBe('nscap: the decryption secrets were left out: pcap has no place for them\n');
  }
});

test('what pcap cannot hold: a second link type, comments, times', async () => {
  const mixed = await nscap(['convert', 'two.pcapng', 'two.pcap'], { cwd: folder });
  expect(mixed.status).toBe(1);
  expect(mixed.stderr).toBe(
    'nscap: a pcap file holds one link type, and after EN10MB comes RAW\n' +
      'hint: pcapng holds them all: write to a name that ends in .pcapng; or pick one interface with --interface\n',
  );
  const several = await nscap(['convert', 'a.pcap', 'raw.pcap', 'x.pcap'], { cwd: folder });
  expect(several.stderr).toMatch(/one link type, and after RAW comes EN10MB/);
  expect(readdirSync(folder).filter((name) => /two\.pcap$|x\.pcap|part$/.test(name))).toEqual([]);

  const one = await nscap(['convert', '-i', 'ns1:veth0', 'two.pcapng', 'one.pcap'], { cwd: folder });
  expect(one).toMatchObject({
    status: 0,
    stderr: 'nscap: the comments of 1 packets were left out: pcap has no place for them\n',
  });
  const times = (await frames(at('one.pcap'), ['frame.time_epoch'], false)).split('\n');
  expect(times).toEqual(['1700000000.123456789', '1700000002.123456789', '']);
  await convert('-i', '1', '--time-stamp-precision', 'micro', 'two.pcapng', 'micro.pcap');
  expect(await frames(at('micro.pcap'), ['frame.time_epoch'], false)).toMatch(/^1700000001\.123456000\n/);
  const none = await nscap(['convert', '-i', 'eth9', 'two.pcapng', 'none.pcap'], { cwd: folder });
  expect(none).toMatchObject({
    status: 2,
    stderr: "nscap: no input has an interface 'eth9'\nhint: there are: ns1:veth0, 0, ns1:tun0, 1\n",
  });
  expect(existsSync(at('none.pcap'))).toBe(false);
});

test('merging by time, and one behind the other, as mergecap does', async () => {
  for (const [flags, name] of [
    [[], 'merged'],
    [['-a'], 'appended'],
  ] as const) {
    for (const format of ['pcap', 'pcapng']) {
      await run('mergecap', [
        ...flags,
        '-F',
        format,
        '-w',
        at(`${name}-theirs.${format}`),
        at('a.pcap'),
        at('b.pcap'),
      ]);
      await convert(...flags, 'a.pcap', 'b.pcap', `${name}.${format}`);
      const fields = ['frame.time_epoch', 'frame.len', 'udp.srcport'];
      expect(await frames(at(`${name}.${format}`), fields)).toBe(
        await frames(at(`${name}-theirs.${format}`), fields),
      );
    }
  }
  // A pcap file knows no interface names; the file's name takes their place.
  expect((await run('capinfos', [at('merged.pcapng')])).stdout).toMatch(
    /Description = a\.pcap[\s\S]*Description = b\.pcap/,
  );
  await convert('a.pcap', 'raw.pcap', 'two.pcapng', 'all.pcapng');
  expect(await frames(at('all.pcapng'), ['frame.interface_id', 'frame.encap_type'], false)).toContain(
    '1\t7\n',
  );
});

test('filter, times and cut, as editcap and tcpdump do', async () => {
  const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'udp.srcport'];
  await run('tcpdump', [
    '-Z',
    'root',
    '-r',
    at('a.pcap'),
    '-w',
    at('filtered-theirs.pcap'),
    'udp src portrange 1003-1006',
  ]);
  await convert('-f', 'udp src portrange 1003-1006', 'a.pcap', 'filtered.pcap');
  expect(readFileSync(at('filtered.pcap')).equals(readFileSync(at('filtered-theirs.pcap')))).toBe(true);

  const env = { ...process.env, TZ: 'UTC' };
  await run(
    'editcap',
    [
      '-F',
      'pcap',
      '-A',
      '2023-11-14 22:13:22',
      '-B',
      '2023-11-14 22:13:25',
      at('a.pcap'),
      at('times-theirs.pcap'),
    ],
    { env },
  );
  const theirs = await frames(at('times-theirs.pcap'), fields);
  expect(theirs.split('\n').length).toBe(4);
  for (const [from, to] of [
    ['1700000002', '1700000005'],
    ['2023-11-14T22:13:22Z', '2023-11-14T23:13:25+01:00'],
    ['2023-11-14 22:13:22', '2023-11-14 22:13:25'],
    ['+1.5', '+4.5'],
  ]) {
    const result = await nscap(['convert', '--from', from, '--to', to, 'a.pcap', 'times.pcap'], {
      cwd: folder,
      env,
    });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(await frames(at('times.pcap'), fields), `${from} to ${to}`).toBe(theirs);
  }
  // All digits count: packet 2 comes 2.000002 s after the first, and --to leaves out what it names.
  await convert('--from', '+2.000002', '--to', '+3.000003', 'a.pcap', 'exact.pcap');
  expect((await frames(at('exact.pcap'), ['frame.time_epoch'], false)).trim()).toBe('1700000002.500002000');

  await run('editcap', ['-F', 'pcapng', '-s', '64', at('a.pcap'), at('short-theirs.pcapng')]);
  await convert('-s', '64', 'a.pcap', 'short.pcapng');
  expect(await frames(at('short.pcapng'), fields)).toBe(await frames(at('short-theirs.pcapng'), fields));
});

test('splitting by packets, size and time loses nothing and keeps to the limit', async () => {
  const all = async (names: string[]) => {
    let rows = '';
    for (const name of names) rows += await frames(at(name));
    return rows;
  };
  const parts = (stem: string) =>
    readdirSync(folder)
      .filter((name) => name.startsWith(`${stem}_`))
      .sort();
  const whole = await frames(at('a.pcap'));
  await convert('--split-count', '4', 'a.pcap', 'count.pcap');
  expect(parts('count')).toEqual(['count_00001.pcap', 'count_00002.pcap', 'count_00003.pcap']);
  expect(await all(parts('count'))).toBe(whole);
  const json = JSON.parse((await convert('--json', '--split-size', '300', 'a.pcap', 'size.pcap')).stdout);
  expect(json.files.map((one: { path: string }) => one.path.split('/').at(-1))).toEqual(parts('size'));
  expect(await all(parts('size'))).toBe(whole);
  for (const { path: name, bytes } of json.files) {
    expect(bytes).toBeLessThanOrEqual(300);
    expect(statSync(path(folder, name.split('/').at(-1))).size).toBe(bytes);
  }
  await convert('--split-time', '2.5', 'a.pcap', 'time.pcapng');
  expect((await all(parts('time'))).replaceAll('unknown', '')).toBe(whole);
  const counts = await Promise.all(
    parts('time').map(async (name) => (await frames(at(name))).split('\n').length - 1),
  );
  expect(counts).toEqual([3, 2, 3, 2]);
});

test('pipes: standard input and output, and a packet goes on when it has come', async () => {
  const bytes = readFileSync(at('a.pcap'));
  const child = start(['convert', '--format', 'pcapng', '-', '-']);
  child.stdin.write(bytes.subarray(0, 24 + 76 + 77));
  // Both whole packets, as far as port 1001, before more of the input is there.
  child.stdout.setEncoding('latin1');
  await seen(child.stdout, /\x03\xe9\x1b\xb8/);
  child.stdin.end(bytes.subarray(24 + 76 + 77));
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status).toBe(0);
  const closed = await run(
    'sh',
    ['-c', `"$0" "$1" convert a.pcap - | head -c 1; echo " $?"`, process.execPath, PROGRAM],
    { cwd: folder },
  );
  expect(closed.stderr).toBe('');
});

test('a last record that is cut, as of a killed capture: what was whole is written, one line tells, status 0', async () => {
  const result = await nscap(['convert', 'cut.pcap', 'whole.pcap'], { cwd: folder });
  expect(result).toMatchObject({
    status: 0,
    stderr: 'nscap: cut.pcap: cut short at byte 295: the record that begins at byte 255 has 40 of 79 bytes\n',
  });
  expect((await frames(at('whole.pcap'))).split('\n').length).toBe(4);
});

test('input is never written over, whatever it is called; the output is there when it is whole', async () => {
  symlinkSync('a.pcap', at('link.pcap'));
  linkSync(at('a.pcap'), at('hard.pcap'));
  const before = readFileSync(at('a.pcap'));
  for (const name of ['a.pcap', './a.pcap', 'link.pcap', 'hard.pcap']) {
    const result = await nscap(['convert', 'a.pcap', name], { cwd: folder });
    expect(result).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/ is both read and written\nhint: /),
    });
  }
  const stdin = await run('sh', ['-c', `"$0" "$1" convert - a.pcap < a.pcap`, process.execPath, PROGRAM], {
    cwd: folder,
  });
  expect(stdin).toMatchObject({ status: 2, stderr: expect.stringContaining('both read and written') });
  expect(readFileSync(at('a.pcap')).equals(before)).toBe(true);

  writeFileSync(at('old.pcap'), 'old');
  chmodSync(at('old.pcap'), 0o600);
  symlinkSync('old.pcap', at('to-old.pcap'));
  await convert('a.pcap', 'to-old.pcap');
  expect(readFileSync(at('old.pcap')).equals(before)).toBe(true);
  expect(statSync(at('old.pcap')).mode & 0o777).toBe(0o600);
  await convert('a.pcap', '/dev/null');
});

test('a full disk: a clear line, and no half file', async () => {
  const result = await nscap(['convert', 'a.pcap', '/dev/full'], { cwd: folder });
  expect(result).toMatchObject({
    status: 1,
    stderr: 'nscap: cannot write /dev/full: no space left on device\n',
  });
});

test('Ctrl-C while a pipe is read: what came is a whole file', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'convert', '-', 'live.pcap'], {
    cwd: folder,
  });
  child.stdin.write(readFileSync(at('a.pcap')).subarray(0, 24 + 76 + 77 + 10));
  const part = () => readdirSync(folder).some((name) => name.startsWith('.live.pcap'));
  await expect.poll(part).toBeTruthy();
  child.kill('SIGINT');
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status).toBe(130);
  expect((await frames(at('live.pcap'))).split('\n').length).toBe(3);
});

test('what cannot be meant is told', async () => {
  const told = async (...args: string[]) => {
    const { status, stderr } = await nscap(['convert', ...args], { cwd: folder });
    return `${status} ${stderr.split('\n')[0]}`;
  };
  expect(await told('a.pcap')).toBe('2 nscap: there is nothing to write to');
  expect(await told('--from', 'noon', 'a.pcap', 'x.pcap')).toBe("2 nscap: 'noon' is not a time");
  expect(await told('--from', '+3', '--to', '+2', 'a.pcap', 'x.pcap')).toBe(
    '2 nscap: --to is not after --from',
  );
  expect(await told('-f', 'udp prot 7', 'a.pcap', 'x.pcap')).toMatch(/^2 nscap: /);
  expect(await told('none.pcap', 'x.pcap')).toBe('1 nscap: cannot open none.pcap: no such file or directory');
  expect(await told('a.pcap', 'no/where.pcap')).toBe(
    '1 nscap: cannot write no/where.pcap: no such file or directory',
  );
  expect(await told('--split-count', '2', 'a.pcap', '-')).toBe('2 nscap: standard output cannot be split');
  expect(existsSync(at('x.pcap'))).toBe(false);
});
