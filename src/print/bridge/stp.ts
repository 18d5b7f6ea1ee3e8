// Spanning tree: IEEE 802.1D, 802.1w (rapid), 802.1s (multiple), 802.1aq (shortest path bridging).
import { fixed } from '../engine/c-float.ts';
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const CONFIGURATION_LENGTH = 35;
const RAPID_LENGTH = 36;
const MULTIPLE_LENGTH = 102;
const SHORTEST_PATH_LENGTH = 87;

const RAPID = 2;
const MULTIPLE = 3;
const SHORTEST_PATH = 4;
const PROTOCOLS: Names = new Map([
  [0, '802.1d'],
  [RAPID, '802.1w'],
  [MULTIPLE, '802.1s'],
  [SHORTEST_PATH, '802.1aq'],
]);
const CONFIGURATION_TYPE = 0;
const RAPID_TYPE = 2;
const TYPES: Names = new Map([
  [CONFIGURATION_TYPE, 'Config'],
  [RAPID_TYPE, 'Rapid STP'],
  [0x80, 'Topology Change'],
]);
const FLAGS = [
  [0x01, 'Topology change'],
  [0x02, 'Proposal'],
  [0x10, 'Learn'],
  [0x20, 'Forward'],
  [0x40, 'Agreement'],
  [0x80, 'Topology change ACK'],
] as const;
const ROLES = ['Unknown', 'Alternate', 'Root', 'Designated'];

// Offsets, from the beginning of the message.
const FLAGS_AT = 4;
const ROOT_AT = 5;
const COST_AT = 13;
const BRIDGE_AT = 17;
const PORT_AT = 25;
const TIMES_AT = 27;
const VERSION_1_LENGTH_AT = 35;
const VERSION_3_LENGTH_AT = 36;
const NAME_AT = 39;
const DIGEST_AT = 73;
const INTERNAL_COST_AT = 89;
const REGIONAL_BRIDGE_AT = 93;
const HOPS_AT = 101;
const INSTANCES_AT = 102;
const INSTANCE_LENGTH = 16;
const REGION_LENGTH = 64;

export function printStp(p: Printer, offset: number, length: number): void {
  p.protocol = 'stp';
  if (length < 4) {
    p.invalid();
    return;
  }
  if (p.u16(offset) !== 0) {
    p.field('unknown STP version, length ', length);
    return;
  }
  const version = p.u8(offset + 2);
  const protocol = PROTOCOLS.get(version);
  p.ascii('STP ');
  if (protocol === undefined) {
    p.ascii('Unknown STP protocol (0x');
    p.out.hexPadded(version, 2);
    p.ascii(')');
    return;
  }
  p.ascii(protocol);
  const type = p.u8(offset + 3);
  p.ascii(', ');
  const name = TYPES.get(type);
  if (name !== undefined) p.ascii(name);
  else {
    p.ascii('Unknown BPDU Type (0x');
    p.out.hexPadded(type, 2);
    p.ascii(')');
  }
  let valid = true;
  if (type === CONFIGURATION_TYPE) {
    valid = length >= CONFIGURATION_LENGTH;
    if (valid) printConfiguration(p, offset, length);
  } else if (type === RAPID_TYPE && version === RAPID) {
    valid = length >= RAPID_LENGTH;
    if (valid) printConfiguration(p, offset, length);
  } else if (type === RAPID_TYPE && version >= MULTIPLE) {
    valid = printMultiple(p, offset, length, version);
  }
  if (!valid) p.invalid();
}

function printFlagged(p: Printer, title: string, flags: number): void {
  p.ascii(title);
  writeFlags(p, FLAGS, 'none', flags, ', ');
  p.ascii(']');
}

/** A priority and a MAC address; nothing of it where the `behind` bytes printed behind them were not captured. */
function printBridge(p: Printer, title: string, offset: number, behind = 0): void {
  p.need(offset, 8 + behind);
  p.ascii(title);
  p.hexBytes(offset, 2);
  p.ascii('.');
  p.mac(offset + 2);
}

function printTimes(p: Printer, offset: number): void {
  p.need(offset + TIMES_AT, 8);
  const titles = ['\n\tmessage-age ', 's, max-age ', 's, hello-time ', 's, forwarding-delay '];
  for (let i = 0; i < 4; i++) p.ascii(titles[i] + fixed(p.u16(offset + TIMES_AT + 2 * i) / 256, 2));
  p.ascii('s');
}

function printRole(p: Printer, title: string, flags: number): void {
  p.ascii(title);
  p.ascii(ROLES[(flags >> 2) & 3]);
}

function printConfiguration(p: Printer, offset: number, length: number): void {
  const flags = p.u8(offset + FLAGS_AT);
  printFlagged(p, ', Flags [', flags);
  printBridge(p, ', bridge-id ', offset + BRIDGE_AT, 2);
  p.ascii('.');
  p.hexBytes(offset + PORT_AT, 2);
  p.field(', length ', length);
  if (p.verbose === 0) return;
  printTimes(p, offset);
  printBridge(p, '\n\troot-id ', offset + ROOT_AT, 4);
  p.field(', root-pathcost ', p.u32(offset + COST_AT));
  if (p.u8(offset + 2) === RAPID) printRole(p, ', port-role ', flags);
}

/** Returns false where lengths contradict each other. */
function printMultiple(p: Printer, offset: number, length: number, version: number): boolean {
  if (length < MULTIPLE_LENGTH || p.u8(offset + VERSION_1_LENGTH_AT) !== 0) return false;
  const region = p.u16(offset + VERSION_3_LENGTH_AT) + 2;
  if (length < RAPID_LENGTH + region) return false;
  printTree(p, offset, length);
  if (version !== SHORTEST_PATH) return true;
  const path = p.u16(offset + VERSION_3_LENGTH_AT + region) + 2;
  if (length < RAPID_LENGTH + region + path || path < SHORTEST_PATH_LENGTH) return false;
  if (p.verbose > 0) printShortestPath(p, offset + RAPID_LENGTH + region);
  return true;
}

function printTree(p: Printer, offset: number, length: number): void {
  const flags = p.u8(offset + FLAGS_AT);
  printFlagged(p, ', CIST Flags [', flags);
  p.field(', length ', length);
  if (p.verbose === 0) return;
  printRole(p, '\n\tport-role ', flags);
  p.ascii(', ');
  printBridge(p, 'CIST root-id ', offset + ROOT_AT, 4);
  p.field(', CIST ext-pathcost ', p.u32(offset + COST_AT));
  printBridge(p, '\n\tCIST regional-root-id ', offset + BRIDGE_AT);
  p.ascii(', ');
  p.need(offset + PORT_AT, 2);
  p.ascii('CIST port-id ');
  p.hexBytes(offset + PORT_AT, 2);
  p.ascii(',');
  printTimes(p, offset);
  const region = p.u16(offset + VERSION_3_LENGTH_AT);
  p.field('\n\tv3len ', region);
  p.ascii(', MCID Name ');
  printPadded(p, offset + NAME_AT, 32);
  p.need(offset + DIGEST_AT, 16);
  p.field(', rev ', p.u16(offset + NAME_AT + 32));
  p.ascii(',\n\t\tdigest ');
  p.hexBytes(offset + DIGEST_AT, 16);
  p.ascii(', ');
  p.field('CIST int-root-pathcost ', p.u32(offset + INTERNAL_COST_AT));
  p.ascii(',');
  printBridge(p, '\n\tCIST bridge-id ', offset + REGIONAL_BRIDGE_AT);
  p.ascii(', ');
  p.field('CIST remaining-hops ', p.u8(offset + HOPS_AT));
  let instance = offset + INSTANCES_AT;
  for (let left = region - REGION_LENGTH; left >= INSTANCE_LENGTH; left -= INSTANCE_LENGTH) {
    p.field('\n\tMSTI ', p.u16(instance + 1) & 0xfff);
    printFlagged(p, ', Flags [', p.u8(instance));
    printRole(p, ', port-role ', p.u8(instance));
    printBridge(p, '\n\t\tMSTI regional-root-id ', instance + 1, 4);
    p.field(', pathcost ', p.u32(instance + 9));
    p.need(instance + 13, 3);
    p.field('\n\t\tMSTI bridge-prio ', p.u8(instance + 13) >> 4);
    p.field(', port-prio ', p.u8(instance + 14) >> 4);
    p.field(', hops ', p.u8(instance + 15));
    instance += INSTANCE_LENGTH;
  }
}

function printShortestPath(p: Printer, offset: number): void {
  p.field('\n\tv4len ', p.u16(offset));
  p.ascii(', AUXMCID Name ');
  printPadded(p, offset + 3, 32);
  p.need(offset + 35, 18);
  p.field(', Rev ', p.u16(offset + 35));
  p.ascii(',\n\t\tdigest ');
  p.hexBytes(offset + 37, 16);
  const agreement = p.u8(offset + 53);
  p.need(offset + 67, 20);
  p.field('\n\tAgreement num ', agreement >> 6);
  p.field(', Discarded Agreement num ', (agreement >> 4) & 3);
  p.field(', Agreement valid-flag ', (agreement >> 3) & 1);
  p.field(',\n\tRestricted role-flag: ', (agreement >> 2) & 1);
  p.field(', Format id ', p.u8(offset + 55) >> 4);
  p.field(' cap ', p.u8(offset + 55));
  p.field(', Convention id ', p.u8(offset + 56) >> 4);
  p.field(' cap ', p.u8(offset + 56));
  p.field(',\n\tEdge count ', p.u16(offset + 57));
  p.ascii(', Agreement digest ');
  p.hexBytes(offset + 67, 20);
}
