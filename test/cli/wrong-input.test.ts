// What is typed wrong, names that a terminal would obey, files that are none, machines that lack something: each gets a
// sentence, a hint that helps and the status a shell expects.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { has, met, ORDINARY } from '../support/needs.ts';
import { nscap, PROGRAM, readableProgram, run } from '../support/nscap.ts';
import { alone } from './alone.ts';

const folder = mkdtempSync(join(tmpdir(), 'nst-wrong-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Written into a file of its own; answers its path. */
function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const OBEYED = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

describe.runIf(has('netns'))('lab exec', () => {
  test('ends with the status that a shell would give', async () => {
    const script = file('no-interpreter', '#!/nst/no/such/interpreter\n');
    const text = file('text', 'no program\n');
    const { stdout, stderr } = await alone(`
      $n lab up >/dev/null; chmod 755 ${script}
      $n lab exec ns1 -- nst-no-such-program; echo "absent $?"
      $n lab exec ns1 -- /nst/no/such/program; echo "no path $?"
      $n lab exec ns1 -- ${folder}; echo "folder $?"
      $n lab exec ns1 -- ${text}; echo "text $?"
      $n lab exec ns1 -- sh -c 'kill -TERM $$'; echo "signal $?"
      $n lab exec ns1 -- sh -c 'exit 3'; echo "own $?"
      $n lab exec ns1 -- ${script} 2>/dev/null; echo "interpreter $?"
      $n lab exec ns1 --; echo "nothing $?"
      $n lab down >/dev/null`);
    expect(stdout).toMatch(
      /^absent 127\nno path 127\nfolder 126\ntext 126\nsignal 143\nown 3\ninterpreter 12[67]\nnothing 2\n$/,
    );
    expect(stderr).toContain("nscap: there is no program 'nst-no-such-program'\n");
    expect(stderr).toContain(`nscap: it is not permitted to run '${text}'\n`);
  });
});

describe.runIf(has('netns'))('the namespace forgotten', () => {
  test('the hint names it', async () => {
    const { stderr, stdout } = await alone(`
      $n lab up >/dev/null; $n capture veth1; echo "veth1 $?"; $n capture lo; echo "lo $?"; $n lab down >/dev/null`);
    expect(stderr).toContain(
      "nscap: there is no namespace 'veth1'\nhint: veth1 is an interface, and the namespace comes before it: ns2 veth1\n",
    );
    expect(stderr).toMatch(/hint: lo is an interface, and the namespace comes before it: (host|here) lo\n/);
    expect(stdout).toBe('veth1 1\nlo 1\n');
  });
});

test.each([[[]], [['-r']], [['-c', '1', '-r']]])(
  'capture %j FILE: the hint is the call that reads it',
  async (words) => {
    const path = file('a capture.pcap', '');
    const { status, stdout, stderr } = await nscap(['capture', ...words, path]);
    expect(stderr).toBe(
      `nscap: capture takes packets from interfaces, and ${path} is a file\nhint: nscap read '${path}'\n`,
    );
    expect([status, stdout]).toEqual([2, '']);
  },
);

describe('a lab file that is none', () => {
  const alias = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(of).join(', ')}]\n`;
  const bomb = `${alias('a', 'x')}${alias('b', '*a')}${alias('c', '*b')}${alias('d', '*c')}${alias('e', '*d')}`;
  const many = `namespaces:\n${Array.from({ length: 100_000 }, (_, at) => `  n${at}: {}\n`).join('')}`;
  test.each([
    ['a device without an end', '/dev/zero', /too large for a lab file/],
    ['100,000 namespaces', file('many.yaml', many), /too large for a lab file/],
    ['a YAML alias bomb', file('bomb.yaml', bomb), /alias/],
  ])('%s', async (_, path, sentence) => {
    const { status, stdout, stderr } = await nscap(['lab', 'up', path]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^nscap: [^\n]*\n(hint: [^\n]*\n)?$/);
    expect(stderr).toMatch(sentence);
  });
});

describe.runIf(has('root'))('a machine that lacks something', () => {
  test('/proc is not mounted', async () => {
    const { status, stderr } = await run('unshare', [
      ...['--mount', '--', 'sh', '-c', 'umount -l /proc; exec "$@"', 'sh'],
      ...[process.execPath, PROGRAM, 'ns'],
    ]);
    expect(stderr).toBe(
      'nscap: /proc is not mounted; processes and namespaces are unknown without it\nhint: mount -t proc proc /proc\n',
    );
    expect(status).toBe(1);
  });
});

// With fewer, Node itself does not start.
test.each([20, 24, 30])('%i file descriptors: no stack trace', async (limit) => {
  const words = [`ulimit -n ${limit}; exec "$@"`, 'sh', process.execPath, PROGRAM, 'ns'];
  const { stdout, stderr, signal } = await run('sh', ['-c', ...words]);
  expect(signal).toBeNull();
  expect(`${stdout}${stderr}`).not.toMatch(/^ {4}at |node:internal|is not a function|undefined/m);
});

describe.runIf(has('netns'))('names that a terminal would obey', () => {
  test('of namespaces and interfaces: shown, not sent, by ns, lab status and lab break', async () => {
    const { stdout, stderr, status } = await alone(`
      odd=$(printf 'o\\033[31m')
      $n lab up >/dev/null
      ip netns add "$odd"; ip -n "$odd" link add "$odd" type dummy; ip -n ns1 link add "$odd" type dummy
      $n ns; $n ns --json; $n map; $n lab status; $n lab break "$odd"; $n lab break no-route --from "$odd"; $n lab status "$odd"
      $n lab exec "$odd" -- true; $n capture "$odd" none; $n lab break no-route "$odd"
      $n lab down >/dev/null`);
    expect(status).toBe(0);
    expect(stdout).toContain('o\\x1b[31m');
    expect(stderr).toContain('o\\x1b[31m');
    expect(`${stdout}${stderr}`).not.toMatch(OBEYED);
  });
});

describe.runIf(has('userns') && met('root'))('a lab without root', () => {
  test("lists its own namespaces, not root's of the same names", async () => {
    const inside = [process.execPath, readableProgram(), 'ns', '--json'];
    const { stdout, stderr } = await alone(`
      $n lab up >/dev/null; stat -Lc 'root %i' /run/netns/ns1 /run/netns/ns2
      setpriv --reuid ${ORDINARY.uid} --regid ${ORDINARY.gid} --clear-groups -- ${process.execPath} ${readableProgram()} \
        lab exec ns1 -- sh -c 'stat -Lc "own %i" /run/netns/ns1 /run/netns/ns2; ${inside.join(' ')}'
      $n lab down >/dev/null`);
    const inodes = (who: string) =>
      [...stdout.matchAll(new RegExp(`^${who} (\\d+)$`, 'gm'))].map(([, inode]) => Number(inode));
    const listed: { inode: number; label: string }[] = JSON.parse(
      stdout.slice(stdout.indexOf('{')),
    ).namespaces;
    expect(inodes('own'), stderr).toHaveLength(2);
    expect(
      listed.filter(({ label }) => label === 'ns1' || label === 'ns2').map(({ inode }) => inode),
    ).toEqual(inodes('own'));
    expect(listed.filter(({ inode }) => inodes('root').includes(inode))).toEqual([]);
  });
});
