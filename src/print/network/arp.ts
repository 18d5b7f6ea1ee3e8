// ARP, RARP and InARP (RFC 826, RFC 903, RFC 2390).
import * as arp from '../../wire/arp.ts';
import { BLUE, type Printer } from '../engine/printer.ts';
import {
  HARDWARE,
  INVERSE_REPLY,
  INVERSE_REQUEST,
  isInternet,
  named,
  OPERATIONS,
  REVERSE_REPLY,
  REVERSE_REQUEST,
} from './arp-names.ts';
import { ATM, printAtmArp } from './atmarp.ts';

const FRAME_RELAY = 15;

export function printArp(p: Printer, offset: number, length: number): void {
  p.protocol = 'arp';
  p.colour = BLUE;
  p.need(offset, arp.HEADER_LENGTH);
  const hardware = p.view.getUint16(offset);
  if (hardware === ATM) {
    printAtmArp(p, offset, length);
    return;
  }
  const protocol = p.view.getUint16(offset + 2);
  const hardwareLength = p.bytes[offset + 4];
  const protocolLength = p.bytes[offset + 5];
  const operation = p.view.getUint16(offset + 6);
  const senderHardware = offset + arp.HEADER_LENGTH;
  const sender = senderHardware + hardwareLength;
  const targetHardware = sender + protocolLength;
  const target = targetHardware + hardwareLength;
  p.need(target, protocolLength);
  if (!p.link) p.ascii('ARP, ');
  if (!isInternet(protocol) || protocolLength !== 4 || hardwareLength === 0 || p.verbose > 0) {
    named(p, HARDWARE, hardware, 'Unknown Hardware (', 10);
    p.field(' (len ', hardwareLength);
    p.ascii('), ');
    named(p, p.payload.etherTypes, protocol, 'Unknown Protocol (0x', 16);
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
  switch (operation) {
    case arp.REQUEST:
      p.ascii('who-has ');
      address(p, target, protocol, protocolLength);
      if (!zero(p, targetHardware, hardwareLength)) {
        p.ascii(' (');
        station(p, targetHardware, hardware, hardwareLength);
        p.ascii(')');
      }
      p.ascii(' tell ');
      address(p, sender, protocol, protocolLength);
      break;
    case arp.REPLY:
      address(p, sender, protocol, protocolLength);
      p.ascii(' is-at ');
      station(p, senderHardware, hardware, hardwareLength);
      break;
    case REVERSE_REQUEST:
    case INVERSE_REQUEST:
      p.ascii('who-is ');
      station(p, targetHardware, hardware, hardwareLength);
      p.ascii(' tell ');
      station(p, senderHardware, hardware, hardwareLength);
      break;
    case REVERSE_REPLY:
      station(p, targetHardware, hardware, hardwareLength);
      p.ascii(' at ');
      address(p, target, protocol, protocolLength);
      break;
    case INVERSE_REPLY:
      station(p, senderHardware, hardware, hardwareLength);
      p.ascii(' at ');
      address(p, sender, protocol, protocolLength);
      break;
    default:
      // Within MACsec the frame may end before what was captured.
      p.dump(offset, Math.min(length, p.available(offset)));
      return;
  }
  p.field(', length ', length);
}

function zero(p: Printer, offset: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (p.bytes[offset + i] !== 0) return false;
  return true;
}

function address(p: Printer, offset: number, protocol: number, length: number): void {
  if (!isInternet(protocol)) p.ascii('<wrong proto type>');
  else if (length !== 4) p.ascii('<wrong len>');
  else p.ipv4(offset);
}

function station(p: Printer, offset: number, hardware: number, length: number): void {
  if (length === 0) p.ascii('<empty>');
  else if (hardware === FRAME_RELAY) connection(p, offset, length);
  else if (length === 6) p.mac(offset);
  else p.pairs(offset, length);
}

/** Why a data link connection identifier cannot be told. */
const CUT = -1;
const INVALID = -2;

function connection(p: Printer, offset: number, length: number): void {
  const identifier = connectionIdentifier(p, offset, length);
  if (identifier === CUT) p.ascii('<Truncated>');
  else if (identifier === INVALID) p.ascii('<Invalid DLCI>');
  else p.field('DLCI ', identifier);
}

/** The identifier of a Q.922 address of 2 to 4 bytes: the lowest bit of each tells whether it is the last. */
function connectionIdentifier(p: Printer, offset: number, length: number): number {
  const bytes = p.bytes;
  if (length < 1) return CUT;
  if ((bytes[offset] & 1) !== 0) return INVALID;
  if (length < 2) return CUT;
  let identifier = ((bytes[offset] & 0xfc) << 2) | (bytes[offset + 1] >> 4);
  if ((bytes[offset + 1] & 1) !== 0) return identifier;
  let i = 2;
  if (length <= i) return CUT;
  if ((bytes[offset + i] & 1) === 0) identifier = (identifier << 7) | (bytes[offset + i++] >> 1);
  if (length <= i) return CUT;
  if ((bytes[offset + i] & 1) === 0) return INVALID;
  return (identifier << 6) | (bytes[offset + i] >> 2);
}
