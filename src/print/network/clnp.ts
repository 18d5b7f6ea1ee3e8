// The connectionless network protocol (ISO 8473-1).
import type { Names } from '../engine/names.ts';
import { printNsap, printOsiChecksum } from '../engine/osi-checksum.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';

const HEADER_LENGTH = 9;
const CLNP = 0x81;
/** So many PDUs inside another are shown. */
const DEEPEST = 100;
const ERROR_REPORT = 1;
const ECHO_RESPONSE = 31;
const TYPES: Names = new Map([
  [ERROR_REPORT, 'Error Report'],
  [29, 'MD'],
  [28, 'Data'],
  [30, 'Echo Request'],
  [ECHO_RESPONSE, 'Echo Response'],
]);
const SEGMENTED = 0x80;
const FLAGS = [
  [SEGMENTED, 'Segmentation permitted'],
  [0x40, 'more Segments'],
  [0x20, 'request Error Report'],
] as const;
const DISCARD = 193;
const QUALITY = 195;
const SECURITY = 197;
const SOURCE_ROUTE = 200;
const RECORD_ROUTE = 203;
const PADDING = 204;
const PRIORITY = 205;
const OPTIONS: Names = new Map([
  [DISCARD, 'Discard Reason'],
  [PRIORITY, 'Priority'],
  [QUALITY, 'QoS Maintenance'],
  [SECURITY, 'Security'],
  [SOURCE_ROUTE, 'Source Routing'],
  [RECORD_ROUTE, 'Route Recording'],
  [PADDING, 'Padding'],
]);
/** Bytes that each of those that are shown has at least. */
const SHORTEST: ReadonlyMap<number, number> = new Map([
  [DISCARD, 1],
  [QUALITY, 1],
  [PRIORITY, 1],
  [SECURITY, 2],
  [SOURCE_ROUTE, 2],
  [RECORD_ROUTE, 2],
]);
const SCOPES = ['Reserved', 'Source Address Specific', 'Destination Address Specific', 'Globally unique'];
const QUALITIES = [
  [0x20, 'reserved'],
  [0x10, 'sequencing vs. delay'],
  [0x08, 'congested'],
  [0x04, 'delay vs. cost'],
  [0x02, 'error vs. delay'],
  [0x01, 'error vs. cost'],
] as const;
/** Classes of reasons, and the reasons. */
const REASONS: ReadonlyMap<number, readonly [name: string, reasons: readonly string[]]> = new Map([
  [
    0,
    [
      'General',
      [
        'Reason not specified',
        'Protocol procedure error',
        'Incorrect checksum',
        'PDU discarded due to congestion',
        'Header syntax error (cannot be parsed)',
        'Segmentation needed but not permitted',
        'Incomplete PDU received',
        'Duplicate option',
      ],
    ],
  ],
  [8, ['Address', ['Destination address unreachable', 'Destination address unknown']]],
  [
    9,
    [
      'Source Routeing',
      [
        'Unspecified source routeing error',
        'Syntax error in source routeing field',
        'Unknown address in source routeing field',
        'Path not acceptable',
      ],
    ],
  ],
  [10, ['Lifetime', ['Lifetime expired while data unit in transit', 'Lifetime expired during reassembly']]],
  [
    11,
    [
      'PDU Discarded',
      [
        'Unsupported option not specified',
        'Unsupported protocol version',
        'Unsupported security option',
        'Unsupported source routeing option',
        'Unsupported recording of route option',
      ],
    ],
  ],
  [12, ['Reassembly', ['Reassembly interference']]],
]);
const INCOMPLETE = 'li < size of fixed part of CLNP header and addresses';

/** Returns false where the PDU is one whose bytes are to be shown. An error report may hold another, and that another. */
export function printClnp(p: Printer, offset: number, length: number): void {
  if (!printPacket(p, offset, length, 0)) p.unknown(offset, '\n\t', length);
}

/** Returns false where the packet makes no sense. */
function printPacket(p: Printer, offset: number, length: number, depth: number): boolean {
  p.protocol = 'clnp';
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return true;
  }
  const size = p.u8(offset + 1);
  if (!p.link) p.ascii('CLNP');
  if (p.u8(offset + 2) !== 1) return no(p, `version ${p.u8(offset + 2)} packet not supported`);
  if (size > length) return no(p, ` length indicator(${size}) > PDU size (${length})!`);
  if (size < HEADER_LENGTH) {
    p.ascii(` length indicator ${size} < min PDU size:`);
    for (let i = offset; i < p.end; i++) p.ascii(p.bytes[i].toString(16).toUpperCase().padStart(2, '0'));
    return false;
  }
  const end = offset + size;
  const destination = offset + HEADER_LENGTH;
  if (end - destination < 1) return no(p, INCOMPLETE);
  const destinationSize = p.u8(destination);
  if (end - destination - 1 < destinationSize) return no(p, INCOMPLETE);
  if (!p.has(destination + 1, destinationSize)) {
    p.truncated();
    return true;
  }
  const source = destination + 1 + destinationSize;
  if (end - source < 1) return no(p, INCOMPLETE);
  const sourceSize = p.u8(source);
  if (end - source - 1 < sourceSize) return no(p, INCOMPLETE);
  if (!p.has(source + 1, sourceSize)) {
    p.truncated();
    return true;
  }
  const type = p.u8(offset + 4) & 0x1f;
  const name = TYPES.get(type) ?? `unknown (${type})`;
  if (!p.link) p.ascii(', ');
  if (p.verbose === 0) {
    printNsap(p, source + 1, sourceSize);
    p.ascii(' > ');
    printNsap(p, destination + 1, destinationSize);
    p.ascii(`, ${name}, length ${length}`);
    return true;
  }
  p.ascii(`length ${length}\n\t${name} PDU, hlen: ${size}, v: 1`);
  const lifetime = p.u8(offset + 3);
  p.ascii(
    `, lifetime: ${lifetime >> 1}.${(lifetime & 1) * 5}s, Segment PDU length: ${p.u16(offset + 5)}, checksum: 0x`,
  );
  const sum = p.u16(offset + 7);
  p.out.hexPadded(sum, 4);
  printOsiChecksum(p, offset, sum, 7, size);
  const flags = p.u8(offset + 4) & 0xe0;
  p.ascii('\n\tFlags [');
  writeFlags(p, FLAGS, 'none', flags, ', ');
  p.ascii(`]\n\tsource address (length ${sourceSize}): `);
  printNsap(p, source + 1, sourceSize);
  p.ascii(`\n\tdest   address (length ${destinationSize}): `);
  printNsap(p, destination + 1, destinationSize);
  let rest = source + 1 + sourceSize;
  if ((flags & SEGMENTED) !== 0) {
    if (end - rest < 6) return no(p, `${INCOMPLETE.replace(' and', ',')}, and segment part`);
    if (!p.has(rest, 6)) {
      p.truncated();
      return true;
    }
    p.ascii('\n\tData Unit ID: 0x');
    p.out.hexPadded(p.u16(rest), 4);
    p.ascii(`, Segment Offset: ${p.u16(rest + 2)}, Total PDU Length: ${p.u16(rest + 4)}`);
    rest += 6;
  }
  rest = printOptions(p, rest, end);
  if (rest < 0) return rest === CUT;
  return printData(p, type, offset, rest, length, size, depth);
}

function no(p: Printer, complaint: string): false {
  p.ascii(complaint);
  return false;
}

function printData(
  p: Printer,
  type: number,
  offset: number,
  rest: number,
  length: number,
  size: number,
  depth: number,
): boolean {
  if (depth < DEEPEST && (type === ERROR_REPORT || type === ECHO_RESPONSE) && p.u8(rest) === CLNP) {
    p.ascii('\n\t-----original packet-----\n\t');
    printPacket(p, rest, length - size, depth + 1);
    return true;
  }
  const left = length - (rest - offset);
  if (left > 0) {
    p.field('\n\t  undecoded non-header data, length ', length - size);
    p.unknown(rest, '\n\t  ', left);
  }
  return true;
}

/** Instead of where the options end: they are wrong; captured bytes end. */
const WRONG = -1;
const CUT = -2;

function printOptions(p: Printer, offset: number, end: number): number {
  while (offset < end) {
    if (end - offset < 2) {
      p.ascii(', bad opts/li');
      return WRONG;
    }
    const type = p.u8(offset);
    const size = p.u8(offset + 1);
    offset += 2;
    if (size > end - offset) {
      p.ascii(`, opt (${type}) too long`);
      return WRONG;
    }
    if (!p.whole(offset, size)) return CUT;
    p.ascii(`\n\t  ${OPTIONS.get(type) ?? 'Unknown'} Option #${type}, length ${size}, value: `);
    if (size < (SHORTEST.get(type) ?? 0)) {
      p.ascii(', bad opt len');
      return WRONG;
    }
    printOption(p, type, offset, size);
    if (p.verbose > 1) p.unknown(offset, '\n\t  ', size);
    offset += size;
  }
  return offset;
}

function printOption(p: Printer, type: number, offset: number, size: number): void {
  const first = size > 0 ? p.u8(offset) : 0;
  switch (type) {
    case RECORD_ROUTE:
    case SOURCE_ROUTE:
      printRoute(p, type, offset, size);
      return;
    case PRIORITY:
      p.hexField('0x', first & 15);
      return;
    case QUALITY:
      p.ascii(`\n\t    Format Code: ${SCOPES[first >> 6]}`);
      if (first >> 6 !== 3) return;
      p.ascii('\n\t    QoS Flags [');
      writeFlags(p, QUALITIES, 'none', first & 0x3f, ', ');
      p.ascii(']');
      return;
    case SECURITY:
      p.ascii(`\n\t    Format Code: ${SCOPES[first >> 6]}, Security-Level ${p.u8(offset + 1)}`);
      return;
    case DISCARD: {
      const known = REASONS.get(first >> 4);
      p.ascii(`\n\t    Class: ${known?.[0] ?? 'Unknown'} Error (0x${(first >> 4).toString(16)})`);
      p.ascii(`, ${known?.[1][first & 15] ?? 'Unknown'} (0x${(first & 15).toString(16)})`);
      return;
    }
    case PADDING:
      p.ascii('padding data');
      return;
  }
  p.unknown(offset, '\n\t  ', size);
}

function printRoute(p: Printer, type: number, offset: number, size: number): void {
  const kind = p.u8(offset);
  p.ascii(kind === 0 ? 'partial ' : kind === 1 ? 'complete ' : 'Unknown ');
  p.ascii(type === SOURCE_ROUTE ? 'source routing' : 'recording of route in progress');
  const pointer = p.u8(offset + 1);
  if (pointer === 0) {
    p.ascii(' Bad NSAP offset (0)');
    return;
  }
  if (pointer - 1 > size) {
    p.ascii(' Bad NSAP offset (past end of option)');
    return;
  }
  // tcpdump shows the first address again and again.
  const first = offset + pointer - 1;
  for (let left = size - pointer + 1; left > 0; ) {
    const length = p.u8(first);
    if (left < length + 1) {
      p.ascii('\n\t    NSAP address goes past end of option');
      return;
    }
    if (length > 0) {
      p.ascii(`\n\t    NSAP address (length ${length}): `);
      printNsap(p, first + 1, length);
    }
    left -= length + 1;
  }
}
