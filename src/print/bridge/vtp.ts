// Cisco's VLAN trunking protocol.
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const HEADER_LENGTH = 36;
const DOMAIN = 32;
const VLAN_LENGTH = 12;
const SUMMARY = 1;
const SUBSET = 2;
const REQUEST = 3;
const MESSAGES = [
  'Unknown message type',
  'Summary advertisement',
  'Subset advertisement',
  'Advertisement request',
  'Join message',
];
/** What the third byte of each is. */
const THIRD = ['Unknown', 'Followers', 'Seq number', 'Rsvd', 'Rsvd'];
const VLANS = ['Unknown', 'Ethernet', 'FDDI', 'TrCRF', 'FDDI-net', 'TrBRF'];
const STATES = ['Operational', 'Suspended'];
const TLVS = [
  'Unknown',
  'Source-Routing Ring Number TLV',
  'Source-Routing Bridge Number TLV',
  'STP type TLV',
  'Parent VLAN TLV',
  'Translationally bridged VLANs TLV',
  'Pruning TLV',
  'Bridge Type TLV',
  'Max ARP Hop Count TLV',
  'Max STE Hop Count TLV',
  'Backup CRF Mode TLV',
];
const TREES = ['Unknown', 'SRT', 'SRB', 'Auto'];

export function printVtp(p: Printer, offset: number, length: number): void {
  p.protocol = 'vtp';
  if (length < HEADER_LENGTH) {
    p.invalid();
    p.need(offset, length);
    return;
  }
  p.need(offset, HEADER_LENGTH);
  const type = p.u8(offset + 1);
  p.ascii(`VTPv${p.u8(offset)}, Message ${MESSAGES[type] ?? MESSAGES[0]} (0x`);
  p.out.hexPadded(type, 2);
  p.ascii(`), length ${length}`);
  if (p.verbose === 0) {
    p.need(offset, length);
    return;
  }
  const domain = p.u8(offset + 3);
  p.ascii('\n\tDomain name: ');
  if (domain < 1 || domain > DOMAIN) {
    p.ascii(` [invalid MgmtD Len ${domain}]`);
    p.invalid();
    p.need(offset, length);
    return;
  }
  printPadded(p, offset + 4, domain);
  p.ascii(`, ${THIRD[type] ?? THIRD[0]}: ${p.u8(offset + 2)}`);
  const body = offset + HEADER_LENGTH;
  if (type === SUMMARY) printSummary(p, body);
  else if (type === SUBSET) {
    p.hexField(', Config Rev ', p.u32(body));
    if (printVlans(p, body + 4, offset + length)) return;
    p.invalid();
    p.need(offset, length);
  } else if (type === REQUEST) p.field('\n\tStart value: ', p.u32(body));
}

function words(p: Printer, offset: number, count: number, before: string): void {
  for (let i = 0; i < count; i++) {
    p.ascii(before);
    p.out.hexPadded(p.u32(offset + i * 4), 8);
  }
}

function printSummary(p: Printer, offset: number): void {
  p.need(offset, 8);
  p.hexField('\n\t  Config Rev ', p.u32(offset));
  p.ascii(', Updater ');
  p.ipv4(offset + 4);
  p.need(offset + 8, 12);
  p.ascii(', Timestamp');
  words(p, offset + 8, 3, ' 0x');
  p.need(offset + 20, 16);
  p.ascii(', MD5 digest: ');
  words(p, offset + 20, 4, '');
}

/** Returns false where a VLAN is invalid. */
function printVlans(p: Printer, offset: number, end: number): boolean {
  while (offset < end) {
    const size = p.u8(offset);
    if (size === 0) return true;
    p.need(offset, size);
    if (size < VLAN_LENGTH) return false;
    p.ascii(
      `\n\tVLAN info status ${STATES[p.u8(offset + 1)] ?? 'Unknown'}, type ${VLANS[p.u8(offset + 2)] ?? 'Unknown'}`,
    );
    p.ascii(`, VLAN-id ${p.u16(offset + 4)}, MTU ${p.u16(offset + 6)}, SAID 0x`);
    p.out.hexPadded(p.u32(offset + 8), 8);
    p.ascii(', Name ');
    const name = p.u8(offset + 3);
    const padded = (name + 3) & ~3;
    let left = size - VLAN_LENGTH;
    if (left < padded) return false;
    printPadded(p, offset + VLAN_LENGTH, name);
    left -= padded;
    offset += VLAN_LENGTH + padded;
    while (left > 0) {
      const used = printTlv(p, offset, left);
      if (used === 0) return false;
      offset += used;
      left -= used;
    }
  }
  return true;
}

/** Returns the bytes of the TLV, 0 where it is invalid. */
function printTlv(p: Printer, offset: number, left: number): number {
  if (left < 2) return 0;
  const type = p.u8(offset);
  const words = p.u8(offset + 1);
  p.ascii(`\n\t\t${TLVS[type] ?? TLVS[0]} (0x`);
  p.out.hexPadded(type, 4);
  p.ascii(') TLV');
  const size = words * 2 + 2;
  if (left < size) {
    p.ascii(' (TLV goes past the end of the packet)');
    return 0;
  }
  p.need(offset, size);
  if (words !== 1) {
    p.ascii(` (invalid TLV length ${words} != 1)`);
    return 0;
  }
  const value = p.u16(offset + 2);
  switch (type) {
    case 9:
      p.field(', ', value);
      break;
    case 6:
      p.ascii(`, ${value === 1 ? 'Enabled' : 'Disabled'} (${value})`);
      break;
    case 3:
      p.ascii(`, ${TREES[value] ?? TREES[0]} (${value})`);
      break;
    case 7:
      p.ascii(`, ${value === 1 ? 'SRB' : 'SRT'} (${value})`);
      break;
    case 10:
      p.ascii(`, ${value === 1 ? 'Backup' : 'Not backup'} (${value})`);
      break;
    default:
      p.unknown(offset, '\n\t\t  ', size);
  }
  return size;
}
