// sFlow version 5 (sflow.org): samples of flows and of counters.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

/** With an IPv4 address of the agent; an IPv6 address takes 12 bytes more. */
const HEADER_LENGTH = 28;
const FORMATS: Names = new Map([
  [1, 'flow sample'],
  [2, 'counter sample'],
  [3, 'expanded flow sample'],
  [4, 'expanded counter sample'],
]);
const FLOWS: Names = new Map([
  [1, 'Raw packet'],
  [2, 'Ethernet frame'],
  [3, 'IPv4 Data'],
  [4, 'IPv6 Data'],
  [1001, 'Extended Switch data'],
  [1002, 'Extended Router data'],
  [1003, 'Extended Gateway data'],
  [1004, 'Extended User data'],
  [1005, 'Extended URL data'],
  [1006, 'Extended MPLS data'],
  [1007, 'Extended NAT data'],
  [1008, 'Extended MPLS tunnel'],
  [1009, 'Extended MPLS VC'],
  [1010, 'Extended MPLS FEC'],
  [1011, 'Extended MPLS LVP FEC'],
  [1012, 'Extended VLAN Tunnel'],
]);
const COUNTERS: Names = new Map([
  [1, 'Generic counter'],
  [2, 'Ethernet counter'],
  [3, 'Token ring counter'],
  [4, '100 BaseVG counter'],
  [5, 'Vlan counter'],
  [1001, 'Processor counter'],
]);
const HEADERS: Names = new Map([
  [1, 'Ethernet'],
  [11, 'IPv4'],
  [12, 'IPv6'],
]);
const DIRECTIONS = ['unknown', 'full-duplex', 'half-duplex', 'in', 'out'];

/**
 * Layouts of records: each `#` is the next number of 32 bits, each `##` one of 64 bits, and each `~` 32 bits that are
 * not shown.
 */
const INDENT = '\n\t      ';
const RAW_PACKET = ' (#), length #, stripped bytes #, header_size #';
const FRAME = `${INDENT}frame len #~~~~, type #`;
const SWITCH = `${INDENT}src vlan #, src pri #, dst vlan #, dst pri #`;
const FLOW_SAMPLE = ', rate #, pool #, drops #, input # output # records #';
const EXPANDED_FLOW_SAMPLE = ' seqnum #, type #, idx #, rate #, pool #, drops #, ~~~~records #';
const EXPANDED_COUNTER_SAMPLE = ' seqnum #, type #, idx #, records #';
const GENERIC_START = `${INDENT}ifindex #, iftype #, ifspeed ##, ifdirection #`;
const GENERIC_REST =
  `${INDENT}In octets ##, unicast pkts #, multicast pkts #, broadcast pkts #, discards #` +
  `${INDENT}In errors #, unknown protos #` +
  `${INDENT}Out octets ##, unicast pkts #, multicast pkts #, broadcast pkts #, discards #` +
  `${INDENT}Out errors #, promisc mode #`;
const COUNTER_LAYOUTS: ReadonlyMap<number, string> = new Map([
  [
    2,
    `${INDENT}align errors #, fcs errors #, single collision #, multiple collision #, test error #` +
      `${INDENT}deferred #, late collision #, excessive collision #, mac trans error #` +
      `${INDENT}carrier error #, frames too long #, mac receive errors #, symbol errors #`,
  ],
  [
    4,
    `${INDENT}in high prio frames #, in high prio octets ##` +
      `${INDENT}in norm prio frames #, in norm prio octets ##` +
      `${INDENT}in ipm errors #, oversized #, in data errors #, null addressed frames #` +
      `${INDENT}out high prio frames #, out high prio octets ##, trans into frames #` +
      `${INDENT}in hc high prio octets ##, in hc norm prio octets ##, out hc high prio octets ##`,
  ],
  [5, `${INDENT}vlan_id #, octets ##, unicast_pkt #, multicast_pkt #, broadcast_pkt #, discards #`],
  [1001, `${INDENT}5sec #, 1min #, 5min #, total_mem ##, total_mem ##`],
]);
const GENERIC = 1;
const GENERIC_LENGTH = 88;
const TOKEN_RING = 3;

/** Writes a layout whose numbers begin at `offset`, if `length` bytes hold it and it was captured. */
function layout(p: Printer, offset: number, length: number, text: string): boolean {
  const pieces = text.split(/(##|#|~)/);
  const size = pieces.reduce((sum, piece) => sum + (piece === '##' ? 8 : /^[#~]$/.test(piece) ? 4 : 0), 0);
  if (length < size) return false;
  for (const piece of pieces) {
    if (piece === '##') {
      p.ascii(String(p.u64(offset)));
      offset += 8;
    } else if (piece === '#' || piece === '~') {
      if (piece === '#') p.decimal(p.u32(offset));
      offset += 4;
    } else p.ascii(piece);
  }
  return true;
}

export function printSflow(p: Printer, offset: number, length: number): void {
  p.protocol = 'sflow';
  const family = p.u32(offset + 4);
  const header = family === 1 ? HEADER_LENGTH : HEADER_LENGTH + 12;
  const version = p.u32(offset);
  if (length < header && (family === 1 || family === 2)) {
    p.field('sFlowv', version);
    p.ascii(` [length ${length} < ${HEADER_LENGTH}]`);
    p.invalid();
    return;
  }
  p.need(offset, HEADER_LENGTH);
  if (version !== 5) {
    p.ascii(`sFlow version ${version} packet not supported`);
    return;
  }
  const details = offset + header - 16;
  p.need(details, p.verbose > 0 ? 16 : 4);
  p.ascii(`sFlowv5, ${family === 1 ? 'IPv4' : 'IPv6'} agent `);
  if (family === 1) p.ipv4(offset + 8);
  else p.ipv6(offset + 8);
  p.field(', agent-id ', p.u32(details));
  if (p.verbose === 0) {
    p.field(', length ', length);
    return;
  }
  const samples = p.u32(details + 12);
  p.ascii(`, seqnum ${p.u32(details + 4)}, uptime ${p.u32(details + 8)}, samples ${samples}`);
  p.field(', length ', length);
  printSamples(p, offset + header, length - header, samples);
}

function printSamples(p: Printer, offset: number, rest: number, samples: number): void {
  for (; samples > 0 && rest > 0; samples--) {
    p.need(offset, 8);
    const type = p.u32(offset) & 0xfff;
    const size = p.u32(offset + 4);
    if (rest < 8) {
      invalid(p, offset, rest);
      return;
    }
    offset += 8;
    rest -= 8;
    p.ascii(`\n\t${FORMATS.get(type) ?? 'Unknown'} (${type}), length ${size},`);
    if (type === 0 || size === 0) return;
    if (rest >= size) p.need(offset, size);
    if (rest < size || !printSample(p, type, offset, rest, size)) {
      invalid(p, offset, rest);
      return;
    }
    offset += size;
    rest -= size;
  }
}

function invalid(p: Printer, offset: number, length: number): void {
  p.invalid();
  p.need(offset, length);
}

function printSample(p: Printer, type: number, offset: number, rest: number, size: number): boolean {
  switch (type) {
    case 1:
      if (rest < 32) return false;
      p.ascii(` seqnum ${p.u32(offset)}, type ${p.u8(offset + 4)}, idx ${p.u24(offset + 5)}`);
      return (
        layout(p, offset + 8, rest, FLOW_SAMPLE) && printFlows(p, offset + 32, rest - 32, p.u32(offset + 28))
      );
    case 2:
      if (rest < 12) return false;
      p.ascii(` seqnum ${p.u32(offset)}, type ${p.u8(offset + 4)}, idx ${p.u24(offset + 5)}`);
      p.field(', records ', p.u32(offset + 8));
      return printCounters(p, offset + 12, rest - 12, p.u32(offset + 8));
    case 3:
      return (
        layout(p, offset, rest, EXPANDED_FLOW_SAMPLE) &&
        printFlows(p, offset + 44, rest - 44, p.u32(offset + 40))
      );
    case 4:
      return (
        layout(p, offset, rest, EXPANDED_COUNTER_SAMPLE) &&
        printCounters(p, offset + 16, rest - 16, p.u32(offset + 12))
      );
  }
  if (p.verbose < 2) p.unknown(offset, '\n\t    ', size);
  return true;
}

function printFlows(p: Printer, offset: number, rest: number, records: number): boolean {
  for (; records > 0; records--) {
    if (rest < 8) return false;
    const format = p.u32(offset);
    const enterprise = format >>> 12;
    const type = format & 0xfff;
    const size = p.u32(offset + 4);
    const name = enterprise === 0 ? FLOWS.get(type) : undefined;
    p.ascii(`\n\t    enterprise ${enterprise} ${name ?? 'Unknown'} (${type}) length ${size}`);
    offset += 8;
    rest -= 8;
    if (rest < size) return false;
    if (enterprise === 0) {
      if (type === 1) {
        if (rest < 16) return false;
        p.ascii(`${INDENT}protocol ${HEADERS.get(p.u32(offset)) ?? 'Unknown'}`);
        layout(p, offset, rest, RAW_PACKET);
      } else if (type === 2) {
        if (!layout(p, offset, rest, FRAME)) return false;
      } else if (type === 1001) {
        if (!layout(p, offset, rest, SWITCH)) return false;
      } else if (name === undefined && p.verbose < 2) p.unknown(offset, '\n\t\t', size);
    }
    offset += size;
    rest -= size;
  }
  return true;
}

function printCounters(p: Printer, offset: number, rest: number, records: number): boolean {
  for (; records > 0; records--) {
    if (rest < 8) return false;
    const format = p.u32(offset);
    const enterprise = format >>> 20;
    const type = format & 0xfff;
    const size = p.u32(offset + 4);
    const name = enterprise === 0 ? COUNTERS.get(type) : undefined;
    p.ascii(`\n\t    enterprise ${enterprise}, ${name ?? 'Unknown'} (${type}) length ${size}`);
    offset += 8;
    rest -= 8;
    if (rest < size) return false;
    if (enterprise === 0 && !printCounter(p, type, offset, rest, size)) return false;
    offset += size;
    rest -= size;
  }
  return true;
}

function printCounter(p: Printer, type: number, offset: number, rest: number, size: number): boolean {
  if (type === TOKEN_RING) return true;
  if (type === GENERIC) {
    if (rest < GENERIC_LENGTH) return false;
    layout(p, offset, rest, GENERIC_START);
    p.ascii(` (${DIRECTIONS[p.u32(offset + 16)] ?? 'Unknown'})`);
    const status = p.u32(offset + 20);
    const state = (bit: number) => ((status >>> bit) & 1 ? 'up' : 'down');
    p.ascii(`${INDENT}ifstatus ${status}, adminstatus: ${state(0)}, operstatus: ${state(1)}`);
    return layout(p, offset + 24, rest, GENERIC_REST);
  }
  const known = COUNTER_LAYOUTS.get(type);
  if (known !== undefined) return layout(p, offset, rest, known);
  if (p.verbose < 2) p.unknown(offset, '\n\t\t', size);
  return true;
}
