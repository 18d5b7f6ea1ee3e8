// The flows that lost most packets, or waited longest, and at which hop.
import type { Trace } from '../../trace/trace.ts';
import { flowText } from './names.ts';

/** One direction of a flow: what it lost, and its worst hop. Times in seconds. */
export interface FlowReport {
  /** As the first point saw it: `TCP 10.1.0.10:40112 → 10.2.0.20:80`. */
  flow: string;
  /** Packets that came to the point which most of them came to. */
  packets: number;
  lost: number;
  /** Where most were lost: the point that saw them last; null where none was. */
  lostAfter: string | null;
  /** The hop that took longest, by its mean; null where no packet came to a second point. */
  slowest: { to: string; mean: number; max: number } | null;
}

/** The worst first: those that lost most, then those that waited longest. */
export function worstFlows(trace: Trace, most: number): FlowReport[] {
  const { flows, points } = trace;
  const n = points.length;
  const ranked: { flow: number; lost: number; mean: number }[] = [];
  for (const row of flows.roots()) {
    for (const flow of [row * 2, row * 2 + 1]) {
      let lost = 0;
      let mean = 0;
      for (let point = 0, at = flow * n; point < n; point++, at++) {
        lost += flows.routes.lost[at];
        if (flows.routes.packets[at] > 0)
          mean = Math.max(mean, flows.routes.delays[at] / flows.routes.packets[at]);
      }
      if (lost > 0 || mean > 0) ranked.push({ flow, lost, mean });
    }
  }
  ranked.sort((a, b) => b.lost - a.lost || b.mean - a.mean);
  return ranked.slice(0, most).map(({ flow, lost }) => report(trace, flow, lost));
}

function report(trace: Trace, flow: number, lost: number): FlowReport {
  const { flows, points } = trace;
  const at = flow * points.length;
  let after = -1;
  let slowest = -1;
  let packets = 0;
  const mean = (point: number) =>
    flows.routes.packets[at + point] === 0
      ? 0
      : flows.routes.delays[at + point] / flows.routes.packets[at + point];
  for (let point = 0; point < points.length; point++) {
    packets = Math.max(packets, flows.routes.packets[at + point]);
    if (
      flows.routes.lost[at + point] > 0 &&
      (after < 0 || flows.routes.lost[at + point] > flows.routes.lost[at + after])
    )
      after = point;
    if (flows.routes.packets[at + point] > 0 && (slowest < 0 || mean(point) > mean(slowest))) slowest = point;
  }
  return {
    flow: flowText(trace, flow),
    packets,
    lost,
    lostAfter: after < 0 ? null : points[after].name,
    slowest:
      slowest < 0
        ? null
        : {
            to: points[slowest].name,
            mean: mean(slowest) / 1e9,
            max: flows.routes.longest[at + slowest] / 1e9,
          },
  };
}
