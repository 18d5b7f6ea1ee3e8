// The map of a real lab in all its forms.
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawMap, type NetworkMap } from '../../src/netns/map.ts';
import { resolveNamespace } from '../../src/netns/resolve.ts';
import { mapDot } from '../../src/report/map/dot.ts';
import { layOut } from '../../src/report/map/layout.ts';
import { mapSvg } from '../../src/report/map/svg.ts';
import { mapText } from '../../src/report/map/text.ts';
import { has } from '../support/needs.ts';
import { nscap, start } from '../support/nscap.ts';
import { type Lab, makeLab } from '../why/lab.ts';

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

/** A namespace with a bridge or without, and others at its interfaces. */
function star(count: number, bridge: boolean): NetworkMap {
  const one = (id: string, name: string) => ({ id, name, kind: 'veth', lines: [name], broken: false });
  const arms = Array.from({ length: count }, (_, at) => at);
  const box = (id: string, interfaces: ReturnType<typeof one>[]) => ({
    ...{ id, title: id, interfaces },
    ...{ notes: [], broken: false },
  });
  return {
    boxes: [
      box('hub', [...(bridge ? [one('br', 'br0')] : []), ...arms.map((at) => one(`hub/${at}`, `port${at}`))]),
      ...arms.map((at) => box(`ns${at}`, [one(`ns${at}/2`, `eth${at}`)])),
    ],
    cables: arms.flatMap((at) => [
      { from: `hub/${at}`, to: `ns${at}/2`, kind: 'veth' as const, broken: false },
      ...(bridge ? [{ from: `hub/${at}`, to: 'br', kind: 'port' as const, broken: false }] : []),
    ]),
    unseen: [],
  };
}

test('many namespaces: each interface beside its peer', async () => {
  const text = mapText(await layOut(star(100, false)));
  for (let at = 0; at < 100; at++) expect(text).toMatch(new RegExp(`│ port${at} +├─+┼─+┼─+┤ eth${at} +│`));
});

test('many ports of a bridge share one line to it', async () => {
  const lines = mapText(await layOut(star(40, true))).split('\n');
  expect(lines.filter((line) => line.includes(' br0 '))).toEqual([expect.stringMatching(/│ ┌─+┤ br0 │/)]);
  expect(lines.filter((line) => /│ [├└]─+┤ port\d+ +├─/.test(line))).toHaveLength(40);
});

test('in a large map no box lies upon another, and every line ends at its interfaces', async () => {
  const map = star(40, true);
  map.cables.push(
    { from: 'ns3/2', to: 'ns7/2', kind: 'veth', broken: false, label: 'again' },
    { from: 'ns3/2', to: 'hub/9', kind: 'vxlan', broken: false },
  );
  const { boxes, cables } = await layOut(map);
  for (const [at, one] of boxes.entries()) {
    for (const other of boxes.slice(at + 1)) {
      const apart =
        one.x + one.width <= other.x ||
        other.x + other.width <= one.x ||
        one.y + one.height <= other.y ||
        other.y + other.height <= one.y;
      expect(apart, `${one.box.id} and ${other.box.id}`).toBe(true);
    }
  }
  const places = new Map(
    boxes.flatMap((box) => box.interfaces.map((one) => [one.interface.id, one] as const)),
  );
  expect(cables).toHaveLength(map.cables.length);
  for (const { cable, points } of cables) {
    const touched = [points[0], points.at(-1)!].map(({ x, y }) =>
      [cable.from, cable.to].find((id) => {
        const place = places.get(id)!;
        return (
          (x === place.x || x === place.x + place.width - 1) && y > place.y && y < place.y + place.height - 1
        );
      }),
    );
    expect(touched.sort()).toEqual([cable.from, cable.to].sort());
  }
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
