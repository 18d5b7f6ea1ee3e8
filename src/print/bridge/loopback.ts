// The configuration test protocol of Ethernet 2.0 (Digital, Intel and Xerox, section 8), which Cisco's keepalives use.
import type { Printer } from '../engine/printer.ts';

const REPLY = 1;
const FORWARD = 2;

export function printLoopback(p: Printer, at: number, length: number): void {
  p.protocol = 'loopback';
  p.ascii('Loopback');
  const end = at + length;
  const stopped = printMessages(p, at, end);
  if (stopped >= 0) {
    p.invalid();
    p.need(stopped, end - stopped);
  }
}

/** Answers where it stopped because the frame is too short, or -1 where it was not. */
function printMessages(p: Printer, at: number, end: number): number {
  if (end - at < 2) return at;
  const skip = littleEndian(p, at);
  at += 2;
  p.field(', skipCount ', skip);
  if (skip % 8 !== 0) p.ascii(' (bogus)');
  if (skip > end - at) return at;
  p.need(at, skip);
  at += skip;
  if (end - at < 2) return at;
  const what = littleEndian(p, at);
  at += 2;
  p.ascii(what === REPLY ? ', Reply' : what === FORWARD ? ', Forward Data' : `,  invalid (${what})`);
  if (what === REPLY) {
    if (end - at < 2) return at;
    p.field(', receipt number ', littleEndian(p, at));
    at += 2;
  } else if (what === FORWARD) {
    if (end - at < 6) return at;
    p.need(at, 6);
    p.ascii(', forwarding address ');
    p.mac(at);
    at += 6;
  }
  if (what === REPLY || what === FORWARD) {
    p.field(', data (', end - at);
    p.ascii(' octets)');
  }
  p.need(at, end - at);
  return -1;
}

function littleEndian(p: Printer, at: number): number {
  p.need(at, 2);
  return p.view.getUint16(at, true);
}
