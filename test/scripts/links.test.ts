// Links, and paths of the tree, in the pages that people read.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const textOf = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** As GitHub makes them of headings. */
function anchors(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(PAGES)('the links of %s lead to files and headings that there are', (page) => {
  const links = [...textOf(page).matchAll(/(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  const broken = links
    .filter((link) => !/^https?:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchors(file).includes(anchor);
    });
  expect(broken).toEqual([]);
});

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('the files that %s names are there', (page) => {
  const paths = [...textOf(page).matchAll(/\b(?:src|test|scripts)\/[\w./<>*-]*/g)].map(([path]) => path);
  expect(paths.length).toBeGreaterThan(5);
  // Of a name that is to be chosen, `src/print/<family>` or `src/lab/break-*.ts`, the folder is there.
  const missing = paths.filter((path) => !existsSync(join(ROOT, path.replace(/[^/]*[<*].*|\.$/, ''))));
  expect(missing).toEqual([]);
});

test('ARCHITECTURE.md lists each folder of src once', () => {
  const listed = [...textOf('ARCHITECTURE.md').matchAll(/^src\/(\w+)\/ /gm)].map(([, name]) => name);
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(listed.sort()).toEqual(folders.sort());
});
