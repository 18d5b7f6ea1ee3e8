// Bundles the command line into dist/: one small entry and one chunk a command, so that a command loads only its own code.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { build } from 'esbuild';
import { nodeParts } from './node-parts.mjs';
import { warm } from './warm.mjs';

// Node runs the entry, but started by a shell, which does three things that Node cannot do for itself. It takes one
// variable away: where that is set Node reads a bundle of certificates each time it starts, and nscap needs none
// (measured: 90 ms of CPU in place of 205 where it is set, 1 to 3 ms more where it is not). It asks whether SIGHUP is
// ignored (nohup): a signal that is ignored at birth cannot be trapped, and Node forgets about it. And analyze, whose
// two threads keep two processors busy, has V8 optimize in these threads rather than in others beside them: 8 % less
// time for files of 150 MB and more, 30 ms more for those of 20 to 60 MB, which one thread looks at. Under sudo it takes
// away what would make Node run other code before ours could. To JavaScript the line is a string and a comment.
const ENTRY = `#!/bin/sh
':' //; NSCAP_NOHUP=1; trap NSCAP_NOHUP= HUP; kill -HUP $$; export NSCAP_NOHUP; [ -n "\${SUDO_UID-}" ] && unset NODE_OPTIONS NODE_PATH NODE_COMPILE_CACHE NODE_REPL_EXTERNAL_MODULE OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT; [ "$1" = analyze ] && V8=--no-concurrent-recompilation || V8=; NSCAP_CA_CERTS="\${NODE_EXTRA_CA_CERTS-}" NODE_EXTRA_CA_CERTS= exec node $V8 "$0" "$@"
`;

/** What programs of their own begin with; the library, dist/index.js, loads its chunks as Node does. */
const OWN_REQUIRE = 'require=require("./load.js");';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
rmSync('dist', { recursive: true, force: true });
const { outputFiles } = await build({
  entryPoints: {
    nscap: 'src/cli/main.ts',
    index: 'src/index.ts',
    'chunks/koffi': 'koffi',
    'analyze-worker': 'src/analyze/worker.ts',
    'trace-reader': 'src/cli/trace/reader.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // What is native or fetches its own parts stays a package; the rest is bundled, for Node spends more time on finding
  // and reading many small files than on running them: 25 ms of CPU less for each start of capture.
  external: ['@duckdb/*', '@koromix/*', 'cap', 'elkjs'],
  minifyWhitespace: true,
  minifySyntax: true,
  // Licences stand where their code does: behind all code they would be behind the exports, which end a chunk.
  legalComments: 'inline',
  plugins: [nodeParts],
  chunkNames: 'chunks/[name]-[hash]',
  define: { __VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
  write: false,
});
mkdirSync('dist/chunks', { recursive: true });
/** What each chunk exports, and what it imports from which: checked below. */
const exported = new Map();
const imported = [];
/** What of a chunk that others share is put with all such into one file as well; the larger ones few starts need. */
const SMALL = 8000;
let shared = '';
for (const { path, text } of outputFiles) {
  const code = commonJs(path, text.replace(/^#!.*\n/, ''));
  if (path.endsWith('/nscap.js')) writeFileSync(path, ENTRY + OWN_REQUIRE + code);
  else writeFileSync(path, /\/(analyze-worker|trace-reader)\.js$/.test(path) ? OWN_REQUIRE + code : code);
  if (/\/chunks\/chunk-\w+\.js$/.test(path) && code.length < SMALL) {
    shared += `"${basename(path)}":function(exports,require,module,__filename,__dirname){${code}\n},\n`;
  }
}
// A start of `nscap read` opened 42 of them, each with its bytecode. Measured, alternating: 86 ms of CPU without this
// file and 78 with it, of which Node alone takes 60 (two busy processors).
writeFileSync('dist/chunks/shared.js', `module.exports={${shared}};\n`);
checkImports();
copyFileSync('scripts/load.cjs', 'dist/load.js');
await buildPage();
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');
chmodSync('dist/nscap.js', 0o755);
warm();

/** What the HTML report is made of: its program with uPlot in it, and its style, put into each page as they are. */
async function buildPage() {
  const options = { bundle: true, minify: true, target: ['es2022', 'chrome110', 'firefox115', 'safari16'] };
  await build({
    ...options,
    entryPoints: { script: 'src/page/browser/main.ts', style: 'src/page/browser/style.css' },
    outdir: 'dist/page',
    format: 'iife',
    platform: 'browser',
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'warning',
  });
}

/**
 * A chunk as CommonJS, which Node loads in half the time it takes for ES modules; esbuild splits those only. What is
 * imported becomes a constant: a call through the exports of another module, as esbuild itself would write it, takes
 * hot loops twice the time. No module here exports what changes later.
 */
function commonJs(path, text) {
  const chunks = path.includes('/chunks/') ? '.' : './chunks';
  const code = text
    .replace(/(?<=^|[;}\n])import(?:([^"'();]*)from)?("[^"]+");/g, (_, what = '', from) => {
      const name = what
        .trim()
        .replace(/^\*\s*as /, '')
        .replace(/ as /g, ':');
      for (const pair of name.replace(/[{}]/g, '').split(',')) {
        if (from.startsWith('".') && pair !== '' && name.startsWith('{')) {
          imported.push({
            by: path,
            from: join(dirname(path), JSON.parse(from)),
            name: pair.split(':')[0].trim(),
          });
        }
      }
      return `${name === '' ? '' : `const ${name}=`}require(${from});`;
    })
    .replace(/(?<=^|[;}\n])export\{([^}]*)\};?\s*$/, (_, names) => {
      const pairs = names.split(',').map((name) => name.trim().split(' as '));
      exported.set(path, new Set(pairs.map(([inner, outer = inner]) => outer)));
      return `module.exports={${pairs.map(([inner, outer = inner]) => `${outer}:${inner}`)}};\n`;
    })
    .replace(/(?<=^|[;}\n])export default ([^;]*);\s*$/, 'module.exports={default:$1};\n')
    .replace(/\bimport\("((?:\.|node:)[^"]+)"\)/g, 'Promise.resolve().then(()=>require("$1"))')
    .replace(/\bimport\(("[^"]+")\)/g, 'Promise.resolve().then(()=>({default:require($1)}))')
    .replace(/\bcreateRequire\d*\(import\.meta\.url\)/g, 'require')
    .replaceAll('require("koffi")', `require("${chunks}/koffi.js").default`)
    .replaceAll('import.meta.dirname', '__dirname')
    .replaceAll('import.meta.url', 'require("node:url").pathToFileURL(__filename).href');
  // What these replacements do not know breaks the build, not a command.
  new Script(`(() => {${code}})`);
  return `"use strict";${code}`;
}

/** Every name that one chunk takes from another is there: else it would be undefined until something calls it. */
function checkImports() {
  for (const { by, from, name } of imported) {
    if (exported.get(from)?.has(name)) continue;
    throw new Error(`${by} imports ${name} from ${from}, which does not export it`);
  }
}
