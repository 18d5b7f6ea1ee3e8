// IEEE 802.2 logical link control, and SNAP (RFC 1042).
import * as ethertype from '../../wire/registry/ethertypes.ts';
import {
  APPLETALK,
  CISCO,
  CISCO_90,
  ENCAPSULATED_ETHERNET,
  IEEE_8021,
  OUIS,
} from '../../wire/registry/oui.ts';
import type { NameLookup, Names } from '../engine/names.ts';
import type { Dissector, Printer } from '../engine/printer.ts';

const GLOBAL = 0xff;
const SNAP = 0xaa;
const SPANNING_TREE = 0x42;
const UNNUMBERED_INFORMATION = 3;

const COMMANDS: Names = new Map([
  [0x03, 'ui'],
  [0xe3, 'test'],
  [0xaf, 'xid'],
  [0x63, 'ua'],
  [0x43, 'disc'],
  [0x0f, 'dm'],
  [0x6f, 'sabme'],
  [0x87, 'frmr'],
]);
const SUPERVISORY = ['Receiver Ready', 'Receiver not Ready', 'Reject', '?'];

/** Frames and spanning tree, as RFC 2684 bridges them. */
const FRAME_WITH_SUM = 0x0001;
const FRAME = 0x0007;
const FDDI_WITH_SUM = 0x0004;
const FDDI = 0x000a;
const TOKEN_RING_WITH_SUM = 0x0003;
const TOKEN_RING = 0x0009;
const BPDU = 0x000e;
/** Bytes of padding before a bridged frame on Ethernet. */
const BRIDGE_PADDING = 2;
const BRIDGED: Names = new Map([
  [FRAME_WITH_SUM, 'Ethernet + FCS'],
  [FRAME, 'Ethernet w/o FCS'],
  [0x0002, '802.4 + FCS'],
  [0x0008, '802.4 w/o FCS'],
  [TOKEN_RING_WITH_SUM, 'Token Ring + FCS'],
  [TOKEN_RING, 'Token Ring w/o FCS'],
  [FDDI_WITH_SUM, 'FDDI + FCS'],
  [FDDI, 'FDDI w/o FCS'],
  [0x0005, '802.6 + FCS'],
  [0x000b, '802.6 w/o FCS'],
  [BPDU, 'BPDU'],
]);

/**
 * Prints an LLC header and what it carries, with a dump of what has no printer. Returns the bytes of header, negative
 * where there was no printer.
 */
export function printLlc(p: Printer, offset: number, length: number): number {
  p.protocol = 'llc';
  const captured = p.available(offset);
  if (captured < 3 || length < 3) return cutShort(p, offset, captured, length);
  const dsapField = p.bytes[offset];
  const ssapField = p.bytes[offset + 1];
  let control = p.bytes[offset + 2];
  const unnumbered = (control & 3) === 3;
  const header = unnumbered ? 3 : 4;
  if (!unnumbered) {
    if (captured < 4 || length < 4) return cutShort(p, offset, captured, length);
    control |= p.bytes[offset + 3] << 8;
  }
  if (ssapField === GLOBAL && dsapField === GLOBAL) {
    // Novell's frames have no such header: they begin with IPX's checksum, which is never computed.
    if (p.link) p.ascii('IPX 802.3: ');
    p.payload.ipx(p, offset, length);
    return 0;
  }
  const dsap = dsapField & ~1;
  const ssap = ssapField & ~1;
  if (p.link) {
    p.ascii('LLC, dsap ');
    sap(p, dsap);
    p.ascii((dsapField & 1) !== 0 ? ' Group, ssap ' : ' Individual, ssap ');
    sap(p, ssap);
    p.ascii((ssapField & 1) !== 0 ? ' Response, ctrl 0x' : ' Command, ctrl 0x');
    p.out.hexPadded(control, unnumbered ? 2 : 4);
    p.ascii(': ');
  }
  const payload = offset + header;
  const rest = length - header;
  if (ssap === SNAP && dsap === SNAP && control === UNNUMBERED_INFORMATION) {
    if (printSnap(p, payload, rest, BRIDGE_PADDING)) return header + 5;
    p.dumpUnknown(offset);
    return -(header + 5);
  }
  if (ssap === dsap && control === UNNUMBERED_INFORMATION && p.payload.saps.print(p, ssap, payload, rest)) {
    return header;
  }
  if (!p.link) printStations(p, ssap, dsap);
  if (unnumbered) {
    printUnnumbered(p, control, ssapField, length);
    if ((control & ~0x10) === 0xaf && xid(p, payload, rest)) return header;
  } else {
    printNumbered(p, control, ssapField, length);
    // A supervisory frame carries nothing.
    if (control & 1) return header;
  }
  p.dumpUnknown(offset);
  return -header;
}

/** A header that ends too early: its bytes. */
function cutShort(p: Printer, offset: number, captured: number, length: number): number {
  p.truncated();
  p.dump(offset, captured);
  return Math.min(captured, length);
}

/** Without -e: the addresses and service access points of a frame that has no printer. */
function printStations(p: Printer, ssap: number, dsap: number): void {
  const { linkSource: source, linkDestination: destination } = p;
  if (source >= 0) {
    p.mac(source);
    p.ascii(' ');
  }
  if (ssap !== dsap) {
    unknownSap(p, 'SSAP', ssap);
    p.ascii(' ');
  }
  if (source >= 0 || ssap !== dsap) p.ascii('> ');
  if (source >= 0) {
    p.mac(destination);
    p.ascii(' ');
  }
  unknownSap(p, 'DSAP', dsap);
  p.ascii(' ');
}

function printUnnumbered(p: Printer, control: number, ssapField: number, length: number): void {
  p.ascii('Unnumbered, ');
  const command = control & 0xef;
  const name = COMMANDS.get(command);
  if (name === undefined) p.out.hexPadded(command, 2);
  else p.ascii(name);
  printFlags(p, ssapField, (control & 0x10) !== 0);
  p.field(', length ', length);
}

/** Supervisory and information frames. */
function printNumbered(p: Printer, control: number, ssapField: number, length: number): void {
  if (control & 1) p.ascii(`Supervisory, ${SUPERVISORY[(control >> 2) & 3]}`);
  else p.field('Information, send seq ', (control >> 1) & 0x7f);
  p.field(', rcv seq ', (control >> 9) & 0x7f);
  printFlags(p, ssapField, (control & 0x100) !== 0);
  p.field(', length ', length);
}

/** Exchange of identification: its two bytes of classes. Returns true where nothing is left to dump. */
function xid(p: Printer, offset: number, rest: number): boolean {
  if (rest === 0) return true;
  if (!p.has(offset, 1)) {
    p.truncated();
    return true;
  }
  if (p.bytes[offset] !== 0x81) return false;
  if (!p.has(offset, 3) || rest < 3) {
    p.truncated();
    p.dump(offset, p.available(offset));
    return true;
  }
  p.ascii(': ');
  p.out.hexPadded(p.bytes[offset + 1], 2);
  p.ascii(' ');
  p.out.hexPadded(p.bytes[offset + 2], 2);
  return true;
}

function printFlags(p: Printer, ssapField: number, poll: boolean): void {
  const response = (ssapField & 1) !== 0;
  p.ascii(', Flags [');
  p.ascii(poll ? (response ? 'Final' : 'Poll') : response ? 'Response' : 'Command');
  p.ascii(']');
}

function sap(p: Printer, value: number): void {
  p.ascii(p.payload.saps.get(value) ?? 'Unknown');
  p.ascii(' (0x');
  p.out.hexPadded(value, 2);
  p.ascii(')');
}

function unknownSap(p: Printer, which: string, value: number): void {
  const name = p.payload.saps.get(value);
  if (name !== undefined) p.ascii(name);
  else {
    p.ascii(`Unknown ${which} 0x`);
    p.out.hexPadded(value, 2);
  }
}

/**
 * The SNAP header and what it carries; before a bridged frame lie bytes of padding. Returns false where there is no
 * printer for that.
 */
export function printSnap(p: Printer, offset: number, length: number, padding: number): boolean {
  p.protocol = 'snap';
  const { linkSource: source, linkDestination: destination } = p;
  if (!p.has(offset, 5) || length < 5) {
    p.truncated();
    return true;
  }
  const organisation = p.u24(offset);
  const type = p.u16(offset + 3);
  if (p.link) {
    writeOrganisation(p, organisation, type, organisation === ENCAPSULATED_ETHERNET ? 'ethertype' : 'pid');
    writeLength(p, length - 5);
  }
  if (printSnapPayload(p, organisation, type, offset + 5, length - 5, padding)) return true;
  if (!p.link) {
    if (source >= 0) {
      p.mac(source);
      p.ascii(' > ');
      p.mac(destination);
      p.ascii(' ');
    }
    p.ascii('SNAP, ');
    if (organisation === ENCAPSULATED_ETHERNET) {
      p.ascii('ethertype ');
      writeType(p, p.payload.etherTypes, type);
    } else writeOrganisation(p, organisation, type, 'pid');
    writeLength(p, length - 5);
  }
  return false;
}

function writeOrganisation(p: Printer, organisation: number, type: number, kind: string): void {
  p.ascii('oui ');
  p.ascii(OUIS.get(organisation) ?? 'Unknown');
  p.ascii(' (0x');
  p.out.hexPadded(organisation, 6);
  p.ascii('), ');
  p.ascii(kind);
  p.ascii(' ');
  writeType(p, typesOf(p, organisation), type);
}

/** The names of the types an organisation gives out. */
function typesOf(p: Printer, organisation: number): NameLookup | undefined {
  switch (organisation) {
    case CISCO:
      return p.payload.ciscoProtocols;
    case IEEE_8021:
      return BRIDGED;
    case ENCAPSULATED_ETHERNET:
    case CISCO_90:
    case APPLETALK:
      return p.payload.etherTypes;
  }
}

function writeType(p: Printer, names: NameLookup | undefined, type: number): void {
  p.ascii(names?.get(type) ?? 'Unknown');
  p.ascii(' (0x');
  p.out.hexPadded(type, 4);
  p.ascii(')');
}

function writeLength(p: Printer, length: number): void {
  p.field(', length ', length);
  p.ascii(': ');
}

function printSnapPayload(
  p: Printer,
  organisation: number,
  type: number,
  offset: number,
  length: number,
  padding: number,
): boolean {
  switch (organisation) {
    case ENCAPSULATED_ETHERNET:
    case CISCO_90:
      return p.payload.etherTypes.print(p, type, offset, length);
    case CISCO:
      return p.payload.ciscoProtocols.print(p, type, offset, length);
    case APPLETALK:
      return type === ethertype.APPLETALK && p.payload.etherTypes.print(p, type, offset, length);
    case IEEE_8021:
      return printBridged(p, type, offset, length, padding);
  }
  return false;
}

/** A frame as RFC 2684 bridges it; FDDI's has one byte of padding more. */
function printBridged(p: Printer, type: number, offset: number, length: number, padding: number): boolean {
  if (type === BPDU) {
    return p.payload.saps.print(p, SPANNING_TREE, offset, length);
  }
  const skipped = type === FDDI_WITH_SUM || type === FDDI ? padding + 1 : padding;
  const { ethernet, fddi, tokenRing } = p.payload;
  let print: Dissector;
  switch (type) {
    case FRAME_WITH_SUM:
    case FRAME:
      print = ethernet;
      break;
    case TOKEN_RING_WITH_SUM:
    case TOKEN_RING:
      print = tokenRing;
      break;
    case FDDI_WITH_SUM:
    case FDDI:
      print = fddi;
      break;
    default:
      return false;
  }
  if (p.has(offset, skipped)) print(p, offset + skipped, length - skipped);
  else p.truncated();
  return true;
}
