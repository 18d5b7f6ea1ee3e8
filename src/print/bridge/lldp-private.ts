// What organisations add to LLDP: IEEE 802.1 (with DCB), IEEE 802.3, IANA, and LLDP-MED (ANSI/TIA-1057).
import { fixed } from '../engine/c-float.ts';
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printPadded, printText } from '../engine/text.ts';
import { MAU_TYPES, PMD_CAPABILITIES } from './lldp-names.ts';

// Each printer here returns whether it knows nothing of the subtype, and the value is to be dumped.

const SUBTYPES_8021: Names = new Map([
  [1, 'Port VLAN Id'],
  [2, 'Port and Protocol VLAN ID'],
  [3, 'VLAN name'],
  [4, 'Protocol Identity'],
  [7, 'Link aggregation'],
  [8, 'Congestion Notification'],
  [9, 'ETS Configuration'],
  [10, 'ETS Recommendation'],
  [11, 'Priority Flow Control Configuration'],
  [12, 'Application Priority'],
  [13, 'EVB'],
  [14, 'CDCP'],
]);
const EVB_MODES = ['Not Supported', 'EVB Bridge', 'EVB Station', 'Reserved for future Standardization'];
const SUBTYPES_8023: Names = new Map([
  [1, 'MAC/PHY configuration/status'],
  [2, 'Power via MDI'],
  [3, 'Link aggregation'],
  [4, 'Max frame size'],
]);
const VLAN_FLAGS = [
  [2, 'supported'],
  [4, 'enabled'],
] as const;
const SUPPORT = [
  [1, 'supported'],
  [2, 'enabled'],
] as const;
const POWER_SUPPORT = [
  [1, 'PSE'],
  [2, 'supported'],
  [4, 'enabled'],
  [8, 'can be controlled'],
] as const;
const POWER_PAIRS: Names = new Map([
  [1, 'signal'],
  [2, 'spare'],
]);
const SUBTYPES_TIA: Names = new Map([
  [1, 'LLDP-MED Capabilities'],
  [2, 'Network policy'],
  [3, 'Location identification'],
  [4, 'Extended power-via-MDI'],
  [5, 'Inventory - hardware revision'],
  [6, 'Inventory - firmware revision'],
  [7, 'Inventory - software revision'],
  [8, 'Inventory - serial number'],
  [9, 'Inventory - manufacturer name'],
  [10, 'Inventory - model name'],
  [11, 'Inventory - asset ID'],
]);
const INVENTORY: Names = new Map([
  [5, 'Hardware revision'],
  [6, 'Firmware revision'],
  [7, 'Software revision'],
  [8, 'Serial number'],
  [9, 'Manufacturer name'],
  [10, 'Model name'],
  [11, 'Asset ID'],
]);
const MEDIA = [
  [0x01, 'LLDP-MED capabilities'],
  [0x02, 'network policy'],
  [0x04, 'location identification'],
  [0x08, 'extended power via MDI-PSE'],
  [0x10, 'extended power via MDI-PD'],
  [0x20, 'Inventory'],
] as const;
const DEVICES: Names = new Map([
  [1, 'endpoint class 1'],
  [2, 'endpoint class 2'],
  [3, 'endpoint class 3'],
  [4, 'network connectivity'],
]);
const APPLICATIONS: Names = new Map([
  [1, 'voice'],
  [2, 'voice signaling'],
  [3, 'guest voice'],
  [4, 'guest voice signaling'],
  [5, 'softphone voice'],
  [6, 'video conferencing'],
  [7, 'streaming video'],
  [8, 'video signaling'],
]);
const POLICY = [
  [0x80, 'Unknown'],
  [0x40, 'Tagged'],
  [0x20, 'reserved'],
] as const;
const COORDINATES = 1;
const CIVIC = 2;
const EMERGENCY = 3;
const LOCATIONS: Names = new Map([
  [COORDINATES, 'coordinate-based LCI'],
  [CIVIC, 'civic address LCI'],
  [EMERGENCY, 'ECS ELIN'],
]);
const DATUMS: Names = new Map([
  [1, 'World Geodesic System 1984'],
  [2, 'North American Datum 1983 (NAVD88)'],
  [3, 'North American Datum 1983 (MLLW)'],
]);
const ALTITUDES: Names = new Map([
  [1, 'meters'],
  [2, 'floors'],
]);
const WHAT = [
  'location of DHCP server',
  'location of the network element believed to be closest to the client',
  'location of the client',
];
const ELEMENTS: Names = new Map([
  [1, 'national subdivisions (state,canton,region,province,prefecture)'],
  [2, 'county, parish, gun, district'],
  [3, 'city, township, shi'],
  [4, 'city division, borough, city district, ward chou'],
  [5, 'neighborhood, block'],
  [6, 'street'],
]);
const SOURCES: Names = new Map([
  [1, 'PSE - primary power source'],
  [2, 'local - backup power source'],
  [3, 'PSE+local - reserved'],
]);
const PRIORITIES: Names = new Map([
  [1, 'critical'],
  [2, 'high'],
  [3, 'low'],
]);

function printSubtype(p: Printer, names: Names, subtype: number): void {
  p.ascii(`\n\t  ${names.get(subtype) ?? 'unknown'} Subtype (${subtype})`);
}

/** Eight bits in a row under the priorities they are for. */
function printBits(p: Printer, value: number): void {
  p.ascii('\n\t     Priority : 0  1  2  3  4  5  6  7\n\t     Value    : ');
  for (let i = 0; i < 8; i++) p.ascii(`${(value >> i) & 1}  `);
}

function printTable(p: Printer, title: string, values: readonly number[]): void {
  p.ascii(title);
  p.ascii(values.map((value) => `${value}`.padEnd(3)).join(' '));
}

/** Priorities, bandwidths and algorithms of traffic classes. */
function printTraffic(p: Printer, offset: number): void {
  const bytes = p.bytes;
  const nibbles = [0, 1, 2, 3].flatMap((i) => [bytes[offset + i] >> 4, bytes[offset + i] & 15]);
  const eight = (from: number) => Array.from({ length: 8 }, (_, i) => bytes[from + i]);
  printTable(
    p,
    '\n\t    Priority Assignment Table\n\t     Priority : 0   1   2   3   4   5   6   7\n\t     Value    : ',
    nibbles,
  );
  printTable(
    p,
    '\n\t    TC Bandwidth Table\n\t     TC%   : 0   1   2   3   4   5   6   7\n\t     Value : ',
    eight(offset + 4),
  );
  printTable(
    p,
    '\n\t    TSA Assignment Table\n\t     Traffic Class: 0   1   2   3   4   5   6   7\n\t     Value        : ',
    eight(offset + 12),
  );
}

export function print8021(p: Printer, offset: number, length: number): boolean {
  if (length < 4) return false;
  const { bytes, view } = p;
  const subtype = bytes[offset + 3];
  printSubtype(p, SUBTYPES_8021, subtype);
  if (!SUBTYPES_8021.has(subtype)) return true;
  switch (subtype) {
    case 1:
      if (length >= 6) p.field('\n\t    port vlan id (PVID): ', view.getUint16(offset + 4));
      break;
    case 2:
      if (length < 7) break;
      p.field('\n\t    port and protocol vlan id (PPVID): ', view.getUint16(offset + 5));
      p.ascii(', flags [');
      writeFlags(p, VLAN_FLAGS, 'none', bytes[offset + 4], ', ');
      p.ascii('] (0x');
      p.out.hexPadded(bytes[offset + 4], 2);
      p.ascii(')');
      break;
    case 3:
      if (length < 6) break;
      p.field('\n\t    vlan id (VID): ', view.getUint16(offset + 4));
      if (length < 7 || length < 7 + bytes[offset + 6]) break;
      p.ascii('\n\t    vlan name: ');
      printPadded(p, offset + 7, bytes[offset + 6]);
      break;
    case 4:
      if (length < 5 || length < 5 + bytes[offset + 4]) break;
      p.ascii('\n\t    protocol identity: ');
      printPadded(p, offset + 5, bytes[offset + 4]);
      break;
    case 7:
      printAggregation(p, offset, length);
      break;
    default:
      printBridging(p, subtype, offset, length);
  }
  return false;
}

/** Data center bridging, edge virtual bridging and S-channels. */
function printBridging(p: Printer, subtype: number, offset: number, length: number): void {
  const { bytes, view } = p;
  const flags = bytes[offset + 4];
  switch (subtype) {
    case 8:
      if (length < 6) break;
      p.ascii('\n\t    Pre-Priority CNPV Indicator');
      printBits(p, flags);
      p.ascii('\n\t    Pre-Priority Ready Indicator');
      printBits(p, bytes[offset + 5]);
      break;
    case 9:
      if (length < 25) break;
      p.ascii(
        `\n\t    Willing:${flags >> 7}, CBS:${(flags >> 6) & 2}, RES:${(flags >> 3) & 7}, Max TCs:${flags & 7}`,
      );
      printTraffic(p, offset + 5);
      break;
    case 10:
      if (length < 25) break;
      p.field('\n\t    RES: ', flags);
      printTraffic(p, offset + 5);
      break;
    case 11:
      if (length < 6) break;
      p.ascii(
        `\n\t    Willing: ${flags >> 7}, MBC: ${(flags >> 6) & 1}, RES: ${(flags >> 4) & 3}, PFC cap:${flags & 15} `,
      );
      p.ascii('\n\t    PFC Enable');
      printBits(p, bytes[offset + 5]);
      break;
    case 12:
      if (length < 5) break;
      p.field('\n\t    RES: ', flags);
      if (length === 5 || (length - 5) % 3 !== 0) break;
      p.ascii('\n\t    Application Priority Table');
      for (let i = offset + 5; i < offset + length; i += 3) {
        p.ascii(`\n\t      Priority: ${bytes[i] >> 5}, RES: ${(bytes[i] >> 3) & 3}, Sel: ${bytes[i] & 7}`);
        p.field(', Protocol ID: ', view.getUint16(i + 1));
      }
      break;
    case 13: {
      if (length < 9) break;
      const [station, retries, mode, last] = bytes.subarray(offset + 5, offset + 9);
      p.ascii('\n\t    EVB Bridge Status');
      p.ascii(
        `\n\t      RES: ${flags >> 3}, BGID: ${(flags >> 2) & 1}, RRCAP: ${(flags >> 1) & 1}, RRCTR: ${flags & 1}`,
      );
      p.ascii('\n\t    EVB Station Status');
      p.ascii(
        `\n\t      RES: ${station >> 4}, SGID: ${(station >> 3) & 1}, RRREQ: ${(station >> 2) & 1},RRSTAT: ${station & 3}`,
      );
      p.ascii(
        `\n\t    R: ${retries >> 5}, RTE: ${retries & 31}, EVB Mode: ${EVB_MODES[mode >> 6]} [${mode >> 6}]`,
      );
      p.ascii(
        `\n\t    ROL: ${(mode >> 5) & 1}, RWD: ${mode & 31}, RES: ${last >> 6}, ROL: ${(last >> 5) & 1}, RKA: ${last & 31}`,
      );
      break;
    }
    case 14:
      if (length < 8) break;
      p.ascii(`\n\t    Role: ${flags >> 7}, RES: ${(flags >> 4) & 7}, Scomp: ${(flags >> 3) & 1} `);
      p.field('ChnCap: ', view.getUint16(offset + 6) & 0xfff);
      if ((length - 8) % 3 !== 0) break;
      for (let i = offset + 8; i < offset + length; i += 3) {
        const pair = p.u24(i);
        p.ascii(`\n\t    SCID: ${pair >>> 12}, SVID: ${pair & 0xfff}`);
      }
  }
}

/** The same of both organizations. */
function printAggregation(p: Printer, offset: number, length: number): void {
  if (length < 9) return;
  p.ascii('\n\t    aggregation status [');
  writeFlags(p, SUPPORT, 'none', p.bytes[offset + 4], ', ');
  p.field('], aggregation port ID ', p.view.getUint32(offset + 5));
}

export function print8023(p: Printer, offset: number, length: number): boolean {
  if (length < 4) return false;
  const { bytes, view } = p;
  const subtype = bytes[offset + 3];
  printSubtype(p, SUBTYPES_8023, subtype);
  switch (subtype) {
    case 1: {
      if (length < 9) break;
      const capability = view.getUint16(offset + 5);
      const mau = view.getUint16(offset + 7);
      p.ascii('\n\t    autonegotiation [');
      writeFlags(p, SUPPORT, 'none', bytes[offset + 4], ', ');
      p.ascii('] (0x');
      p.out.hexPadded(bytes[offset + 4], 2);
      p.ascii(')\n\t    PMD autoneg capability [');
      writeFlags(p, PMD_CAPABILITIES, 'unknown', capability, ', ');
      p.ascii('] (0x');
      p.out.hexPadded(capability, 4);
      p.ascii(`)\n\t    MAU type ${MAU_TYPES[mau] ?? 'unknown'} (0x`);
      p.out.hexPadded(mau, 4);
      p.ascii(')');
      break;
    }
    case 2: {
      if (length < 7) break;
      const grade = bytes[offset + 6];
      p.ascii('\n\t    MDI power support [');
      writeFlags(p, POWER_SUPPORT, 'none', bytes[offset + 4], ', ');
      p.ascii(`], power pair ${POWER_PAIRS.get(bytes[offset + 5]) ?? 'unknown'}, power class `);
      p.ascii(grade >= 1 && grade <= 5 ? `class${grade - 1}` : 'unknown');
      break;
    }
    case 3:
      printAggregation(p, offset, length);
      break;
    case 4:
      if (length >= 6) p.field('\n\t    MTU size ', view.getUint16(offset + 4));
      break;
    default:
      return true;
  }
  return false;
}

export function printIana(p: Printer, offset: number, length: number): boolean {
  if (length < 8) return false;
  const subtype = p.bytes[offset + 3];
  p.ascii(`\n\t  ${subtype === 1 ? 'MUD-URL' : 'unknown'} Subtype (${subtype})`);
  if (subtype !== 1) return true;
  p.ascii('\n\t  MUD-URL=');
  printText(p, offset + 4, length - 4);
  return false;
}

export function printTia(p: Printer, offset: number, length: number): boolean {
  if (length < 4) return false;
  const { bytes, view } = p;
  const subtype = bytes[offset + 3];
  printSubtype(p, SUBTYPES_TIA, subtype);
  switch (subtype) {
    case 1: {
      if (length < 7) break;
      const media = view.getUint16(offset + 4);
      p.ascii('\n\t    Media capabilities [');
      writeFlags(p, MEDIA, 'none', media, ', ');
      p.ascii('] (0x');
      p.out.hexPadded(media, 4);
      p.ascii(`)\n\t    Device type [${DEVICES.get(bytes[offset + 6]) ?? 'unknown'}] (0x`);
      p.out.hexPadded(bytes[offset + 6], 2);
      p.ascii(')');
      break;
    }
    case 2: {
      if (length < 8) break;
      const policy = view.getUint16(offset + 6);
      p.ascii(`\n\t    Application type [${APPLICATIONS.get(bytes[offset + 4]) ?? 'none'}] (0x`);
      p.out.hexPadded(bytes[offset + 4], 2);
      p.ascii('), Flags [');
      writeFlags(p, POLICY, 'none', bytes[offset + 5], ', ');
      p.field(']\n\t    Vlan id ', (view.getUint16(offset + 5) & 0x1ffe) >> 1);
      p.field(', L2 priority ', (policy & 0x1ff) >> 6);
      p.field(', DSCP value ', policy & 0x3f);
      break;
    }
    case 3:
      if (length >= 5) printLocation(p, offset, length);
      break;
    case 4:
      if (length >= 7) printPower(p, offset);
      break;
    default:
      if (!INVENTORY.has(subtype)) return true;
      p.ascii(`\n\t  ${INVENTORY.get(subtype)} `);
      printPadded(p, offset + 4, length - 4);
  }
  return false;
}

function printPower(p: Printer, offset: number): void {
  const flags = p.bytes[offset + 4];
  const value = p.view.getUint16(offset + 5);
  // As in tcpdump it is the lowest bits that tell, those of the priority.
  p.ascii(`\n\t    Power type [${(flags & 3) !== 0 ? 'PD device' : 'PSE device'}]`);
  p.ascii(`, Power source [${SOURCES.get((flags & 0x30) >> 4) ?? 'none'}]`);
  p.ascii(`\n\t    Power priority [${PRIORITIES.get(flags & 15) ?? 'none'}] (0x`);
  p.out.hexPadded(flags & 15, 2);
  p.ascii(
    value < 1024 ? `), Power ${fixed(Math.fround(value / 10), 1)} Watts` : `), Power ${value} (Reserved)`,
  );
}

/** Two bits and 32 more. */
function coordinate(p: Printer, offset: number): number {
  return (p.bytes[offset] & 3) * 2 ** 32 + p.view.getUint32(offset + 1);
}

function printLocation(p: Printer, offset: number, length: number): void {
  const { bytes, view } = p;
  const format = bytes[offset + 4];
  p.ascii(`\n\t    Location data format ${LOCATIONS.get(format) ?? 'unknown'} (0x`);
  p.out.hexPadded(format, 2);
  p.ascii(')');
  if (format === COORDINATES) {
    if (length < 21) return;
    p.ascii(
      `\n\t    Latitude resolution ${bytes[offset + 5] >> 2}, latitude value ${coordinate(p, offset + 5)}`,
    );
    p.ascii(
      `\n\t    Longitude resolution ${bytes[offset + 10] >> 2}, longitude value ${coordinate(p, offset + 10)}`,
    );
    const altitude = bytes[offset + 15] >> 4;
    p.ascii(`\n\t    Altitude type ${ALTITUDES.get(altitude) ?? 'unknown'} (${altitude})`);
    p.field('\n\t    Altitude resolution ', (view.getUint16(offset + 15) >> 6) & 0x3f);
    p.hexField(', altitude value 0x', view.getUint32(offset + 16) & 0x3fffffff);
    p.ascii(`\n\t    Datum ${DATUMS.get(bytes[offset + 20]) ?? 'unknown'} (0x`);
    p.out.hexPadded(bytes[offset + 20], 2);
    p.ascii(')');
  } else if (format === CIVIC) {
    if (length >= 6) printCivic(p, offset, length);
  } else if (format === EMERGENCY) {
    p.ascii('\n\t    ECS ELIN id ');
    printPadded(p, offset + 5, length - 5);
  } else {
    p.ascii('\n\t    Location ID ');
    p.unknown(offset + 5, '\n\t      ', length - 5);
  }
}

function printCivic(p: Printer, offset: number, length: number): void {
  const { bytes } = p;
  const size = bytes[offset + 5];
  if (size < 3 || length < 7 + size) return;
  p.ascii(`\n\t    LCI length ${size}, LCI what ${WHAT[bytes[offset + 6]] ?? 'unknown'} (0x`);
  p.out.hexPadded(bytes[offset + 6], 2);
  p.ascii('), Country-code ');
  printPadded(p, offset + 7, 2);
  const end = offset + 6 + size;
  for (offset += 9; end - offset >= 2; ) {
    const type = bytes[offset];
    const element = bytes[offset + 1];
    offset += 2;
    p.ascii(`\n\t      CA type '${ELEMENTS.get(type) ?? 'unknown'}' (${type}), length ${element}: `);
    if (type === 0 || element === 0 || end - offset < element) return;
    printPadded(p, offset, element);
    offset += element;
  }
}
