// The pages of docs/ say what the program says.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../support/nscap.ts';

test('each command has a page, with what --help prints now and the codes that there are', async () => {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const result = await run(process.execPath, ['scripts/ts.mjs', 'scripts/docs.ts', '--check'], { cwd });
  expect(result, 'npm run docs rewrites them').toMatchObject({ status: 0, stderr: '' });
});
