// The exterior gateway protocol (RFC 904).
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 16;
const VERSION = 2;

const UPDATE = 1;
const POLL = 2;
const ACQUIRE = 3;
const REACH = 5;
const ERROR = 8;
const ACQUIRE_CODES = ['request', 'confirm', 'refuse', 'cease', 'cease_ack'];
const CONFIRM = 1;
const PASSIVE = 2;
const ACQUIRE_STATES = [
  'unspecified',
  'active_mode',
  'passive_mode',
  'insufficient_resources',
  'administratively_prohibited',
  'going_down',
  'parameter_violation',
  'protocol_violation',
];
const REACH_CODES = ['hello', 'i-h-u'];
const STATES = ['indeterminate', 'up', 'down'];
const UNSOLICITED = 0x80;
const REASONS = [
  'unspecified',
  'bad_EGP_header_format',
  'bad_EGP_data_field_format',
  'reachability_info_unavailable',
  'excessive_polling_rate',
  'no_response',
  'unsupported_version',
];

export function printEgp(p: Printer, offset: number, length: number): void {
  p.protocol = 'egp';
  if (length < HEADER_LENGTH || !p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  const version = p.bytes[offset];
  if (p.verbose === 0) {
    p.ascii(`EGPv${version}, AS ${p.u16(offset + 6)}, seq ${p.u16(offset + 8)}, length ${length}`);
    return;
  }
  p.ascii(`EGPv${version}, length ${length}`);
  if (version !== VERSION) {
    p.ascii(`[version ${version}]`);
    return;
  }
  const type = p.bytes[offset + 1];
  const code = p.bytes[offset + 2];
  const status = p.bytes[offset + 3];
  switch (type) {
    case ACQUIRE:
      printAcquire(p, offset, code, status);
      break;
    case REACH:
      if (code < REACH_CODES.length) {
        p.ascii(` ${REACH_CODES[code]}`);
        printState(p, status);
      } else p.ascii(`[reach code ${code}]`);
      break;
    case POLL:
      p.ascii(' poll');
      printState(p, status);
      p.ascii(' net:');
      p.ipv4(offset + 12);
      break;
    case UPDATE:
      p.ascii(' update');
      if ((status & UNSOLICITED) !== 0) p.ascii(' unsolicited');
      printState(p, status & ~UNSOLICITED);
      p.ascii(' ');
      p.ipv4(offset + 12);
      p.ascii(` int ${p.bytes[offset + 10]} ext ${p.bytes[offset + 11]}`);
      if (!printNetworks(p, offset, length)) p.truncated();
      break;
    case ERROR: {
      p.ascii(' error');
      printState(p, status);
      const reason = p.u16(offset + 10);
      p.ascii(` ${REASONS[reason] ?? `[reason ${reason}]`}`);
      break;
    }
    default:
      p.ascii(`[type ${type}]`);
  }
}

function printState(p: Printer, status: number): void {
  p.ascii(status < STATES.length ? ` state:${STATES[status]}` : ` [status ${status}]`);
}

function printAcquire(p: Printer, offset: number, code: number, status: number): void {
  p.ascii(' acquire');
  p.ascii(code < ACQUIRE_CODES.length ? ` ${ACQUIRE_CODES[code]}` : `[code ${code}]`);
  if (code <= CONFIRM) {
    p.ascii(status <= PASSIVE ? ` ${ACQUIRE_STATES[status]}` : ` [status ${status}]`);
    p.ascii(` hello:${p.u16(offset + 10)} poll:${p.u16(offset + 12)}`);
  } else if (code < ACQUIRE_CODES.length) {
    const known = status === 0 || (status > PASSIVE && status < ACQUIRE_STATES.length);
    p.ascii(known ? ` ${ACQUIRE_STATES[status]}` : `[status ${status}]`);
  }
}

/** An address whose bytes were put together the wrong way round. */
function reversed(p: Printer, address: number): void {
  p.ascii(`${address & 0xff}.${(address >>> 8) & 0xff}.${(address >>> 16) & 0xff}.${address >>> 24}`);
}

/**
 * The networks behind each gateway, by distance; returns false where the packet ends before. tcpdump takes the bytes of
 * all these addresses, and with them the class that says how many there are, in the order of the host it was built for:
 * so the last byte of the source network tells how many bytes a gateway has, and what it prints is back to front.
 */
function printNetworks(p: Printer, offset: number, length: number): boolean {
  const source = p.view.getUint32(offset + 12, true);
  const size = source >>> 31 === 0 ? 1 : source >>> 30 === 2 ? 2 : source >>> 29 === 6 ? 3 : 0;
  const net = size === 0 ? 0 : source & (-1 << (32 - 8 * size));
  const interior = p.bytes[offset + 10];
  const gateways = interior + p.bytes[offset + 11];
  let end = offset + length;
  offset += HEADER_LENGTH;
  for (let gateway = 0; gateway < gateways; gateway++) {
    if (end - offset < 4 - size) return false;
    if (!p.has(offset, 4 - size)) return false;
    let address = 0;
    // Of a class that is none, the bytes are not stepped over, but count.
    if (size === 0) end -= 4;
    else for (let i = size; i < 4; i++) address = (address << 8) | p.bytes[offset++];
    if (end - offset < 1) return false;
    const distances = p.u8(offset++);
    p.ascii(gateway < interior ? ' int ' : ' ext ');
    reversed(p, address | net);
    p.ascii(' (');
    for (let i = 0; i < distances; i++) {
      offset = printDistance(p, offset, end, i > 0 ? ', ' : '');
      if (offset === TOO_SHORT) return false;
    }
    p.ascii(')');
  }
  return true;
}

const TOO_SHORT = -1;

/** The networks at one distance; returns where they end, or TOO_SHORT. */
function printDistance(p: Printer, offset: number, end: number, separator: string): number {
  if (end - offset < 2) return TOO_SHORT;
  p.ascii(`${separator}d${p.u8(offset)}:`);
  const networks = p.u8(offset + 1);
  offset += 2;
  for (let i = 0; i < networks; i++) {
    if (end - offset < 1) return TOO_SHORT;
    const first = p.u8(offset);
    const bytes = first < 0x80 ? 1 : first < 0xc0 ? 2 : 3;
    if (end - offset < bytes) return TOO_SHORT;
    let network = 0;
    for (let k = 0; k < bytes; k++) network |= p.u8(offset + k) << (24 - 8 * k);
    offset += bytes;
    p.ascii(' ');
    reversed(p, network);
  }
  return offset;
}
