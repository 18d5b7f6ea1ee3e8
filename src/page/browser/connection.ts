// A connection: its graphs on one axis of time, and the packet that was clicked.
import type { CaptureData, ConnectionData, DirectionData, GraphData, PageData } from '../document.ts';
import { summed } from '../document.ts';
import { details, fill, h, quoted } from './dom.ts';
import * as format from './format.ts';
import { Group, graph, type Picked } from './graph.ts';
import type { Layer } from './layers.ts';
import { limitLayers, verdict } from './limits.ts';
import { command, showPacket } from './packet.ts';
import { barLayers, seconds, sum, unpack } from './segments.ts';
import { valueTable } from './values.ts';

/** The view of a connection, built into `place`. */
export class ConnectionView {
  private readonly page: PageData;
  private readonly capture: CaptureData;
  private readonly row: ConnectionData;
  private readonly graph: GraphData | undefined;
  private readonly group: Group;
  private readonly packet = h('div', { class: 'packet', role: 'status' });
  private readonly span: [number, number];

  /** Nanoseconds from the axis' beginning to that of the capture. */
  private readonly offset: number;

  /** `begin`: when the axis of time begins, in seconds since 1970. */
  constructor(page: PageData, capture: CaptureData, row: ConnectionData, begin: number) {
    this.offset = ((capture.begin ?? begin) - begin) * 1e9;
    this.page = page;
    this.capture = capture;
    this.row = row;
    this.graph = capture.graphs.find(({ stream }) => stream === row.stream);
    const { start = 0, span = 0 } = this.graph ?? {};
    const first = (start + this.offset) / 1e9;
    this.span = [first, first + Math.max(span / 1e9, 1e-6)];
    this.group = new Group(this.span);
  }

  show(place: HTMLElement): void {
    const { row, capture, graph: data } = this;
    const findings = capture.findings.filter(({ stream }) => stream === row.stream);
    const graphs = h('div', { class: 'graphs' });
    const parts: Node[] = [
      h('h3', { tabindex: -1 }, `Stream ${row.stream}: ${row.client} → ${row.server}`),
      h(
        'p',
        {},
        `${format.whole(row.packets)} packets in ${format.time(row.duration)}, ${format.bytes(row.clientBytes)} from the client, ${format.bytes(row.serverBytes)} from the server; opening: ${row.opening}, closing: ${row.closing}.`,
      ),
      ...(findings.length === 0
        ? []
        : [
            h(
              'ul',
              { class: 'findings' },
              ...findings.map(({ severity, text }) => h('li', { class: severity }, text)),
            ),
          ]),
    ];
    if (capture.file !== null) {
      const at = capture.interface === undefined ? '' : ` -Y 'frame.interface_id == ${capture.interface}'`;
      parts.push(command(`nscap analyze ${quoted(capture.file)}${at} --stream ${row.stream}`));
    }
    if (data === undefined) {
      parts.push(
        h(
          'p',
          {},
          'It is neither among the worst nor among the largest connections, so it has no graphs here.',
        ),
      );
    } else {
      const larger = [...data.directions].sort((a, b) => sum(b.fresh) - sum(a.fresh))[0];
      parts.push(this.choice(data, larger, graphs), graphs, this.packet);
      this.draw(graphs, larger);
    }
    fill(place, ...parts);
  }

  close(): void {
    this.group.destroy();
  }

  private choice({ directions }: GraphData, chosen: DirectionData, graphs: HTMLElement): HTMLElement {
    return h(
      'fieldset',
      { class: 'choice' },
      h('legend', {}, 'Data sent by'),
      ...directions.map((direction) =>
        h(
          'label',
          {},
          h('input', {
            type: 'radio',
            // Another capture in the page has its own choice.
            name: this.group.key,
            checked: direction === chosen,
            change: () => {
              this.group.destroy();
              this.draw(graphs, direction);
            },
          }),
          ` the ${direction.sender} (${format.bytes(sum(direction.fresh))})`,
        ),
      ),
      ...(
        [
          ['zoom in', () => this.group.move(0, 0.5)],
          ['zoom out', () => this.group.move(0, 2)],
          ['←', () => this.group.move(-0.2)],
          ['→', () => this.group.move(0.2)],
          ['all', () => this.group.reset()],
        ] as const
      ).map(([name, click]) => h('button', { type: 'button', click }, name)),
    );
  }

  private draw(place: HTMLElement, data: DirectionData): void {
    const start = this.graph!.start + this.offset;
    const unpacked = unpack(data, start);
    const line = (
      name: string,
      ink: string,
      shape: Layer['shape'],
      { t, v }: { t: number[]; v: number[] },
      scale = 1,
    ): Layer => ({
      name,
      color: ink,
      shape,
      times: seconds(t, start),
      values: summed(v).map((value) => value * scale),
    });
    const bin = this.graph!.span / 1e9 / data.bytes.length;
    const binned = (name: string, ink: string, shape: Layer['shape'], values: number[]): Layer => ({
      name,
      color: ink,
      shape,
      times: Float64Array.from(values, (_, i) => start / 1e9 + i * bin),
      values: Float64Array.from(values, (value) => (bin === 0 ? 0 : (value * 8) / bin)),
    });
    const { group, span } = this;
    const graphs = [
      {
        title: 'What limited the sender',
        unit: format.time,
        height: 90,
        layers: limitLayers(this.page.causes, data.kernel?.limits ?? data.limits, start),
      },
      data.kernel?.limits != null && {
        title: 'What limited the sender, estimated from the packets',
        unit: format.time,
        height: 90,
        layers: limitLayers(this.page.causes, data.limits, start),
      },
      {
        title: 'Time sequence',
        axis: 'sequence number',
        unit: format.whole,
        height: 340,
        layers: [
          line('window', 'window', 'step', data.edges),
          line('acknowledged', 'ack', 'step', data.acks),
          ...barLayers(this.page.kinds, unpacked),
        ],
        pick: (picked: Picked) => showPacket(this.packet, this.page, this.capture, unpacked, picked),
      },
      ...this.otherPoints(data).map((one) => ({ ...one, unit: format.whole, height: 340 })),
      {
        title: 'Round-trip time',
        unit: format.time,
        height: 150,
        zero: true,
        layers: [
          line('round-trip time', 'segment', 'points', data.rtt, 1e-9),
          ...(data.kernel === undefined
            ? []
            : [line("the kernel's smoothed one", 'ack', 'line', data.kernel.srtt, 1e-9)]),
        ],
      },
      {
        title: 'Throughput',
        unit: format.rate,
        height: 150,
        zero: true,
        layers: [
          binned('throughput (on the wire)', 'soft', 'columns', data.bytes),
          binned('goodput (new payload)', 'segment', 'step', data.fresh),
        ],
      },
      {
        title: 'Bytes in flight',
        unit: format.bytes,
        height: 150,
        zero: true,
        layers: [
          { ...line("receiver's window", 'window', 'step', data.window), aside: true },
          line('bytes in flight', 'segment', 'line', data.flight),
          ...(data.kernel === undefined ? [] : [line('congestion window', 'bad', 'step', data.kernel.cwnd)]),
        ],
      },
      {
        title: 'Gaps between packets',
        unit: format.time,
        height: 130,
        zero: true,
        layers: [line('time since the packet before', 'segment', 'points', data.gaps, 1e-9)],
      },
    ];
    fill(
      place,
      verdict(data),
      ...graphs.flatMap((one) =>
        one === false
          ? []
          : [
              graph(group, { ...one, span }),
              one.layers.some(({ times }) => times.length > 0) &&
                details(`${one.title} as a table`, () => valueTable(group, one)),
            ],
      ),
    );
  }

  /** The same direction of the same connection at the other points that were captured at. */
  private otherPoints({ sender }: DirectionData): { title: string; layers: Layer[] }[] {
    const own = this.capture.begin ?? 0;
    return this.page.captures.flatMap((capture) => {
      if (capture === this.capture) return [];
      const row = capture.connections.find(({ client, server, start }) => {
        const apart = (capture.begin ?? 0) + start - (own + this.row.start);
        return client === this.row.client && server === this.row.server && Math.abs(apart) < APART;
      });
      const data = capture.graphs.find(({ stream }) => stream === row?.stream);
      const direction = data?.directions.find((one) => one.sender === sender);
      if (data === undefined || direction === undefined) return [];
      const start = data.start + this.offset + ((capture.begin ?? own) - own) * 1e9;
      const steps = (name: string, color: string, { t, v }: { t: number[]; v: number[] }): Layer => ({
        name,
        color,
        shape: 'step',
        times: seconds(t, start),
        values: summed(v),
      });
      return [
        {
          title: `Time sequence at ${capture.name}`,
          axis: 'sequence number',
          layers: [
            steps('window', 'window', direction.edges),
            steps('acknowledged', 'ack', direction.acks),
            ...barLayers(this.page.kinds, unpack(direction, start)),
          ],
        },
      ];
    });
  }
}

/** Seconds that one connection may begin apart at two points; clocks may differ. */
const APART = 60;
