// Losses at one distance: those of a rule that takes every n-th packet.

/** So many losses at one distance can be no accident. */
const CERTAIN = 5;
/** With fewer than that, but no fewer than this, all have to be at that distance, and it has to be long: */
const FEWEST = 3;
/** chance puts two equal distances behind each other about once in twice their length. */
const LONG = 8;
/** Of the distances, so large a share has to be a multiple of the commonest, and so large a share exactly that. */
const IN_STEP = 0.75;
const EXACT = 0.5;
/** So many times as far apart as the rule would take them are not those of a rule, but its losses in pairs. */
const SPARSE = 3;
/** The shortest and the longest distance that counts as one. */
const SHORTEST = 2;
const LONGEST = 100_000;

/**
 * The n of a rule that takes every n-th packet, 0 where there is none: from the places of the lost ones, counted in
 * packets of the sender, of which there were `packets`. Congestion takes several in a row and leaves others alone; a
 * rule takes every n-th, also of what it cannot be known from (ACKs), and chance may add some in between. `all`: these
 * are all losses there were, not only the first of them.
 */
export function regularity(places: number[], packets: number, all: boolean): number {
  const sorted = [...new Set(places)].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((place, i) => place - sorted[i]);
  const every = commonest(gaps);
  if (every < SHORTEST || every > LONGEST) return 0;
  const exact = gaps.filter((gap) => gap === every).length;
  if (sorted.length < CERTAIN) {
    if (sorted.length < FEWEST || every < LONG || exact < gaps.length) return 0;
  } else if (exact < EXACT * gaps.length) return 0;
  if (inStep(sorted, every) < IN_STEP * sorted.length) return 0;
  // Few losses among many packets are no rule's, or its that was there for a while only.
  if (all && every * sorted.length * 2 < packets) return 0;
  if (every * sorted.length * SPARSE < sorted.at(-1)! - sorted[0]) return 0;
  return every;
}

/**
 * How many of the places lie in step with others: a multiple of the distance behind one of those before. What else the
 * rule counts, and what chance takes, may shift the step on the way.
 */
function inStep(sorted: number[], every: number): number {
  let found = 0;
  for (const [i, place] of sorted.entries()) {
    const near = [sorted[i - 2], sorted[i - 1], sorted[i + 1], sorted[i + 2]];
    if (near.some((other) => other !== undefined && (place - other) % every === 0)) found++;
  }
  return found;
}

/** The number that is there most often; of several, the first. 0 if there is none. */
function commonest(numbers: number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  let found = 0;
  for (const [number, count] of counts) if (count > (counts.get(found) ?? 0)) found = number;
  return found;
}

/** `1st`, `2nd`, `11th`. */
export function ordinal(n: number): string {
  if (n % 100 >= 11 && n % 100 <= 13) return `${n}th`;
  return `${n}${['th', 'st', 'nd', 'rd'][n % 10] ?? 'th'}`;
}
