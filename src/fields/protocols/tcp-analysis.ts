// tcp.analysis.*: the verdicts of flow/ under Wireshark's names.
import type { Analysis } from '../../flow/analysis.ts';
import type { Duration } from '../../flow/duration.ts';
import * as verdict from '../../flow/verdict.ts';
import { type Field, type FieldType, field, type Read } from '../field.ts';
import { ANALYSIS } from '../needs.ts';
import type { Values } from '../values.ts';

function analyzed(
  name: string,
  title: string,
  type: FieldType,
  read: (analysis: Analysis, out: Values) => void,
): Field {
  const guarded: Read = (packet, out) => {
    if (packet.tcp.count > 0 && packet.analysis.row >= 0) read(packet.analysis, out);
  };
  return field(`tcp.analysis${name}`, title, type, guarded, { needs: ANALYSIS });
}

/** Present with a verdict; those of which the packet tree shows a line and a note, twice. */
function flag(name: string, title: string, bit: number, times = 1): Field {
  return analyzed(name, title, 'none', (analysis, out) => {
    if ((analysis.verdict & bit) !== 0) for (let i = 0; i < times; i++) out.add(0, 1);
  });
}

function count(name: string, title: string, type: FieldType, of: (analysis: Analysis) => number): Field {
  return analyzed(name, title, type, (analysis, out) => {
    const value = of(analysis);
    if (value !== 0) out.add(0, value);
  });
}

function duration(name: string, title: string, of: (analysis: Analysis) => Duration): Field {
  return analyzed(name, title, 'relative_time', (analysis, out) => {
    const { seconds, nanoseconds } = of(analysis);
    if (seconds !== 0 || nanoseconds !== 0) out.time(0, seconds, nanoseconds);
  });
}

/** Is there anything that is shown of the segment's analysis? */
function hasAnalysis(analysis: Analysis): boolean {
  return (analysis.verdict & ~FAST_OPEN) !== 0 || analysis.acksFrame !== 0 || analysis.noted;
}

/** Notes that Wireshark does not count among the flags. */
const FAST_OPEN = verdict.TFO_SYN | verdict.TFO_ACK | verdict.TFO_IGNORED;

/** Shown with whatever else there is. */
const initialRtt = (analysis: Analysis, out: Values): void => {
  const nanoseconds = analysis.initialRtt;
  if (nanoseconds === 0 || !hasAnalysis(analysis)) return;
  const seconds = Math.trunc(nanoseconds / 1e9);
  out.time(0, seconds, nanoseconds - seconds * 1e9);
};

export const TCP_ANALYSIS: readonly Field[] = [
  analyzed('', 'SEQ/ACK analysis', 'none', (analysis, out) => {
    if (hasAnalysis(analysis)) out.add(0, 1);
  }),
  analyzed('.flags', 'TCP Analysis Flags', 'none', (analysis, out) => {
    if ((analysis.verdict & ~FAST_OPEN) !== 0) out.add(0, 1);
  }),
  flag('.retransmission', 'This frame is a (suspected) retransmission', verdict.RETRANSMISSION),
  flag(
    '.fast_retransmission',
    'This frame is a (suspected) fast retransmission',
    verdict.FAST_RETRANSMISSION,
  ),
  flag(
    '.spurious_retransmission',
    'This frame is a (suspected) spurious retransmission',
    verdict.SPURIOUS_RETRANSMISSION,
  ),
  flag('.out_of_order', 'This frame is a (suspected) out-of-order segment', verdict.OUT_OF_ORDER),
  flag('.duplicate_ack', 'Duplicate ACK', verdict.DUPLICATE_ACK, 2),
  flag('.lost_segment', 'Previous segment(s) not captured (common at capture start)', verdict.LOST_SEGMENT),
  flag(
    '.ack_lost_segment',
    "ACKed segment that wasn't captured (common at capture start)",
    verdict.ACK_LOST_SEGMENT,
  ),
  flag('.zero_window', 'TCP Zero Window segment', verdict.ZERO_WINDOW),
  flag('.zero_window_probe', 'TCP Zero Window Probe', verdict.ZERO_WINDOW_PROBE),
  flag('.zero_window_probe_ack', 'ACK to a TCP Zero Window Probe', verdict.ZERO_WINDOW_PROBE_ACK),
  flag('.keep_alive', 'TCP keep-alive segment', verdict.KEEP_ALIVE),
  flag('.keep_alive_ack', 'ACK to a TCP keep-alive segment', verdict.KEEP_ALIVE_ACK),
  flag('.window_full', 'TCP window specified by the receiver is now completely full', verdict.WINDOW_FULL),
  flag('.window_update', 'TCP window update', verdict.WINDOW_UPDATE),
  flag(
    '.reused_ports',
    'A new tcp session is started with the same ports as an earlier session in this trace',
    verdict.REUSED_PORTS,
  ),
  flag('.tfo_syn', 'TCP SYN with TFO Cookie', verdict.TFO_SYN),
  flag('.tfo_ack', 'TCP SYN-ACK accepting TFO data', verdict.TFO_ACK),
  flag('.tfo_ignored', 'TCP SYN-ACK ignoring TFO data', verdict.TFO_IGNORED),
  duration('.ack_rtt', 'The RTT to ACK the segment was', ({ ackRtt }) => ackRtt),
  count('.acks_frame', 'This is an ACK to the segment in frame', 'framenum', ({ acksFrame }) => acksFrame),
  count('.bytes_in_flight', 'Bytes in flight', 'uint32', ({ bytesInFlight }) => bytesInFlight),
  count('.push_bytes_sent', 'Bytes sent since last PSH flag', 'uint32', ({ pushBytesSent }) => pushBytesSent),
  count('.duplicate_ack_num', 'Duplicate ACK #', 'uint32', ({ duplicateAckNumber }) => duplicateAckNumber),
  analyzed('.duplicate_ack_frame', 'Duplicate to the ACK in frame', 'framenum', (analysis, out) => {
    if ((analysis.verdict & verdict.DUPLICATE_ACK) !== 0) out.add(0, analysis.duplicateAckFrame);
  }),
  duration('.rto', 'The RTO for this segment was', ({ rto }) => rto),
  count('.rto_frame', 'RTO based on delta from frame', 'framenum', ({ rtoFrame }) => rtoFrame),
  analyzed('.initial_rtt', 'iRTT', 'relative_time', initialRtt),
];
