// npm run bench -- --compare: a slower build is found, and the same build is none.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compare, programOf } from '../../bench/compare.ts';
import { PROGRAM } from '../support/nscap.ts';

let folder: string;
let slowed: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nscap-slowed-'));
  cpSync(dirname(PROGRAM), join(folder, 'dist'), { recursive: true });
  symlinkSync(join(dirname(PROGRAM), '../node_modules'), join(folder, 'node_modules'));
  slowed = join(folder, 'dist/nscap.js');
  const [shell, ...lines] = readFileSync(slowed, 'utf8').split('\n');
  // CPU time, not waiting: a fifth of a second.
  const busy = 'for(const end=process.cpuUsage().user+2e5;process.cpuUsage().user<end;);';
  writeFileSync(slowed, [shell, lines[0], `${busy}${lines.slice(1).join('\n')}`].join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a build that was slowed is a loss, and the other way round none', () => {
  const [loss] = compare(slowed, PROGRAM, ['start'], 1000, 2);
  expect(loss).toMatchObject({ what: 'start', loss: true });
  expect(loss.ratio).toBeGreaterThan(1.5);
  const [gain] = compare(PROGRAM, slowed, ['start'], 1000, 2);
  expect(gain).toMatchObject({ loss: false });
});

test('what the other does not know is not compared', () => {
  const old = join(folder, 'old.js');
  writeFileSync(old, 'process.exit(2)');
  expect(compare(PROGRAM, old, ['start'], 1000)).toEqual([]);
});

test('a folder with a package is a revision; what is neither is an error', () => {
  expect(programOf(folder)).toBe(slowed);
  expect(() => programOf('no-such-revision')).toThrow(/neither a revision .* nor a folder/);
});
