// tcp.option*: the options of a segment (RFC 9293, 3.1).

import * as cell from '../../flow/connection.ts';
import { EveryOption } from '../../wire/options.ts';
import * as option from '../../wire/registry/tcp-options.ts';
import * as header from '../../wire/tcp.ts';
import type { Dissection } from '../dissection.ts';
import { entries, type Field, type FieldType, field, type Read, type ReadEntry } from '../field.ts';
import { Layers } from '../layers.ts';
import { SOUND } from '../marks.ts';
import { ANALYSIS } from '../needs.ts';
import { OnDemand } from '../on-demand.ts';
import type { Values } from '../values.ts';

/** Kinds that Wireshark knows besides (IANA). */
const KNOWN = new Set<number>([...Object.values(option), 76, 172, 174]);
/** Bytes that an option of a kind has, where it is always as many. */
const LENGTHS = new Map([
  [option.MAXIMUM_SEGMENT_SIZE, 4],
  [option.WINDOW_SCALE, 3],
  [option.SACK_PERMITTED, 2],
  [option.ECHO, 6],
  [option.ECHO_REPLY, 6],
  [option.TIMESTAMPS, 10],
  [option.CONNECTION_COUNT, 6],
  [option.CONNECTION_COUNT_NEW, 6],
  [option.CONNECTION_COUNT_ECHO, 6],
  [option.SIGNATURE, 18],
  [option.QUICK_START, 8],
  [option.USER_TIMEOUT, 4],
  [option.TRANSPARENCY, 16],
  [option.SNACK, 6],
  [option.RECORD_BOUNDARY, 2],
  [option.CORRUPTION, 2],
]);
const SHORTEST = new Map([
  [option.SACK, 2],
  [option.AUTHENTICATION, 4],
  [option.FAST_OPEN, 2],
  [option.EXPERIMENT_1, 4],
  [option.EXPERIMENT_2, 4],
]);
const EXPERIMENTAL: readonly number[] = [option.EXPERIMENT_1, option.EXPERIMENT_2];

/** The options of all segments of the packet at hand; `parent` is the segment, `mark` the kind. */
class Options extends OnDemand {
  readonly all = new Layers();
  /** Segments with an option whose length is not possible, with more than zeros behind an end, with four NOPs in a row. */
  malformed = 0;
  behindEnd = 0;
  fourNops = 0;
  private readonly cursor = new EveryOption();

  protected read(packet: Dissection): void {
    this.all.count = 0;
    this.malformed = 0;
    this.behindEnd = 0;
    this.fourNops = 0;
    const { tcp } = packet;
    for (let i = 0; i < tcp.count; i++) if ((tcp.mark[i] & SOUND) !== 0) this.readOne(tcp, i);
  }

  private readOne(tcp: Layers, segment: number): void {
    const { cursor, all } = this;
    const view = tcp.view[segment];
    const at = tcp.at[segment];
    const end = optionsEnd(tcp, segment);
    let nops = 0;
    cursor.open(view, at + header.HEADER_LENGTH, at + headerLength(tcp, segment), end);
    while (cursor.step()) {
      const { kind, offset, length } = cursor;
      const wanted = LENGTHS.get(kind);
      if (length > 1 && ((wanted ?? length) !== length || length < (SHORTEST.get(kind) ?? 0)))
        this.malformed++;
      all.push(view, offset, Math.min(end, offset + length), offset + length, segment, kind);
      if (isCut(cursor)) break;
      if (kind !== option.NO_OPERATION) continue;
      // Wireshark counts them all, and looks at the count where the list ends with one.
      nops++;
      if (nops === 4 && cursor.isLast) this.fourNops++;
    }
    if (cursor.isMalformed) this.malformed++;
    if (cursor.hasMoreBehindEnd) this.behindEnd++;
  }
}

/** A list of blocks that has none, or ends within one, behind its left edge, or no subtype: Wireshark reads no further. */
function isCut({ kind, length }: EveryOption): boolean {
  if (kind === option.MULTIPATH) return length === 2;
  return kind === option.SACK && (length < 4 || (length - 2) % 8 >= 4);
}

function headerLength(tcp: Layers, segment: number): number {
  return (tcp.view[segment].getUint8(tcp.at[segment] + header.OFFSET) >> 4) << 2;
}

/** First byte behind what was captured of the options. */
function optionsEnd(tcp: Layers, segment: number): number {
  return Math.min(tcp.end[segment], tcp.at[segment] + headerLength(tcp, segment));
}

const options = new Options();
const all = (packet: Dissection): Layers => options.of(packet).all;

/** A field of options of some kinds. */
export const ofOptions = (
  kinds: (kind: number) => boolean,
  name: string,
  title: string,
  type: FieldType,
  read: ReadEntry,
  hex = false,
): Field => entries(all, name, title, type, read, { hex }, kinds);

export const is = (wanted: number) => (kind: number) => kind === wanted;
const isUnknown = (kind: number) => !KNOWN.has(kind);
const isExperimental = (kind: number) => EXPERIMENTAL.includes(kind);

/** The option itself: its bytes. */
function whole(kinds: (kind: number) => boolean, name: string, title: string): Field {
  return ofOptions(kinds, name, title, 'protocol', (list, i, out) =>
    out.span(list.parent[i], list.view[i], list.at[i], list.end[i] - list.at[i]),
  );
}

/** A number at a fixed place of options of one kind. */
function value(
  kind: number,
  name: string,
  title: string,
  type: 'uint8' | 'uint16' | 'uint32',
  place: number,
): Field {
  const size = type === 'uint8' ? 1 : type === 'uint16' ? 2 : 4;
  return ofOptions(is(kind), name, title, type, (list, i, out) => {
    const at = list.at[i] + place;
    const isSound = list.wireEnd[i] - list.at[i] === LENGTHS.get(kind);
    if (!isSound || at + size > list.end[i]) return;
    const view = list.view[i];
    out.add(
      list.parent[i],
      size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at),
    );
  });
}

/** Present as often as the segments say so. */
function remark(name: string, title: string, times: (found: Options) => number): Field {
  return field(name, title, 'none', (packet, out) => {
    for (let i = times(options.of(packet)); i > 0; i--) out.add(0, 1);
  });
}

/** How a list of SACK blocks is read: block by block. */
type Block = (
  list: Layers,
  i: number,
  block: number,
  base: number,
  isDuplicate: boolean,
  out: Values,
) => void;

function blocks(name: string, title: string, type: FieldType, read: Block, extra = 0): Field {
  const everyBlock: Read = (packet, out) => {
    const list = all(packet);
    const { analysis } = packet;
    for (let i = 0; i < list.count; i++) {
      if (list.mark[i] !== option.SACK) continue;
      const base = analysis.row < 0 ? 0 : analysis.cells[analysis.receiver + cell.BASE];
      // The left edge of a block of which the right one is missing is shown.
      const many = (list.end[i] - list.at[i] - 2 + extra) >> 3;
      const isHalf = extra > 0 && list.wireEnd[i] - list.at[i] < 10;
      const isDuplicate =
        isHalf || (many > 0 && isWhole(list, i) && isDsack(list, i, many, analysis.segment.acknowledgment));
      for (let block = 0; block < many; block++) read(list, i, block, base, isDuplicate, out);
    }
  };
  return field(name, title, type, everyBlock, { needs: ANALYSIS });
}

/** Were all blocks captured, and does the list end with one? */
function isWhole(list: Layers, i: number): boolean {
  return list.end[i] === list.wireEnd[i] && (list.end[i] - list.at[i] - 2) % 8 < 4;
}

const edge = (list: Layers, i: number, block: number, right: 0 | 4) =>
  list.view[i].getInt32(list.at[i] + 2 + block * 8 + right);

/** A first block that was acknowledged, or that is within the second, reports data received twice (RFC 2883, 4). */
function isDsack(list: Layers, i: number, many: number, acknowledged: number): boolean {
  const left = edge(list, i, 0, 0);
  const right = edge(list, i, 0, 4);
  if (((right - acknowledged) | 0) <= 0) return true;
  return many > 1 && ((left - edge(list, i, 1, 0)) | 0) >= 0 && ((right - edge(list, i, 1, 4)) | 0) <= 0;
}

const left: Block = (list, i, block, base, _, out) =>
  out.add(list.parent[i], (edge(list, i, block, 0) - base) >>> 0);
const right: Block = (list, i, block, base, _, out) =>
  out.add(list.parent[i], (edge(list, i, block, 4) - base) >>> 0);
const onlyDuplicate =
  (read: Block): Block =>
  (list, i, block, base, isDuplicate, out) => {
    if (isDuplicate && block === 0) read(list, i, block, base, isDuplicate, out);
  };

function isFastOpen(list: Layers, i: number): boolean {
  const at = list.at[i] + 2;
  return (
    list.mark[i] === option.FAST_OPEN ||
    (at + 2 <= list.end[i] && list.view[i].getUint16(at) === option.FAST_OPEN_EXPERIMENT)
  );
}

/** Options that are there or not: what they have is not looked into. */
const NAMED: [kind: number, name: string, title: string][] = [
  [option.ECHO, 'echo', 'Echo'],
  [option.ECHO_REPLY, 'echoreply', 'Echo reply'],
  [option.CONNECTION_COUNT, 'cc', 'CC'],
  [option.CONNECTION_COUNT_NEW, 'ccnew', 'CC.NEW'],
  [option.CONNECTION_COUNT_ECHO, 'ccecho', 'CC.ECHO'],
  [option.SIGNATURE, 'md5', 'TCP MD5 signature'],
  [option.SCPS, 'scps', 'SCPS capabilities'],
  [option.SNACK, 'snack', 'Selective Negative Acknowledgment'],
  [option.RECORD_BOUNDARY, 'scpsrec', 'SCPS record boundary'],
  [option.CORRUPTION, 'scpscor', 'SCPS corruption experienced'],
  [option.QUICK_START, 'qs', 'Quick-Start'],
  [option.USER_TIMEOUT, 'user_to', 'User Timeout'],
  [option.AUTHENTICATION, 'ao', 'TCP AO'],
];

/** Fast Open's cookie, behind the option's own bytes; a request for one has none. */
function fastOpen(name: string, title: string, isRequest: boolean): Field {
  return ofOptions(
    (kind) => kind === option.FAST_OPEN || isExperimental(kind),
    name,
    title,
    isRequest ? 'none' : 'bytes',
    (list, i, out) => {
      let at = list.at[i] + 2;
      if (list.mark[i] !== option.FAST_OPEN) {
        if (at + 2 > list.end[i] || list.view[i].getUint16(at) !== option.FAST_OPEN_EXPERIMENT) return;
        at += 2;
      }
      const length = list.end[i] - at;
      if (isRequest) {
        if (length === 0) out.add(list.parent[i], 1);
      } else if (length > 0) out.span(list.parent[i], list.view[i], at, length);
    },
  );
}

export const TCP_OPTIONS: readonly Field[] = [
  field('tcp.options', 'TCP Options', 'bytes', ({ tcp }, out) => {
    for (let i = 0; i < tcp.count; i++) {
      if ((tcp.mark[i] & SOUND) === 0) continue;
      const at = tcp.at[i] + header.HEADER_LENGTH;
      if (headerLength(tcp, i) > header.HEADER_LENGTH && at <= tcp.end[i])
        out.span(i, tcp.view[i], at, optionsEnd(tcp, i) - at);
    }
  }),
  ofOptions(
    () => true,
    'tcp.option_kind',
    'Kind',
    'uint8',
    (list, i, out) => out.add(list.parent[i], list.mark[i]),
  ),
  ofOptions(
    (kind) => kind > 1,
    'tcp.option_len',
    'Length',
    'uint8',
    (list, i, out) => out.add(list.parent[i], list.wireEnd[i] - list.at[i]),
  ),
  remark('tcp.option.len.invalid', 'Invalid length for option', ({ malformed }) => malformed),
  remark(
    'tcp.non_zero_bytes_after_eol',
    'Non zero bytes in option space after EOL option',
    ({ behindEnd }) => behindEnd,
  ),
  remark('tcp.nop', '4 NOP in a row - a router may have removed some options', ({ fourNops }) => fourNops),
  ...NAMED.map(([kind, name, title]) => whole(is(kind), `tcp.options.${name}`, `TCP Option - ${title}`)),
  ofOptions(
    (kind) => kind === option.FAST_OPEN || isExperimental(kind),
    'tcp.options.tfo',
    'TCP Option - TCP Fast Open',
    'protocol',
    (list, i, out) => {
      if (isFastOpen(list, i)) out.span(list.parent[i], list.view[i], list.at[i], list.end[i] - list.at[i]);
    },
  ),
  whole(is(option.END), 'tcp.options.eol', 'TCP Option - End of Option List (EOL)'),
  whole(is(option.NO_OPERATION), 'tcp.options.nop', 'TCP Option - No-Operation (NOP)'),
  whole(is(option.MAXIMUM_SEGMENT_SIZE), 'tcp.options.mss', 'TCP Option - Maximum segment size'),
  value(option.MAXIMUM_SEGMENT_SIZE, 'tcp.options.mss_val', 'MSS Value', 'uint16', 2),
  whole(is(option.WINDOW_SCALE), 'tcp.options.wscale', 'TCP Option - Window scale'),
  value(option.WINDOW_SCALE, 'tcp.options.wscale.shift', 'Shift count', 'uint8', 2),
  ofOptions(
    is(option.WINDOW_SCALE),
    'tcp.options.wscale.multiplier',
    'Multiplier',
    'uint16',
    (list, i, out) => {
      if (list.wireEnd[i] - list.at[i] === 3 && list.at[i] + 3 <= list.end[i])
        out.add(list.parent[i], 2 ** Math.min(14, list.view[i].getUint8(list.at[i] + 2)));
    },
  ),
  whole(is(option.SACK_PERMITTED), 'tcp.options.sack_perm', 'TCP Option - SACK permitted'),
  whole(is(option.SACK), 'tcp.options.sack', 'TCP Option - SACK'),
  ofOptions(is(option.SACK), 'tcp.options.sack.count', 'TCP SACK Count', 'uint8', (list, i, out) =>
    out.add(list.parent[i], (list.end[i] - list.at[i] - 2) >> 3),
  ),
  blocks('tcp.options.sack_le', 'TCP SACK Left Edge', 'uint32', left, 4),
  blocks('tcp.options.sack_re', 'TCP SACK Right Edge', 'uint32', right),
  blocks('tcp.options.sack.dsack_le', 'TCP D-SACK Left Edge', 'uint32', onlyDuplicate(left), 4),
  blocks('tcp.options.sack.dsack_re', 'TCP D-SACK Right Edge', 'uint32', onlyDuplicate(right)),
  blocks(
    'tcp.options.sack.dsack',
    'D-SACK Sequence',
    'none',
    onlyDuplicate((list, i, _block, _base, _duplicate, out) => out.add(list.parent[i], 1)),
  ),
  whole(is(option.TIMESTAMPS), 'tcp.options.timestamp', 'TCP Option - Timestamps'),
  value(option.TIMESTAMPS, 'tcp.options.timestamp.tsval', 'Timestamp value', 'uint32', 2),
  value(option.TIMESTAMPS, 'tcp.options.timestamp.tsecr', 'Timestamp echo reply', 'uint32', 6),
  fastOpen('tcp.options.tfo.cookie', 'Fast Open Cookie', false),
  fastOpen('tcp.options.tfo.request', 'Fast Open Cookie Request', true),
  whole(isExperimental, 'tcp.options.experimental', 'TCP Option - Experimental'),
  ofOptions(
    isExperimental,
    'tcp.options.experimental.exid',
    'Experiment Identifier',
    'uint16',
    (list, i, out) => {
      if (list.at[i] + 4 <= list.end[i]) out.add(list.parent[i], list.view[i].getUint16(list.at[i] + 2));
    },
    true,
  ),
  whole(isUnknown, 'tcp.options.unknown', 'TCP Option - Unknown'),
  ofOptions(isUnknown, 'tcp.options.unknown.payload', 'Payload', 'bytes', (list, i, out) => {
    const at = list.at[i] + 2;
    if (at < list.end[i]) out.span(list.parent[i], list.view[i], at, list.end[i] - at);
  }),
];
