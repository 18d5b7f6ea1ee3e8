// tcp.*: the header (RFC 9293), the stream, and times.
import * as cell from '../../flow/connection.ts';
import { Duration } from '../../flow/duration.ts';
import { EveryOption } from '../../wire/options.ts';
import { MAXIMUM_SEGMENT_SIZE } from '../../wire/registry/tcp-options.ts';
import * as header from '../../wire/tcp.ts';
import type { Dissection } from '../dissection.ts';
import { either, type Field, type FieldType, field, number, type Read, type Where } from '../field.ts';
import { QUOTED, SOUND } from '../marks.ts';
import { ANALYSIS, TCP_STREAMS } from '../needs.ts';
import type { Values } from '../values.ts';

const tcp: Where = (packet) => packet.tcp;

const source = number(tcp, 'tcp.srcport', 'Source Port', 'uint16', header.SOURCE, { room: 4 });
const destination = number(tcp, 'tcp.dstport', 'Destination Port', 'uint16', header.DESTINATION);

/** Bits of the twelve flags. */
const flag = (name: string, title: string, mask: number) =>
  number(tcp, `tcp.flags.${name}`, title, 'boolean', header.OFFSET, { size: 2, mask, when: SOUND });

/** A field of the segment that the analysis has placed, which is the first one of the packet. */
function analyzed(
  name: string,
  title: string,
  type: FieldType,
  read: (packet: Dissection, out: Values) => void,
  needs = ANALYSIS,
): Field {
  const guarded: Read = (packet, out) => {
    if (packet.tcp.count > 0 && packet.analysis.row >= 0) read(packet, out);
  };
  return field(name, title, type, guarded, { needs: needs | ANALYSIS });
}

/** Sequence numbers count from the first of their direction; as they are where the segment is quoted or too short. */
function base(packet: Dissection, side: number): number {
  return isRaw(packet) && !isBogus(packet) ? 0 : packet.analysis.cells[side + cell.BASE];
}

function isRaw({ analysis: { segment } }: Dissection): boolean {
  return segment.quoted || segment.length < 0 || !segment.wellFormed;
}

/** Its length is shorter than a header, and the numbers before that are all that is read of it. */
function isBogus({ tcp: layers, analysis }: Dissection): boolean {
  const isThere = layers.at[0] + header.CHECKSUM <= layers.end[0] && !analysis.segment.quoted;
  return isThere && (layers.mark[0] & SOUND) === 0;
}

function isSound({ tcp: layers }: Dissection): boolean {
  return (layers.mark[0] & SOUND) !== 0;
}

/** The bytes of payload, as far as they are in the packet. */
const payload: Read = ({ tcp: layers }, out) => {
  for (let i = 0; i < layers.count; i++) {
    if ((layers.mark[i] & SOUND) === 0) continue;
    // Data of a reset says why (RFC 9293, 3.5.3).
    const flagsAt = layers.at[i] + header.FLAGS;
    if (flagsAt >= layers.end[i] || (layers.view[i].getUint8(flagsAt) & header.RST) !== 0) continue;
    const at = layers.at[i] + ((layers.view[i].getUint8(layers.at[i] + header.OFFSET) >> 4) << 2);
    if (at < layers.end[i]) out.span(i, layers.view[i], at, layers.end[i] - at);
  }
};

/** Of a segment too short for a connection, as it is. */
const sequence: Read = (packet, out) => {
  const { tcp: layers, analysis } = packet;
  for (let i = 0; i < layers.count; i++) {
    const at = layers.at[i] + header.SEQUENCE;
    if (at + 4 > layers.end[i]) continue;
    const from = i === 0 && analysis.row >= 0 ? base(packet, analysis.sender) : 0;
    out.add(i, (layers.view[i].getInt32(at) - from) >>> 0);
  }
};

const since = new Duration();

/** A time since an earlier one of the stream: the first at 0, the one before at 2. */
function streamTime(name: string, title: string, which: 0 | 2): Field {
  const read: Read = (packet, out) => {
    const { batch, index, streams, tcp: layers } = packet;
    const [start, end] = [layers.at[0], layers.end[0]];
    if (start + header.HEADER_LENGTH > end || isBogus(packet)) return;
    const at = streams.row * 4 + which;
    const { times } = streams;
    since.between(times[at], times[at + 1], batch.seconds[index], batch.nanoseconds[index]);
    out.time(0, since.seconds, since.nanoseconds);
  };
  return analyzed(name, title, 'relative_time', read, TCP_STREAMS);
}

const LETTERS = new TextEncoder().encode('RRRACEUAPRSF');
/** U+00B7, a middle dot, for a flag that is not set. */
const DOT = [0xc2, 0xb7] as const;

const letters: Read = ({ tcp: layers, texts }, out) => {
  for (let i = 0; i < layers.count; i++) {
    const at = layers.at[i] + header.OFFSET;
    if (at + 2 > layers.end[i] || (layers.mark[i] & SOUND) === 0) continue;
    const flags = layers.view[i].getUint16(at) & 0xfff;
    texts.reserve(24);
    const start = texts.length;
    for (let bit = 11; bit >= 0; bit--) {
      if ((flags & (1 << bit)) !== 0) texts.byte(LETTERS[11 - bit]);
      else {
        texts.byte(DOT[0]);
        texts.byte(DOT[1]);
      }
    }
    texts.end(out, i, start);
  }
};

/** Present where the header says so. */
function noted(
  name: string,
  title: string,
  holds: (view: DataView, at: number, flags: number, end: number) => boolean,
): Field {
  return field(name, title, 'none', ({ tcp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i];
      const isSound = (layers.mark[i] & SOUND) !== 0;
      if (isSound && holds(layers.view[i], at, layers.view[i].getUint8(at + header.FLAGS), layers.end[i]))
        out.add(i, 1);
    }
  });
}

/** A FIN: of the side that sent the connection's first one, or of the other. */
function closing(name: string, title: string, isActive: boolean): Field {
  const read = ({ analysis, streams }: Dissection, out: Values) => {
    const isFirst = streams.firstFin[streams.row] === analysis.direction + 1;
    if ((analysis.segment.flags & header.FIN) !== 0 && isFirst === isActive) out.add(0, 1);
  };
  return analyzed(name, title, 'none', read, TCP_STREAMS);
}

const cursor = new EveryOption();

/** Was the header captured whole, its options with it? */
function hasOptions(view: DataView, at: number, end: number): boolean {
  return at + ((view.getUint8(at + header.OFFSET) >> 4) << 2) <= end;
}

function hasMss(view: DataView, at: number, end: number): boolean {
  const headerEnd = at + ((view.getUint8(at + header.OFFSET) >> 4) << 2);
  cursor.open(view, at + header.HEADER_LENGTH, Math.min(end, headerEnd));
  while (cursor.step()) if (cursor.kind === MAXIMUM_SEGMENT_SIZE) return true;
  return false;
}

/** The options that say how large segments may be: those of a sound length (RFC 9293, 3.2). */
function mssOptions(view: DataView, at: number, end: number): number {
  const headerEnd = at + ((view.getUint8(at + header.OFFSET) >> 4) << 2);
  cursor.open(view, at + header.HEADER_LENGTH, Math.min(end, headerEnd));
  let many = 0;
  while (cursor.step()) if (cursor.kind === MAXIMUM_SEGMENT_SIZE && cursor.length === 4) many++;
  return many;
}

export const TCP: readonly Field[] = [
  source,
  destination,
  either('tcp.port', 'Source or Destination Port', source, destination),
  analyzed('tcp.stream', 'Stream index', 'uint32', ({ analysis }, out) => out.add(0, analysis.stream)),
  analyzed(
    'tcp.completeness',
    'Conversation completeness',
    'uint8',
    ({ streams }, out) => out.add(0, streams.shown),
    TCP_STREAMS,
  ),
  analyzed('tcp.len', 'TCP Segment Len', 'uint32', (packet, out) => {
    const { tcp: layers } = packet;
    if (isBogus(packet)) {
      const claimed = (layers.view[0].getUint8(layers.at[0] + header.OFFSET) >> 4) << 2;
      out.add(0, layers.wireEnd[0] - layers.at[0] - claimed);
    } else if (isSound(packet) && !isRaw(packet)) out.add(0, packet.analysis.segment.length);
  }),
  field('tcp.seq', 'Sequence Number', 'uint32', sequence, { needs: ANALYSIS }),
  // What is cut off before the window is shown as sequence number only.
  number(tcp, 'tcp.seq_raw', 'Sequence Number (raw)', 'uint32', header.SEQUENCE, { room: header.CHECKSUM }),
  analyzed('tcp.nxtseq', 'Next Sequence Number', 'uint32', (packet, out) => {
    const { sequence, length, flags } = packet.analysis.segment;
    if (isRaw(packet)) return;
    const occupies = (flags & (header.SYN | header.FIN)) === 0 ? 0 : 1;
    out.add(0, (sequence - base(packet, packet.analysis.sender) + length + occupies) >>> 0);
  }),
  analyzed('tcp.ack', 'Acknowledgment Number', 'uint32', (packet, out) => {
    if (isBogus(packet)) return;
    const { acknowledgment, flags } = packet.analysis.segment;
    const from = (flags & header.ACK) === 0 ? 0 : base(packet, packet.analysis.receiver);
    out.add(0, (acknowledgment - from) >>> 0);
  }),
  number(tcp, 'tcp.ack_raw', 'Acknowledgment number (raw)', 'uint32', header.ACKNOWLEDGMENT, {
    when: SOUND,
  }),
  field('tcp.hdr_len', 'Header Length', 'uint8', ({ tcp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + header.OFFSET;
      if (at < layers.end[i]) out.add(i, (layers.view[i].getUint8(at) >> 4) << 2);
    }
  }),
  number(tcp, 'tcp.flags', 'Flags', 'uint16', header.OFFSET, { mask: 0xfff, hex: true, when: SOUND }),
  flag('res', 'Reserved', 0xe00),
  flag('ae', 'Accurate ECN', 0x100),
  flag('cwr', 'Congestion Window Reduced', header.CWR),
  flag('ece', 'ECN-Echo', header.ECE),
  flag('urg', 'Urgent', header.URG),
  flag('ack', 'Acknowledgment', header.ACK),
  flag('push', 'Push', header.PSH),
  flag('reset', 'Reset', header.RST),
  flag('syn', 'Syn', header.SYN),
  flag('fin', 'Fin', header.FIN),
  field('tcp.flags.str', 'TCP Flags', 'string', letters),
  number(tcp, 'tcp.window_size_value', 'Window', 'uint16', header.WINDOW, { when: SOUND }),
  analyzed('tcp.window_size', 'Calculated window size', 'uint32', (packet, out) => {
    const { analysis } = packet;
    if (isSound(packet)) out.add(0, isRaw(packet) ? analysis.segment.window : analysis.windowSize);
  }),
  analyzed('tcp.window_size_scalefactor', 'Window size scaling factor', 'int32', (packet, out) => {
    const { analysis } = packet;
    if (!isSound(packet)) return;
    if (isRaw(packet)) {
      const scale = analysis.cells[analysis.sender + cell.SCALE];
      if ((analysis.segment.flags & header.SYN) === 0) out.add(0, scale < 0 ? scale : 1 << scale);
    } else if (analysis.windowScaleFactor !== 0) out.add(0, analysis.windowScaleFactor);
  }),
  number(tcp, 'tcp.checksum', 'Checksum', 'uint16', header.CHECKSUM, { hex: true, when: SOUND }),
  field('tcp.checksum.status', 'Checksum Status', 'uint8', ({ tcp: layers }, out) => {
    for (let i = 0; i < layers.count; i++)
      if ((layers.mark[i] & SOUND) !== 0 && layers.at[i] + header.CHECKSUM + 2 <= layers.end[i])
        out.add(i, 2);
  }),
  number(tcp, 'tcp.urgent_pointer', 'Urgent Pointer', 'uint16', header.URGENT, { when: SOUND }),
  field('tcp.payload', 'TCP payload', 'bytes', payload),
  streamTime('tcp.time_relative', 'Time since first frame in this TCP stream', 0),
  streamTime('tcp.time_delta', 'Time since previous frame in this TCP stream', 2),
  noted(
    'tcp.ack.nonzero',
    'The acknowledgment number field is nonzero while the ACK flag is not set',
    (view, at, flags) => (flags & header.ACK) === 0 && view.getUint32(at + header.ACKNOWLEDGMENT) !== 0,
  ),
  noted(
    'tcp.urgent_pointer.non_zero',
    'The urgent pointer field is nonzero while the URG flag is not set',
    (view, at, flags, end) =>
      (flags & header.URG) === 0 &&
      at + header.HEADER_LENGTH <= end &&
      view.getUint16(at + header.URGENT) !== 0,
  ),
  noted(
    'tcp.connection.syn',
    'Connection establish request (SYN)',
    (_view, _at, flags) => (flags & (header.SYN | header.ACK)) === header.SYN,
  ),
  noted(
    'tcp.connection.synack',
    'Connection establish acknowledge (SYN+ACK)',
    (_view, _at, flags) => (flags & (header.SYN | header.ACK)) === (header.SYN | header.ACK),
  ),
  noted('tcp.connection.fin', 'Connection finish (FIN)', (_view, _at, flags) => (flags & header.FIN) !== 0),
  noted('tcp.connection.rst', 'Connection reset (RST)', (_view, _at, flags) => (flags & header.RST) !== 0),
  closing('tcp.connection.fin_active', 'This frame initiates the connection closing', true),
  closing('tcp.connection.fin_passive', 'This frame undergoes the connection closing', false),
  noted(
    'tcp.options.mss.absent',
    'The SYN packet does not contain a MSS option',
    (view, at, flags, end) =>
      (flags & header.SYN) !== 0 &&
      view.getUint8(at + header.OFFSET) >> 4 > 5 &&
      hasOptions(view, at, end) &&
      !hasMss(view, at, end) &&
      !cursor.isMalformed &&
      !cursor.hasMoreBehindEnd,
  ),
  field(
    'tcp.options.mss.present',
    'The non-SYN packet does contain a MSS option',
    'none',
    ({ tcp: layers }, out) => {
      for (let i = 0; i < layers.count; i++) {
        const at = layers.at[i];
        const isSound = (layers.mark[i] & SOUND) !== 0;
        if (!isSound || (layers.view[i].getUint8(at + header.FLAGS) & header.SYN) !== 0) continue;
        if (!hasOptions(layers.view[i], at, layers.end[i])) continue;
        for (let many = mssOptions(layers.view[i], at, layers.end[i]); many > 0; many--) out.add(i, 1);
      }
    },
  ),
  field('tcp.short_segment', 'Short segment', 'none', ({ tcp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      if ((layers.mark[i] & (SOUND | QUOTED)) !== SOUND) continue;
      const claimed = (layers.view[i].getUint8(layers.at[i] + header.OFFSET) >> 4) << 2;
      if (layers.at[i] + claimed > layers.wireEnd[i]) out.add(i, 1);
    }
  }),
  // Only dissectors of what TCP carries make Wireshark show it; who asks for it among others gets these others.
  field('tcp.fin_retransmission', 'Retransmission of FIN from frame', 'framenum', () => {}),
];
