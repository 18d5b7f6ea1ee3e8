// Connections that a rule divides among targets: some fail though the first may get through.
import { test } from 'vitest';
import { testBroken } from './broken-labs.ts';
import { CASES } from './cases/shares.ts';

testBroken(test, CASES);
