// icmp.* (RFC 792).
import { folded, sum16 } from '../../base/checksum.ts';
import * as header from '../../wire/icmp.ts';
import type { Dissection } from '../dissection.ts';
import { type Field, type FieldType, field, number, type Read, type Where } from '../field.ts';
import { QUOTED } from '../marks.ts';
import { ECHO } from '../needs.ts';
import type { Values } from '../values.ts';

const icmp: Where = (packet) => packet.icmp;

/** Timestamp and information requests and replies, and those for address masks (RFC 792, 950), have the numbers of echo. */
const NUMBERED: readonly number[] = [header.ECHO_REPLY, header.ECHO_REQUEST, 13, 14, 15, 16, 17, 18];
/** Extended echo (RFC 8335) has an identifier as well. */
const IDENTIFIED: readonly number[] = [...NUMBERED, 42, 43];
const FRAGMENTATION_NEEDED = 4;
const PARAMETER_PROBLEM = 12;
const ERRORS: readonly number[] = [header.UNREACHABLE, header.TIME_EXCEEDED, PARAMETER_PROBLEM];
const TIMESTAMPS = [13, 14];
const ADDRESS_MASKS = [17, 18];

/** A field of messages of some types. */
function ofTypes(
  types: readonly number[],
  name: string,
  title: string,
  type: FieldType,
  read: (view: DataView, at: number, end: number, out: Values, i: number) => void,
): Field {
  return field(name, title, type, ({ icmp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i];
      if (at >= layers.end[i] || !types.includes(layers.view[i].getUint8(at))) continue;
      read(layers.view[i], at, layers.end[i], out, i);
    }
  });
}

const word =
  (place: number) =>
  (view: DataView, at: number, end: number, out: Values, i: number): void => {
    if (at + place + 4 <= end) out.add(i, view.getUint32(at + place));
  };

const sixteen = (types: readonly number[], name: string, title: string, place: number, little: boolean) =>
  ofTypes(types, name, title, 'uint16', (view, at, end, out, i) => {
    if (at + place + 2 <= end) out.add(i, view.getUint16(at + place, little));
  });

/** What an error has no use for: a byte may say how much of the datagram is quoted (RFC 4884, 4.1), two what size is possible. */
function unused(view: DataView, at: number, end: number, out: Values, i: number): void {
  if (at + header.HEADER_LENGTH - 2 > end) return;
  const hasLength = view.getUint8(at + header.QUOTED_WORDS) !== 0;
  const type = view.getUint8(at);
  const isMtu = type === header.UNREACHABLE && view.getUint8(at + header.CODE) === FRAGMENTATION_NEEDED;
  // The first byte of a parameter problem points at it.
  const first = type === PARAMETER_PROBLEM ? at + 5 : at + 4;
  const last = isMtu ? at + 6 : at + 8;
  if (!hasLength) {
    if (last <= end) out.span(i, view, first, last - first);
    return;
  }
  if (first < at + header.QUOTED_WORDS) out.span(i, view, first, 1);
  if (!isMtu && last <= end) out.span(i, view, at + 6, 2);
}

/** Is the sum right? 1 yes, 0 no, 2 where not all of the message is there. */
export function statusOf(view: DataView, at: number, end: number, wireEnd: number, sum = 0): number {
  if (end < wireEnd) return 2;
  return folded(folded(sum16(view, at, end) + sum)) === 0xffff ? 1 : 0;
}

const status: Read = ({ icmp: layers }, out) => {
  for (let i = 0; i < layers.count; i++) {
    if (layers.at[i] + 4 > layers.end[i]) continue;
    const quoted = (layers.mark[i] & QUOTED) !== 0;
    out.add(i, quoted ? 2 : statusOf(layers.view[i], layers.at[i], layers.end[i], layers.wireEnd[i]));
  }
};

/** The time that ping sends along: seconds and microseconds, of 32 or 64 bits, in the sender's byte order. */
interface Sent {
  seconds: number;
  nanoseconds: number;
}

const DAY = 86_400;
const sent: Sent = { seconds: 0, nanoseconds: 0 };

/** Finds the time in the data at `at`: one that is near the packet's own. */
function findTime({ batch, index }: Dissection, view: DataView, at: number, end: number): boolean {
  if (at + 8 > end) return false;
  const now = batch.seconds[index];
  for (const little of [false, true]) {
    const seconds = view.getUint32(at, little);
    if (Math.abs(now - seconds) >= DAY) continue;
    const microseconds = view.getUint32(at + 4, little);
    sent.seconds = seconds;
    sent.nanoseconds = microseconds * 1000;
    return microseconds < 1e6;
  }
  return false;
}

function sentTime(name: string, title: string, isRelative: boolean): Field {
  const type = isRelative ? 'relative_time' : 'absolute_time';
  return field(name, title, type, (packet, out) => {
    const { icmp: layers, batch, index } = packet;
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i];
      if (at >= layers.end[i]) continue;
      const kind = layers.view[i].getUint8(at);
      if (kind !== header.ECHO_REQUEST && kind !== header.ECHO_REPLY) continue;
      if (!findTime(packet, layers.view[i], at + header.HEADER_LENGTH, layers.end[i])) continue;
      if (!isRelative) {
        out.time(i, sent.seconds, sent.nanoseconds);
        continue;
      }
      let seconds = batch.seconds[index] - sent.seconds;
      let nanoseconds = batch.nanoseconds[index] - sent.nanoseconds;
      if (seconds > 0 && nanoseconds < 0) {
        seconds--;
        nanoseconds += 1e9;
      } else if (seconds < 0 && nanoseconds > 0) {
        seconds++;
        nanoseconds -= 1e9;
      }
      out.time(i, seconds, nanoseconds);
    }
  });
}

export const ICMP: readonly Field[] = [
  number(icmp, 'icmp.type', 'Type', 'uint8', header.TYPE),
  number(icmp, 'icmp.code', 'Code', 'uint8', header.CODE),
  number(icmp, 'icmp.checksum', 'Checksum', 'uint16', header.CHECKSUM, { hex: true }),
  field('icmp.checksum.status', 'Checksum Status', 'uint8', status),
  field('icmp.checksum_bad', 'Bad checksum', 'none', ({ icmp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const isThere = layers.at[i] + 4 <= layers.end[i] && (layers.mark[i] & QUOTED) === 0;
      if (isThere && statusOf(layers.view[i], layers.at[i], layers.end[i], layers.wireEnd[i]) === 0)
        out.add(i, 1);
    }
  }),
  sixteen(IDENTIFIED, 'icmp.ident', 'Identifier (BE)', header.IDENTIFIER, false),
  sixteen(IDENTIFIED, 'icmp.ident_le', 'Identifier (LE)', header.IDENTIFIER, true),
  sixteen(NUMBERED, 'icmp.seq', 'Sequence Number (BE)', header.SEQUENCE, false),
  sixteen(NUMBERED, 'icmp.seq_le', 'Sequence Number (LE)', header.SEQUENCE, true),
  ofTypes(ERRORS, 'icmp.unused', 'Unused', 'bytes', unused),
  // Of a router that has a link of smaller packets (RFC 1191, 4).
  ofTypes([header.UNREACHABLE], 'icmp.mtu', 'MTU of next hop', 'uint16', (view, at, end, out, i) => {
    if (at + header.HEADER_LENGTH <= end && view.getUint8(at + header.CODE) === FRAGMENTATION_NEEDED)
      out.add(i, view.getUint16(at + header.NEXT_HOP_MTU));
  }),
  ofTypes([header.REDIRECT], 'icmp.redir_gw', 'Gateway Address', 'ipv4', (view, at, end, out, i) => {
    if (at + header.HEADER_LENGTH <= end) out.add(i, view.getUint32(at + header.GATEWAY));
  }),
  ofTypes([PARAMETER_PROBLEM], 'icmp.pointer', 'Pointer', 'uint32', (view, at, end, out, i) => {
    if (at + 5 <= end) out.add(i, view.getUint8(at + 4));
  }),
  ofTypes(TIMESTAMPS, 'icmp.originate_timestamp', 'Originate Timestamp', 'uint32', word(8)),
  ofTypes(TIMESTAMPS, 'icmp.receive_timestamp', 'Receive Timestamp', 'uint32', word(12)),
  ofTypes(TIMESTAMPS, 'icmp.transmit_timestamp', 'Transmit Timestamp', 'uint32', word(16)),
  ofTypes(ADDRESS_MASKS, 'icmp.address_mask', 'Address Mask', 'ipv4', word(8)),
  sentTime('icmp.data_time', 'Timestamp from icmp data', false),
  sentTime('icmp.data_time_relative', 'Timestamp from icmp data (relative)', true),
  field(
    'icmp.resp_to',
    'Request frame',
    'framenum',
    ({ echoes, icmp: layers }, out) => {
      if (layers.count > 0 && echoes.frame !== 0) out.add(0, echoes.frame);
    },
    { needs: ECHO },
  ),
  field(
    'icmp.resptime',
    'Response time',
    'double',
    ({ echoes, icmp: layers }, out) => {
      if (layers.count > 0 && echoes.frame !== 0) out.add(0, echoes.milliseconds);
    },
    { needs: ECHO },
  ),
];
