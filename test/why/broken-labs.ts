// Runs `nscap why` against labs broken in every way we could think of: it must name the true cause, and its commands must fix
// it. How long it takes is a figure of the benchmark.
import { describe, type TestAPI, vi } from 'vitest';
import { interfaces } from '../../src/netns/interfaces.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { verdictText } from '../../src/report/why/verdict.ts';
import { whyText } from '../../src/report/why.ts';
import { applyFix } from '../../src/why/apply-fixes.ts';
import { examine } from '../../src/why/examine.ts';
import { commandLine } from '../../src/why/finding.ts';
import type { Asked } from '../../src/why/request.ts';
import { has } from '../support/needs.ts';
import type { Case } from './cases/case.ts';
import { brokenLab } from './cases/lab-of-case.ts';
import { type Lab, makeLab, type Topology } from './lab.ts';

/** Makes a lab, does something with it, and takes it away. */
export async function within(topology: Topology, action: (made: Lab) => Promise<void>): Promise<void> {
  const made = await makeLab(topology);
  try {
    await action(made);
  } finally {
    made.remove();
  }
}

/** What is asked in a lab: from a to b where nothing else is said. */
export async function askedIn(
  made: Lab,
  { from = 'a', to = 'b', target, port, udp }: Pick<Case, 'from' | 'to' | 'target' | 'port' | 'udp'>,
): Promise<Asked> {
  return {
    from: made.ns(from),
    target: await targetOf(made, target, to),
    ...(port === undefined ? {} : { port }),
    ...(udp ? { udp: true } : {}),
  };
}

async function targetOf(made: Lab, target: string | undefined, to: string): Promise<string> {
  if (target === 'link-local') {
    // Usable, that is: an address is tried out first (RFC 4862, 5.4).
    const linkLocal = async (short: string) =>
      (await interfaces(await resolveNamespace(made.ns(short))))
        .flatMap((one) => one.addresses)
        .find((one) => one.scope === 'link' && !one.tentative)?.address;
    const usable = (short: string) =>
      vi.waitFor(
        async () =>
          (await linkLocal(short)) ?? Promise.reject(new Error(`${short} has no link-local address`)),
        { timeout: 60_000, interval: 100 },
      );
    await usable('a');
    return `${await usable(to)}%veth0`;
  }
  return target?.replace(/^@(\w+)/, (_, short) => made.ns(short)) ?? made.address(to);
}

/** A test for each case. Most of the time goes by waiting for answers that don't come: several at a time. */
export function testBroken(test: TestAPI, cases: readonly Case[]): void {
  describe.runIf(has('root'))('a broken lab', { concurrent: true }, () => {
    // With %s: of an object's properties vitest cuts long texts, so that -t would not find them.
    const named = cases.map((one) => [`${one.name} (${one.topology})`, one] as const);
    test.for(named)('%s', async ([, one], { expect }) => {
      const made = await brokenLab(one);
      try {
        const asked = await askedIn(made, one);
        const found = await examine(asked);
        const seen = whyText(found);
        expect(found.reachable, seen).toBe(false);
        expect(verdictText(found), seen).toMatch(one.says);
        if (one.code !== undefined) expect(found.cause?.code, seen).toBe(one.code);
        if (one.fixes === false) return;
        expect(found.cause?.fix.length, seen).toBeGreaterThan(0);
        await applyFix(found.cause!, () => {});
        const again = await examine(asked);
        expect(again.reachable, `after ${commandLine(found.cause!.fix)}:\n${whyText(again)}`).toBe(true);
      } finally {
        made.remove();
      }
    });
  });
}
