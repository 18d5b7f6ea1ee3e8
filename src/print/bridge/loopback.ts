// The configuration test protocol of Ethernet 2.0 (Digital, Intel and Xerox, section 8), which Cisco's keepalives use.
import type { Printer } from '../engine/printer.ts';

const REPLY = 1;
const FORWARD = 2;

export function printLoopback(p: Printer, offset: number, length: number): void {
  p.protocol = 'loopback';
  p.ascii('Loopback');
  const end = offset + length;
  const stopped = printMessages(p, offset, end);
  if (stopped >= 0) {
    p.invalid();
    p.need(stopped, end - stopped);
  }
}

/** Returns where it stopped because the frame is too short, or -1 where it was not. */
function printMessages(p: Printer, offset: number, end: number): number {
  if (end - offset < 2) return offset;
  const skip = littleEndian(p, offset);
  offset += 2;
  p.field(', skipCount ', skip);
  if (skip % 8 !== 0) p.ascii(' (bogus)');
  if (skip > end - offset) return offset;
  p.need(offset, skip);
  offset += skip;
  if (end - offset < 2) return offset;
  const what = littleEndian(p, offset);
  offset += 2;
  p.ascii(what === REPLY ? ', Reply' : what === FORWARD ? ', Forward Data' : `,  invalid (${what})`);
  if (what === REPLY) {
    if (end - offset < 2) return offset;
    p.field(', receipt number ', littleEndian(p, offset));
    offset += 2;
  } else if (what === FORWARD) {
    if (end - offset < 6) return offset;
    p.need(offset, 6);
    p.ascii(', forwarding address ');
    p.mac(offset);
    offset += 6;
  }
  if (what === REPLY || what === FORWARD) {
    p.field(', data (', end - offset);
    p.ascii(' octets)');
  }
  p.need(offset, end - offset);
  return -1;
}

function littleEndian(p: Printer, offset: number): number {
  p.need(offset, 2);
  return p.view.getUint16(offset, true);
}
