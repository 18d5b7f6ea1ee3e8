// What a trace is to do: what cli/trace/request.ts makes of the options, each part by name.
import type { PrintOptions } from '../../print/engine/options.ts';

/** What becomes of the packets, live and from files alike. */
export interface SessionPlan {
  printing: Partial<PrintOptions>;
  /** Lines of packets are printed: no document, and not the summary alone. */
  lines: boolean;
  /** A document at the end, and nothing before. */
  json: boolean;
  /** Which packets are printed, as --only has it; undefined: all. */
  only: string | undefined;
  assertions: readonly string[];
  /** File for the outcomes of the assertions. */
  junit: string | undefined;
  /** File for an HTML page. */
  page: string | undefined;
  /** Milliseconds that a packet may take from its first point to its last. */
  window: number | undefined;
}

/** What says how the clocks of files differ. */
export interface ClocksPlan {
  /** `FILE=SECONDS`. */
  offsets: readonly string[];
  /** They are known to differ. */
  unsynchronised: boolean;
}

export interface FilesPlan {
  session: SessionPlan;
  clocks: ClocksPlan;
  displayFilter: string | undefined;
  /** Where rows go. */
  store: string | undefined;
}

/** What says which points a live trace has, besides words. */
export interface PointsPlan {
  target: string | undefined;
  udp: boolean;
  /** True: the lab that is up. */
  lab: string | true | undefined;
  filterFile: string | undefined;
}

export interface LivePlan {
  session: SessionPlan;
  points: PointsPlan;
  /** List the points, and no more. */
  listOnly: boolean;
  displayFilter: string | undefined;
  /** File for the packets of all points. */
  file: string | undefined;
  /** Packets, and milliseconds, after which it ends. */
  count: number | undefined;
  duration: number | undefined;
  snaplen: number;
  promiscuous: boolean;
  /** Size of each point's ring. */
  bufferKib: number;
  /** The user to become when root is given up; undefined: the user who ran sudo. */
  user: string | undefined;
  store: string | undefined;
}
