// Each way to break a lab really breaks it, and where it was broken the status shows it.
import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { BREAKS, breakLab } from '../../src/lab/break.ts';
import { withLab } from '../../src/lab/create.ts';
import type { LabSpec } from '../../src/lab/spec.ts';
import { labStatus } from '../../src/lab/status.ts';
import { bridgeSpec, chainSpec, pairSpec, starSpec } from '../../src/lab/topology.ts';
import { errorOf, sh, uniqueName } from '../netns/support.ts';
import { has } from '../support/needs.ts';
import { run } from '../support/nscap.ts';

const PORT = 7096;

/** A lab whose last namespace listens, and who is the first at its edge. */
const LABS: Record<string, () => { spec: LabSpec; from: string; to: string; target: string }> = {
  pair: () => listening(pairSpec({ namespaces: [uniqueName(), uniqueName()] }), 0, '10.0.2.0'),
  chain: () => listening(chainSpec({ namespaces: four() }), 0, '10.0.3.2'),
  star: () => listening(starSpec({ namespaces: four() }), 1, '10.0.3.2'),
  bridge: () => listening(bridgeSpec({ namespaces: four() }), 1, '10.0.0.4'),
};
const four = () => [uniqueName(), uniqueName(), uniqueName(), uniqueName()];

function listening(spec: LabSpec, first: number, target: string) {
  const names = Object.keys(spec.namespaces);
  const to = names.at(-1)!;
  spec.namespaces[to].listeners = [PORT];
  return { spec, from: names[first], to, target };
}

/**
 * What still works between the two: a ping, a large one, a connection that is answered. What is expected to work is waited
 * for however busy the machine is; what is not, a second.
 */
async function works(from: string, target: string, expected: string): Promise<string> {
  const seconds = (word: string) => (expected.includes(word) ? '60' : '1');
  const ping = (word: string, ...more: string[]) =>
    run('ip', ['netns', 'exec', from, 'ping', '-c', '1', '-W', seconds(word), ...more, target]).then(
      ({ status }) => status === 0,
    );
  const connect = ['timeout', seconds('tcp'), 'ncat', '-w', seconds('tcp'), target, String(PORT)];
  const talk = run('ip', ['netns', 'exec', from, ...connect], { input: 'hello\n' }).then(
    ({ stdout }) => stdout === 'hello\n',
  );
  const [small, large, answer] = await Promise.all([
    ping('ping'),
    ping('large', '-s', '1400', '-M', 'do'),
    talk,
  ]);
  return [small && 'ping', large && 'large', answer && 'tcp'].filter(Boolean).join(' ') || 'nothing';
}

const NOTHING = 'nothing';
const ALL = 'ping large tcp';
/** Kind → the labs it can break, what still works then. What isn't listed here would fail the last test. */
const EXPECTED: Record<string, [labs: string[], works: string]> = {
  'no-route': [['pair', 'chain', 'bridge'], NOTHING],
  'no-return-route': [['pair', 'star'], NOTHING],
  'no-router-route': [['chain', 'star'], NOTHING],
  'wrong-gateway': [['chain', 'star'], NOTHING],
  'wrong-prefix': [['pair', 'chain', 'star', 'bridge'], NOTHING],
  blackhole: [['pair', 'star'], NOTHING],
  prohibit: [['chain'], NOTHING],
  unreachable: [['bridge'], NOTHING],
  'policy-rule': [['pair'], NOTHING],
  'no-forwarding': [['chain', 'star'], NOTHING],
  'rp-filter': [['pair', 'chain', 'star'], NOTHING],
  'link-down': [['pair', 'bridge'], NOTHING],
  'peer-down': [['pair', 'chain'], NOTHING],
  'no-address': [['pair', 'star'], NOTHING],
  'no-target-address': [['pair', 'bridge'], NOTHING],
  // It answers its own ping, but nothing listens on it.
  'duplicate-address': [['pair', 'bridge'], 'ping large'],
  'no-loopback': [['pair'], 'ping large tcp'],
  'wrong-neighbour': [['pair', 'chain'], NOTHING],
  'no-arp': [['pair'], NOTHING],
  mtu: [['pair', 'chain'], 'ping tcp'],
  'bridge-port-down': [['bridge'], NOTHING],
  'bridge-port-disabled': [['bridge'], NOTHING],
  'bridge-isolated': [['bridge'], NOTHING],
  'bridge-down': [['bridge'], NOTHING],
  'wrong-bridge': [['bridge'], NOTHING],
  'no-bridge': [['bridge'], NOTHING],
  'vlan-mismatch': [['pair', 'bridge'], NOTHING],
  'drop-input': [['pair'], NOTHING],
  'drop-output': [['pair'], NOTHING],
  'drop-forward': [['chain'], NOTHING],
  'drop-bridge': [['bridge'], NOTHING],
  'drop-arp': [['pair', 'chain', 'bridge'], NOTHING],
  'drop-answers': [['pair'], NOTHING],
  reject: [['pair'], NOTHING],
  'filtered-port': [['pair'], 'ping large'],
  'rejected-port': [['star'], 'ping large'],
  'no-listener': [['pair'], 'ping large'],
  'local-listener': [['pair'], 'ping large'],
  'full-backlog': [['pair'], 'ping large'],
};
const CASES = Object.entries(EXPECTED).flatMap(([kind, [labs, left]]) =>
  labs.map((lab) => [kind, lab, left] as const),
);

describe.runIf(has('root'))('lab break', () => {
  test.concurrent.for(CASES)('%s in a %s: %s works', async ([kind, lab, left], { expect }) => {
    const { spec, from, target } = LABS[lab]!();
    await withLab(spec, async (record) => {
      expect(await works(from, target, ALL)).toBe(ALL);
      expect((await labStatus(record)).drift).toEqual([]);
      try {
        const broken = await breakLab(record, kind);
        expect(record.broken).toEqual([{ kind, sentence: broken.sentence }]);
        expect(await works(from, target, left)).toBe(left);
        expect((await labStatus(record)).drift).not.toEqual([]);
      } catch (error) {
        // A kernel that can't do it says so, and the lab is as good as before.
        if ((error as { code?: string }).code !== 'KERNEL_LACKS') throw error;
        expect((await labStatus(record)).drift).toEqual([]);
        expect(await works(from, target, ALL)).toBe(ALL);
      }
    });
  });

  test('a way that the lab has no place for, one that is unknown, and namespaces that are not there', async () => {
    const { spec, from, to } = LABS.pair!();
    await withLab(spec, async (record) => {
      for (const kind of ['no-forwarding', 'drop-forward', 'wrong-bridge', 'wrong-gateway']) {
        expect(await errorOf(breakLab(record, kind))).toMatchObject({ code: 'NO_PLACE' });
      }
      expect(await errorOf(breakLab(record, 'everything'))).toMatchObject({ code: 'USAGE' });
      expect(await errorOf(breakLab(record, 'no-route', { from: 'x' }))).toMatchObject({ code: 'USAGE' });
      expect(await errorOf(breakLab(record, 'no-route', { from, to: from }))).toMatchObject({
        code: 'USAGE',
      });
      expect(record.broken).toEqual([]);
      await breakLab(record, 'no-route', { from: to, to: from });
      const again = await errorOf(breakLab(record, 'no-route'));
      expect(again.message).toMatch(/there are no routes both ways/);
      expect(again.hint).toMatch(/lab reset/);
    });
  });

  test('random breaks something; a listener that is not the lab’s is left alone', async () => {
    const { spec } = LABS.pair!();
    spec.namespaces[Object.keys(spec.namespaces)[1]].listeners = [];
    await withLab(spec, async (record) => {
      const to = Object.keys(spec.namespaces)[1];
      const other = spawn('ip', ['netns', 'exec', to, 'ncat', '-lk', String(PORT)], { stdio: 'ignore' });
      try {
        await expect.poll(() => sh('ip', 'netns', 'exec', to, 'ss', '-Htln')).toContain(`:${PORT}`);
        expect(await errorOf(breakLab(record, 'no-listener'))).toMatchObject({ code: 'NO_PLACE' });
        const { kind } = await breakLab(record, 'random');
        expect(Object.keys(BREAKS)).toContain(kind);
        expect(other.exitCode, `after ${kind}`).toBeNull();
      } finally {
        other.kill('SIGKILL');
      }
    });
  });
});

test('every way there is has a case', () => {
  expect(Object.keys(EXPECTED).sort()).toEqual(Object.keys(BREAKS).sort());
});
