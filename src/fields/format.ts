// Values as text, as `tshark -T fields` writes them.
import type { Text } from '../base/text.ts';
import { CALENDAR, localOffset, zoneName } from '../base/zone.ts';
import { writeIpv6, writeMac } from '../print/engine/address.ts';
import { writeClock } from '../print/engine/date.ts';
import type { Field, FieldType } from './field.ts';
import type { Values } from './values.ts';

/** Appends value `i`. */
export type Format = (text: Text, values: Values, i: number) => void;

const DAY = 86_400;
const MINUS = 0x2d;
const POINT = 0x2e;
const SPACE = 0x20;
const BACKSLASH = 0x5c;

/** How the values of a field are written. */
export function formatOf(
  field: Pick<Field, 'type' | 'hex' | 'label' | 'empty' | 'separator' | 'separated'>,
): Format {
  if (field.separator !== undefined) return separated(field.separator.charCodeAt(0), field.separated);
  const { empty } = field;
  if (empty !== undefined) {
    return (text, values, i) => (values.length[i] === 0 ? text.ascii(empty) : hexBytes(text, values, i));
  }
  if (field.label !== undefined) return writeString;
  const digits = HEX_DIGITS[field.type];
  return field.hex && digits !== undefined ? hexFormat(digits) : FORMATS[field.type];
}

const HEX_DIGITS: { [type in FieldType]?: number } = { uint8: 2, uint16: 4, uint24: 6, uint32: 8 };

function hexFormat(digits: number): Format {
  return (text, { number }, i) => {
    text.byte(0x30);
    text.byte(0x78);
    text.hexPadded(number[i], digits);
  };
}

const decimal: Format = (text, { number }, i) => text.decimal(number[i]);

const FORMATS: Record<FieldType, Format> = {
  none: decimal,
  boolean: decimal,
  uint8: decimal,
  uint16: decimal,
  uint24: decimal,
  uint32: decimal,
  int32: decimal,
  framenum: decimal,
  double: (text, { number }, i) => text.ascii(doubleText(number[i])),
  uint64: (text, { view, offset }, i) => text.ascii(view[i].getBigUint64(offset[i]).toString()),
  ipv4: (text, { number }, i) => writeAddress(text, number[i]),
  ipv6: (text, { view, offset }, i) => writeIpv6(text, view[i], offset[i]),
  ether: (text, { view, offset }, i) => writeMac(text, bytesOf(view[i]), offset[i]),
  bytes: hexBytes,
  string: writeString,
  protocol: hexBytes,
  absolute_time: writeMoment,
  relative_time: writeSeconds,
};

/** As C's %g has it. */
function doubleText(value: number): string {
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent < -4 || exponent >= 17) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return String(value);
}

function writeAddress(text: Text, address: number): void {
  text.decimal(address >>> 24);
  text.byte(POINT);
  text.decimal((address >>> 16) & 0xff);
  text.byte(POINT);
  text.decimal((address >>> 8) & 0xff);
  text.byte(POINT);
  text.decimal(address & 0xff);
}

let lastView: DataView | undefined;
let lastBytes: Uint8Array = new Uint8Array(0);

/** The bytes under a view; that of the last one is kept, for all values of a batch lie in one buffer. */
function bytesOf(view: DataView): Uint8Array {
  if (view !== lastView) {
    lastView = view;
    lastBytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }
  return lastBytes;
}

function hexBytes(text: Text, { view, offset, length }: Values, i: number): void {
  const bytes = view[i];
  const start = offset[i];
  const n = length[i];
  if (n === 0) text.ascii('<MISSING>');
  text.reserve(n * 2 + 8);
  let at = 0;
  for (; at + 4 <= n; at += 4) text.hexPadded(bytes.getUint32(start + at), 8);
  for (; at < n; at++) text.hexPadded(bytes.getUint8(start + at), 2);
}

/** Bytes in hex with something between them; `bytes`: only where there are as many. */
function separated(between: number, bytes: number | undefined): Format {
  return (text, values, i) => {
    const { view, offset, length } = values;
    if (bytes !== undefined && length[i] !== bytes) {
      hexBytes(text, values, i);
      return;
    }
    for (let at = 0; at < length[i]; at++) {
      if (at !== 0) text.byte(between);
      text.hexPadded(view[i].getUint8(offset[i] + at), 2);
    }
  };
}

/** Text as it is, but for white space that would break the line or the column. */
function writeString(text: Text, { view, offset, length }: Values, i: number): void {
  const bytes = bytesOf(view[i]);
  const end = offset[i] + length[i];
  text.reserve(2 * length[i] + 8);
  for (let at = offset[i]; at < end; at++) {
    const byte = bytes[at];
    const escaped = byte < 0x20 ? ESCAPED[byte] : 0;
    if (escaped !== 0) text.byte(BACKSLASH);
    text.byte(escaped === 0 ? byte : escaped);
  }
}

/** \a \b \t \n \v \f \r */
const ESCAPED = new Uint8Array(32);
for (const [at, letter] of ['t', 'n', 'v', 'f', 'r'].entries()) ESCAPED[9 + at] = letter.charCodeAt(0);

function writeSeconds(text: Text, { number, nanoseconds }: Values, i: number): void {
  let seconds = number[i];
  let rest = nanoseconds[i];
  if (seconds < 0 || rest < 0) {
    text.byte(MINUS);
    seconds = Math.abs(seconds);
    rest = -rest;
  }
  text.decimal(seconds);
  text.byte(POINT);
  writeNanoseconds(text, rest);
}

function writeNanoseconds(text: Text, nanoseconds: number): void {
  if (nanoseconds >= 0 && nanoseconds < 1e9) text.padded(nanoseconds, 9);
  else text.decimal(nanoseconds); // of a broken file
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A day in the reader's time zone as `Nov  3, 2026 `, and the zone, kept for as long as they hold. */
const day = { from: 0, to: -1, text: '', offset: 0, zone: '' };

function writeMoment(text: Text, { number, nanoseconds }: Values, i: number): void {
  const seconds = number[i];
  if (seconds < day.from || seconds >= day.to) setDay(seconds);
  text.ascii(day.text);
  writeClock(text, seconds + day.offset - Math.floor((seconds + day.offset) / DAY) * DAY);
  text.byte(POINT);
  writeNanoseconds(text, nanoseconds[i]);
  text.byte(SPACE);
  text.ascii(day.zone);
}

function setDay(seconds: number): void {
  // The offset of a time zone changes at whole quarters of an hour.
  day.from = Math.floor(seconds / 900) * 900;
  day.to = day.from + 900;
  day.offset = localOffset(day.from);
  day.zone = zoneName(day.from);
  const local = seconds + day.offset;
  const eras = Math.floor(local / CALENDAR);
  const date = new Date((local - eras * CALENDAR) * 1000);
  const ofMonth = String(date.getUTCDate()).padStart(2);
  day.text = `${MONTHS[date.getUTCMonth()]} ${ofMonth}, ${date.getUTCFullYear() + eras * 400} `;
}
