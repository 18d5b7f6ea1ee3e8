// The offsets of what is kept of a connection: generated from declarations, none on another.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bitsText, float64, int32, layout } from '../../scripts/cells/layout.ts';
import { generatedCells } from '../../scripts/cells.ts';

test('the generated files are those of the declarations (npm run cells)', () => {
  for (const [path, text] of generatedCells()) {
    expect(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')).toBe(text);
  }
});

test('cells lie one behind the other, float64 aligned, and a row ends where the next may begin', () => {
  const cells = [int32('A', '', 3), float64('B'), int32('C')];
  const { places, size } = layout([{ heading: '', cells }]);
  expect(Object.fromEntries(places)).toEqual({ A: 0, B: 2, C: 6 });
  expect(size).toBe(8);
});

test('bits that lie on others are an error', () => {
  const bit = (name: string, shift: number) => ({ name, width: 2, shift, meaning: '' });
  expect(bitsText([{ heading: 'Bits.', bits: [bit('A', 0), bit('B', 4)] }])).toBe(
    '// Bits.\nexport const A = 3;\nexport const B_SHIFT = 4;\nexport const B = 48;\n',
  );
  expect(() => bitsText([{ heading: '', bits: [bit('A', 0), bit('B', 1)] }])).toThrow('B lies on other bits');
});

test('two cells of one name are an error', () => {
  const cells = [int32('A'), int32('A')];
  expect(() => layout([{ heading: '', cells }])).toThrow('two cells are called A');
});
