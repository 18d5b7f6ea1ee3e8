// State shared by the window and the code that resolves its packets.
import type { CaptureGaps } from './capture-gaps.ts';
import type { DropLedger } from './drop-ledger.ts';
import type { Flows } from './flows.ts';
import type { Hops } from './hops.ts';
import type { KeptBytes } from './kept-bytes.ts';
import type { Path } from './path.ts';
import type { PointClocks } from './point-clocks.ts';
import type { Proxies } from './proxies.ts';
import type { Routes } from './routes.ts';
import type { Sightings } from './sightings.ts';

/** Times in nanoseconds since the trace's base. */
export interface Shared {
  readonly sightings: Sightings;
  readonly flows: Flows;
  readonly hops: Hops;
  readonly routes: Routes;
  readonly gaps: CaptureGaps;
  readonly drops: DropLedger;
  readonly kept: KeptBytes;
  readonly proxies: Proxies;
  readonly window: number;
  /** By point: the part of its name before the colon. */
  readonly namespaces: readonly string[];
  readonly report: ((way: Path) => void) | undefined;
  /** By point: when its first and its last record came, or since when and until when it surely captured. */
  readonly firsts: Float64Array;
  readonly lasts: Float64Array;
  readonly clocks: PointClocks;
  /** The first record of all. */
  start: number;
  /** No further record comes. */
  ended: boolean;
}
