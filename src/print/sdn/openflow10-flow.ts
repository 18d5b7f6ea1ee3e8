// Flows in OpenFlow 1.0: what packets they match, and what is done with those.
import * as ethertype from '../../wire/registry/ethertypes.ts';
import type { Names } from '../engine/names.ts';
import { BIG_SWITCH, printBigSwitchAction } from './openflow-bsn.ts';
import { hex, type Message, nameOf, vendorName } from './openflow-message.ts';

const PORTS: Names = new Map([
  [0xff00, 'MAX'],
  [0xfff8, 'IN_PORT'],
  [0xfff9, 'TABLE'],
  [0xfffa, 'NORMAL'],
  [0xfffb, 'FLOOD'],
  [0xfffc, 'ALL'],
  [0xfffd, 'CONTROLLER'],
  [0xfffe, 'LOCAL'],
  [0xffff, 'NONE'],
]);
const CONTROLLER = 0xfffd;

/** Bits of what a match leaves open. */
const IN_PORT = 0x01;
const VLAN = 0x02;
const SOURCE_MAC = 0x04;
const TARGET_MAC = 0x08;
const TYPE = 0x10;
const PROTOCOL = 0x20;
const SOURCE_PORT = 0x40;
const TARGET_PORT = 0x80;
const PRIORITY = 0x100000;
const SERVICE = 0x200000;
const EVERY = 0x3fffff;

const ICMP = 1;

const ACTIONS = [
  'OUTPUT',
  'SET_VLAN_VID',
  'SET_VLAN_PCP',
  'STRIP_VLAN',
  'SET_DL_SRC',
  'SET_DL_DST',
  'SET_NW_SRC',
  'SET_NW_DST',
  'SET_NW_TOS',
  'SET_TP_SRC',
  'SET_TP_DST',
  'ENQUEUE',
];
const VENDOR = 0xffff;
const ACTION = 8;
/** Bytes of the actions that have more. */
const LONG_ACTION = 16;
const LONG_ACTIONS = [4, 5, 11];

export function portName(port: number): string {
  return PORTS.get(port) ?? String(port);
}

export function queueName(queue: number): string {
  return queue === 0xffffffff ? 'ALL' : String(queue);
}

function vlanName(vlan: number): string {
  if (vlan === 0xffff) return 'NONE';
  return vlan > 0 && vlan < 0xfff ? String(vlan) : `${vlan} (bogus)`;
}

function priorityName(priority: number): string {
  return priority <= 7 ? String(priority) : `${priority} (bogus)`;
}

/** What a match does not leave open; each part is begun with `before`. */
export function printMatch(message: Message, before: string): void {
  const { p } = message;
  const open = message.u32();
  const wants = (bit: number) => (open & bit) === 0;
  if ((open & ~EVERY) !== 0) message.print(`${before}wildcards ${hex(open, 8)} (bogus)`);
  const match = `${before}match `;
  if (wants(IN_PORT)) message.print(`${match}in_port ${portName(message.u16())}`);
  else message.skip(2);
  if (wants(SOURCE_MAC)) message.mac(`${match}dl_src `);
  else message.skip(6);
  if (wants(TARGET_MAC)) message.mac(`${match}dl_dst `);
  else message.skip(6);
  if (wants(VLAN)) message.print(`${match}dl_vlan ${vlanName(message.u16())}`);
  else message.skip(2);
  if (wants(PRIORITY)) message.print(`${match}dl_vlan_pcp ${priorityName(message.u8())}`);
  else message.skip(1);
  message.skip(1);
  const type = message.u16();
  if (wants(TYPE)) message.print(`${match}dl_type ${hex(type, 4)}`);
  if (wants(SERVICE)) message.print(`${match}nw_tos ${hex(message.u8(), 2)}`);
  else message.skip(1);
  const protocol = message.u8();
  if (wants(PROTOCOL)) {
    message.print(`${match}${wants(TYPE) && type === ethertype.ARP ? 'arp_opcode' : 'nw_proto'} ${protocol}`);
  }
  message.skip(2);
  for (const [shift, side] of [
    [8, 'nw_src'],
    [14, 'nw_dst'],
  ] as const) {
    const bits = (open >> shift) & 0x3f;
    if (bits < 32) {
      message.ipv4(`${match}${side} `);
      p.field('/', 32 - bits);
    } else message.skip(4);
  }
  const icmp = wants(TYPE) && type === ethertype.IPV4 && wants(PROTOCOL) && protocol === ICMP;
  if (wants(SOURCE_PORT)) message.print(`${match}${icmp ? 'icmp_type' : 'tp_src'} ${message.u16()}`);
  else message.skip(2);
  if (wants(TARGET_PORT)) message.print(`${match}${icmp ? 'icmp_code' : 'tp_dst'} ${message.u16()}`);
  else message.check(2);
}

/** Actions up to the end; each is begun with `before`. */
export function printActions(message: Message, before: string): void {
  while (message.left > 0) {
    if (message.left < ACTION) {
      message.invalid();
      return;
    }
    const type = message.u16();
    message.print(`${before}action type ${type === VENDOR ? 'VENDOR' : nameOf(ACTIONS, type, 4)}`);
    const length = message.u16();
    message.print(`, len ${length}`);
    if (length < ACTION || length > message.left + 4) {
      message.invalid();
      return;
    }
    const known = type === VENDOR || type < ACTIONS.length;
    const proper =
      type === VENDOR ? length % 8 === 0 : length === (LONG_ACTIONS.includes(type) ? LONG_ACTION : ACTION);
    if (known && proper) printAction(message, type, length - 4);
    else {
      if (known) message.print(' (bogus)');
      message.check(length - 4);
    }
  }
}

function printAction(message: Message, type: number, length: number): void {
  switch (ACTIONS[type]) {
    case 'OUTPUT': {
      const port = message.u16();
      message.print(`, port ${portName(port)}`);
      if (port === CONTROLLER) message.print(`, max_len ${message.u16()}`);
      else message.check(2);
      break;
    }
    case 'SET_VLAN_VID':
      message.print(`, vlan_vid ${vlanName(message.u16())}`);
      message.check(2);
      break;
    case 'SET_VLAN_PCP':
      message.print(`, vlan_pcp ${priorityName(message.u8())}`);
      message.check(3);
      break;
    case 'STRIP_VLAN':
      message.check(4);
      break;
    case 'SET_DL_SRC':
    case 'SET_DL_DST':
      message.mac(', dl_addr ');
      message.check(6);
      break;
    case 'SET_NW_SRC':
    case 'SET_NW_DST':
      message.ipv4(', nw_addr ');
      break;
    case 'SET_NW_TOS':
      message.print(`, nw_tos ${hex(message.u8(), 2)}`);
      message.check(3);
      break;
    case 'SET_TP_SRC':
    case 'SET_TP_DST':
      message.print(`, tp_port ${message.u16()}`);
      message.check(2);
      break;
    case 'ENQUEUE':
      message.print(`, port ${portName(message.u16())}`);
      message.skip(6);
      message.print(`, queue_id ${queueName(message.u32())}`);
      break;
    default:
      printVendorAction(message.part(length));
  }
}

function printVendorAction(message: Message): void {
  if (message.left < 4) {
    message.invalid();
    return;
  }
  const vendor = message.u32();
  message.print(`, vendor ${vendorName(vendor)}`);
  if (vendor === BIG_SWITCH) printBigSwitchAction(message);
  else message.data();
}
