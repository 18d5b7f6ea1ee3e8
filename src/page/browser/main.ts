// The page: built from the data in it.
import type { CaptureData, ConnectionData, PageData } from '../document.ts';
import { toggleTheme, watchColors } from './colors.ts';
import { ConnectionView } from './connection.ts';
import { connections } from './connections.ts';
import { h } from './dom.ts';
import * as format from './format.ts';
import { otherSections } from './sections.ts';
import { topologySection } from './topology.ts';
import { traceSection } from './trace.ts';

const data = JSON.parse(document.getElementById('data')!.textContent!) as PageData;

/** When the first capture begins, in seconds since 1970: graphs of all captures have one axis, which begins there. */
const begin = Math.min(...data.captures.flatMap((capture) => capture.begin ?? []));

function page(): void {
  watchColors();
  const path = data.trace === undefined ? [] : [traceSection(data.trace, begin)];
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
  let opener: Element | null = null;
  place.addEventListener('keydown', ({ key }) => {
    // Back to where it was opened.
    if (key === 'Escape' && opener instanceof HTMLElement) opener.focus();
  });
  const open = (row: ConnectionData) => {
    opener = document.activeElement;
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
  // The first point's graphs have the others' beside them.
  if (worst !== undefined && (data.trace === undefined || capture === data.captures[0])) {
    // What is above the graphs is painted first.
    requestAnimationFrame(() =>
      setTimeout(() => {
        if (shown !== undefined) return;
        shown = new ConnectionView(data, capture, worst, begin);
        shown.show(place);
      }),
    );
  }
  return section;
}

function summary(capture: CaptureData): HTMLElement {
  const { begin, packets, span, interfaces, damage, filter, totals } = capture;
  const facts: [string, string][] = [
    ['Packets', `${format.whole(packets)} in ${format.longTime(span)}`],
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
  const { findings: all, unlisted } = capture;
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
  const left = [
    unlisted.findings > 0 ? `${unlisted.findings} more are not listed.` : '',
    unlisted.connections > 0
      ? `They are of the worst connections: ${unlisted.connections} more are suspicious and were not looked into.`
      : '',
  ].filter((one) => one !== '');
  const [problems, notes] = [list('problem'), list('note')];
  return h(
    'div',
    { class: 'all-findings' },
    h('h3', {}, 'Problems'),
    problems.length === 0 ? h('p', {}, 'No problems found.') : h('ul', { class: 'findings' }, ...problems),
    notes.length > 0 &&
      h('details', {}, h('summary', {}, `Notes (${notes.length})`), h('ul', { class: 'findings' }, ...notes)),
    left.length > 0 && h('p', { class: 'note' }, left.join(' ')),
  );
}

page();
