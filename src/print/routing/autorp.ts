// Cisco's announcements of rendezvous points for multicast.
import type { Printer } from '../engine/printer.ts';
import { printSpan } from '../engine/text.ts';

const HEADER_LENGTH = 8;
const ENTRY_LENGTH = 6;
const ADVERTISEMENT = 0x11;
const MAPPING = 0x12;
const VERSIONS = [' PIMv?', ' PIMv1', ' PIMv2', ' PIMv1+2'];

export function printAutoRp(p: Printer, offset: number, length: number): void {
  p.protocol = 'cisco_autorp';
  if (length < HEADER_LENGTH) {
    p.truncated();
    return;
  }
  p.ascii(' auto-rp ');
  const type = p.u8(offset);
  if (type === ADVERTISEMENT) p.ascii('candidate-advert');
  else if (type === MAPPING) p.ascii('mapping');
  else p.ascii(`type-0x${type.toString(16).padStart(2, '0')}`);
  const points = p.u8(offset + 1);
  p.ascii(' Hold ');
  const hold = p.u16(offset + 2);
  if (hold === 0) p.ascii('FOREVER');
  else printSpan(p, hold);
  const end = offset + length;
  offset += HEADER_LENGTH;
  for (let i = 0; i < points; i++) {
    offset = printPoint(p, offset, end);
    if (offset === 0) {
      p.truncated();
      return;
    }
  }
}

/** Returns where the next one begins, 0 where the packet is too short for this. */
function printPoint(p: Printer, offset: number, end: number): number {
  if (end - offset < 4) return 0;
  p.need(offset, 4);
  p.ascii(' RP ');
  p.ipv4(offset);
  offset += 4;
  if (end - offset < 1) return 0;
  const version = p.u8(offset++);
  p.ascii(VERSIONS[version & 3]);
  if ((version & ~3) !== 0) p.ascii(` [rsvd=0x${(version & 0xfc).toString(16).padStart(2, '0')}]`);
  if (end - offset < 1) return 0;
  const entries = p.u8(offset++);
  for (let i = 0; i < entries; i++, offset += ENTRY_LENGTH) {
    if (end - offset < ENTRY_LENGTH) return 0;
    p.need(offset, ENTRY_LENGTH);
    const flags = p.bytes[offset];
    p.ascii(`${i === 0 ? ' ' : ','}${(flags & 1) !== 0 ? '!' : ''}`);
    p.ipv4(offset + 2);
    p.field('/', p.bytes[offset + 1]);
    if ((flags & 2) !== 0) p.ascii(' bidir');
    if ((flags & 0xfc) !== 0) p.ascii(`[rsvd=0x${(flags & 0xfc).toString(16).padStart(2, '0')}]`);
  }
  return offset;
}
