// The namespaces at the time of the capture: a picture, and the same as a table.
import type { TopologyData } from '../document.ts';
import { details, h, svg } from './dom.ts';
import * as format from './format.ts';
import { table } from './table.ts';

type Layout = TopologyData['layout'];
interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Pixels of a character cell, which positions count. */
const WIDTH = 8;
const HEIGHT = 18;
const MARGIN = 6;
/** Smaller than this part of its size it can't be read: then it scrolls. */
const SMALLEST = 0.55;

export function topologySection({ layout, time, unseen }: TopologyData): HTMLElement {
  return h(
    'section',
    {},
    h('h2', {}, 'Network namespaces'),
    h('p', {}, `As they were at ${format.moment(time)}. ✗ and dashed lines mark what is broken.`),
    ...unseen.map((sentence) => h('p', { class: 'note' }, sentence)),
    h('div', { class: 'scroll', tabindex: 0 }, picture(layout)),
    details('Namespaces as a table', () => interfaceTable(layout)),
  );
}

function picture(layout: Layout): Node {
  const width = layout.width * WIDTH + 2 * MARGIN;
  const height = layout.height * HEIGHT + 2 * MARGIN;
  const parts: Node[] = [];
  for (const placed of layout.boxes) {
    const { title, notes, broken } = placed.box;
    parts.push(
      rectangle(placed, broken ? 'box broken' : 'box'),
      text(placed.x + 2, placed.y, title, 'title'),
    );
    for (const [row, note] of notes.entries()) {
      const y = placed.y + placed.height - 1 - notes.length + row;
      parts.push(text(placed.x + 2, y, note, note.startsWith('✗') ? 'fault' : 'quiet'));
    }
  }
  for (const { cable, points } of layout.cables) {
    // Lines run through the middle of their row of cells.
    const corners = points.map(({ x, y }) => `${MARGIN + x * WIDTH},${MARGIN + y * HEIGHT + HEIGHT / 2}`);
    const name = `cable ${cable.kind}${cable.broken ? ' broken' : ''}`;
    parts.push(svg('polyline', { class: name, points: corners.join(' ') }));
    const middle = points[Math.floor((points.length - 1) / 2)];
    if (cable.label !== undefined) parts.push(text(middle.x + 1, middle.y - 1, cable.label, 'quiet'));
  }
  for (const placed of layout.boxes.flatMap(({ interfaces }) => interfaces)) {
    const { lines, broken } = placed.interface;
    parts.push(rectangle(placed, broken ? 'interface broken' : 'interface'));
    for (const [row, line] of lines.entries()) {
      parts.push(text(placed.x + 2, placed.y + 1 + row, line, line.includes('✗') ? 'fault' : ''));
    }
  }
  const element = svg(
    'svg',
    {
      class: 'topology',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': 'Network namespaces and what connects them, which the table below has as well',
    },
    ...parts,
  );
  element.style.minWidth = `${width * SMALLEST}px`;
  return element;
}

function rectangle({ x, y, width, height }: Rectangle, name: string): Node {
  return svg('rect', {
    class: name,
    x: MARGIN + x * WIDTH,
    y: MARGIN + y * HEIGHT,
    width: width * WIDTH,
    height: height * HEIGHT,
    rx: 4,
  });
}

function text(x: number, y: number, content: string, name: string): Node {
  const element = svg('text', { class: name, x: MARGIN + x * WIDTH, y: MARGIN + y * HEIGHT + 13 });
  element.textContent = content;
  return element;
}

function interfaceTable({ boxes, cables }: Layout): HTMLElement {
  const rows = boxes.flatMap(({ box }) => box.interfaces.map((one) => ({ box, one })));
  const names = new Map(rows.map(({ box, one }) => [one.id, `${box.title} ${one.name}`]));
  const { element } = table(
    'Interfaces, and what they are connected to',
    [
      { title: 'namespace', key: ({ box }) => box.title },
      { title: 'interface', key: ({ one }) => one.name },
      { title: 'kind', key: ({ one }) => one.kind },
      { title: 'state and addresses', key: ({ one }) => one.lines.slice(1).join(', ') },
      {
        title: 'connected to',
        key: ({ one: { id } }) =>
          cables
            .flatMap(({ cable: { from, to } }) => (from === id ? [to] : to === id ? [from] : []))
            .map((other) => names.get(other) ?? other)
            .join(', '),
      },
      { title: 'broken', key: ({ one }) => (one.broken ? 'yes' : '') },
    ],
    rows,
  );
  return h('div', { class: 'scroll', tabindex: 0 }, element);
}
