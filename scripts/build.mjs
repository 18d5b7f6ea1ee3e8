// Bundles the command line into dist/: one small entry and one chunk a command, so that a command loads only its own code.
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: {
    nscap: 'src/cli/main.ts',
    index: 'src/index.ts',
    'analyze-worker': 'src/cli/analyze-worker.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  chunkNames: 'chunks/[name]-[hash]',
  define: { __VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
});
chmodSync('dist/nscap.js', 0o755);
