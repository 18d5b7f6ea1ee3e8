// A plugin of the bundler: parts of Node that bring most of its network code are loaded when one of these is called.
// What they spare a start that needs none, CPU time of `nscap read` on an idle machine: 6 ms of 45.

/** The modules, and what of each may be imported; anything else that is imported fails the build. */
const PARTS = { 'node:child_process': ['spawn', 'spawnSync'], 'node:tty': ['isatty'] };

export const nodeParts = {
  name: 'node-parts',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${Object.keys(PARTS).join('|')})$`);
    onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'node-part' ? { path, external: true } : { path, namespace: 'node-part' },
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
  return ${name}Part(...args);
}`,
  )
  .join('\n')}`,
    }));
  },
};
