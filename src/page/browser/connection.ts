// A connection: its graphs on one axis of time, and the packet that was clicked.
import type {
  CaptureData,
  ConnectionData,
  DirectionData,
  GraphData,
  LimitsData,
  PageData,
} from '../document.ts';
import { summed } from '../document.ts';
import { details, fill, h, quoted } from './dom.ts';
import * as format from './format.ts';
import { Group, graph, type Layer } from './graph.ts';
import { table } from './table.ts';

/** How each kind of bar is drawn: color, letter of a marked event, and what it is called. */
const DRAWN: Record<string, [color: string, letter: string | undefined, name: string]> = {
  segment: ['segment', undefined, 'segments'],
  retransmission: ['bad', 'R', 'retransmissions'],
  'fast-retransmission': ['bad', 'F', 'fast retransmissions'],
  'spurious-retransmission': ['odd', 'S', 'spurious retransmissions'],
  'out-of-order': ['odd', 'O', 'out of order'],
  hole: ['bad', 'L', 'previous segment not captured'],
  syn: ['control', 'SYN', 'SYN'],
  fin: ['control', 'FIN', 'FIN'],
  rst: ['bad', 'RST', 'RST'],
  'keep-alive': ['odd', 'K', 'keep-alives'],
  probe: ['odd', 'P', 'zero window probes'],
  sack: ['sack', undefined, 'SACK blocks'],
  'duplicate-ack': ['odd', 'D', 'duplicate ACKs'],
  'zero-window': ['bad', 'Z', 'zero windows'],
  'window-full': ['odd', 'W', 'window full'],
  'ack-unseen': ['odd', 'U', 'ACKs of what was not captured'],
};

/** A direction with its differences added up, times in seconds of the capture. */
interface Unpacked {
  data: DirectionData;
  times: Float64Array;
  begins: Float64Array;
  ends: Float64Array;
  frames: Float64Array;
}

function unpack(data: DirectionData, start: number): Unpacked {
  const begins = summed(data.bars.b);
  return {
    data,
    times: seconds(data.bars.t, start),
    begins,
    ends: begins.map((begin, i) => begin + data.bars.l[i]!),
    frames: summed(data.bars.f),
  };
}

function seconds(differences: number[], start: number): Float64Array {
  return summed(differences).map((time) => (time + start) / 1e9);
}

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
      parts.push(command(`nscap analyze ${quoted(capture.file)} --stream ${row.stream}`));
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
      const larger = [...data.directions].sort((a, b) => sum(b.fresh) - sum(a.fresh))[0]!;
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
        layers: this.limits(data.kernel?.limits ?? data.limits, start),
      },
      data.kernel?.limits != null && {
        title: 'What limited the sender, estimated from the packets',
        unit: format.time,
        height: 90,
        layers: this.limits(data.limits, start),
      },
      {
        title: 'Time sequence',
        unit: format.whole,
        height: 340,
        layers: [
          line('window', 'window', 'step', data.edges),
          line('acknowledged', 'ack', 'step', data.acks),
          ...this.bars(unpacked),
        ],
        pick: (time: number, value: number, perPixel: { time: number; value: number }) =>
          this.pick(unpacked, time, value, perPixel),
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
          line("receiver's window", 'window', 'step', data.window),
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
      this.verdict(data.kernel?.limits ?? data.limits, data.sender),
      ...graphs.flatMap((one) =>
        one === false
          ? []
          : [
              graph(group, { ...one, span }),
              details(`${one.title} as a table`, () => this.values(one.title, one.layers, one.unit)),
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
          layers: [
            steps('window', 'window', direction.edges),
            steps('acknowledged', 'ack', direction.acks),
            ...this.bars(unpack(direction, start)),
          ],
        },
      ];
    });
  }

  /** A layer for each cause that there is. */
  private limits(limits: LimitsData, start: number): Layer[] {
    const begins = seconds(limits.runs.b, start);
    return limits.causes.map(({ cause, seconds: total, share }) => {
      const found = limits.runs.c.flatMap((one, i) => (this.page.causes[one] === cause ? [i] : []));
      const times = Float64Array.from(found, (i) => begins[i]!);
      return {
        name: `${CAUSES[cause]?.[0] ?? cause} ${format.time(total)} (${percent(share)})`,
        color: `cause-${cause}`,
        shape: 'spans' as const,
        times,
        values: times.map(() => 1),
        ends: Float64Array.from(found, (i) => begins[i]! + limits.runs.l[i]! / 1e9),
      };
    });
  }

  /** Who limited the sender, in words, with the longest wait for each as proof. */
  private verdict(limits: LimitsData, sender: string): HTMLElement {
    const causes = [...limits.causes].sort((a, b) => b.seconds - a.seconds);
    const first = causes[0];
    if (first === undefined) return h('p', {}, `The ${sender} sent no data.`);
    return h(
      'div',
      { class: 'limits' },
      h(
        'p',
        {},
        `For ${percent(first.share)} of the time the ${sender} was limited by ${CAUSES[first.cause]?.[1] ?? first.cause}${limits.estimate ? ' (an estimate from the packets)' : ' (as the kernel says)'}.`,
      ),
      details(
        'What limited the sender, with proof',
        () =>
          table(
            'Time that the sender waited, by cause',
            [
              { title: 'cause', key: ({ cause }) => CAUSES[cause]?.[1] ?? cause },
              {
                title: 'time',
                key: (one) => one.seconds,
                cell: (one) => format.time(one.seconds),
                numeric: true,
              },
              {
                title: 'share',
                key: ({ share }) => share,
                cell: ({ share }) => percent(share),
                numeric: true,
              },
              {
                title: 'waits',
                key: ({ waits }) => waits,
                cell: ({ waits }) => format.whole(waits),
                numeric: true,
              },
              {
                title: 'the longest',
                key: ({ longest }) => longest?.seconds ?? 0,
                cell: ({ longest }) =>
                  longest === null
                    ? ''
                    : `${format.time(longest.seconds)}, from frame ${longest.fromFrame} to ${longest.untilFrame}`,
              },
            ],
            causes,
          ).element,
      ),
    );
  }

  /** A layer for each kind of bar that there is. */
  private bars({ data, times, begins, ends }: Unpacked): Layer[] {
    return this.page.kinds.flatMap((kind, index) => {
      const found = data.bars.k.flatMap((one, i) => (one === index ? [i] : []));
      if (found.length === 0) return [];
      const [ink, letter, name] = DRAWN[kind] ?? ['odd', undefined, kind];
      const of = (values: Float64Array) => Float64Array.from(found, (i) => values[i]!);
      const many = sum(found.map((i) => data.bars.c?.[i] ?? 1));
      return [
        {
          name: `${name} (${format.whole(many)})`,
          color: ink,
          shape: 'bars' as const,
          times: of(times),
          values: of(begins),
          ends: of(ends),
          ...(letter === undefined ? {} : { letter }),
        },
      ];
    });
  }

  private values(title: string, layers: Layer[], unit: (value: number) => string): HTMLElement {
    const { min, max } = this.group.plots[0]!.scales.x as { min: number; max: number };
    const rows = layers.flatMap(({ name, times, values, ends }) =>
      Array.from(times, (time, i) => ({ name, time, value: values[i]!, end: ends?.[i] })),
    );
    const shown = rows.filter(({ time }) => time >= min && time <= max).sort((a, b) => a.time - b.time);
    const most = shown.slice(0, ROWS);
    const left = shown.length - most.length;
    return h(
      'div',
      { class: 'scroll', tabindex: 0 },
      table(
        `${title}, from ${min.toFixed(6)} to ${max.toFixed(6)} s${left > 0 ? `; ${left} more rows are not shown: zoom in` : ''}`,
        [
          {
            title: 'time',
            key: ({ time }) => time,
            cell: ({ time }) => `${time.toFixed(9)} s`,
            numeric: true,
          },
          { title: 'what', key: ({ name }) => name },
          { title: 'value', key: ({ value }) => value, cell: ({ value }) => unit(value), numeric: true },
          {
            title: 'to',
            key: ({ end }) => end ?? 0,
            cell: ({ end }) => (end === undefined ? '' : unit(end)),
            numeric: true,
          },
        ],
        most,
      ).element,
    );
  }

  /** Shows the packet whose bar is nearest. */
  private pick(
    { data, times, begins, ends, frames }: Unpacked,
    time: number,
    value: number,
    perPixel: { time: number; value: number },
  ): void {
    let nearest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < times.length; i++) {
      const dx = (times[i]! - time) / perPixel.time;
      const dy = Math.max(0, begins[i]! - value, value - ends[i]!) / perPixel.value;
      const distance = dx * dx + dy * dy;
      if (distance <= least) {
        least = distance;
        nearest = i;
      }
    }
    if (nearest < 0) return;
    const frame = frames[nearest]!;
    const kind = DRAWN[this.page.kinds[data.bars.k[nearest]!]!]!;
    const many = data.bars.c?.[nearest] ?? 1;
    const { file } = this.capture;
    fill(
      this.packet,
      h('h4', {}, `Frame ${frame}`),
      this.capture.lines[frame] !== undefined && h('pre', { class: 'command' }, this.capture.lines[frame]),
      h(
        'p',
        {},
        `${times[nearest]!.toFixed(9)} s, ${kind[2]}, sequence ${begins[nearest]} to ${ends[nearest]} of the ${data.sender}${many === 1 ? '' : ` (the first of ${many} that stand together here)`}`,
      ),
      ...(file === null
        ? []
        : [
            command(`wireshark -r ${quoted(file)} -g ${frame}`),
            command(`nscap read ${quoted(file)} -Y 'frame.number == ${frame}'`),
            command(`tshark -r ${quoted(file)} -Y 'frame.number == ${frame}' -V`),
          ]),
    );
  }
}

/** What limits a sender: in a legend, and in a sentence. */
const CAUSES: Record<string, [name: string, words: string]> = {
  application: ['application', 'its application, which had nothing to send'],
  'receiver-window': ['receiver', "the receiver's window"],
  'send-buffer': ['send buffer', 'its send buffer'],
  'congestion-window': ['congestion window', 'the congestion window'],
  loss: ['network loss', 'losses in the network'],
  'path-mtu': ['path MTU', 'the MTU of the path'],
};

function percent(share: number): string {
  return `${(share * 100).toFixed(share >= 0.1 ? 0 : 1)} %`;
}

/** Seconds that one connection may begin apart at two points; clocks may differ. */
const APART = 60;

/** Rows of a table of values. */
const ROWS = 500;

function command(text: string): HTMLElement {
  return h('pre', { class: 'command' }, h('code', {}, text));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
