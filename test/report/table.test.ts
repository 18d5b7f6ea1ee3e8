// Tables as people see them.
import { describe, expect, it } from 'vitest';
import { sectionLines } from '../../src/report/stats/text.ts';
import { drawColumns, drawTable, textWidth } from '../../src/report/table.ts';

const ROWS = [
  ['1', 'x\nyy'],
  ['22', 'z'],
];

it('draws a rule behind the heading, cells of several lines, numbers aligned right', () => {
  expect(drawTable(['A', 'bb'], ROWS, { right: [0] })).toBe(
    [
      '┌────┬────┐',
      '│  A │ bb │',
      '├────┼────┤',
      '│  1 │ x  │',
      '│    │ yy │',
      '│ 22 │ z  │',
      '└────┴────┘',
    ].join('\n'),
  );
});

it('draws rules behind each row, or none', () => {
  const lines = (rules: 'rows' | 'none') => drawTable(['A', 'bb'], ROWS, { rules }).split('\n');
  expect(lines('rows').filter((line) => line.startsWith('├'))).toHaveLength(2);
  expect(lines('none').filter((line) => line.startsWith('├'))).toHaveLength(0);
});

it('breaks cells at words where the table is wider than there is room', () => {
  expect(drawTable(['step', 'n'], [['alpha beta gammadelta', '12']], { width: 19 })).toBe(
    [
      '┌────────────┬────┐',
      '│ step       │ n  │',
      '├────────────┼────┤',
      '│ alpha beta │ 12 │',
      '│ gammadelta │    │',
      '└────────────┴────┘',
    ].join('\n'),
  );
});

it('draws a heading alone, and cells that are missing as empty ones', () => {
  expect(drawTable(['A'], [])).toBe('┌───┐\n│ A │\n└───┘');
  expect(drawTable(['A', 'B'], [['1']])).toContain('│ 1 │   │');
});

it.each([
  ['plain', 5],
  ['µ…─', 3],
  ['café', 4],
  ['cafe\u0301', 4],
  ['名前空間', 8],
  ['🦀x', 3],
  ['ﾊﾝｶｸ', 4],
])('knows how wide %s is', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

describe('whatever the width', () => {
  const head = ['#', 'client / server', 'start', 'opened, closed', 'bytes'];
  const rows = [
    ['0', '10.0.1.0:44444\n10.0.2.0:7096', '1.234 ms', 'handshake\nclosed by both', '12.3 kB\n0 B'],
    ['117', '[2001:db8::1]:443\n[2001:db8::2]:80', '2 s', 'before capture\nopen', '1 B\n2 B'],
  ];
  const words = [...head, ...rows.flat()].flatMap((cell) => cell.split(/[ \n]/));

  it.each([120, 80, 70, 60, 50, 40, 32])('%i columns hold the table, each word whole', (width) => {
    const drawn = drawTable(head, rows, { width });
    expect(drawn.split('\n').filter((line) => textWidth(line) > width)).toEqual([]);
    const shown = new Set(drawn.split(/[ \n│]+/));
    expect(words.filter((word) => !shown.has(word))).toEqual([]);
  });

  it('lines of two cells that belong together stay side by side', () => {
    const lines = drawTable(head, rows, { width: 70 }).split('\n');
    expect(lines.find((line) => line.includes('10.0.2.0:7096'))).toMatch(/closed.*0 B/);
  });

  it('a number keeps its unit while there is room elsewhere', () => {
    expect(drawTable(head, rows, { width: 66 })).toContain('1.234 ms');
  });

  it('rows become tables of their own where the words do not fit side by side', () => {
    const row = ['abcdefghijkl', 'mnopqrstuvwx', '2001:db8:aaaa:bbbb::1'];
    expect(drawTable(['name', 'peer', 'addresses'], [row], { width: 40 })).toBe(
      [
        '┌───────────┬───────────────────────┐',
        '│ name      │ abcdefghijkl          │',
        '│ peer      │ mnopqrstuvwx          │',
        '│ addresses │ 2001:db8:aaaa:bbbb::1 │',
        '└───────────┴───────────────────────┘',
      ].join('\n'),
    );
  });

  it('columns go on below their own beginning', () => {
    expect(
      drawColumns(
        [
          ['✓ route', 'ok', 'to 10.0.2.0 by veth0 of ns1'],
          ['a', '', 'b'],
        ],
        { width: 30 },
      ),
    ).toBe(['✓ route  ok  to 10.0.2.0 by', '             veth0 of ns1', 'a            b'].join('\n'));
  });

  it('columns go on lines of their own where the words do not fit side by side', () => {
    const rows = [
      ['eth0', 'veth', 'on /run/netns/a-long-name:eth17', '2001:db8:aaaa:bbbb::1/64 10.0.0.1/24'],
    ];
    expect(drawColumns(rows, { indent: 2, width: 46 }).split('\n')).toEqual([
      '  eth0  veth  on /run/netns/a-long-name:eth17',
      '      2001:db8:aaaa:bbbb::1/64 10.0.0.1/24',
    ]);
  });

  it('columns that are empty everywhere are left out', () => {
    expect(drawColumns([['a', '', 'b']], { indent: 2 })).toBe('  a  b');
  });
});

it('has rows for every connection of a flood', () => {
  const rows = Array.from({ length: 150_000 }, (_, i) => [String(i), 'SYN']);
  expect(drawTable(['A', 'bb'], rows, { rules: 'none' }).split('\n')).toHaveLength(150_003);
  const section = { title: 'TCP', head: ['A', 'bb'], keys: ['a', 'bb'], rows, notes: [], courses: [] };
  expect([...sectionLines(section, 10, false)]).toContain('  … and 149990 more');
  expect([...sectionLines(section, rows.length, false)]).toContain('  149999  SYN');
});
