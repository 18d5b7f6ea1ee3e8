// The busiest connections as the lines of a screen.
import { endpointText } from '../base/address.ts';
import { escapeControls } from '../base/escape-controls.ts';
import { bitRate, byteSize, count, duration } from '../base/units.ts';
import { type Activity, REMEMBERED } from '../flow/busiest.ts';
import * as verdict from '../flow/verdict.ts';
import { sparkline } from './sparkline.ts';
import { lacksUnicode, toAscii } from './terminal-charset.ts';

/** What the connections may be ordered by: the key to press, and how. The highest comes first. */
export const ORDERS = {
  bytes: { key: 'b', rank: (one: Activity) => one.clientBytes + one.serverBytes },
  packets: { key: 'p', rank: (one: Activity) => one.packets },
  rtt: { key: 'r', rank: (one: Activity) => one.rtt ?? -1 },
  retransmissions: { key: 't', rank: (one: Activity) => one.resent * 1e9 + one.totalResent },
} as const;
export type Order = keyof typeof ORDERS;

/** What is shown at one moment. Packets and bytes are those since the last look, `seconds` ago. */
export interface Moment {
  /** Where, and which packets. */
  title: string;
  seconds: number;
  packets: number;
  bytes: number;
  tcpPackets: number;
  /** Packets the kernel had no room for, since the beginning. */
  dropped: number;
  connections: number;
  order: Order;
  /** The first ones in that order. */
  activities: readonly Activity[];
}

/** Verdicts in the order of their weight, and the word for each. */
const NOTES: [mask: number, word: string][] = [
  [verdict.ZERO_WINDOW | verdict.ZERO_WINDOW_PROBE, 'zero window'],
  [verdict.WINDOW_FULL, 'window full'],
  [verdict.RETRANSMISSION, 'retransmits'],
  [verdict.LOST_SEGMENT | verdict.ACK_LOST_SEGMENT, 'holes'],
  [verdict.OUT_OF_ORDER, 'out of order'],
  [verdict.DUPLICATE_ACK, 'duplicate ACKs'],
  [verdict.KEEP_ALIVE, 'keep-alive'],
];

const REVERSE = '\x1b[7m';
const BOLD = '\x1b[1m';
const PLAIN = '\x1b[0m';

/** Widths of the columns behind the endpoints, with a blank before each. */
const WIDTHS = [9, 11, 11, 9, 8, 15, REMEMBERED, REMEMBERED, 15];
/** The first of these that are text, put to the left. */
const TEXTS = 5;
/** Columns of before: they are left out first, where whole endpoints have no room beside them. */
const HISTORY = 6;
const HEADS = ['packets/s', 'sent/s', 'back/s', 'RTT', 'resent', 'state', 'traffic', 'RTT', 'dup zero order'];
/** Columns the endpoints get at least; where a screen is narrower, columns are left out from the right. */
const ENDPOINTS = 30;

/** Lines of a screen of `width` columns and `height` lines, at most so many, each no wider. */
export function topScreen(moment: Moment, width: number, height: number): string[] {
  const { seconds, packets, bytes, tcpPackets, dropped, connections, order, activities } = moment;
  const share = packets === 0 ? '' : `, ${Math.round((100 * tcpPackets) / packets)} % TCP`;
  const lost = dropped === 0 ? '' : `, ${count(dropped, 'packet')} dropped by the kernel`;
  const keys = Object.entries(ORDERS).map(([name, { key }]) => `${key} ${name}`);
  const lines = [
    styled(BOLD, cut(`nscap top  ${ascii(moment.title)}`, width)),
    cut(
      `${rounded(packets / seconds)} packets/s, ${bitRate(bytes / seconds)}${share}${lost}; ${count(connections, 'connection')}`,
      width,
    ),
    cut(`by ${order}; keys: ${keys.join(', ')}, q quits`, width),
  ];
  let shown = WIDTHS.length;
  const rest = () => width - WIDTHS.slice(0, shown).reduce((sum, one) => sum + one + 1, 0);
  const named = Math.max(ENDPOINTS, ...activities.map((one) => between(one, width).length));
  while (shown > HISTORY && rest() < named) shown--;
  while (shown > 0 && rest() < ENDPOINTS) shown--;
  const room = Math.max(rest(), 1);
  const row = (first: string, cells: string[]) =>
    cut(
      `${cut(first, room).padEnd(room)}${cells
        .slice(0, shown)
        .map((one, i) => ` ${i >= TEXTS ? one.padEnd(WIDTHS[i]) : one.padStart(WIDTHS[i])}`)
        .join('')}`,
      width,
    );
  lines.push(styled(REVERSE, row('client > server', HEADS)));
  for (const one of activities.slice(0, Math.max(height - lines.length, 0))) {
    lines.push(row(between(one, room), cells(one, seconds)));
  }
  return lines.slice(0, height);
}

function cells(one: Activity, seconds: number): string[] {
  return [
    rounded(one.packets / seconds),
    byteSize(one.clientBytes / seconds),
    byteSize(one.serverBytes / seconds),
    one.rtt === undefined ? '' : duration(one.rtt),
    one.resent > 0 ? `${one.totalResent} +${one.resent}` : String(one.totalResent),
    note(one),
    fitted(sparkline(one.bytesBefore)),
    fitted(sparkline(one.rttBefore.map((rtt) => rtt || undefined))),
    `${one.duplicateAcks} ${one.zeroWindows} ${one.outOfOrder}`,
  ];
}

function note({ verdicts, state, idle }: Activity): string {
  if (state === 'reset' || state === 'closed') return state;
  const found = NOTES.find(([mask]) => (verdicts & mask) !== 0);
  if (found !== undefined) return found[1];
  return idle > 0 ? `idle ${idle} s` : state;
}

/** Both endpoints; where they do not fit, each is cut in the middle, for the ports tell most. */
function between(one: Activity, room: number): string {
  const client = endpointText(one.client, one.clientPort);
  const server = endpointText(one.server, one.serverPort);
  const label = one.label === '' ? '' : `${ascii(one.label)} `;
  const whole = `${label}${client} > ${server}`;
  if (whole.length <= room) return whole;
  const each = Math.max(Math.floor((room - 3) / 2), 3);
  return `${middle(client, each)} > ${middle(server, Math.max(room - 3 - Math.min(client.length, each), 3))}`;
}

function middle(text: string, width: number): string {
  if (text.length <= width) return text;
  const tail = Math.floor((width - 1) * 0.6);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`.slice(0, width);
}

function styled(style: string, text: string): string {
  return `${style}${text}${PLAIN}`;
}

/** A sparkline as the terminal's charset has it. */
function fitted(blocks: string): string {
  return lacksUnicode() ? toAscii(blocks) : blocks;
}

function rounded(value: number): string {
  return String(Math.round(value));
}

/** Each character one column wide: names of namespaces may have any. */
function ascii(text: string): string {
  return escapeControls(text).replace(/[^\x20-\x7e]/g, '?');
}
