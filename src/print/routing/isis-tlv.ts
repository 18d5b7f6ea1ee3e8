// The TLVs of IS-IS.

import { OUIS } from '../../wire/registry/oui.ts';
import type { Names } from '../engine/names.ts';
import { printNsap, printOsiChecksum } from '../engine/osi-checksum.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';
import { printNlpids } from './esis.ts';
import { printExtendedNeighbour, printExtendedRoute, printRoutes, printTopology } from './isis-reach.ts';
import { printCapability, printPortCapability, printRouterCapability } from './isis-subtlv.ts';
import { isisId, LSP_ID, NODE_ID, printMetrics, SYSTEM_ID } from './isis-value.ts';

const TLVS: Names = new Map([
  [1, 'Area address(es)'],
  [2, 'IS Reachability'],
  [3, 'ES Neighbor(s)'],
  [4, 'Partition DIS'],
  [5, 'Prefix Neighbors'],
  [6, 'IS Neighbor(s)'],
  [7, 'Instance Identifier'],
  [8, 'Padding'],
  [9, 'LSP entries'],
  [10, 'Authentication'],
  [12, 'Checksum'],
  [13, 'Purge Originator Identifier'],
  [14, 'LSP Buffersize'],
  [22, 'Extended IS Reachability'],
  [24, 'IS Alias ID'],
  [42, 'DECnet Phase IV'],
  [66, 'Lucent Proprietary'],
  [128, 'IPv4 Internal Reachability'],
  [129, 'Protocols supported'],
  [130, 'IPv4 External Reachability'],
  [131, 'Inter-Domain Information Type'],
  [132, 'IPv4 Interface address(es)'],
  [133, 'IPv4 authentication (deprecated)'],
  [134, 'Traffic Engineering Router ID'],
  [135, 'Extended IPv4 Reachability'],
  [137, 'Hostname'],
  [138, 'Shared Risk Link Group'],
  [143, 'Multi-Topology-Aware Port Capability'],
  [144, 'Multi-Topology Capability'],
  [176, 'Nortel Proprietary'],
  [177, 'Nortel Proprietary'],
  [211, 'Restart Signaling'],
  [222, 'Multi Topology IS Reachability'],
  [229, 'Multi Topology'],
  [232, 'IPv6 Interface address(es)'],
  [235, 'Multi-Topology IPv4 Reachability'],
  [236, 'IPv6 reachability'],
  [237, 'Multi-Topology IP6 Reachability'],
  [240, 'Point-to-point Adjacency State'],
  [241, 'Hello PDU Sequence Number'],
  [242, 'IS-IS Router Capability'],
  [250, 'Vendor Private'],
]);
const RESTART = [
  [1, 'Restart Request'],
  [2, 'Restart Acknowledgement'],
  [4, 'Suppress adjacency advertisement'],
] as const;
const ADJACENCIES = ['Up', 'Initializing', 'Down'];
const DOMAINS = ['Reserved', 'Routing-Domain Specific', 'AS Number Tag'];
const AUTHENTICATION: Names = new Map([
  [1, 'simple text password'],
  [3, 'Generic Crypto key-id'],
  [54, 'HMAC-MD5 password'],
  [255, 'Routing Domain private password'],
]);
const LINE = '\n\t      ';

/** How a TLV ends: as it should or short of it, which does not show; with the mark, and the packet with it. */
type End = 'next' | 'cut';

/**
 * Prints the TLV whose value lies at `offset`, `size` bytes of the `left` ones of the PDU at `start`. Returns undefined
 * where another may follow, else what printIsis is to answer.
 */
export function printIsisTlv(
  p: Printer,
  type: number,
  offset: number,
  size: number,
  left: number,
  start: number,
  length: number,
): boolean | undefined {
  p.ascii(`\n\t    ${TLVS.get(type) ?? 'unknown'} TLV #${type}, length: ${size}`);
  if (left < size) {
    p.truncated();
    return true;
  }
  // Old routes that were not captured whole end the packet without a mark.
  if (type === 128 || type === 130) return printRoutes(p, offset, size) ? undefined : true;
  if (printValue(p, type, offset, size, start, length) === 'next') return undefined;
  p.truncated();
  return true;
}

function printValue(
  p: Printer,
  type: number,
  offset: number,
  size: number,
  start: number,
  length: number,
): End {
  switch (type) {
    case 1:
      return printAreas(p, offset, size);
    case 2:
      return printNeighbours(p, offset, size);
    case 3:
      return each(p, offset, size, 10, () => {
        p.ascii(`${LINE}ES Neighbor: ${isisId(p, offset + 4, SYSTEM_ID)}`);
        printMetrics(p, offset);
        offset += 10;
      });
    case 4:
      return each(p, offset, size, SYSTEM_ID, (place) => p.ascii(`${LINE}${isisId(p, place, SYSTEM_ID)}`));
    case 5:
      return printPrefixes(p, offset, size);
    case 6:
      return each(p, offset, size, 6, (place) => p.ascii(`${LINE}SNPA: ${isisId(p, place, 6)}`));
    case 7:
      return printInstance(p, offset, size);
    case 8:
      return 'next';
    case 9:
      return printEntries(p, offset, size);
    case 10:
      return printAuthentication(p, offset, size);
    case 12:
      if (size < 2) return 'next';
      if (!p.has(offset, 2)) return 'cut';
      word(p, `${LINE}checksum: 0x`, p.u16(offset), 4);
      p.ascii(' ');
      printOsiChecksum(p, start, p.u16(offset), offset - start, length);
      return 'next';
    case 13:
      return printPurger(p, offset, size);
    case 14:
      if (size >= 2) p.field(`${LINE}LSP Buffersize: `, p.u16(offset));
      return 'next';
    case 22:
    case 24:
      return printReach(p, type, offset, size);
    case 222:
      return printTopology(p, offset, size) ? printReach(p, type, offset + 2, size - 2) : 'cut';
    case 135:
    case 236:
      return printPrefixReach(p, offset, size, type === 236);
    case 235:
    case 237:
      return printTopology(p, offset, size) ? printPrefixReach(p, offset + 2, size - 2, type === 237) : 'cut';
    case 129:
      p.ascii(`${LINE}NLPID(s): `);
      printNlpids(p, offset, size);
      return 'next';
    case 131:
      return printDomain(p, offset, size);
    case 132:
      return each(p, offset, size, 4, (place) => address(p, 'IPv4 interface address: ', place));
    case 134:
      if (size >= 4) address(p, 'Traffic Engineering Router ID: ', offset);
      return 'next';
    case 137:
      p.ascii(`${LINE}Hostname: `);
      printPadded(p, offset, size);
      return 'next';
    case 138:
      return printRiskGroup(p, offset, size);
    case 143:
      if (size >= 2) printPortCapability(p, offset, size);
      return 'next';
    case 144:
      if (size >= 2) printCapability(p, offset, size);
      return 'next';
    case 211:
      return printRestart(p, offset, size);
    case 229:
      for (; size > 0; size -= 2, offset += 2) {
        if (size === 1) {
          p.ascii(`${LINE}invalid MT-ID`);
          return 'next';
        }
        printTopology(p, offset, size);
      }
      return 'next';
    case 232:
      return each(p, offset, size, 16, (place) => {
        p.need(place, 16);
        p.ascii(`${LINE}IPv6 interface address: `);
        p.ipv6(place);
      });
    case 240:
      return printAdjacency(p, offset, size);
    case 241:
      if (size >= 4) p.field(`${LINE}Sequence number: `, p.u32(offset));
      return 'next';
    case 242:
      printRouterCapability(p, offset, size);
      return 'next';
    case 250:
      if (size < 3) return 'next';
      p.ascii(`${LINE}Vendor: ${OUIS.get(p.u24(offset)) ?? 'Unknown'} (${p.u24(offset)})`);
      if (size > 3) p.unknown(offset + 3, '\n\t\t', size - 3);
      return 'next';
  }
  if (p.verbose < 2) p.unknown(offset, '\n\t\t', size);
  return 'next';
}

function word(p: Printer, title: string, value: number, digits: number): void {
  p.ascii(title);
  p.out.hexPadded(value, digits);
}

function address(p: Printer, title: string, offset: number): void {
  p.need(offset, 4);
  p.ascii(`${LINE}${title}`);
  p.ipv4(offset);
}

/** Items of `item` bytes one after the other. */
function each(p: Printer, offset: number, size: number, item: number, print: (offset: number) => void): End {
  for (; size >= item; size -= item, offset += item) {
    if (!p.has(offset, item) && item !== 4 && item !== 16) return 'cut';
    print(offset);
  }
  return 'next';
}

function printEntries(p: Printer, offset: number, size: number): End {
  for (; size >= 16; size -= 16, offset += 16) {
    if (!p.has(offset + 2, LSP_ID)) return 'cut';
    p.ascii(`${LINE}lsp-id: ${isisId(p, offset + 2, LSP_ID)}`);
    word(p, ', seq: 0x', p.u32(offset + 10), 8);
    p.ascii(`, lifetime: ${String(p.u16(offset)).padStart(5)}s`);
    word(p, ', chksum: 0x', p.u16(offset + 14), 4);
  }
  return 'next';
}

function printAreas(p: Printer, offset: number, size: number): End {
  while (size > 0) {
    const area = p.u8(offset++);
    size--;
    if (size < area) return 'next';
    if (area > 0) p.need(offset, area);
    p.ascii(`${LINE}Area address (length: ${area}): `);
    printNsap(p, offset, area);
    offset += area;
    size -= area;
  }
  return 'next';
}

function printNeighbours(p: Printer, offset: number, size: number): End {
  if (size < 1) return 'next';
  const flag = p.u8(offset);
  const name = ['IsNotVirtual', 'IsVirtual'][flag];
  p.ascii(`${LINE}${name ?? `bogus virtual flag 0x${flag.toString(16).padStart(2, '0')}`}`);
  return each(p, offset + 1, size - 1, 11, (place) => {
    p.ascii(`${LINE}IS Neighbor: ${isisId(p, place + 4, NODE_ID)}`);
    printMetrics(p, place);
  });
}

function printPrefixes(p: Printer, offset: number, size: number): End {
  if (size < 4) return 'next';
  if (!p.has(offset, 4)) return 'cut';
  p.ascii(`${LINE}Metric Block`);
  printMetrics(p, offset);
  offset += 4;
  size -= 4;
  while (size > 0) {
    const digits = p.u8(offset++);
    size--;
    if (digits < 2) {
      p.ascii(`\n\t\tAddress: prefix length ${digits} < 2`);
      return 'next';
    }
    const bytes = digits >> 1;
    if (size < bytes) return 'next';
    if (bytes <= 20) p.need(offset, bytes);
    p.ascii('\n\t\tAddress: ');
    printNsap(p, offset, bytes);
    p.field('/', digits * 4);
    offset += bytes;
    size -= bytes;
  }
  return 'next';
}

function printInstance(p: Printer, offset: number, size: number): End {
  if (size < 4) return 'next';
  const count = (size - 2) >> 1;
  p.ascii(`${LINE}Instance ID: ${p.u16(offset)}, ITIDs(${count})${count > 0 ? ':' : ''} `);
  for (let i = 0; i < count; i++) {
    p.decimal(p.u16(offset + 2 + i * 2));
    if (i < count - 1) p.ascii(', ');
  }
  return 'next';
}

function printAuthentication(p: Printer, offset: number, size: number): End {
  if (size < 1) return 'next';
  const type = p.u8(offset++);
  size--;
  const name = AUTHENTICATION.get(type);
  p.ascii(`${LINE}${name ?? `unknown Authentication type 0x${type.toString(16).padStart(2, '0')}`}: `);
  if (type === 1) printPadded(p, offset, size);
  else if (type === 54) {
    p.hexBytes(offset, size);
    if (size !== 16) p.ascii(', (invalid subTLV) ');
    p.ascii(' (unchecked)');
  } else if (type !== 3) p.unknown(offset, '\n\t\t  ', size);
  else if (size >= 2) {
    p.ascii(`${p.u16(offset)}, password: `);
    p.hexBytes(offset + 2, size - 2);
  }
  return 'next';
}

function printPurger(p: Printer, offset: number, size: number): End {
  if (size < 1) return 'next';
  const count = p.u8(offset);
  if (count === 0) {
    p.ascii(' No system IDs supplied');
    return 'next';
  }
  if (size < 1 + SYSTEM_ID) return 'next';
  if (!p.has(offset + 1, SYSTEM_ID)) return 'cut';
  p.ascii(`${LINE}Purge Originator System-ID: ${isisId(p, offset + 1, SYSTEM_ID)}`);
  if (count < 2 || size < 1 + 2 * SYSTEM_ID) return 'next';
  // tcpdump asks for more than it shows.
  if (!p.has(offset + 1 + SYSTEM_ID, 2 * SYSTEM_ID + 1)) return 'cut';
  p.ascii(`${LINE}Received from System-ID: ${isisId(p, offset + 1 + SYSTEM_ID, SYSTEM_ID)}`);
  return 'next';
}

function printReach(p: Printer, type: number, offset: number, size: number): End {
  while (size > 0) {
    const used = printExtendedNeighbour(p, type, offset, size);
    if (used === 0) return 'cut';
    if (!remains(p, size, used)) return 'next';
    offset += used & 0xff;
    size = (size - (used & 0xff)) & 0xff;
  }
  return 'next';
}

function printPrefixReach(p: Printer, offset: number, size: number, six: boolean): End {
  while (size > 0) {
    const used = printExtendedRoute(p, offset, six);
    if (used === 0) return 'cut';
    if (!remains(p, size, used)) return 'next';
    offset += used & 0xff;
    size = (size - (used & 0xff)) & 0xff;
  }
  return 'next';
}

function remains(p: Printer, size: number, used: number): boolean {
  if (size >= used) return true;
  p.ascii(` [remaining tlv length ${size} < ${used}]`);
  p.invalid();
  return false;
}

function printDomain(p: Printer, offset: number, size: number): End {
  if (size < 1) return 'next';
  const type = p.u8(offset);
  const name = DOMAINS[type] ?? `Unknown (0x${type.toString(16).padStart(2, '0')})`;
  p.ascii(`${LINE}Inter-Domain Information Type: ${name}`);
  if (type !== 2) p.unknown(offset + 1, LINE, size - 1);
  else if (size >= 3) p.field('AS Number: ', p.u16(offset + 1));
  return 'next';
}

function printRiskGroup(p: Printer, offset: number, size: number): End {
  if (size < NODE_ID) return 'next';
  if (!p.has(offset, NODE_ID)) return 'cut';
  p.ascii(`${LINE}IS Neighbor: ${isisId(p, offset, NODE_ID)}`);
  if (size < NODE_ID + 1) return 'next';
  p.ascii(`, Flags: [${(p.u8(offset + NODE_ID) & 1) !== 0 ? 'numbered' : 'unnumbered'}]`);
  offset += NODE_ID + 1;
  size -= NODE_ID + 1;
  for (const title of ['IPv4 interface address: ', 'IPv4 neighbor address: ']) {
    if (size < 4) return 'next';
    address(p, title, offset);
    offset += 4;
    size -= 4;
  }
  return each(p, offset, size, 4, (place) => word(p, `${LINE}Link-ID: 0x`, p.u32(place), 8));
}

function printRestart(p: Printer, offset: number, size: number): End {
  if (size < 1) return 'next';
  if (!p.has(offset, 1)) return 'cut';
  p.ascii(`${LINE}Flags [`);
  writeFlags(p, RESTART, 'none', p.u8(offset), ', ');
  p.ascii(']');
  if (size < 3) return 'next';
  if (!p.has(offset + 1, 2)) return 'cut';
  p.ascii(`, Remaining holding time ${p.u16(offset + 1)}s`);
  if (size !== 3 + SYSTEM_ID) return 'next';
  if (!p.has(offset + 3, SYSTEM_ID)) return 'cut';
  p.ascii(`, for ${isisId(p, offset + 3, SYSTEM_ID)}`);
  return 'next';
}

function printAdjacency(p: Printer, offset: number, size: number): End {
  if (size >= 1) {
    const state = p.u8(offset);
    p.ascii(`${LINE}Adjacency State: ${ADJACENCIES[state] ?? 'unknown'} (${state})`);
    size--;
  }
  if (size > 4) {
    word(p, `${LINE}Extended Local circuit-ID: 0x`, p.u32(offset + 1), 8);
    size -= 4;
  }
  if (size >= SYSTEM_ID) {
    if (!p.has(offset + 5, SYSTEM_ID)) return 'cut';
    p.ascii(`${LINE}Neighbor System-ID: ${isisId(p, offset + 5, SYSTEM_ID)}`);
    size -= SYSTEM_ID;
  }
  if (size >= 4) word(p, `${LINE}Neighbor Extended Local circuit-ID: 0x`, p.u32(offset + 11), 8);
  return 'next';
}
