// What else a capture holds: drops, protocols, packets over time, DNS, echo.
import type { CaptureData } from '../document.ts';
import { details, h } from './dom.ts';
import { dropsSection } from './drops.ts';
import * as format from './format.ts';
import { Group, graph } from './graph.ts';
import type { Layer } from './layers.ts';
import { table } from './table.ts';
import { valueTable } from './values.ts';

/** Depths that have an indentation of their own. */
const DEEPEST = 8;

/** The sections below the connections; those of which there is nothing are left out. */
export function otherSections(capture: CaptureData): HTMLElement[] {
  return [...dropsSection(capture), protocols(capture), overTime(capture), ...dns(capture), ...echo(capture)];
}

/** Which protocols lie upon which. */
function protocols({ protocols: rows, packets }: CaptureData): HTMLElement {
  const { element } = table(
    'Protocols, each upon the one that it is indented below',
    [
      {
        title: 'protocol',
        key: ({ protocol }) => protocol,
        cell: ({ protocol, depth }) => h('span', { class: `depth-${Math.min(depth, DEEPEST)}` }, protocol),
      },
      {
        title: 'packets',
        key: ({ frames }) => frames,
        cell: ({ frames }) => format.whole(frames),
        numeric: true,
      },
      {
        title: 'share',
        key: ({ frames }) => frames,
        cell: ({ frames }) => `${((100 * frames) / Math.max(1, packets)).toFixed(1)} %`,
        numeric: true,
      },
      { title: 'bytes', key: ({ bytes }) => bytes, cell: ({ bytes }) => format.bytes(bytes), numeric: true },
    ],
    rows,
  );
  return h(
    'section',
    {},
    h('h3', {}, 'Protocol hierarchy'),
    h('div', { class: 'scroll', tabindex: 0 }, element),
  );
}

function overTime({ io, span }: CaptureData): HTMLElement {
  const width = Math.max(span, 1e-6);
  const bin = width / io.bytes.length;
  const layer = (name: string, values: number[], factor: number): Layer => ({
    name,
    color: 'soft',
    shape: 'columns',
    times: Float64Array.from(values, (_, i) => i * bin),
    values: Float64Array.from(values, (value) => (value * factor) / bin),
  });
  const group = new Group([0, width]);
  const axis: [number, number] = [0, width];
  const graphs = [
    {
      title: 'Throughput of all protocols',
      unit: format.rate,
      height: 140,
      zero: true,
      span: axis,
      layers: [layer('bits on the wire', io.bytes, 8)],
    },
    {
      title: 'Packets per second',
      unit: (value: number) => `${format.whole(Math.round(value))}/s`,
      height: 120,
      zero: true,
      span: axis,
      layers: [layer('packets', io.packets, 1)],
    },
  ];
  return h(
    'section',
    {},
    h('h3', {}, 'All packets over time'),
    ...graphs.flatMap((one) => [
      graph(group, one),
      details(`${one.title} as a table`, () => valueTable(group, one)),
    ]),
  );
}

function dns({ dns: report }: CaptureData): HTMLElement[] {
  const rows = report.pairs.flatMap((pair) => pair.exchanges.map((exchange) => ({ pair, exchange })));
  if (rows.length === 0) return [];
  const { element } = table(
    `${report.queries} queries, ${report.responses} responses, ${report.unanswered} unanswered`,
    [
      { title: 'frame', key: ({ exchange }) => exchange.frame, numeric: true },
      { title: 'client', key: ({ pair }) => pair.client },
      { title: 'server', key: ({ pair }) => `${pair.server} ${pair.transport}` },
      { title: 'type', key: ({ exchange }) => exchange.type },
      { title: 'name', key: ({ exchange }) => exchange.name },
      {
        title: 'time',
        key: ({ exchange }) => exchange.time ?? Number.POSITIVE_INFINITY,
        cell: ({ exchange }) => format.time(exchange.time),
        numeric: true,
      },
      {
        title: 'response',
        key: ({ exchange }) => exchange.code ?? exchange.error ?? 'unanswered',
      },
    ],
    rows,
  );
  return [h('section', {}, h('h3', {}, 'DNS'), h('div', { class: 'scroll', tabindex: 0 }, element))];
}

function echo({ echo: report }: CaptureData): HTMLElement[] {
  if (report.conversations.length === 0) return [];
  const { element } = table(
    `${report.requests} echo requests, ${report.replies} replies, ${report.lost} lost`,
    [
      { title: 'from', key: ({ source }) => source },
      { title: 'to', key: ({ destination }) => destination },
      { title: 'requests', key: ({ requests }) => requests, numeric: true },
      { title: 'replies', key: ({ replies }) => replies, numeric: true },
      { title: 'lost', key: ({ lost }) => lost, numeric: true },
      {
        title: 'round trip',
        key: ({ rtt }) => rtt?.mean ?? -1,
        cell: ({ rtt }) => format.time(rtt?.mean),
        numeric: true,
      },
    ],
    report.conversations.slice(0, 500),
  );
  return [h('section', {}, h('h3', {}, 'Echo (ping)'), h('div', { class: 'scroll', tabindex: 0 }, element))];
}
