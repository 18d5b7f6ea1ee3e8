// When a capture goes on in another file, and how that is called: tcpdump's -C, -G and -W.
import { formatTime } from '../binding/time.ts';

/** Zero: never. */
export interface RotationPlan {
  /** -C: bytes after which the next packet goes into a new file. */
  size: number;
  /** -G: seconds after which it does. */
  seconds: number;
  /** -W: with -C, files in the ring; with -G alone, files after which to end. */
  files: number;
}

/** Which of a capture's files is the one being written. */
export class Rotation {
  /** True where there may be several files. */
  readonly wanted: boolean;
  private readonly path: string;
  private readonly plan: RotationPlan;
  private periodStart = Math.floor(Date.now() / 1000);
  private period = 0;
  private number = 0;

  /** `path`: the file's name; with `seconds` a strftime(3) pattern of it. */
  constructor(path: string, plan: RotationPlan = { size: 0, seconds: 0, files: 0 }) {
    this.path = path;
    this.plan = plan;
    this.wanted = plan.size > 0 || plan.seconds > 0;
  }

  /** Whether a packet of this time goes into another file than the present one, which has `size` bytes. */
  due(seconds: number, size: number): boolean {
    const { plan } = this;
    return this.isOver(seconds) || (plan.size > 0 && size > plan.size);
  }

  /**
   * Goes on to the next file; false where it was the last. tcpdump's order: first whether a new period begins, whose
   * files are numbered from 0 again, then the size.
   */
  advance(seconds: number): boolean {
    const { plan } = this;
    if (this.isOver(seconds)) {
      this.periodStart = seconds;
      this.period++;
      this.number = 0;
      return !(plan.size === 0 && plan.files > 0 && this.period >= plan.files);
    }
    this.number++;
    if (plan.files > 0 && this.number >= plan.files) this.number = 0;
    return true;
  }

  /** The file's name: tcpdump's MakeFilename. */
  name(): string {
    const { path, plan } = this;
    const base = plan.seconds > 0 ? formatTime(path, this.periodStart) : path;
    if (plan.size === 0) return base;
    const width = plan.files > 1 ? String(plan.files - 1).length : 0;
    return this.number === 0 && width === 0 ? base : base + String(this.number).padStart(width, '0');
  }

  private isOver(seconds: number): boolean {
    return this.plan.seconds > 0 && seconds - this.periodStart >= this.plan.seconds;
  }
}
