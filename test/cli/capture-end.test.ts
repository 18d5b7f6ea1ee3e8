// How a capture of nscap ends, and what it says when it cannot begin.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { finish, nscap, PROGRAM, seen } from '../support/nscap.ts';
import { Lab } from './capture-lab.ts';

/** Processes that a process has started and that live. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
}

describe('what is wrong is said in one line and a hint', () => {
  const wrong: [what: string, args: string[], status: number, said: RegExp][] = [
    ['unknown namespace', ['no-such', 'lo'], 1, /^nscap: there is no namespace 'no-such'\nhint: .+\n$/],
    ['a name that is a path', ['../x', 'lo'], 1, /^nscap: there is no namespace '\.\.\/x'\n/],
    ['no interface', ['host'], 2, /^nscap: the interface is missing\nhint: /],
    [
      'unknown interface',
      ['host', 'no-such'],
      1,
      /^nscap: there is no interface 'no-such' in namespace host\nhint: those there are: .*\blo\b/,
    ],
    ['bad count', ['-c', '0', 'host', 'lo'], 2, /^nscap: .*'0'.*\nhint: /],
    ['bad size', ['-C', 'x', '-w', 'y', 'host', 'lo'], 2, /^nscap: .*'x'.*\nhint: /],
    [
      '-C without -w',
      ['-C', '1', 'host', 'lo'],
      2,
      /^nscap: -C is about files, and no file is written\nhint: /,
    ],
    ['-W alone', ['-W', '1', '-w', 'y', 'host', 'lo'], 2, /^nscap: -W counts the files/],
    [
      'cap with -Q',
      ['--binding', 'cap', '-Q', 'in', 'host', 'lo'],
      2,
      /^nscap: the binding cap cannot do -Q\nhint: /,
    ],
    ['--json and -w -', ['--json', '-w', '-', 'host', 'lo'], 2, /^nscap: standard output cannot take both/],
  ];
  test.each(wrong)('%s', async (_, args, status, said) => {
    const result = await nscap(['capture', ...args]);
    expect(result.stderr).toMatch(said);
    expect(result.stdout).toBe('');
    expect(result.status).toBe(status);
  });
});

describe.runIf(has('netns'))('in a lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab?.remove());
  const self = [process.execPath, PROGRAM, 'capture'];

  test('no permission: said before anything else', async () => {
    // setpriv is util-linux's, as nsenter is. Without capabilities root is an ordinary user.
    for (const args of [
      ['a', 'veth0'],
      ['host', 'lo'],
    ]) {
      const { status, stderr } = await lab.run(
        'setpriv',
        '--bounding-set=-all',
        '--inh-caps=-all',
        ...self,
        ...args,
      );
      expect(stderr).toMatch(/^nscap: .*(not permitted|permission).*\nhint: .+\n$/i);
      expect(status).toBe(4);
    }
  });

  test.runIf(has('root'))('a process that may not be inspected: which capability it takes', async () => {
    const { status, stderr } = await lab.run(
      'setpriv',
      '--bounding-set=-sys_ptrace',
      '--inh-caps=-sys_ptrace',
      ...self,
      'pid:1',
      'lo',
    );
    expect(stderr).toMatch(
      /^nscap: \/proc\/1\/ns\/net: permission denied\nhint: .*CAP_SYS_PTRACE is needed\n$/,
    );
    expect(status).toBe(4);
  });

  test('no libpcap: names the package', async () => {
    const script = `for l in /usr/lib/*/libpcap.so* /usr/lib/libpcap.so* /usr/lib64/libpcap.so* /lib/libpcap.so*; do [ ! -f $l ] || mount --bind /dev/null $l; done; exec "$@"`;
    const { status, stderr } = await lab.run(
      'unshare',
      '--mount',
      '--',
      'sh',
      '-c',
      script,
      'sh',
      ...self,
      'host',
      'lo',
    );
    expect(stderr).toMatch(/^nscap: libpcap is not installed.*\nhint: .*libpcap0\.8.*\n$/);
    expect(status).toBe(1);
  });

  test('a filter that does not compile: libpcap says why', async () => {
    const { status, stderr } = await lab.run(...(self as [string]), 'a', 'veth0', 'tcp', 'prot', '80');
    expect(stderr).toMatch(/^nscap: (can't parse filter expression: )?syntax error.*\nhint: /);
    expect(status).toBe(2);
  });

  test('a reader that goes away ends the capture quietly', async () => {
    const capture = await lab.capture(['a', 'veth0', 'icmp']);
    capture.child.stdout!.destroy();
    await lab.ping(3);
    const { status, stderr } = await capture.end();
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/nscap:|EPIPE/);
  });

  test('a reader that is not even there for the header of the file', async () => {
    const { stderr } = await lab.run(
      'sh',
      '-c',
      '{ "$@"; echo "status $?" >&2; } | sleep 0',
      'sh',
      ...self,
      ...['-w', '-', '-c', '1', 'a', 'lo'],
    );
    expect(stderr).toMatch(/(^|\n)status 0\n$/);
    expect(stderr).not.toMatch(/nscap:/);
  });

  test('an interface that is down: says how it comes up', async () => {
    await lab.shell('ip -n a link add dn0 type dummy || ip -n a link add dn0 type veth peer name dn1');
    expect(await lab.run(...(self as [string]), 'a', 'dn0')).toMatchObject({
      status: 1,
      stderr: 'nscap: dn0: That device is not up\nhint: ip link set dev dn0 up, in its namespace\n',
    });
    await lab.shell('ip -n a link delete dn0');
  });

  test('an interface that goes down and comes up again, and then disappears', async () => {
    await lab.shell(
      'ip -n a link add d0 type veth peer name d1; for d in d0 d1; do ip -n a link set $d up; done; ip -n a address add 10.3.0.1/24 dev d0',
    );
    for (const file of [[], ['-w', lab.file('gone.pcap')]]) {
      const capture = await lab.capture([...file, 'a', 'd0', 'arp']);
      await lab.shell('ip netns exec a ping -c 1 -W 0.2 10.3.0.9 || true');
      await lab.shell('ip -n a link set d0 down; sleep 0.2; ip -n a link set d0 up; sleep 0.1');
      await lab.shell('ip netns exec a ping -c 1 -W 0.2 10.3.0.9 || true');
      expect(capture.child.exitCode).toBeNull();
      await lab.shell('ip -n a link delete d0');
      const { status, stderr } = await capture.end();
      expect(stderr).toMatch(/nscap: a:d0 has disappeared\n[2-9]\d* packets captured\n/);
      expect(status).toBe(0);
      await lab.shell(
        'ip -n a link add d0 type veth peer name d1; for d in d0 d1; do ip -n a link set $d up; done; ip -n a address add 10.3.0.1/24 dev d0',
      );
    }
  });

  test('a namespace that is deleted', async () => {
    await lab.shell('ip netns add c; ip -n c link set lo up');
    const capture = await lab.capture(['c', 'lo']);
    await lab.ping(2, '127.0.0.1', 'c');
    await lab.shell('ip netns delete c');
    const { status, stderr } = await capture.end();
    expect(stderr).toContain('nscap: the namespace was deleted\n4 packets captured\n');
    expect(status).toBe(0);
  });

  test.each([
    ['capture', ['capture', 'b', '-i', 'b:veth1', '-i', 'c:lo'], /listening on c:lo/, 0],
    ['drops', ['drops', '--how', 'counters', 'c'], /watching drops/, 0],
    ['stats', ['stats', 'conversations', '-i', 'c:lo', '--interval', '1h'], /counting on lo/, 0],
    ['trace', ['trace', 'b:veth1', 'c:lo'], /tracing at/, 0],
    ['exporter', ['exporter', '--listen', '127.0.0.1:0', 'c:lo'], /listening on http/, 1],
  ] as [string, string[], RegExp, number][])(
    '%s says that a namespace was deleted',
    async (_, args, begun, ends) => {
      await lab.shell('ip netns add c; ip -n c link set lo up');
      const running = lab.start([process.execPath, PROGRAM, ...args]);
      await running.said(begun);
      await lab.shell('ip netns delete c');
      // Where another one is left, it goes on.
      if (args.join(' ').includes('b:')) {
        await running.said(/namespace c was deleted/);
        running.child.kill('SIGINT');
      }
      const { status, stderr } = await running.end();
      expect(stderr).toContain('nscap: the namespace c was deleted\n');
      expect(status).toBe(ends);
    },
  );

  test('--wait: for a namespace, and for an interface in it', async () => {
    const capture = lab.start([...self, '--wait', '-c', '1', 'later', 'w0']);
    await capture.said(/there is no namespace 'later': waiting for it\n/);
    await lab.shell('ip netns add later');
    await capture.said(/there is no interface 'w0' in namespace later: waiting for it\n/);
    await lab.shell('ip -n later link add w0 type veth peer name w1');
    await capture.said(/w0 in namespace later is down: waiting for it\n/);
    await lab.shell(
      'ip -n later link set w0 up; ip -n later link set w1 up; ip -n later address add 10.4.0.1/24 dev w0',
    );
    await capture.said(/listening on w0/);
    await lab.shell('ip netns exec later ping -c 1 -W 0.2 10.4.0.9 || true');
    expect((await capture.end()).status).toBe(0);
  });

  test('points in several namespaces: each packet at both, in the order of time', async () => {
    const capture = await lab.capture(
      ['-tttt', '--nano', 'a', '-i', 'veth0', '-i', 'b:veth1', 'icmp'],
      {},
      2,
    );
    expect(capture.stderr).toMatch(/listening on a:veth0, .*\nlistening on b:veth1, /);
    await lab.ping(20);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { status, stdout, stderr } = await capture.stop();
    expect(status).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(80);
    expect(lines.map((line) => line.slice(0, 29))).toEqual(
      [...lines.map((line) => line.slice(0, 29))].sort(),
    );
    expect(stderr).toMatch(
      /\n80 packets captured\n80 packets received by filter\n0 packets dropped by kernel\n$/,
    );
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'points in several namespaces: a %s while they begin ends them, too',
    async (signal) => {
      const capture = lab.start([...self, 'a', '-i', 'veth0', '-i', 'b:veth1', 'tcp', 'port', '9']);
      // Once a child is there, nothing has been said yet.
      let children: number[] = [];
      while (children.length === 0) {
        expect(capture.child.exitCode).toBeNull();
        children = childrenOf(capture.child.pid!);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await capture.stop(signal)).toMatchObject({
        status: 0,
        stderr: expect.stringMatching(
          /^listening on a:veth0.*\nlistening on b:veth1.*\n0 packets captured\n0 packets received by filter\n0 packets dropped by kernel\n$/,
        ),
      });
      expect(children.filter((child) => existsSync(`/proc/${child}`))).toEqual([]);
    },
  );

  test('points in several namespaces, and one that does not come: a signal ends the waiting', async () => {
    const capture = lab.start([...self, '--wait', 'a', '-i', 'veth0', '-i', 'b:later0']);
    await capture.said(/there is no interface 'later0' in namespace b: waiting for it\n/);
    const children = childrenOf(capture.child.pid!);
    expect(children).toHaveLength(2);
    const { status, stderr } = await capture.stop('SIGTERM');
    expect(status).toBe(143);
    expect(stderr).not.toMatch(/nscap:/);
    expect(children.filter((child) => existsSync(`/proc/${child}`))).toEqual([]);
  });

  test('the binding cap: the same packets, and what it cannot give', async () => {
    const capture = await lab.capture(['--binding', 'cap', '-t', 'a', 'veth0', 'icmp']);
    await lab.ping(3);
    await capture.printed(/(.*\n){6}/);
    const { status, stdout, stderr } = await capture.stop();
    expect(status).toBe(0);
    expect(stdout.replace(/id \d+/g, 'id')).toBe(
      [1, 2, 3]
        .map(
          (n) =>
            `IP 10.1.0.1 > 10.1.0.2: ICMP echo request, id, seq ${n}, length 64\nIP 10.1.0.2 > 10.1.0.1: ICMP echo reply, id, seq ${n}, length 64\n`,
        )
        .join(''),
    );
    expect(stderr).toMatch(/nscap: the binding cap has no kernel time stamps .* always promiscuous\n/);
    expect(stderr).toMatch(/\n6 packets captured\n$/);
  });

  test('-D, -L and -J list what there is', async () => {
    expect((await lab.run(...(self as [string]), '-D', 'b')).stdout).toMatch(
      /^1\.veth1 \[Up, Running, Connected\]\n2\.any .*\n3\.lo \[Up, Running, Loopback\]\n/,
    );
    expect((await lab.run(...(self as [string]), '-L', 'a', 'any')).stdout).toMatch(
      /^Data link types for any \(use option -y to set\):\n {2}LINUX_SLL \(Linux cooked v1\)\n/,
    );
    expect((await lab.run(...(self as [string]), '-J', 'a', 'veth0')).stdout).toMatch(
      /^Time stamp types for veth0 \(use option -j to set\):\n {2}host \(Host\)\n/,
    );
  });

  test('the status line: on a terminal only, and not with -q', async () => {
    // script(1) gives a program a terminal; it too is util-linux's.
    const [program, args] = lab.argv(
      'script',
      '-qec',
      [...self, '-w', lab.file('status.pcap'), 'a', 'veth0'].join(' '),
      '/dev/null',
    );
    const child = spawn(program, args);
    await seen(child.stdout, /\r0 packets, 24 B, 0 dropped, file 24 B, \d+ s/);
    child.stdin.write('\x03');
    expect((await finish(child)).stdout).toMatch(/0 packets captured/);
    const quiet = await lab.run(
      'script',
      '-qec',
      [...self, '-q', '--duration', '0.5', '-w', lab.file('status.pcap'), 'a', 'veth0'].join(' '),
      '/dev/null',
    );
    expect(quiet.stdout).not.toContain('dropped, file');
  });
});
