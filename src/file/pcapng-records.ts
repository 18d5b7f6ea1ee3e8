// Blocks of pcapng that are no packets, and that Wireshark counts among its frames nevertheless: custom blocks (4.7 of the
// draft), entries of the systemd journal (4.9), and Sysdig's system calls.
import * as record from '../base/record-kind.ts';
import * as ng from './pcapng.ts';

/** What a record tells, and where its data lie; without a time where the block has none. */
export interface ForeignRecord {
  kind: number;
  offset: number;
  captured: number;
  wire: number;
  seconds?: number;
  nanoseconds?: number;
}

export function isForeignRecord(type: number): boolean {
  switch (type) {
    case ng.CUSTOM_COPIED:
    case ng.CUSTOM:
    case ng.SYSTEMD_JOURNAL:
    case ng.SYSDIG_EVENT:
    case ng.SYSDIG_EVENT_V2:
    case ng.SYSDIG_EVENT_V2_LARGE:
      return true;
    default:
      return false;
  }
}

/** The record of the block whose body lies from `at` up to before `end`; what is wrong with it, as a clause, if anything. */
export function foreignRecord(
  type: number,
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
): ForeignRecord | string | undefined {
  switch (type) {
    case ng.CUSTOM_COPIED:
    case ng.CUSTOM:
      return custom(view, at, end, littleEndian);
    case ng.SYSTEMD_JOURNAL:
      return journalEntry(view, at, end);
    case ng.SYSDIG_EVENT:
      return systemCall(view, at, end, SYSTEM_CALL_HEADER, littleEndian);
    default:
      return systemCall(view, at, end, SYSTEM_CALL_HEADER + 4, littleEndian);
  }
}

/** The private enterprise number of a custom block, which stands before its data. */
export const ENTERPRISE_LENGTH = 4;
/** Netflix, whose blocks Wireshark reads by their type: the entry of a TCP log, or a count of those left out. */
const NETFLIX = 10949;
const NETFLIX_ENTRY = 1;
const NETFLIX_LEFT_OUT = 2;

function custom(
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
): ForeignRecord | string | undefined {
  const offset = at + ENTERPRISE_LENGTH;
  if (offset > end) return `a custom block of ${end - at} bytes, which has no enterprise number`;
  const length = end - offset;
  if (view.getUint32(at, littleEndian) !== NETFLIX)
    return { kind: record.CUSTOM, offset, captured: length, wire: length };
  if (length < 4) return `a custom block of Netflix with ${length} bytes, which has no type`;
  // Whose numbers are little endian in any section.
  const type = view.getUint32(offset, true);
  if (type !== NETFLIX_ENTRY && type !== NETFLIX_LEFT_OUT) return undefined;
  return { kind: record.OPAQUE, offset, captured: 0, wire: 0 };
}

const TIMESTAMP = new TextEncoder().encode('__REALTIME_TIMESTAMP=');
/** The shortest entry: a time of one digit. */
const SHORTEST_ENTRY = TIMESTAMP.length + 2;

/** Lines of text, NAME=value; zeros may fill up the block. */
function journalEntry(view: DataView, at: number, end: number): ForeignRecord | string {
  if (end - at < SHORTEST_ENTRY) return `a journal entry of ${end - at} bytes`;
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, end - at);
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  const place = { offset: at, captured: length, wire: length };
  const value = Buffer.from(bytes.buffer, bytes.byteOffset, length).indexOf(TIMESTAMP);
  const digits = value < 0 ? undefined : digitsAt(bytes, value + TIMESTAMP.length, length);
  if (digits === undefined) return { kind: record.UNTIMED_JOURNAL, ...place };
  const seconds = Math.floor(Number(digits / 1_000_000n));
  return { kind: record.JOURNAL, ...place, seconds, nanoseconds: Number(digits % 1_000_000n) * 1000 };
}

function digitsAt(bytes: Uint8Array, from: number, end: number): bigint | undefined {
  let to = from;
  while (to < end && to - from < 19 && bytes[to] >= 0x30 && bytes[to] <= 0x39) to++;
  return to === from ? undefined : BigInt(Buffer.from(bytes.subarray(from, to)).toString('latin1'));
}

/** A processor, a time in nanoseconds, a thread, the length of the event, its type; in later forms a number of parameters. */
const SYSTEM_CALL_HEADER = 24;

function systemCall(
  view: DataView,
  at: number,
  end: number,
  header: number,
  littleEndian: boolean,
): ForeignRecord | string {
  const offset = at + header;
  if (offset > end) return `a system call of ${end - at} bytes`;
  const time = view.getBigUint64(at + 2, littleEndian);
  return {
    kind: record.SYSTEM_CALL,
    offset,
    captured: end - offset,
    wire: view.getUint32(at + 18, littleEndian),
    seconds: Number(time / 1_000_000_000n),
    nanoseconds: Number(time % 1_000_000_000n),
  };
}
