// When silence proves nothing yet.
import { expect, test } from 'vitest';
import type { FoundNamespace } from '../../src/netns/discover.ts';
import { waitedForAddress } from '../../src/why/patience.ts';
import type { Sighting } from '../../src/why/sightings.ts';

const router = { inode: 2 } as FoundNamespace;
const seen = (role: Sighting['role'], direction: 'in' | 'out', dev: string): Sighting => ({
  kind: 'ip',
  here: router,
  dev,
  direction,
  time: 0n,
  otherHost: false,
  role,
  ...(role === 'resolving'
    ? { resolving: { address: 'fd00::2', reply: direction === 'in', asker: 'fd00::1' } }
    : {}),
});

test('a router asked for the address of the next hop, and did not hand the packet on', () => {
  const arrived = seen('request', 'in', 'left');
  const asked = [seen('resolving', 'out', 'right'), seen('resolving', 'in', 'right')];
  expect(waitedForAddress(asked, [arrived])).toBe(true);
  expect(waitedForAddress(asked, [arrived, seen('request', 'out', 'right')])).toBe(false);
  expect(waitedForAddress([seen('resolving', 'in', 'right')], [arrived])).toBe(false);
});
