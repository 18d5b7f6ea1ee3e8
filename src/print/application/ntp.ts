// NTP (RFC 5905; mode 6 of RFC 9327).
import type { Names } from '../engine/names.ts';
import { FRACTION, printTimestamp } from '../engine/ntp-timestamp.ts';
import { closing, type Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';

const MINIMUM_LENGTH = 48;
const CONTROL_LENGTH = 12;
const CONTROL = 6;
const RESERVED = 7;

const MODES = [
  'unspecified',
  'symmetric active',
  'symmetric passive',
  'Client',
  'Server',
  'Broadcast',
  'Control Message',
  'Reserved',
];
const LEAP = ['', '+1s', '-1s', 'clock unsynchronized'];
const STRATA: Names = new Map([
  [0, 'unspecified'],
  [1, 'primary reference'],
]);
const QUERY = 62;
const REPLY = 63;

export const printNtp = closing((p, offset, length) => {
  p.protocol = 'ntp';
  const first = p.u8(offset);
  const mode = first & 7;
  p.field('NTPv', (first >> 3) & 7);
  p.ascii(', ');
  p.ascii(MODES[mode]);
  p.field(', length ', length);
  if (p.verbose === 0) return;
  p.ascii('\n\tLeap indicator: ');
  p.ascii(LEAP[first >> 6]);
  p.field(' (', first & 0xc0);
  p.ascii(')');
  if (mode === RESERVED) return;
  if (length < (mode === CONTROL ? CONTROL_LENGTH : MINIMUM_LENGTH)) {
    p.invalid();
    p.check(offset, length);
  } else if (mode === CONTROL) printControl(p, offset, length);
  else printTime(p, offset, length);
});

function printTime(p: Printer, offset: number, length: number): void {
  const stratum = p.u8(offset + 1);
  p.field(', Stratum ', stratum);
  p.ascii(' (');
  p.ascii(STRATA.get(stratum) ?? (stratum >= 2 && stratum <= 15 ? 'secondary reference' : 'reserved'));
  p.ascii(')');
  const poll = signed(p, offset + 2);
  p.field(', poll ', poll);
  if (poll > -32 && poll < 32) {
    p.field(poll >= 0 ? ' (' : ' (1/', 2 ** Math.abs(poll));
    p.ascii('s)');
  }
  p.field(', precision ', signed(p, offset + 3));
  p.check(offset + 4, 4);
  p.ascii('\n\tRoot Delay: ');
  printShort(p, offset + 4);
  p.check(offset + 8, 4);
  p.ascii(', Root dispersion: ');
  printShort(p, offset + 8);
  p.check(offset + 12, 4);
  p.ascii(', Reference-ID: ');
  switch (stratum) {
    case 0:
      p.ascii('(unspec)');
      break;
    case 1:
      printText(p, offset + 12, 4);
      break;
    case QUERY:
    case REPLY:
      p.ipv4(offset + 12);
      p.ascii(stratum === QUERY ? ' INFO_QUERY' : ' INFO_REPLY');
      return;
    default:
      p.ascii('0x');
      p.hexBytes(offset + 12, 4);
  }
  stamp(p, '\n\t  Reference Timestamp:  ', offset + 16);
  stamp(p, '\n\t  Originator Timestamp: ', offset + 24);
  stamp(p, '\n\t  Receive Timestamp:    ', offset + 32);
  stamp(p, '\n\t  Transmit Timestamp:   ', offset + 40);
  p.ascii('\n\t    Originator - Receive Timestamp:  ');
  printDifference(p, offset + 24, offset + 32);
  p.ascii('\n\t    Originator - Transmit Timestamp: ');
  printDifference(p, offset + 24, offset + 40);
  printAuthentication(p, offset + MINIMUM_LENGTH, length - MINIMUM_LENGTH);
}

function signed(p: Printer, offset: number): number {
  return (p.u8(offset) << 24) >> 24;
}

/** 16 bits of seconds and 16 of fraction. */
function printShort(p: Printer, offset: number): void {
  p.decimal(p.u16(offset));
  p.ascii('.');
  p.out.padded(Math.floor((p.u16(offset + 2) / 65536) * 1e6), 6);
}

function stamp(p: Printer, title: string, offset: number): void {
  p.check(offset, 8);
  p.ascii(title);
  printTimestamp(p, offset);
}

/** The time from the stamp at `from` to that at `to`; the latter itself where the former is zero. */
function printDifference(p: Printer, from: number, to: number): void {
  const oldSeconds = p.u32(from);
  const oldFraction = p.u32(from + 4);
  if (oldSeconds === 0 && oldFraction === 0) {
    printTimestamp(p, to);
    return;
  }
  const seconds = p.u32(to);
  const fraction = p.u32(to + 4);
  const later = seconds > oldSeconds || (seconds === oldSeconds && fraction > oldFraction);
  let whole = later ? seconds - oldSeconds : oldSeconds - seconds;
  let part = later ? fraction - oldFraction : oldFraction - fraction;
  if (part < 0) {
    part += FRACTION;
    whole--;
  }
  p.ascii(later ? '+' : '-');
  p.decimal(whole);
  p.ascii('.');
  p.out.padded(Math.floor((part / FRACTION) * 1e9), 9);
}

/** A key number with a digest of 128 or 160 bits, or whatever else lies behind the header. */
function printAuthentication(p: Printer, offset: number, length: number): void {
  if (length === 0) return;
  if (length !== 4 && length !== 20 && length !== 24) {
    p.field('\n\t(', length);
    p.ascii(' more bytes after the header)');
    return;
  }
  p.field('\n\tKey id: ', p.u32(offset));
  if (length === 4) return;
  p.check(offset + 4, length - 4);
  p.ascii('\n\tAuthentication: ');
  p.hexBytes(offset + 4, length - 4);
}

function printControl(p: Printer, offset: number, length: number): void {
  const control = p.u8(offset + 1);
  p.ascii((control & 0x80) !== 0 ? ', Response' : ', Request');
  p.ascii((control & 0x40) !== 0 ? ', Error' : ', OK');
  p.ascii((control & 0x20) !== 0 ? ', More' : ', Last');
  p.field(', OpCode=', control & 0x1f);
  p.ascii('\n');
  p.field('\tSequence=', p.u16(offset + 2));
  const status = p.u16(offset + 4);
  p.hexField(status === 0 ? ', Status=' : ', Status=0x', status);
  p.field(', Assoc.=', p.u16(offset + 6));
  p.field(', Offset=', p.u16(offset + 8));
  const count = p.u16(offset + 10);
  p.field(', Count=', count);
  if (CONTROL_LENGTH + count > length) {
    p.invalid();
    p.check(offset, length);
  } else if (count !== 0) {
    p.check(offset + CONTROL_LENGTH, count);
    p.ascii('\n\tTO-BE-DONE: data not interpreted');
  }
}
