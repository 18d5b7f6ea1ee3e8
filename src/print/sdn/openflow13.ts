// The bodies of messages of OpenFlow 1.3.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { type Bits, hex, Message, nameOf, printBits, printError, vendorName } from './openflow-message.ts';

const PORT_NAME = 16;
const ELEMENT = 4;
const VERSIONS_ELEMENT = 1;

const VERSIONS: Bits = ['1.0', '1.1', '1.2', '1.3', '1.4', '1.5'];
const CAPABILITIES: Bits = [
  'FLOW_STATS',
  'TABLE_STATS',
  'PORT_STATS',
  'GROUP_STATS',
  '',
  'IP_REASM',
  'QUEUE_STATS',
  '',
  'PORT_BLOCKED',
];
const PORT_CONFIG: Bits = ['PORT_DOWN', '', 'NO_RECV', '', '', 'NO_FWD', 'NO_PACKET_IN'];
const PORT_STATE: Bits = ['LINK_DOWN', 'BLOCKED', 'LIVE'];
const PORT_FEATURES: Bits =
  '10MB_HD 10MB_FD 100MB_HD 100MB_FD 1GB_HD 1GB_FD 10GB_FD 40GB_FD 100GB_FD 1TB_FD OTHER COPPER FIBER AUTONEG PAUSE PAUSE_ASYM'.split(
    ' ',
  );
const CONFIGURATIONS = ['FRAG_NORMAL', 'FRAG_DROP', 'FRAG_REASM'];
const ROLES = ['NOCHANGE', 'EQUAL', 'MASTER', 'SLAVE'];
const PACKET_IN_REASONS: Bits = ['NO_MATCH', 'ACTION', 'INVALID_TTL'];
const PORT_REASONS = ['ADD', 'DELETE', 'MODIFY'];
const PORTS: Names = new Map([
  [0xffffff00, 'MAX'],
  [0xfffffff8, 'IN_PORT'],
  [0xfffffff9, 'TABLE'],
  [0xfffffffa, 'NORMAL'],
  [0xfffffffb, 'FLOOD'],
  [0xfffffffc, 'ALL'],
  [0xfffffffd, 'CONTROLLER'],
  [0xfffffffe, 'LOCAL'],
  [0xffffffff, 'ANY'],
]);
const EXPERIMENTER = 0xffff;

const ERRORS: readonly (readonly [string, readonly string[]])[] = [
  ['HELLO_FAILED', ['INCOMPATIBLE', 'EPERM']],
  [
    'BAD_REQUEST',
    'BAD_VERSION BAD_TYPE BAD_MULTIPART BAD_EXPERIMENTER BAD_EXP_TYPE EPERM BAD_LEN BUFFER_EMPTY BUFFER_UNKNOWN BAD_TABLE_ID IS_SLAVE BAD_PORT BAD_PACKET MULTIPART_BUFFER_OVERFLOW'.split(
      ' ',
    ),
  ],
  [
    'BAD_ACTION',
    'BAD_TYPE BAD_LEN BAD_EXPERIMENTER BAD_EXP_TYPE BAD_OUT_PORT BAD_ARGUMENT EPERM TOO_MANY BAD_QUEUE BAD_OUT_GROUP MATCH_INCONSISTENT UNSUPPORTED_ORDER BAD_TAG BAD_SET_TYPE BAD_SET_LEN BAD_SET_ARGUMENT'.split(
      ' ',
    ),
  ],
  [
    'BAD_INSTRUCTION',
    'UNKNOWN_INST UNSUP_INST BAD_TABLE_ID UNSUP_METADATA UNSUP_METADATA_MASK BAD_EXPERIMENTER BAD_EXP_TYPE BAD_LEN EPERM'.split(
      ' ',
    ),
  ],
  [
    'BAD_MATCH',
    'BAD_TYPE BAD_LEN BAD_TAG BAD_DL_ADDR_MASK BAD_NW_ADDR_MASK BAD_WILDCARDS BAD_FIELD BAD_VALUE BAD_MASK BAD_PREREQ DUP_FIELD EPERM'.split(
      ' ',
    ),
  ],
  [
    'FLOW_MOD_FAILED',
    'UNKNOWN TABLE_FULL BAD_TABLE_ID OVERLAP EPERM BAD_TIMEOUT BAD_COMMAND BAD_FLAGS'.split(' '),
  ],
  [
    'GROUP_MOD_FAILED',
    'GROUP_EXISTS INVALID_GROUP WEIGHT_UNSUPPORTED OUT_OF_GROUPS OUT_OF_BUCKETS CHAINING_UNSUPPORTED WATCH_UNSUPPORTED LOOP UNKNOWN_GROUP CHAINED_GROUP BAD_TYPE BAD_COMMAND BAD_BUCKET BAD_MATCH EPERM'.split(
      ' ',
    ),
  ],
  ['PORT_MOD_FAILED', ['BAD_PORT', 'BAD_HW_ADDR', 'BAD_CONFIG', 'BAD_ADVERTISE', 'EPERM']],
  ['TABLE_MOD_FAILED', ['BAD_TABLE', 'BAD_CONFIG', 'EPERM']],
  ['QUEUE_OP_FAILED', ['BAD_PORT', 'BAD_QUEUE', 'EPERM']],
  ['SWITCH_CONFIG_FAILED', ['BAD_FLAGS', 'BAD_LEN', 'EPERM']],
  ['ROLE_REQUEST_FAILED', ['STALE', 'UNSUP', 'BAD_ROLE']],
  [
    'METER_MOD_FAILED',
    'UNKNOWN METER_EXISTS INVALID_METER UNKNOWN_METER BAD_COMMAND BAD_FLAGS BAD_RATE BAD_BURST BAD_BAND BAD_BAND_VALUE OUT_OF_METERS OUT_OF_BANDS'.split(
      ' ',
    ),
  ],
  ['TABLE_FEATURES_FAILED', ['BAD_TABLE', 'BAD_METADATA', 'BAD_TYPE', 'BAD_LEN', 'BAD_ARGUMENT', 'EPERM']],
];

type Body = (message: Message) => void;

function portName(port: number): string {
  return PORTS.get(port) ?? String(port);
}

function printData(message: Message): void {
  message.data();
}

function printHello(message: Message): void {
  while (message.left > 0) {
    if (message.left < ELEMENT) {
      message.invalid();
      return;
    }
    const type = message.u16();
    message.print(`\n\t type ${type === VERSIONS_ELEMENT ? 'VERSIONBITMAP' : `unknown (${hex(type, 4)})`}`);
    const length = message.u16();
    message.print(`, length ${length}`);
    if (length < ELEMENT || length > ELEMENT + message.left) {
      message.invalid();
      return;
    }
    if (type === VERSIONS_ELEMENT && length === ELEMENT + 4) {
      message.bitmap(', bitmap', VERSIONS);
      continue;
    }
    if (type === VERSIONS_ELEMENT) message.print(' (bogus)');
    message.check(length - ELEMENT);
  }
}

function printExperimenter(message: Message): void {
  message.print(`\n\t experimenter ${vendorName(message.u32())}`);
  message.print(`, exp_type ${hex(message.u32(), 8)}`);
  message.data();
}

function printFeatures(message: Message): void {
  message.print(`\n\t dpid ${hex(message.u64(), 16)}`);
  message.print(`, n_buffers ${message.u32()}`);
  message.print(`, n_tables ${message.u8()}`);
  message.print(`, auxiliary_id ${message.u8()}`);
  message.skip(2);
  message.bitmap('\n\t capabilities', CAPABILITIES);
  message.check(4);
}

function printConfiguration(message: Message): void {
  message.print(`\n\t flags ${nameOf(CONFIGURATIONS, message.u16(), 4)}`);
  const length = message.u16();
  const name = length === 0xffe5 ? 'MAX' : length === 0xffff ? 'NO_BUFFER' : length;
  message.print(`, miss_send_len ${name}`);
}

function printPort(message: Message): void {
  message.print(`\n\t  port_no ${portName(message.u32())}`);
  message.skip(4);
  message.mac(', hw_addr ');
  message.skip(2);
  message.name(', name', PORT_NAME);
  if (message.p.verbose < 2) {
    message.check(32);
    return;
  }
  message.bitmap('\n\t   config', PORT_CONFIG);
  message.bitmap('\n\t   state', PORT_STATE);
  for (const kind of ['curr', 'advertised', 'supported', 'peer']) {
    message.bitmap(`\n\t   ${kind}`, PORT_FEATURES);
  }
  message.print(`\n\t   curr_speed ${message.u32()}kbps`);
  message.print(`\n\t   max_speed ${message.u32()}kbps`);
}

function printPortStatus(message: Message): void {
  // tcpdump lacks the sign that would print an unknown one.
  message.print(`\n\t reason ${PORT_REASONS[message.u8()] ?? 'invalid (0x02x)'}`);
  message.skip(7);
  printPort(message);
}

function printPortChange(message: Message): void {
  message.print(`\n\t port_no ${portName(message.u32())}`);
  message.skip(4);
  message.mac(', hw_addr ');
  message.skip(2);
  message.bitmap('\n\t  config', PORT_CONFIG);
  message.bitmap('\n\t  mask', PORT_CONFIG);
  message.bitmap('\n\t  advertise', PORT_FEATURES);
  message.check(4);
}

function printTableChange(message: Message): void {
  const table = message.u8();
  message.print(`\n\t table_id ${table === 0xfe ? 'MAX' : table === 0xff ? 'ALL' : table}`);
  message.skip(3);
  message.print(`, config ${hex(message.u32(), 8)}`);
}

function printQueueRequest(message: Message): void {
  message.print(`\n\t port ${portName(message.u32())}`);
  message.check(4);
}

function printRole(message: Message): void {
  message.print(`\n\t role ${nameOf(ROLES, message.u32(), 8)}`);
  message.skip(4);
  message.print(`, generation_id ${hex(message.u64(), 16)}`);
}

/** Which messages a controller wants: as equal or master, and as slave. */
function printAsynchronous(message: Message): void {
  for (const [kind, bits] of [
    ['packet_in', PACKET_IN_REASONS],
    ['port_status', PORT_REASONS],
    ['flow_removed', PORT_REASONS],
  ] as const) {
    for (const role of ['EM', 'S']) {
      const value = message.u32();
      message.print(`\n\t ${kind}_mask[${role}] ${hex(value, 8)}`);
      printBits(message.p, bits, value);
    }
  }
}

const BODIES = new Map<number, Body>([
  [0, printHello],
  [
    1,
    (message) => printError(message, ERRORS, (type) => (type === EXPERIMENTER ? 'EXPERIMENTER' : undefined)),
  ],
  [2, printData],
  [3, printData],
  [4, printExperimenter],
  [6, printFeatures],
  [8, printConfiguration],
  [9, printConfiguration],
  [12, printPortStatus],
  [16, printPortChange],
  [17, printTableChange],
  [22, printQueueRequest],
  [24, printRole],
  [25, printRole],
  [27, printAsynchronous],
  [28, printAsynchronous],
]);

/** The body of a message of this type. Returns false where it has none that can be taken apart. */
export function printBody13(p: Printer, type: number, offset: number, length: number): boolean {
  const print = BODIES.get(type);
  print?.(new Message(p, offset, length));
  return print !== undefined;
}
