// frame.*: what the capture says of a record.
import type { Batch } from '../../base/batch.ts';
import { isPacket, isTimed } from '../../base/record-kind.ts';
import * as ng from '../../file/pcapng.ts';
import type { Dissection } from '../dissection.ts';
import { type Field, type FieldType, field, type Read } from '../field.ts';
import { TIMES } from '../needs.ts';
import { optional } from './frame-options.ts';

function value(name: string, title: string, type: FieldType, of: (packet: Dissection) => number): Field {
  return field(name, title, type, (packet, out) => out.add(0, of(packet)));
}

/** The code of the option that a record's flags are. */
const EPB_FLAGS = 2;

/** Has the record flags, though none is set? */
function hasFlags({ view, options, optionsLength, optionsLittleEndian }: Batch, index: number): boolean {
  const end = options[index] + optionsLength[index];
  for (let at = options[index]; at + 4 <= end; ) {
    const code = view.getUint16(at, optionsLittleEndian);
    if (code === EPB_FLAGS) return true;
    if (code === 0) return false;
    at += 4 + ((view.getUint16(at + 2, optionsLittleEndian) + 3) & ~3);
  }
  return false;
}

/** epb_flags (draft-ietf-opsawg-pcapng, 4.3.1): the bits of `mask`, all where it is 0. */
function flag(name: string, title: string, type: FieldType, mask: number, hex = false): Field {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  const bits = mask === 0 ? -1 : mask;
  const read: Read = ({ batch, index }, out) => {
    const flags = batch.flags[index];
    if (flags !== 0 || hasFlags(batch, index))
      out.add(0, type === 'boolean' ? 1 & (flags >>> shift) : (flags & bits) >>> shift);
  };
  return field(`frame.packet_flags${name}`, title, type, read, { hex });
}

/** What `times` of a dissection has of earlier records. */
const SINCE = { first: 0, previous: 2, displayed: 6 };

/** The time since the first record, since the one before, or since the last that a display filter took. */
function since(name: string, title: string, which: keyof typeof SINCE): Field {
  const at = SINCE[which];
  const read: Read = ({ batch, index, times }, out) => {
    if (!isTimed(batch.kind[index])) return;
    let seconds = batch.seconds[index] - times[at];
    let nanoseconds = batch.nanoseconds[index] - times[at + 1];
    // Both of the same sign.
    if (seconds > 0 && nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    } else if (seconds < 0 && nanoseconds > 0) {
      seconds++;
      nanoseconds -= 1e9;
    }
    out.time(0, seconds, nanoseconds);
  };
  return field(name, title, 'relative_time', read, { needs: TIMES });
}

const now: Read = ({ batch, index }, out) => {
  if (isTimed(batch.kind[index])) out.time(0, batch.seconds[index], batch.nanoseconds[index]);
};

/** Do interfaces have names, and is the record from one? */
function hasInterface({ batch, index, origin }: Dissection): boolean {
  return origin.named && isPacket(batch.kind[index]);
}

const error = (name: string, title: string, mask: number) => flag(name, title, 'boolean', mask);

export const FRAME: readonly Field[] = [
  value('frame.number', 'Frame Number', 'uint32', ({ batch, index }) => batch.frame(index)),
  value('frame.len', 'Frame length on the wire', 'uint32', ({ batch, index }) => batch.wire[index]),
  value(
    'frame.cap_len',
    'Frame length stored into the capture file',
    'uint32',
    ({ batch, index }) => batch.captured[index],
  ),
  field('frame.time', 'Arrival Time', 'absolute_time', now),
  field('frame.offset_shift', 'Time shift for this packet', 'relative_time', ({ batch, index }, out) => {
    if (isTimed(batch.kind[index])) out.time(0, 0, 0);
  }),
  field('frame.time_epoch', 'Epoch Time', 'relative_time', now),
  since('frame.time_delta', 'Time delta from previous captured frame', 'previous'),
  since('frame.time_delta_displayed', 'Time delta from previous displayed frame', 'displayed'),
  since('frame.time_relative', 'Time since reference or first frame', 'first'),
  field('frame.interface_id', 'Interface id', 'uint32', (packet, out) => {
    if (hasInterface(packet)) out.add(0, packet.origin.number(packet.batch.interface[packet.index]));
  }),
  field('frame.interface_name', 'Interface name', 'string', (packet, out) => {
    if (hasInterface(packet))
      packet.texts.add(out, 0, packet.origin.name(packet.batch.interface[packet.index]));
  }),
  field('frame.interface_description', 'Interface description', 'string', (packet, out) => {
    const text = hasInterface(packet) ? packet.origin.description(packet.batch.interface[packet.index]) : '';
    if (text !== '') packet.texts.add(out, 0, text);
  }),
  field('frame.section_number', 'Section number', 'uint32', (packet, out) => {
    const { origin, batch, index } = packet;
    const number = batch.interface[index];
    if (origin.named) out.add(0, isPacket(batch.kind[index]) ? origin.section(number) : number + 1);
  }),
  optional('frame.comment', 'Comment', 'string', ng.COMMENT, ({ batch: { view } }, option, out) => {
    // As it is, though it be no UTF-8.
    out.span(0, view, option.at, option.textLength);
  }),
  // What only the window of Wireshark changes.
  value('frame.marked', 'Frame is marked', 'boolean', () => 0),
  value('frame.ignored', 'Frame is ignored', 'boolean', () => 0),
  flag('', 'Packet flags', 'uint32', 0, true),
  flag('_direction', 'Direction', 'uint32', 0x3, true),
  flag('_reception_type', 'Reception type', 'uint32', 0x1c),
  flag('_fcs_length', 'FCS length', 'uint32', 0x1e0),
  flag('_reserved', 'Reserved', 'uint32', 0xfe00),
  error('_crc_error', 'CRC error', 0x01000000),
  error('_packet_too_error', 'Packet too long error', 0x02000000),
  error('_packet_too_short_error', 'Packet too short error', 0x04000000),
  error('_wrong_inter_frame_gap_error', 'Wrong interframe gap error', 0x08000000),
  error('_unaligned_frame_error', 'Unaligned frame error', 0x10000000),
  error('_start_frame_delimiter_error', 'Start frame delimiter error', 0x20000000),
  error('_preamble_error', 'Preamble error', 0x40000000),
  error('_symbol_error', 'Symbol error', 0x80000000),
];
