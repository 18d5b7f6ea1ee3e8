// Statistics as tables: a section each, from which text and CSV are made.
import type { Conversations } from '../../stats/conversations.ts';
import { type Endpoint, KIND_TITLES } from '../../stats/endpoint.ts';
import type { Endpoints } from '../../stats/endpoints.ts';
import type { Hierarchy, ProtocolNode } from '../../stats/hierarchy.ts';
import type { Column, Intervals } from '../../stats/intervals.ts';
import type { LengthRow, Lengths } from '../../stats/lengths.ts';
import type { RoundTrips, RoundTripTimes } from '../../stats/round-trips.ts';

/** What is not known, or does not exist, is null. */
export type Cell = string | number | null;

/** Possibly too many to keep: made whenever they are gone through. */
type CellRows = Iterable<readonly Cell[]> & { readonly length: number };

export interface Section {
  title: string;
  /** Headings for people, and names for programs. */
  head: readonly string[];
  keys: readonly string[];
  rows: CellRows;
  /** What is to be said below. */
  notes: readonly string[];
  /** Columns of which the course is worth a line of bars. */
  courses: readonly number[];
}

function section(
  title: string,
  columns: readonly (readonly [key: string, heading: string])[],
  rows: CellRows,
  notes: readonly string[] = [],
  courses: readonly number[] = [],
): Section {
  return {
    title,
    keys: columns.map(([key]) => key),
    head: columns.map(([, heading]) => heading),
    rows,
    notes,
    courses,
  };
}

/** Address and port as one cell for people, IPv6 in brackets. */
function place({ address, port }: Endpoint): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function beyond(packets: number): string[] {
  return packets === 0
    ? []
    : [`${packets} packets of further rows, for which there is no room, are not counted`];
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

export function conversationSection(conversations: Conversations): Section {
  return section(
    `${KIND_TITLES[conversations.kind]} conversations`,
    [
      ['a', 'A'],
      ['b', 'B'],
      ['framesAtoB', 'A→B'],
      ['bytesAtoB', 'Bytes'],
      ['framesBtoA', 'B→A'],
      ['bytesBtoA', 'Bytes'],
      ['frames', 'Packets'],
      ['bytes', 'Bytes'],
      ['start', 'Start'],
      ['duration', 'Duration'],
    ],
    conversations
      .rows()
      .map((row) => [
        place(row.a),
        place(row.b),
        row.framesAtoB,
        row.bytesAtoB,
        row.framesBtoA,
        row.bytesBtoA,
        row.framesAtoB + row.framesBtoA,
        row.bytesAtoB + row.bytesBtoA,
        round(row.start, 9),
        round(row.duration, 9),
      ]),
    beyond(conversations.beyond),
  );
}

export function endpointSection(endpoints: Endpoints): Section {
  return section(
    `${KIND_TITLES[endpoints.kind]} endpoints`,
    [
      ['endpoint', 'Endpoint'],
      ['frames', 'Packets'],
      ['bytes', 'Bytes'],
      ['sentFrames', 'Sent'],
      ['sentBytes', 'Bytes'],
      ['receivedFrames', 'Received'],
      ['receivedBytes', 'Bytes'],
    ],
    endpoints
      .rows()
      .map((row) => [
        place(row),
        row.sentFrames + row.receivedFrames,
        row.sentBytes + row.receivedBytes,
        row.sentFrames,
        row.sentBytes,
        row.receivedFrames,
        row.receivedBytes,
      ]),
    beyond(endpoints.beyond),
  );
}

export function hierarchySection(hierarchy: Hierarchy): Section {
  const root = hierarchy.root();
  const rows: Cell[][] = [];
  const walk = (node: ProtocolNode, depth: number): void => {
    rows.push([
      `${'  '.repeat(depth)}${node.protocol}`,
      node.frames,
      root.frames === 0 ? 0 : round((node.frames / root.frames) * 100, 2),
      node.bytes,
    ]);
    for (const child of node.children) walk(child, depth + 1);
  };
  walk(root, 0);
  return section(
    'Protocols',
    [
      ['protocol', 'Protocol'],
      ['frames', 'Packets'],
      ['share', '%'],
      ['bytes', 'Bytes'],
    ],
    rows,
  );
}

export function lengthSection(lengths: Lengths): Section {
  return section(
    'Packet lengths',
    [
      ['range', 'Bytes'],
      ['count', 'Packets'],
      ['share', '%'],
      ['average', 'Average'],
      ['minimum', 'Least'],
      ['maximum', 'Most'],
      ['rate', 'Per ms'],
      ['burstRate', 'Burst per ms'],
      ['burstStart', 'Burst at (s)'],
    ],
    lengths
      .rows()
      .map((row) => [
        rangeName(row),
        row.count,
        round(row.share * 100, 2),
        row.average === undefined ? null : round(row.average, 2),
        row.minimum ?? null,
        row.maximum ?? null,
        row.rate === undefined ? null : round(row.rate, 4),
        row.burstRate === undefined ? null : round(row.burstRate, 4),
        row.burstStart === undefined ? null : round(row.burstStart, 3),
      ]),
  );
}

function rangeName({ from, to }: LengthRow): string {
  return from === undefined ? 'all' : to === undefined ? `${from} and more` : `${from}-${to}`;
}

export function intervalSection(intervals: Intervals): Section {
  const columns: (readonly [string, string])[] = [
    ['from', 'From (s)'],
    ['to', 'To (s)'],
  ];
  for (const { request } of intervals.columns) {
    if (request.field !== undefined) columns.push([request.label, request.label]);
    else {
      const suffix = request.label === '' ? '' : ` ${request.label}`;
      columns.push([`frames${suffix}`, `Packets${suffix}`], [`bytes${suffix}`, `Bytes${suffix}`]);
    }
  }
  const rows = Array.from({ length: intervals.count }, (_, i) => intervalRow(intervals, i));
  return section(
    'Intervals',
    columns,
    rows,
    [],
    columns.slice(2).map((_, i) => i + 2),
  );
}

function intervalRow({ interval, duration, columns }: Intervals, i: number): Cell[] {
  const whole = interval === Number.POSITIVE_INFINITY;
  const from = whole ? 0 : i * interval;
  const to = whole ? duration : Math.min(from + interval, Math.max(duration, from));
  return [from / 1e6, to / 1e6, ...columns.flatMap((column) => intervalCells(column, i))];
}

function intervalCells(column: Column, i: number): Cell[] {
  if (column.request.field === undefined) return [column.frames[i] ?? 0, column.value[i] ?? 0];
  const result = column.result(i);
  return [result === undefined ? null : round(result, 9)];
}

export function roundTripSection(roundTrips: RoundTrips): Section {
  const { total, all } = roundTrips;
  const notes =
    total === undefined
      ? ['no acknowledgment of a segment that is in the capture']
      : [
          `${total.samples} round trips: least ${time(total.minimum)}, mean ${time(total.mean)}, most ${time(total.maximum)}; ` +
            all
              .percentiles([0.5, 0.95, 0.99])
              .map((value, i) => `${[50, 95, 99][i]} % within ${time(value)}`)
              .join(', '),
        ];
  const cells = (times: RoundTripTimes | undefined): Cell[] =>
    times === undefined
      ? [0, null, null, null]
      : [times.samples, ...[times.minimum, times.mean, times.maximum].map((value) => round(value / 1e6, 6))];
  return section(
    'TCP round-trip times, in milliseconds',
    [
      ['stream', 'Stream'],
      ['a', 'A'],
      ['b', 'B'],
      ['samplesB', 'Acked by B'],
      ['minimumB', 'Least'],
      ['meanB', 'Mean'],
      ['maximumB', 'Most'],
      ['samplesA', 'Acked by A'],
      ['minimumA', 'Least'],
      ['meanA', 'Mean'],
      ['maximumA', 'Most'],
    ],
    roundTrips
      .rows()
      .map((row) => [row.stream, place(row.a), place(row.b), ...cells(row.atB), ...cells(row.atA)]),
    [...notes, ...beyond(roundTrips.beyond)],
  );
}

function time(nanoseconds: number): string {
  return `${Number((nanoseconds / 1e6).toPrecision(4))} ms`;
}
