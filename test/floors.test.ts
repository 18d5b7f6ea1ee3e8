// The floors of the tree: imports run downward only (ARCHITECTURE.md).
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../src', import.meta.url));

/** What each folder may import from, besides itself and errors.ts. */
const ALLOWED: Record<string, string[]> = {
  cli: [
    'store',
    'stats',
    'trace',
    'page',
    'convert',
    'analyze',
    'fields',
    'proof',
    'lab',
    'print',
    'report',
    'flow',
    'output',
    'source',
    'filter',
    'file',
    'wire',
    'base',
    'binding',
    'netns',
    'talk',
    'drops',
    'why',
  ],
  library: [
    'page',
    'convert',
    'output',
    'trace',
    'fields',
    'report',
    'proof',
    'why',
    'print',
    'flow',
    'source',
    'filter',
    'file',
    'wire',
    'base',
    'binding',
    'netns',
    'drops',
    'lab',
  ],
  page: ['report', 'print', 'stats', 'drops', 'fields', 'flow', 'source', 'file', 'base'],
  report: [
    'output',
    'stats',
    'trace',
    'fields',
    'proof',
    'lab',
    'print',
    'flow',
    'source',
    'file',
    'wire',
    'base',
    'netns',
    'talk',
    'drops',
    'why',
  ],
  proof: ['print', 'flow', 'source', 'drops', 'filter', 'file', 'wire', 'base', 'netns', 'talk', 'lab'],
  analyze: ['fields', 'flow', 'source', 'wire', 'base'],
  convert: ['fields', 'output', 'source', 'file', 'wire', 'base'],
  fields: ['source', 'flow', 'print', 'file', 'wire', 'base'],
  stats: ['fields', 'flow', 'wire', 'base'],
  print: ['wire', 'base'],
  store: ['flow', 'base'],
  trace: ['flow', 'drops', 'source', 'wire', 'base'],
  flow: ['wire', 'base'],
  output: ['source', 'file', 'wire', 'base', 'binding'],
  source: ['filter', 'file', 'wire', 'base', 'binding'],
  filter: ['wire', 'base', 'binding'],
  why: ['drops', 'wire', 'base', 'binding', 'netns', 'lab'],
  lab: ['base', 'netns', 'binding'],
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

function textOf(file: string): string {
  return readFileSync(join(SOURCE, file), 'utf8');
}

/** The files that one imports, types among them, from src/ on. */
function importsOf(file: string): string[] {
  return Array.from(textOf(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g), ([, specifier]) =>
    relative(SOURCE, join(SOURCE, dirname(file), specifier)),
  );
}

test('imports run downward only', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const floor = file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
    if (floor === '') continue;
    expect(ALLOWED[floor], `src/${file} lies on a floor this test does not know`).toBeDefined();
    for (const target of importsOf(file)) {
      const to = target.includes('/') ? target.slice(0, target.indexOf('/')) : '';
      if (to === floor || target === 'errors.ts' || ALLOWED[floor].includes(to)) continue;
      wrong.push(`src/${file} imports ${target}`);
    }
  }
  expect(wrong, 'these are of no lower floor').toEqual([]);
});

/** Folders of src/print that hold the printers of a family. */
const FAMILIES = [
  'link',
  'bridge',
  'network',
  'tunnel',
  'transport',
  'routing',
  'mpls',
  'sdn',
  'application',
];

test('printers reach those of other families by the tables of print/dispatch', () => {
  const wrong: string[] = [];
  for (const file of files.filter((name) => /^print\/\w+\//.test(name))) {
    const [, folder = ''] = file.split('/');
    if (folder === 'dispatch') continue;
    for (const target of importsOf(file)) {
      const [floor, other] = target.split('/');
      if (floor !== 'print' || other === folder) continue;
      if (folder === 'engine' || other !== 'engine') wrong.push(`src/${file} imports ${target}`);
    }
    if (/\bimport\(/.test(textOf(file))) wrong.push(`src/${file} loads a file itself`);
    expect([...FAMILIES, 'engine'], `src/${file} is of a family this test does not know`).toContain(folder);
  }
  expect(wrong, 'a printer calls others by Printer.payload; the engine knows no protocol').toEqual([]);
});

/** What makes or carries a sentence about a finding, and what would look for words in it. */
const SENTENCE = String.raw`(?:(?:cause|evidence|observation)Text\(.*\)|adviceText\(.*\)|verdictText\(.*\)|\b\w*\??\.(?:sentence|verdict|advice|cause|evidence))`;
const LOOKED_AT = [
  new RegExp(String.raw`${SENTENCE}\??\.(?:includes|match|search|startsWith|endsWith|indexOf|split)\(`),
  new RegExp(String.raw`\.(?:test|exec)\(${SENTENCE}\)`),
  // Of rules, a verdict is a word of a list.
  /(?:Text\(.*\)|\.(?:sentence|advice|evidence)) [!=]== '\S/,
];

test('findings are told apart by their codes: nothing looks at a sentence', () => {
  const wrong = files
    .filter((name) => !name.startsWith('page/browser/'))
    .flatMap((name) =>
      textOf(name)
        .split('\n')
        .filter((line) => LOOKED_AT.some((pattern) => pattern.test(line)))
        .map((line) => `src/${name}: ${line.trim()}`),
    );
  expect(wrong).toEqual([]);
});

/** Floors without a circle of imports; types count, for who reads one file has to read all of its circle. */
const WITHOUT_CIRCLES =
  /^(?:library|analyze|convert|print|wire|base|file|filter|source|output|binding|talk)\//;

test('no file imports itself through others', () => {
  const circles: string[][] = [];
  const left = new Set<string>();
  const walk = (file: string, way: string[]): void => {
    const start = way.indexOf(file);
    const circle = start < 0 ? [] : [...way.slice(start), file];
    if (circle.some((one) => WITHOUT_CIRCLES.test(one))) circles.push(circle);
    if (start >= 0 || left.has(file) || !files.includes(file)) return;
    for (const target of importsOf(file)) walk(target, [...way, file]);
    left.add(file);
  };
  for (const file of files.filter((name) => WITHOUT_CIRCLES.test(name))) walk(file, []);
  expect(circles).toEqual([]);
});
