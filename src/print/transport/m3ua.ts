// The MTP3 user adaptation layer over SCTP (RFC 4666).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 8;
const TRAFFIC = ['', 'Active', 'Inactive', 'Active Acknowledgement', 'Inactive Acknowledgement'];
/** Classes, and their messages. */
const CLASSES: ReadonlyMap<number, readonly [name: string, messages: readonly string[]]> = new Map([
  [0, ['Management', ['Error', 'Notify']]],
  [1, ['Transfer', ['', 'Data']]],
  [
    2,
    [
      'SS7',
      [
        '',
        'Destination Unavailable',
        'Destination Available',
        'Destination State Audit',
        'Signalling Congestion',
        'Destination User Part Unavailable',
        'Destination Restricted',
      ],
    ],
  ],
  [
    3,
    [
      'ASP',
      [
        '',
        'Up',
        'Down',
        'Heartbeat',
        'Up Acknowledgement',
        'Down Acknowledgement',
        'Heartbeat Acknowledgement',
      ],
    ],
  ],
  [4, ['ASP', TRAFFIC]],
  [
    9,
    [
      'Routing Key Management',
      [
        '',
        'Registration Request',
        'Registration Response',
        'Deregistration Request',
        'Deregistration Response',
      ],
    ],
  ],
]);
const ROUTING_CONTEXT = 0x0006;
const CORRELATION = 0x0013;
const NETWORK_APPEARANCE = 0x0200;
const PARAMETERS: Names = new Map([
  [0x0004, 'INFO String'],
  [ROUTING_CONTEXT, 'Routing Context'],
  [0x0007, 'Diagnostic Info'],
  [0x0009, 'Heartbeat Data'],
  [0x000b, 'Traffic Mode Type'],
  [0x000c, 'Error Code'],
  [0x000d, 'Status'],
  [0x0011, 'ASP Identifier'],
  [0x0012, 'Affected Point Code'],
  [CORRELATION, 'Correlation ID'],
  [NETWORK_APPEARANCE, 'Network Appearance'],
  [0x0204, 'User/Cause'],
  [0x0205, 'Congestion Indications'],
  [0x0206, 'Concerned Destination'],
  [0x0207, 'Routing Key'],
  [0x0208, 'Registration Result'],
  [0x0209, 'Deregistration Result'],
  [0x020a, 'Local Routing Key Identifier'],
  [0x020b, 'Destination Point Code'],
  [0x020c, 'Service Indicators'],
  [0x020e, 'Originating Point Code List'],
  [0x0210, 'Protocol Data'],
  [0x0212, 'Registration Status'],
  [0x0213, 'Deregistration Status'],
]);

export function printM3ua(p: Printer, offset: number, length: number): void {
  p.protocol = 'm3ua';
  if (length < HEADER_LENGTH) {
    p.invalid();
    p.need(offset, length);
    return;
  }
  p.need(offset, HEADER_LENGTH);
  if (p.u8(offset) !== 1) return;
  const known = CLASSES.get(p.u8(offset + 2));
  p.ascii(`\n\t\t${known?.[0] ?? `Unknown message class ${p.u8(offset + 2)}`}`);
  const type = p.u8(offset + 3);
  if (known !== undefined) {
    p.ascii(` ${known[1][type] || `Unknown (0x${type.toString(16).padStart(2, '0')})`} Message`);
  }
  const size = p.u32(offset + 4);
  if (size !== length) p.ascii(`\n\t\t\t@@@@@@ Corrupted length ${size} of message @@@@@@`);
  else printParameters(p, offset + HEADER_LENGTH, length - HEADER_LENGTH);
}

function printParameters(p: Printer, offset: number, length: number): void {
  const start = offset;
  const end = offset + length;
  while (offset < end) {
    if (offset + 4 > end) {
      p.invalid();
      p.need(start, length);
      return;
    }
    p.need(offset, 4);
    const tag = p.u16(offset);
    p.ascii(
      `\n\t\t\t${PARAMETERS.get(tag) ?? `Unknown Parameter (0x${tag.toString(16).padStart(4, '0')})`}: `,
    );
    const size = p.u16(offset + 2);
    if (size < 4) {
      p.invalid();
      p.need(start, length);
      return;
    }
    const padded = size + (-(offset - start + size) & 3);
    p.need(offset, padded);
    printParameter(p, tag, offset, size - 4);
    offset += padded;
  }
}

/** tcpdump shows the header of a parameter where its value belongs. */
function printParameter(p: Printer, tag: number, offset: number, size: number): void {
  if (tag !== ROUTING_CONTEXT && tag !== CORRELATION && tag !== NETWORK_APPEARANCE) {
    p.ascii(`(length ${size + 4})`);
  } else if (size < 4) p.invalid();
  else {
    p.ascii('0x');
    p.out.hexPadded(p.u32(offset), 8);
  }
}
