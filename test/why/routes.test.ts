// Routes, addresses and routers: `nscap why` names the cause, and its commands fix it.
import { test } from 'vitest';
import { testBroken } from './broken-labs.ts';
import { CASES } from './cases/routes.ts';

testBroken(test, CASES);
