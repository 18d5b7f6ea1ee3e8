// Rows of fields: how cells are put together, and the formats of JSON. The lines are tshark 4.0.17's.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nscap } from '../support/nscap.ts';

const SAMPLE = fileURLToPath(new URL('sample.pcap', import.meta.url));
const env = { ...process.env, TZ: 'UTC' };
const NAMES = ['-e', 'frame.number', '-e', 'ip.addr', '-e', 'tcp.port'];

async function read(...words: string[]): Promise<string> {
  const result = await nscap(['read', SAMPLE, ...words], { env });
  expect(result).toMatchObject({ status: 0, stderr: '' });
  return result.stdout;
}

test.each([
  [[], '1\t10.0.0.1,10.0.0.2\t\n', '3\t10.0.0.1,10.0.0.2\t1,2\n'],
  [['quote=d', 'separator=,'], '"1","10.0.0.1,10.0.0.2",\n', '"3","10.0.0.1,10.0.0.2","1,2"\n'],
  [
    ['separator=/s', 'aggregator=/s', 'quote=s'],
    "'1' '10.0.0.1 10.0.0.2' \n",
    "'3' '10.0.0.1 10.0.0.2' '1 2'\n",
  ],
  [['occurrence=f'], '1\t10.0.0.1\t\n', '3\t10.0.0.1\t1\n'],
  [['occurrence=l', 'aggregator=;'], '1\t10.0.0.2\t\n', '3\t10.0.0.2\t2\n'],
  [['bom=y', 'header=y'], '\ufefframe.number\tip.addr\ttcp.port\n', '3\t10.0.0.1,10.0.0.2\t1,2\n'],
])('-E %j puts cells together as tshark does', async (options, first, last) => {
  const lines = await read('-T', 'fields', ...NAMES, ...options.flatMap((one) => ['-E', one]));
  expect(lines.startsWith(first.replace('\ufefframe', '\ufeffframe')), lines).toBe(true);
  expect(lines.endsWith(last), lines).toBe(true);
});

test('-T json and -T ek are documents that any parser reads', async () => {
  const documents = JSON.parse(await read('-T', 'json', ...NAMES));
  expect(documents).toHaveLength(3);
  expect(documents[2]).toEqual({
    _index: 'packets-2023-11-14',
    _type: 'doc',
    _score: null,
    _source: {
      layers: { 'frame.number': ['3'], 'ip.addr': ['10.0.0.1', '10.0.0.2'], 'tcp.port': ['1', '2'] },
    },
  });
  const lines = (await read('-T', 'ek', ...NAMES)).split('\n');
  expect(JSON.parse(lines[4])).toEqual({ index: { _index: 'packets-2023-11-14', _type: 'doc' } });
  expect(JSON.parse(lines[5])).toEqual({
    timestamp: '1700000001000',
    layers: { frame_number: ['3'], ip_addr: ['10.0.0.1', '10.0.0.2'], tcp_port: ['1', '2'] },
  });
  expect(await read('-T', 'json', ...NAMES, '-Y', 'frame.number > 3')).toBe('[]\n');
});

test('-T fields -Y prints the rows of packets that a filter takes', async () => {
  expect(await read('-T', 'fields', ...NAMES, '-Y', 'tcp')).toBe('3\t10.0.0.1,10.0.0.2\t1,2\n');
  expect(await read('-T', 'fields', ...NAMES, '-c', '1', '-Y', 'udp.srcport == 53')).toBe(
    '2\t10.0.0.1,10.0.0.2\t\n',
  );
});

test.each([
  [['-T', 'fields', '-e', 'ip.scr'], "there is no field 'ip.scr'", 'ip.src may be meant'],
  [['-T', 'fields'], '-T fields prints fields, and -e names none', '-e ip.src'],
  [['-T', 'tabs', '-e', 'ip.src'], "'tabs' is not a format of -T", 'fields, json, ek and text'],
  [['-T', 'text', '-e', 'ip.src'], '-e NAME is about -T fields', 'nscap read -T fields'],
  [['-T', 'fields', '-e', 'ip.src', '-E', 'quote=x'], "'quote=x' is not an option of -E", 'header=y|n'],
])('%j is a usage error that says what is meant', async (words, message, hint) => {
  const { status, stderr, stdout } = await nscap(['read', SAMPLE, ...words]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).toContain(hint);
});

test('without -T, -e prints the link-layer header', async () => {
  expect(await read('-e', '-t', '-c', '1')).toMatch(/^02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4/);
});

test('fields lists fields by a part of the name or description', async () => {
  const { stdout } = await nscap(['fields', 'ip.*addr']);
  expect(stdout).toMatch(/^ip\.addr +ipv4 +Source or Destination Address$/m);
  expect(JSON.parse((await nscap(['fields', '--json', 'tcp.seq_raw'])).stdout)).toEqual([
    { name: 'tcp.seq_raw', type: 'uint32', description: 'Sequence Number (raw)' },
  ]);
  expect(await nscap(['fields', 'no.such'])).toMatchObject({ status: 1, stdout: '' });
});

test('convert, follow and analyze take the packets of a display filter', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nscap-fields-'));
  try {
    const out = join(folder, 'out.pcap');
    expect(await nscap(['convert', SAMPLE, out, '-Y', 'dns || tcp.port == 9'])).toMatchObject({ status: 0 });
    const { stdout } = await nscap(['read', out, '-T', 'fields', '-e', 'udp.srcport']);
    expect(stdout).toBe('1000\n53\n');
    const rows = await nscap(['analyze', '--packets', '--format', 'tsv', '-Y', 'tcp.seq == 0', SAMPLE]);
    expect(rows.stdout.split('\n')).toHaveLength(3);
    const none = await nscap(['analyze', '-Y', 'tcp.port == 9', SAMPLE]);
    expect(none.stdout).toContain('no TCP connections');
    expect(await nscap(['follow', SAMPLE, '0', '-Y', 'tcp.prot == 9'])).toMatchObject({ status: 2 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
