// The page: built from the data in it.
import type { CaptureData, ConnectionData, PageData } from '../document.ts';
import { toggleTheme, watchColors } from './colors.ts';
import { ConnectionView } from './connection.ts';
import { h, svg } from './dom.ts';
import * as format from './format.ts';
import { otherSections } from './sections.ts';
import { table } from './table.ts';
import { topologySection } from './topology.ts';
import { traceSection } from './trace.ts';

const data = JSON.parse(document.getElementById('data')!.textContent!) as PageData;

/** When the first capture begins, in seconds since 1970: graphs of all captures have one axis, which begins there. */
const begin = Math.min(...data.captures.flatMap((capture) => capture.begin ?? []));

function page(): void {
  watchColors();
  const path = data.trace === undefined ? [] : [traceSection(data.trace)];
  const wiring = data.topology === undefined ? [] : [topologySection(data.topology)];
  const main = h('main', {}, ...path, ...data.captures.map(captureSection), ...wiring);
  document.body.prepend(
    h(
      'header',
      {},
      h('h1', {}, data.title),
      h('p', {}, `made by ${data.program}`),
      h('button', { type: 'button', class: 'theme', click: toggleTheme }, 'light / dark'),
    ),
    main,
  );
}

function captureSection(capture: CaptureData): HTMLElement {
  const place = h('div', { class: 'connection' });
  let shown: ConnectionView | undefined;
  const open = (row: ConnectionData) => {
    shown?.close();
    shown = new ConnectionView(data, capture, row, begin);
    shown.show(place);
    place.querySelector('h3')?.focus();
  };
  const section = h(
    'section',
    {},
    h('h2', {}, capture.name),
    summary(capture),
    findings(capture, open),
    connections(capture, open),
    place,
    ...otherSections(capture),
  );
  const worst = capture.connections[0];
  if (worst !== undefined) {
    shown = new ConnectionView(data, capture, worst, begin);
    shown.show(place);
  }
  return section;
}

function summary(capture: CaptureData): HTMLElement {
  const { begin, packets, span, interfaces, damage, filter, totals } = capture;
  const facts: [string, string][] = [
    ['Packets', `${format.whole(packets)} in ${format.time(span)}`],
    ...(begin === null ? [] : [['Begin', format.moment(begin)] as [string, string]]),
    ...(interfaces.length === 0 ? [] : [['Interfaces', interfaces.join(', ')] as [string, string]]),
    ...(filter === '' ? [] : [['Filter', filter] as [string, string]]),
    ...(damage === null ? [] : [['Damage', damage] as [string, string]]),
    ['TCP', totals],
  ];
  return h(
    'dl',
    { class: 'facts' },
    ...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );
}

function findings(capture: CaptureData, open: (row: ConnectionData) => void): HTMLElement {
  const { findings: all } = capture;
  const rows = new Map(capture.connections.map((row) => [row.stream, row]));
  const list = (severity: 'problem' | 'note') =>
    all
      .filter((finding) => finding.severity === severity)
      .map(({ stream, text, frames }) => {
        const row = rows.get(stream);
        const title = `stream ${stream}`;
        return h(
          'li',
          { class: severity },
          row === undefined
            ? title
            : h('button', { type: 'button', class: 'link', click: () => open(row) }, title),
          `: ${text}`,
          frames.length > 0 && h('span', { class: 'frames' }, ` (frames ${frames.join(', ')})`),
        );
      });
  const [problems, notes] = [list('problem'), list('note')];
  return h(
    'div',
    { class: 'all-findings' },
    h('h3', {}, 'Problems'),
    problems.length === 0 ? h('p', {}, 'No problems found.') : h('ul', { class: 'findings' }, ...problems),
    notes.length > 0 &&
      h('details', {}, h('summary', {}, `Notes (${notes.length})`), h('ul', { class: 'findings' }, ...notes)),
  );
}

function connections(capture: CaptureData, open: (row: ConnectionData) => void): HTMLElement {
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
  const filter = h('input', {
    type: 'search',
    placeholder: 'address, port, state',
    input: () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      show(
        rows.filter((row) => {
          const text =
            `${row.stream} ${row.client} ${row.server} ${row.opening} ${row.closing}`.toLowerCase();
          return words.every((word) => text.includes(word));
        }),
      );
    },
  });
  return h(
    'div',
    { class: 'connections' },
    h('h3', {}, 'Connections'),
    h('label', { class: 'filter' }, 'Filter: ', filter),
    h('div', { class: 'scroll', tabindex: 0 }, element),
  );
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

page();
