// The hops of a trace as rows.
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { escapeControls } from '../../base/escape-controls.ts';
import { BatchWriter } from '../../store/batch-writer.ts';
import { type Cell, nanoseconds } from '../../store/rows.ts';
import { openWriter } from '../../store/writer.ts';
import type { Hop } from '../../trace/hops.ts';
import type { Trace } from '../../trace/trace.ts';
import { deliver } from './delivery.ts';
import { LiveStore } from './live-store.ts';
import { identify } from './stored-capture.ts';

declare const __VERSION__: string;

const BILLION = 1_000_000_000n;
/** The only batch of a trace of files: by it the trace is found again. */
const BATCH = 0;

/** When the first and the latest record of a trace were captured, as its session says. */
interface Span {
  begin: [seconds: number, nanoseconds: number];
  latest: number;
}

/** Stores the hops of a live trace. */
export function storeLiveHops(target: string, trace: Trace, span: Span): void {
  const store = new LiveStore(target);
  for (const hop of trace.hops.all()) store.add('hops', nanoseconds(...span.begin), cells(trace, hop, span));
  store.close();
}

/** Stores those of a trace of files; where the same files and filter were traced into the store before, nothing. */
export async function storeFileHops(
  target: string,
  trace: Trace,
  span: Span,
  files: readonly string[],
  filter: string,
): Promise<void> {
  const store = openWriter(target);
  const identities = await Promise.all(files.map((file) => identify(file, filter)));
  const capture = createHash('sha256')
    .update(['trace', ...identities.map((one) => one.capture)].join('\n'))
    .digest('hex')
    .slice(0, 16);
  const host = store.find('hops', capture, BATCH);
  if (host !== undefined) {
    process.stderr.write(
      `nscap: this trace is in the store already, as capture ${capture} of ${escapeControls(host)}\n`,
    );
    return;
  }
  const hops = trace.hops.all();
  if (hops.length === 0) return;
  const writer = new BatchWriter({ host: hostname(), boot: capture, capture, nscap: __VERSION__ }, store);
  try {
    const begin = nanoseconds(...span.begin);
    writer.single('hops', BATCH, Number(begin / BILLION), (rows) => {
      for (const hop of hops) rows.add(begin, cells(trace, hop, span));
    });
    store.commit();
  } catch (error) {
    store.abort();
    throw error;
  }
  await deliver(target);
}

function cells({ points }: Trace, hop: Hop, span: Span): Record<string, Cell> {
  const { delays, min, max, sum } = hop;
  const known = delays.count > 0;
  const [p50, p99] = known ? delays.percentiles([0.5, 0.99]) : [];
  // A bucket's middle may lie beyond the lowest and highest, which are known exactly.
  const within = (value: number | undefined) =>
    value === undefined ? null : Math.min(Math.max(value, min), max);
  return {
    from_point: points[hop.from].name,
    to_point: points[hop.to].name,
    end_time: nanoseconds(span.latest / 1000, 0),
    packets: hop.packets,
    bytes: hop.bytes,
    lost: hop.lost,
    unknown: hop.unknown,
    reordered: hop.reordered,
    duplicated: hop.duplicated,
    changed: hop.changed,
    delay_min: known ? min : null,
    delay_mean: known ? sum / delays.count : null,
    delay_p50: within(p50),
    delay_p99: within(p99),
    delay_max: known ? max : null,
  };
}
