// The objects of RSVP's messages (RFC 2205, RFC 2210, RFC 3209, RFC 3473, RFC 3476, RFC 4090, RFC 4875).

import { AFI, IPV4, IPV6, NSAP } from '../../wire/registry/address-families.ts';
import { ENCODINGS, PAYLOADS, SWITCHING_CAPABILITIES } from '../../wire/registry/gmpls.ts';
import { single } from '../engine/c-float.ts';
import type { Printer } from '../engine/printer.ts';
import {
  bits,
  choice,
  flags,
  hex,
  ipv4,
  ipv6,
  type Lines,
  lines,
  name,
  u8,
  u16,
  u24,
  u32,
} from '../engine/template.ts';
import { printText } from '../engine/text.ts';
import * as names from './rsvp-names.ts';
import { printServices } from './rsvp-service.ts';

const HEADER_LENGTH = 4;

/** An object: its value, of `length` bytes, is at `offset`. Returns false where what follows cannot be read. */
type Printed = (p: Printer, offset: number, length: number, indent: string) => boolean | typeof DUMP;
/** The value is to be dumped as well. */
const DUMP = Symbol('dump');

function short(p: Printer, indent: string): false {
  p.ascii(`${indent}ERROR: object is too short`);
  return false;
}

function invalid(p: Printer): false {
  p.invalid();
  return false;
}

/** An object that has at least `size` bytes. */
function fixed(size: number, print: Lines): Printed {
  return (p, offset, length, indent) => {
    if (length < size) return short(p, indent);
    print(p, offset, indent);
    return true;
  };
}

/** As many as there are. */
function repeated(size: number, print: Lines): Printed {
  return (p, offset, length, indent) => {
    for (; length >= size; length -= size, offset += size) print(p, offset, indent);
    return true;
  };
}

/** An object with options behind what is read of it, which are dumped. */
function withOptions(size: number, print: Lines): Printed {
  return (p, offset, length, indent) => {
    if (length < size) return short(p, indent);
    print(p, offset, indent);
    return DUMP;
  };
}

const services: Printed = (p, offset, length, indent) =>
  length < 4 ? short(p, indent) : printServices(p, offset, length, indent);
const PORT4 = fixed(8, lines`\n  Source Address: ${ipv4(0)}, Source Port: ${u16(6)}`);
const PORT6 = fixed(20, lines`\n  Source Address: ${ipv6(0)}, Source Port: ${u16(18)}`);
const SUB_GROUP4 = fixed(
  16,
  lines`\n  IPv4 Tunnel Sender Address: ${ipv4(0)}, LSP ID: 0x${hex(u16(6), 4)}\n  Sub-Group Originator ID: ${ipv4(8)}, Sub-Group ID: 0x${hex(u16(12), 4)}`,
);
const SUB_GROUP6 = fixed(
  40,
  lines`\n  IPv6 Tunnel Sender Address: ${ipv6(0)}, LSP ID: 0x${hex(u16(18), 4)}\n  Sub-Group Originator ID: ${ipv6(20)}, Sub-Group ID: 0x${hex(u16(38), 4)}`,
);
const TUNNEL4 = fixed(
  12,
  lines`\n  IPv4 Tunnel EndPoint: ${ipv4(0)}, Tunnel ID: 0x${hex(u16(6), 4)}, Extended Tunnel ID: ${ipv4(8)}`,
);
const LABELS: readonly Printed[] = [
  repeated(4, lines`\n  Label: ${u32(0)}`),
  fixed(4, lines`\n  Generalized Label: ${u32(0)}`),
  fixed(12, lines`\n  Waveband ID: ${u32(0)}\n  Start Label: ${u32(4)}, Stop Label: ${u32(8)}`),
];
const PROTOCOL = lines`\n  L3 Protocol ID: ${(p, offset) => {
  const protocol = p.u16(offset + 2);
  p.ascii(
    p.payload.etherTypes.get(protocol) ?? `Unknown Protocol (0x${protocol.toString(16).padStart(4, '0')})`,
  );
}}`;
const CIRCUITS = lines`,${choice(bits(u8(4), 7, 1), 'no', '')} merge capability\n  Minimum VPI/VCI: ${bits(u16(4), 0, 0xfff)}/${bits(u16(6), 0, 0xfff)}\n  Maximum VPI/VCI: ${bits(u16(8), 0, 0xfff)}/${bits(u16(10), 0, 0xfff)}`;
const FRAME_RELAY = lines`\n  Minimum/Maximum DLCI: ${bits(u32(4), 0, 0x7fffff)}/${bits(u32(8), 0, 0x7fffff)}, ${(p, offset) => p.ascii(['10', '', '23', ''][(p.u16(offset + 4) >> 7) & 3])} bit DLCI`;
const HOP4 = lines`\n  Previous/Next Interface: ${ipv4(0)}, Logical Interface Handle: 0x${hex(u32(4), 8)}`;
const HOP6 = lines`\n  Previous/Next Interface: ${ipv6(0)}, Logical Interface Handle: 0x${hex(u32(16), 8)}`;
const HELLO = fixed(
  8,
  lines`\n  Source Instance: 0x${hex(u32(0), 8)}, Destination Instance: 0x${hex(u32(4), 8)}`,
);
const PRIORITIES = lines`\n  Setup Priority: ${u8(0)}, Holding Priority: ${u8(1)}, Hop-limit: ${u8(2)}, Bandwidth: ${(p, offset) => p.ascii(single(p, offset + 4, 1_000_000, 8))} Mbps`;
const CLASS = fixed(4, lines`\n  CT: ${bits(u32(0), 0, 7)}`);

const HOPS: Printed = (p, offset, length, indent) => {
  if (length < 8) return short(p, indent);
  HOP4(p, offset, indent);
  return length > 8 ? DUMP : true;
};

const BY_TYPE: readonly (readonly [object: number, type: number, print: Printed])[] = [
  [
    1,
    1,
    fixed(
      8,
      lines`\n  IPv4 DestAddress: ${ipv4(0)}, Protocol ID: 0x${hex(u8(4), 2)}\n  Flags: [0x${hex(u8(5), 2)}], DestPort ${u16(6)}`,
    ),
  ],
  [
    1,
    2,
    fixed(
      20,
      lines`\n  IPv6 DestAddress: ${ipv6(0)}, Protocol ID: 0x${hex(u8(16), 2)}\n  Flags: [0x${hex(u8(17), 2)}], DestPort ${u16(18)}`,
    ),
  ],
  [1, 7, TUNNEL4],
  [
    1,
    8,
    fixed(
      36,
      lines`\n  IPv6 Tunnel EndPoint: ${ipv6(0)}, Tunnel ID: 0x${hex(u16(18), 4)}, Extended Tunnel ID: ${ipv6(20)}`,
    ),
  ],
  [1, 11, TUNNEL4],
  [
    1,
    13,
    fixed(
      12,
      lines`\n  IPv4 P2MP LSP ID: ${ipv4(0)}, Tunnel ID: 0x${hex(u16(6), 4)}, Extended Tunnel ID: ${ipv4(8)}`,
    ),
  ],
  [
    1,
    14,
    fixed(
      26,
      lines`\n  IPv6 P2MP LSP ID: 0x${hex(u32(0), 8)}, Tunnel ID: 0x${hex(u16(6), 4)}, Extended Tunnel ID: ${ipv6(8)}`,
    ),
  ],
  [3, 1, HOPS],
  [3, 2, withOptions(20, HOP6)],
  [3, 3, HOPS],
  [3, 4, withOptions(20, HOP6)],
  [4, 1, printIntegrity],
  [5, 1, fixed(4, lines`\n  Refresh Period: ${u32(0)}ms`)],
  [6, 1, printError4],
  [6, 2, printError6],
  [6, 3, printError4],
  [6, 4, printError6],
  [
    8,
    1,
    fixed(
      4,
      lines`\n  Reservation Style: ${name(names.STYLES, u24(1), 'Unknown')}, Flags: [0x${hex(u8(0), 2)}]`,
    ),
  ],
  [9, 2, services],
  [10, 1, PORT4],
  [10, 2, PORT6],
  [10, 3, fixed(20, lines`\n  Source Address: ${ipv6(0)}, Flow Label: ${u24(17)}`)],
  [10, 7, fixed(8, lines`\n  Source Address: ${ipv4(0)}, LSP-ID: 0x${hex(u16(6), 4)}`)],
  [10, 8, fixed(20, lines`\n  Source Address: ${ipv4(0)}, LSP-ID: 0x${hex(u16(18), 4)}`)],
  [10, 12, SUB_GROUP4],
  [10, 13, SUB_GROUP6],
  [11, 1, PORT4],
  [11, 2, PORT6],
  [11, 7, fixed(8, lines`\n  IPv4 Tunnel Sender Address: ${ipv4(0)}, LSP-ID: 0x${hex(u16(6), 4)}`)],
  [11, 12, SUB_GROUP4],
  [11, 13, SUB_GROUP6],
  [12, 2, services],
  [13, 2, services],
  [15, 1, fixed(4, lines`\n  IPv4 Receiver Address: ${ipv4(0)}`)],
  [15, 2, fixed(16, lines`\n  IPv6 Receiver Address: ${ipv6(0)}`)],
  ...[16, 34, 35, 129].flatMap((object) => LABELS.map((print, i) => [object, i + 1, print] as const)),
  [19, 1, repeated(4, PROTOCOL)],
  [19, 2, fixed(12, both(PROTOCOL, CIRCUITS))],
  [19, 3, fixed(12, both(PROTOCOL, FRAME_RELAY))],
  [
    19,
    4,
    fixed(
      4,
      lines`\n  LSP Encoding Type: ${name(ENCODINGS, u8(0), 'Unknown')} (${u8(0)})\n  Switching Type: ${name(SWITCHING_CAPABILITIES, u8(1), 'Unknown')} (${u8(1)}), Payload ID: ${name(PAYLOADS, u16(2), 'Unknown')} (0x${hex(u16(2), 4)})`,
    ),
  ],
  [20, 1, printHops],
  [21, 1, printHops],
  [22, 1, HELLO],
  [22, 2, HELLO],
  ...[23, 24, 25].flatMap((object) => [1, 2].map((type) => [object, type, printIdentifiers] as const)),
  [36, 1, printLabelSet],
  [50, 1, fixed(4, lines`\n  Sub-LSP destination address: ${ipv4(0)}`)],
  [50, 2, fixed(16, lines`\n  Sub-LSP destination address: ${ipv6(0)}`)],
  [63, 7, repeated(8, lines`\n  PLR-ID: ${ipv4(0)}, Avoid-Node-ID: ${ipv4(4)}`)],
  [66, 1, CLASS],
  [125, 1, CLASS],
  [131, 1, fixed(8, lines`\n  Restart  Time: ${u32(0)}ms, Recovery Time: ${u32(4)}ms`)],
  [134, 1, printCapability],
  [195, 1, fixed(4, lines`\n  IPv4 Notify Node Address: ${ipv4(0)}`)],
  [195, 2, fixed(16, lines`\n  IPv6 Notify Node Address: ${ipv6(0)}`)],
  [196, 1, fixed(4, lines`\n  Flags [${flags(names.STATUS, u32(0))}]`)],
  [204, 1, printProperties],
  [
    205,
    1,
    fixed(
      20,
      both(
        PRIORITIES,
        lines`\n  Include-any: 0x${hex(u32(8), 8)}, Exclude-any: 0x${hex(u32(12), 8)}, Include-all: 0x${hex(u32(16), 8)}`,
      ),
    ),
  ],
  [
    205,
    7,
    fixed(
      16,
      both(PRIORITIES, lines`\n  Include Colors: 0x${hex(u32(8), 8)}, Exclude Colors: 0x${hex(u32(12), 8)}`),
    ),
  ],
  [207, 7, printSession],
  [229, 1, printGeneralized],
];
const PRINTED = new Map(BY_TYPE.map(([object, type, print]) => [(object << 8) | type, print]));

function both(first: Lines, second: Lines): Lines {
  return (p, offset, indent) => {
    first(p, offset, indent);
    second(p, offset, indent);
  };
}

/** Prints the objects in `length` bytes at `offset`. Returns false where one of them is not what it should be. */
export function printObjects(p: Printer, offset: number, length: number, indent: string): boolean {
  while (length >= HEADER_LENGTH) {
    if (!p.whole(offset, HEADER_LENGTH)) return false;
    const size = p.u16(offset);
    if (size % 4 !== 0) {
      p.ascii(`${indent}ERROR: object header size ${size} not a multiple of 4`);
      return false;
    }
    if (size < HEADER_LENGTH) {
      p.ascii(`${indent}ERROR: object header too short ${size} < ${HEADER_LENGTH}`);
      return false;
    }
    const object = p.bytes[offset + 2];
    const type = p.bytes[offset + 3];
    const unknown = object < 0x80 ? 'reject' : object < 0xc0 ? 'ignore silently' : 'ignore and forward';
    p.ascii(
      `${indent}${names.OBJECTS.get(object) ?? 'Unknown'} Object (${object}) Flags: [${unknown} if unknown], Class-Type: ${names.CLASS_TYPES.get((object << 8) | type) ?? 'Unknown'} (${type}), length: ${size}`,
    );
    if (length < size) {
      p.ascii(`${indent}ERROR: object goes past end of objects TLV`);
      return false;
    }
    if (!p.whole(offset, size)) return false;
    const value = offset + HEADER_LENGTH;
    const room = size - HEADER_LENGTH;
    const printed = PRINTED.get((object << 8) | type)?.(p, value, room, indent);
    if (printed === false) return false;
    if (p.verbose > 1 || printed !== true) p.unknown(value, '\n\t    ', room);
    offset += size;
    length -= size;
  }
  return true;
}

const INTEGRITY = lines`\n  Key-ID 0x${hex(u16(2), 4)}${hex(u32(4), 8)}, Sequence 0x${hex(u32(8), 8)}${hex(u32(12), 8)}, Flags [${flags([[0x80, 'Handshake']], u8(0))}]\n  MD5-sum 0x${hex(u32(16), 8)}${hex(u32(20), 8)}${hex(u32(24), 8)}${hex(u32(28), 8)}  (unchecked)`;

function printIntegrity(p: Printer, offset: number, length: number, indent: string): boolean {
  if (length < 32) return short(p, indent);
  INTEGRITY(p, offset, indent);
  return true;
}

function printErrorCode(p: Printer, offset: number, code: number, indent: string): void {
  p.ascii(`, Flags: [0x`);
  p.out.hexPadded(p.u8(offset), 2);
  p.ascii(`]${indent}  Error Code: ${names.ERRORS.get(code) ?? 'unknown'} (${code})`);
}

function printErrorValue(p: Printer, values: ReadonlyMap<number, string>, value: number): void {
  p.ascii(`, Error Value: ${values.get(value) ?? 'unknown'} (${value})`);
}

const ROUTING = 24;

function printError4(p: Printer, offset: number, length: number, indent: string): boolean {
  if (length < 8) return short(p, indent);
  const code = p.u8(offset + 5);
  const value = p.u16(offset + 6);
  p.ascii(`${indent}  Error Node Address: `);
  p.ipv4(offset);
  printErrorCode(p, offset + 4, code, indent);
  if (code === ROUTING) printErrorValue(p, names.ROUTING_ERRORS, value);
  else if (code === 28 || code === 125) printErrorValue(p, names.SERVICE_ERRORS, value);
  else p.ascii(`, Unknown Error Value (${value})`);
  return true;
}

function printError6(p: Printer, offset: number, length: number, indent: string): boolean {
  if (length < 20) return short(p, indent);
  const code = p.u8(offset + 17);
  p.ascii(`${indent}  Error Node Address: `);
  p.ipv6(offset);
  printErrorCode(p, offset + 16, code, indent);
  if (code === ROUTING) printErrorValue(p, names.ROUTING_ERRORS, p.u16(offset + 18));
  return true;
}

const HOP = lines`, ${choice(bits(u8(0), 7, 1), 'Loose', 'Strict')}, ${ipv4(2)}/${u8(6)}, Flags: [${flags(names.HOP_FLAGS, u8(7))}]`;

/** The hops of a route, to be taken or recorded. */
function printHops(p: Printer, offset: number, length: number, indent: string): boolean {
  while (length >= 4) {
    const type = p.u8(offset) & 0x7f;
    const size = p.u8(offset + 1);
    p.ascii(`${indent}  Subobject Type: ${names.SUBOBJECTS.get(type) ?? `Unknown ${type}`}, length ${size}`);
    if (length < size) {
      p.ascii(`${indent}  ERROR: ERO subobject length > object length`);
      break;
    }
    if (size === 0) {
      p.ascii(`${indent}  ERROR: zero length ERO subtype`);
      break;
    }
    if (type === 1 || type === 3) {
      if (size !== 8) {
        p.ascii(' ERROR: length != 8');
        return invalid(p);
      }
      if (type === 3) printHopLabel(p, offset);
      else if (p.u8(offset + 6) !== 32) {
        p.ascii(` ERROR: Prefix length ${p.u8(offset + 6)} != 32`);
        return invalid(p);
      } else HOP(p, offset);
    }
    length -= size;
    offset += size;
  }
  return true;
}

function printHopLabel(p: Printer, offset: number): void {
  const set = p.u8(offset + 2);
  const type = p.u8(offset + 3);
  const shown = set === 0 ? '0' : `0x${set.toString(16)}`;
  p.ascii(
    `, Flags: [${(set & 1) === 0 ? 'none' : 'Global'}] (${shown}), Class-Type: ${type === 1 ? 'IPv4' : 'Unknown'} (${type}), ${p.u32(offset + 4)}`,
  );
}

function printIdentifiers(p: Printer, offset: number, length: number, indent: string): boolean {
  if (length < 4) return short(p, indent);
  p.ascii(`${indent}  Flags [0x`);
  p.out.hexPadded(p.u8(offset), 2);
  p.ascii(`], epoch: ${p.u24(offset + 1)}`);
  for (let i = 4; i + 4 <= length; i += 4) {
    const id = p.u32(offset + i);
    p.ascii(`${indent}    Message-ID 0x`);
    p.out.hexPadded(id, 8);
    p.ascii(` (${id})`);
  }
  return true;
}

function printLabelSet(p: Printer, offset: number, length: number, indent: string): boolean {
  if (length < 4) return short(p, indent);
  const action = p.u8(offset);
  p.ascii(
    `${indent}  Action: ${names.LABEL_ACTIONS.get(action) ?? 'Unknown'} (${action}), Label type: ${p.u32(offset) & 0x7f}`,
  );
  if (action === 2 || action === 3) {
    if (length < 12) return short(p, indent);
    p.ascii(`${indent}  Start range: ${p.u32(offset + 4)}, End range: ${p.u32(offset + 8)}`);
    return true;
  }
  for (let i = 1; i * 4 + 4 <= length; i++) p.ascii(`${indent}  Subchannel #${i}: ${p.u32(offset + i * 4)}`);
  return true;
}

const CAPABILITY = lines`\n  Flags: [${flags(names.CAPABILITIES, bits(u32(0), 0, 7))}]`;

function printCapability(p: Printer, offset: number, length: number, indent: string): boolean {
  if (length < 4) return short(p, indent);
  const reserved = (p.u32(offset) & ~7) >>> 0;
  if (reserved !== 0) {
    p.ascii(`${indent}  [reserved=0x`);
    p.out.hexPadded(reserved, 8);
    p.ascii(' must be zero]');
  }
  CAPABILITY(p, offset, indent);
  return true;
}

/** Of Juniper Networks. */
function printProperties(p: Printer, offset: number, length: number, indent: string): boolean {
  if (length < 4) return short(p, indent);
  const padding = p.u16(offset + 2);
  p.ascii(`${indent}  TLV count: ${p.u16(offset)}, padding bytes: ${padding}`);
  offset += 4;
  length -= 4;
  while (length >= 2 + padding) {
    const type = p.u8(offset);
    const size = p.u8(offset + 1);
    p.ascii(`${indent}    ${names.PROPERTIES.get(type) ?? 'unknown'} TLV (0x`);
    p.out.hexPadded(type, 2);
    p.ascii(`), length: ${size}`);
    if (length < size) return short(p, indent);
    if (size < 2) {
      p.ascii(`${indent}ERROR: property TLV is too short`);
      return false;
    }
    p.unknown(offset + 2, '\n\t\t', size - 2);
    offset += size;
    length -= size;
  }
  return true;
}

const SESSION = lines`\n  Setup Priority: ${u8(0)}, Holding Priority: ${u8(1)}, Flags: [${flags(names.SESSION_FLAGS, u8(2))}] (${(p, offset) => p.ascii(p.u8(offset + 2) === 0 ? '0' : `0x${p.u8(offset + 2).toString(16)}`)})`;

function printSession(p: Printer, offset: number, length: number, indent: string): boolean {
  if (length < 4 || length < 4 + p.u8(offset + 3)) return short(p, indent);
  p.ascii(`${indent}  Session Name: `);
  printText(p, offset + 4, p.u8(offset + 3));
  SESSION(p, offset, indent);
  return true;
}

const LEAST = [0, 0, 0, 0, 16, 8];
const EGRESS = lines`\n    U-bit: ${bits(u32(4), 31, 1)}, Label type: ${u8(7)}, Logical port id: ${u32(8)}, Label: ${u32(12)}`;

function printGeneralized(p: Printer, offset: number, length: number, indent: string): boolean | typeof DUMP {
  if (length < 4) return short(p, indent);
  let dumped = false;
  while (length > 0) {
    if (length < 4) return invalid(p);
    const size = p.u16(offset);
    const type = p.u8(offset + 2);
    const family = p.u8(offset + 3);
    p.ascii(
      `${indent}  Subobject Type: ${names.GENERALIZED.get(type) ?? 'Unknown'} (${type}), AF: ${AFI.get(family) ?? 'Unknown'} (${family}), length: ${size}`,
    );
    if (size < 4 || size > length) return invalid(p);
    const address = type === 1 || type === 2;
    const least = address && family === IPV4 ? 8 : address && family === IPV6 ? 20 : (LEAST[type] ?? 0);
    if (size < least) {
      p.ascii(`${indent}ERROR: sub-object is too short`);
      return false;
    }
    if (address && family === IPV4) {
      p.ascii(`${indent}    UNI IPv4 TNA address: `);
      p.ipv4(offset + 4);
    } else if (address && family === IPV6) {
      p.ascii(`${indent}    UNI IPv6 TNA address: `);
      p.ipv6(offset + 4);
    } else if (type === 4) EGRESS(p, offset, indent);
    else if (type === 5) p.ascii(`${indent}    Service level: ${p.u8(offset + 4)}`);
    else if (address ? family === NSAP : type !== 3 || size > 4) dumped = true;
    length -= size;
    offset += size;
  }
  return dumped ? DUMP : true;
}
