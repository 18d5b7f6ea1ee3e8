// The command `nscap why` as a user meets it: output, JSON, exit statuses, --fix, and nothing left behind.
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { removeNamespaces, sh, uniqueName } from '../netns/support.ts';
import { has } from '../support/needs.ts';
import { nscap, nscapWith, PROGRAM, run } from '../support/nscap.ts';
import { type Lab, makeLab } from '../why/lab.ts';

describe('wrong usage ends with status 2', () => {
  test.each([
    [[], /missing required argument/],
    [['host'], /missing required argument/],
    [['host', '127.0.0.1', '0'], /port 0 is out of range/],
    [['host', '127.0.0.1', 'no-such'], /'no-such' is no port/],
    [['host', '127.0.0.1', '--udp'], /--udp needs a port/],
    [['host', '127.0.0.1', '-4', '-6'], /cannot be used with/],
    [['host', 'fe80::1'], /needs an interface/],
  ])('%j', async (args, says) => {
    const { status, stderr, stdout } = await nscap(['why', ...args]);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/\nhint: /);
    expect(status).toBe(2);
    expect(stdout).toBe('');
  });
});

test('with --json standard output is a document where the words could not be taken, too', async () => {
  for (const args of [
    ['--json'],
    ['host', '--json'],
    ['host', '127.0.0.1', '--json', '--no-such'],
    ['host', 'x', 'y', 'z', '--json'],
  ]) {
    const { status, stdout, stderr } = await nscap(['why', ...args]);
    expect(status, stderr).toBe(2);
    expect(JSON.parse(stdout), stderr).toMatchObject({
      reachable: null,
      cause: null,
      error: { code: 'USAGE', exitStatus: 2, hint: expect.stringContaining('nscap why --help') },
    });
    expect(stderr).toContain(`nscap: ${JSON.parse(stdout).error.message}\n`);
  }
});

test('a namespace that is not there: the first step', async () => {
  const { status, stderr } = await nscap(['why', 'nst-nowhere', '10.0.0.1']);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^nscap: there is no namespace 'nst-nowhere'\nhint: /);
});

test.runIf(has('root'))('who may not look into a namespace: status 4, and a hint', async () => {
  const name = uniqueName('why');
  sh('ip', 'netns', 'add', name);
  try {
    const { status, stdout, stderr } = await nscap(['why', name, '10.0.0.1', '--json'], {
      uid: 65534,
      gid: 65534,
    });
    expect(status, stderr).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      reachable: null,
      verdict: `the namespace '${name}' may not be looked into: entering it needs root`,
      error: { code: 'NOT_PERMITTED', exitStatus: 4, hint: expect.stringContaining('sudo') },
    });
    expect(stderr).toMatch(/^nscap: the namespace .* needs root\nhint: /);
  } finally {
    removeNamespaces(name);
  }
});

test('a target that is nothing', async () => {
  const { status, stderr } = await nscap(['why', `/proc/${process.pid}/ns/net`, 'no such;thing']);
  expect(status).toBe(2);
  expect(stderr).toMatch(/'no such;thing' is no address, no namespace, and no name/);
});

test.runIf(has('root'))(
  'a machine so busy that ping starts late: no answer is said only of what was sent',
  async () => {
    const lab = await makeLab('pair');
    const folder = mkdtempSync(join(tmpdir(), 'nscap-late-'));
    try {
      writeFileSync(join(folder, 'ping'), '#!/bin/sh\nsleep 1.2\nexec /usr/bin/ping "$@"\n', {
        mode: 0o755,
      });
      const { status, stdout } = await nscapWith(folder, ['why', lab.ns('a'), lab.address('b')]);
      expect(stdout).toMatch(/\nreachable: \S+ reaches 10\.0\.1\.2\n$/);
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
      lab.remove();
    }
  },
);

test.runIf(has('root'))('without koffi: what could not be looked at, and what helps', async () => {
  const lab = await makeLab('pair');
  const folder = mkdtempSync(join(tmpdir(), 'nscap-alone-'));
  try {
    lab.do('ip -n @b addr flush dev veth1');
    cpSync(dirname(PROGRAM), join(folder, 'dist'), { recursive: true });
    const program = join(folder, 'dist/nscap.js');
    const { status, stdout } = await run(process.execPath, [
      program,
      'why',
      lab.ns('a'),
      '10.0.1.2',
      '--json',
    ]);
    expect(status, stdout).toBe(1);
    const { unseen, steps } = JSON.parse(stdout);
    expect(unseen.join('\n')).toMatch(
      /packets at \S*a: the npm package koffi, .* does not load: 'npm ci' .* installs it/,
    );
    expect(unseen.join('\n')).toMatch(/the kernel's reasons for drops \(the npm package koffi/);
    expect(steps.find((one: { step: string }) => one.step === 'capture').status).toBe('skipped');
  } finally {
    rmSync(folder, { recursive: true });
    lab.remove();
  }
});

describe.runIf(has('root'))('in a lab', () => {
  let lab: Lab | undefined;
  afterEach(() => {
    lab?.remove();
    lab = undefined;
  });

  test('its own addresses: over no wire, and 127.0.0.1 is its own and nobody else’s', async () => {
    lab = await makeLab('devices');
    const a = lab.ns('a');
    for (const [target, where] of [
      ['127.0.0.1', '127.0.0.1 is on lo'],
      ['::1', '::1 is on lo'],
      [a, `the namespace ${a} is`],
    ] as const) {
      const { status, stdout } = await nscap(['why', a, target]);
      expect(stdout).toContain(where);
      // A step that is longer than the terminal is wide goes on below.
      const steps = stdout.replaceAll(/\n {2,}/g, ' ').split('\n');
      expect(steps.find((line) => / target /.test(line))).toMatch(new RegExp(` in ${a}$`));
      expect(stdout).not.toMatch(/not answered|skipped/);
      expect(status).toBe(0);
    }
  });

  test('steps, verdict and fix for people; the same for programs', async () => {
    lab = await makeLab('devices');
    lab.do('ip -n @a route del 10.0.2.0/24');
    const [a, b] = [lab.ns('a'), lab.ns('b')];
    const text = await nscap(['why', a, b]);
    expect(text.status).toBe(1);
    expect(text.stdout).toContain(
      `\nnot reachable: ${a} has no route to 10.0.2.0/24: packets for it never leave\nfix: ip -n ${a} route add 10.0.2.0/24 dev veth0\n`,
    );
    expect(text.stdout).toMatch(/^✓ namespace {3}ok /m);
    expect(text.stdout).toMatch(/^✗ route out {3}failed /m);
    expect(text.stdout).toMatch(/^– neighbour {3}skipped /m);
    const { status, stdout } = await nscap(['why', a, '10.0.2.1', '--json']);
    expect(status).toBe(1);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      from: a,
      target: '10.0.2.1',
      reachable: false,
      verdict: `${a} has no route to 10.0.2.0/24: packets for it never leave`,
      cause: { step: 'route out', certain: true },
      fix: `ip -n ${a} route add 10.0.2.0/24 dev veth0`,
      commands: [['ip', '-n', a, 'route', 'add', '10.0.2.0/24', 'dev', 'veth0']],
    });
    const steps = Object.fromEntries(document.steps.map((step: { name: string }) => [step.name, step]));
    expect(steps.namespace).toMatchObject({ step: 'namespace', status: 'ok', facts: { netns: a } });
    expect(steps.route).toMatchObject({ step: 'route out', status: 'failed', code: 'no-route' });
    expect(steps.route.facts).toEqual(document.cause.facts);
    expect(steps.neighbour).toMatchObject({ status: 'skipped', behind: 'route' });
    expect(steps.neighbour).not.toHaveProperty('facts');
    // The command is the exact one: a shell takes it as it is.
    sh('sh', '-c', document.fix);
    expect((await nscap(['why', a, b])).status).toBe(0);
  });

  test('--fix --yes fixs one cause after the other and tests again', async () => {
    lab = await makeLab('router');
    const a = lab.ns('a');
    lab.do(
      'ip -n @a link set veth0 down',
      'ip netns exec @r sysctl -qw net.ipv4.ip_forward=0',
      'ip -n @b route del 10.0.1.0/24',
    );
    const { status, stdout, stderr } = await nscap(['why', a, lab.address('b'), '--fix', '--yes']);
    expect(stdout, stderr).toMatch(/reachable: \S+ reaches 10\.0\.2\.1\n$/);
    expect(status).toBe(0);
    expect(stderr).toContain(`nscap: ip -n ${a} link set dev veth0 up\n`);
    expect(stderr).toContain('net.ipv4.ip_forward=1');
  });

  test('--fix without a terminal and without --yes changes nothing', async () => {
    lab = await makeLab('pair');
    lab.do('ip -n @a link set veth0 down');
    const { status, stderr } = await nscap(['why', lab.ns('a'), lab.address('b'), '--fix']);
    expect(status).toBe(2);
    expect(stderr).toContain('add --yes');
    expect((await nscap(['why', lab.ns('a'), lab.address('b')])).status).toBe(1);
  });

  test('it leaves no rule, no socket and no process behind', async () => {
    lab = await makeLab('router');
    lab.do(
      'ip netns exec @r nft add table inet f',
      'ip netns exec @r nft add chain inet f c { type filter hook forward priority 0 ; policy drop ; }',
    );
    // Tests beside this one may trace here, too, where their labs have the same addresses.
    const ofOthers = (table: string, owner: string) => (existsSync(`/proc/${owner}`) ? '' : table);
    const state = () =>
      ['a', 'r', 'b']
        .map((short) => lab!.ns(short))
        .flatMap((name) => [
          sh('ip', 'netns', 'exec', name, 'nft', 'list', 'ruleset'),
          sh('ip', '-n', name, 'route', 'show', 'table', 'all'),
          sh('ip', '-n', name, 'rule'),
          sh('ip', '-n', name, 'address'),
          sh('ip', 'netns', 'exec', name, 'tc', 'qdisc'),
          sh('ip', 'netns', 'exec', name, 'ss', '-Hna0'),
          sh('ip', 'netns', 'pids', name),
        ])
        // Link-local addresses and multicast routes come by themselves, a second or two after the lab was made.
        .map((text) =>
          text
            .replace(/^table inet nscap-(\d+)-\d+ \{[\s\S]*?^\}\n/gm, ofOthers)
            .split('\n')
            .filter((line) => !/fe80|ff00|valid_lft/.test(line))
            .join('\n'),
        );
    const before = state();
    expect((await nscap(['why', lab.ns('a'), lab.address('b')])).status).toBe(1);
    // What a test beside this one has in here while it is listed may be without an owner right after that.
    await expect.poll(state, { timeout: 20_000, interval: 500 }).toEqual(before);
  });

  test('link, host and names with odd letters', async () => {
    const odd = `nst-${process.pid}-a;b $(x)`;
    sh('ip', 'netns', 'add', odd);
    try {
      sh('ip', '-n', odd, 'link', 'set', 'lo', 'up');
      expect((await nscap(['why', odd, '127.0.0.1'])).status).toBe(0);
      const lost = await nscap(['why', odd, '192.0.2.1']);
      expect(lost.status).toBe(1);
      expect(lost.stdout).toContain(`${odd} has no interface but lo`);
    } finally {
      sh('ip', 'netns', 'delete', odd);
    }
  });
});
