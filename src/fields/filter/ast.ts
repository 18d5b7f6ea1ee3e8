// A display filter as a tree.
import type { Place } from './error.ts';

/** Comparisons, without how many of the values must hold. */
export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'contains' | 'matches';
export type Quantifier = 'any' | 'all';

/** What is true or false. */
export type Test =
  | { kind: 'and' | 'or' | 'xor'; tests: Test[] }
  | { kind: 'not'; test: Test }
  | { kind: 'exists'; value: Value }
  | {
      kind: 'compare';
      comparison: Comparison;
      quantifier: Quantifier;
      left: Value;
      right: Value;
      symbol: string;
    }
  | { kind: 'in'; quantifier: Quantifier; left: Value; set: { low: Value; high: Value | undefined }[] };

/** A part of bytes: from `offset`, counted from the end where negative; to the end where `length` is undefined. */
export interface Part {
  offset: number;
  length: number | undefined;
}

/** What has values. */
export type Value = Place &
  (
    | { kind: 'word' | 'field'; text: string }
    | { kind: 'string' | 'character'; text: string; bytes: Uint8Array }
    | { kind: 'slice'; of: Value; parts: Part[] }
    | { kind: 'layers'; of: Value; ranges: Part[] }
    | { kind: 'call'; name: string; arguments: Value[] }
    | { kind: 'negative'; of: Value }
    | { kind: 'arithmetic'; operator: string; left: Value; right: Value }
    | { kind: 'reference'; of: Value }
  );
