// Communities of BGP: plain (RFC 1997), extended (RFC 4360) and large (RFC 8092).
import { megabits } from '../engine/c-float.ts';
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printAddressed, printNumbered } from '../engine/route-distinguisher.ts';

const PLAIN = 4;
const EXTENDED = 8;

const WELL_KNOWN: Names = new Map([
  [0xffffff01, ' NO_EXPORT'],
  [0xffffff02, ' NO_ADVERTISE'],
  [0xffffff03, ' NO_EXPORT_SUBCONFED'],
]);
const FLAGS = [
  [0x8000, 'vendor-specific'],
  [0x4000, 'non-transitive'],
] as const;
const TYPES: Names = new Map([
  [0x0002, 'target'],
  [0x0102, 'target'],
  [0x0202, 'target'],
  [0x0003, 'origin'],
  [0x0103, 'origin'],
  [0x0203, 'origin'],
  [0x4004, 'link-BW'],
  [0x0005, 'ospf-domain'],
  [0x0105, 'ospf-domain'],
  [0x0205, 'ospf-domain'],
  [0x8005, 'ospf-domain'],
  [0x0306, 'ospf-route-type'],
  [0x8000, 'ospf-route-type'],
  [0x030c, 'encapsulation'],
  [0x0107, 'ospf-router-id'],
  [0x8001, 'ospf-router-id'],
  [0x800a, 'layer2-info'],
  [0x8800, 'eigrp-general-route (flag, tag)'],
  [0x8801, 'eigrp-route-metric (AS, delay)'],
  [0x8802, 'eigrp-route-metric (reliability, nexthop, bandwidth)'],
  [0x8803, 'eigrp-route-metric (load, MTU)'],
  [0x8804, 'eigrp-external-route (remote-AS, remote-ID)'],
  [0x8805, 'eigrp-external-route (remote-proto, remote-metric)'],
  [0x0009, 'source-AS'],
  [0x010b, 'vrf-route-import'],
  [0x000a, 'l2vpn-id'],
  [0xf10a, 'l2vpn-id'],
]);
const OSPF_ROUTES: Names = new Map([
  [1, 'Router'],
  [2, 'Network'],
  [3, 'Summary'],
  [5, 'External'],
  [7, 'NSSA External'],
  [129, 'MPLS-VPN Sham'],
]);
const ENCAPSULATIONS: Names = new Map([
  [1, 'L2TPv3 over IP'],
  [2, 'GRE'],
  [3, 'Transmit Tunnel'],
  [4, 'IPsec'],
  [5, 'IP in IP with IPsec'],
  [6, 'MPLS in IP with IPsec'],
  [7, 'IP in IP'],
  [8, 'VXLAN'],
  [9, 'NVGRE'],
  [10, 'MPLS'],
  [11, 'MPLS in GRE'],
  [12, 'VXLAN GPE'],
  [13, 'MPLS in UDP'],
  [14, 'IPv6'],
  [15, 'SR TE'],
  [16, 'Bare'],
  [17, 'SR'],
]);
const LAYER2: Names = new Map([
  [0, 'Reserved'],
  [1, 'Frame Relay'],
  [2, 'ATM AAL5 SDU VCC transport'],
  [3, 'ATM transparent cell transport'],
  [4, 'Ethernet (VLAN) Tagged Mode'],
  [5, 'Ethernet Raw Mode'],
  [6, 'Cisco HDLC'],
  [7, 'PPP'],
  [8, 'SONET/SDH Circuit Emulation Service over MPLS'],
  [9, 'ATM n-to-one VCC cell transport'],
  [10, 'ATM n-to-one VPC cell transport'],
  [11, 'IP layer 2 transport'],
  [15, 'Frame Relay Port mode'],
  [17, 'Structure-agnostic E1 over packet'],
  [18, 'Structure-agnostic T1 (DS1) over packet'],
  [19, 'VPLS'],
  [20, 'Structure-agnostic T3 (DS3) over packet'],
  [21, 'Nx64kbit/s Basic Service using Structure-aware'],
  [25, 'Frame Relay DLCI'],
  [40, 'Structure-agnostic E3 over packet'],
  [41, 'Octet-aligned playload for Structure-agnostic DS1 circuits'],
  [42, 'E1 Nx64kbit/s with CAS using Structure-aware'],
  [43, 'DS1 (ESF) Nx64kbit/s with CAS using Structure-aware'],
  [44, 'DS1 (SF) Nx64kbit/s with CAS using Structure-aware'],
]);

/** Prints communities of `unit` bytes each, which fill the attribute. Returns false where one was not captured. */
export function printCommunities(p: Printer, unit: number, offset: number, length: number): boolean {
  if (unit === 12) p.ascii('\n\t    ');
  for (let i = 0; i < length; i += unit) {
    const last = i + unit === length;
    if (unit === EXTENDED) {
      if (!printExtended(p, offset + i)) return false;
    } else if (unit === PLAIN) {
      if (!p.has(offset + i, unit)) return false;
      printPlain(p, offset + i, last);
    } else {
      p.check(offset + i, unit);
      p.ascii(`${p.u32(offset + i)}:${p.u32(offset + i + 4)}:${p.u32(offset + i + 8)}${last ? '' : ', '}`);
    }
  }
  return true;
}

function printPlain(p: Printer, offset: number, last: boolean): void {
  const known = WELL_KNOWN.get(p.u32(offset));
  if (known !== undefined) {
    p.ascii(known);
    return;
  }
  p.decimal(p.u16(offset));
  p.field(':', p.u16(offset + 2));
  if (!last) p.ascii(', ');
}

function printExtended(p: Printer, offset: number): boolean {
  if (!p.has(offset, 2)) return false;
  const type = p.u16(offset);
  p.ascii(`\n\t    ${TYPES.get(type) ?? 'unknown extd community typecode'} (0x`);
  p.out.hexPadded(type, 4);
  p.ascii('), Flags [');
  writeFlags(p, FLAGS, 'none', type, ', ');
  p.ascii(']');
  if (!p.has(offset, EXTENDED)) return false;
  p.ascii(': ');
  switch (type) {
    case 0x0002:
    case 0x0003:
    case 0x000a:
      printNumbered(p, offset + 2);
      break;
    case 0x0102:
    case 0x0103:
    case 0xf10a:
    case 0x010b:
      printAddressed(p, offset + 2);
      break;
    case 0x0202:
    case 0x0203:
      p.decimal(p.u32(offset + 2));
      p.field(':', p.u16(offset + 6));
      break;
    case 0x4004:
      p.ascii(`bandwidth: ${megabits(p, offset + 4)} Mbps`);
      break;
    case 0x0005:
    case 0x0105:
    case 0x0205:
    case 0x8005:
    case 0x0107:
    case 0x8001:
      p.ipv4(offset + 2);
      break;
    case 0x0306:
    case 0x8000: {
      const route = p.u8(offset + 6);
      p.ascii('area:');
      p.ipv4(offset + 2);
      p.ascii(
        `, router-type:${OSPF_ROUTES.get(route) ?? `unknown (0x${route.toString(16).padStart(2, '0')})`}`,
      );
      p.ascii(
        `, metric-type:${(p.u8(offset + 7) & 1) !== 0 ? 'E2' : ''}${route === 5 || route === 7 ? 'E1' : ''}`,
      );
      break;
    }
    case 0x800a:
      p.ascii(`${LAYER2.get(p.u8(offset + 2)) ?? 'unknown encaps'} Control Flags [0x`);
      p.out.hexPadded(p.u8(offset + 3), 2);
      p.field(']:MTU ', p.u16(offset + 4));
      break;
    case 0x0009:
      p.field('AS ', p.u16(offset + 2));
      break;
    case 0x030c:
      p.ascii(`Tunnel type: ${ENCAPSULATIONS.get(p.u16(offset + 6)) ?? 'unknown encaps'}`);
      break;
    default:
      p.hexBytes(offset + 2, 6);
  }
  return true;
}
