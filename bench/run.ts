// npm run bench: every benchmark, a table each on standard output, all figures in bench/results.json.
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import type { Bench, Figures } from './measure.ts';

const BENCHES: Record<string, () => Promise<{ bench: Bench }>> = {
  start: () => import('./start.ts'),
  capture: () => import('./capture.ts'),
  files: () => import('./files.ts'),
  read: () => import('./read.ts'),
  analyze: () => import('./analyze.ts'),
  drops: () => import('./drops.ts'),
  'trace-live': () => import('./trace-live.ts'),
  'trace-files': () => import('./trace-files.ts'),
  fleet: () => import('./fleet.ts'),
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHES);
const results: Record<string, Figures[]> = {};
for (const name of wanted) {
  const load = BENCHES[name];
  if (load === undefined) {
    process.stderr.write(`there is no benchmark '${name}'; there are: ${Object.keys(BENCHES).join(', ')}\n`);
    process.exit(2);
  }
  const { bench } = await load();
  process.stdout.write(`\n${bench.title}\n`);
  const figures = await bench.run();
  results[name] = figures;
  console.table(Object.fromEntries(figures.map(({ what, ...rest }) => [what, rest])));
}
const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version, kernel: release() };
writeFileSync('bench/results.json', `${JSON.stringify({ machine, results }, null, 2)}\n`);
