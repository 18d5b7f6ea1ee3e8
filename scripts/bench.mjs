// Bundles the benchmarks and runs them: `npm run bench`, or `npm run bench -- files` for one of them.
// `npm run bench -- --compare main` runs a short set beside another revision, and fails where this tree is slower.
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';

await build({
  entryPoints: {
    run: 'bench/run.ts',
    pass: 'bench/pass.ts',
    short: 'bench/short.ts',
    compare: 'bench/compare-run.ts',
  },
  outdir: 'dist/bench',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
const [first, ...rest] = process.argv.slice(2);
const argv = first === '--compare' ? ['compare', ...rest] : ['run', ...process.argv.slice(2)];
const [name, ...words] = argv;
const { status } = spawnSync(process.execPath, [`dist/bench/${name}.mjs`, ...words], { stdio: 'inherit' });
process.exit(status ?? 1);
