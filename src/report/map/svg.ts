// The map as an SVG file of its own, for a page or a document.
import type { Layout, PlacedCable, Rectangle } from './placement.ts';

/** Size of a character cell in pixels. */
const WIDTH = 8;
const HEIGHT = 18;
const MARGIN = 12;

const STYLE = `
text { font: 13px ui-monospace, monospace; fill: #1f2430; white-space: pre; }
.title { font-weight: bold; }
.note { fill: #5b6270; }
.box { fill: #f5f7fa; stroke: #8a93a3; }
.interface { fill: #ffffff; stroke: #4a6fa5; }
.cable { fill: none; stroke: #4a6fa5; stroke-width: 1.5; }
.vxlan { stroke-dasharray: 2 3; }
.broken { stroke: #c0392b; }
.cable.broken { stroke-dasharray: 6 4; }
.fault { fill: #c0392b; }
`;

export function mapSvg(layout: Layout): string {
  const width = layout.width * WIDTH + 2 * MARGIN;
  const height = layout.height * HEIGHT + 2 * MARGIN;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>Network namespaces</title>',
    `<style>${STYLE}</style>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
  ];
  for (const placed of layout.boxes) {
    const { box } = placed;
    parts.push(rectangle(placed, box.broken ? 'box broken' : 'box'));
    parts.push(text(placed.x + 2, placed.y, box.title, 'title'));
    for (const [row, note] of box.notes.entries()) {
      const y = placed.y + placed.height - 1 - box.notes.length + row;
      parts.push(text(placed.x + 2, y, note, note.startsWith('✗') ? 'fault' : 'note'));
    }
  }
  for (const cable of layout.cables) parts.push(line(cable));
  for (const { interfaces } of layout.boxes) {
    for (const placed of interfaces) {
      parts.push(rectangle(placed, placed.interface.broken ? 'interface broken' : 'interface'));
      for (const [row, content] of placed.interface.lines.entries()) {
        parts.push(text(placed.x + 2, placed.y + 1 + row, content, content.includes('✗') ? 'fault' : ''));
      }
    }
  }
  return `${parts.join('\n')}\n</svg>\n`;
}

function rectangle({ x, y, width, height }: Rectangle, className: string): string {
  return `<rect class="${className}" x="${MARGIN + x * WIDTH}" y="${MARGIN + y * HEIGHT}" width="${width * WIDTH}" height="${height * HEIGHT}" rx="4"/>`;
}

function text(x: number, y: number, content: string, className: string): string {
  const attribute = className === '' ? '' : ` class="${className}"`;
  return `<text${attribute} x="${MARGIN + x * WIDTH}" y="${MARGIN + y * HEIGHT + 13}">${escaped(content)}</text>`;
}

function line({ cable, points }: PlacedCable): string {
  // Lines run through the middle of their row of cells.
  const at = points.map(({ x, y }) => `${MARGIN + x * WIDTH},${MARGIN + y * HEIGHT + HEIGHT / 2}`);
  const name = `cable ${cable.kind}${cable.broken ? ' broken' : ''}`;
  const drawn = `<polyline class="${name}" points="${at.join(' ')}"/>`;
  if (cable.label === undefined) return drawn;
  const middle = points[Math.floor((points.length - 1) / 2)];
  return `${drawn}\n${text(middle.x + 1, middle.y - 1, cable.label, cable.broken ? 'fault' : 'note')}`;
}

function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
