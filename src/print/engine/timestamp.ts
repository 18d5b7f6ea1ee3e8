// The time stamp a line begins with, in the reader's time zone.
import type { Batch } from '../../base/batch.ts';
import { Text } from '../../base/text.ts';
import { localOffset } from '../../base/zone.ts';
import { writeClock, writeDay } from './date.ts';
import { CLOCK, DATE, EPOCH, NO_TIME, type PrintOptions, SINCE_PREVIOUS } from './options.ts';

const DAY = 86_400;
/** The offset of a time zone changes at whole quarters of an hour. */
const QUARTER = 900;
const TWO_32 = 2 ** 32;
const SPACE = 0x20;
const POINT = 0x2e;
const IMPOSSIBLE = '[Error converting time]';

/** What tcpdump will not convert: bit 31 of the seconds is set, as in times before 1970. */
function impossible(seconds: number): boolean {
  return seconds < 0 || seconds % TWO_32 >= 2 ** 31;
}

export class Timestamps {
  private readonly style: number;
  private readonly nano: boolean;
  /** The last whole second, `second`, as text, and the same as `Text.words` takes it. */
  private readonly text = new Text(64);
  private readonly words = new Float64Array(4);
  private second = Number.NaN;
  private quarter = Number.NaN;
  private offset = 0;
  /** The packet that -ttt and -ttttt count from; all zero until there is one, as in tcpdump. */
  private reference = 0;
  private referenceFraction = 0;
  /** The same before the last packet. */
  private referenceBefore = 0;
  private fractionBefore = 0;

  constructor(options: PrintOptions) {
    this.style = options.time;
    this.nano = options.nano;
  }

  /** Writes the time of a packet and the space after it; nothing under -t. */
  write(out: Text, batch: Batch, index: number): void {
    const style = this.style;
    if (style === NO_TIME) return;
    const seconds = batch.seconds[index];
    const nanoseconds = batch.nanoseconds[index];
    const fraction =
      nanoseconds > 999_999_999
        ? this.broken(nanoseconds)
        : this.nano
          ? nanoseconds
          : ((nanoseconds >>> 3) / 125) | 0; // 1000 is 8 * 125; without its last three bits the number is an int32
    if (style === CLOCK || style === DATE || style === EPOCH) this.absolute(out, seconds, fraction);
    else this.difference(out, seconds, fraction);
    out.byte(SPACE);
  }

  private absolute(out: Text, seconds: number, fraction: number): void {
    if (seconds !== this.second) {
      this.second = seconds;
      this.text.clear();
      this.wholeSeconds(seconds);
      for (let i = 0; i < this.words.length; i++) this.words[i] = this.text.view.getFloat64(i << 3, true);
    }
    out.words(this.words, 0, this.text.length);
    if (this.text.length !== IMPOSSIBLE.length) this.fraction(out, fraction);
  }

  /** Writes the time up to the point. */
  private wholeSeconds(seconds: number): void {
    const { text } = this;
    if (impossible(seconds)) {
      text.ascii(IMPOSSIBLE);
      return;
    }
    if (this.style === EPOCH) text.decimal(seconds % TWO_32);
    else {
      const local = seconds + this.offsetAt(seconds);
      const day = Math.floor(local / DAY);
      if (this.style === DATE) writeDay(text, day);
      writeClock(text, local - day * DAY);
    }
    text.byte(POINT);
  }

  /** Takes the last packet back: it will be written once more. */
  undo(): void {
    this.reference = this.referenceBefore;
    this.referenceFraction = this.fractionBefore;
  }

  private difference(out: Text, seconds: number, fraction: number): void {
    this.referenceBefore = this.reference;
    this.fractionBefore = this.referenceFraction;
    if (this.reference === 0 && this.referenceFraction === 0) {
      this.reference = seconds;
      this.referenceFraction = fraction;
    }
    let elapsed = seconds - this.reference;
    let rest = fraction - this.referenceFraction;
    const negative = elapsed < 0 || (elapsed === 0 && rest < 0);
    if (negative) {
      elapsed = -elapsed;
      rest = -rest;
    }
    if (rest < 0) {
      rest += this.nano ? 1_000_000_000 : 1_000_000;
      elapsed--;
    }
    out.byte(negative ? 0x2d : 0x20);
    if (impossible(elapsed)) out.ascii(IMPOSSIBLE);
    else {
      writeClock(out, elapsed % DAY);
      out.byte(POINT);
      this.fraction(out, rest);
    }
    if (this.style === SINCE_PREVIOUS) {
      this.reference = seconds;
      this.referenceFraction = fraction;
    }
  }

  /**
   * More than a second, from a broken file: to libpcap the file has an int32, of microseconds where it is too large to
   * be nanoseconds.
   */
  private broken(nanoseconds: number): number {
    const microseconds = nanoseconds % 1000 === 0;
    const meant = microseconds ? ((nanoseconds / 1000) | 0) * 1000 : nanoseconds | 0;
    return this.nano ? meant : Math.trunc(meant / 1000);
  }

  /** A broken file may hold fractions of more than a second, or below 0: tcpdump writes them as a uint32. */
  private fraction(out: Text, fraction: number): void {
    if (fraction < 0 || fraction > (this.nano ? 999_999_999 : 999_999)) out.decimal(fraction >>> 0);
    else out.padded(fraction, this.nano ? 9 : 6);
  }

  /** Seconds to add to UTC for local time. */
  private offsetAt(seconds: number): number {
    const quarter = Math.floor(seconds / QUARTER);
    if (quarter !== this.quarter) {
      this.quarter = quarter;
      this.offset = localOffset(quarter * QUARTER);
    }
    return this.offset;
  }
}
