// Cells of a row of int32, some of them seen as float64: declared by name, type and width, and placed one behind the other.

export interface Cell {
  name: string;
  type: 'int32' | 'float64';
  /** How many of them there are in a row. */
  width: number;
  meaning: string;
}

/** Cells that belong together, under a heading. */
export interface Group {
  heading: string;
  cells: readonly Cell[];
}

/** A bit of a cell, or several that hold a number. */
export interface Bits {
  name: string;
  width: number;
  meaning: string;
  /** The lowest bit, where that is not the next one. */
  shift?: number;
}

/** What a cell's bits mean. */
export interface BitGroup {
  heading: string;
  bits: readonly Bits[];
}

/** Where each cell lies, in units of its type from the beginning, and the size of all in int32 cells. */
export interface Layout {
  places: Map<string, number>;
  size: number;
}

export function int32(name: string, meaning = '', width = 1): Cell {
  return { name, type: 'int32', width, meaning };
}

export function float64(name: string, meaning = ''): Cell {
  return { name, type: 'float64', width: 1, meaning };
}

/** Throws where two cells have one name, or a cell lies on another. */
export function layout(groups: readonly Group[]): Layout {
  const places = new Map<string, number>();
  const owners: (string | undefined)[] = [];
  let next = 0;
  for (const { name, type, width } of groups.flatMap(({ cells }) => cells)) {
    if (places.has(name)) throw new Error(`two cells are called ${name}`);
    const size = type === 'float64' ? 2 : 1;
    next = Math.ceil(next / size) * size;
    places.set(name, next / size);
    for (let cell = next; cell < next + size * width; cell++) {
      if (owners[cell] !== undefined) throw new Error(`${name} lies on ${owners[cell]}`);
      owners[cell] = name;
    }
    next += size * width;
  }
  // Rows follow each other, and a float64 of the next one has to be aligned as well.
  const hasFloat = groups.some(({ cells }) => cells.some(({ type }) => type === 'float64'));
  return { places, size: hasFloat ? Math.ceil(next / 2) * 2 : next };
}

/** The constants of a layout as source text. */
export function cellsText(groups: readonly Group[], { places }: Layout): string {
  return groups
    .map(({ heading, cells }) => {
      const lines = cells.map(({ name, meaning }) => {
        const comment = meaning === '' ? '' : `/** ${meaning} */\n`;
        return `${comment}export const ${name} = ${places.get(name)};\n`;
      });
      return `// ${heading}\n${lines.join('')}`;
    })
    .join('\n');
}

/** Masks of bits, and the shift of those that hold a number above other bits. Throws where they do not fit into a cell. */
export function bitsText(groups: readonly BitGroup[]): string {
  return groups
    .map(({ heading, bits }) => {
      let next = 0;
      const lines = bits.map(({ name, width, meaning, shift = next }) => {
        if (shift < next || shift + width > 31) throw new Error(`${name} lies on other bits`);
        next = shift + width;
        const comment = meaning === '' ? '' : `/** ${meaning} */\n`;
        const place = width > 1 && shift > 0 ? `export const ${name}_SHIFT = ${shift};\n` : '';
        return `${comment}${place}export const ${name} = ${(2 ** width - 1) * 2 ** shift};\n`;
      });
      return `// ${heading}\n${lines.join('')}`;
    })
    .join('\n');
}
