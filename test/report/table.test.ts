// Tables as people see them.
import { expect, it } from 'vitest';
import { drawTable, textWidth } from '../../src/report/table.ts';

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

it('breaks long cells at words, and a word only where it does not fit alone', () => {
  expect(drawTable(['step'], [['alpha beta gammadelta']], { widths: [7] })).toBe(
    [
      '┌─────────┐',
      '│ step    │',
      '├─────────┤',
      '│ alpha   │',
      '│ beta    │',
      '│ gammade │',
      '│ lta     │',
      '└─────────┘',
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
