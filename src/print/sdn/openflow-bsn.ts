// What Big Switch Networks added to OpenFlow 1.0.

import { printText } from '../engine/text.ts';
import { hex, type Message, nameOf } from './openflow-message.ts';

/** Its number as a vendor. */
export const BIG_SWITCH = 0x5c16c7;

const KINDS = [
  'SET_IP_MASK',
  'GET_IP_MASK_REQUEST',
  'GET_IP_MASK_REPLY',
  'SET_MIRRORING',
  'GET_MIRRORING_REQUEST',
  'GET_MIRRORING_REPLY',
  'SHELL_COMMAND',
  'SHELL_OUTPUT',
  'SHELL_STATUS',
  'GET_INTERFACES_REQUEST',
  'GET_INTERFACES_REPLY',
  'SET_PKTIN_SUPPRESSION_REQUEST',
  'SET_L2_TABLE_REQUEST',
  'GET_L2_TABLE_REQUEST',
  'GET_L2_TABLE_REPLY',
  'VIRTUAL_PORT_CREATE_REQUEST',
  'VIRTUAL_PORT_CREATE_REPLY',
  'VIRTUAL_PORT_REMOVE_REQUEST',
  'BW_ENABLE_SET_REQUEST',
  'BW_ENABLE_GET_REQUEST',
  'BW_ENABLE_GET_REPLY',
  'BW_CLEAR_DATA_REQUEST',
  'BW_CLEAR_DATA_REPLY',
  'BW_ENABLE_SET_REPLY',
  'SET_L2_TABLE_REPLY',
  'SET_PKTIN_SUPPRESSION_REPLY',
  'VIRTUAL_PORT_REMOVE_REPLY',
  'HYBRID_GET_REQUEST',
  'HYBRID_GET_REPLY',
  ...Array<undefined>(2),
  'PDU_TX_REQUEST',
  'PDU_TX_REPLY',
  'PDU_RX_REQUEST',
  'PDU_RX_REPLY',
  'PDU_RX_TIMEOUT',
] as string[];

/** Bytes behind the kind, of the kinds that have a certain number. */
const LENGTHS = new Map<string, number>([
  ['SET_IP_MASK', 8],
  ['GET_IP_MASK_REQUEST', 8],
  ['GET_IP_MASK_REPLY', 8],
  ['SET_MIRRORING', 4],
  ['GET_MIRRORING_REQUEST', 4],
  ['GET_MIRRORING_REPLY', 4],
  ['SHELL_STATUS', 4],
  ['GET_INTERFACES_REQUEST', 0],
  ['GET_L2_TABLE_REQUEST', 0],
  ['VIRTUAL_PORT_REMOVE_REQUEST', 4],
  ['BW_ENABLE_GET_REQUEST', 0],
  ['BW_CLEAR_DATA_REQUEST', 0],
  ['HYBRID_GET_REQUEST', 0],
]);

export function printBigSwitch(message: Message): void {
  if (message.left < 4) {
    message.invalid();
    return;
  }
  const kind = message.u32();
  message.print(`\n\t subtype ${nameOf(KINDS, kind, 8, 'unknown')}`);
  const length = LENGTHS.get(KINDS[kind]);
  if (length !== undefined && message.left !== length) {
    message.invalid();
    return;
  }
  switch (KINDS[kind]) {
    case 'GET_IP_MASK_REQUEST':
      message.print(`, index ${message.u8()}`);
      message.check(7);
      return;
    case 'SET_IP_MASK':
    case 'GET_IP_MASK_REPLY':
      message.print(`, index ${message.u8()}`);
      message.skip(3);
      message.ipv4(', mask ');
      return;
    case 'SET_MIRRORING':
    case 'GET_MIRRORING_REQUEST':
    case 'GET_MIRRORING_REPLY': {
      const on = message.u8();
      message.print(`, report_mirror_ports ${['OFF', 'ON'][on] ?? `bogus (${on})`}`);
      message.check(3);
      return;
    }
    case 'VIRTUAL_PORT_REMOVE_REQUEST':
      message.print(`, vport_no ${message.u32()}`);
      return;
    case 'SHELL_COMMAND':
      if (message.left < 4) message.invalid();
      else {
        message.print(`, service ${message.u32()}`);
        printShell(message);
      }
      return;
    case 'SHELL_OUTPUT':
      printShell(message);
      return;
    case 'SHELL_STATUS':
      message.print(`, status ${hex(message.u32(), 8)}`);
      return;
    default:
      message.check(message.left);
  }
}

function printShell(message: Message): void {
  message.print(", data '");
  printText(message.p, message.offset, message.left);
  message.check(message.left);
  message.print("'");
}

const ACTIONS = [undefined, 'MIRROR', 'SET_TUNNEL_DST', undefined, 'CHECKSUM'] as string[];
const MIRROR = 1;
const VLAN = 0x8100;

export function printBigSwitchAction(message: Message): void {
  if (message.left < 4) {
    message.invalid();
    return;
  }
  const action = message.u32();
  message.print(`\n\t  subtype ${nameOf(ACTIONS, action, 8, 'unknown')}`);
  if (action !== MIRROR) {
    message.check(message.left);
    return;
  }
  if (message.left !== 12) {
    message.invalid();
    return;
  }
  message.print(`, dest_port ${message.u32()}`);
  const type = message.p.u32(message.offset) >>> 16;
  const tag = message.u32() & 0xffff;
  if (type === 0) message.print(', vlan_tag none');
  else if (type === VLAN) message.print(`, vlan_tag 802.1Q (${describeTag(tag)})`);
  else message.print(`, vlan_tag unknown (${hex(type, 4)})`);
  const stage = message.u8();
  message.print(`, copy_stage ${['INGRESS', 'EGRESS'][stage] ?? `unknown (${stage})`}`);
  message.check(3);
}

function describeTag(tag: number): string {
  return `vlan ${tag & 0xfff}, p ${tag >> 13}${(tag & 0x1000) !== 0 ? ', DEI' : ''}`;
}
