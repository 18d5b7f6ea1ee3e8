// Options of DCCP (RFC 4340, 5.8).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

/** Below these an option is a byte; from these on it belongs to the congestion control. */
const SIZED = 32;
const CCID = 128;
const OPTIONS: Names = new Map([
  [0, 'nop'],
  [1, 'mandatory'],
  [2, 'slowreceiver'],
  [32, 'change_l'],
  [33, 'confirm_l'],
  [34, 'change_r'],
  [35, 'confirm_r'],
  [36, 'initcookie'],
  [37, 'ndp_count'],
  [38, 'ack_vector0'],
  [39, 'ack_vector1'],
  [40, 'data_dropped'],
  [41, 'timestamp'],
  [42, 'timestamp_echo'],
  [43, 'elapsed_time'],
  [44, 'data_checksum'],
]);
const FEATURES = [
  'reserved',
  'ccid',
  'allow_short_seqno',
  'sequence_window',
  'ecn_incapable',
  'ack_ratio',
  'send_ack_vector',
  'send_ndp_count',
  'minimum checksum coverage',
  'check data checksum',
];

/** Returns the bytes of the option, 0 where none can follow. */
export function printDccpOption(p: Printer, offset: number, left: number): number {
  const type = p.u8(offset);
  const size = type >= SIZED ? p.u8(offset + 1) : 1;
  const name = type >= CCID ? `CCID option ${type}` : (OPTIONS.get(type) ?? `Option ${type}`);
  if (type >= SIZED && size < 2) {
    p.ascii(`${name} optlen too short`);
    return 0;
  }
  if (left < size) {
    p.ascii(`${name} optlen goes past header length`);
    return 0;
  }
  if (!p.whole(offset, size)) return 0;
  p.ascii(name);
  if (type >= CCID) number(p, offset, size === 4 || size === 6 ? size : 0);
  else if (type >= SIZED) printValue(p, type, offset, size);
  return size;
}

/** The number that an option of 4 or 6 bytes has behind its header. */
function number(p: Printer, offset: number, size: number): void {
  if (size !== 0) p.field(' ', size === 4 ? p.u16(offset + 2) : p.u32(offset + 2));
}

function printValue(p: Printer, type: number, offset: number, size: number): void {
  switch (type) {
    case 32:
    case 33:
    case 34:
    case 35: {
      if (size < 3) {
        p.ascii(' optlen too short');
        return;
      }
      const feature = FEATURES[p.u8(offset + 2)];
      if (feature === undefined) return;
      p.ascii(` ${feature}`);
      for (let i = 3; i < size; i++) p.field(' ', p.u8(offset + i));
      return;
    }
    case 37:
      for (let i = 2; i < size; i++) p.field(' ', p.u8(offset + i));
      return;
    case 36:
    case 38:
    case 39:
    case 40:
    case 44:
      if (size > 2) p.ascii(type === 44 ? ' ' : ' 0x');
      p.hexBytes(offset + 2, size - 2);
      return;
    case 41:
      if (size === 6) number(p, offset, 6);
      else p.ascii(' [optlen != 6]');
      return;
    case 42:
      if (size !== 6 && size !== 8 && size !== 10) {
        p.ascii(' [optlen != 6 or 8 or 10]');
        return;
      }
      number(p, offset, 6);
      if (size > 6) p.ascii(` (elapsed time ${size === 8 ? p.u16(offset + 6) : p.u32(offset + 6)})`);
      return;
    case 43:
      if (size === 4 || size === 6) number(p, offset, size);
      else p.ascii(' [optlen != 4 or 6]');
  }
}
