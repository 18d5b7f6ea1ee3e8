// The bytecode that the build keeps: used by a start, and left alone where it is not V8's own.
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../support/nscap.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(ROOT, 'dist/nscap.js');
const ANALYZE = ['analyze', join(ROOT, 'captures/walkthrough.pcap')];
/** Answered from what is loaded for a list of the interfaces, whatever namespaces this host has. */
const EXTCAP = ['extcap', '--extcap-dlts', '--extcap-interface=all-namespaces'];
const READ = ['read', '-c1', join(ROOT, 'captures/walkthrough.pcap'), 'tcp'];

test.each([
  ['by itself', PROGRAM, [], READ],
  ['by node', process.execPath, [PROGRAM], READ],
  ['extcap', PROGRAM, [], EXTCAP],
  ['analyze by itself', PROGRAM, [], ANALYZE],
  ['analyze by node', process.execPath, [PROGRAM], ANALYZE],
])('a start compiles no chunk: %s', async (_, program, args, words) => {
  const folder = mkdtempSync(join(tmpdir(), 'nscap-bytecode-'));
  try {
    const hook = join(folder, 'hook.cjs');
    writeFileSync(
      hook,
      `const { modules } = require(${JSON.stringify(join(ROOT, 'dist/load.js'))});
      process.on('exit', () => {
        const compiled = [...modules].filter(([, { script }]) => script && script.cachedDataRejected !== false);
        process.stderr.write(modules.size + ' chunks, compiled: ' + compiled.map(([file]) => file));
      });`,
    );
    const env = { ...process.env, NODE_OPTIONS: `--require ${hook}` };
    const { stderr } = await run(program, [...args, ...words], { env });
    expect(stderr).toMatch(/^\d\d chunks, compiled: $/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an answer to Wireshark loads no network code and no streams of Node's", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nscap-modules-'));
  try {
    const hook = join(folder, 'hook.cjs');
    writeFileSync(
      hook,
      `process.on('exit', () => {
        const loaded = process.moduleLoadList.map((name) => name.replace('NativeModule ', ''));
        const native = Object.keys(require.cache).filter((path) => path.endsWith('.node'));
        require('node:fs').writeSync(2, JSON.stringify([...loaded, ...native]));
      });`,
    );
    const env = { ...process.env, NODE_OPTIONS: `--require ${hook}` };
    const { stdout, stderr } = await run(PROGRAM, EXTCAP, { env });
    expect(stdout).toMatch(/^dlt \{number=1\}/);
    const loaded: string[] = JSON.parse(stderr);
    expect(loaded).toContain('fs');
    const spared = /^(net|stream|child_process|tty|dgram|fs\/promises)$|\.node$/;
    expect(loaded.filter((name) => spared.test(name))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('without bytecode, and with that of something else, it is as ever', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nscap-bytecode-'));
  try {
    const dist = join(folder, 'dist');
    cpSync(join(ROOT, 'dist'), dist, { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const chunks = join(dist, 'chunks');
    const bytecode = readdirSync(chunks).filter((name) => name.endsWith('.bytecode'));
    expect(bytecode.length).toBeGreaterThan(30);
    const expected = await run(PROGRAM, READ);
    expect(expected).toMatchObject({ status: 0, stderr: '' });
    for (const change of [
      (name: string) => writeFileSync(name, 'x'.repeat(5000)),
      (name: string) => writeFileSync(name, ''),
      (name: string) => rmSync(name),
    ]) {
      for (const name of bytecode) change(join(chunks, name));
      expect(await run(join(dist, 'nscap.js'), READ)).toEqual(expected);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
