/**
 * The largest of the values, and at least `least`. `Math.max(...values)` takes an argument a value, and fails ("Maximum call
 * stack size exceeded") where a table has a row for each of some 100,000 connections.
 */
export function largest(values: Iterable<number>, least = Number.NEGATIVE_INFINITY): number {
  let found = least;
  for (const value of values) if (value > found) found = value;
  return found;
}
