// Losses at regular distances: those of a rule that drops every n-th packet.

/** This many losses at one distance are not chance. */
const CERTAIN = 5;
/** With fewer than that, but at least this many, all have to be at that distance, and it has to be long: */
const FEWEST = 3;
/** by chance, two equal distances follow each other about once in twice their length. */
const LONG = 8;
/** The share of distances that must be multiples of the commonest, and the share that must equal it. */
const IN_STEP = 0.75;
const EXACT = 0.5;
/** Losses on average this many times further apart than the rule predicts are not the rule's. */
const SPARSE = 3;
/** The shortest and the longest distance that counts as one. */
const SHORTEST = 2;
const LONGEST = 100_000;

/**
 * The n of a rule that drops every n-th packet, 0 where there is none: from the places of the lost packets among all
 * `packets` of the sender. Congestion drops several in a row; a rule drops every n-th, including ACKs, whose loss leaves no
 * trace, and there may be random losses in between. `all`: the places are those of all losses, not only of the first.
 */
export function regularity(places: number[], packets: number, all: boolean): number {
  if (places.length < FEWEST) return 0;
  const sorted = [...new Set(places)].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((place, i) => place - sorted[i]);
  const every = commonest(gaps);
  if (every < SHORTEST || every > LONGEST) return 0;
  const exact = gaps.filter((gap) => gap === every).length;
  if (sorted.length < CERTAIN) {
    if (sorted.length < FEWEST || every < LONG || exact < gaps.length) return 0;
  } else if (exact < EXACT * gaps.length) return 0;
  if (inStep(sorted, every) < IN_STEP * sorted.length) return 0;
  // Few losses among many packets are not a rule's, or the rule was active only for a while.
  if (all && every * sorted.length * 2 < packets) return 0;
  if (every * sorted.length * SPARSE < sorted.at(-1)! - sorted[0]) return 0;
  return every;
}

/**
 * How many of the places are a multiple of the distance away from one of their neighbors. Other packets that the rule
 * counts, and random losses, may shift the sequence on the way.
 */
function inStep(sorted: number[], every: number): number {
  let found = 0;
  for (const [i, place] of sorted.entries()) {
    const near = [sorted[i - 2], sorted[i - 1], sorted[i + 1], sorted[i + 2]];
    if (near.some((other) => other !== undefined && (place - other) % every === 0)) found++;
  }
  return found;
}

/** The most frequent number; of several, the first. 0 if there is none. */
function commonest(numbers: number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  let found = 0;
  for (const [number, count] of counts) if (count > (counts.get(found) ?? 0)) found = number;
  return found;
}
