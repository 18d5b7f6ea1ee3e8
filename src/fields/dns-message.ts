// The questions and records of DNS messages (RFC 1035, 4), and names as text.

import { HEADER_LENGTH } from '../wire/dns.ts';
import type { Dissection } from './dissection.ts';
import { Layers } from './layers.ts';
import { OnDemand } from './on-demand.ts';
import type { Texts } from './texts.ts';

/** Bytes of a name as text at most; pointers that are followed. */
const LONGEST = 1024;
const POINTERS = 128;
const DOT = 0x2e;
const BACKSLASH = 0x5c;

/** The labels of the last name that was written, and its bytes before any is escaped. */
export const lastName = { labels: 0, length: 0 };

const encoder = new TextEncoder();
const ROOT = encoder.encode('<Root>');
const LOOP = encoder.encode('<Name contains a pointer that loops>');
/** Labels of the kind that RFC 2673 added and RFC 6891 took back; bit strings are not written here. */
const EXTENDED = 0x40;
const BIT_STRING = 0x41;
const UNKNOWN_LABEL = encoder.encode('<Unknown extended label>');
const LETTERS: Record<number, number> = { 7: 0x61, 8: 0x62, 9: 0x74, 10: 0x6e, 11: 0x76, 12: 0x66, 13: 0x72 };

/**
 * Writes the name at `at` of the message that begins at `message`, with what is not printable escaped; returns where what
 * follows it begins, or -1 where the name ends too early. `out` undefined: passes over it.
 */
export function writeName(
  out: Texts | undefined,
  view: DataView,
  at: number,
  message: number,
  end: number,
): number {
  let next = -1;
  let pointers = 0;
  const first = at;
  const start = out?.length ?? 0;
  lastName.labels = 0;
  lastName.length = 0;
  out?.reserve(LONGEST * 4);
  const begin = out === undefined ? 0 : Math.min(start, out.length);
  for (;;) {
    if (at >= end) return -1;
    const length = view.getUint8(at);
    if ((length & 0xc0) === 0xc0) {
      if (at + 2 > end) return -1;
      if (next < 0) next = at + 2;
      if (++pointers > POINTERS) return special(out, begin, LOOP, next);
      at = message + (view.getUint16(at) & 0x3fff);
      continue;
    }
    if ((length & 0xc0) === EXTENDED && length !== BIT_STRING) {
      // Its length is not known: Wireshark goes on behind its first byte, where that is not the name's first as well.
      if (next >= 0 || at === first) return -1;
      return special(out, begin, UNKNOWN_LABEL, at + 1);
    }
    if ((length & 0xc0) !== 0 || at + 1 + length > end) return -1;
    at++;
    if (length === 0) break;
    lastName.length += length + (lastName.labels === 0 ? 0 : 1);
    lastName.labels++;
    if (out !== undefined && out.length - begin < LONGEST)
      writeLabel(out, view, at, length, out.length > begin);
    at += length;
  }
  return lastName.labels === 0 ? special(out, begin, ROOT, next < 0 ? at : next) : next < 0 ? at : next;
}

/** Writes `text` in place of a name that has none; returns `next`. */
function special(out: Texts | undefined, start: number, text: Uint8Array, next: number): number {
  lastName.labels = 1;
  lastName.length = text.length;
  if (out !== undefined) {
    out.length = start;
    for (const byte of text) out.byte(byte);
  }
  return next;
}

function writeLabel(out: Texts, view: DataView, at: number, length: number, dotted: boolean): void {
  if (dotted) out.byte(DOT);
  for (let i = 0; i < length; i++) {
    const byte = view.getUint8(at + i);
    const sequence = byte < 0x80 ? 1 : utf8Length(view, at + i, at + length);
    if (byte >= 0x20 && byte < 0x7f) out.byte(byte);
    else if (sequence > 1) {
      for (let k = 0; k < sequence; k++) out.byte(view.getUint8(at + i + k));
      i += sequence - 1;
    } else if (byte >= 0x80) for (const part of [0xef, 0xbf, 0xbd]) out.byte(part);
    else {
      out.byte(BACKSLASH);
      const letter = LETTERS[byte];
      if (letter !== undefined) out.byte(letter);
      else for (const shift of [6, 3, 0]) out.byte(0x30 + ((byte >> shift) & 7));
    }
  }
}

/** Bytes of the character that begins here in UTF-8; 1 where there is none. */
function utf8Length(view: DataView, at: number, end: number): number {
  const first = view.getUint8(at);
  const length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (first >= 0xf5 || at + length > end) return 1;
  for (let k = 1; k < length; k++) if ((view.getUint8(at + k) & 0xc0) !== 0x80) return 1;
  return length;
}

/**
 * What the messages of the packet at hand ask and answer. Of both lists `parent` is the message, `at` where the name is,
 * `wireEnd` where what is behind the name is; of records `end` is the end of their data, and `mark` the type.
 */
export class DnsMessages extends OnDemand {
  readonly questions = new Layers();
  readonly records = new Layers();
  /** Of each message: 1 where all that it counts is there. */
  readonly complete: number[] = [];

  protected read(packet: Dissection): void {
    this.questions.count = 0;
    this.records.count = 0;
    const { dns } = packet;
    for (let i = 0; i < dns.count; i++) this.complete[i] = this.readOne(dns, i) ? 1 : 0;
  }

  /** Returns whether the message is complete. */
  private readOne(dns: Layers, i: number): boolean {
    const view = dns.view[i];
    const start = dns.at[i];
    const end = dns.end[i];
    if (start + HEADER_LENGTH > end) return false;
    let at = start + HEADER_LENGTH;
    for (let left = view.getUint16(start + 4); left > 0; left--) {
      const behind = writeName(undefined, view, at, start, end);
      if (behind < 0 || behind + 4 > end) return false;
      this.questions.push(view, at, end, behind, i);
      at = behind + 4;
    }
    const records = view.getUint16(start + 6) + view.getUint16(start + 8) + view.getUint16(start + 10);
    for (let left = records; left > 0; left--) {
      const behind = writeName(undefined, view, at, start, end);
      if (behind < 0 || behind + 10 > end) return false;
      const dataEnd = behind + 10 + view.getUint16(behind + 8);
      if (dataEnd > end) return false;
      this.records.push(view, at, dataEnd, behind, i, view.getUint16(behind));
      at = dataEnd;
    }
    return true;
  }
}
