// The TCP options that analysis needs (RFC 9293 3.2, RFC 7323, RFC 2018, RFC 7413), read in place.

import { before } from '../base/sequence.ts';
import { CUT, END_OF_OPTIONS, NOT_CAPTURED, OptionCursor, OVERLONG } from '../wire/options.ts';
import * as option from '../wire/registry/tcp-options.ts';

/** Of SACK with one range, and of SNACK (SCPS-TP). */
const SACK_SHORTEST = 10;
const SNACK_LENGTH = 6;

/** The options of one segment; reused, so what it says holds until the next `read`. */
export class TcpOptions {
  /** Bytes, or 0. */
  mss = 0;
  /** Shift as sent, or -1. */
  scale = -1;
  sackPermitted = false;
  timestamps = false;
  fastOpen = false;
  /** A bit for each Multipath TCP subtype below 8. */
  multipath = 0;
  /** Ranges of the SACK option, and where their eight bytes each begin. */
  sacks = 0;
  sacksAt = 0;
  private readonly cursor = new OptionCursor();
  /** All options up to the last or to a malformed length could be read. */
  sound = true;

  /**
   * Reads the options between `offset` and `end`, of which the bytes up to before `captureEnd` were captured. What is
   * malformed or cut short ends the reading; of a SACK option the whole ranges before that count. `base` is the number
   * the other direction began with, and `acknowledged` how far the segment acknowledges from there.
   */
  read(
    bytes: DataView,
    offset: number,
    end: number,
    captureEnd: number,
    base: number,
    acknowledged: number,
  ): void {
    this.mss = 0;
    this.scale = -1;
    this.sackPermitted = false;
    this.timestamps = false;
    this.fastOpen = false;
    this.multipath = 0;
    this.sacks = 0;
    this.sound = true;
    const { cursor } = this;
    for (cursor.open(bytes, offset, end, captureEnd); ; ) {
      const whole = cursor.step();
      const { kind, offset: at, length } = cursor;
      if (!whole) {
        // Of a length that its kind does not have, an option that was cut short is passed over unread.
        if (cursor.reason === CUT && lengthOf(kind) !== 0 && lengthOf(kind) !== length) continue;
        this.ended(cursor, end, captureEnd);
        return;
      }
      if (
        (kind === option.SACK && length < SACK_SHORTEST && this.isDuplicate(bytes, base, acknowledged)) ||
        (kind === option.MULTIPATH && isCutMultipath(bytes, at, length)) ||
        (kind === option.SNACK && length === SNACK_LENGTH)
      ) {
        if (kind === option.SACK) this.sacks = 0;
        this.sound = false;
        return;
      }
      switch (kind) {
        case option.MAXIMUM_SEGMENT_SIZE:
          if (length === 4) this.mss = bytes.getUint16(at + 2);
          break;
        case option.WINDOW_SCALE:
          if (length === 3) this.scale = bytes.getUint8(at + 2);
          break;
        case option.SACK_PERMITTED:
          if (length === 2) this.sackPermitted = true;
          break;
        case option.SACK:
          this.ranges(at, length);
          break;
        case option.TIMESTAMPS:
          if (length === 10) this.timestamps = true;
          break;
        case option.MULTIPATH:
          if (isMultipath(bytes, at, length)) this.multipath |= 1 << (bytes.getUint8(at + 2) >> 4);
          break;
        case option.FAST_OPEN:
          if (length > 2) this.fastOpen = true;
          break;
        case option.EXPERIMENT_1:
        case option.EXPERIMENT_2:
          if (length > 4 && bytes.getUint16(at + 2) === option.FAST_OPEN_EXPERIMENT) this.fastOpen = true;
          break;
      }
    }
  }

  /** The reading ended before the last option did, or with it: whether all that Wireshark wants was there. */
  private ended({ reason, kind, offset }: OptionCursor, end: number, captureEnd: number): void {
    switch (reason) {
      case END_OF_OPTIONS:
        // It reaches to the end, so Wireshark wants all of that.
        this.sound = end <= captureEnd;
        break;
      case OVERLONG:
        // Wireshark shows it up to two bytes before the end.
        this.sound = end - 2 <= captureEnd;
        break;
      case CUT:
        if (kind === option.SACK) this.ranges(offset, captureEnd - offset);
        this.sound = false;
        break;
      case NOT_CAPTURED:
        this.sound = false;
    }
  }

  /**
   * Does the first range say that something came twice (RFC 2883), since it ends where the segment acknowledges or
   * before, or within the second range? In an option without ranges Wireshark uses those the header had so far, 0
   * where there were none; where they say so, it stumbles over the range that is not there.
   */
  private isDuplicate(bytes: DataView, base: number, acknowledged: number): boolean {
    if (this.sacks === 0) return (-acknowledged | 0) <= 0;
    const offset = this.sacksAt;
    const right = bytes.getInt32(offset + 4);
    if (((right - base - acknowledged) | 0) <= 0) return true;
    return (
      this.sacks > 1 &&
      before(bytes.getInt32(offset + 8), right) &&
      !before(bytes.getInt32(offset + 12), right)
    );
  }

  private ranges(offset: number, length: number): void {
    this.sacks = (length - 2) >> 3;
    this.sacksAt = offset + 2;
  }
}

/** The one length that options of a kind have (IANA; RFC 1072, 1644, 2385, 4782, 5482, SCPS-TP, Riverbed); 0 of others. */
function lengthOf(kind: number): number {
  switch (kind) {
    case option.SACK_PERMITTED:
    case option.RECORD_BOUNDARY:
    case option.CORRUPTION:
      return 2;
    case option.WINDOW_SCALE:
      return 3;
    case option.MAXIMUM_SEGMENT_SIZE:
    case option.SCPS:
    case option.USER_TIMEOUT:
      return 4;
    case option.ECHO:
    case option.ECHO_REPLY:
    case option.CONNECTION_COUNT: // T/TCP's connection counts
    case option.CONNECTION_COUNT_NEW:
    case option.CONNECTION_COUNT_ECHO:
    case option.SNACK:
      return 6;
    case option.QUICK_START:
      return 8;
    case option.TIMESTAMPS:
      return 10;
    case option.TRANSPARENCY:
      return 16;
    case option.SIGNATURE: // MD5
      return 18;
  }
  return 0;
}

/** Is a Multipath TCP option shorter than its subtype and flags demand (RFC 8684, 3)? Wireshark reads no further then. */
function isCutMultipath(bytes: DataView, offset: number, length: number): boolean {
  if (length < 3) return true;
  switch (bytes.getUint8(offset + 2) >> 4) {
    case 0: // MP_CAPABLE
    case 3: // ADD_ADDR
    case 8: // MP_TCPRST
      return length < 4;
    case 2: {
      // DSS: a data ACK of 4 or 8 bytes; a data sequence number of 4 or 8, subflow sequence number and length
      if (length < 4) return true;
      const flags = bytes.getUint8(offset + 3);
      const acknowledgment = (flags & 1) === 0 ? 0 : (flags & 2) === 0 ? 4 : 8;
      const mapping = (flags & 4) === 0 ? 0 : (flags & 8) === 0 ? 10 : 14;
      return length < 4 + acknowledgment + mapping;
    }
    case 6: // MP_FAIL
    case 7: // MP_FASTCLOSE
      return length < 12;
  }
  return false;
}

/** Does a Multipath TCP option have a subtype below 8, and as MP_CAPABLE one of the lengths that come with a key? */
function isMultipath(bytes: DataView, offset: number, length: number): boolean {
  const subtype = bytes.getUint8(offset + 2) >> 4;
  if (subtype === 0) return length === 12 || length === 20 || length === 22 || length === 24;
  return subtype < 8;
}
