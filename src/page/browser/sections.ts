// What else a capture holds: packets over time, DNS, echo.
import type { CaptureData } from '../document.ts';
import { h } from './dom.ts';
import * as format from './format.ts';
import { Group, graph, type Layer } from './graph.ts';
import { table } from './table.ts';

/** The sections below the connections; those of which there is nothing are left out. */
export function otherSections(capture: CaptureData): HTMLElement[] {
  return [overTime(capture), ...dns(capture), ...echo(capture)];
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
  return h(
    'section',
    {},
    h('h3', {}, 'All packets over time'),
    graph(group, {
      title: 'Throughput of all protocols',
      unit: format.rate,
      height: 140,
      zero: true,
      span: [0, width],
      layers: [layer('bits on the wire', io.bytes, 8)],
    }),
    graph(group, {
      title: 'Packets per second',
      unit: (value) => `${format.whole(Math.round(value))}/s`,
      height: 120,
      zero: true,
      span: [0, width],
      layers: [layer('packets', io.packets, 1)],
    }),
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
