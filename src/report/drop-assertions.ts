// Assertions about dropped packets: `drops == 0`, `NO_SOCKET < 10`.

import type { DropTotals } from '../drops/event.ts';
import { KNOWN_REASONS } from '../drops/reasons.ts';
import { usageError } from '../errors.ts';
import type { DropSummary } from './drops.ts';

const OPERATORS: Record<string, (a: number, b: number) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
};

export interface DropAssertion {
  text: string;
  name: string;
  operator: string;
  value: number;
}

/** Reads assertions. Throws a usage error that says what there is. */
export function parseDropAssertions(texts: readonly string[]): DropAssertion[] {
  return texts.map((text) => {
    const [, name, operator, value] = /^\s*(\w+)\s*(==|!=|<=|>=|<|>)\s*(\d+)\s*$/.exec(text) ?? [];
    if (value === undefined) {
      throw usageError(
        `the assertion '${text}' is not NAME OPERATOR NUMBER`,
        "for example 'drops == 0' or 'NO_SOCKET < 10'; operators are == != < <= > >=",
      );
    }
    if (!['drops', 'harmless', 'lost'].includes(name) && !KNOWN_REASONS.includes(name)) {
      throw usageError(
        `there is nothing called '${name}' to assert`,
        'there are drops, harmless, lost, and the reasons that docs/drops.md lists, such as NETFILTER_DROP',
      );
    }
    return { text: text.trim(), name: name, operator: operator, value: Number(value) };
  });
}

/** The sentences about those that do not hold. */
export function failedDropAssertions(
  assertions: readonly DropAssertion[],
  summary: DropSummary,
  { lost }: DropTotals,
): string[] {
  return assertions.flatMap(({ text, name, operator, value }) => {
    const seen =
      name === 'drops'
        ? summary.trouble()
        : name === 'harmless'
          ? summary.harmless
          : name === 'lost'
            ? lost
            : summary.trouble(name);
    return OPERATORS[operator]!(seen, value) ? [] : [`${text} does not hold: ${name} is ${seen}`];
  });
}
