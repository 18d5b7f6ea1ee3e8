// Words that were meant by words that were typed.

/** `name may be meant` for the known word that is nearest to the typed one, if any is near. */
export function didYouMean(typed: string, known: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(typed.length / 3));
  let best: string | undefined;
  let least = allowed + 1;
  for (const word of known) {
    const steps = distance(typed.toLowerCase(), word.toLowerCase(), least);
    if (steps < least) [best, least] = [word, steps];
  }
  best ??= onlyOne(known.filter((word) => typed.length >= 3 && word.startsWith(typed)));
  return best === undefined ? undefined : `${best} may be meant`;
}

function onlyOne(words: readonly string[]): string | undefined {
  return words.length === 1 ? words[0] : undefined;
}

/** Letters to insert, delete, replace, or swap with the next, to make one word of the other; `limit` where it is not less. */
function distance(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      row[j] = Math.min(row[j - 1] + 1, last[j] + 1, last[j - 1] + same);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return Math.min(last[other.length], limit);
}
