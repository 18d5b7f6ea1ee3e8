// What the source may not do: run a shell on text, make code of text, name programs that PATH has the place of.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

/** Files by path, without comments, and with strings as they are. */
const files = new Map(
  (readdirSync(SOURCE, { recursive: true }) as string[])
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(join(SOURCE, path), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '')]),
);

/** What starts programs. */
const STARTERS = [
  'base/spawn.ts',
  'binding/privilege.ts',
  'cli/capture/child.ts',
  'cli/capture/owners.ts',
  'cli/store/delivery.ts',
  'cli/wireshark/open.ts',
  'drops/tracefs/instance.ts',
  'lab/remove.ts',
  'netns/command.ts',
  'netns/namespace.ts',
  'netns/watch.ts',
  'proof/recorder.ts',
];

/** Where a pattern is, as `file: the match`. */
function uses(pattern: RegExp): string[] {
  return [...files].flatMap(([path, text]) =>
    Array.from(text.matchAll(pattern), ([match]) => `${path}: ${match}`),
  );
}

test('no shell is asked to run a text', () => {
  expect(
    uses(/\bexec(Sync)?\((?=['"`]|command)|shell:\s*true|\bexecFile\b|from 'node:child_process'.*exec/g),
  ).toEqual([]);
  // A shell runs two texts, which are the program's own; what came from outside is behind them, as arguments.
  expect(uses(/sh',\s*\[?\s*'-e?c'/g)).toEqual([
    "cli/lab-exec.ts: sh', '-c'",
    "drops/tracefs/instance.ts: sh', ['-c'",
  ]);
  expect(files.get('cli/lab-exec.ts')).toContain(`['/bin/sh', '-c', 'exec "$@"', 'sh', ...argv]`);
  expect(files.get('drops/tracefs/instance.ts')).toMatch(/'\/bin\/sh', \['-c', KEEPER, `\$\{/);
});

test('code is made of text in one place: a filter program, of numbers that were checked', () => {
  expect(uses(/\beval\(|\bnew Function\(|\bFunction\(|\bnew Script\(|runIn\w*Context/g)).toEqual([
    'filter/function.ts: new Function(',
  ]);
});

test('programs are started by one of these only', () => {
  const importing = [...files].filter(
    ([, text]) => /from 'node:child_process'/.test(text) && /\bspawn(Sync)?\b/.test(text),
  );
  // Each starts a copy of nscap by its absolute path, what `runnable` made absolute, or the program that the user names.
  expect(importing.map(([path]) => path).sort()).toEqual(STARTERS);
  for (const [path, text] of importing) {
    const named = Array.from(text.matchAll(/\bspawn(?:Sync)?\(\s*'([^']*)'/g), ([, name]) => name);
    expect(
      named.filter((name) => !name.startsWith('/')),
      path,
    ).toEqual([]);
  }
});
