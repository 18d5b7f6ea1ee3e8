// Preloaded by scripts/warm.mjs: writes, at the end of a run of dist/nscap.js, the bytecode V8 then has of each chunk.
const { renameSync, writeFileSync } = require('node:fs');
const { bytecodeOf, modules } = require('../dist/load.js');

process.on('exit', () => {
  for (const [file, { script }] of modules) {
    if (script === undefined) continue; // within shared.js
    // V8 does not look whether bytecode is whole: it is never seen half written.
    writeFileSync(`${file}.new`, script.createCachedData());
    renameSync(`${file}.new`, bytecodeOf(file));
  }
});
