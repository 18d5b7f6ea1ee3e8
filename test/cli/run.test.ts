// What every command has in common: its help, its errors, its output that cannot be written.
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { file } from '../print/packets.ts';
import { CORE } from '../print/samples.ts';
import { has } from '../support/needs.ts';
import { nscap, PROGRAM } from '../support/nscap.ts';

let folder: string;
let capture: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nscap-run-'));
  capture = join(folder, 'core.pcap');
  writeFileSync(capture, file(CORE));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The names under "Commands:" of a help text. */
function listed(help: string): string[] {
  const [, commands = ''] = help.split('\nCommands:\n');
  return [...commands.split('\n\n')[0].matchAll(/^ {2}([a-z][a-z-]*)/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'help');
}

/** Runs a shell's redirection of standard output to a full disk. */
function onFullDisk(args: string[]): { status: number | null; stderr: string } {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  return { status, stderr };
}

describe('help', () => {
  it('of every command and subcommand has an example', async () => {
    const names = listed((await nscap(['--help'])).stdout);
    expect(names).toContain('tcp-test');
    for (const name of names) {
      const { status, stdout } = await nscap([name, '--help']);
      expect({ name, status, example: /^Examples?:/m.test(stdout) }).toEqual({
        name,
        status: 0,
        example: true,
      });
      for (const below of listed(stdout)) {
        const help = (await nscap([name, below, '--help'])).stdout;
        expect({ name, below, example: /^Examples?:/m.test(help) }).toEqual({ name, below, example: true });
      }
    }
  });

  it('tells defaults as people type them', async () => {
    expect((await nscap(['tcp-test', '--help'])).stdout).toMatch(
      /--timeout <time> +limit on each wait, in seconds or with a\s+unit: 500ms, 1m \(default: 3\)/,
    );
    for (const name of ['tcp-test', 'analyze', 'convert', 'follow']) {
      expect((await nscap([name, '--help'])).stdout).not.toMatch(/default: (\[|\d{8})/);
    }
  });

  it('is the same as a word and as an option', async () => {
    for (const words of [['read'], ['lab', 'up'], []]) {
      const [word, option] = await Promise.all([nscap(['help', ...words]), nscap([...words, '--help'])]);
      expect(word).toEqual(option);
      expect(word.status).toBe(0);
    }
  });
});

describe('a mistake in the command line', () => {
  it.each([
    [['nope'], "nscap: there is no command 'nope'\n"],
    [['help', 'nope'], "nscap: there is no command 'nope'\n"],
    [['lab', 'up', '--nosuch'], "nscap: unknown option '--nosuch'\nhint: nscap lab up --help shows"],
    [
      ['read', '--cuont', '3'],
      "nscap: unknown option '--cuont'\nhint: --count may be meant; nscap read --help",
    ],
    [['filter', 'tcp', '-y', 'NOPE'], 'nscap: invalid data link type NOPE\nhint: '],
    [
      ['read', '-c', '0', 'x'],
      "nscap: option '-c, --count <n>' argument '0' is invalid: a whole number above 0 is wanted\nhint: ",
    ],
    [
      ['capture', '-Q', 'up', 'host', 'lo'],
      "nscap: option '-Q, --direction <direction>' argument 'up' is invalid: allowed choices are in, out, inout\nhint: ",
    ],
    [['capture', 'pid:x', 'lo'], "nscap: 'pid:x' names no process\nhint: pid:1234 is the form\n"],
    [['tcp-test', '7096', '-w', '-'], 'nscap: the capture goes to a file, and - is standard output\nhint: '],
    [['why', 'host', '127.0.0.1', '--yes'], 'nscap: --yes goes with --fix\nhint: '],
  ])('%j is told in a sentence and a hint, with status 2', async (args, told) => {
    const { status, stdout, stderr } = await nscap(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.startsWith(told)).toBe(true);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it('says why the file of a filter cannot be read', async () => {
    expect(await nscap(['read', '-F', join(folder, 'none'), capture])).toMatchObject({
      status: 1,
      stderr: `nscap: cannot read the filter in ${join(folder, 'none')}: no such file or directory\n`,
    });
  });

  it('sends no control byte of a name to the terminal', async () => {
    const { status, stderr } = await nscap(['capture', 'a\x1b[31m\nb', 'lo']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^nscap: there is no namespace 'a\\x1b\[31m\\x0ab'\n/);
  });
});

describe('output that cannot be written', () => {
  it.each([['--version'], ['--help'], ['read'], ['follow'], ['analyze']])('%s says so', (command) => {
    const args = command.startsWith('-')
      ? [command]
      : [command, capture, ...(command === 'follow' ? ['0'] : [])];
    expect(onFullDisk(args)).toEqual({
      status: 1,
      stderr: 'nscap: cannot write standard output: no space left on device\n',
    });
  });

  it('follow names the file, and never writes over the capture it reads', async () => {
    expect(await nscap(['follow', capture, '0', '-w', '/dev/full'])).toMatchObject({
      status: 1,
      stderr: 'nscap: cannot write /dev/full: no space left on device\n',
    });
    const before = readFileSync(capture);
    const same = await nscap(['follow', capture, '0', '-w', join(folder, '.', 'core.pcap')]);
    expect(same).toMatchObject({ status: 2 });
    expect(same.stderr).toContain('is both read and written');
    expect(readFileSync(capture).equals(before)).toBe(true);
  });

  it.runIf(has('root'))('what sudo makes belongs to the user behind it', async () => {
    const env = { ...process.env, SUDO_UID: '65534', SUDO_GID: '65534', SUDO_USER: 'nobody' };
    chownSync(folder, 65534, 65534);
    const made = { convert: join(folder, 'c.pcapng'), map: join(folder, 'm.svg') };
    expect(await nscap(['convert', capture, made.convert], { env })).toMatchObject({ status: 0 });
    expect(await nscap(['map', 'host', '--svg', made.map], { env })).toMatchObject({ status: 0 });
    for (const path of Object.values(made)) {
      expect(execFileSync('stat', ['-c', '%u:%g', path]).toString()).toBe('65534:65534\n');
    }
  });
});
