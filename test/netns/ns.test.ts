// `nscap ns` against namespaces kept alive in every way there is, and against lsns.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ipBatch } from '../../src/netns/batch.ts';
import { containersByCgroup } from '../../src/netns/containers.ts';
import { type Discovery, discover } from '../../src/netns/discover.ts';
import { namespacesText } from '../../src/report/namespaces.ts';
import { has } from '../support/needs.ts';
import { nscap, nscapWith, run } from '../support/nscap.ts';
import { removeNamespaces, sh, uniqueName } from './support.ts';

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
});

/** Starts a program that prints a line when it is ready, and answers the line. */
async function holder(...argv: string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(argv[0], argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, line: line.toString().trim() };
}

function find(discovery: Discovery, inode: number) {
  const found = discovery.namespaces.find((one) => one.inode === inode);
  expect(found, `net:[${inode}] should be in:\n${namespacesText(discovery)}`).toBeDefined();
  return found!;
}

const inodeIn = (text: string) => Number(/net:\[(\d+)\]/.exec(text)![1]);

test('one’s own namespace is there, whoever asks', async () => {
  const { namespaces } = await discover();
  const own = namespaces.find((one) => one.processes.includes(process.pid))!;
  expect(own.interfaces!.map((one) => one.name)).toContain('lo');
  const { status, stdout } = await nscap(['ns', '--json']);
  expect(status).toBe(0);
  const document = JSON.parse(stdout);
  expect(document.namespaces.map((one: { inode: number }) => one.inode)).toContain(own.inode);
});

describe.runIf(has('root'))('kept alive by', () => {
  test('a process alone', async () => {
    const { child, line } = await holder(
      'unshare',
      '--net',
      'sh',
      '-c',
      'readlink /proc/self/ns/net; exec sleep 3600',
    );
    const found = find(await discover(), inodeIn(line));
    expect(found).toMatchObject({ origin: 'process', processes: [child.pid], label: `pid:${child.pid}` });
    expect(found.interfaces!.map((one) => one.name)).toEqual(expect.arrayContaining(['lo']));
  });

  test('a bind mount alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nst-'));
    const file = join(folder, 'kept');
    writeFileSync(file, '');
    try {
      const inode = inodeIn(
        sh(
          'unshare',
          '--net',
          'sh',
          '-c',
          `mount --bind /proc/self/ns/net ${file} && readlink /proc/self/ns/net`,
        ),
      );
      const found = find(await discover(), inode);
      expect(found).toMatchObject({ origin: 'mount', processes: [], label: file });
      expect(found.interfaces).toBeDefined();
    } finally {
      sh('umount', file);
      rmSync(folder, { recursive: true });
    }
  });

  test('a bind mount in another mount namespace', async () => {
    const { child, line } = await holder(
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      'mount -t tmpfs tmpfs /mnt && touch /mnt/kept && unshare --net sh -c "mount --bind /proc/self/ns/net /mnt/kept && readlink /proc/self/ns/net"; exec sleep 3600',
    );
    const found = find(await discover(), inodeIn(line));
    expect(found.origin).toBe('mount');
    expect(found.mounts).toEqual([{ path: '/mnt/kept', process: child.pid }]);
    expect(found.label).toBe(join('/proc', String(child.pid), 'root', 'mnt', 'kept'));
    expect(found.interfaces).toBeDefined();
  });

  test('a bind mount that many mount namespaces show: told once', async () => {
    const { child, line } = await holder(
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      `mount -t tmpfs tmpfs /mnt && touch /mnt/kept && inode=$(unshare --net sh -c "mount --bind /proc/self/ns/net /mnt/kept && readlink /proc/self/ns/net")
       exec 3<&0; for i in 1 2 3; do unshare --mount cat <&3 >/dev/null & done; sleep 0.5; echo $inode; exec sleep 3600`,
    );
    const discovery = await discover();
    const found = find(discovery, inodeIn(line));
    expect(found.mounts).toHaveLength(4);
    expect(namespacesText(discovery)).toContain(
      `mounted on /mnt/kept (seen by process ${child.pid} and 3 others), no process  net:[${found.inode}]`,
    );
  });

  test('a name with control bytes: shown, not sent', async () => {
    const name = `${uniqueName('esc')}\x1b[31m\n`;
    sh('ip', 'netns', 'add', name);
    try {
      const shown = name.replace('\x1b', '\\x1b').replace('\n', '\\x0a');
      for (const args of [['ns'], ['map', name], ['why', name, '127.0.0.1']]) {
        const { stdout, stderr } = await nscap(args);
        expect(stdout).toContain(shown);
        expect(stdout + stderr).not.toContain('\x1b');
      }
      const { namespaces } = JSON.parse((await nscap(['ns', '--json'])).stdout);
      expect(namespaces.map((one: { label: string }) => one.label)).toContain(name);
    } finally {
      removeNamespaces(name);
    }
  });

  test('an open file alone, its name removed', async () => {
    const name = uniqueName('open');
    sh('ip', 'netns', 'add', name);
    const { child, line } = await holder(
      'sh',
      '-c',
      `exec 7</run/netns/${name}; ip netns delete ${name}; ls -L -i /proc/self/fd/7; exec sleep 3600`,
    );
    const found = find(await discover(), Number.parseInt(line, 10));
    expect(found).toMatchObject({
      origin: 'descriptor',
      names: [],
      descriptors: [{ process: child.pid, descriptor: 7 }],
    });
    expect(found.interfaces).toBeDefined();
  });

  test('a socket alone, whose process has gone elsewhere', async () => {
    const koffi = createRequire(import.meta.url).resolve('koffi');
    const name = uniqueName('socket');
    sh('ip', 'netns', 'add', name);
    const { child, line } = await holder(
      process.execPath,
      '-e',
      `const fs=require('fs');const c=require(${JSON.stringify(koffi)}).load(null);
       const setns=c.func('int setns(int,int)'),socket=c.func('int socket(int,int,int)');
       const home=fs.openSync('/proc/thread-self/ns/net'),there=fs.openSync('/run/netns/${name}');
       console.log(fs.fstatSync(there).ino);
       setns(there,0);socket(2,2,0);setns(home,0);fs.closeSync(there);fs.closeSync(home);
       require('child_process').spawnSync('ip',['netns','delete','${name}']);
       setInterval(()=>{},1000);process.stdout.write('');`,
    );
    await expect
      .poll(
        async () =>
          (await discover()).namespaces.find((one) => one.inode === Number.parseInt(line, 10))?.origin,
      )
      .toBe('socket');
    const found = find(await discover(), Number.parseInt(line, 10));
    expect(found.sockets[0].process).toBe(child.pid);
    expect(found.interfaces!.map((one) => one.name)).toContain('lo');
  });

  test('nothing any more: a stale name is told of', async () => {
    const name = uniqueName('stale');
    writeFileSync(`/run/netns/${name}`, '');
    try {
      expect((await discover()).unseen.join('\n')).toContain(`ip netns delete ${name}`);
    } finally {
      rmSync(`/run/netns/${name}`);
    }
  });
});

describe.runIf(has('root'))('several', () => {
  const names = [uniqueName('p'), uniqueName('q'), uniqueName('r')] as [string, string, string];
  beforeAll(() =>
    // All ends have the index 2 or 3: only the kernel's numbers tell which belongs to which.
    ipBatch([
      ...names.map((name) => ['netns', 'add', name]),
      [
        'link',
        'add',
        'name',
        'one',
        'netns',
        names[0],
        'type',
        'veth',
        'peer',
        'name',
        'two',
        'netns',
        names[1],
      ],
      [
        'link',
        'add',
        'name',
        'three',
        'netns',
        names[1],
        'type',
        'veth',
        'peer',
        'name',
        'four',
        'netns',
        names[2],
      ],
      [
        'link',
        'add',
        'name',
        'five',
        'netns',
        names[2],
        'type',
        'veth',
        'peer',
        'name',
        'six',
        'netns',
        names[0],
      ],
    ]),
  );
  afterAll(() => removeNamespaces(...names));

  test('each end of a veth is found in its namespace, both ways', async () => {
    const { namespaces } = await discover();
    const [p, q, r] = names.map((name) => namespaces.find((one) => one.names.includes(name))!);
    const peer = (one: typeof p, name: string) => one!.interfaces!.find((inner) => inner.name === name)!.peer;
    expect(peer(p, 'one')).toMatchObject({ inode: q!.inode, name: 'two' });
    expect(peer(q, 'two')).toMatchObject({ inode: p!.inode, name: 'one' });
    expect(peer(q, 'three')).toMatchObject({ inode: r!.inode, name: 'four' });
    expect(peer(r, 'four')).toMatchObject({ inode: q!.inode, name: 'three' });
    expect(peer(r, 'five')).toMatchObject({ inode: p!.inode, name: 'six' });
    expect(peer(p, 'six')).toMatchObject({ inode: r!.inode, name: 'five' });
  });

  test('it finds all that lsns finds, with as many processes', async () => {
    for (const _ of [1, 2]) {
      const { line } = await holder(
        ...['ip', 'netns', 'exec', names[0], 'sh', '-c', 'echo ready; exec sleep 3600'],
      );
      expect(line).toBe('ready');
    }
    const listed = await run('lsns', ['-t', 'net', '-J', '-o', 'NS,NPROCS']);
    const { namespaces } = JSON.parse(listed.stdout) as {
      namespaces: { ns: number | string; nprocs: number | string }[];
    };
    const found = new Map((await discover()).namespaces.map((one) => [one.inode, one]));
    // Other tests' namespaces come and go: only what lsns still finds afterwards counts.
    const again = await run('lsns', ['-t', 'net', '-J', '-o', 'NS']);
    const steady = new Set(
      (JSON.parse(again.stdout) as { namespaces: { ns: number }[] }).namespaces.map((one) => Number(one.ns)),
    );
    for (const { ns } of namespaces)
      if (steady.has(Number(ns))) expect([...found.keys()]).toContain(Number(ns));
    const inode = [...found.values()].find((one) => one.names.includes(names[0]))!.inode;
    expect(found.get(inode)!.processes.length).toBe(
      Number(namespaces.find((one) => Number(one.ns) === inode)!.nprocs),
    );
  });

  test('as a list and as JSON', async () => {
    const text = await nscap(['ns']);
    expect(text.status).toBe(0);
    expect(text.stdout).toMatch(new RegExp(`^${names[0]}  named, no process  net:\\[\\d+\\]$`, 'm'));
    expect(text.stdout).toMatch(new RegExp(`^  one +veth +down +mtu 1500 +↔ ${names[1]}:two`, 'm'));
    const { namespaces } = JSON.parse((await nscap(['ns', '--json'])).stdout);
    const one = namespaces.find((each: { label: string }) => each.label === names[0]);
    expect(one).toMatchObject({ origin: 'name', names: [names[0]], processCount: 0 });
    expect(one.interfaces.find((inner: { name: string }) => inner.name === 'one')).toMatchObject({
      up: false,
      mtu: 1500,
      kind: 'veth',
      peer: { namespace: names[1], interface: 'two' },
    });
  });
});

describe.runIf(has('root'))('many', () => {
  const names = Array.from({ length: 60 }, (_, at) => uniqueName(`many${at}`));
  beforeAll(() => ipBatch(names.map((name) => ['netns', 'add', name])));
  afterAll(() => removeNamespaces(...names));

  test('60 namespaces are all listed', async () => {
    const labels = (await discover()).namespaces.map((one) => one.label);
    expect(labels).toEqual(expect.arrayContaining(names));
  });
});

test.runIf(containersByCgroup().length === 0)(
  'where nothing looks like a container no engine is asked',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nst-engine-'));
    try {
      const asked = join(folder, 'asked');
      for (const engine of ['docker', 'podman', 'nerdctl', 'crictl']) {
        writeFileSync(join(folder, engine), `#!/bin/sh\necho ${engine} >> ${asked}\n`, { mode: 0o755 });
      }
      expect((await nscapWith(folder, ['ns'])).status).toBe(0);
      expect(existsSync(asked), 'nscap ns asked an engine').toBe(false);
      await nscapWith(folder, ['map', 'container:nst-none']);
      expect(readFileSync(asked, 'utf8')).toContain('docker');
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
