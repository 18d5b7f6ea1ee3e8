// The table of a capture's connections, and what filters it.
import { FilterError } from '../../fields/filter/error.ts';
import { connectionFilter, type Takes } from '../connection-filter.ts';
import type { CaptureData, ConnectionData } from '../document.ts';
import { h, svg } from './dom.ts';
import * as format from './format.ts';
import { table } from './table.ts';

export function connections(capture: CaptureData, open: (row: ConnectionData) => void): HTMLElement {
  const { connections: rows, omitted } = capture;
  if (rows.length === 0) return h('p', {}, 'There is no TCP connection in it.');
  const { element, show } = table(
    omitted === 0
      ? 'Connections, the worst first'
      : `Connections, the worst first; ${format.whole(omitted)} more are not listed`,
    [
      { title: 'stream', key: (row) => row.stream, numeric: true },
      { title: 'client', key: (row) => row.client },
      { title: 'server', key: (row) => row.server },
      { title: 'start', key: (row) => row.start, cell: (row) => format.time(row.start), numeric: true },
      {
        title: 'duration',
        key: (row) => row.duration,
        cell: (row) => format.time(row.duration),
        numeric: true,
      },
      {
        title: 'packets',
        key: (row) => row.packets,
        cell: (row) => format.whole(row.packets),
        numeric: true,
      },
      {
        title: 'bytes',
        key: (row) => row.clientBytes + row.serverBytes,
        cell: (row) => format.bytes(row.clientBytes + row.serverBytes),
        numeric: true,
      },
      { title: 'over time', key: (row) => Math.max(...row.spark), cell: (row) => spark(row.spark) },
      {
        title: 'resent',
        key: (row) => row.retransmissions,
        cell: (row) => format.whole(row.retransmissions),
        numeric: true,
      },
      {
        title: 'RTT',
        key: (row) => Math.max(row.clientRtt ?? -1, row.serverRtt ?? -1),
        cell: (row) => format.time(larger(row)),
        numeric: true,
      },
      {
        title: 'state',
        key: (row) => `${row.opening} ${row.closing}`,
        cell: (row) => `${row.opening}, ${row.closing}`,
      },
      { title: 'problems', key: (row) => row.problems, numeric: true },
    ],
    rows,
    open,
  );
  return h(
    'div',
    { class: 'connections' },
    h('h3', {}, 'Connections'),
    ...connectionFilters(rows, show),
    h('div', { class: 'scroll', tabindex: 0 }, element),
  );
}

/** Two filters, of which a row must pass both: words that are all in it, and a display filter. */
function connectionFilters(rows: ConnectionData[], show: (rows: ConnectionData[]) => void): HTMLElement[] {
  const message = h('pre', { class: 'filter-error', role: 'alert' });
  const text = h('input', { type: 'search', placeholder: 'address, port, state', input: update });
  const display = h('input', {
    type: 'search',
    class: 'display',
    placeholder: 'tcp.analysis.retransmission > 5 && ip.addr == 10.0.0.0/8',
    spellcheck: 'false',
    autocapitalize: 'off',
    input: update,
  });
  function update(): void {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const takes = compiled(display.value, message);
    display.setAttribute('aria-invalid', String(takes === undefined));
    if (takes === undefined) return;
    show(
      rows.filter((row) => {
        const { stream, client, server, opening, closing } = row;
        const cells = `${stream} ${client} ${server} ${opening} ${closing}`.toLowerCase();
        return words.every((word) => cells.includes(word)) && takes(row);
      }),
    );
  }
  return [
    h('label', { class: 'filter' }, 'Filter by text: ', text),
    h('label', { class: 'filter' }, 'Display filter: ', display),
    message,
  ];
}

/** The filter; undefined where it is wrong, which is said in `message` with a caret under the place. */
function compiled(text: string, message: HTMLElement): Takes | undefined {
  message.textContent = '';
  if (text.trim() === '') return () => true;
  try {
    return connectionFilter(text);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { excerpt } = error.explained(text);
    message.textContent = [error.message, ...excerpt, ...(error.hint === undefined ? [] : [error.hint])].join(
      '\n',
    );
    return undefined;
  }
}

function larger({ clientRtt, serverRtt }: ConnectionData): number | null {
  return clientRtt === null ? serverRtt : serverRtt === null ? clientRtt : Math.max(clientRtt, serverRtt);
}

function spark(values: number[]): Node {
  const most = Math.max(1, ...values);
  const points = values.map((value, i) => `${i * 4},${(18 - (16 * value) / most).toFixed(1)}`).join(' ');
  return svg(
    'svg',
    {
      viewBox: `0 0 ${4 * (values.length - 1)} 20`,
      class: 'spark',
      role: 'img',
      'aria-label': `at most ${format.bytes(most)} in one of ${values.length} parts`,
    },
    svg('polyline', { points }),
  );
}
