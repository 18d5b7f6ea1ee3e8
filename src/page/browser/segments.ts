// Segments and what is marked among them, as layers of a time-sequence graph.
import type { DirectionData } from '../document.ts';
import { summed } from '../document.ts';
import * as format from './format.ts';
import type { Layer } from './layers.ts';

/** How each kind of bar is drawn: color, letter of a marked event, and what it is called. */
export const DRAWN: Record<string, [color: string, letter: string | undefined, name: string]> = {
  segment: ['segment', undefined, 'segments'],
  retransmission: ['bad', 'R', 'retransmissions'],
  'fast-retransmission': ['bad', 'F', 'fast retransmissions'],
  'spurious-retransmission': ['odd', 'S', 'spurious retransmissions'],
  'out-of-order': ['odd', 'O', 'out of order'],
  hole: ['bad', 'L', 'previous segment not captured'],
  syn: ['control', 'SYN', 'SYN'],
  fin: ['control', 'FIN', 'FIN'],
  rst: ['bad', 'RST', 'RST'],
  'keep-alive': ['odd', 'K', 'keep-alives'],
  probe: ['odd', 'P', 'zero window probes'],
  sack: ['sack', undefined, 'SACK blocks'],
  'duplicate-ack': ['odd', 'D', 'duplicate ACKs'],
  'zero-window': ['bad', 'Z', 'zero windows'],
  'window-full': ['odd', 'W', 'window full'],
  'ack-unseen': ['odd', 'U', 'ACKs of what was not captured'],
  dropped: ['bad', 'X', 'dropped by the kernel'],
};

/** A direction with its differences added up, times in seconds of the capture. */
export interface Unpacked {
  data: DirectionData;
  times: Float64Array;
  begins: Float64Array;
  ends: Float64Array;
  frames: Float64Array;
}

export function unpack(data: DirectionData, start: number): Unpacked {
  const begins = summed(data.bars.b);
  return {
    data,
    times: seconds(data.bars.t, start),
    begins,
    ends: begins.map((begin, i) => begin + data.bars.l[i]),
    frames: summed(data.bars.f),
  };
}

/** Differences of nanoseconds as seconds of the axis, on which they begin at `start` nanoseconds. */
export function seconds(differences: number[], start: number): Float64Array {
  return summed(differences).map((time) => (time + start) / 1e9);
}

/** A layer for each kind of bar that there is. */
export function barLayers(kinds: readonly string[], { data, times, begins, ends }: Unpacked): Layer[] {
  return kinds.flatMap((kind, index) => {
    const found = data.bars.k.flatMap((one, i) => (one === index ? [i] : []));
    if (found.length === 0) return [];
    const [ink, letter, name] = DRAWN[kind] ?? ['odd', undefined, kind];
    const of = (values: Float64Array) => Float64Array.from(found, (i) => values[i]);
    const many = sum(found.map((i) => data.bars.c?.[i] ?? 1));
    return [
      {
        name: `${name} (${format.whole(many)})`,
        color: ink,
        shape: 'bars' as const,
        times: of(times),
        values: of(begins),
        ends: of(ends),
        ...(letter === undefined ? {} : { letter }),
      },
    ];
  });
}

export function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
