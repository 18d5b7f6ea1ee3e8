// Statistics in the layout of tshark 4.0, for -z, as lines: scripts that read it go on reading.
import { fixed } from '../../print/engine/c-float.ts';
import type { Conversation, Conversations } from '../../stats/conversations.ts';
import { type Endpoint, KIND_TITLES } from '../../stats/endpoint.ts';
import type { Endpoints } from '../../stats/endpoints.ts';
import type { Hierarchy, ProtocolNode } from '../../stats/hierarchy.ts';
import type { LengthRow, Lengths } from '../../stats/lengths.ts';

const RULE = '='.repeat(80);

function hasPorts(kind: string): boolean {
  return kind === 'tcp' || kind === 'udp';
}

export function* tsharkConversations(conversations: Conversations, filter = ''): Generator<string> {
  const { kind } = conversations;
  const width = hasPorts(kind) ? 26 : 20;
  const blank = ' '.repeat(2 * width + 7);
  const name = ({ address, port }: Endpoint) =>
    (port === undefined ? address : `${address}:${port}`).padEnd(width);
  yield* [
    RULE,
    `${KIND_TITLES[kind]} Conversations`,
    `Filter:${filter || '<No Filter>'}`,
    `${blank}|       <-      | |       ->      | |     Total     |    Relative    |   Duration   |`,
    `${blank}| Frames  Bytes | | Frames  Bytes | | Frames  Bytes |      Start     |              |`,
  ];
  for (const row of conversations.rows())
    yield `${name(row.a)} <-> ${name(row.b)}${counts(row)}  ${fixed(row.start, 9).padStart(14)}   ${fixed(row.duration, 4).padStart(12)}`;
  yield RULE;
}

function counts({ framesAtoB, bytesAtoB, framesBtoA, bytesBtoA }: Conversation): string {
  return [
    [framesBtoA, bytesBtoA],
    [framesAtoB, bytesAtoB],
    [framesAtoB + framesBtoA, bytesAtoB + bytesBtoA],
  ]
    .map(([frames, bytes]) => `  ${String(frames).padStart(6)} ${size(bytes).padEnd(9)}`)
    .join('');
}

/** As format_size of Wireshark's wsutil: whole units, a larger one from ten thousand on. */
function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 10_000 && unit < units.length - 1) {
    value = Math.floor(value / 1000);
    unit++;
  }
  return `${value} ${units[unit]}`;
}

export function* tsharkEndpoints(endpoints: Endpoints, filter = ''): Generator<string> {
  const { kind } = endpoints;
  const ports = hasPorts(kind);
  const number = (value: number, width: number) => String(value).padStart(width);
  yield* [
    RULE,
    `${KIND_TITLES[kind]} Endpoints`,
    `Filter:${filter || '<No Filter>'}`,
    `                       |  ${ports ? 'Port  ||  ' : ''}Packets  | |  Bytes  | | Tx Packets | | Tx Bytes | | Rx Packets | | Rx Bytes |`,
  ];
  for (const row of endpoints.rows()) {
    const { address, port, sentFrames, sentBytes, receivedFrames, receivedBytes } = row;
    const place = ports ? `      ${String(port).padStart(5)}` : '';
    yield `${address.padEnd(20)}${place}${number(sentFrames + receivedFrames, ports ? 11 : 12)}     ${number(sentBytes + receivedBytes, 9)}     ${number(sentFrames, 6)}       ${number(sentBytes, 9)}      ${number(receivedFrames, 6)}       ${number(receivedBytes, 9)}   `;
  }
  yield RULE;
}

export function tsharkHierarchy(hierarchy: Hierarchy, filter = ''): string[] {
  const rule = '='.repeat(67);
  const lines: string[] = [];
  const walk = (node: ProtocolNode, depth: number): void => {
    lines.push(
      `${`${'  '.repeat(depth)}${node.protocol}`.padEnd(40)} frames:${node.frames} bytes:${node.bytes}`,
    );
    for (const child of node.children) walk(child, depth + 1);
  };
  for (const child of hierarchy.root().children) walk(child, 0);
  return ['', rule, 'Protocol Hierarchy Statistics', `Filter: ${filter}`, '', ...lines, rule];
}

const WIDTHS = [19, 14, 14, 14, 14, 14, 14, 14, 13] as const;

export function tsharkLengths(lengths: Lengths): string[] {
  const rows = lengths.rows();
  const line = (cells: readonly string[]) => cells.map((cell, i) => cell.padEnd(WIDTHS[i])).join('');
  return [
    '',
    '='.repeat(130),
    'Packet Lengths:',
    line([
      'Topic / Item',
      'Count',
      'Average',
      'Min Val',
      'Max Val',
      'Rate (ms)',
      'Percent',
      'Burst Rate',
      'Burst Start',
    ]),
    '-'.repeat(130),
    ...rows.map((row) => line(lengthCells(row, rows[0].count === 0))),
    '',
    '-'.repeat(130),
  ];
}

function lengthCells(row: LengthRow, isEmpty: boolean): string[] {
  const { from, to, count, average, minimum, maximum, rate, share, burstRate, burstStart } = row;
  const name =
    from === undefined ? 'Packet Lengths' : to === undefined ? ` ${from} and greater` : ` ${from}-${to}`;
  const none = isEmpty && from === undefined ? '' : '-';
  return [
    name,
    String(count),
    average === undefined ? none : fixed(Math.fround(average), 2),
    minimum === undefined ? none : String(minimum),
    maximum === undefined ? none : String(maximum),
    rate === undefined ? '' : fixed(Math.fround(rate), 4),
    from === undefined ? '100%' : isEmpty ? '' : `${fixed(Math.fround(share * 100), 2)}%`,
    burstRate === undefined ? '-' : fixed(burstRate, 4),
    burstStart === undefined ? '-' : fixed(burstStart, 3),
  ];
}
