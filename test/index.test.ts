// The library as programs see it, from the built package. Its examples are run by library/examples.test.ts.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from './support/nscap.ts';

const face = (await import(
  new URL('../dist/index.js', import.meta.url).href
)) as typeof import('../src/index.ts');

test('what is exported, and nothing else', () => {
  expect(Object.keys(face).filter((name) => name !== 'default' && name !== 'module.exports')).toEqual(
    expect.arrayContaining(['openFile', 'openLive', 'analyze', 'follow', 'why', 'labUp', 'NscapError']),
  );
  const text = JSON.stringify(Object.keys(face));
  for (const inner of ['Analysis', 'Batch', 'Text', 'PacketPrinter', 'Statistics']) {
    expect(text, `${inner} is an inner part of nscap`).not.toContain(`"${inner}"`);
  }
});

test('importing it loads neither printers nor analysis nor native code', async () => {
  const index = fileURLToPath(new URL('../dist/index.js', import.meta.url));
  const program = `
    require(${JSON.stringify(index)});
    const texts = Object.keys(require.cache).map((path) => require('node:fs').readFileSync(path, 'utf8'));
    const bytes = texts.reduce((sum, text) => sum + text.length, 0);
    console.log(JSON.stringify({ bytes, native: Object.keys(require.cache).some((path) => path.endsWith('.node')) }));`;
  const { stdout, stderr } = await run(process.execPath, ['-e', program]);
  expect(stderr).toBe('');
  const { bytes, native } = JSON.parse(stdout) as { bytes: number; native: boolean };
  expect(native).toBe(false);
  expect(bytes, 'bytes of JavaScript that import("nscap") loads').toBeLessThan(150_000);
});
