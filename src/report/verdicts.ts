// How often there was which verdict: one sentence for people, one object for programs.
import { count } from '../base/units.ts';
import * as verdict from '../flow/verdict.ts';
import { VERDICTS } from '../flow/verdict.ts';

/** Segments judged, and how many of them had each verdict. */
export class VerdictCounts {
  segments = 0;
  private readonly counts = new Float64Array(VERDICTS.length);

  /** Counts a segment with this mask of verdicts. */
  add(mask: number): void {
    this.segments++;
    for (let rest = mask; rest !== 0; rest &= rest - 1) this.counts[31 - Math.clz32(rest & -rest)]!++;
  }

  of(bit: number): number {
    return this.counts[31 - Math.clz32(bit)]!;
  }
}

/** In the order of their weight: what is shown, with its plural. */
const WORDS: [bit: number, noun: string, plural?: string][] = [
  [verdict.RETRANSMISSION, 'retransmission'],
  [verdict.OUT_OF_ORDER, 'segment out of order', 'segments out of order'],
  [verdict.LOST_SEGMENT, 'hole (segment not captured)', 'holes (segments not captured)'],
  [verdict.ACK_LOST_SEGMENT, 'ACK of a segment not captured', 'ACKs of segments not captured'],
  [verdict.DUPLICATE_ACK, 'duplicate ACK'],
  [verdict.ZERO_WINDOW, 'zero window'],
  [verdict.WINDOW_FULL, 'full window'],
  [verdict.ZERO_WINDOW_PROBE, 'zero window probe'],
  [verdict.KEEP_ALIVE, 'keep-alive'],
  [verdict.REUSED_PORTS, 'reuse of ports', 'reuses of ports'],
];

/** `120 TCP segments in 2 connections: 3 retransmissions (1 fast, 1 spurious), 6 duplicate ACKs`. */
export function verdictsText(counts: VerdictCounts, connections: number): string {
  const found = WORDS.filter(([bit]) => counts.of(bit) > 0).map(([bit, noun, plural]) => {
    const words = count(counts.of(bit), noun, plural);
    if (bit !== verdict.RETRANSMISSION) return words;
    const kinds = [
      [verdict.FAST_RETRANSMISSION, 'fast'],
      [verdict.SPURIOUS_RETRANSMISSION, 'spurious'],
    ] as const;
    const shown = kinds
      .filter(([kind]) => counts.of(kind) > 0)
      .map(([kind, word]) => `${counts.of(kind)} ${word}`);
    return shown.length === 0 ? words : `${words} (${shown.join(', ')})`;
  });
  const what = found.length === 0 ? 'nothing unusual' : found.join(', ');
  return `${count(counts.segments, 'TCP segment')} in ${count(connections, 'connection')}: ${what}`;
}

/** Each verdict that there was, under its name in tcp.analysis, with how often. */
export function verdictsJson(counts: VerdictCounts): object {
  return Object.fromEntries(
    VERDICTS.flatMap((name, bit) => (counts.of(1 << bit) > 0 ? [[name, counts.of(1 << bit)]] : [])),
  );
}
