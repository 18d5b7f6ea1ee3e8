// Multicast source discovery (RFC 3618).

import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 3;
const LONGEST = 1500;
const LAST_TYPE = 7;
const UNUSUAL = 1400;
/** Bytes before the entries of a source-active message, and of each entry. */
const SOURCES_LENGTH = 8;
const ENTRY_LENGTH = 12;

const SOURCE_ACTIVE = 1;
const REQUEST = 2;
const RESPONSE = 3;
const KEEPALIVE = 4;
const NOTIFICATION = 5;

export function printMsdp(p: Printer, offset: number, length: number): void {
  p.protocol = 'msdp';
  p.ascii(': msdp');
  const first = p.u8(offset);
  const size = p.u16(offset + 1);
  // What begins otherwise goes on with an earlier message.
  if (size > LONGEST || size < HEADER_LENGTH || first === 0 || first > LAST_TYPE) {
    p.truncated();
    return;
  }
  while (length > 0) {
    const used = printMessage(p, offset, length);
    if (used === 0) {
      p.truncated();
      return;
    }
    offset += used;
    length -= used;
  }
}

/** Returns its length, 0 where it cannot be. */
function printMessage(p: Printer, offset: number, length: number): number {
  const type = p.u8(offset);
  const size = p.u16(offset + 1);
  if (size > UNUSUAL || p.verbose > 0) p.ascii(` [len ${size}]`);
  if (size < HEADER_LENGTH || length < size) return 0;
  switch (type) {
    case SOURCE_ACTIVE:
    case RESPONSE:
      p.ascii(type === SOURCE_ACTIVE ? ' SA' : ' SA-Response');
      printSources(p, offset, size);
      break;
    case REQUEST:
      p.ascii(' SA-Request');
      p.need(offset + 4, 4);
      p.ascii(' for ');
      p.ipv4(offset + 4);
      break;
    case KEEPALIVE:
      p.ascii(' Keepalive');
      if (size !== HEADER_LENGTH) p.ascii(`[len=${size}] `);
      break;
    case NOTIFICATION:
      p.ascii(' Notification');
      break;
    default:
      p.ascii(` [type=${type} len=${size}]`);
  }
  return size;
}

function printSources(p: Printer, offset: number, size: number): void {
  const entries = p.u8(offset + 3);
  p.ascii(` ${entries} entries`);
  const data = SOURCES_LENGTH + entries * ENTRY_LENGTH;
  if (size <= data) return;
  p.ascii(' [w/data]');
  if (p.verbose > 1) {
    p.ascii(' ');
    p.payload.ipv4(p, offset + data, size - data);
  }
}
