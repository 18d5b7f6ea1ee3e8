import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLab, readLabFile } from '../../src/lab/file.ts';
import { LAB_SCHEMA } from '../../src/lab/schema.ts';
import { errorOf } from '../netns/support.ts';

const OFFICE = `
# A comment.
namespaces:
  pc:
    interfaces:
      eth0: { addresses: [10.1.0.10/24, "fd00:1::10/64"] }
    routes: [default via 10.1.0.1]
  router:
    interfaces:
      lan:
        addresses: [10.1.0.1/24]
        shape: { rate: 10mbit }
      br0:
        bridge: [dmz]
    sysctls: { net.ipv4.ip_forward: 1 }
    firewall: |
      table inet filter {
      }
    listeners: [7096, "127.0.0.1:80"]
  server:
links:
  - ends: [pc:eth0, router:lan]
  - ends: [server:eth0, router:dmz]
    mtu: 1400
`;

test('a lab file becomes a spec; its name is that of the file', () => {
  expect(parseLab(OFFICE, 'labs/office.yaml')).toEqual({
    name: 'office',
    namespaces: {
      pc: {
        interfaces: { eth0: { addresses: ['10.1.0.10/24', 'fd00:1::10/64'] } },
        routes: ['default via 10.1.0.1'],
      },
      router: {
        interfaces: {
          lan: { addresses: ['10.1.0.1/24'], shape: { rate: '10mbit' } },
          br0: { bridge: ['dmz'] },
        },
        sysctls: { 'net.ipv4.ip_forward': 1 },
        firewall: 'table inet filter {\n}\n',
        listeners: [7096, '127.0.0.1:80'],
      },
      server: {},
    },
    links: [{ ends: ['pc:eth0', 'router:lan'] }, { ends: ['server:eth0', 'router:dmz'], mtu: 1400 }],
  });
});

test('the example in docs/lab.md is one', () => {
  const page = readFileSync(new URL('../../docs/lab.md', import.meta.url), 'utf8');
  const [, text] = /```yaml\n(.*?)```/s.exec(page)!;
  const spec = parseLab(text, 'office.yaml');
  expect(Object.keys(spec.namespaces)).toEqual(['pc', 'router', 'server']);
  expect(spec.links).toHaveLength(2);
});

test('an entry of a list is called by its place, and what it may have is told', async () => {
  const wrong = 'namespaces: { a: , b: }\nlinks:\n  - { ends: [a:x, b:x] }\n  - [a:y, b:y]\n';
  const error = await errorOf((async () => parseLab(wrong, 'x.yaml'))());
  expect(error.message).toBe("x.yaml:4: entry 2 of 'links' is not a map");
  expect(error.hint).toMatch(/^it may have: ends, /);
});

test('JSON is read as well, tabs and all', () => {
  const spec = parseLab(OFFICE, 'x');
  expect(parseLab(JSON.stringify(spec, null, '\t'), 'other.json')).toEqual(spec);
});

describe('what is wrong is said with the line it is in', () => {
  const pair = 'namespaces:\n  a:\n  b:\nlinks:\n  - ends: [a:eth0, b:eth0]\n';
  test.each<[string, string, string]>([
    ['no YAML', 'namespaces:\n  a: [1\n  b: 2\n', 'lab.yaml:3: Flow sequence in block collection must be'],
    ['a key twice', 'namespaces:\n  a: {}\n  a: {}\n', 'lab.yaml:3: Map keys must be unique'],
    ['empty', '', 'lab.yaml:1: a lab file is not a map'],
    ['a list', '- a\n- b\n', 'lab.yaml:1: a lab file is not a map'],
    ['no namespaces', 'name: x\n', "lab.yaml:1: a lab file lacks 'namespaces'"],
    ['a typo', `${pair}linsk: []\n`, "lab.yaml:6: there is no 'linsk' here"],
    ['a typo inside', 'namespaces:\n  a:\n    sysctl: {}\n', "lab.yaml:3: there is no 'sysctl' here"],
    [
      'one end',
      'namespaces:\n  a:\nlinks:\n  - ends: [a:x]\n',
      "lab.yaml:4: 'ends' must NOT have fewer than 2 items",
    ],
    [
      'an end without interface',
      'namespaces:\n  a:\nlinks:\n  - ends:\n    - a:x\n    - b\n',
      "lab.yaml:6: entry 2 of 'ends' must match pattern",
    ],
    ['a small MTU', `${pair}    mtu: 12\n`, "lab.yaml:6: 'mtu' must be >= 68"],
    ['an MTU in words', `${pair}    mtu: big\n`, "lab.yaml:6: 'mtu' is not a whole number"],
    [
      'up: no',
      'namespaces:\n  a:\n    interfaces:\n      lo:\n        up: no\n',
      "lab.yaml:5: 'up' is not true or false",
    ],
    [
      'a link to nowhere',
      `${pair}  - ends: [a:eth1, c:eth0]\n`,
      "lab.yaml:6: there is no namespace 'c' in this lab",
    ],
    [
      'a wrong address',
      `${pair.replace('a:\n', 'a:\n    interfaces:\n      eth0:\n        addresses:\n          - 10.0.0.1/24\n          - 10.0.0.300/24\n')}`,
      "lab.yaml:7: '10.0.0.300/24' is not an address",
    ],
    [
      'a jitter without delay',
      'namespaces:\n  a:\n    interfaces:\n      lo: { shape: { jitter: 1ms } }\n',
      'lab.yaml:4:',
    ],
    [
      'a namespace called ../x',
      'namespaces:\n  a:\n  ../x:\n',
      "lab.yaml:3: '../x' can't be the name of a namespace",
    ],
  ])('%s', async (_, text, words) => {
    const error = await errorOf((async () => parseLab(text, 'lab.yaml'))());
    expect(error).toMatchObject({ code: 'USAGE', exitStatus: 2 });
    expect(error.message.slice(0, words.length)).toBe(words);
  });

  test('a billion laughs end early', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at}, `.repeat(9)}*l${at}]`,
    );
    const error = await errorOf((async () => parseLab(`l0: &l0 [x]\n${levels.join('\n')}\n`, 'lab.yaml'))());
    expect(error).toMatchObject({ code: 'USAGE' });
    expect(error.message).toMatch(/lab.yaml/);
  });
});

test('whatever text a file has, it is a lab or a usage error', () => {
  const piece = fc.constantFrom(
    'namespaces:',
    '\n  ',
    'a:',
    ' [',
    ']',
    ' {',
    '}',
    ' &x ',
    '*x',
    '- ',
    '1',
    '"',
    'links:',
    'ends:',
    '\t',
    ': ',
    '__proto__:',
    '!!set',
    '? ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }), (pieces) => {
      try {
        parseLab(pieces.join(''), 'x.yaml');
      } catch (error) {
        expect(error).toMatchObject({ code: 'USAGE' });
      }
    }),
    { numRuns: 500 },
  );
  // biome-ignore lint/suspicious/noExplicitAny: the point is that nothing was added to it
  expect(({} as any).interfaces).toBeUndefined();
});

test('a file that is not there, and one that is a directory', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nst-'));
  try {
    expect((await errorOf(readLabFile(join(folder, 'no.yaml')))).message).toMatch(
      /no.yaml: there is no such file$/,
    );
    expect((await errorOf(readLabFile(folder))).message).toMatch(/: it is a directory$/);
    writeFileSync(join(folder, 'good.yml'), OFFICE);
    expect((await readLabFile(join(folder, 'good.yml'))).name).toBe('good');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the published schema is the one that files are checked with', () => {
  const published = readFileSync(new URL('../../schema/lab.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(LAB_SCHEMA)));
});
