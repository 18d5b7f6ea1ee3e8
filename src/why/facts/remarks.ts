// Remarks besides the cause: what could not be observed, and what was unexpected.
import type { Way } from '../../drops/event.ts';

/** Worth knowing, though it stops nothing. */
export interface Note {
  /** Pings are not answered, but the port works. */
  code: 'ping-unanswered';
  said: string;
}

/** What could not be examined. */
export type Unseen =
  | { kind: 'firewall'; netns: string; problem: string }
  | {
      /** Packets at the asker's. */
      kind: 'packets';
      netns: string;
      refused?: string;
      hint?: string;
    }
  | {
      /** Drops of the kernel, by the way they were learned of, and why no better one was there. */
      kind: 'drops';
      way: Exclude<Way, 'bpf'>;
      lacked: readonly string[];
    };

/** Where captures showed something else than routes and rules let expect. */
export type Disagreement =
  | { kind: 'interface'; netns: string; expected: string; observed: string }
  | { kind: 'source' | 'target'; netns: string; expected: string; observed: string };
