// Who runs as root: before the first packet is looked at, every command that takes packets has become the user behind
// sudo, with all its threads and children, and cannot go back.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Lab } from '../cli/capture-lab.ts';
import { met } from '../support/needs.ts';
import { readableProgram } from '../support/nscap.ts';

const NOBODY = 65534;
/** Real, effective, saved and of the file system. */
const ID = `${NOBODY} ${NOBODY} ${NOBODY} ${NOBODY}`;
const WALKTHROUGH = fileURLToPath(new URL('../../captures/walkthrough.pcap', import.meta.url));

/** What sudo says of who called it. */
const SUDO = { SUDO_UID: String(NOBODY), SUDO_GID: String(NOBODY), SUDO_USER: 'nobody' };

interface Thread {
  name: string;
  uid: string;
  gid: string;
  groups: string;
  capabilities: string[];
  /** Of the first thread, which starts all children: whether these can gain nothing. */
  gainsNothing: boolean;
}

/** Every thread of a process and of all its descendants. */
function threads(pid: number): Thread[] {
  const own = readdirSync(`/proc/${pid}/task`).map((task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    const of = (key: string) =>
      new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(status)![1].trim().replaceAll('\t', ' ');
    const capabilities = ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map(of);
    const gainsNothing = task !== String(pid) || of('NoNewPrivs') === '1';
    return {
      name: of('Name'),
      uid: of('Uid'),
      gid: of('Gid'),
      groups: of('Groups'),
      capabilities,
      gainsNothing,
    };
  });
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [...own, ...children.flatMap(threads)];
}

/** Those of its descendants alone. */
function descendants(pid: number): Thread[] {
  return threads(pid).slice(readdirSync(`/proc/${pid}/task`).length);
}

const COMMANDS: [name: string, args: string[], ready: RegExp][] = [
  ['capture', ['capture', 'a', 'veth0', 'icmp'], /listening on/],
  ['capture -w', ['capture', '-w', '-', 'a', 'veth0', 'icmp'], /listening on/],
  [
    'capture on two interfaces',
    ['capture', 'a', '-i', 'a:veth0', '-i', 'b:veth1', 'icmp'],
    /listening on[\s\S]*listening on/,
  ],
  ['capture --drops', ['capture', '--drops', 'a', 'veth0', 'icmp'], /listening on/],
  ['drops', ['drops', 'a'], /watching drops/],
  ['top', ['top', 'a', 'veth0'], /veth0/],
  ['trace', ['trace', 'a:veth0', 'b:veth1', 'icmp'], /./],
  ['extcap', ['extcap', '--capture', '--extcap-interface', 'a:veth0', '--fifo', '/dev/null'], /^/],
  ['stats', ['stats', 'conversations', '-i', 'a:veth0'], /./],
  ['capture --analyze', ['capture', '--analyze', 'a', 'veth0', 'icmp'], /listening on/],
  [
    'capture --sockets',
    ['capture', '--sockets', '--pcapng', '-w', '-', 'a', 'veth0', 'icmp'],
    /listening on/,
  ],
  ['exporter', ['exporter', '--listen', '127.0.0.1:0', 'a:veth0'], /listening on http/],
  ['trace --to', ['trace', 'a', '--to', '10.1.0.2'], /./],
];

/** What reads a file is given a pipe that does not end. */
const READERS: [name: string, args: string[]][] = [
  ['read', ['read', '-']],
  ['read -T fields', ['read', '-T', 'fields', '-e', 'ip.src', '-']],
  ['analyze', ['analyze', '-']],
  ['follow', ['follow', '-', '0']],
  ['stats', ['stats', 'conversations', '-']],
  ['convert', ['convert', '-', '/dev/null']],
  ['report', ['report', '-o', '/dev/null', '-']],
  ['trace', ['trace', '-', WALKTHROUGH]],
  ['store import', ['store', 'import', '--store', '/tmp/nscap-none', '-']],
];

describe.runIf(met('root'))('root is given up', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab.remove());

  test.each(COMMANDS)('by %s', async (_, args, ready) => {
    const argv = [process.execPath, readableProgram(), ...args];
    // top draws on a terminal only.
    const terminal = ['script', '-qfc', argv.join(' '), '/dev/null'];
    const running = lab.start(args[0] === 'top' ? terminal : argv, { ...SUDO, TERM: 'xterm' });
    await expect.poll(() => running.stdout + running.stderr).toMatch(ready);
    // extcap says nothing: it has begun when it has become somebody else.
    if (args[0] === 'extcap') await expect.poll(() => threads(running.child.pid!)[0]?.uid).toBe(ID);
    await lab.ping(2);
    const all = threads(running.child.pid!).filter(({ name }) => !/^(script|sh)$/.test(name));
    await running.stop();
    expectNobody(all);
  });

  test.each(READERS)('by %s of a file, before its first byte', async (_, args) => {
    const running = lab.start([process.execPath, readableProgram(), ...args], SUDO);
    await expect.poll(() => threads(running.child.pid!)[0]).toMatchObject({ uid: ID, gainsNothing: true });
    running.child.stdin!.write(readFileSync(WALKTHROUGH).subarray(0, 24));
    const all = threads(running.child.pid!);
    running.child.stdin!.end();
    await running.end();
    expectNobody(all);
  });

  test('by what captures for report --duration', async () => {
    const words = ['report', '--duration', '1m', 'a', 'veth0', '-o', '/dev/null'];
    const running = lab.start([process.execPath, readableProgram(), ...words], SUDO);
    await expect.poll(() => running.stderr).toMatch(/listening on/);
    await lab.ping(2);
    const all = descendants(running.child.pid!);
    await running.stop();
    expectNobody(all);
  });

  test('by what captures for wireshark, and by Wireshark; what passes on its bytes looks at none', async () => {
    const program = lab.file('shark');
    writeFileSync(program, '#!/bin/sh\nexec cat > /dev/null\n', { mode: 0o755 });
    chmodSync(lab.folder, 0o711);
    const words = ['wireshark', '--program', program, 'a', 'veth0', 'icmp'];
    const running = lab.start([process.execPath, readableProgram(), ...words], { ...SUDO, DISPLAY: ':0' });
    const shark = () => descendants(running.child.pid!).filter(({ name }) => name === 'cat');
    await expect
      .poll(() => shark().map(({ uid, gid, groups }) => [uid, gid, groups]))
      .toEqual([[ID, ID, '']]);
    await lab.ping(2);
    const all = descendants(running.child.pid!).filter(({ name }) => name !== 'cat');
    await running.stop();
    expectNobody(all);
  });

  test('and kept where nobody called sudo', async () => {
    const running = lab.start([process.execPath, readableProgram(), 'read', '-']);
    await running.child.stdin!.write(readFileSync(WALKTHROUGH));
    await running.printed(/7096/);
    expect(threads(running.child.pid!)[0].uid).toBe('0 0 0 0');
    await running.stop();
  });

  /** A capture where root alone can read it, and whose folder root alone may look into. */
  function ofRoot(): string {
    const folder = lab.file('root-only');
    const file = `${folder}/walkthrough.pcap`;
    mkdirSync(folder, { recursive: true });
    copyFileSync(WALKTHROUGH, file);
    chmodSync(file, 0o600);
    chmodSync(folder, 0o700);
    return file;
  }

  test.each([
    ['read', ['read', 'FILE', 'tcp']],
    ['analyze', ['analyze', 'FILE', 'tcp']],
    ['analyze --plot', ['analyze', '--plot', 'rtt', 'FILE', '0']],
    ['follow', ['follow', 'FILE', '0']],
    ['stats', ['stats', 'conversations', 'FILE']],
    ['convert', ['convert', 'FILE', '-']],
    ['convert --annotate', ['convert', '--annotate', '--format', 'pcapng', 'FILE', '-']],
    ['report', ['report', '--json', 'FILE']],
    ['trace', ['trace', '-q', 'FILE', WALKTHROUGH]],
  ])('%s reads what root alone may read, as somebody else', async (_, words) => {
    const file = ofRoot();
    const args = words.map((word) => (word === 'FILE' ? file : word));
    const [sudo, root] = await Promise.all([
      lab.run(
        'env',
        ...Object.entries(SUDO).map((pair) => pair.join('=')),
        process.execPath,
        readableProgram(),
        ...args,
      ),
      lab.run(process.execPath, readableProgram(), ...args),
    ]);
    expect(sudo.stderr).toBe(root.stderr);
    expect(sudo.stdout).toBe(root.stdout);
    expect(sudo.status).toBe(0);
  });

  test('what a command writes is of the user, who must be permitted to write there', async () => {
    const folder = lab.file('of-nobody');
    await lab.shell(`mkdir ${folder} && chown nobody ${folder} && chmod 711 ${lab.folder}`);
    const file = ofRoot();
    const convert = (out: string) =>
      lab.run(
        ...(['env', ...Object.entries(SUDO).map((pair) => pair.join('='))] as const),
        ...[process.execPath, readableProgram(), 'convert', file, out],
      );
    expect((await convert(`${folder}/out.pcap`)).status).toBe(0);
    expect(statSync(`${folder}/out.pcap`)).toMatchObject({ uid: NOBODY, gid: NOBODY });
    const { status, stderr } = await convert(`${lab.file('root-only')}/out.pcap`);
    expect(stderr).toMatch(/cannot write .*permission denied/i);
    expect(status).toBe(1);
  });
});

function expectNobody(all: readonly Thread[]): void {
  expect(all.length).toBeGreaterThan(4);
  const zero = '0000000000000000';
  for (const thread of all) {
    expect(thread).toEqual({
      name: thread.name,
      uid: ID,
      gid: ID,
      groups: String(NOBODY),
      capabilities: [zero, zero, zero, zero],
      gainsNothing: true,
    });
  }
}
