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

export function printRealtek(p: Printer, offset: number): void {
  p.protocol = 'rtl';
  if (p.linkSource >= 0) {
    p.linkAddress(p.linkSource);
    p.ascii(' > ');
    p.linkAddress(p.linkDestination);
    p.ascii(', ');
  }
  const protocol = p.u8(offset);
  switch (protocol) {
    case REMOTE_CONTROL:
      printRemoteControl(p, offset);
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

function littleEndian(p: Printer, offset: number, size: 2 | 4): number {
  p.need(offset, size);
  return size === 2 ? p.view.getUint16(offset, true) : p.view.getUint32(offset, true);
}

function printRemoteControl(p: Printer, offset: number): void {
  p.protocol = 'rrcp';
  const first = p.u8(offset + 1);
  const reply = (first & REPLY) !== 0;
  const operation = first & ~REPLY;
  p.ascii(`RRCP ${reply ? 'reply' : 'query'}: `);
  p.ascii(OPERATIONS[operation] ?? `unknown opcode (0x${operation.toString(16).padStart(2, '0')})`);
  const register = operation !== HELLO && operation <= SET;
  if (register) {
    p.need(offset, 10);
    p.ascii(' addr=0x');
    p.out.hexPadded(littleEndian(p, offset + 4, 2), 4);
    p.ascii(', data=0x');
    p.out.hexPadded(littleEndian(p, offset + 6, 4), 8);
  }
  p.need(offset, 4);
  p.ascii(', auth=0x');
  p.out.hexPadded(p.u16(offset + 2), 4);
  p.protocol = 'rrcp';
  if (register) {
    p.need(offset, 18);
    p.ascii(', cookie=0x');
    p.hexBytes(offset + 14, 4);
    p.hexBytes(offset + 10, 4);
    p.ascii(' ');
  } else if (operation === HELLO && reply) {
    p.need(offset, 18);
    p.ascii(` downlink_port=${p.bytes[offset + 4]}, uplink_port=${p.bytes[offset + 5]}, uplink_mac=`);
    p.mac(offset + 6);
    p.ascii(', vendor_id=');
    p.hexBytes(offset + 14, 4);
    p.ascii(' ,chip_id=');
    p.hexBytes(offset + 12, 2);
    p.ascii(' ');
  }
}
