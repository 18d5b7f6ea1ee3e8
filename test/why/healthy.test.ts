// `nscap why` finds nothing wrong with labs in which nothing is.
import { describe, expect, test } from 'vitest';
import { verdictText } from '../../src/report/why/verdict.ts';
import { whyText } from '../../src/report/why.ts';
import { examine } from '../../src/why/examine.ts';
import { commandLine } from '../../src/why/finding.ts';
import { has } from '../support/needs.ts';
import { askedIn, within } from './broken-labs.ts';
import { HEALTHY } from './cases/healthy.ts';

describe.runIf(has('root'))('a healthy lab', { concurrent: true }, () => {
  const named = HEALTHY.map((one) => [`${one.name} (${one.topology})`, one] as const);
  test.for(named)('%s', ([, one], { expect }) =>
    within(one.topology, async (made) => {
      for (const [short, program] of Object.entries(one.serve ?? {})) await made.serve(short, program);
      made.do(...(one.setup ?? []));
      const found = await examine(await askedIn(made, one));
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
    expect(verdictText(found)).toBe(
      `${made.ns('a')} reaches 10.0.1.2, but lo is down in ${made.ns('a')}: it can't talk to itself`,
    );
    expect(commandLine(found.cause!.fix)).toBe(`ip -n ${made.ns('a')} link set dev lo up`);
  }),
);
