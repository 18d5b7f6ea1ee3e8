// Capabilities of a BGP speaker (RFC 5492).

import { AFI, SAFI } from '../../wire/registry/address-families.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const MULTIPROTOCOL = 1;
const ROUTE_REFRESH = 2;
const MULTIPLE_LABELS = 8;
const GRACEFUL_RESTART = 64;
const LARGE_AS = 65;
const MULTIPLE_PATHS = 69;
const LONG_LIVED_RESTART = 71;
const CISCO_ROUTE_REFRESH = 128;

const NAMES: Names = new Map([
  [MULTIPROTOCOL, 'Multiprotocol Extensions'],
  [ROUTE_REFRESH, 'Route Refresh'],
  [3, 'Cooperative Route Filtering'],
  [4, 'Multiple Routes to a Destination'],
  [5, 'Extended Next Hop Encoding'],
  [MULTIPLE_LABELS, 'Multiple Labels'],
  [GRACEFUL_RESTART, 'Graceful Restart'],
  [LARGE_AS, '32-Bit AS Number'],
  [67, 'Dynamic Capability'],
  [68, 'Multisession BGP'],
  [MULTIPLE_PATHS, 'Multiple Paths'],
  [70, 'Enhanced Route Refresh'],
  [LONG_LIVED_RESTART, 'Long-lived Graceful Restart'],
  [CISCO_ROUTE_REFRESH, 'Route Refresh (Cisco)'],
]);
const DIRECTIONS: Names = new Map([
  [1, 'Receive'],
  [2, 'Send'],
  [3, 'Both'],
]);

/** Prints the capabilities of one parameter, `length` bytes of them. */
export function printCapabilities(p: Printer, offset: number, length: number): void {
  const end = offset + length;
  while (offset < end) {
    if (!p.has(offset, 2)) {
      p.truncated();
      return;
    }
    const code = p.bytes[offset];
    const size = p.bytes[offset + 1];
    p.ascii(`\n\t      ${NAMES.get(code) ?? 'Unknown'} (${code}), length: ${size}`);
    offset += 2;
    if (!p.has(offset, size)) {
      p.truncated();
      return;
    }
    if (!printCapability(p, code, offset, size)) return;
    if (p.verbose > 1 && size > 0) p.unknown(offset, '\n\t\t', size);
    offset += size;
  }
}

/** `\n\t\tAFI …, SAFI …` of what lies at `offset`. */
function family(p: Printer, indent: string, offset: number, safiAt: number): void {
  const afi = p.u16(offset);
  const safi = p.u8(safiAt);
  p.ascii(
    `${indent}AFI ${AFI.get(afi) ?? 'Unknown'} (${afi}), SAFI ${SAFI.get(safi) ?? 'Unknown'} (${safi})`,
  );
}

/** Returns false where it is too short to be what it is, which ends the list. */
function printCapability(p: Printer, code: number, offset: number, length: number): boolean {
  const end = offset + length;
  switch (code) {
    case MULTIPROTOCOL:
      if (length < 4) {
        p.ascii(' (too short, < 4)');
        return false;
      }
      family(p, '\n\t\t', offset, offset + 3);
      break;
    case GRACEFUL_RESTART:
      if (length < 2) {
        p.ascii(' (too short, < 2)');
        return false;
      }
      p.ascii(`\n\t\tRestart Flags: [${(p.u8(offset) & 0x80) !== 0 ? 'R' : 'none'}], Restart Time `);
      p.decimal(p.u16(offset) & 0xfff);
      p.ascii('s');
      for (offset += 2; end - offset >= 4; offset += 4) {
        family(p, '\n\t\t  ', offset, offset + 2);
        p.ascii(`, Forwarding state preserved: ${(p.u8(offset + 3) & 0x80) !== 0 ? 'yes' : 'no'}`);
      }
      break;
    case MULTIPLE_LABELS:
      for (; end - offset >= 4; offset += 4) {
        family(p, '\n\t\t', offset, offset + 2);
        p.field(', Count: ', p.u8(offset + 3));
      }
      break;
    case ROUTE_REFRESH:
    case LONG_LIVED_RESTART:
    case CISCO_ROUTE_REFRESH:
      break;
    case LARGE_AS:
      if (length < 4) {
        p.ascii(' (too short, < 4)');
        return false;
      }
      p.field('\n\t\t 4 Byte AS ', p.u32(offset));
      break;
    case MULTIPLE_PATHS:
      if (length === 0) p.ascii(' (bogus)');
      for (; offset !== end; offset += 4) {
        if (end - offset < 4) {
          p.invalid();
          break;
        }
        family(p, '\n\t\t', offset, offset + 2);
        const direction = p.u8(offset + 3);
        p.ascii(
          `, Send/Receive: ${DIRECTIONS.get(direction) ?? `Bogus (0x${direction.toString(16).padStart(2, '0')})`}`,
        );
      }
      break;
    default:
      p.field('\n\t\tno decoder for Capability ', code);
      if (p.verbose <= 1) p.unknown(offset, '\n\t\t', length);
  }
  return true;
}
