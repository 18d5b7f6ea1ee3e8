// In dist/ as load.js: the `require` of the command line's chunks. It hands V8 the bytecode it made of them when they
// were built (scripts/warm.mjs), for compiling them takes 12 ms of each start. Where there is none of this version of
// Node and for the same options of V8, V8 compiles as ever.
'use strict';
const { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const { Script } = require('node:vm');

const SUFFIX = `${[process.version, process.arch, ...process.execArgv].join('-')}.bytecode`;
const modules = new Map();
const CHUNKS = join(__dirname, 'chunks');
/** Who owns this file, and so what is beside it; and who else may write. */
const own = statSync(__filename);
refuseForeignCode();

/** Root runs no code from a world-writable folder. */
function refuseForeignCode() {
  if (process.geteuid() !== 0) return;
  for (const path of [__dirname, __filename, CHUNKS]) {
    if ((statSync(path).mode & 0o002) === 0) continue;
    process.stderr.write(
      `nscap: everybody may write to ${path}, and root does not run code from there\nhint: chmod -R o-w ${__dirname}\n`,
    );
    process.exit(1);
  }
}
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

/** Texts of chunks that this process could not read any more. */
const kept = new Map();

/** Before root is given up (binding/privilege.ts): where others may not read the chunks, all are read now. */
globalThis.nscapKeepCode = () => {
  for (let folder = CHUNKS; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) break;
    if (folder === dirname(folder)) return;
  }
  for (const name of readdirSync(CHUNKS).filter((one) => one.endsWith('.js'))) {
    kept.set(join(CHUNKS, name), readFileSync(join(CHUNKS, name), 'latin1'));
  }
  try {
    load(join(CHUNKS, 'koffi.js'));
  } catch {
    // It is not installed; what needs it says so.
  }
};

function evaluate(file) {
  // The scripts are ASCII, as esbuild writes them.
  const code = kept.get(file) ?? readFileSync(file, 'latin1');
  const text = `(function(exports,require,module,__filename,__dirname){${code}\n})`;
  const script = new Script(text, { filename: file, cachedData: bytecode(file) });
  return run(file, script.runInThisContext(), script);
}

/** Where the bytecode of a chunk lies. */
function bytecodeOf(file) {
  return `${file}.${SUFFIX}`;
}

/** V8 runs what it is given without a look: bytecode that another user may have put beside the chunk is not used. */
function bytecode(file) {
  let descriptor;
  try {
    descriptor = openSync(bytecodeOf(file), constants.O_RDONLY | constants.O_NOFOLLOW);
    const { uid, gid, mode } = fstatSync(descriptor);
    const trusted = uid === own.uid && gid === own.gid && (mode & 0o022 & ~own.mode) === 0;
    return trusted ? readFileSync(descriptor) : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

module.exports = from(__dirname);
/** What has been loaded: its module and its script (none within shared.js), by file. */
module.exports.modules = modules;
module.exports.bytecodeOf = bytecodeOf;
