// Time stamps of pcapng: 64-bit counts of ticks since 1970, at the resolution and offset of their interface.
import { RESOLUTION_DEFAULT } from './pcapng.ts';

const BILLION = 1_000_000_000;

/**
 * Turns an interface's ticks into seconds and nanoseconds, exactly: fractions below a nanosecond are cut off.
 * `set` writes its answer into `seconds` and `nanoseconds`, so that nothing is made per packet.
 */
export class Clock {
  seconds = 0;
  nanoseconds = 0;
  private readonly offset: number;
  /** Ticks a second; 0 where only BigInt holds the arithmetic. */
  private readonly rate: number;
  private readonly nanosecondsPerTick: number;
  private readonly exactRate: bigint;
  /** The tick, as high and low word, at which the second of the last answer begins. */
  private startHigh = Number.NaN;
  private startLow = 0;

  /**
   * `resolution` is the byte of if_tsresol: a negative power of ten, or with 0x80 set of two. `offset` is if_tsoffset,
   * in seconds.
   */
  constructor(resolution = RESOLUTION_DEFAULT, offset = 0) {
    const power = resolution & 0x7f;
    this.exactRate = (resolution & 0x80) !== 0 ? 2n ** BigInt(power) : 10n ** BigInt(power);
    const rate = Number(this.exactRate);
    // Up to 10^9 and 2^32 ticks a second every step of `set` stays below 2^53, where doubles are exact.
    const fast = (resolution & 0x80) !== 0 ? power <= 32 : power <= 9;
    this.rate = fast ? rate : 0;
    this.nanosecondsPerTick = BILLION / rate;
    this.offset = offset;
  }

  /** The moment of `high * 2^32 + low` ticks. */
  set(high: number, low: number): void {
    const rate = this.rate;
    // Most packets come in the same second as the one before, which needs no division.
    const since = (high - this.startHigh) * 0x100000000 + (low - this.startLow);
    if (since >= 0 && since < rate) {
      this.nanoseconds = Math.floor(since * this.nanosecondsPerTick);
      return;
    }
    if (rate === 0) {
      this.setExact(high, low);
      return;
    }
    // Long division in base 2^16: 48 bits first, then the 16 below.
    const upper = high * 65536 + (low >>> 16);
    const upperSeconds = Math.floor(upper / rate);
    const rest = (upper - upperSeconds * rate) * 65536 + (low & 0xffff);
    const lowerSeconds = Math.floor(rest / rate);
    const fraction = rest - lowerSeconds * rate;
    this.startHigh = high;
    this.startLow = low - fraction;
    this.seconds = upperSeconds * 65536 + lowerSeconds + this.offset;
    this.nanoseconds = Math.floor(fraction * this.nanosecondsPerTick);
  }

  private setExact(high: number, low: number): void {
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    this.seconds = Number(ticks / this.exactRate) + this.offset;
    this.nanoseconds = Number(((ticks % this.exactRate) * 1_000_000_000n) / this.exactRate);
  }
}
