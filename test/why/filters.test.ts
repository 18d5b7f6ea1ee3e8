// Firewalls, translations, queues and filters of traffic control: `nscap why` names the cause, and its commands fix it.
import { test } from 'vitest';
import { testBroken } from './broken-labs.ts';
import { CASES } from './cases/filters.ts';

testBroken(test, CASES);
