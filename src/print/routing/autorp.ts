// Cisco's announcements of rendezvous points for multicast.
import type { Printer } from '../engine/printer.ts';
import { printSpan } from '../engine/text.ts';

const HEADER_LENGTH = 8;
const ENTRY_LENGTH = 6;
const ADVERTISEMENT = 0x11;
const MAPPING = 0x12;
const VERSIONS = [' PIMv?', ' PIMv1', ' PIMv2', ' PIMv1+2'];

export function printAutoRp(p: Printer, at: number, length: number): void {
  p.protocol = 'cisco_autorp';
  if (length < HEADER_LENGTH) {
    p.truncated();
    return;
  }
  p.ascii(' auto-rp ');
  const type = p.u8(at);
  if (type === ADVERTISEMENT) p.ascii('candidate-advert');
  else if (type === MAPPING) p.ascii('mapping');
  else p.ascii(`type-0x${type.toString(16).padStart(2, '0')}`);
  const points = p.u8(at + 1);
  p.ascii(' Hold ');
  const hold = p.u16(at + 2);
  if (hold === 0) p.ascii('FOREVER');
  else printSpan(p, hold);
  const end = at + length;
  at += HEADER_LENGTH;
  for (let i = 0; i < points; i++) {
    at = printPoint(p, at, end);
    if (at === 0) {
      p.truncated();
      return;
    }
  }
}

/** Answers where the next one begins, 0 where the packet is too short for this. */
function printPoint(p: Printer, at: number, end: number): number {
  if (end - at < 4) return 0;
  p.need(at, 4);
  p.ascii(' RP ');
  p.ipv4(at);
  at += 4;
  if (end - at < 1) return 0;
  const version = p.u8(at++);
  p.ascii(VERSIONS[version & 3]);
  if ((version & ~3) !== 0) p.ascii(` [rsvd=0x${(version & 0xfc).toString(16).padStart(2, '0')}]`);
  if (end - at < 1) return 0;
  const entries = p.u8(at++);
  for (let i = 0; i < entries; i++, at += ENTRY_LENGTH) {
    if (end - at < ENTRY_LENGTH) return 0;
    p.need(at, ENTRY_LENGTH);
    const flags = p.bytes[at];
    p.ascii(`${i === 0 ? ' ' : ','}${(flags & 1) !== 0 ? '!' : ''}`);
    p.ipv4(at + 2);
    p.field('/', p.bytes[at + 1]);
    if ((flags & 2) !== 0) p.ascii(' bidir');
    if ((flags & 0xfc) !== 0) p.ascii(`[rsvd=0x${(flags & 0xfc).toString(16).padStart(2, '0')}]`);
  }
  return at;
}
