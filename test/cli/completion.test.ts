// TAB in real shells, where they are installed.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { removeNamespaces, sh, uniqueName } from '../netns/support.ts';
import { has, met } from '../support/needs.ts';
import { nscap, PROGRAM } from '../support/nscap.ts';

/** A folder with a program called nscap, for PATH. */
const folder = mkdtempSync(join(tmpdir(), 'nst-path-'));
writeFileSync(join(folder, 'nscap'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
chmodSync(join(folder, 'nscap'), 0o755);
const name = uniqueName('tab');
if (met('root')) sh('ip', 'netns', 'add', name);
afterAll(() => {
  rmSync(folder, { recursive: true });
  removeNamespaces(name);
});

const offered = async (...words: string[]) => {
  const { stdout, status } = await nscap(['completion', '--complete', '--', ...words]);
  expect(status).toBe(0);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t')[0]);
};

describe('offers', () => {
  test('commands', async () => {
    expect(await offered('')).toEqual(expect.arrayContaining(['why', 'ns', 'map', 'capture', 'help']));
    expect(await offered('ma')).toEqual(['map']);
  });

  test('options, when a dash is typed', async () => {
    expect(await offered('why', '--')).toEqual(
      expect.arrayContaining(['--udp', '--json', '--fix', '--yes', '--help']),
    );
    expect(await offered('why', '--fi')).toEqual(['--fix']);
  });

  test('subcommands and the choices of an option', async () => {
    expect(await offered('lab', '')).toEqual(expect.arrayContaining(['up', 'down']));
    expect(await offered('lab', 'up', '--topology', '')).toEqual(expect.arrayContaining(['pair', 'bridge']));
  });

  test('namespaces, and the interfaces of the one that was named', async () => {
    expect(await offered('why', '')).toContain('host');
    expect(await offered('capture', `/proc/${process.pid}/ns/net`, 'l')).toEqual(['lo']);
  });

  test.runIf(has('root'))('namespaces with a name', async () => {
    expect(await offered('why', name.slice(0, -1))).toContain(name);
    expect(await offered('capture', name, '')).toEqual(expect.arrayContaining(['lo']));
  });

  test('files', async () => expect(await offered('read', '')).toEqual([':files']));

  test('nothing for what is not there', async () => {
    expect(await offered('nonsense', '')).toEqual([]);
    expect(await offered('capture', 'nst-nowhere', '')).toEqual([]);
  });
});

test('a shell it does not know', async () => {
  const { status, stderr } = await nscap(['completion', 'tcsh']);
  expect(status).toBe(2);
  expect(stderr).toContain("there is no completion for 'tcsh'");
});

const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };

test.runIf(has('bash'))('bash completes, colons included', () => {
  const complete = (line: string) => {
    const script = `eval "$(nscap completion bash)"; COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; _nscap 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['--norc', '-c', script], { env, encoding: 'utf8' }).stdout.trim().split('\n');
  };
  expect(complete('nscap wh')).toEqual(['why']);
  expect(complete('nscap why ')).toContain('host');
  expect(complete('nscap capture host l')).toContain('lo');
});

test.runIf(has('fish'))('fish completes', () => {
  const script = `nscap completion fish | source; complete -C 'nscap wh'; complete -C 'nscap why '`;
  const { stdout } = spawnSync('fish', ['--no-config', '-c', script], { env, encoding: 'utf8' });
  expect(stdout).toMatch(/^why\t/m);
  expect(stdout).toMatch(/^host\t/m);
});

test.runIf(has('zsh'))('zsh takes the script', () => {
  const script = `autoload -Uz compinit && compinit -D -u; eval "$(nscap completion zsh)"; print -r -- $_comps[nscap]`;
  const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { env, encoding: 'utf8' });
  expect(stdout.trim(), stderr).toBe('_nscap');
});
