import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { compileByName } from '../../src/filter/compile.ts';
import { assembler } from '../../src/filter/image.ts';
import * as bpf from '../../src/filter/program.ts';
import { has } from '../support/needs.ts';
import { nscap, run } from '../support/nscap.ts';
import { EXPRESSIONS } from './expressions.ts';
import { image } from './libpcap.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-filter-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tcpdump = (args: string[]) => run('tcpdump', args);

describe('nscap filter prints what tcpdump -d prints', () => {
  test('every instruction reads as libpcap writes it', () => {
    const end = { code: bpf.RET, jt: 0, jf: 0, k: 0 };
    // libpcap has no name for `ldx #pktlen`, which it never emits.
    const codes = Array.from({ length: 256 }, (_, code) => code).filter(
      (code) =>
        code !== (bpf.LDX | bpf.LEN) && bpf.defect([{ code, jt: 0, jf: 0, k: 1 }, end, end]) === undefined,
    );
    expect(codes.length).toBeGreaterThan(45);
    const k = fc.oneof(fc.nat(300), fc.nat(0xffffffff), fc.integer({ min: 0xfffff000, max: 0xfffff050 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(k, fc.nat(255), fc.nat(255)), { minLength: 1 }), (rows) => {
        const program = rows.flatMap(([k, jt, jf]) => codes.map((code) => ({ code, jt, jf, k })));
        expect(assembler(program)).toBe(image(program));
      }),
      { numRuns: 60 },
    );
  });

  test.runIf(has('tcpdump')).each(['-d', '-dd', '-ddd'])('%s, many expressions', async (form) => {
    for (const expression of EXPRESSIONS.slice(1, 8)) {
      const [mine, theirs] = await Promise.all([
        nscap(['filter', form, expression]),
        tcpdump([form, '-y', 'EN10MB', '-s', '262144', expression]),
      ]);
      expect(mine.status, mine.stderr).toBe(0);
      expect(mine.stdout, expression).toBe(theirs.stdout);
      expect(theirs.status, theirs.stderr).toBe(0);
    }
  });

  const named = EXPRESSIONS.slice(1).map((expression) => [expression.slice(0, 60), expression] as const);
  test.runIf(has('tcpdump')).each(named)('the program of: %s', async (_, expression) => {
    const { stdout, stderr } = await tcpdump(['-d', '-y', 'EN10MB', '-s', '262144', expression]);
    expect(assembler(compileByName(expression, 'EN10MB', 262144, true)), stderr).toBe(stdout);
  });

  test.runIf(has('tcpdump'))('other link types, without optimizing, from a file with comments', async () => {
    const file = join(folder, 'filter');
    writeFileSync(file, 'tcp # what we look for\n and port 80\n');
    for (const args of [
      ['-y', 'LINUX_SLL2'],
      ['-y', 'RAW', '-O'],
      ['-y', 'NULL', '-s', '100'],
    ]) {
      const [mine, theirs] = await Promise.all([
        nscap(['filter', ...args, '-F', file]),
        tcpdump(['-d', ...args, '-F', file]),
      ]);
      expect(mine.status, mine.stderr).toBe(0);
      expect(mine.stdout, args.join(' ')).toBe(theirs.stdout);
      expect(theirs.status, theirs.stderr).toBe(0);
    }
  });
});

test('what does not compile is told in libpcap’s words, with status 2', async () => {
  const wrong = await nscap(['filter', 'tcp', 'prt', '80']);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toMatch(/^nscap: can't parse filter expression: syntax error\nhint: .*\n$/);
  const type = await nscap(['filter', '-y', 'NONSENSE', 'tcp']);
  expect(type).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('invalid data link type NONSENSE'),
  });
});
