// ATMARP (RFC 2225): ARP with the number and subaddress of an ATM station in place of a hardware address.

import type { Printer } from '../engine/printer.ts';
import { HARDWARE, isInternet, named, OPERATIONS } from './arp-names.ts';

/** Hardware type of ARP. */
export const ATM = 19;

const HEADER_LENGTH = 12;
/** Length of a number or subaddress; the other bits tell its format. */
const LENGTH = 0x3f;

export function printAtmArp(p: Printer, offset: number, length: number): void {
  p.need(offset, HEADER_LENGTH);
  const protocol = p.view.getUint16(offset + 2);
  const senderNumberLength = p.bytes[offset + 4] & LENGTH;
  const senderSubLength = p.bytes[offset + 5] & LENGTH;
  const operation = p.view.getUint16(offset + 6);
  const senderLength = p.bytes[offset + 8];
  const targetNumberLength = p.bytes[offset + 9] & LENGTH;
  const targetSubLength = p.bytes[offset + 10] & LENGTH;
  const targetLength = p.bytes[offset + 11];
  const senderNumber = offset + HEADER_LENGTH;
  const sender = senderNumber + senderNumberLength + senderSubLength;
  const targetNumber = sender + senderLength;
  const target = targetNumber + targetNumberLength + targetSubLength;
  p.need(target, targetLength);
  if (!p.link) p.ascii('ARP, ');
  if (!isInternet(protocol) || senderLength !== 4 || targetLength !== 4 || p.verbose > 0) {
    named(p, HARDWARE, ATM, '', 10);
    p.ascii(', ');
    named(p, p.payload.etherTypes, protocol, 'Unknown Protocol (0x', 16);
    p.field(' (len ', senderLength);
    p.field('/', targetLength);
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
    case 1:
      p.ascii('who-has ');
      address(p, target, protocol, targetLength, '<wrong tplen>');
      if (targetNumberLength !== 0) {
        p.ascii(' (');
        station(p, targetNumber, targetNumberLength, targetSubLength);
        p.ascii(')');
      }
      p.ascii(' tell ');
      address(p, sender, protocol, senderLength, '<wrong splen>');
      break;
    case 2:
      address(p, sender, protocol, senderLength, '<wrong splen>');
      p.ascii(' is-at ');
      station(p, senderNumber, senderNumberLength, senderSubLength);
      break;
    case 8:
      p.ascii('who-is ');
      station(p, targetNumber, targetNumberLength, targetSubLength);
      p.ascii(' tell ');
      station(p, senderNumber, senderNumberLength, senderSubLength);
      break;
    case 9:
      station(p, senderNumber, senderNumberLength, senderSubLength);
      p.ascii('at ');
      address(p, sender, protocol, senderLength, '<wrong splen>');
      break;
    case 10:
      p.ascii('for ');
      address(p, sender, protocol, senderLength, '<wrong splen>');
      break;
    default:
      p.dump(offset, p.available(offset));
      return;
  }
  p.field(', length ', length);
}

function address(p: Printer, offset: number, protocol: number, length: number, wrong: string): void {
  if (!isInternet(protocol)) p.ascii('<wrong proto type>');
  else if (length !== 4) p.ascii(wrong);
  else p.ipv4(offset);
}

function station(p: Printer, offset: number, length: number, subLength: number): void {
  if (length === 0) {
    p.ascii('<No address>');
    return;
  }
  p.pairs(offset, length);
  if (subLength === 0) return;
  p.ascii(',');
  p.pairs(offset + length, subLength);
}
