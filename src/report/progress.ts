// How far the reading of a long file has come, as a bar on a terminal.
import { isTerminal } from '../base/terminal.ts';
import type { PacketSource } from '../source/source.ts';

/** Milliseconds before the bar appears, and between two drawings. */
const AFTER = 1000;
const EVERY = 200;
const WIDTH = 30;

/** Where the bar is drawn: standard error, as a rule. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const STANDARD_ERROR: Screen = {
  get isTTY() {
    return isTerminal(2);
  },
  write: (text) => process.stderr.write(Buffer.from(text)),
};

/**
 * Draws how much of `source` has been read, from a second after the start on, and wipes it away at the end. On what is
 * no terminal it draws nothing. `step` costs one look at the clock; call it once a batch.
 */
export class Progress {
  private readonly source: Pick<PacketSource, 'progress'> | undefined;
  private readonly screen: Screen;
  private readonly start: number;
  private due = Number.POSITIVE_INFINITY;
  private drawn = false;

  /** Without a source, `step` is given how much has been read. */
  constructor(source?: Pick<PacketSource, 'progress'>, screen: Screen = STANDARD_ERROR) {
    this.source = source;
    this.screen = screen;
    this.start = screen.isTTY ? performance.now() : Number.NaN;
    if (screen.isTTY) this.due = this.start + AFTER;
  }

  /** `packets`: how many have been read so far; `part`: of the file, from 0 to 1, where that is known. */
  step(packets: number, part = this.source?.progress): void {
    if (this.due === Number.POSITIVE_INFINITY) return;
    const now = performance.now();
    if (now < this.due) return;
    this.due = now + EVERY;
    this.drawn = true;
    this.screen.write(`\r${line(part, packets, (now - this.start) / 1000)}\x1b[K`);
  }

  /** Wipes the bar away. */
  end(): void {
    if (this.drawn) this.screen.write('\r\x1b[K');
    this.drawn = false;
    this.due = Number.POSITIVE_INFINITY;
  }
}

function line(part: number | undefined, packets: number, seconds: number): string {
  const count = `${packets.toLocaleString('en-US')} packets`;
  // The size of a pipe is not known, so only what has come of it is shown.
  if (part === undefined) return `${count}, ${seconds.toFixed(0)} s`;
  const share = Math.min(part, 1);
  const filled = Math.round(share * WIDTH);
  const bar = '#'.repeat(filled) + '-'.repeat(WIDTH - filled);
  const left = share > 0 ? (seconds * (1 - share)) / share : 0;
  return `[${bar}] ${Math.floor(share * 100)} %  ${count}, ${Math.ceil(left)} s left`;
}
