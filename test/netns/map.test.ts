// The map of a real lab in all its forms.
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawMap, type NetworkMap } from '../../src/netns/map.ts';
import { resolveNamespace } from '../../src/netns/namespace.ts';
import { mapDot } from '../../src/report/map/dot.ts';
import { layOut } from '../../src/report/map/layout.ts';
import { mapSvg } from '../../src/report/map/svg.ts';
import { mapText } from '../../src/report/map/text.ts';
import { has } from '../support/needs.ts';
import { nscap, start } from '../support/nscap.ts';
import { type Lab, makeLab } from './why-lab.ts';

const PAIR: NetworkMap = {
  boxes: [
    {
      id: '1',
      title: 'ns1',
      notes: ['default via 10.0.1.2 dev veth0'],
      broken: false,
      interfaces: [
        { id: '1/2', name: 'veth0', kind: 'veth', lines: ['veth0', '10.0.1.1/24'], broken: false },
      ],
    },
    {
      id: '2',
      title: 'n"s<2>',
      notes: [],
      broken: false,
      interfaces: [{ id: '2/2', name: 'veth1', kind: 'veth', lines: ['veth1', '✗ down'], broken: true }],
    },
    { id: '3', title: 'empty', notes: ['no interface but lo'], broken: false, interfaces: [] },
  ],
  cables: [{ from: '1/2', to: '2/2', kind: 'veth', broken: true, label: 'MTU 1500 ≠ 1400' }],
  unseen: [],
};

test('as text: boxes, titles, routes, a dashed line where it is broken', async () => {
  const text = mapText(await layOut(PAIR));
  expect(text).toMatch(/┌─ ns1 ─+┐/);
  expect(text).toMatch(/│ veth0 +/);
  expect(text).toContain('default via 10.0.1.2 dev veth0');
  expect(text).toContain('✗ down');
  expect(text).toMatch(/├╌.*╌┤|╌MTU 1500 ≠ 1400╌|MTU 1500 ≠ 1400/);
  // Nothing sticks out: every row that opens a box closes it.
  for (const line of text.split('\n')) {
    expect([...line].filter((one) => one === '┌').length, line).toBeLessThanOrEqual(
      [...line].filter((one) => '┐┬┼┘'.includes(one)).length,
    );
  }
});

test('as SVG: well-formed, and hostile names are only text', async () => {
  const svg = mapSvg(await layOut(PAIR));
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+"/);
  expect(svg).toContain('n&quot;s&lt;2&gt;');
  expect(svg).toMatch(/<polyline class="cable veth broken" points="[\d., ]+"\/>/);
  expect(svg.match(/<(\w+)/g)!.length).toBeGreaterThan(10);
  expect(svg.trimEnd().endsWith('</svg>')).toBe(true);
});

test('for Graphviz: quoted', () => {
  const dot = mapDot(PAIR);
  expect(dot).toContain('subgraph "cluster_2" {\n    label="n\\"s<2>";');
  expect(dot).toContain('"1/2" -- "2/2" [label="MTU 1500 ≠ 1400", color=red, style=dashed];');
});

describe.runIf(has('root'))('a lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await makeLab('host');
  });
  afterAll(() => lab.remove());

  test('bridges, ports, veths and default routes are on it; other labs are not', async () => {
    const { inode } = await resolveNamespace(lab.ns('a'));
    const { boxes, cables } = await drawMap([inode]);
    expect(boxes.map((box) => box.title).sort()).toEqual(['a', 'b', 'h', 'x'].map(lab.ns).sort());
    expect(boxes.find((box) => box.title === lab.ns('a'))!.notes).toEqual([
      'default via 172.17.0.1 dev eth0',
    ]);
    expect(cables.filter((cable) => cable.kind === 'veth').length).toBe(3);
    expect(cables.filter((cable) => cable.kind === 'port').length).toBe(2);
    expect(cables.some((cable) => cable.broken)).toBe(false);
  });

  test('what is broken is marked', async () => {
    lab.do('ip -n @b link set eth0 down');
    const { inode } = await resolveNamespace(lab.ns('a'));
    const { boxes, cables } = await drawMap([inode]);
    const faults = boxes.flatMap((box) => box.interfaces).filter((one) => one.broken);
    expect(faults.map((one) => one.lines.at(-1)).sort()).toEqual(['✗ down', '✗ no carrier']);
    expect(cables.filter((cable) => cable.broken).length).toBe(1);
    lab.do('ip -n @b link set eth0 up');
  });

  test('the command draws it, and with --watch draws it again when something changes', async () => {
    const drawn = await nscap(['map', lab.ns('a')]);
    expect(drawn.status).toBe(0);
    expect(drawn.stdout).toContain('docker0 (bridge)');
    const child = start(['map', '--watch', lab.ns('a')]);
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    await expect.poll(() => out).toContain('docker0');
    lab.do('ip -n @a address add 172.17.9.9/16 dev eth0');
    await expect.poll(() => out).toContain('172.17.9.9/16');
    child.kill('SIGINT');
    const [status] = await once(child, 'exit');
    expect(status).toBe(0);
  });

  test('a namespace that is not there', async () => {
    const { status, stderr } = await nscap(['map', 'nst-nowhere']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^nscap: there is no namespace 'nst-nowhere'\nhint: /);
  });
});
