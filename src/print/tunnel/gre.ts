// Generic routing encapsulation (RFC 2784, RFC 2890; version 1: RFC 2637).
import {
  ACKNOWLEDGMENT,
  CHECKSUM,
  GreFields,
  KEY,
  LEAST,
  PROTOCOL,
  ROUTE_HEADER,
  ROUTE_LENGTH,
  ROUTE_OFFSET,
  ROUTING,
  SEQUENCE,
  VERSION,
} from '../../wire/gre.ts';
import * as ethertype from '../../wire/registry/ethertypes.ts';
import { type Printer, TRUNCATED, writeFlags } from '../engine/printer.ts';

const FLAGS = [
  [CHECKSUM, 'checksum present'],
  [ROUTING, 'routing present'],
  [KEY, 'key present'],
  [SEQUENCE, 'sequence# present'],
  [0x0800, 'source routing present'],
  [ACKNOWLEDGMENT, 'ack present'],
] as const;
/** Family of source route entries that hold numbers of autonomous systems. */
const AUTONOMOUS_SYSTEMS = 0xfffe;

export function printGre(p: Printer, offset: number, length: number): void {
  p.protocol = 'gre';
  if (!p.has(offset, 2)) {
    p.truncated();
    return;
  }
  const flags = p.view.getUint16(offset);
  const version = flags & VERSION;
  p.field('GREv', version);
  if (version > 1) {
    p.ascii(' ERROR: unknown-version');
    return;
  }
  if (p.verbose > 0) {
    p.ascii(', Flags [');
    writeFlags(p, FLAGS, 'none', flags, ', ');
    p.ascii(']');
  }
  // A header cut short ends the line, but not the packet that carries it.
  let payload = -1;
  try {
    payload = version === 0 ? printFields(p, offset, flags) : printFields1(p, offset, flags);
  } catch (error) {
    if (error !== TRUNCATED) throw error;
  }
  if (payload < 0) {
    p.truncated();
    return;
  }
  const protocol = p.view.getUint16(offset + PROTOCOL);
  if (p.link) {
    p.ascii(', proto ');
    p.ascii(p.payload.etherTypes.get(protocol) ?? 'unknown');
    p.ascii(' (0x');
    p.out.hexPadded(protocol, 4);
    p.ascii(')');
  }
  p.field(', length ', length >>> 0);
  if (version === 1 && (flags & SEQUENCE) === 0) return;
  p.ascii(p.verbose < 1 ? ': ' : '\n\t');
  printPayload(p, version, protocol, payload, length - (payload - offset));
}

function printPayload(p: Printer, version: number, protocol: number, offset: number, length: number): void {
  if (version === 1) {
    if (protocol === ethertype.PPP) p.payload.ppp(p, offset, length);
    else p.hexField('gre-proto-0x', protocol);
    return;
  }
  if (!p.payload.grePayloads.print(p, protocol, offset, length)) p.hexField('gre-proto-0x', protocol);
}

const fields = new GreFields();

/** The optional fields. Returns where they end, or -1 where they cannot be read. */
function printFields(p: Printer, offset: number, flags: number): number {
  p.need(offset, LEAST);
  fields.place(flags, offset);
  const { checksum, key, sequence, end } = fields;
  if (checksum >= 0) {
    if (p.verbose > 0) p.hexField(', sum 0x', p.u16(checksum));
    p.hexField(', off 0x', p.u16(checksum + 2));
  }
  if (key >= 0) p.hexField(', key=0x', p.u32(key));
  if (sequence >= 0) p.field(', seq ', p.u32(sequence));
  return (flags & ROUTING) === 0 ? end : printRoutes(p, end);
}

/** Those of PPTP's GRE, which has no checksum: a key made of a payload length and a call, and acknowledgments. */
function printFields1(p: Printer, offset: number, flags: number): number {
  p.need(offset, LEAST);
  fields.place(flags & ~(CHECKSUM | ROUTING), offset);
  const { key, sequence, acknowledgment, end } = fields;
  if (key >= 0) p.field(', call ', p.u32(key) & 0xffff);
  if (sequence >= 0) p.field(', seq ', p.u32(sequence));
  if (acknowledgment >= 0) p.field(', ack ', p.u32(acknowledgment));
  if (sequence < 0) p.ascii(', no-payload');
  return end;
}

/** Source route entries (RFC 1701). Returns where they end, or -1 where they cannot be read. */
function printRoutes(p: Printer, offset: number): number {
  for (;;) {
    p.need(offset, ROUTE_HEADER);
    const family = p.u16(offset);
    const current = p.u8(offset + ROUTE_OFFSET);
    const length = p.u8(offset + ROUTE_LENGTH);
    offset += ROUTE_HEADER;
    if (family === 0 && length === 0) return offset;
    if (family === ethertype.IPV4 || family === AUTONOMOUS_SYSTEMS) {
      const size = family === ethertype.IPV4 ? 4 : 2;
      p.ascii(size === 4 ? ', (rtaf=ip' : ', (rtaf=asn');
      const whole = printRoute(p, offset, current, length, size);
      p.ascii(')');
      if (!whole) return -1;
    } else {
      p.hexField(', (rtaf=0x', family);
      p.ascii(')');
    }
    offset += length;
  }
}

/** Returns false where the captured bytes end in it; an entry that makes no sense is skipped. */
function printRoute(p: Printer, offset: number, current: number, length: number, size: number): boolean {
  if (current % size !== 0) p.field(', badoffset=', current);
  else if (length % size !== 0) p.field(', badlength=', length);
  else if (current >= length) {
    p.field(', badoff/len=', current);
    p.field('/', length);
  } else {
    for (let i = 0; i < length; i += size) {
      if (!p.has(offset + i, size)) return false;
      p.ascii(i === current ? ' *' : ' ');
      if (size === 4) p.ipv4(offset + i);
      else p.out.hex(p.u16(offset + i));
    }
  }
  return true;
}
