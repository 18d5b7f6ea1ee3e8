// Cisco's VLAN query protocol: which VLAN a MAC address belongs to.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const HEADER_LENGTH = 8;
const OBJECT_HEADER_LENGTH = 6;
const VERSION = 1;

const MESSAGES: Names = new Map([
  [1, 'Request, Join Port'],
  [2, 'Response, VLAN'],
  [3, 'Request, Reconfirm'],
  [4, 'Response, Reconfirm'],
]);
const ERRORS: Names = new Map([
  [0, 'No error'],
  [3, 'Access denied'],
  [4, 'Shutdown port'],
  [5, 'Wrong VTP domain'],
]);
const IP_ADDRESS = 0x0c01;
const PORT_NAME = 0x0c02;
const VLAN_NAME = 0x0c03;
const DOMAIN = 0x0c04;
const ETHERNET_PACKET = 0x0c05;
const MAC_NULL = 0x0c06;
const MAC_ADDRESS = 0x0c08;
const OBJECTS: Names = new Map([
  [IP_ADDRESS, 'Client IP Address'],
  [PORT_NAME, 'Port Name'],
  [VLAN_NAME, 'VLAN Name'],
  [DOMAIN, 'VTP Domain'],
  [ETHERNET_PACKET, 'Ethernet Packet'],
  [MAC_NULL, 'MAC Null'],
  [MAC_ADDRESS, 'MAC Address'],
]);

export function printVqp(p: Printer, offset: number, length: number): void {
  p.protocol = 'vqp';
  p.need(offset, HEADER_LENGTH);
  if (length < HEADER_LENGTH) {
    p.invalid();
    return;
  }
  const version = p.bytes[offset];
  if (version !== VERSION) {
    p.field('VQP version ', version);
    p.ascii(' packet not supported');
    return;
  }
  const type = p.bytes[offset + 1];
  const error = p.bytes[offset + 2];
  const items = p.bytes[offset + 3];
  const message = `${MESSAGES.get(type) ?? `unknown (${type})`} Message, error-code ${ERRORS.get(error) ?? 'unknown'} (${error})`;
  if (p.verbose === 0) {
    p.ascii(`VQPv${version} ${message}, length ${length}`);
    return;
  }
  p.ascii(`\n\tVQPv${version}, ${message}, seq 0x`);
  p.out.hexPadded(p.u32(offset + 4), 8);
  p.ascii(`, items ${items}, length ${length}`);
  offset += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  for (let i = 0; i < items && length > 0; i++) {
    p.need(offset, OBJECT_HEADER_LENGTH);
    if (length < OBJECT_HEADER_LENGTH) {
      p.invalid();
      return;
    }
    const kind = p.u32(offset);
    const size = p.u16(offset + 4);
    offset += OBJECT_HEADER_LENGTH;
    length -= OBJECT_HEADER_LENGTH;
    p.ascii(`\n\t  ${OBJECTS.get(kind) ?? 'Unknown'} Object (0x`);
    p.out.hexPadded(kind, 8);
    p.field('), length ', size);
    p.ascii(', value: ');
    if (kind === 0 || size === 0) return;
    p.need(offset, size);
    if (size > length || !printObject(p, kind, offset, size)) {
      p.invalid();
      return;
    }
    offset += size;
    length -= size;
  }
}

/** Returns false where it has another length than its kind says. */
function printObject(p: Printer, kind: number, offset: number, size: number): boolean {
  switch (kind) {
    case IP_ADDRESS:
      if (size !== 4) return false;
      p.ipv4(offset);
      p.ascii(' (0x');
      p.out.hexPadded(p.u32(offset), 8);
      p.ascii(')');
      break;
    case PORT_NAME:
    case VLAN_NAME:
    case DOMAIN:
    case ETHERNET_PACKET:
      printPadded(p, offset, size);
      break;
    case MAC_NULL:
    case MAC_ADDRESS:
      if (size !== 6) return false;
      p.mac(offset);
      break;
    default:
      if (p.verbose <= 1) p.unknown(offset, '\n\t    ', size);
  }
  return true;
}
