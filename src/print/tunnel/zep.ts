// ZigBee Encapsulation Protocol: frames of IEEE 802.15.4 in UDP.
import { writeDate } from '../engine/date.ts';
import type { Printer } from '../engine/printer.ts';

const FIRST_VERSION = 1;
const ACKNOWLEDGEMENT = 2;
const FIRST_LENGTH = 16;
const ACKNOWLEDGEMENT_LENGTH = 8;
const DATA_LENGTH = 32;
/** Seconds from 1900, where NTP's time begins, to 1970. */
const NTP_EPOCH = 2_208_988_800;

export function printZep(p: Printer, offset: number, length: number): void {
  p.protocol = 'zep';
  p.ascii('ZEP');
  if (p.u8(offset) !== 0x45 || p.u8(offset + 1) !== 0x58) {
    p.ascii(' [Preamble Code: ');
    p.visible(p.u8(offset));
    p.visible(p.u8(offset + 1));
    p.ascii(']');
    p.invalid();
    return;
  }
  const version = p.u8(offset + 2);
  p.ascii(`v${version} `);
  let header = ACKNOWLEDGEMENT_LENGTH;
  let inner = 0;
  if (version === FIRST_VERSION) {
    header = FIRST_LENGTH;
    if (length >= header) inner = printFirst(p, offset);
  } else if (p.u8(offset + 3) === ACKNOWLEDGEMENT) {
    if (length >= header) p.ascii(`ACK, seq# = ${p.u32(offset + 4)}`);
  } else {
    header = DATA_LENGTH;
    if (length >= header) inner = printData(p, offset);
  }
  if (length < header) {
    p.ascii(` [len ${length} < ${header}]`);
    p.invalid();
    return;
  }
  const data = offset + header;
  const rest = length - header;
  if (inner !== 0) {
    p.ascii('\n\t');
    p.payload.ieee802154(p, data, inner);
    if (p.headerLength !== 0) {
      p.need(data, rest);
      return;
    }
  }
  p.dumpUnknown(data, rest);
}

/** Channel and device, and how well the frame was received. */
function printReception(p: Printer, channel: number, offset: number): void {
  p.ascii(`Channel ID ${channel}, Device ID 0x`);
  p.out.hexPadded(p.u16(offset), 4);
  p.ascii(', ');
  if (p.u8(offset + 2) !== 0) p.ascii('CRC, ');
  else p.ascii(`LQI ${p.u8(offset + 3)}, `);
}

function printFirst(p: Printer, offset: number): number {
  const channel = p.u8(offset + 3);
  p.need(offset + 4, 2);
  printReception(p, channel, offset + 4);
  const inner = p.u8(offset + 15);
  p.field('inner len = ', inner);
  return inner;
}

function printData(p: Printer, offset: number): number {
  p.need(offset + 4, 3);
  p.ascii(`Type ${p.u8(offset + 3)}, `);
  printReception(p, p.u8(offset + 4), offset + 5);
  printTime(p, offset + 9);
  const sequence = p.u32(offset + 17);
  const inner = p.u8(offset + 31);
  p.ascii(`, seq# = ${sequence}, inner len = ${inner}`);
  return inner;
}

/** A time as NTP has it, reckoned in single precision. */
function printTime(p: Printer, offset: number): void {
  const seconds = p.u32(offset);
  const fraction = Math.fround(Math.fround(p.u32(offset + 4)) / 2 ** 32);
  p.ascii(`${seconds}.${String(Math.trunc(fraction * 1e9)).padStart(9, '0')}`);
  if (seconds === 0) return;
  p.ascii(' (');
  const start = p.out.length;
  // Before 1970 it wraps.
  writeDate(p.out, (seconds - NTP_EPOCH) >>> 0);
  for (const dash of [start + 4, start + 7]) p.out.bytes[dash] = 0x2f;
  p.ascii(')');
}
