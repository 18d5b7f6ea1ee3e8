// Faults of rarer settings.
import { test } from 'vitest';
import { has } from '../support/needs.ts';
import { testBroken } from './broken-labs.ts';
import { CASES } from './cases/rare.ts';

testBroken(
  test,
  CASES.filter(({ needsBpf }) => needsBpf !== true || has('bpf')),
);
