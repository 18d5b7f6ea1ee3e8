// GeoNetworking (ETSI TS 102 636-4-1) and CALM FAST (ISO 29281), which vehicles speak.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const COMMON_LENGTH = 36;
const MULTIHOP_LENGTH = 32;

const NEXT = ['Any', 'BTP-A', 'BTP-B', 'IPv6'];
/** Types of header, and their subtypes where they have any. */
const HEADERS: readonly (string | readonly string[])[] = [
  'Any',
  'Beacon',
  'GeoUnicast',
  ['GeoAnycastCircle', 'GeoAnycastRect', 'GeoAnycastElipse'],
  ['GeoBroadcastCircle', 'GeoBroadcastRect', 'GeoBroadcastElipse'],
  ['TopoScopeBcast-SH', 'TopoScopeBcast-MH'],
  ['LocService-Request', 'LocService-Reply'],
];
const TOPOLOGICAL = 5;
const MESSAGES: Names = new Map([
  [0, 'CAM'],
  [1, 'DENM'],
  [101, 'TPEGM'],
  [102, 'TSPDM'],
  [103, 'VPM'],
  [104, 'SRM'],
  [105, 'SLAM'],
  [106, 'ecoCAM'],
  [107, 'ITM'],
  [150, 'SA'],
]);

export function printGeonet(p: Printer, offset: number, length: number): void {
  p.protocol = 'geonet';
  p.ascii('GeoNet ');
  printSource(p, 'src:');
  p.ascii('; ');
  if (length < COMMON_LENGTH) {
    p.ascii(` (common header length ${length} < ${COMMON_LENGTH})`);
    p.invalid();
    return;
  }
  p.need(offset, 8);
  const first = p.bytes[offset];
  const next = first & 15;
  const type = p.bytes[offset + 1] >> 4;
  const subtype = p.bytes[offset + 1] & 15;
  const header = HEADERS[type] ?? 'Unknown';
  const name = typeof header === 'string' ? header : (header[subtype] ?? 'Unknown');
  p.ascii(`v:${first >> 4} NH:${next}-${NEXT[next] ?? 'Unknown'} HT:${type}-${subtype}-${name} `);
  p.ascii(`HopLim:${p.bytes[offset + 7]} Payload:${p.u16(offset + 4)} `);
  p.need(offset + 8, 8);
  p.ascii('GN_ADDR:');
  p.pairs(offset + 8, 8);
  p.ascii(' ');
  p.field('lat:', p.u32(offset + 20));
  p.ascii(' ');
  p.field('lon:', p.u32(offset + 24));
  p.need(offset, COMMON_LENGTH);
  offset += COMMON_LENGTH;
  length -= COMMON_LENGTH;
  // Only behind these the length of the extended header is known.
  const extended =
    type <= 1 || (type === TOPOLOGICAL && subtype === 0)
      ? 0
      : type === TOPOLOGICAL && subtype === 1
        ? MULTIHOP_LENGTH
        : -1;
  if (extended >= 0) {
    if (length < extended) {
      p.ascii(` (header size ${extended} > ${length})`);
      p.invalid();
      return;
    }
    p.need(offset, extended);
    offset += extended;
    length -= extended;
    if (next === 1 || next === 2) {
      if (length < 4) {
        p.ascii(` (BTP length ${length} < 4)`);
        p.invalid();
        return;
      }
      p.field('; BTP Dst:', p.u16(offset));
      p.field(' Src:', p.u16(offset + 2));
      offset += 4;
      length -= 4;
      if (length >= 2) {
        p.field('; ItsPduHeader v:', p.u8(offset));
        const message = p.u8(offset + 1);
        p.ascii(` t:${message}-${MESSAGES.get(message) ?? `unknown (${message})`}`);
      }
    }
  }
  if (p.verbose > 0) p.dump(offset, length);
}

export function printCalmFast(p: Printer, offset: number, length: number): void {
  p.protocol = 'calm_fast';
  p.ascii('CALM FAST');
  printSource(p, ' src:');
  p.ascii('; ');
  if (length < 2) {
    p.ascii(` (length ${length} < 2)`);
    p.invalid();
    p.need(offset, length);
    return;
  }
  p.field('SrcNwref:', p.u8(offset));
  p.ascii('; ');
  p.field('DstNwref:', p.u8(offset + 1));
  p.ascii('; ');
  if (p.verbose > 0) p.dump(offset + 2, length - 2);
}

function printSource(p: Printer, title: string): void {
  if (p.linkSource < 0) return;
  p.ascii(title);
  p.linkAddress(p.linkSource);
}
