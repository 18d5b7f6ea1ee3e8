// Tables: sorted by a click on a column's head, filtered by text.
import { fill, h } from './dom.ts';

export interface Column<Row> {
  title: string;
  /** What it is sorted by; numbers put the highest first. */
  key: (row: Row) => string | number;
  cell?: (row: Row) => Node | string;
  numeric?: boolean;
}

/** Rows that are made at once; the others follow when the last of them is nearly in view, or for paper. */
const AT_ONCE = 60;
const NEAR = '400px';
/** Characters beyond which a cell is broken anywhere. */
const LONG = 32;

/** A table, and a function that shows other rows in it. */
export function table<Row>(
  caption: string,
  columns: Column<Row>[],
  rows: readonly Row[],
  open?: (row: Row) => void,
): { element: HTMLTableElement; show: (rows: readonly Row[]) => void } {
  const body = h('tbody');
  let shown = rows;
  let sorted = -1;
  let ascending = false;
  let rest: Row[] = [];
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) more(AT_ONCE);
    },
    // A table scrolls in a box of its own.
    { rootMargin: NEAR, scrollMargin: NEAR } as IntersectionObserverInit,
  );
  addEventListener('beforeprint', () => more(rest.length));
  const heads = columns.map(({ title, numeric }, index) =>
    h(
      'th',
      { scope: 'col', class: numeric ? 'number' : undefined },
      h('button', { type: 'button', class: 'sort', click: () => sort(index) }, title),
    ),
  );
  const element = h('table', {}, h('caption', {}, caption), h('thead', {}, h('tr', {}, ...heads)), body);

  function sort(index: number): void {
    ascending = sorted === index ? !ascending : columns[index].numeric !== true;
    sorted = index;
    for (const [i, head] of heads.entries()) {
      if (i === index) head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
      else head.removeAttribute('aria-sort');
    }
    draw();
  }

  function draw(): void {
    const { key } = columns[sorted] ?? {};
    const sign = ascending ? 1 : -1;
    const order = key === undefined ? shown : [...shown].sort((a, b) => sign * compare(key(a), key(b)));
    fill(body, ...order.slice(0, AT_ONCE).map(rowOf));
    rest = order.slice(AT_ONCE);
    watch();
  }

  /** Adds rows, and waits until these are nearly in view. */
  function more(count: number): void {
    body.append(...rest.splice(0, count).map(rowOf));
    watch();
  }

  function watch(): void {
    observer.disconnect();
    if (rest.length > 0) observer.observe(body.lastElementChild!);
  }

  function rowOf(row: Row): HTMLTableRowElement {
    const line = h('tr');
    for (const [index, { title, key, cell, numeric }] of columns.entries()) {
      const content = cell === undefined ? String(key(row)) : cell(row);
      const inner =
        index === 0 && open !== undefined
          ? h('button', { type: 'button', class: 'link', click: () => open(row) }, content)
          : content;
      const isLong = typeof content === 'string' && content.length > LONG;
      line.append(
        h('td', { class: numeric ? 'number' : isLong ? 'long' : undefined, 'data-title': title }, inner),
      );
    }
    if (open !== undefined) {
      line.addEventListener('click', (event) => {
        if (!(event.target instanceof HTMLButtonElement)) open(row);
      });
      line.classList.add('opens');
    }
    return line;
  }

  draw();
  return {
    element,
    show(next) {
      shown = next;
      draw();
    },
  };
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}
