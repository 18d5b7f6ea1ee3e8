// docs/api.md is what the docstrings say.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../support/nscap.ts';

test('every export is documented, and docs/api.md is up to date', async () => {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const result = await run(process.execPath, ['scripts/ts.mjs', 'scripts/api.ts', '--check'], { cwd });
  expect(result).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
});
