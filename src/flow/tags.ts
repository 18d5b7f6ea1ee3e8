// Verdicts as words, in the order and the wording of Wireshark's Info column.
import type { Text } from '../base/text.ts';
import type { Analysis } from './analysis.ts';
import * as verdict from './verdict.ts';

/** In this order; a family is one tag. The duplicate ACK, which has numbers, comes second. */
const BEFORE: [mask: number, tag: string][] = [
  [verdict.ZERO_WINDOW_PROBE_ACK, '[TCP ZeroWindowProbeAck]'],
  [verdict.ZERO_WINDOW, '[TCP ZeroWindow]'],
];
const BEHIND: [mask: number, tag: string][] = [
  [verdict.ZERO_WINDOW_PROBE, '[TCP ZeroWindowProbe]'],
  [verdict.KEEP_ALIVE, '[TCP Keep-Alive]'],
  [verdict.KEEP_ALIVE_ACK, '[TCP Keep-Alive ACK]'],
  [verdict.WINDOW_UPDATE, '[TCP Window Update]'],
  [verdict.WINDOW_FULL, '[TCP Window Full]'],
  [verdict.ACK_LOST_SEGMENT, '[TCP ACKed unseen segment]'],
  [verdict.LOST_SEGMENT, '[TCP Previous segment not captured]'],
];
const LAST: [mask: number, tag: string][] = [
  [verdict.REUSED_PORTS, '[TCP Port numbers reused]'],
  [verdict.TFO_SYN, '[TCP Fast Open: SYN with cookie]'],
  [verdict.TFO_ACK, '[TCP Fast Open: SYN-ACK accepts data]'],
  [verdict.TFO_IGNORED, '[TCP Fast Open: SYN-ACK ignores data]'],
];

/** Appends the tags of the last segment of `analysis`, each preceded by a space; nothing if it has no verdict. */
export function appendTags(text: Text, analysis: Analysis): void {
  const mask = analysis.verdict;
  if (mask === 0) return;
  append(text, mask, BEFORE);
  if ((mask & verdict.DUPLICATE_ACK) !== 0) {
    text.ascii(' [TCP Dup ACK ');
    text.decimal(analysis.duplicateAckFrame);
    text.byte(0x23);
    text.decimal(analysis.duplicateAckNumber);
    text.byte(0x5d);
  }
  append(text, mask, BEHIND);
  if ((mask & verdict.SPURIOUS_RETRANSMISSION) !== 0) text.ascii(' [TCP Spurious Retransmission]');
  else if ((mask & verdict.FAST_RETRANSMISSION) !== 0) text.ascii(' [TCP Fast Retransmission]');
  else if ((mask & verdict.RETRANSMISSION) !== 0) text.ascii(' [TCP Retransmission]');
  else if ((mask & verdict.OUT_OF_ORDER) !== 0) text.ascii(' [TCP Out-Of-Order]');
  append(text, mask, LAST);
}

function append(text: Text, mask: number, tags: [number, string][]): void {
  for (const [bit, tag] of tags) {
    if ((mask & bit) === 0) continue;
    text.byte(0x20);
    text.ascii(tag);
  }
}
