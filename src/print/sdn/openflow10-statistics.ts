// Statistics in OpenFlow 1.0: what is asked for, and what is answered.
import { type Bits, hex, type Message, printBits, vendorName } from './openflow-message.ts';
import { portName, printActions, printMatch, queueName } from './openflow10-flow.ts';

const KINDS = ['DESC', 'FLOW', 'AGGREGATE', 'TABLE', 'PORT', 'QUEUE'];
const VENDOR = 0xffff;

const MATCH = 40;
const DESCRIPTION = 256;
const SERIAL_NUMBER = 32;
const TABLE_NAME = 32;
/** Bytes of the answers, or of an entry in them. */
const DESCRIPTIONS = 1056;
const FLOW = 88;
const AGGREGATE = 24;
const TABLE = 64;
const PORT = 104;
const QUEUE = 32;

/** What a match can leave open, but for the addresses, which are no single bits. */
const WILDCARDS: Bits = [
  'IN_PORT',
  'DL_VLAN',
  'DL_SRC',
  'DL_DST',
  'DL_TYPE',
  'NW_PROTO',
  'TP_SRC',
  'TP_DST',
  ...Array<string>(12).fill(''),
  'DL_VLAN_PCP',
  'NW_TOS',
];
const WILDCARD_BITS = 0x3fffff;

function kindName(kind: number): string {
  return kind === VENDOR ? 'VENDOR' : (KINDS[kind] ?? `invalid (${hex(kind, 4)})`);
}

function tableName(table: number): string {
  return table === 0xfe ? 'EMERG' : table === 0xff ? 'ALL' : String(table);
}

export function printStatisticsRequest(message: Message): void {
  const kind = message.u16();
  message.print(`\n\t type ${kindName(kind)}`);
  const flags = message.u16();
  message.print(`, flags ${hex(flags, 4)}${flags !== 0 ? ' (bogus)' : ''}`);
  switch (kindName(kind)) {
    case 'DESC':
    case 'TABLE':
      if (message.left !== 0) message.invalid();
      return;
    case 'FLOW':
    case 'AGGREGATE':
      if (message.left !== MATCH + 4) message.invalid();
      else {
        printMatch(message.part(MATCH), '\n\t ');
        message.print(`\n\t table_id ${tableName(message.u8())}`);
        message.skip(1);
        message.print(`, out_port ${portName(message.u16())}`);
      }
      return;
    case 'PORT':
      if (message.left !== 8) message.invalid();
      else {
        message.print(`\n\t port_no ${portName(message.u16())}`);
        message.check(6);
      }
      return;
    case 'QUEUE':
      if (message.left !== 8) message.invalid();
      else {
        message.print(`\n\t port_no ${portName(message.u16())}`);
        message.skip(2);
        message.print(`, queue_id ${queueName(message.u32())}`);
      }
      return;
    case 'VENDOR':
      printVendor(message);
  }
}

export function printStatisticsReply(message: Message): void {
  const kind = message.u16();
  message.print(`\n\t type ${kindName(kind)}`);
  const flags = message.u16();
  message.print(`, flags ${hex(flags, 4)}`);
  printBits(message.p, ['MORE'], flags);
  switch (kindName(kind)) {
    case 'DESC':
      printDescriptions(message);
      return;
    case 'FLOW':
      printFlows(message);
      return;
    case 'AGGREGATE':
      printAggregate(message);
      return;
    case 'TABLE':
      entries(message, TABLE, printTable);
      return;
    case 'PORT':
      entries(message, PORT, printPort);
      return;
    case 'QUEUE':
      entries(message, QUEUE, printQueue);
      return;
    case 'VENDOR':
      printVendor(message);
      return;
    default:
      message.check(message.left);
  }
}

/** Entries of `size` bytes each. */
function entries(message: Message, size: number, print: (entry: Message) => void): void {
  while (message.left > 0) {
    if (message.left < size) {
      message.invalid();
      return;
    }
    print(message);
  }
}

function printVendor(message: Message): void {
  if (message.left < 4) {
    message.invalid();
    return;
  }
  message.print(`, vendor ${vendorName(message.u32())}`);
  message.data();
}

function printDescriptions(message: Message): void {
  if (message.left !== DESCRIPTIONS) {
    message.invalid();
    return;
  }
  message.name('\n\t  mfr_desc', DESCRIPTION);
  message.name('\n\t  hw_desc', DESCRIPTION);
  message.name('\n\t  sw_desc', DESCRIPTION);
  message.name('\n\t  serial_num', SERIAL_NUMBER);
  message.name('\n\t  dp_desc', DESCRIPTION);
}

function printFlows(message: Message): void {
  while (message.left > 0) {
    if (message.left < FLOW) {
      message.invalid();
      return;
    }
    const length = message.p.u16(message.offset);
    message.print(`\n\t length ${length}`);
    if (length < FLOW || length > message.left) {
      message.invalid();
      return;
    }
    message.skip(2);
    message.print(`, table_id ${tableName(message.u8())}`);
    message.skip(1);
    printMatch(message.part(MATCH), '\n\t  ');
    message.print(`\n\t  duration_sec ${message.u32()}`);
    message.print(`, duration_nsec ${message.u32()}`);
    message.print(`, priority ${message.u16()}`);
    message.print(`, idle_timeout ${message.u16()}`);
    message.print(`, hard_timeout ${message.u16()}`);
    message.skip(6);
    message.print(`, cookie ${hex(message.u64(), 16)}`);
    message.print(`, packet_count ${message.u64()}`);
    message.print(`, byte_count ${message.u64()}`);
    printActions(message.part(length - FLOW), '\n\t  ');
  }
}

function printAggregate(message: Message): void {
  if (message.left !== AGGREGATE) {
    message.invalid();
    return;
  }
  message.print(`\n\t packet_count ${message.u64()}`);
  message.print(`, byte_count ${message.u64()}`);
  message.print(`, flow_count ${message.u32()}`);
  message.check(4);
}

function printTable(message: Message): void {
  message.print(`\n\t table_id ${tableName(message.u8())}`);
  message.skip(3);
  message.name(', name', TABLE_NAME);
  const wildcards = message.u32();
  message.print(`\n\t  wildcards ${hex(wildcards, 8)}`);
  printBits(message.p, WILDCARDS, wildcards, WILDCARD_BITS);
  message.print(`\n\t  max_entries ${message.u32()}`);
  message.print(`, active_count ${message.u32()}`);
  message.print(`, lookup_count ${message.u64()}`);
  message.print(`, matched_count ${message.u64()}`);
}

const COUNTERS = [
  'rx_packets',
  'tx_packets',
  'rx_bytes',
  'tx_bytes',
  'rx_dropped',
  'tx_dropped',
  'rx_errors',
  'tx_errors',
  'rx_frame_err',
  'rx_over_err',
  'rx_crc_err',
  'collisions',
];

function printPort(message: Message): void {
  message.print(`\n\t  port_no ${portName(message.u16())}`);
  if (message.p.verbose < 2) {
    message.check(PORT - 2);
    return;
  }
  message.skip(6);
  for (const counter of COUNTERS) message.print(`, ${counter} ${message.u64()}`);
}

function printQueue(message: Message): void {
  message.print(`\n\t  port_no ${portName(message.u16())}`);
  message.skip(2);
  message.print(`, queue_id ${message.u32()}`);
  message.print(`, tx_bytes ${message.u64()}`);
  message.print(`, tx_packets ${message.u64()}`);
  message.print(`, tx_errors ${message.u64()}`);
}
