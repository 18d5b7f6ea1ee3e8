// A real container, made by podman from a root file system: found, named, and entered. Where podman can't run, the
// control group's part is tested alone.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { findContainer, runningContainers } from '../../src/netns/containers.ts';
import { discover } from '../../src/netns/discover.ts';
import { interfaces } from '../../src/netns/interfaces.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { granted, met } from '../support/needs.ts';
import { nscapWith, PATIENCE, start as run } from '../support/nscap.ts';
import { errorOf, uniqueName } from './support.ts';

/** Starts a container in the ways that work on machines with either kind of control groups; undefined where none does. */
function start(): { name: string; folder: string } | undefined {
  if (!met('root') || !met('podman')) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'nst-root-'));
  for (const directory of ['bin', 'proc', 'sys', 'dev', 'etc', 'run', 'tmp'])
    mkdirSync(join(folder, directory));
  const sleep = spawnSync('sh', ['-c', 'command -v sleep'], { encoding: 'utf8' }).stdout.trim();
  const libraries = spawnSync('ldd', [sleep], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? [];
  for (const file of libraries) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(file, join(folder, file), { dereference: true });
  }
  cpSync(sleep, join(folder, 'bin/sleep'), { dereference: true });
  const name = uniqueName('podman');
  for (const runtime of ['runc', 'crun']) {
    const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
    const args = [
      '--runtime',
      runtime,
      'run',
      '-d',
      '--name',
      name,
      ...limits,
      '--network',
      'none',
      '--rootfs',
      folder,
      '/bin/sleep',
      '3600',
    ];
    if (spawnSync('podman', args, { timeout: PATIENCE }).status === 0) return { name, folder };
    spawnSync('podman', ['rm', '-f', name], { timeout: PATIENCE });
  }
  rmSync(folder, { recursive: true });
  return undefined;
}

const container = start();
afterAll(() => {
  if (container === undefined) return;
  spawnSync('podman', ['rm', '-f', '-t', '0', container.name], { timeout: PATIENCE });
  rmSync(container.folder, { recursive: true, force: true });
});

describe.runIf(granted('podman', container !== undefined))('a container of podman', () => {
  test('is listed by its name, with its image', async () => {
    const { name, folder } = container!;
    const listed = async () => (await discover()).namespaces.find((one) => one.container?.name === name);
    // On a busy machine podman may take longer than a list waits for it.
    const found = await vi.waitFor(async () => (await listed()) ?? Promise.reject(new Error('not listed')), {
      timeout: PATIENCE,
    });
    expect(found).toMatchObject({ origin: 'container', label: `container:${name}` });
    expect(found.container).toMatchObject({ engine: 'podman', image: folder });
    expect(found.interfaces!.map((one) => one.name)).toContain('lo');
  });

  test('is entered by name, by id and by the beginning of its id', async () => {
    const { id } = (await runningContainers()).containers.find((one) => one.name === container!.name)!;
    const ways = await Promise.all(
      [container!.name, id, id.slice(0, 12)].map((one) => resolveNamespace(`container:${one}`)),
    );
    expect(new Set(ways.map((one) => one.inode)).size).toBe(1);
    expect((await interfaces(ways[0])).map((one) => one.name)).toContain('lo');
  });

  test('is captured in', async () => {
    const { process } = (await runningContainers()).containers.find((one) => one.name === container!.name)!;
    const capture = run([
      'capture',
      `container:${container!.name}`,
      'lo',
      '-c',
      '2',
      '--immediate-mode',
      'icmp',
    ]);
    let [out, said] = ['', ''];
    capture.stdout.on('data', (chunk) => {
      out += chunk;
    });
    capture.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await expect.poll(() => said).toContain('listening on lo');
    spawnSync('nsenter', [`--net=/proc/${process}/ns/net`, 'ping', '-c', '1', '127.0.0.1']);
    await once(capture, 'exit');
    expect(out).toMatch(/IP 127\.0\.0\.1 > 127\.0\.0\.1: ICMP echo request/);
  });

  test('is found by its control group where no engine answers', async () => {
    const { id, process } = (await runningContainers()).containers.find(
      (one) => one.name === container!.name,
    )!;
    const path = globalThis.process.env.PATH;
    globalThis.process.env.PATH = '/nowhere';
    try {
      const { containersByCgroup } = await import('../../src/netns/containers.ts');
      const grouped = containersByCgroup().find((one) => one.id === id);
      expect(grouped).toMatchObject({ process, engine: 'cgroup', name: id.slice(0, 12) });
    } finally {
      globalThis.process.env.PATH = path;
    }
  });
});

test('a container that is not there', async () => {
  const error = await errorOf(findContainer('nst-no-such-container'));
  expect(error).toMatchObject({ code: 'UNKNOWN_NAMESPACE', exitStatus: 1 });
  expect(error.message).toBe("there is no container 'nst-no-such-container'");
});

test.each(['', '-a', '--all'])('%j is no container and no option of an engine', async (name) => {
  expect(await errorOf(findContainer(name))).toMatchObject({ code: 'UNKNOWN_NAMESPACE' });
});

test('an engine that does not answer is not one without containers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nst-engine-'));
  try {
    writeFileSync(join(folder, 'docker'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
    const { status, stderr } = await nscapWith(folder, ['map', 'container:nst-no-such-container']);
    expect(stderr).toMatch(
      /^nscap: whether there is a container 'nst-no-such-container' is not known: .*docker did not answer in 20 s\n/,
    );
    expect(status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
