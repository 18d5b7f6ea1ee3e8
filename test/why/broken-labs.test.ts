// `nscap why` against labs broken in every way we could think of: it must name the true cause and its commands must fix it;
// and it must find nothing wrong with healthy labs. How long it takes is a figure of the benchmark.
import { describe, expect, test } from 'vitest';
import { interfaces } from '../../src/netns/interface.ts';
import { resolveNamespace } from '../../src/netns/namespace.ts';
import { whyText } from '../../src/report/why.ts';
import { examine } from '../../src/why/examine.ts';
import { commandLine } from '../../src/why/finding.ts';
import { applyFix } from '../../src/why/fix.ts';
import { has } from '../support/needs.ts';
import { CASES, HEALTHY } from './cases.ts';
import { type Lab, makeLab, type Topology } from './lab.ts';

/** Makes a lab, does something with it, and takes it away. */
async function within(topology: Topology, action: (made: Lab) => Promise<void>): Promise<void> {
  const made = await makeLab(topology);
  try {
    await action(made);
  } finally {
    made.remove();
  }
}

async function targetOf(made: Lab, target: string | undefined, to: string): Promise<string> {
  if (target === 'link-local') {
    // Usable, that is: an address is tried out first (RFC 4862, 5.4).
    const linkLocal = async (short: string) =>
      (await interfaces(await resolveNamespace(made.ns(short))))
        .flatMap((one) => one.addresses)
        .find((one) => one.scope === 'link' && !one.tentative)?.address;
    for (const end of ['a', to]) await expect.poll(() => linkLocal(end)).toBeDefined();
    return `${await linkLocal(to)}%veth0`;
  }
  return target?.replace(/^@(\w+)/, (_, short) => made.ns(short)) ?? made.address(to);
}

// Most of the time goes by waiting for answers that don't come: several at a time.
describe.runIf(has('root'))('a broken lab', { concurrent: true }, () => {
  test.for(CASES)('$name ($topology)', (one, { expect }) =>
    within(one.topology, async (made) => {
      for (const [short, program] of Object.entries(one.serve ?? {})) {
        if (program.includes('10.0.2.7')) made.do('ip -n @b addr add 10.0.2.7/24 dev veth0');
        await made.serve(short, program);
      }
      made.do(...one.breakage);
      const asked = {
        from: made.ns(one.from ?? 'a'),
        target: await targetOf(made, one.target, one.to ?? 'b'),
        ...(one.port === undefined ? {} : { port: one.port }),
        ...(one.udp ? { udp: true } : {}),
      };
      const found = await examine(asked);
      const seen = whyText(found);
      expect(found.reachable, seen).toBe(false);
      expect(found.verdict, seen).toMatch(one.says);
      if (one.mends === false) return;
      expect(found.cause?.fix.length, seen).toBeGreaterThan(0);
      await applyFix(found.cause!, () => {});
      const again = await examine(asked);
      expect(again.reachable, `after ${commandLine(found.cause!.fix)}:\n${whyText(again)}`).toBe(true);
    }),
  );
});

describe.runIf(has('root'))('a healthy lab', { concurrent: true }, () => {
  test.for(HEALTHY)('$name ($topology)', (one, { expect }) =>
    within(one.topology, async (made) => {
      for (const [short, program] of Object.entries(one.serve ?? {})) await made.serve(short, program);
      made.do(...(one.setup ?? []));
      const found = await examine({
        from: made.ns(one.from ?? 'a'),
        target: await targetOf(made, one.target, one.to ?? 'b'),
        ...(one.port === undefined ? {} : { port: one.port }),
        ...(one.udp ? { udp: true } : {}),
      });
      expect(found.reachable, whyText(found)).toBe(true);
      expect(found.cause, whyText(found)).toBeUndefined();
      expect(
        found.steps.filter((step) => step.status === 'failed'),
        whyText(found),
      ).toEqual([]);
    }),
  );
});

test.runIf(has('root'))('lo is down and nobody needs it: reachable, and told of', () =>
  within('pair', async (made) => {
    made.do('ip -n @a link set lo down');
    const found = await examine({ from: made.ns('a'), target: made.address('b') });
    expect(found.reachable, whyText(found)).toBe(true);
    expect(found.verdict).toBe(
      `${made.ns('a')} reaches 10.0.1.2, but lo is down in ${made.ns('a')}: it can't talk to itself`,
    );
    expect(commandLine(found.cause!.fix)).toBe(`ip -n ${made.ns('a')} link set dev lo up`);
  }),
);
