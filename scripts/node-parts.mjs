// A plugin of the bundler: parts of Node that bring its network code and its streams are loaded when one of these is called.
// What they spare a start that needs none, CPU time of `nscap read` on an idle machine: 6 ms of 45.

/** The modules, and what of each may be imported; anything else that is imported fails the build. */
const PARTS = {
  'node:child_process': ['spawn', 'spawnSync'],
  'node:fs/promises': ['mkdir', 'open', 'readdir', 'readFile', 'rename', 'rm', 'stat', 'statfs', 'writeFile'],
  'node:net': ['SocketAddress', 'connect', 'createServer', 'isIP', 'isIPv4', 'isIPv6'],
  'node:tty': ['isatty'],
};

export const nodeParts = {
  name: 'node-parts',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${Object.keys(PARTS).join('|')})$`);
    // What is imported when it is needed is the whole module.
    onResolve({ filter }, ({ path, namespace, kind }) =>
      namespace === 'node-part' || kind === 'dynamic-import'
        ? { path, external: true }
        : { path, namespace: 'node-part' },
    );
    // An ES module, so that esbuild refuses an import of what it has not. Functions by declaration: where a CommonJS package
    // requires the module, too, esbuild runs its body later than others take what it exports.
    onLoad({ filter, namespace: 'node-part' }, ({ path }) => ({
      contents: `import { createRequire } from 'node:module';
${PARTS[path]
  .map(
    (name) => `let ${name}Part;
export function ${name}(...args) {
  ${name}Part ??= createRequire(import.meta.url)('${path}').${name};
  return new.target === undefined ? ${name}Part(...args) : new ${name}Part(...args);
}`,
  )
  .join('\n')}`,
    }));
  },
};
