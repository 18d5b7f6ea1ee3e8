// Findings about a connection, problems and notes: one sentence each, with the frames that prove it.
import { duration } from '../../base/units.ts';
import type { Connection, Side } from '../../flow/record.ts';
import type { ConnectionFindingCode } from './codes.ts';

/** A sentence about a connection. */
export interface Finding {
  code: ConnectionFindingCode;
  /** A problem, or a note: normal behavior that may look like one. */
  severity: 'problem' | 'note';
  stream: number;
  text: string;
  /** Frames that prove it, the first few where there are many. */
  frames: number[];
}

/** Gathers the findings about one connection. */
export class Findings {
  readonly all: Finding[] = [];
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  problem(code: ConnectionFindingCode, text: string, frames: number[]): void {
    this.add(code, 'problem', text, frames);
  }

  note(code: ConnectionFindingCode, text: string, frames: number[]): void {
    this.add(code, 'note', text, frames);
  }

  private add(
    code: ConnectionFindingCode,
    severity: Finding['severity'],
    text: string,
    frames: number[],
  ): void {
    const known = [...new Set(frames.filter((frame) => frame > 0))].sort((a, b) => a - b);
    this.all.push({ code, severity, stream: this.connection.stream, text, frames: known });
  }
}

/** How often the side got a verdict, and the first frames that did. */
export function verdictOf(
  side: Side,
  name: Side['verdicts'][number]['name'],
): { count: number; frames: number[] } {
  return side.verdicts.find((verdict) => verdict.name === name) ?? { count: 0, frames: [] };
}

/** `10 %`, `0.3 %`. */
export function share(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  return `${percent >= 10 ? percent.toFixed(0) : percent.toFixed(percent >= 1 ? 1 : 2)} %`;
}

/** `within 1.2 s`, or nothing where it took no time. */
export function within(nanoseconds: number): string {
  return nanoseconds > 0 ? ` within ${duration(nanoseconds)}` : '';
}
