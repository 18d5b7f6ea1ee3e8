// What root runs: programs of the system from a fixed list of folders, with an environment that names no code.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Lab } from '../cli/capture-lab.ts';
import { met } from '../support/needs.ts';
import { PROGRAM, type Result } from '../support/nscap.ts';

/** Every program of the system that nscap ever names. */
const PROGRAMS = [
  ...[
    'ip',
    'tc',
    'ss',
    'bridge',
    'nft',
    'iptables',
    'ip6tables',
    'ping',
    'sysctl',
    'id',
    'sh',
    'mount',
    'umount',
  ],
  ...['iptables-save', 'ip6tables-save', 'iptables-legacy-save', 'ip6tables-legacy-save'],
  ...['nsenter', 'unshare', 'setpriv', 'true', 'conntrack', 'docker', 'podman', 'nerdctl', 'crictl'],
];

describe.runIf(met('root'))('as root', () => {
  let lab: Lab;
  let planted: string;
  let ran: string;
  /** What a process that is root must not heed. */
  let hostile: Record<string, string>;

  beforeAll(async () => {
    lab = await Lab.make();
    planted = lab.file('planted');
    ran = lab.file('ran');
    mkdirSync(planted);
    for (const name of PROGRAMS) {
      writeFileSync(join(planted, name), `#!/bin/bash -p\necho ${name} "$@" >> ${ran}\nexit 1\n`, {
        mode: 0o755,
      });
    }
    const module = join(planted, 'module.cjs');
    writeFileSync(module, `require('node:fs').appendFileSync(${JSON.stringify(ran)}, 'module\\n');\n`);
    writeFileSync(join(planted, 'rc'), `echo rc >> ${ran}\n`);
    hostile = {
      NODE_OPTIONS: `--require ${module}`,
      NODE_PATH: planted,
      NODE_COMPILE_CACHE: planted,
      LD_LIBRARY_PATH: planted,
      LD_BIND_NOT: 'planted',
      GCONV_PATH: planted,
      OPENSSL_CONF: join(planted, 'openssl.cnf'),
      BASH_ENV: join(planted, 'rc'),
      ENV: join(planted, 'rc'),
      IFS: '/',
      TC_LIB_DIR: planted,
      XTABLES_LIBDIR: planted,
      PCAP_PLANTED: planted,
      NSCAP_PLANTED: planted,
      'BASH_FUNC_ip%%': `() { echo function >> ${ran}; }`,
    };
  });
  afterAll(() => lab.remove());

  /** Runs nscap as sudo does, with an environment that its caller chose. */
  function underSudo(...args: string[]): Promise<Result> {
    const env = { SUDO_UID: '65534', SUDO_GID: '65534', SUDO_USER: 'nobody' };
    const path = `${planted}:${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`;
    const words = Object.entries({ ...hostile, ...env, PATH: path }).map(
      ([name, value]) => `${name}=${value}`,
    );
    return lab.run('/usr/bin/env', ...words, PROGRAM, ...args);
  }

  const COMMANDS: [args: string[], status: number, said: RegExp][] = [
    [['ns'], 0, /veth0/],
    [['map'], 0, /veth1/],
    [['why', 'a', '10.1.0.2', '81'], 1, /81/],
    [['lab', 'up'], 0, /ns1/],
    [['lab', 'status'], 0, /ns1/],
    [['lab', 'break', 'no-route'], 0, /./],
    [['lab', 'down'], 0, /ns1/],
    [['tcp-test', '7096', '-q'], 0, /^/],
    [['trace', 'a:veth0', 'b:veth1', '--duration', '100ms', 'icmp'], 0, /^/],
    [['drops', 'a', '--duration', '100ms'], 0, /^/],
    [['capture', 'a', '-i', 'a:veth0', '-i', 'b:veth1', '--duration', '100ms', 'icmp'], 0, /^/],
    [['capture', '-Z', 'nobody', 'a', 'veth0', '--duration', '100ms'], 0, /^/],
    [['map', 'container:none'], 1, /container/],
    [['nc', '--netns', 'a', '-z', '10.1.0.2', '9'], 1, /refused/],
  ];

  test.each(COMMANDS)('no planted program, module or function is run by %j', async (args, status, said) => {
    const result = await underSudo(...args);
    expect(existsSync(ran) ? readFileSync(ran, 'utf8') : '').toBe('');
    expect(result.stdout + result.stderr).toMatch(said);
    expect(result.status, result.stderr).toBe(status);
  });

  test('no copy of nscap or program that it starts is given such a variable', async () => {
    const args = ['capture', 'a', '-i', 'a:veth0', '-i', 'b:veth1', 'icmp'];
    // Without sudo: root's own environment, which the process keeps for what its user asks it to run.
    const { NODE_OPTIONS: _, ...rest } = hostile;
    const running = lab.start([process.execPath, PROGRAM, ...args], rest);
    await running.said(/listening on[\s\S]*listening on/);
    const children = descendants(running.child.pid!);
    const given = children.map((pid) => readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0'));
    await running.stop();
    expect(children.length).toBeGreaterThan(0);
    for (const one of given) {
      const names = one.map((pair) => pair.split('=')[0]);
      expect(names.filter((name) => Object.hasOwn(rest, name))).toEqual([]);
      expect(one.find((pair) => pair.startsWith('PATH='))).toMatch(/^PATH=\/usr\/local\/sbin:/);
    }
  });

  test('a program that the user asks for is given the environment of the user', async () => {
    const argv = [PROGRAM, 'lab', 'exec', 'a', 'sh', '-c', 'echo $FOO $NSCAP_CA_CERTS; command -v tool'];
    writeFileSync(join(planted, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
    const path = `${dirname(process.execPath)}:/usr/bin:/bin:${planted}`;
    const { stdout } = await lab.run('/usr/bin/env', 'FOO=bar', `PATH=${path}`, ...argv);
    expect(stdout).toBe(`bar\n${planted}/tool\n`);
  });

  test('a program that is elsewhere is not run, and the error says what to do', async () => {
    const elsewhere = lab.file('elsewhere');
    mkdirSync(elsewhere);
    copyFileSync('/usr/bin/true', join(elsewhere, 'ip'));
    const hide =
      'for p in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do ' +
      '[ ! -e $p/ip ] || mount --bind /dev/null $(readlink -f $p/ip); done; exec "$@"';
    const path = `PATH=${elsewhere}:${dirname(process.execPath)}:/usr/bin:/bin`;
    const argv = ['unshare', '--mount', 'sh', '-c', hide, 'sh', 'env', path, process.execPath, PROGRAM];
    const { status, stderr } = await lab.run(...argv, 'lab', 'up');
    expect(stderr).toBe(
      `nscap: root does not run 'ip' from ${elsewhere}\n` +
        'hint: programs are taken from /usr/local/sbin, /usr/local/bin, /usr/sbin, /usr/bin, /sbin, /bin: ' +
        `sudo ln -s ${elsewhere}/ip /usr/local/sbin/ip\n`,
    );
    expect(status).toBe(1);
  });

  test('nscap itself is not run from where everybody may write', async () => {
    const copy = lab.file('copy');
    await lab.shell(`cp -r ${dirname(PROGRAM)} ${copy}; chmod o+w ${copy}`);
    const { status, stderr } = await lab.run(process.execPath, join(copy, 'nscap.js'), 'ns');
    expect(stderr).toBe(
      `nscap: everybody may write to ${copy}, and root does not run code from there\nhint: chmod -R o-w ${copy}\n`,
    );
    expect(status).toBe(1);
  });

  test('bytecode that somebody else has put beside the code is not run', async () => {
    const copy = lab.file('others');
    await lab.shell(`cp -r ${dirname(PROGRAM)} ${copy}`);
    const chunks = join(copy, 'chunks');
    const files = readdirSync(chunks).filter((name) => name.endsWith('.bytecode'));
    expect(files.length).toBeGreaterThan(0);
    await lab.shell(`chown 65534 ${chunks}/*.bytecode`);
    for (const name of files) chmodSync(join(chunks, name), 0o644);
    const trace = lab.file('opened');
    const { stdout } = await lab.run(
      ...['strace', '-f', '-e', 'trace=openat,fstat,read', '-o', trace, process.execPath],
      ...[join(copy, 'nscap.js'), 'ns', '--help'],
    );
    expect(stdout).toContain('Usage: nscap ns');
    // Opened, looked at, and not read.
    expect(readFileSync(trace, 'latin1')).not.toMatch(/bytecode[^\n]*\n[^\n]*fstat[^\n]*\n[^\n]* read\(/);
  });
});

function descendants(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number)
      .flatMap((child) => [child, ...descendants(child)]),
  );
}
