// When captures themselves dropped packets.

interface Gap {
  from: number;
  to: number;
}

/** The most gaps kept per point; beyond that, adjacent ones are merged. */
const MOST = 256;

/** Times in nanoseconds since the trace's first packet. */
export class CaptureGaps {
  private readonly gaps: Gap[][];
  /** Packets dropped, by point. */
  readonly packets: number[];

  constructor(points: number) {
    this.gaps = Array.from({ length: points }, () => []);
    this.packets = new Array<number>(points).fill(0);
  }

  add(point: number, from: number, to: number, packets: number): void {
    this.packets[point] += packets;
    const gaps = this.gaps[point];
    const last = gaps.at(-1);
    // After a clock was set back, times are earlier: not part of the last gap.
    const touches = last !== undefined && from <= last.to && to >= last.from;
    if (last !== undefined && (touches || gaps.length >= MOST)) {
      last.from = Math.min(last.from, from);
      last.to = Math.max(last.to, to);
    } else gaps.push({ from, to });
  }

  /** May the capture of a point have dropped a packet that came between two times? */
  overlaps(point: number, from: number, to: number): boolean {
    const gaps = this.gaps[point];
    for (let k = gaps.length - 1; k >= 0; k--) if (gaps[k].from <= to && gaps[k].to >= from) return true;
    return false;
  }
}
