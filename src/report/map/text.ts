// The map as text: Unicode boxes and lines for a terminal.
import type { Layout, PlacedCable, Rectangle } from './placement.ts';

const UP = 1;
const DOWN = 2;
const LEFT = 4;
const RIGHT = 8;
/** The line that goes in each combination of directions. */
const LINES: Record<number, string> = {
  [UP]: '│',
  [DOWN]: '│',
  [UP | DOWN]: '│',
  [LEFT]: '─',
  [RIGHT]: '─',
  [LEFT | RIGHT]: '─',
  [DOWN | RIGHT]: '┌',
  [DOWN | LEFT]: '┐',
  [UP | RIGHT]: '└',
  [UP | LEFT]: '┘',
  [UP | DOWN | RIGHT]: '├',
  [UP | DOWN | LEFT]: '┤',
  [LEFT | RIGHT | DOWN]: '┬',
  [LEFT | RIGHT | UP]: '┴',
  [UP | DOWN | LEFT | RIGHT]: '┼',
};

class Canvas {
  readonly width: number;
  private readonly rows: string[][];
  private readonly directions: Uint8Array;
  private readonly broken: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.rows = Array.from({ length: height }, () => new Array<string>(width).fill(' '));
    this.directions = new Uint8Array(width * height);
    this.broken = new Uint8Array(width * height);
  }

  private inside(x: number, y: number): boolean {
    return x >= 0 && y >= 0 && x < this.width && y < this.rows.length;
  }

  /** Adds directions to a cell: lines that meet join. */
  add(x: number, y: number, direction: number, broken = false): void {
    if (!this.inside(x, y)) return;
    this.directions[y * this.width + x] |= direction;
    if (broken) this.broken[y * this.width + x] = 1;
  }

  line(from: { x: number; y: number }, to: { x: number; y: number }, broken: boolean): void {
    const dx = Math.sign(to.x - from.x);
    const dy = Math.sign(to.y - from.y);
    const [back, forth] =
      dx !== 0 ? (dx > 0 ? [LEFT, RIGHT] : [RIGHT, LEFT]) : dy > 0 ? [UP, DOWN] : [DOWN, UP];
    for (let { x, y } = from; x !== to.x || y !== to.y; x += dx, y += dx === 0 ? dy : 0) {
      this.add(x, y, forth, broken);
      this.add(x + dx, y + (dx === 0 ? dy : 0), back, broken);
    }
  }

  frame({ x, y, width, height }: Rectangle): void {
    const right = x + width - 1;
    const bottom = y + height - 1;
    this.line({ x, y }, { x: right, y }, false);
    this.line({ x, y: bottom }, { x: right, y: bottom }, false);
    this.line({ x, y }, { x, y: bottom }, false);
    this.line({ x: right, y }, { x: right, y: bottom }, false);
  }

  text(x: number, y: number, text: string): void {
    for (const [at, character] of [...text].entries()) {
      if (!this.inside(x + at, y)) continue;
      this.rows[y][x + at] = character;
      this.directions[y * this.width + x + at] = 0;
    }
  }

  toString(): string {
    return this.rows
      .map((row, y) =>
        row
          .map((character, x) => {
            const at = y * this.width + x;
            const directions = this.directions[at];
            if (directions === 0 || character !== ' ') return character;
            if (this.broken[at] === 1 && directions === (LEFT | RIGHT)) return '╌';
            if (this.broken[at] === 1 && directions === (UP | DOWN)) return '┆';
            return LINES[directions] ?? '┼';
          })
          .join('')
          .trimEnd(),
      )
      .join('\n')
      .replace(/\n+$/, '')
      .concat('\n');
  }
}

/** The map drawn with boxes and lines; what is broken is dashed and marked with ✗. */
export function mapText(layout: Layout): string {
  const canvas = new Canvas(layout.width + 2, layout.height + 2);
  for (const box of layout.boxes) canvas.frame(box);
  for (const cable of layout.cables) drawCable(canvas, cable);
  for (const box of layout.boxes) {
    canvas.text(box.x + 2, box.y, ` ${box.box.broken ? '✗ ' : ''}${box.box.title} `);
    for (const one of box.interfaces) {
      canvas.frame(one);
      for (const [row, line] of one.interface.lines.entries()) canvas.text(one.x + 2, one.y + 1 + row, line);
    }
    for (const [row, note] of box.box.notes.entries()) {
      canvas.text(box.x + 2, box.y + box.height - 1 - box.box.notes.length + row, note);
    }
  }
  for (const { cable, points } of layout.cables) label(canvas, cable.label, points);
  return canvas.toString();
}

function drawCable(canvas: Canvas, { cable, points }: PlacedCable): void {
  for (const [at, point] of points.entries()) {
    const next = points[at + 1];
    if (next === undefined) continue;
    canvas.line(point, next, cable.broken);
  }
}

/** The label on the longest horizontal part. */
function label(canvas: Canvas, text: string | undefined, points: { x: number; y: number }[]): void {
  if (text === undefined) return;
  let best: { x: number; y: number; length: number } | undefined;
  for (const [at, point] of points.entries()) {
    const next = points[at + 1];
    if (next === undefined || next.y !== point.y) continue;
    const length = Math.abs(next.x - point.x);
    if (length > (best?.length ?? 0)) best = { x: Math.min(point.x, next.x), y: point.y, length };
  }
  if (best === undefined) return;
  canvas.text(Math.round(best.x + (best.length - [...text].length) / 2), best.y, text);
}
