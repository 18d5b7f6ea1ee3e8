// Servers, and what fits nowhere else: `nscap why` names the cause, and its commands fix it.
import { test } from 'vitest';
import { testBroken } from './broken-labs.ts';
import { CASES } from './cases/servers.ts';

testBroken(test, CASES);
