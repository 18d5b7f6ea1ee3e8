// Cisco's discovery protocol.
import { fixed } from '../engine/c-float.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';

const HEADER_LENGTH = 4;
const DEVICE = 1;
const IPV4_PROTOCOL = 0xcc;
/** LLC and SNAP of IPv6. */
const IPV6_PROTOCOL = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x86, 0xdd];
const CAPABILITIES = [
  [0x01, 'Router'],
  [0x02, 'Transparent Bridge'],
  [0x04, 'Source Route Bridge'],
  [0x08, 'L2 Switch'],
  [0x10, 'L3 capable'],
  [0x20, 'IGMP snooping'],
  [0x40, 'L1 capable'],
] as const;

interface Field {
  name: string;
  /** Missing where the value is not shown. */
  print?: (p: Printer, offset: number, length: number) => void;
  /** Bytes at least and at most. */
  shortest?: number;
  longest?: number;
}

const FIELDS: readonly (Field | undefined)[] = [
  undefined,
  { name: 'Device-ID', print: printString },
  { name: 'Address', print: printAddresses },
  { name: 'Port-ID', print: printString },
  { name: 'Capability', print: printCapability, shortest: 4, longest: 4 },
  { name: 'Version String', print: printVersion },
  { name: 'Platform', print: printString },
  { name: 'Prefixes', print: printPrefixes },
  { name: 'Protocol-Hello option' },
  { name: 'VTP Management Domain', print: printString },
  { name: 'Native VLAN ID', print: (p, offset) => p.decimal(p.u16(offset)), shortest: 2, longest: 2 },
  {
    name: 'Duplex',
    print: (p, offset) => p.ascii(p.u8(offset) !== 0 ? 'full' : 'half'),
    shortest: 1,
    longest: 1,
  },
  undefined,
  undefined,
  { name: 'ATA-186 VoIP VLAN assignment', print: printVoice, shortest: 3, longest: 3 },
  { name: 'ATA-186 VoIP VLAN request', print: printVoice, shortest: 2, longest: 3 },
  { name: 'power consumption', print: printPower, shortest: 1, longest: 3 },
  { name: 'MTU', print: (p, offset) => p.ascii(`${p.u32(offset)} bytes`), shortest: 4, longest: 4 },
  { name: 'AVVID trust bitmap', print: printByte, shortest: 1, longest: 1 },
  { name: 'AVVID untrusted ports CoS', print: printByte, shortest: 1, longest: 1 },
  { name: 'System Name', print: printString },
  { name: 'System Object ID (not decoded)' },
  { name: 'Management Addresses', print: printAddresses, shortest: 4 },
  { name: 'Physical Location', print: printLocation, shortest: 1 },
];

export function printCdp(p: Printer, offset: number, length: number): void {
  p.protocol = 'cdp';
  if (length < HEADER_LENGTH) {
    p.ascii(` (packet length ${length} < ${HEADER_LENGTH})`);
    invalid(p, offset, length);
    return;
  }
  p.need(offset, 2);
  p.ascii(`CDPv${p.bytes[offset]}, ttl: ${p.bytes[offset + 1]}s`);
  const checksum = p.u16(offset + 2);
  if (p.verbose > 0) {
    p.ascii(', checksum: 0x');
    p.out.hexPadded(checksum, 4);
    p.ascii(` (unverified), length ${length}`);
  }
  const end = offset + length;
  offset += HEADER_LENGTH;
  while (offset !== end) {
    const left = end - offset;
    if (left < 4) {
      p.ascii(` (remaining packet length ${left} < 4)`);
      invalid(p, offset, left);
      return;
    }
    const type = p.u16(offset);
    const size = p.u16(offset + 2);
    const field = FIELDS[type];
    if (size < 4) {
      const name = field?.name ?? 'unknown field type';
      if (p.verbose > 0) {
        p.ascii(`\n\t${name} (0x${type.toString(16).padStart(2, '0')}), TLV length: ${size} `);
        p.ascii(size === 1 ? 'byte (too short)' : 'bytes (too short)');
      } else p.ascii(`, ${name} TLV length ${size} too short`);
      invalid(p, offset, left);
      return;
    }
    if (size > left) {
      p.ascii(` (TLV length ${size} > ${left})`);
      invalid(p, offset, left);
      return;
    }
    printField(p, type, field, offset + 4, size - 4);
    offset += size;
  }
  if (p.verbose === 0) p.field(', length ', length);
}

function invalid(p: Printer, offset: number, length: number): void {
  p.invalid();
  p.need(offset, length);
}

/** Without -v only the name of the device is shown, and what is unknown. */
function printField(
  p: Printer,
  type: number,
  field: Field | undefined,
  offset: number,
  length: number,
): void {
  if (p.verbose > 0) {
    p.ascii(
      `\n\t${field?.name ?? 'unknown field type'} (0x${type.toString(16).padStart(2, '0')}), value length: `,
    );
    p.ascii(`${length} ${length === 1 ? 'byte' : 'bytes'}: `);
  } else if (type === DEVICE) p.ascii(', Device-ID ');
  if (field !== undefined || (type < FIELDS.length && type >= 0)) {
    const { shortest = 0, longest = Number.POSITIVE_INFINITY, print } = field ?? {};
    if (length < shortest || length > longest) p.ascii(' (malformed TLV)');
    else if (p.verbose > 0 || type === DEVICE) {
      if (print === undefined) p.need(offset, length);
      else print(p, offset, length);
      return;
    }
  }
  p.need(offset, length);
  p.unknown(offset, '\n\t  ', length);
}

function printString(p: Printer, offset: number, length: number): void {
  p.ascii("'");
  if (!printText(p, offset, length)) p.need(offset, length);
  p.ascii("'");
}

function printCapability(p: Printer, offset: number): void {
  const value = p.u32(offset);
  p.ascii('(0x');
  p.out.hexPadded(value, 8);
  p.ascii('): ');
  writeFlags(p, CAPABILITIES, 'none', value, ', ');
}

function printVersion(p: Printer, offset: number, length: number): void {
  p.ascii('\n\t  ');
  for (let i = 0; i < length; i++) {
    const byte = p.u8(offset + i);
    if (byte === 0x0a) p.ascii('\n\t  ');
    else p.visible(byte);
  }
}

function printVoice(p: Printer, offset: number, length: number): void {
  if (length === 2) {
    const value = p.u16(offset);
    p.ascii('unknown 0x');
    p.out.hexPadded(value, 4);
  } else {
    p.need(offset, 3);
    p.ascii(`app ${p.bytes[offset]}, vlan ${p.u16(offset + 1)}`);
  }
}

function printPower(p: Printer, offset: number, length: number): void {
  const value = length === 1 ? p.u8(offset) : length === 2 ? p.u16(offset) : p.u24(offset);
  p.ascii(`${fixed(value / 1000, 2)}W`);
}

function printByte(p: Printer, offset: number): void {
  const value = p.u8(offset);
  p.ascii('0x');
  p.out.hexPadded(value, 2);
}

function printLocation(p: Printer, offset: number, length: number): void {
  printByte(p, offset);
  if (length === 1) return;
  p.ascii('/');
  if (!printText(p, offset + 1, length - 1)) p.need(offset + 1, length - 1);
}

/** Returns false, with a complaint, where fewer than `wanted` bytes are left. */
function enough(p: Printer, offset: number, end: number, wanted: number, what: string): boolean {
  if (end - offset >= wanted) return true;
  p.ascii(` (not enough space for ${what})`);
  p.need(offset, end - offset);
  return false;
}

function printAddresses(p: Printer, offset: number, length: number): void {
  const end = offset + length;
  if (!enough(p, offset, end, 4, 'num')) return;
  const count = p.u32(offset);
  offset += 4;
  for (let left = count; left > 0; left--) {
    if (!enough(p, offset, end, 2, 'PT+PL')) return;
    const type = p.u8(offset);
    const size = p.u8(offset + 1);
    offset += 2;
    if (!enough(p, offset, end, size + 2, 'P+AL')) return;
    const address = p.u16(offset + size);
    const value = offset + size + 2;
    const ip4 = type === 1 && size === 1 && p.u8(offset) === IPV4_PROTOCOL && address === 4;
    const ip6 =
      type === 2 && address === 16 && size === 8 && IPV6_PROTOCOL.every((b, i) => p.bytes[offset + i] === b);
    if (ip4 || ip6) {
      if (!enough(p, value, end, address, 'A')) return;
      p.need(value, address);
      p.ascii(`${ip4 ? 'IPv4' : 'IPv6'} (${left}) `);
      if (ip4) p.ipv4(value);
      else p.ipv6(value);
    } else {
      p.ascii('pt=0x');
      p.out.hexPadded(type, 2);
      p.ascii(`, pl=${size}, pb=`);
      printBytes(p, offset, size);
      p.ascii(`, al=${address}, a=`);
      if (!enough(p, value, end, address, 'A')) return;
      printBytes(p, value, address);
    }
    offset = value + address;
    if (left > 1) p.ascii(' ');
  }
  if (offset !== end) p.ascii(` (${end - offset} bytes of stray data)`);
}

function printBytes(p: Printer, offset: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const byte = p.u8(offset + i);
    p.ascii(' ');
    p.out.hexPadded(byte, 2);
  }
}

function printPrefixes(p: Printer, offset: number, length: number): void {
  if (length % 5 !== 0) {
    p.ascii(` [length ${length} is not a multiple of 5]`);
    p.need(offset, length);
    return;
  }
  p.ascii(` IPv4 Prefixes (${length / 5}):`);
  for (let i = 0; i < length; i += 5) {
    p.need(offset + i, 5);
    p.ascii(' ');
    p.ipv4(offset + i);
    p.field('/', p.u8(offset + i + 4));
  }
}
