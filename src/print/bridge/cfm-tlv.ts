// What messages of connectivity fault management carry (IEEE 802.1Q, 21.5).

import { AFI, IPV4, IPV6 } from '../../wire/registry/address-families.ts';
import { OUIS } from '../../wire/registry/oui.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const SENDER = 1;
const PORT_STATUS = 2;
const INTERFACE_STATUS = 3;
const PRIVATE = 31;
const TLVS: Names = new Map([
  [0, 'End'],
  [SENDER, 'Sender ID'],
  [PORT_STATUS, 'Port status'],
  [INTERFACE_STATUS, 'Interface status'],
  [4, 'Data'],
  [5, 'Reply Ingress'],
  [6, 'Reply Egress'],
  [PRIVATE, 'Organization Specific'],
]);
const PORT = ['Unknown', 'Blocked', 'Up'];
const INTERFACE: Names = new Map([
  [1, 'Up'],
  [2, 'Down'],
  [3, 'Testing'],
  [5, 'Dormant'],
  [6, 'not present'],
  [7, 'lower Layer down'],
]);
const CHASSIS = [
  'Reserved',
  'Chassis component',
  'Interface alias',
  'Port component',
  'MAC address',
  'Network address',
  'Interface name',
  'Locally assigned',
];
const MAC = 4;
const NETWORK = 5;

/** How a TLV ends: shown; shown, and its bytes too; not whole, but another may follow; nothing follows. */
const SHOWN = 0;
const DUMPED = 1;
const SKIPPED = 2;
const LAST = 3;
/** As SKIPPED, but tcpdump forgets that it took a byte. */
const EARLY = 4;

export function printCfmTlvs(p: Printer, offset: number, left: number): void {
  while (left > 0) {
    const type = p.u8(offset);
    p.ascii(`\n\t${TLVS.get(type) ?? 'Unknown'} TLV (0x`);
    p.out.hexPadded(type, 2);
    p.ascii(')');
    if (type === 0) return;
    if (left < 3) {
      p.ascii('\n\t\t packet is too short');
      return;
    }
    if (!p.whole(offset, 3)) return;
    const size = p.u16(offset + 1);
    p.field(', length ', size);
    offset += 3;
    left -= 3;
    if (left < size) {
      p.ascii('\n\t\t packet is too short');
      return;
    }
    if (!p.whole(offset, size)) return;
    const used = printTlv(p, type, offset, size);
    if (used < 0) return;
    offset += used;
    left -= used;
  }
}

/** Returns the bytes the TLV counts for, or -1 where nothing follows. */
function printTlv(p: Printer, type: number, offset: number, size: number): number {
  let end = DUMPED;
  let rest = size;
  if (type === PORT_STATUS || type === INTERFACE_STATUS || type === PRIVATE) {
    end = printStatus(p, type, offset, size);
  } else if (type === SENDER) {
    const sender = printSender(p, offset, size);
    end = sender[0];
    rest = sender[1];
  }
  if (end === LAST) return -1;
  if (end === DUMPED || (end === SHOWN && p.verbose > 1)) p.unknown(offset, '\n\t  ', rest);
  return end === EARLY ? size - 1 : size;
}

function printStatus(p: Printer, type: number, offset: number, size: number): number {
  const least = type === PRIVATE ? 4 : 1;
  if (size < least) {
    p.ascii(` (too short, must be >= ${least})`);
    return LAST;
  }
  if (type === PRIVATE) {
    const organisation = p.u24(offset);
    p.ascii(
      `, Vendor: ${OUIS.get(organisation) ?? 'Unknown'} (${organisation}), Sub-Type ${p.u8(offset + 3)}`,
    );
    return DUMPED;
  }
  const status = p.u8(offset);
  const name = type === PORT_STATUS ? PORT[status] : INTERFACE.get(status);
  p.ascii(`, Status: ${name ?? 'Unknown'} (${status})`);
  return SHOWN;
}

/** Returns how it ends, and how many bytes were not taken. */
function printSender(p: Printer, offset: number, left: number): readonly [end: number, left: number] {
  let end = SHOWN;
  const tooShort = (how: number) => {
    p.ascii('\n\t  (TLV too short)');
    return [how, left] as const;
  };
  if (left < 1) {
    p.ascii(' (too short, must be >= 1)');
    return [SKIPPED, left];
  }
  const chassis = p.u8(offset++);
  left--;
  if (chassis !== 0) {
    if (left < 1) return tooShort(SKIPPED);
    const type = p.u8(offset++);
    left--;
    p.ascii(`\n\t  Chassis-ID Type ${CHASSIS[type] ?? 'Unknown'} (${type}), Chassis-ID length ${chassis}`);
    if (left < chassis) return tooShort(EARLY);
    if (!printChassis(p, type, offset, chassis)) end = DUMPED;
    offset += chassis;
    left -= chassis;
  }
  if (left === 0) return [end, left];
  const domain = p.u8(offset++);
  left--;
  p.field('\n\t  Management Address Domain Length ', domain);
  if (domain === 0) return [end, left];
  if (left < domain) return tooShort(SKIPPED);
  p.unknown(offset, '\n\t  Management Address Domain: ', domain);
  offset += domain;
  left -= domain;
  if (left < 1) {
    p.ascii(' (Management Address Length is missing)');
    return [DUMPED, left];
  }
  const address = p.u8(offset++);
  left--;
  p.field('\n\t  Management Address Length ', address);
  if (address === 0) return [end, left];
  if (left < address) return tooShort(LAST);
  p.unknown(offset, '\n\t  Management Address: ', address);
  return [end, left - address];
}

/** Returns false where its bytes are to be shown. */
function printChassis(p: Printer, type: number, offset: number, size: number): boolean {
  if (type === MAC) {
    if (size !== 6) {
      p.ascii(' (invalid MAC address length)');
      return false;
    }
    p.ascii('\n\t  MAC ');
    p.mac(offset);
    return true;
  }
  if (type !== NETWORK) {
    if (type === 0 || CHASSIS[type] === undefined) return false;
    printPadded(p, offset, size);
    return true;
  }
  const family = p.u8(offset);
  p.ascii(`\n\t  Network Address Type ${AFI.get(family) ?? 'Unknown'} (${family})`);
  const width = family === IPV4 ? 4 : family === IPV6 ? 16 : 0;
  if (width === 0) return false;
  if (size !== 1 + width) {
    p.ascii(`(invalid ${width === 4 ? 'IPv4' : 'IPv6'} address length ${size - 1})`);
    return false;
  }
  p.ascii(', ');
  if (width === 4) p.ipv4(offset + 1);
  else p.ipv6(offset + 1);
  return true;
}
