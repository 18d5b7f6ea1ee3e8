// ARP, RARP and InARP (RFC 826, RFC 903, RFC 2390).
import { HEADER_LENGTH } from '../wire/arp.ts';
import * as ethernet from '../wire/ethernet.ts';
import type { Names } from './names.ts';
import { ETHERTYPES } from './names.ts';
import type { Printer } from './printer.ts';

const TRAILERS = 0x1000;
const FRAME_RELAY = 15;

const OPERATIONS: Names = new Map([
  [1, 'Request'],
  [2, 'Reply'],
  [3, 'Reverse Request'],
  [4, 'Reverse Reply'],
  [8, 'Inverse Request'],
  [9, 'Inverse Reply'],
  [10, 'NACK Reply'],
]);
const HARDWARE: Names = new Map([
  [1, 'Ethernet'],
  [6, 'TokenRing'],
  [7, 'ArcNet'],
  [15, 'FrameRelay'],
  [19, 'ATM'],
  [23, 'Strip'],
  [24, 'IEEE 1394'],
  [32, 'InfiniBand'],
]);

export function printArp(p: Printer, at: number, length: number): void {
  p.protocol = 'arp';
  const captured = p.available(at);
  if (!p.has(at, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  const hardware = p.view.getUint16(at);
  const protocol = p.view.getUint16(at + 2);
  const hardwareLength = p.bytes[at + 4];
  const protocolLength = p.bytes[at + 5];
  const operation = p.view.getUint16(at + 6);
  const senderHardware = at + HEADER_LENGTH;
  const senderProtocol = senderHardware + hardwareLength;
  const targetHardware = senderProtocol + protocolLength;
  const targetProtocol = targetHardware + hardwareLength;
  if (!p.has(targetProtocol, protocolLength)) {
    p.truncated();
    p.dump(at, length);
    return;
  }
  if (!p.link) p.ascii('ARP, ');
  const internet = protocol === ethernet.IPV4 || protocol === TRAILERS;
  if (!internet || protocolLength !== 4 || hardwareLength === 0 || p.verbose > 0) {
    named(p, HARDWARE, hardware, 'Unknown Hardware (', 10);
    p.field(' (len ', hardwareLength);
    p.ascii('), ');
    named(p, ETHERTYPES, protocol, 'Unknown Protocol (0x', 16);
    p.field(' (len ', protocolLength);
    p.ascii(')');
    if (p.verbose === 0) {
      p.field(', length ', length);
      return;
    }
    p.ascii(', ');
  }
  named(p, OPERATIONS, operation, 'Unknown (', 10);
  p.ascii(' ');
  const address = (where: number): void => {
    if (!internet) p.ascii('<wrong proto type>');
    else if (protocolLength !== 4) p.ascii('<wrong len>');
    else p.ipv4(where);
  };
  const station = (where: number): void => linkAddress(p, where, hardware, hardwareLength);
  switch (operation) {
    case 1:
      p.ascii('who-has ');
      address(targetProtocol);
      if (!zero(p, targetHardware, hardwareLength)) {
        p.ascii(' (');
        station(targetHardware);
        p.ascii(')');
      }
      p.ascii(' tell ');
      address(senderProtocol);
      break;
    case 2:
      address(senderProtocol);
      p.ascii(' is-at ');
      station(senderHardware);
      break;
    case 3:
    case 8:
      p.ascii('who-is ');
      station(targetHardware);
      p.ascii(' tell ');
      station(senderHardware);
      break;
    case 4:
      station(targetHardware);
      p.ascii(' at ');
      address(targetProtocol);
      break;
    case 9:
      station(senderHardware);
      p.ascii(' at ');
      address(senderProtocol);
      break;
    default:
      p.dump(at, captured);
      return;
  }
  p.field(', length ', length);
}

function named(p: Printer, names: Names, value: number, unknown: string, base: number): void {
  const name = names.get(value);
  if (name !== undefined) {
    p.ascii(name);
    return;
  }
  p.ascii(unknown);
  if (base === 16) p.out.hexPadded(value, 4);
  else p.decimal(value);
  p.ascii(')');
}

function zero(p: Printer, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (p.bytes[at + i] !== 0) return false;
  return true;
}

/** A hardware address of any length; of frame relay its connection identifier is not taken apart. */
function linkAddress(p: Printer, at: number, hardware: number, length: number): void {
  if (length === 0) {
    p.ascii('<empty>');
    return;
  }
  if (hardware === FRAME_RELAY && (length === 2 || length === 4)) {
    const q922 = length === 2 ? p.u16(at) : p.u32(at);
    p.field('', length === 2 ? ((q922 >> 6) & 0x3f0) | ((q922 >> 4) & 0xf) : q922);
    return;
  }
  for (let i = 0; i < length; i++) {
    if (i !== 0) p.ascii(':');
    p.out.hexPadded(p.u8(at + i), 2);
  }
}
