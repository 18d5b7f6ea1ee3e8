// A span of time to the nanosecond, over more than a double holds.

/** Whole seconds and nanoseconds, both of the same sign. Reused: a getter's owner changes it with the next segment. */
export class Duration {
  seconds = 0;
  nanoseconds = 0;

  clear(): void {
    this.seconds = 0;
    this.nanoseconds = 0;
  }

  /** From the first time to the second, each in seconds (int32 arithmetic) and nanoseconds. */
  between(fromSeconds: number, fromNanoseconds: number, toSeconds: number, toNanoseconds: number): void {
    let seconds = (toSeconds - fromSeconds) | 0;
    // A file may hold what are no nanoseconds; the difference is int32, too, as Wireshark takes it.
    let nanoseconds = (toNanoseconds - fromNanoseconds) | 0;
    if (seconds > 0 && nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    } else if (seconds < 0 && nanoseconds > 0) {
      seconds++;
      nanoseconds -= 1e9;
    }
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }

  get isZero(): boolean {
    return this.seconds === 0 && this.nanoseconds === 0;
  }

  /** Nanoseconds; exact below 104 days. */
  get value(): number {
    return this.seconds * 1e9 + this.nanoseconds;
  }

  /** Seconds with nine decimals, as tshark prints relative times; empty for zero, which means there is none. */
  get text(): string {
    if (this.isZero) return '';
    const sign = this.seconds < 0 || this.nanoseconds < 0 ? '-' : '';
    return `${sign}${Math.abs(this.seconds)}.${String(Math.abs(this.nanoseconds)).padStart(9, '0')}`;
  }
}
