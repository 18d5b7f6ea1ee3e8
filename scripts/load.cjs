// In dist/ as load.js: the `require` of the command line's chunks. It hands V8 the bytecode it made of them when they
// were built (scripts/warm.mjs), for compiling them takes 12 ms of each start. Where there is none of this version of
// Node and for the same options of V8, V8 compiles as ever.
'use strict';
const { readFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const { Script } = require('node:vm');

const SUFFIX = `${[process.version, process.arch, ...process.execArgv].join('-')}.bytecode`;
const modules = new Map();
const CHUNKS = join(__dirname, 'chunks');
/** Small chunks, as functions by the names of their files: one file to read instead of forty. */
let shared;

/** `require` for a file in `folder`. */
function from(folder) {
  return (name) => (name.startsWith('.') ? load(join(folder, name)) : require(name));
}

function load(file) {
  const known = modules.get(file);
  if (known !== undefined) return known.module.exports;
  const folder = dirname(file);
  if (folder === CHUNKS) {
    shared ??= evaluate(join(CHUNKS, 'shared.js'));
    const small = shared[basename(file)];
    if (small !== undefined) return run(file, small);
  }
  return evaluate(file);
}

/** Runs a module, a function of what Node gives one, and returns what it exports. */
function run(file, code, script) {
  const module = { exports: {} };
  modules.set(file, { module, script });
  const folder = dirname(file);
  code(module.exports, from(folder), module, file, folder);
  return module.exports;
}

function evaluate(file) {
  // The scripts are ASCII, as esbuild writes them.
  const text = `(function(exports,require,module,__filename,__dirname){${readFileSync(file, 'latin1')}\n})`;
  const script = new Script(text, { filename: file, cachedData: bytecode(file) });
  return run(file, script.runInThisContext(), script);
}

/** Where the bytecode of a chunk lies. */
function bytecodeOf(file) {
  return `${file}.${SUFFIX}`;
}

function bytecode(file) {
  try {
    return readFileSync(bytecodeOf(file));
  } catch {
    return undefined;
  }
}

module.exports = from(__dirname);
/** What has been loaded: its module and its script (none within shared.js), by file. */
module.exports.modules = modules;
module.exports.bytecodeOf = bytecodeOf;
