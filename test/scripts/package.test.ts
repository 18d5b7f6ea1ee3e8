// The package as npm makes it: nothing in it that does not belong, and both ways of loading it, with their types.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from '../support/nscap.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/.bin/tsc');
/** Where the package is unpacked, among the packages that it needs. */
let folder: string;
let files: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nscap-package-'));
  // scripts/build.mjs alone, which is enough for all other tests, makes no types.
  if (!existsSync(join(ROOT, 'dist/types')))
    await run(TSC, ['--project', 'tsconfig.build.json'], { cwd: ROOT });
  if (!existsSync(join(ROOT, 'dist/man')))
    await run(process.execPath, ['scripts/ts.mjs', 'scripts/man.ts', 'dist/man'], { cwd: ROOT });
  // npm keeps its cache at home, which may not be writable. Built it is already, and others are using it.
  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    env: { ...process.env, npm_config_cache: join(folder, 'cache') },
  });
  expect(packed.stderr.replace(/^npm (warn|notice).*\n/gm, '')).toBe('');
  const [{ filename, files: listed }] = JSON.parse(packed.stdout) as [
    { filename: string; files: { path: string }[] },
  ];
  files = listed.map(({ path }) => path);
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'nscap'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  const unpacked = await run('tar', ['xzf', filename, '-C', join(modules, 'nscap'), '--strip-components=1'], {
    cwd: folder,
  });
  expect(unpacked).toMatchObject({ status: 0, stderr: '' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('it holds the program, its types and man pages, three captures and the schema', () => {
  const rest = files.filter(
    (path) => !/^dist\/(chunks\/[\w-]+\.js|man\/nscap[\w-]*\.1|types\/[\w/-]+\.d\.ts)$/.test(path),
  );
  expect(rest.sort()).toEqual([
    'LICENSE',
    'README.md',
    'captures/nc-7096.pcap',
    'captures/no-route.pcap',
    'captures/walkthrough.pcap',
    'dist/analyze-worker.js',
    'dist/index.js',
    'dist/load.js',
    'dist/nscap.js',
    'dist/package.json',
    'dist/page/script.js',
    'dist/page/style.css',
    'dist/trace-reader.js',
    'package.json',
    'schema/lab.schema.json',
    'schema/trace.schema.json',
  ]);
  expect(files).toContain('dist/types/index.d.ts');
  expect(files.join('\n')).not.toMatch(/types\/cli\//);
});

test('each command has a man page, which npm installs', () => {
  const { man } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { man: string[] };
  const pages = ['nscap', ...Object.keys(COMMANDS).map((name) => `nscap-${name}`)];
  expect([...man].sort()).toEqual(pages.map((name) => `dist/man/${name}.1`).sort());
  expect(files).toEqual(expect.arrayContaining(man));
});

test('the packages that its types need are installed with it', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const named = files
    .filter((path) => path.endsWith('.d.ts'))
    .flatMap((path) => [...readFileSync(join(ROOT, path), 'utf8').matchAll(/from '([^.'][^']*)'/g)])
    .map(([, name]) => (name.startsWith('node:') ? '@types/node' : name));
  for (const name of new Set(['@types/node', ...named])) expect(manifest.dependencies).toHaveProperty([name]);
});

test('the program runs, by itself and by node', async () => {
  const program = join(folder, 'node_modules/nscap/dist/nscap.js');
  const capture = join(folder, 'node_modules/nscap/captures/nc-7096.pcap');
  for (const [command, args] of [
    [program, []],
    [process.execPath, [program]],
  ] as const) {
    expect(await run(command, [...args, '--version'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^nscap \d+\.\d+\.\d+\n$/),
    });
    expect(await run(command, [...args, 'read', '-c1', capture, 'tcp'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        /^\d\d:\d\d:\d\d\.\d{6} IP 10\.0\.2\.0\.\d+ > 10\.0\.1\.0\.7096: Flags \[S\]/,
      ),
    });
  }
});

const USE = `
  const path = 'node_modules/nscap/captures/nc-7096.pcap';
  let packets = 0;
  for await (const packet of await openFile(path)) if (packet.layers & Layer.TCP) packets++;
  const { connections } = await analyze(path);
  console.log(packets, connections[0]?.closing);
`;

test.each([
  ['import', 'use.mts', `import { analyze, Layer, openFile } from 'nscap';${USE}`],
  [
    'require',
    'use.cts',
    `import nscap = require('nscap');\nconst { analyze, Layer, openFile } = nscap;\nasync function main() {${USE}}\nvoid main();`,
  ],
])('%s: typed, and it works', async (_, name, source) => {
  writeFileSync(join(folder, name), source);
  const options = '--strict --module nodenext --target es2022 --outDir out';
  const compiled = await run(TSC, [...options.split(' '), name], { cwd: folder });
  expect(compiled.stdout + compiled.stderr).toBe('');
  const made = join('out', name.replace('ts', 'js'));
  expect(await run(process.execPath, [made], { cwd: folder })).toEqual({
    status: 0,
    signal: null,
    stdout: '8 fin\n',
    stderr: '',
  });
  writeFileSync(join(folder, `wrong-${name}`), source.replace('packet.layers', 'packet.nothing'));
  const wrong = await run(TSC, [...options.split(' '), '--noEmit', `wrong-${name}`], { cwd: folder });
  expect(wrong.stdout).toContain("Property 'nothing' does not exist on type 'Packet'");
});
