// npm run mutants -- [FLOOR…] [--each N] [--seed S]
//
// Is there a test that notices? In a copy of the tree one place of a floor is changed at a time (a constant, a condition, a
// bound, a statement left out), and the tests of that floor are run. A mutant that survives is a test that is missing, or a
// change that nobody could see: which of the two is for a person to say.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from './support/random.ts';

/** Where the tests of a floor are, besides the folder of its name. */
const TESTS: Record<string, string[]> = {
  analyze: ['test/flow/partition', 'test/cli/analyze', 'test/cli/annotate'],
  base: ['test/base', 'test/print/core', 'test/print/samples', 'test/flow', 'test/fields'],
  binding: ['test/binding', 'test/filter', 'test/netns', 'test/cli/capture.test'],
  cli: ['test/cli'],
  convert: ['test/library/convert', 'test/cli/convert'],
  flow: ['test/flow/analysis', 'test/flow/verdict', 'test/flow/follow', 'test/flow/samples', 'test/report'],
  output: ['test/cli/capture-files', 'test/cli/capture-output', 'test/cli/convert', 'test/cli/read'],
  report: ['test/report', 'test/cli/analyze', 'test/cli/why', 'test/page'],
  source: ['test/source', 'test/cli/read', 'test/cli/capture'],
  stats: ['test/cli/stats'],
  store: ['test/store', 'test/cli/store'],
  trace: ['test/trace', 'test/cli/trace'],
  wire: ['test/wire', 'test/print/core', 'test/print/samples', 'test/flow', 'test/fields', 'test/file'],
};
/** Of a printer those of its family's samples: all of them take minutes. */
function testsOf(floor: string, file: string): string[] {
  const family = /^src\/print\/(\w+)\/(\w+)/.exec(file);
  if (family !== null && !/engine|dispatch/.test(family[1]))
    return ['test/print/samples', 'test/print/explain', '-t', `${family[1]}/|explain`];
  const command = /^src\/cli\/([\w-]+)/.exec(file)?.[1] ?? '';
  const own = floor === 'cli' ? readdirSync('test/cli').filter((name) => name.startsWith(command)) : [];
  if (own.length > 0) return own.map((name) => `test/cli/${name}`);
  return TESTS[floor] ?? [`test/${floor}`];
}

/** Floors whose tests run the program that is built. */
const BUILT = /^(?:analyze|binding|cli|convert|output|report|source|stats|store|trace|why|lab|talk|page)$/;

type Change = [pattern: RegExp, replacement: (...parts: string[]) => string];
const CHANGES: Change[] = [
  [/\bif \((.+)\)(?= [^)]*$|$)/, (_, condition) => `if (!(${condition}))`],
  [/===/, () => '!=='],
  [/!==/, () => '==='],
  [/ < /, () => ' <= '],
  [/ > /, () => ' >= '],
  [/ <= /, () => ' < '],
  [/ >= /, () => ' > '],
  [/&&/, () => '||'],
  [/\|\|/, () => '&&'],
  [/ \+ /, () => ' - '],
  [/ - /, () => ' + '],
  [/\btrue\b/, () => 'false'],
  [/\bfalse\b/, () => 'true'],
  [/(?<![\w.'#"/-])(\d+)(?![\w.'"/-])/, (number) => String(Number(number) + 1)],
  [/^\s+[\w.[\]]+ (?:[-+|&]?=) [^{]*;$/, () => ''],
  [/^\s+(?:this|out|text|p)\.[\w.]+\(.*\);$/, () => ''],
];
const NO_CODE =
  /^\s*(?:\/\/|\/?\*|import\b|export (?:interface|type)|readonly |declare |throw |[\w']+\??: [\w'"|[\] ]+;$)/;

export interface Mutant {
  file: string;
  line: number;
  before: string;
  after: string;
}

function mutantOf(file: string, text: string, random: Random): Mutant | undefined {
  const lines = text.split('\n');
  for (let tries = 0; tries < 200; tries++) {
    const line = random.below(lines.length);
    const before = lines[line];
    if (NO_CODE.test(before) || before.includes('`') || /'[^']* [^']*'/.test(before)) continue;
    const [pattern, replacement] = random.pick(CHANGES);
    if (!pattern.test(before)) continue;
    const after = before.replace(pattern, replacement);
    if (after !== before) return { file, line, before, after };
  }
  return undefined;
}

const sourcesOf = (tree: string, floor: string): string[] =>
  readdirSync(join(tree, 'src', floor), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('browser/'))
    .map((name) => join('src', floor, name));

/** Runs the tests of a floor in the copy: do they pass? */
function passes(copy: string, floor: string, file: string): boolean {
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { cwd: copy, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  if (BUILT.test(floor) && run('node', 'scripts/build.mjs').status !== 0) return false;
  const { status } = run('npx', 'vitest', 'run', '--bail=1', ...testsOf(floor, file));
  return status === 0;
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      each: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    },
  });
  const known = readdirSync('src', { withFileTypes: true }).flatMap((one) =>
    one.isDirectory() ? one.name : [],
  );
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`mutants: '${unknown}' is not a floor (there are: ${known.join(', ')})\n`);
    return 2;
  }
  const floors = positionals.length > 0 ? positionals : known;
  const random = new Random(Number(values.seed));
  process.stdout.write(`mutants: --seed ${values.seed}\n`);
  const copy = mkdtempSync(join(tmpdir(), 'nscap-mutants-'));
  const left = /^(?:node_modules|\.git|dist)$/;
  for (const name of readdirSync('.'))
    if (!left.test(name)) cpSync(name, join(copy, name), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  let survived = 0;
  for (const floor of floors) {
    for (let n = 0; n < Number(values.each); n++) {
      const file = random.pick(sourcesOf(copy, floor));
      const path = join(copy, file);
      const text = readFileSync(path, 'utf8');
      const mutant = mutantOf(file, text, random);
      if (mutant === undefined) continue;
      writeFileSync(path, text.split('\n').with(mutant.line, mutant.after).join('\n'));
      const isAlive = passes(copy, floor, file);
      if (isAlive) survived++;
      const { line, before, after } = mutant;
      process.stdout.write(
        `${isAlive ? 'SURVIVED' : 'noticed '} ${file}:${line + 1}\n  - ${before.trim()}\n  + ${after.trim()}\n`,
      );
      writeFileSync(path, text);
    }
  }
  rmSync(copy, { recursive: true, force: true });
  process.stdout.write(`${survived} survived\n`);
  return survived === 0 ? 0 : 1;
}

process.exit(main());
