// The floors of the tree: imports run downward only (ARCHITECTURE.md).
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../src', import.meta.url));

/** What each folder may import from, besides itself and errors.ts. */
const ALLOWED: Record<string, string[]> = {
  cli: [
    'path',
    'print',
    'report',
    'flow',
    'source',
    'filter',
    'file',
    'wire',
    'base',
    'binding',
    'netns',
    'talk',
    'drops',
  ],
  report: ['path', 'print', 'flow', 'source', 'file', 'wire', 'base', 'netns', 'talk', 'drops'],
  path: ['print', 'flow', 'source', 'filter', 'file', 'wire', 'base', 'netns', 'talk'],
  print: ['wire', 'base'],
  flow: ['wire', 'base'],
  source: ['filter', 'file', 'wire', 'base', 'binding'],
  filter: ['wire', 'base', 'binding'],
  drops: ['filter', 'file', 'wire', 'base', 'binding', 'netns'],
  file: ['wire', 'base'],
  wire: ['base'],
  binding: ['base'],
  base: [],
  netns: ['base', 'binding'],
  talk: ['base'],
};

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

test.each(files)('%s imports from lower floors only', (file) => {
  const floor = file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
  const text = readFileSync(join(SOURCE, file), 'utf8');
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    const target = relative(SOURCE, join(SOURCE, dirname(file), specifier!));
    const to = target.includes('/') ? target.slice(0, target.indexOf('/')) : '';
    if (floor === '' || to === floor || target === 'errors.ts') continue;
    expect(ALLOWED[floor], `src/${file} lies on a floor this test does not know`).toBeDefined();
    expect(ALLOWED[floor], `src/${file} imports ${target}, which is no lower floor`).toContain(to);
  }
});
