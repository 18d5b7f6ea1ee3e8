// nscap extcap: the calls of Wireshark's contract, and captures by the real tshark.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { removeNamespaces, sh, uniqueName } from '../netns/support.ts';
import { has, ORDINARY } from '../support/needs.ts';
import { nscap, PROGRAM, readableProgram, run, seen } from '../support/nscap.ts';
import { Lab } from './capture-lab.ts';

describe.runIf(has('netns'))('nscap extcap', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab.remove());

  /** A call of Wireshark's in the lab. */
  const call = (...words: string[]) => lab.run(process.execPath, PROGRAM, 'extcap', ...words);

  test('--extcap-interfaces: namespaces, their interfaces, and all of them', async () => {
    const { stdout, stderr, status } = await call('--extcap-interfaces', '--extcap-version=4.0');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(/^extcap \{version=\d[^}]*\}/);
    const lines = stdout.trim().split('\n').slice(1);
    expect(lines).toContain('interface {value=all-namespaces}{display=All network namespaces}');
    for (const [id, display] of [
      ['a:any', 'a: all interfaces'],
      ['a:drops', 'a: dropped packets'],
      ['a:veth0', 'a: veth0'],
      ['b:veth1', 'b: veth1'],
    ]) {
      expect(lines).toContain(`interface {value=${id}}{display=${display}}`);
    }
  });

  test('--extcap-config: options; --namespaces for the merged capture, listed anew on demand', async () => {
    const plain = await call('--extcap-config', '--extcap-interface', 'a:veth0');
    expect(plain.stdout).toMatch(/^arg \{number=0\}\{call=--snaplen\}.*\{type=integer\}\{range=0,262144\}/);
    expect(plain.stdout).not.toContain('--namespaces');
    const all = await call('--extcap-config', '--extcap-interface', 'all-namespaces');
    expect(all.stdout).toMatch(/^arg \{number=4\}\{call=--namespace\}.*\{type=selector\}\{reload=true\}/m);
    expect(all.stdout).toMatch(/^arg \{number=5\}\{call=--namespaces\}.*\{type=multicheck\}/m);
    const values = ['a', 'b'].map((name) => `value {arg=5}{value=${name}}{display=${name}}`);
    for (const value of values) expect(all.stdout.split('\n')).toContain(value);
    const again = await call(
      '--extcap-config',
      '--extcap-interface',
      'all-namespaces',
      '--extcap-reload-option',
      'namespaces',
    );
    expect(again.stdout).not.toContain('arg {number');
    for (const value of values) expect(again.stdout.split('\n')).toContain(value);
  });

  test('--extcap-dlts; a filter is checked; unknown options and interfaces end with status 0', async () => {
    const dlt = await call('--extcap-dlts', '--extcap-interface', 'a:veth0', '--extcap-new', 'x', '--more');
    expect(dlt).toMatchObject({
      stdout: 'dlt {number=1}{name=EN10MB}{display=Ethernet}\n',
      stderr: '',
      status: 0,
    });
    const cooked = await call('--extcap-dlts', '--extcap-interface=b:any');
    expect(cooked.stdout).toBe('dlt {number=276}{name=LINUX_SLL2}{display=Linux cooked v2}\n');
    expect(await call('--extcap-dlts', '--extcap-interface', 'gone:x')).toMatchObject({
      stdout: '',
      stderr: '',
      status: 0,
    });
    const good = await call('--extcap-capture-filter', 'tcp port 80', '--extcap-interface', 'a:veth0');
    expect(good).toMatchObject({ stdout: '', stderr: '', status: 0 });
    const bad = await call('--extcap-capture-filter', 'tcp porf 80', '--extcap-interface', 'a:veth0');
    expect(bad).toMatchObject({
      stdout: "can't parse filter expression: syntax error\n",
      stderr: '',
      status: 0,
    });
  });

  test('names with braces and commas do not end a value, and come back', async () => {
    await lab.shell("ip netns add 'x}{y,z' && ip -n 'x}{y,z' link set lo up");
    const { stdout } = await call('--extcap-interfaces');
    expect(stdout).toContain('interface {value=x%7d%7by%2cz:lo}{display=x)(y,z: lo}\n');
    const dlt = await call('--extcap-dlts', '--extcap-interface', 'x%7d%7by%2cz:lo');
    expect(dlt.stdout).toContain('EN10MB');
    await lab.shell("ip netns del 'x}{y,z'");
  });

  test('a capture that fails opens the FIFO, says why and nothing else, and fails', async () => {
    const fifo = lab.file('fifo');
    spawnSync('mkfifo', [fifo]);
    for (const [words, sentence] of [
      [['--extcap-interface', 'a:veth7'], "there is no interface 'veth7' in namespace a"],
      [['--extcap-interface', 'a:veth0', '--extcap-capture-filter', 'x y'], "can't parse filter expression"],
    ] as const) {
      const reader = run('cat', [fifo]);
      const { status, stderr, stdout } = await call('--capture', '--fifo', fifo, ...words);
      expect(status).not.toBe(0);
      expect(stderr.split('\n')[0]).toContain(sentence);
      expect(stdout).toBe('');
      expect(await reader).toMatchObject({ stdout: '', status: 0 });
    }
  });

  test('SIGTERM ends a capture: the rest is delivered, and the counters', async () => {
    const fifo = lab.file('stop');
    spawnSync('mkfifo', [fifo]);
    const file = lab.file('stop.pcapng');
    const reader = spawn('sh', ['-c', 'tee "$1" < "$0"', fifo, file]);
    const capture = lab.start([
      process.execPath,
      PROGRAM,
      'extcap',
      '--capture',
      '--extcap-interface',
      'a:veth0',
      '--fifo',
      fifo,
    ]);
    await seen(reader.stdout, /a:veth0/);
    await lab.ping(3);
    expect(await capture.stop('SIGTERM')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const read = await nscap(['read', '-n', file]);
    expect(read.stdout.match(/ICMP echo/g)).toHaveLength(6);
  });

  test('a reader that goes ends a capture quietly', async () => {
    const fifo = lab.file('gone');
    spawnSync('mkfifo', [fifo]);
    const reader = spawn('sh', ['-c', 'head -c 200 "$0"', fifo]);
    const capture = lab.start([
      process.execPath,
      PROGRAM,
      'extcap',
      '--capture',
      '--extcap-interface',
      'b:any',
      '--fifo',
      fifo,
    ]);
    await seen(reader.stdout, /nscap/);
    await lab.ping(5);
    expect(await capture.end()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  describe.runIf(has('tshark'))('with tshark', () => {
    /**
     * tshark in the lab, with our launcher in its folder: WIRESHARK_EXTCAP_DIR does not hold for root. It sees no
     * processes, and so not the namespaces of other tests.
     */
    let tshark: (words: string) => Promise<string>;
    beforeAll(async () => {
      const folder = lab.file('extcap');
      mkdirSync(folder);
      const installed = await call('install', '--dir', folder);
      expect(installed, installed.stderr).toMatchObject({ status: 0 });
      const place = /^(?:Global )?Extcap path:\s*(\S+)/m.exec(
        (await lab.run('tshark', '-G', 'folders')).stdout,
      )![1];
      tshark = (words) =>
        lab.shell(
          `mount --bind ${folder} ${place}; unshare --pid --fork --mount-proc tshark ${words} 2>${lab.file('said')}; umount ${place}`,
        );
    });

    test('-D and -L', async () => {
      const list = await tshark('-D');
      expect(list).toMatch(/^\d+\. a:veth0 \(a: veth0\)$/m);
      expect(list).toMatch(/^\d+\. all-namespaces \(All network namespaces\)$/m);
      expect(await tshark('-i a:any -L')).toContain('LINUX_SLL2 (Linux cooked v2)');
    });

    test('-i all-namespaces: both ends of a link, each with its name', async () => {
      const pings = lab.start([
        'ip',
        'netns',
        'exec',
        'a',
        'ping',
        '-q',
        '-i',
        '0.05',
        '-c',
        '2000',
        '10.1.0.2',
      ]);
      const lines = await tshark(
        '-i all-namespaces -o extcap.all_namespaces.namespaces:a,b -f icmp -c 8 -T fields -e frame.interface_name -e icmp.type',
      );
      const rows = lines
        .trim()
        .split('\n')
        .map((line) => line.split('\t'));
      expect(rows).toHaveLength(8);
      expect(new Set(rows.map(([name]) => name))).toEqual(new Set(['a:veth0', 'b:veth1']));
      const any = await tshark(
        '-i b:any -o extcap.b_any.direction:in -f icmp -c 3 -T fields -e frame.interface_name -e icmp.type -e frame.packet_flags_direction',
      );
      expect(any.trim().split('\n')).toEqual(Array(3).fill('b:veth1\t8\t0x00000001'));
      await pings.stop();
    });
  });
});

test('install, status, uninstall: never over a file of somebody else', async () => {
  const folder = folderForAll();
  const file = join(folder, 'nscap');
  expect(await nscap(['extcap', 'install', '--dir', folder])).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(folder)).toEqual(['nscap']);
  // The launcher answers by itself, and by nscap, the same.
  const words = ['--extcap-config', '--extcap-interface', 'ns1:veth0'];
  const [launched, ours] = [await run(file, words), await nscap(['extcap', ...words])];
  expect(launched.stdout).toBe(ours.stdout);
  expect((await run(file, ['--extcap-interfaces'])).stdout).toContain('{value=all-namespaces}');
  const state = JSON.parse((await nscap(['extcap', 'status', '--json', '--dir', folder])).stdout);
  expect(state.folders).toMatchObject([{ path: folder, state: 'installed', file }]);
  chmodSync(file, 0o644);
  expect((await nscap(['extcap', 'status', '--dir', folder])).stdout).toContain('broken');
  expect(await nscap(['extcap', 'uninstall', '--dir', folder])).toMatchObject({ status: 0 });
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, '#!/bin/sh\necho mine\n');
  for (const word of ['install', 'uninstall']) {
    const refused = await nscap(['extcap', word, '--dir', folder]);
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stderr).toContain("is there and not nscap's");
  }
  expect(readFileSync(file, 'utf8')).toContain('echo mine');
});

test.runIf(has('root'))(
  'an ordinary user sees named namespaces, and is told what entering one takes',
  async () => {
    const name = uniqueName('x');
    const fifo = join(folderForAll(), 'fifo');
    spawnSync('mkfifo', ['-m', '666', fifo]);
    sh('ip', 'netns', 'add', name);
    try {
      const program = readableProgram();
      const call = (...words: string[]) => run(process.execPath, [program, 'extcap', ...words], ORDINARY);
      const { stdout } = await call('--extcap-interfaces');
      expect(stdout).toContain(`interface {value=${name}:any}{display=${name}: all interfaces}\n`);
      expect(stdout).not.toContain(`{value=${name}:lo}`);
      const reader = run('cat', [fifo]);
      const { status, stderr } = await call('--capture', '--extcap-interface', `${name}:any`, '--fifo', fifo);
      expect(status).toBe(4);
      expect(stderr).toContain(
        `capturing in the namespace ${name} takes CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW`,
      );
      await reader;
    } finally {
      removeNamespaces(name);
    }
  },
);

function folderForAll(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nscap-extcap-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
