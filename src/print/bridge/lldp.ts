// Link layer discovery (IEEE 802.1AB).

import { AFI } from '../../wire/registry/address-families.ts';
import { OUIS } from '../../wire/registry/oui.ts';
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';
import { print8021, print8023, printIana, printTia } from './lldp-private.ts';

const CHASSIS = 1;
const PORT = 2;
const LIFETIME = 3;
const PORT_DESCRIPTION = 4;
const SYSTEM_NAME = 5;
const SYSTEM_DESCRIPTION = 6;
const CAPABILITIES = 7;
const MANAGEMENT = 8;
const PRIVATE = 127;

const TYPES: Names = new Map([
  [0, 'End'],
  [CHASSIS, 'Chassis ID'],
  [PORT, 'Port ID'],
  [LIFETIME, 'Time to Live'],
  [PORT_DESCRIPTION, 'Port Description'],
  [SYSTEM_NAME, 'System Name'],
  [SYSTEM_DESCRIPTION, 'System Description'],
  [CAPABILITIES, 'System Capabilities'],
  [MANAGEMENT, 'Management Address'],
  [PRIVATE, 'Organization specific'],
]);
/** How a chassis and a port are named: words, and the subtypes that are MAC and network addresses. */
const CHASSIS_IDS = {
  names: new Map([
    [1, 'Chassis component'],
    [2, 'Interface alias'],
    [3, 'Port component'],
    [4, 'MAC address'],
    [5, 'Network address'],
    [6, 'Interface name'],
    [7, 'Local'],
  ]),
  mac: 4,
  network: 5,
};
const PORT_IDS = {
  names: new Map([
    [1, 'Interface alias'],
    [2, 'Port component'],
    [3, 'MAC address'],
    [4, 'Network Address'],
    [5, 'Interface Name'],
    [6, 'Agent circuit ID'],
    [7, 'Local'],
  ]),
  mac: 3,
  network: 4,
};
const ABILITIES = [
  [0x01, 'Other'],
  [0x02, 'Repeater'],
  [0x04, 'Bridge'],
  [0x08, 'WLAN AP'],
  [0x10, 'Router'],
  [0x20, 'Telephone'],
  [0x40, 'Docsis'],
  [0x80, 'Station Only'],
] as const;
const NUMBERINGS: Names = new Map([
  [2, 'Interface Index'],
  [3, 'System Port Number'],
]);
/** Bytes of an address by family; others are not shown. */
const ADDRESSES: ReadonlyMap<number, number> = new Map([
  [1, 4],
  [2, 16],
  [6, 6],
]);

export function printLldp(p: Printer, offset: number, length: number): void {
  p.protocol = 'lldp';
  p.field('LLDP, length ', length);
  const end = offset + length;
  while (end - offset >= 2) {
    if (!p.whole(offset, 2)) return;
    const head = p.u16(offset);
    const type = head >> 9;
    const size = head & 0x1ff;
    offset += 2;
    if (p.verbose > 0) p.ascii(`\n\t${TYPES.get(type) ?? 'Unknown'} TLV (${type}), length ${size}`);
    if (type === 0 || size === 0) return;
    if (!p.whole(offset, size)) return;
    if (size > end - offset) {
      p.truncated();
      return;
    }
    let dump = !TYPES.has(type);
    if (p.verbose > 0) {
      const shown = printTlv(p, type, offset, size);
      if (shown === CUT) {
        p.truncated();
        return;
      }
      dump ||= shown === UNKNOWN;
    } else if (type === SYSTEM_NAME) {
      p.ascii(': ');
      printPadded(p, offset, size);
    }
    if (p.verbose > 1 || (p.verbose > 0 && dump)) p.unknown(offset, '\n\t  ', size);
    offset += size;
  }
}

/** What became of a value: shown, of an unknown kind (and to be dumped), or too short for what it is. */
const SHOWN = 0;
const UNKNOWN = 1;
const CUT = 2;

function printTlv(p: Printer, type: number, offset: number, length: number): number {
  switch (type) {
    case CHASSIS:
      return printName(p, CHASSIS_IDS, offset, length);
    case PORT:
      return printName(p, PORT_IDS, offset, length);
    case LIFETIME:
      if (length < 2) return CUT;
      p.field(': TTL ', p.u16(offset));
      p.ascii('s');
      return SHOWN;
    case PORT_DESCRIPTION:
    case SYSTEM_NAME:
      p.ascii(': ');
      printPadded(p, offset, length);
      return SHOWN;
    case SYSTEM_DESCRIPTION:
      p.ascii('\n\t  ');
      printPadded(p, offset, length);
      return SHOWN;
    case CAPABILITIES:
      if (length < 4) return CUT;
      printAbilities(p, '\n\t  System  Capabilities [', p.u16(offset));
      printAbilities(p, '\n\t  Enabled Capabilities [', p.u16(offset + 2));
      return SHOWN;
    case MANAGEMENT:
      return printManagement(p, offset, offset + length) ? SHOWN : CUT;
    case PRIVATE:
      return printPrivate(p, offset, length);
  }
  return UNKNOWN;
}

function printAbilities(p: Printer, title: string, value: number): void {
  p.ascii(title);
  writeFlags(p, ABILITIES, 'none', value, ', ');
  p.ascii('] (0x');
  p.out.hexPadded(value, 4);
  p.ascii(')');
}

function printName(p: Printer, ids: typeof CHASSIS_IDS, offset: number, length: number): number {
  if (length < 2) return CUT;
  const kind = p.u8(offset);
  const name = ids.names.get(kind);
  p.ascii(`\n\t  Subtype ${name ?? 'Unknown'} (${kind}): `);
  if (kind === ids.mac) {
    if (length < 7) return CUT;
    p.mac(offset + 1);
  } else if (kind === ids.network) {
    if (!printAddress(p, '', offset + 1, length - 1)) return CUT;
  } else if (name === undefined) return UNKNOWN;
  else printPadded(p, offset + 1, length - 1);
  return SHOWN;
}

/** Returns false, and prints nothing, where the address is too short for its family. */
function printAddress(p: Printer, title: string, offset: number, length: number): boolean {
  if (length < 1) return false;
  const family = p.u8(offset);
  const size = ADDRESSES.get(family);
  if (size !== undefined && length - 1 < size) return false;
  p.ascii(`${title}AFI ${AFI.get(family) ?? 'Unknown'} (${family})`);
  if (size === undefined) p.ascii(', no AF printer !');
  else p.ascii(': ');
  if (size === 4) p.ipv4(offset + 1);
  else if (size === 16) p.ipv6(offset + 1);
  else if (size === 6) p.mac(offset + 1);
  return true;
}

function printManagement(p: Printer, offset: number, end: number): boolean {
  const size = p.u8(offset);
  offset++;
  if (size > end - offset) return false;
  if (!printAddress(p, `\n\t  Management Address length ${size}, `, offset, size)) return false;
  offset += size;
  if (end - offset < 5) return false;
  const numbering = p.u8(offset);
  p.ascii(
    `\n\t  ${NUMBERINGS.get(numbering) ?? 'Unknown'} Interface Numbering (${numbering}): ${p.u32(offset + 1)}`,
  );
  offset += 5;
  if (offset === end) return true;
  const object = p.u8(offset);
  if (end - offset < 1 + object) return false;
  if (object > 0) {
    p.field('\n\t  OID length ', object);
    printPadded(p, offset + 1, object);
  }
  return true;
}

function printPrivate(p: Printer, offset: number, length: number): number {
  if (length < 3) return CUT;
  const organisation = p.u24(offset);
  p.ascii(`: OUI ${OUIS.get(organisation) ?? 'Unknown'} (0x`);
  p.out.hexPadded(organisation, 6);
  p.ascii(')');
  const print = PRIVATE_PRINTERS.get(organisation);
  return print === undefined || print(p, offset, length) ? UNKNOWN : SHOWN;
}

const PRIVATE_PRINTERS: ReadonlyMap<number, (p: Printer, offset: number, length: number) => boolean> =
  new Map([
    [0x0080c2, print8021],
    [0x00120f, print8023],
    [0x00005e, printIana],
    [0x0012bb, printTia],
  ]);
