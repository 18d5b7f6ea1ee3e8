// Which packets are the probe's own, and which addresses say something of who sent them.
import { expect, test } from 'vitest';
import { discover, type FoundNamespace } from '../../src/netns/discover.ts';
import { duplicateSource } from '../../src/why/checks/host.ts';
import type { PacketSpec } from '../../src/why/packet.ts';
import { type Flow, keysOf, type Tracked } from '../../src/why/sightings.ts';
import { Snapshot } from '../../src/why/snapshot.ts';

const NOW = Date.now();
const ASKER = 1;

/** A ping of 104 bytes that carries the time of its sending, or another payload. */
function echo(sent: number | 'no time'): Tracked {
  const stamp = Buffer.alloc(12, 0xff);
  if (sent !== 'no time') {
    stamp.writeBigInt64LE(BigInt(Math.floor(sent / 1000)), 0);
    stamp.writeUInt32LE((sent % 1000) * 1000, 8);
  }
  return {
    here: { inode: ASKER } as FoundNamespace,
    dev: 'veth0',
    size: 104,
    target: 'fd00::2',
    icmp: { type: 128, code: 0, id: 7, sequence: 1, stamp: stamp.toString('hex') },
  } as Tracked;
}

test.each([
  ['of this run', NOW + 3, 1],
  ['that an earlier run left to wait for a neighbour', NOW - 1200, 0],
  ['whose clock is none to go by', NOW - 3_600_000, 1],
  ['without a time', 'no time' as const, 1],
])('a ping %s', (_, sent, own) => {
  const flow: Flow = { name: 'ping', protocol: 'icmp', size: 104, since: NOW };
  expect(keysOf([echo(sent)], flow, ASKER, 'fd00::2').size).toBe(own);
});

test('a loopback address, which every namespace has, is not one given twice', async () => {
  const snapshot = new Snapshot(await discover());
  const lo = snapshot.topology.nodes.find(({ link }) =>
    link.addresses.some(({ address }) => address === '127.0.0.1'),
  );
  expect(lo, 'an interface of this machine that has 127.0.0.1').toBeDefined();
  for (const source of ['127.0.0.1', '::1'])
    expect(duplicateSource(snapshot, lo!, { source } as PacketSpec)).toEqual([]);
});
