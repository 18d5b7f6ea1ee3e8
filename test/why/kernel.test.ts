// Faults that only the kernel sees, and what a server does with connections that are made.
import { describe, expect, test } from 'vitest';
import { stepText } from '../../src/report/why/steps.ts';
import { verdictText } from '../../src/report/why/verdict.ts';
import { whyText } from '../../src/report/why.ts';
import { examine } from '../../src/why/examine.ts';
import { AF_INET, bind, listen, SOCK_STREAM, socketIn } from '../drops/sockets.ts';
import { has } from '../support/needs.ts';
import { testBroken, within } from './broken-labs.ts';
import { CASES } from './cases/kernel.ts';
import { SERVER_SILENT } from './lab.ts';

testBroken(
  test,
  CASES.filter(({ needsBpf }) => needsBpf !== true || has('bpf')),
);

describe.runIf(has('root'))('a connection that is made', () => {
  test('and that no program accepts', () =>
    within('pair', async (made) => {
      const socket = socketIn(made.ns('b'), AF_INET, SOCK_STREAM);
      bind(socket, '0.0.0.0', 80);
      listen(socket, 16);
      const found = await examine({ from: made.ns('a'), target: '10.0.1.2', port: 80 });
      expect(found.reachable).toBe(true);
      expect(found.cause, whyText(found)).toMatchObject({ code: 'not-accepted', effect: 'latent' });
      expect(verdictText(found)).toContain('does not accept: the kernel makes connections for it');
    }));

  test('and in which the server says nothing', () =>
    within('pair', async (made) => {
      await made.serve('b', SERVER_SILENT(80));
      const found = await examine({ from: made.ns('a'), target: '10.0.1.2', port: 80 });
      expect(found.cause, whyText(found)).toBeUndefined();
      expect(stepText(found.steps.at(-1)!)).toMatch(
        /; the server says nothing by itself; \d+ bytes of payload arrived$/,
      );
    }));
});
