// What an exporter counts, by interface: fixed arrays, so that a scrape is as large after a year as after a minute.
import type { Batch } from '../../base/batch.ts';
import type { DropEvent } from '../../drops/event.ts';
import { harmlessBecause } from '../../drops/harmless.ts';
import { Analysis } from '../../flow/analysis.ts';
import { VERDICTS } from '../../flow/verdict.ts';
import type { Family, Labels } from '../../report/openmetrics.ts';

/** Seconds. */
const RTT_BOUNDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
] as const;
/** Reasons of drops that have a series each; the others are one. The kernel has about a hundred. */
const REASONS = 128;
const OTHER = 'other';
const UNKNOWN = 'unknown';

/** Counters of one interface. */
export class InterfaceMetrics {
  readonly labels: Labels;
  readonly analysis: Analysis;
  packets = 0;
  bytes = 0;
  segments = 0;
  payload = 0;
  readonly verdicts = new Float64Array(VERDICTS.length);
  readonly rtt = new Float64Array(RTT_BOUNDS.length + 1);
  rttSum = 0;

  /** `label`: `namespace:interface`. */
  constructor(label: string, maxConnections: number) {
    const colon = label.lastIndexOf(':');
    this.labels = { namespace: label.slice(0, colon), interface: label.slice(colon + 1) };
    this.analysis = new Analysis(maxConnections);
  }

  /** Counts a record. */
  add(batch: Batch, index: number): void {
    const { analysis } = this;
    this.packets++;
    this.bytes += batch.wire[index];
    if (!analysis.add(batch, index)) return;
    this.segments++;
    this.payload += Math.max(0, analysis.segment.length);
    for (let mask = analysis.verdict; mask !== 0; mask &= mask - 1)
      this.verdicts[31 - Math.clz32(mask & -mask)]!++;
    if (analysis.acksFrame === 0 || !analysis.unambiguous) return;
    const seconds = Math.max(0, analysis.ackRtt.value) / 1e9;
    let bucket = 0;
    while (bucket < RTT_BOUNDS.length && seconds > RTT_BOUNDS[bucket]) bucket++;
    this.rtt[bucket]!++;
    this.rttSum += seconds;
  }
}

/** Packets that the kernel dropped, by reason. */
export class DropMetrics {
  private readonly reasons = new Map<string, { packets: number; harmless: boolean }>();
  lost = 0;

  add(event: DropEvent): void {
    const harmless = harmlessBecause(event) !== undefined;
    const named = event.reason ?? event.counter ?? UNKNOWN;
    const reason = this.reasons.has(`${harmless} ${named}`) || this.reasons.size < REASONS ? named : OTHER;
    const key = `${harmless} ${reason}`;
    const known = this.reasons.get(key);
    if (known === undefined) this.reasons.set(key, { packets: event.count, harmless });
    else known.packets += event.count;
  }

  families(): Family[] {
    return [
      counter(
        'nscap_kernel_drops',
        'Packets that the kernel dropped, by reason; harmless: no sign of a fault, such as multicast without a receiver.',
        [...this.reasons].map(([key, { packets, harmless }]) => ({
          labels: { reason: key.slice(key.indexOf(' ') + 1), harmless: String(harmless) },
          value: packets,
        })),
      ),
      counter(
        'nscap_kernel_drops_unseen',
        'Drops that were counted and not delivered, so that their reason is not known.',
        [{ labels: {}, value: this.lost }],
      ),
    ];
  }
}

function counter(
  name: string,
  help: string,
  samples: { labels: Labels; value: number }[],
  unit?: string,
): Family {
  return { name, help, type: 'counter', samples, ...(unit === undefined ? {} : { unit }) };
}

/** The metrics of interfaces; `dropped`: packets that the capture of each lost; `isThere`: whether it can be captured on. */
export function interfaceFamilies(
  all: readonly InterfaceMetrics[],
  dropped: (index: number) => number,
  isThere: (index: number) => boolean,
): Family[] {
  const each = (value: (one: InterfaceMetrics, index: number) => number) =>
    all.map((link, index) => ({ labels: link.labels, value: value(link, index) }));
  return [
    {
      name: 'nscap_capture_up',
      help: 'Whether the interface is captured on: 0 since it has disappeared.',
      type: 'gauge',
      samples: each((_, i) => (isThere(i) ? 1 : 0)),
    },
    counter(
      'nscap_packets',
      'Packets seen.',
      each(({ packets }) => packets),
    ),
    counter(
      'nscap_bytes',
      'Their bytes on the wire.',
      each(({ bytes }) => bytes),
      'bytes',
    ),
    counter(
      'nscap_capture_lost_packets',
      'Packets that the capture could not take.',
      each((_, i) => dropped(i)),
    ),
    counter(
      'nscap_tcp_segments',
      'TCP segments.',
      each(({ segments }) => segments),
    ),
    counter(
      'nscap_tcp_payload_bytes',
      'Their payload.',
      each(({ payload }) => payload),
      'bytes',
    ),
    counter(
      'nscap_tcp_connections',
      'TCP connections seen.',
      each(({ analysis }) => analysis.streams),
    ),
    counter(
      'nscap_tcp_verdicts',
      'TCP segments with a verdict, as Wireshark gives it (tcp.analysis.*).',
      all.flatMap(({ labels, verdicts }) =>
        VERDICTS.map((verdict, bit) => ({ labels: { ...labels, verdict }, value: verdicts[bit] })),
      ),
    ),
    {
      name: 'nscap_tcp_ack_rtt_seconds',
      help: 'Time from a TCP segment to its acknowledgment, without segments that were sent again.',
      type: 'histogram',
      unit: 'seconds',
      samples: all.map(({ labels, rtt, rttSum }) => ({
        labels,
        histogram: { bounds: RTT_BOUNDS, counts: rtt, sum: rttSum },
      })),
    },
  ];
}
