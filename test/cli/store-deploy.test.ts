// nscap store unit, daemonset and dashboard: what others read.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { met } from '../support/needs.ts';
import { nscap } from '../support/nscap.ts';

const STORE = ['--store', 'clickhouse://10.0.0.9:8123/nscap'];

test('unit: capabilities by name, bounds, and a command line that systemd reads as it is meant', async () => {
  const { status, stdout } = await nscap([
    'store',
    'unit',
    ...STORE,
    '--memory',
    '300',
    'tcp',
    'port',
    '443',
  ]);
  expect(status).toBe(0);
  expect(stdout).toContain('CapabilityBoundingSet=CAP_NET_RAW\n');
  expect(stdout).toMatch(/^CPUQuota=20%$/m);
  expect(stdout).toMatch(/^MemoryMax=300M$/m);
  expect(stdout).toMatch(
    /^ExecStart=\/.* "clickhouse:.*\?spool=\/var\/lib\/nscap\/spool&spool_size=1024M" host any ".*"$/m,
  );
  expect(stdout).toContain('or (tcp port 443)) and not ((host 10.0.0.9 and tcp port 8123))"');
  if (!met('script') || spawnSync('systemd-analyze', ['--version']).status !== 0) return;
  const folder = mkdtempSync(join(tmpdir(), 'nscap-unit-'));
  const file = join(folder, 'nscap.service');
  writeFileSync(file, stdout);
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(verified.stderr.split('\n').filter((line) => line.includes('nscap.service'))).toEqual([]);
});

test('daemonset: no capability but those named, bounded CPU, memory and disk', async () => {
  const { stdout } = await nscap([
    'store',
    'daemonset',
    ...STORE,
    '--image',
    'registry/nscap:1',
    '--disk',
    '500',
  ]);
  const { kind, spec } = parse(stdout);
  expect(kind).toBe('DaemonSet');
  const [container] = spec.template.spec.containers;
  expect(container.securityContext).toMatchObject({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
  });
  expect(container.resources.limits).toEqual({ cpu: '200m', memory: '512Mi', 'ephemeral-storage': '64Mi' });
  expect(container.args.join(' ')).toContain('spool_size=500M');
  const mounted = container.volumeMounts.map(({ name }: { name: string }) => name);
  expect(spec.template.spec.volumes.map(({ name }: { name: string }) => name)).toEqual(mounted);
});

test.each([
  [['store', 'unit'], 'rows of many hosts go to ClickHouse'],
  [['store', 'unit', ...STORE, 'tcp', 'prot', '1'], 'syntax error'],
  [['store', 'daemonset', ...STORE], '--image'],
])('%j is a usage error', async (words, said) => {
  const { status, stderr } = await nscap(words);
  expect(status).toBe(2);
  expect(stderr).toContain(said);
});

test('dashboard: panels that do not overlap, each with a query', async () => {
  const { panels } = JSON.parse((await nscap(['store', 'dashboard'])).stdout);
  const taken = new Set<string>();
  for (const { gridPos, targets } of panels) {
    expect(targets[0].rawSql).toMatch(/^SELECT .* FROM (connections|drops|hops|findings) WHERE day >= /);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      const cell = `${x} ${gridPos.y}`;
      expect(taken.has(cell)).toBe(false);
      expect(x).toBeLessThan(24);
      taken.add(cell);
    }
  }
});
