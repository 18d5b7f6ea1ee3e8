// Writes the offsets of what src/flow keeps of a connection: `npm run cells`. They are constants in a file of their own, not
// computed when the program starts: esbuild then writes them into the code as numbers, and V8 sees no look-up.
import { writeFileSync } from 'node:fs';
import { BITS, CONNECTION, DIRECTION, TALLY } from './cells/declarations.ts';
import { bitsText, cellsText, type Group, layout } from './cells/layout.ts';

const HEADER =
  '// Written by scripts/cells.ts (npm run cells) from scripts/cells/declarations.ts; do not edit.\n';

const ABOUT = `// What is kept of a connection: one row of int32 cells, some of them seen as float64. Rows lie in pages, so that growing copies
// nothing, and all state of a connection is in a few neighbouring cache lines.
// Frames are numbered from 1, so that 0 stands for none. Times as float64 are nanoseconds since the first packet.
`;
const VALUES = `// Special values of SCALE.
export const UNKNOWN_SCALE = -1;
export const NO_SCALE = -2;

/** Blocks that SACK_RANGES has room for. */
export const SACK_LIMIT = 3;
`;

/** The generated files, by their path in the repository. */
export function generatedCells(): Map<string, string> {
  const row = layout(CONNECTION);
  const direction = layout(DIRECTION);
  const sizes = [
    `/** The cells of the key, which come first. */\nexport const KEY_CELLS = ${keyCells(CONNECTION)};\n`,
    `/** Cells of the lower endpoint's direction; those of the other one follow. */\nexport const DIRECTIONS = ${row.size};\n`,
    `export const DIRECTION_CELLS = ${direction.size};\nexport const ROW_CELLS = ${row.size + 2 * direction.size};\n`,
  ];
  return new Map([
    [
      'src/flow/connection.ts',
      [
        HEADER,
        ABOUT,
        cellsText(CONNECTION, row),
        sizes.join(''),
        cellsText(DIRECTION, direction),
        bitsText(BITS),
        VALUES,
      ].join('\n'),
    ],
    [
      'src/flow/tally-cells.ts',
      [
        HEADER,
        cellsText(TALLY, layout(TALLY)),
        `/** How many there are. */\nexport const COUNTERS = ${layout(TALLY).size};\n`,
      ].join('\n'),
    ],
  ]);
}

function keyCells(groups: readonly Group[]): number {
  return layout(groups.slice(0, 1)).size;
}

if (process.argv[2] === 'write') {
  for (const [path, text] of generatedCells()) writeFileSync(path, text);
}
