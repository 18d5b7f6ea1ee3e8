// Runs a TypeScript program of the tree: node scripts/ts.mjs test/conformance/lines.ts ARGUMENT...
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

// Beside node_modules, so that the bundle finds its packages.
const folder = mkdtempSync(join(import.meta.dirname, '../node_modules/.ts-'));
const bundle = join(folder, 'program.mjs');
await build({
  entryPoints: [process.argv[2]],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  define: { __VERSION__: JSON.stringify('development') },
  logLevel: 'warning',
});
process.argv.splice(1, 2, process.argv[2]);
// At the end, however the program comes to it: it may call process.exit.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
await import(pathToFileURL(bundle).href);
