// The whole terminal for a while: the alternate screen, keys as they are pressed, and everything put back at the end.
import { writeSync } from 'node:fs';
import { terminalWidth } from '../report/table.ts';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J';
const LEAVE = '\x1b[?25h\x1b[?1049l';
/** Not autowrapping keeps a line that is as wide as the screen from scrolling it. */
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';
const CTRL_C = '\x03';
const CTRL_Z = '\x1a';

/** What the terminal is for. */
interface Audience {
  /** A key was pressed. */
  key(key: string): void;
  /** The screen must be redrawn: the size has changed, or another program used the terminal in between. */
  redraw(): void;
}

/** Takes standard output's terminal, and standard input's keys where that is one too. */
export class Screen {
  private readonly audience: Audience;
  private on = false;

  constructor(audience: Audience) {
    this.audience = audience;
  }

  get width(): number {
    return terminalWidth();
  }
  get height(): number {
    return process.stdout.rows || 24;
  }

  enter(): void {
    this.on = true;
    send(ENTER + NO_WRAP);
    process.on('exit', this.leave);
    process.on('SIGCONT', this.resume);
    process.stdout.on('resize', this.redraw);
    const { stdin } = process;
    if (!stdin.isTTY) return;
    // A terminal that goes away says so by a signal as well.
    stdin.on('error', () => {});
    stdin.setRawMode(true);
    stdin.on('data', this.keys);
  }

  draw(lines: readonly string[]): void {
    if (this.on)
      send(
        `\x1b[H${lines.map((line) => `\x1b[2K${line}`).join('\r\n')}\x1b[${lines.length + 1};1H${lines.length < this.height ? '\x1b[J' : ''}`,
      );
  }

  /** Puts the terminal back as it was. May be called more than once, and while the process exits. */
  readonly leave = (): void => {
    if (!this.on) return;
    this.on = false;
    process.off('exit', this.leave);
    process.off('SIGCONT', this.resume);
    process.stdout.off('resize', this.redraw);
    this.release();
    process.stdin.off('data', this.keys);
    process.stdin.pause();
  };

  private release(): void {
    try {
      if (process.stdin.isTTY) process.stdin.setRawMode(false);
      writeSync(1, WRAP + LEAVE);
    } catch {
      // The terminal is gone.
    }
  }

  private readonly redraw = (): void => this.audience.redraw();

  private readonly keys = (data: Buffer): void => {
    const key = data.toString('latin1');
    if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
    else if (key === CTRL_Z) {
      this.release();
      // To all of the job, as the terminal itself would do; what has no shell to go back to is not stopped.
      process.kill(0, 'SIGTSTP');
      setTimeout(this.resume, 50);
    } else this.audience.key(key);
  };

  private readonly resume = (): void => {
    if (!this.on) return;
    send(ENTER + NO_WRAP);
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    this.audience.redraw();
  };
}

/** Bytes, for control sequences; in strings control characters are escaped (run.ts). */
function send(text: string): void {
  process.stdout.write(Buffer.from(text));
}
