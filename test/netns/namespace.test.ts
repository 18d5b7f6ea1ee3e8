import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ipBatch } from '../../src/netns/batch.ts';
import { findInterface, interfaces } from '../../src/netns/interfaces.ts';
import { attemptIn, HERE, namespaceNames, run, sameNamespace, spawnIn } from '../../src/netns/namespace.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { has } from '../support/needs.ts';
import { errorOf, removeNamespaces, uniqueName } from './support.ts';

describe('an NS argument that means nothing', () => {
  test.each(['no-such-ns', '../x', '..', '.', '', 'a/b', 'a;b', 'a\0b', '$(reboot)', '-n', 'x'.repeat(300)])(
    '%j: says so and names those there are',
    async (name) => {
      const error = await errorOf(resolveNamespace(name));
      expect(error).toMatchObject({ code: 'UNKNOWN_NAMESPACE', exitStatus: 1 });
      expect(error.message).toBe(`there is no namespace '${name}'`);
      expect(error.hint).toMatch(/those there are|there are none yet/);
    },
  );

  test.each(['pid:', 'pid:x', 'pid:-1', 'pid:0', 'pid:1/../2'])('%s: no process at all', async (name) => {
    expect(await errorOf(resolveNamespace(name))).toMatchObject({ code: 'USAGE', exitStatus: 2 });
  });

  test('pid:4194305: no such process', async () => {
    expect(await errorOf(resolveNamespace('pid:4194305'))).toMatchObject({ code: 'UNKNOWN_NAMESPACE' });
  });

  test('a path to nothing, and to a file that is no namespace', async () => {
    expect((await errorOf(resolveNamespace('/run/netns/../nowhere'))).message).toMatch(/there is no file/);
    expect((await errorOf(resolveNamespace('/etc/passwd'))).message).toBe(
      '/etc/passwd is not a namespace file',
    );
  });
});

test('this process is in its own namespace: nothing to enter', async () => {
  const own = await resolveNamespace(`pid:${process.pid}`);
  expect(own.enter).toEqual([]);
  expect(sameNamespace(own, HERE)).toBe(true);
  expect((await interfaces(own)).map((one) => one.kind)).toContain('loopback');
});

test('a program that is not there', async () => {
  const error = await errorOf(run(HERE, ['nscap-no-such-program']));
  expect(error).toMatchObject({
    code: 'MISSING_TOOL',
    message: "the program 'nscap-no-such-program' is not installed",
  });
});

describe.runIf(has('root'))('real namespaces', () => {
  const one = uniqueName('a;b');
  const two = uniqueName('b');
  beforeAll(async () => {
    await ipBatch([
      ['netns', 'add', one],
      ['netns', 'add', two],
      ['link', 'add', 'name', 'veth0', 'netns', one, 'type', 'veth', 'peer', 'name', 'veth1', 'netns', two],
    ]);
  });
  afterAll(() => removeNamespaces(one, two));

  test('are listed, found by name, by path and by process, and are the same namespace each time', async () => {
    expect(await namespaceNames()).toContain(one);
    const named = await resolveNamespace(one);
    const path = await resolveNamespace(`/run/netns/${one}`);
    const child = spawnIn(named, ['sleep', '3600']);
    try {
      // The child is in the namespace once ip has replaced itself.
      await expect
        .poll(async () => sameNamespace(await resolveNamespace(`pid:${child.pid}`), named))
        .toBe(true);
      const process = await resolveNamespace(`pid:${child.pid}`);
      for (const way of [named, path, process]) {
        expect((await run(way, ['ip', '-brief', 'link'])).includes('veth0@')).toBe(true);
        expect((await findInterface(way, 'veth0')).kind).toBe('veth');
      }
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });

  test('interfaces: state, MTU, addresses, where the peer is', async () => {
    const namespace = await resolveNamespace(one);
    await ipBatch(
      [
        ['link', 'set', 'veth0', 'up', 'mtu', '1400'],
        ['address', 'add', '10.0.1.0/24', 'dev', 'veth0'],
      ],
      namespace,
    );
    const veth0 = await findInterface(namespace, 'veth0');
    expect(veth0).toMatchObject({
      name: 'veth0',
      kind: 'veth',
      up: true,
      carrier: false,
      mtu: 1400,
      addresses: [{ family: 'inet', address: '10.0.1.0', prefix: 24, scope: 'global' }],
    });
    expect(veth0.peerIndex).toBe((await findInterface(await resolveNamespace(two), 'veth1')).index);
    expect(veth0.peerNamespaceId).toBeTypeOf('number');
  });

  test('an unknown interface: the error names those there are', async () => {
    const error = await errorOf(findInterface(await resolveNamespace(two), 'veth9'));
    expect(error.message).toBe(`there is no interface 'veth9' in namespace ${two}`);
    expect(error.hint).toBe('those there are: lo, veth1');
  });

  test('a program that is not there, inside', async () => {
    for (const name of [two, `/run/netns/${two}`]) {
      const error = await errorOf(attemptIn(await resolveNamespace(name), ['no-such-program']));
      expect(error.message).toBe("the program 'no-such-program' is not installed");
    }
  });

  test('a batch stops at the command that fails, and the error names it', async () => {
    const namespace = await resolveNamespace(two);
    const error = await errorOf(
      ipBatch(
        [
          ['link', 'set', 'lo', 'up'],
          ['route', 'add', '10.9.9.0/24', 'via', '10.8.8.8'],
          ['link', 'set', 'lo', 'down'],
        ],
        namespace,
      ),
    );
    expect(error.message).toMatch(
      new RegExp(
        `^'ip -n ${two} route add 10.9.9.0/24 via 10.8.8.8' failed: .*(invalid gateway|unreachable)`,
      ),
    );
    expect((await findInterface(namespace, 'lo')).up).toBe(true);
  });

  test('a word that ip -batch would take for a comment never gets there', async () => {
    const error = await errorOf(ipBatch([['netns', 'add', 'x#y']]));
    expect(error).toMatchObject({ code: 'BAD_NAME' });
    expect(await namespaceNames()).not.toContain('x');
  });

  test('a file under /run/netns with no namespace behind it', async () => {
    const name = uniqueName('stale');
    writeFileSync(`/run/netns/${name}`, '');
    try {
      const error = await errorOf(resolveNamespace(name));
      expect(error.message).toContain('no namespace behind it');
      expect(error.hint).toContain(`ip netns delete ${name}`);
    } finally {
      rmSync(`/run/netns/${name}`);
    }
  });

  test('another user may not enter, and is told to use sudo', async () => {
    const namespace = await resolveNamespace(one);
    const child = spawn(namespace.enter[0], [...namespace.enter.slice(1), 'true'], {
      uid: 65534,
      gid: 65534,
    });
    const [status] = await once(child, 'exit');
    expect(status).not.toBe(0);
    // What the user would read is made from these words of ip.
    const { commandFailed } = await import('../../src/netns/command.ts');
    const failed = commandFailed(['ip'], {
      status: 255,
      stdout: '',
      stderr: 'setting the network namespace "x" failed: Operation not permitted\n',
    });
    expect(failed).toMatchObject({ code: 'NOT_PERMITTED' });
  });
});
