// Addresses that each namespace has of its own are given twice everywhere, and mean nothing.
import { expect, test } from 'vitest';
import type { Node } from '../../src/netns/topology.ts';
import { duplicateSource } from '../../src/why/checks/host.ts';
import type { PacketSpec } from '../../src/why/packet.ts';
import type { Snapshot } from '../../src/why/snapshot.ts';

/** A station that has every address. */
const station = { namespace: {}, link: { addresses: [] } } as unknown as Node;
const snapshot = {
  topology: {
    of: () => {
      throw new Error('a loopback address is looked for at another host');
    },
  },
} as unknown as Snapshot;

test.each(['::1', '127.0.0.1', 'fe80::1'])('%s is not an address given twice', (source) => {
  expect(duplicateSource(snapshot, station, { source } as PacketSpec)).toEqual([]);
});
