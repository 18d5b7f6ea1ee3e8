// Preloaded by scripts/warm.mjs: writes, at the end of a run of dist/nscap.js, the bytecode V8 then has of each chunk.
const { writeFileSync } = require('node:fs');
const { modules } = require('../dist/load.js');

process.on('exit', () => {
  for (const [file, { script }] of modules) writeFileSync(`${file}.bytecode`, script.createCachedData());
});
