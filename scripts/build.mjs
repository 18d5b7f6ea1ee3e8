// Bundles the command line into dist/: one small entry and one chunk a command, so that a command loads only its own code.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const NODE_REQUIRE =
  "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);";

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
rmSync('dist', { recursive: true, force: true });
const { outputFiles } = await build({
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
  // What is native or fetches its own parts stays a package; the rest is bundled, for Node spends more time on finding
  // and reading many small files than on running them: 25 ms of CPU less for each start of capture.
  external: ['koffi', 'cap', 'elkjs'],
  minifyWhitespace: true,
  minifySyntax: true,
  chunkNames: 'chunks/[name]-[hash]',
  define: { __VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
  write: false,
});
mkdirSync('dist/chunks', { recursive: true });
for (const { path, text } of outputFiles) {
  // The CommonJS packages among them ask for Node's own modules by `require`, through one chunk of esbuild's.
  const asks = text.includes('Dynamic require of');
  writeFileSync(path, asks ? `${NODE_REQUIRE}\n${text}` : text);
}
chmodSync('dist/nscap.js', 0o755);
