// Protocols of Realtek's switches.
import type { Printer } from '../engine/printer.ts';

const REMOTE_CONTROL = 0x01;
const ECHO = 0x02;
const LOOP_DETECTION = 0x03;
const LOOP_DETECTION_2 = 0x23;

const HELLO = 0;
const SET = 2;
const OPERATIONS = ['hello', 'get', 'set'];
const REPLY = 0x80;

export function printRealtek(p: Printer, at: number): void {
  p.protocol = 'rtl';
  if (p.linkSource >= 0) {
    p.linkAddress(p.linkSource);
    p.ascii(' > ');
    p.linkAddress(p.linkDestination);
    p.ascii(', ');
  }
  const protocol = p.u8(at);
  switch (protocol) {
    case REMOTE_CONTROL:
      printRemoteControl(p, at);
      return;
    case ECHO:
      p.ascii('REP');
      return;
    case LOOP_DETECTION:
    case LOOP_DETECTION_2:
      p.ascii('RLDP');
      return;
    case 0x04:
      p.ascii('Realtek 8-byte DSA tag');
      return;
  }
  if (protocol >> 4 === 9) p.ascii('Realtek RTL8306 4-byte DSA tag');
  else if (protocol >> 4 === 10) p.ascii('Realtek RTL8366RB 4-byte DSA tag');
  else {
    p.ascii('Realtek unknown type 0x');
    p.out.hexPadded(protocol, 2);
  }
}

function littleEndian(p: Printer, at: number, size: 2 | 4): number {
  p.need(at, size);
  return size === 2 ? p.view.getUint16(at, true) : p.view.getUint32(at, true);
}

function printRemoteControl(p: Printer, at: number): void {
  p.protocol = 'rrcp';
  const first = p.u8(at + 1);
  const reply = (first & REPLY) !== 0;
  const operation = first & ~REPLY;
  p.ascii(`RRCP ${reply ? 'reply' : 'query'}: `);
  p.ascii(OPERATIONS[operation] ?? `unknown opcode (0x${operation.toString(16).padStart(2, '0')})`);
  const register = operation !== HELLO && operation <= SET;
  if (register) {
    p.need(at, 10);
    p.ascii(' addr=0x');
    p.out.hexPadded(littleEndian(p, at + 4, 2), 4);
    p.ascii(', data=0x');
    p.out.hexPadded(littleEndian(p, at + 6, 4), 8);
  }
  p.need(at, 4);
  p.ascii(', auth=0x');
  p.out.hexPadded(p.u16(at + 2), 4);
  p.protocol = 'rrcp';
  if (register) {
    p.need(at, 18);
    p.ascii(', cookie=0x');
    p.hexBytes(at + 14, 4);
    p.hexBytes(at + 10, 4);
    p.ascii(' ');
  } else if (operation === HELLO && reply) {
    p.need(at, 18);
    p.ascii(` downlink_port=${p.bytes[at + 4]}, uplink_port=${p.bytes[at + 5]}, uplink_mac=`);
    p.mac(at + 6);
    p.ascii(', vendor_id=');
    p.hexBytes(at + 14, 4);
    p.ascii(' ,chip_id=');
    p.hexBytes(at + 12, 2);
    p.ascii(' ');
  }
}
