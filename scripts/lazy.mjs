// Plugins of the bundler that spare each start what it rarely needs.
import { readFileSync } from 'node:fs';

/** Parts of Node that bring most of its network code, 6 ms of each start: loaded when one of these is called. */
const NODE_PARTS = { 'node:child_process': ['spawn', 'spawnSync'], 'node:tty': ['isatty'] };

export const nodeParts = {
  name: 'node-parts',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${Object.keys(NODE_PARTS).join('|')})$`);
    onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'node-part' ? { path, external: true } : { path, namespace: 'node-part' },
    );
    onLoad({ filter, namespace: 'node-part' }, ({ path }) => ({
      contents: NODE_PARTS[path].map((name) => onCall(name, path)).join('\n'),
    }));
  },
};

function onCall(name, module) {
  return `let ${name}; exports.${name} = (...args) => (${name} ??= require('${module}').${name})(...args);`;
}

/**
 * Two things that cli-table3 does for every cell, 12 ms of each table. How wide a text is takes a large regular
 * expression to tell, made anew for each; of what tables mostly hold, none. And a cell is cut short for a message about
 * it that nobody asked for.
 */
export const tables = {
  name: 'tables',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ path, namespace }) =>
      namespace === 'widths' ? undefined : { path, namespace: 'widths' },
    );
    onLoad({ filter: /./, namespace: 'widths' }, () => ({
      contents: `const width = require('string-width');
module.exports = (text) => (/^[ -~\\u00b5\\u2026\\u2500-\\u257f]*$/.test(text) ? text.length : width(text));`,
      resolveDir: 'node_modules/cli-table3',
    }));
    onLoad({ filter: /\/cli-table3\/src\/cell\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace('utils.truncate(this.content, 10, this.truncate)', "''"),
    }));
  },
};
