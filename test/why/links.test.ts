// Links, bridges, neighbours, sizes, tunnels: `nscap why` names the cause, and its commands fix it.
import { test } from 'vitest';
import { testBroken } from './broken-labs.ts';
import { CASES } from './cases/links.ts';

testBroken(test, CASES);
