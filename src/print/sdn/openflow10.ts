// The bodies of messages of OpenFlow 1.0.

import type { Printer } from '../engine/printer.ts';
import { BIG_SWITCH, printBigSwitch } from './openflow-bsn.ts';
import { type Bits, hex, Message, nameOf, printBits, printError, vendorName } from './openflow-message.ts';
import { portName, printActions, printMatch } from './openflow10-flow.ts';
import { printStatisticsReply, printStatisticsRequest } from './openflow10-statistics.ts';

const PORT = 48;
const PORT_NAME = 16;
const MATCH = 40;
/** Bytes of a queue's and of a property's header. */
const QUEUE = 8;
const PROPERTY = 8;
const RATED_PROPERTY = 16;
const MINIMUM_RATE = 1;

const CAPABILITIES: Bits = [
  'FLOW_STATS',
  'TABLE_STATS',
  'PORT_STATS',
  'STP',
  'RESERVED',
  'IP_REASM',
  'QUEUE_STATS',
  'ARP_MATCH_IP',
];
/** Those that have a meaning. */
const CAPABILITY_BITS = 0xef;
const ACTIONS: Bits =
  'OUTPUT SET_VLAN_VID SET_VLAN_PCP STRIP_VLAN SET_DL_SRC SET_DL_DST SET_NW_SRC SET_NW_DST SET_NW_TOS SET_TP_SRC SET_TP_DST ENQUEUE'.split(
    ' ',
  );
const PORT_CONFIG: Bits = 'PORT_DOWN NO_STP NO_RECV NO_RECV_STP NO_FLOOD NO_FWD NO_PACKET_IN'.split(' ');
const PORT_FEATURES: Bits =
  '10MB_HD 10MB_FD 100MB_HD 100MB_FD 1GB_HD 1GB_FD 10GB_FD COPPER FIBER AUTONEG PAUSE PAUSE_ASYM'.split(' ');
/** Of a port's state: one bit, and a number of two. */
const LINK_DOWN = 1;
const TREE_STATES = ['STP_LISTEN', 'STP_LEARN', 'STP_FORWARD', 'STP_BLOCK'];
const FLOW_FLAGS: Bits = ['SEND_FLOW_REM', 'CHECK_OVERLAP', 'EMERG'];
const CONFIGURATIONS = ['FRAG_NORMAL', 'FRAG_DROP', 'FRAG_REASM'];
const COMMANDS = ['ADD', 'MODIFY', 'MODIFY_STRICT', 'DELETE', 'DELETE_STRICT'];
const MODIFY_STRICT = 2;
const DELETE = 3;
const DELETE_STRICT = 4;
const NO_BUFFER = 0xffffffff;

const ERRORS: readonly (readonly [string, readonly string[]])[] = [
  ['HELLO_FAILED', ['INCOMPATIBLE', 'EPERM']],
  [
    'BAD_REQUEST',
    'BAD_VERSION BAD_TYPE BAD_STAT BAD_VENDOR BAD_SUBTYPE EPERM BAD_LEN BUFFER_EMPTY BUFFER_UNKNOWN'.split(
      ' ',
    ),
  ],
  [
    'BAD_ACTION',
    'BAD_TYPE BAD_LEN BAD_VENDOR BAD_VENDOR_TYPE BAD_OUT_PORT BAD_ARGUMENT EPERM TOO_MANY BAD_QUEUE'.split(
      ' ',
    ),
  ],
  ['FLOW_MOD_FAILED', 'ALL_TABLES_FULL OVERLAP EPERM BAD_EMERG_TIMEOUT BAD_COMMAND UNSUPPORTED'.split(' ')],
  ['PORT_MOD_FAILED', ['BAD_PORT', 'BAD_HW_ADDR']],
  ['QUEUE_OP_FAILED', ['BAD_PORT', 'BAD_QUEUE', 'EPERM']],
];

type Body = (message: Message) => void;

function printData(message: Message): void {
  message.data();
}

function printVendor(message: Message): void {
  const vendor = message.u32();
  message.print(`, vendor ${vendorName(vendor)}`);
  if (vendor === BIG_SWITCH) printBigSwitch(message);
  else message.data();
}

function printFeatures(message: Message): void {
  message.print(`\n\t dpid ${hex(message.u64(), 16)}`);
  message.print(`, n_buffers ${message.u32()}`);
  message.print(`, n_tables ${message.u8()}`);
  message.skip(3);
  const capabilities = message.u32();
  message.print(`\n\t capabilities ${hex(capabilities, 8)}`);
  // The bit that is reserved is named beside others, and bogus all the same.
  printBits(message.p, CAPABILITIES, capabilities, CAPABILITY_BITS);
  message.bitmap('\n\t actions', ACTIONS);
  while (message.left > 0) {
    if (message.left < PORT) {
      message.invalid();
      return;
    }
    printPort(message);
  }
}

function printPort(message: Message): void {
  const { p } = message;
  message.print(`\n\t  port_no ${portName(message.u16())}`);
  message.mac(', hw_addr ');
  message.name(', name', PORT_NAME);
  if (p.verbose < 2) {
    message.check(24);
    return;
  }
  message.bitmap('\n\t   config', PORT_CONFIG);
  const state = message.u32();
  message.print(`\n\t   state ${hex(state, 8)} (${TREE_STATES[(state >> 8) & 3]}`);
  message.print((state & LINK_DOWN) !== 0 ? ', LINK_DOWN)' : ')');
  if ((state & ~0x301) !== 0) message.print(' (bogus)');
  for (const kind of ['curr', 'advertised', 'supported', 'peer']) {
    message.bitmap(`\n\t   ${kind}`, PORT_FEATURES);
  }
}

function printConfiguration(message: Message): void {
  message.print(`\n\t flags ${nameOf(CONFIGURATIONS, message.u16(), 4)}`);
  message.print(`, miss_send_len ${message.u16()}`);
}

function buffer(value: number): string {
  return value === NO_BUFFER ? 'NONE' : hex(value, 8);
}

/** A number that stands for none where it is 0. */
function printUnlessZero(message: Message, text: string): void {
  const value = message.u16();
  if (value !== 0) message.print(`, ${text} ${value}`);
}

function printFlowChange(message: Message): void {
  printMatch(message.part(MATCH), '\n\t ');
  message.print(`\n\t cookie ${hex(message.u64(), 16)}`);
  const command = message.u16();
  message.print(`, command ${nameOf(COMMANDS, command, 4)}`);
  printUnlessZero(message, 'idle_timeout');
  printUnlessZero(message, 'hard_timeout');
  printUnlessZero(message, 'priority');
  if (command <= MODIFY_STRICT) message.print(`, buffer_id ${buffer(message.u32())}`);
  else message.skip(4);
  if (command === DELETE || command === DELETE_STRICT) message.print(`, out_port ${portName(message.u16())}`);
  else message.skip(2);
  const flags = message.u16();
  message.print(`, flags ${hex(flags, 4)}`);
  printBits(message.p, FLOW_FLAGS, flags);
  printActions(message, '\n\t ');
}

function printFlowRemoved(message: Message): void {
  printMatch(message.part(MATCH), '\n\t ');
  message.print(`\n\t cookie ${hex(message.u64(), 16)}`);
  printUnlessZero(message, 'priority');
  const reason = message.u8();
  message.print(`, reason ${nameOf(['IDLE_TIMEOUT', 'HARD_TIMEOUT', 'DELETE'], reason, 2, 'unknown')}`);
  message.skip(1);
  message.print(`, duration_sec ${message.u32()}`);
  message.print(`, duration_nsec ${message.u32()}`);
  printUnlessZero(message, 'idle_timeout');
  message.skip(2);
  message.print(`, packet_count ${message.u64()}`);
  message.print(`, byte_count ${message.u64()}`);
}

function printPortStatus(message: Message): void {
  message.print(`\n\t reason ${nameOf(['ADD', 'DELETE', 'MODIFY'], message.u8(), 2)}`);
  message.skip(7);
  printPort(message);
}

function printPortChange(message: Message): void {
  message.print(`\n\t port_no ${portName(message.u16())}`);
  message.mac(', hw_addr ');
  message.bitmap('\n\t config', PORT_CONFIG);
  message.bitmap('\n\t mask', PORT_CONFIG);
  message.bitmap('\n\t advertise', PORT_FEATURES);
  message.check(4);
}

function printPacketIn(message: Message): void {
  message.print(`\n\t buffer_id ${buffer(message.u32())}`);
  message.print(`, total_len ${message.u16()}`);
  message.print(`, in_port ${portName(message.u16())}`);
  message.print(`, reason ${nameOf(['NO_MATCH', 'ACTION'], message.u8(), 2)}`);
  message.check(1);
  printFrame(message);
}

function printPacketOut(message: Message): void {
  message.print(`\n\t buffer_id ${hex(message.u32(), 8)}`);
  message.print(`, in_port ${portName(message.u16())}`);
  const actions = message.u16();
  if (actions > message.left) {
    message.invalid();
    return;
  }
  printActions(message.part(actions), '\n\t ');
  printFrame(message);
}

/** The frame that a packet-in or packet-out carries; with -vvv it is dissected, as if without -v. */
function printFrame(message: Message): void {
  const { p, offset, left } = message;
  if (left === 0) return;
  message.print(`\n\t data (${left} octets)`);
  if (p.verbose < 3) {
    p.need(offset, left);
    return;
  }
  const { end, verbose } = p;
  message.print(', frame decoding below\n');
  p.verbose -= 3;
  p.end = Math.min(offset + left, end);
  try {
    p.payload.ethernet(p, offset, left);
  } finally {
    p.end = end;
    p.verbose = verbose;
  }
}

function printQueueRequest(message: Message): void {
  message.print(`\n\t port ${portName(message.u16())}`);
  message.check(2);
}

function printQueueReply(message: Message): void {
  message.print(`\n\t port ${portName(message.u16())}`);
  message.check(6);
  while (message.left > 0) {
    if (message.left < QUEUE) {
      message.invalid();
      return;
    }
    message.print(`\n\t  queue_id ${message.u32()}`);
    const length = message.u16();
    message.print(`, len ${length}`);
    if (length < QUEUE || length > message.left + 6) {
      message.invalid();
      return;
    }
    message.check(2);
    const properties = message.part(length - QUEUE);
    if (message.p.verbose > 1) printProperties(properties);
    else properties.check(properties.left);
  }
}

function printProperties(message: Message): void {
  while (message.left > 0) {
    if (message.left < PROPERTY) {
      message.invalid();
      return;
    }
    const property = message.u16();
    message.print(`\n\t   property ${nameOf(['NONE', 'MIN_RATE'], property, 4)}`);
    const length = message.u16();
    message.print(`, len ${length}`);
    if (length < PROPERTY || length > message.left + 4) {
      message.invalid();
      return;
    }
    message.check(4);
    const right = property === MINIMUM_RATE ? RATED_PROPERTY : PROPERTY;
    if (property > MINIMUM_RATE || length !== right) {
      if (property <= MINIMUM_RATE) message.print(' (bogus)');
      message.check(length - PROPERTY);
    } else if (property === MINIMUM_RATE) {
      const rate = message.u16();
      message.print(rate > 1000 ? ', rate disabled' : `, rate ${Math.floor(rate / 10)}.${rate % 10}%`);
      message.check(6);
    }
  }
}

const BODIES = new Map<number, Body>([
  [0, printData],
  [1, (message) => printError(message, ERRORS, () => undefined)],
  [2, printData],
  [3, printData],
  [4, printVendor],
  [6, printFeatures],
  [8, printConfiguration],
  [9, printConfiguration],
  [10, printPacketIn],
  [11, printFlowRemoved],
  [12, printPortStatus],
  [13, printPacketOut],
  [14, printFlowChange],
  [15, printPortChange],
  [16, printStatisticsRequest],
  [17, printStatisticsReply],
  [20, printQueueRequest],
  [21, printQueueReply],
]);

/** The body of a message of this type. Returns false where it has none that can be taken apart. */
export function printBody10(p: Printer, type: number, offset: number, length: number): boolean {
  const print = BODIES.get(type);
  print?.(new Message(p, offset, length));
  return print !== undefined;
}
