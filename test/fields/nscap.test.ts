// nscap.*: fields that Wireshark does not have.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { Text } from '../../src/base/text.ts';
import { DropBatches } from '../../src/drops/batch.ts';
import { Origin } from '../../src/fields/origin.ts';
import { PcapngWriter } from '../../src/file/pcapng-writer.ts';
import { nscap } from '../support/nscap.ts';
import { rowsOf } from './support.ts';

const TCP = fileURLToPath(new URL('../data/transport/tcp.pcap', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nscap-fields-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function lines(...words: string[]): Promise<string[]> {
  const result = await nscap(['read', ...words]);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  return result.stdout.split('\n').slice(0, -1);
}

test('nscap.verdict has the names that analyze counts', async () => {
  const { connections } = JSON.parse((await nscap(['analyze', '--json', TCP])).stdout);
  const counted: Record<string, number> = {};
  for (const { client, server } of connections)
    for (const { verdicts } of [client, server])
      for (const [name, { count }] of Object.entries<{ count: number }>(verdicts))
        if (count > 0) counted[name] = (counted[name] ?? 0) + count;
  const found: Record<string, number> = {};
  for (const line of await lines(TCP, '-T', 'fields', '-e', 'nscap.verdict', '-Y', 'nscap.verdict'))
    for (const name of line.split(',')) found[name] = (found[name] ?? 0) + 1;
  expect(found).toEqual(counted);
  expect(Object.keys(found)).not.toEqual([]);
});

test.each([
  ['ns1:veth0', 'ns1'],
  ['docker:web:eth0', 'docker:web'],
  ['eth0', ''],
  ['eth0:1', ''],
  ['TCP@127.0.0.1:19000', ''],
  ['rpcap://host:2002/eth0', ''],
])('the interface %s is in namespace "%s"', (name, namespace) => {
  const origin = new Origin([{ name, description: '', linkType: 1, snaplen: 0 }], true);
  expect(origin.namespace(0)).toBe(namespace);
  expect(origin.namespace(1)).toBe('');
});

test('nscap.drop.reason and nscap.netns of packets that were dropped', async () => {
  const dropped = {
    time: { seconds: 1, nanoseconds: 0 },
    namespace: { inode: 1, name: 'ns1' },
    interface: { index: 1, name: 'veth0' },
    count: 1,
    packet: { linkType: 1, bytes: new Uint8Array(60), length: 60 },
  };
  const rule = { family: 'inet', table: 'f', chain: 'i', handle: 2, text: 'tcp dport 80 drop' };
  const drops = new DropBatches();
  const batch = drops.batch([
    { ...dropped, reason: 'NETFILTER_DROP', function: 'nft_do_chain', rule },
    { ...dropped, reason: 'NO_SOCKET' },
    { ...dropped, reason: 'NETFILTER_DROP', rule },
    { ...dropped, function: 'icmp_rcv' },
    // Longer than an option of a pcapng file may be.
    {
      ...dropped,
      reason: 'NETFILTER_DROP',
      rule: { ...rule, text: 'ip saddr 10.0.0.1 drop «é» '.repeat(3000) },
    },
    { ...dropped, reason: 'NO_SOCKET' },
  ]);
  const text = new Text(1 << 16);
  const writer = new PcapngWriter(text);
  writer.section({ os: 'Linux', application: 'nscap' });
  for (const one of drops.interfaces) writer.interface(one);
  writer.records(batch);
  const file = join(folder, 'drops.pcapng');
  writeFileSync(file, text.bytes.subarray(0, text.length));
  const fields = ['-T', 'fields', '-E', 'separator= ', '-e', 'nscap.netns', '-e', 'nscap.drop.reason'];
  expect(await lines(file, ...fields)).toEqual([
    'ns1 NETFILTER_DROP',
    'ns1 NO_SOCKET',
    'ns1 NETFILTER_DROP',
    'ns1 ',
    'ns1 NETFILTER_DROP',
    'ns1 NO_SOCKET',
  ]);
  expect(await lines(file, ...fields, '-Y', 'nscap.drop.reason == "NO_SOCKET"')).toEqual([
    'ns1 NO_SOCKET',
    'ns1 NO_SOCKET',
  ]);
});

test('frame.comment has the comments of a record, and is empty without one', async () => {
  const block = (type: number, body: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length + 12);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(type);
    return Buffer.concat([head, length, body, length]);
  };
  const words = (...numbers: number[]) => Buffer.from(Uint32Array.from(numbers).buffer);
  // opt_comment, twice, and the end of options (draft-ietf-opsawg-pcapng, 3.5).
  const options = Buffer.concat([
    Buffer.from('0100040077686174', 'hex'),
    Buffer.from('0100040077686f21', 'hex'),
    words(0),
  ]);
  const file = Buffer.concat([
    block(0x0a0d0d0a, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff)),
    block(1, words(1, 0)),
    block(6, Buffer.concat([words(0, 0, 0, 4, 4), words(0), options])),
    block(6, words(0, 0, 0, 4, 4, 0)),
  ]);
  expect(await rowsOf(file, ['frame.number', 'frame.comment'])).toEqual(['1\twhat,who!', '2\t']);
});
