// Findings about a connection, problems and notes: a code, facts, and the frames that prove it.
import type { Connection, Side } from '../record.ts';
import type { ConnectionDiagnosis } from './facts.ts';

/** What was found about a connection. Its code and facts become a sentence in report/tcp/. */
export type ConnectionFinding = ConnectionDiagnosis & {
  /** A problem, or a note: normal behavior that may look like one. */
  severity: 'problem' | 'note';
  stream: number;
  /** Frames that prove it, the first few where there are many. */
  frames: number[];
};

/** Gathers the findings about one connection. */
export class Findings {
  readonly all: ConnectionFinding[] = [];
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  problem(diagnosis: ConnectionDiagnosis, frames: readonly number[]): void {
    this.add('problem', diagnosis, frames);
  }

  note(diagnosis: ConnectionDiagnosis, frames: readonly number[]): void {
    this.add('note', diagnosis, frames);
  }

  add(
    severity: ConnectionFinding['severity'],
    diagnosis: ConnectionDiagnosis,
    frames: readonly number[],
  ): void {
    this.all.push({ ...diagnosis, severity, stream: this.connection.stream, frames: inOrder(frames) });
  }
}

/** Each frame once. They are few. */
function inOrder(frames: readonly number[]): number[] {
  const ordered: number[] = [];
  for (const frame of frames) {
    if (frame <= 0 || ordered.includes(frame)) continue;
    let at = ordered.length;
    while (at > 0 && ordered[at - 1] > frame) at--;
    ordered.splice(at, 0, frame);
  }
  return ordered;
}

/** How often the side got a verdict, and the first frames that did. */
export function verdictOf(
  side: Side,
  name: Side['verdicts'][number]['name'],
): { count: number; frames: number[] } {
  return side.verdicts.find((verdict) => verdict.name === name) ?? { count: 0, frames: [] };
}
