// Commands as people may paste them: what a shell makes of them is what was meant.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellLine } from '../../src/base/shell.ts';

test.each([
  [['ip', '-n', 'ns1', 'link', 'set', 'dev', 'veth0', 'up'], 'ip -n ns1 link set dev veth0 up'],
  [['ip', '-n', 'a;b', 'link'], "ip -n 'a;b' link"],
  [['echo', "it's", ''], "echo 'it'\\''s' ''"],
  [['echo', 'new\nline'], "echo $'new\\x0aline'"],
  [['echo', "it's\\a\n"], "echo $'it\\'s\\\\a\\x0a'"],
  [['echo', 'next\u0085line'], "echo $'next\\xc2\\x85line'"],
])('%j', (words, line) => {
  expect(shellLine(words)).toBe(line);
});

test('bash takes each word back as it was', () => {
  const word = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\0'));
  const seed = Date.now();
  const lists = fc.sample(fc.array(word, { minLength: 1, maxLength: 5 }), { numRuns: 200, seed });
  const script = lists.map((words) => `printf '%s\\0' ${shellLine(words)}`).join('\n');
  const read = execFileSync('bash', ['-s'], { input: script, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  expect(read.toString(), `seed ${seed}`).toBe(
    lists
      .flat()
      .map((one) => `${one}\0`)
      .join(''),
  );
});
