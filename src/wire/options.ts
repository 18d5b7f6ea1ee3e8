// Options as TCP (RFC 9293, 3.1) and IPv4 (RFC 791, 3.1) have them: a byte of kind, and behind all kinds but two a byte
// with the length of the whole option. What prints them (print/) reads on its own, for tcpdump's marks stand where its
// reading stops.

const END = 0;
const NO_OPERATION = 1;

/** Why there is no further option: the header ends; an end of options; no sensible length; longer than the header. */
export const DONE = 0;
export const END_OF_OPTIONS = 1;
export const MALFORMED = 2;
export const OVERLONG = 3;
/** What is left was not captured; or the option, whose kind and length are there, was not captured whole. */
export const NOT_CAPTURED = 4;
export const CUT = 5;

/** Goes from option to option; no-operations are passed over. Reused, so what it says holds until the next call. */
export class OptionCursor {
  private bytes!: DataView;
  private next = 0;
  private end = 0;
  private captureEnd = 0;
  kind = 0;
  /** Where the option begins, and its bytes, those of kind and length among them. */
  offset = 0;
  length = 0;
  /** Once `step` returned false: one of the reasons above. */
  reason = DONE;

  /** Places it before the first option. Options end before `end`, what was captured before `captureEnd`. */
  open(bytes: DataView, offset: number, end: number, captureEnd = end): void {
    this.bytes = bytes;
    this.next = offset;
    this.end = end;
    this.captureEnd = captureEnd;
  }

  /** Goes to the next option; false where there is none. After CUT the next call goes on behind that option. */
  step(): boolean {
    const { bytes, end, captureEnd } = this;
    for (let offset = this.next; offset < end; offset++) {
      if (offset >= captureEnd) return this.stop(NOT_CAPTURED);
      const kind = bytes.getUint8(offset);
      if (kind === NO_OPERATION) continue;
      if (kind === END) return this.stop(END_OF_OPTIONS);
      if (offset + 2 > end) return this.stop(MALFORMED);
      if (offset + 2 > captureEnd) return this.stop(NOT_CAPTURED);
      const length = bytes.getUint8(offset + 1);
      if (length < 2) return this.stop(MALFORMED);
      this.kind = kind;
      this.offset = offset;
      this.length = length;
      this.next = offset + length;
      if (this.next > end) return this.stop(OVERLONG);
      return this.next <= captureEnd || this.stop(CUT);
    }
    return this.stop(DONE);
  }

  private stop(reason: number): false {
    this.reason = reason;
    return false;
  }
}

/**
 * Every option, no-operations and ends of options among them, as Wireshark goes through them: a zero behind an end is an
 * end as well, and an option whose length is not possible ends the list. Of the last one some may not have been captured.
 */
export class EveryOption {
  private bytes!: DataView;
  private next = 0;
  private end = 0;
  private captureEnd = 0;
  kind = 0;
  /** Where the option begins, and its bytes; 1 for the two kinds that have no length. */
  offset = 0;
  length = 0;
  /** Once `step` returned false: the list ended with a length that is not possible, or with more than zeros behind its end. */
  isMalformed = false;
  hasMoreBehindEnd = false;

  /** Places it before the first option. Options end before `end`, what was captured before `captureEnd`. */
  open(bytes: DataView, offset: number, end: number, captureEnd = end): void {
    this.bytes = bytes;
    this.next = offset;
    this.end = end;
    this.captureEnd = Math.min(end, captureEnd);
    this.isMalformed = false;
    this.hasMoreBehindEnd = false;
  }

  /** Goes to the next option; false where there is none. */
  step(): boolean {
    const { bytes, captureEnd, next } = this;
    if (next >= captureEnd || this.hasMoreBehindEnd) return false;
    this.kind = bytes.getUint8(next);
    this.offset = next;
    this.length = 1;
    if (this.kind === END) {
      this.hasMoreBehindEnd = next + 1 < captureEnd && bytes.getUint8(next + 1) !== 0;
    } else if (this.kind !== NO_OPERATION) {
      if (next + 2 > captureEnd) {
        this.isMalformed = next + 2 > this.end;
        return false;
      }
      this.length = bytes.getUint8(next + 1);
      if (this.length < 2 || next + this.length > this.end) {
        this.isMalformed = true;
        return false;
      }
    }
    this.next = next + this.length;
    return true;
  }

  /** The option at hand is the list's last. */
  get isLast(): boolean {
    return this.next >= this.end;
  }
}
