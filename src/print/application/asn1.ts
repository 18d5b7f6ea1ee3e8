// The basic encoding rules of ASN.1, as far as SNMP uses them (X.690; RFC 2578).
import type { Printer } from '../engine/printer.ts';

/** What an element is; an OCTET is of a type without a printer. */
export const ANY = 0;
const OCTET = 1;
export const NULL = 2;
export const OID = 3;
export const INTEGER = 4;
export const UNSIGNED = 5;
const UNSIGNED64 = 6;
export const STRING = 7;
export const SEQUENCE = 8;
export const ADDRESS = 9;
export const UNIT = 10;
export const EXCEPTION = 11;

const UNIVERSAL = 0;
const APPLICATION = 1;
const CONTEXT_SPECIFIC = 2;
const UNIVERSAL_NAMES = [
  'U-0',
  'Boolean',
  'Integer',
  'Bitstring',
  'String',
  'Null',
  'ObjID',
  'ObjectDes',
  'U-8',
  'U-9',
  'U-10',
  'U-11',
  'U-12',
  'U-13',
  'U-14',
  'U-15',
  'Sequence',
  'Set',
];
const APPLICATION_NAMES = ['IpAddress', 'Counter', 'Gauge', 'TimeTicks', 'Opaque', 'C-5', 'Counter64'];
const CONTEXT_NAMES = [
  'GetRequest',
  'GetNextRequest',
  'GetResponse',
  'SetRequest',
  'Trap',
  'GetBulk',
  'Inform',
  'V2Trap',
  'Report',
];
/** The names of types by class. */
const CLASSES = [UNIVERSAL_NAMES, APPLICATION_NAMES, CONTEXT_NAMES, ['P-0']];
const EXCEPTIONS = ['noSuchObject', 'noSuchInstance', 'endOfMibView'];

/** The element read last: one for all, as they are read one after the other. */
export class Element {
  type = ANY;
  /** Its tag's number. */
  id = 0;
  /** Where its contents lie, and how many bytes they are. */
  offset = 0;
  length = 0;
  /** An integer's value. */
  value = 0;

  /**
   * Reads the element at `offset`, which may take `room` bytes. Returns the bytes it takes, or -1 where it cannot be read,
   * with a complaint in the line.
   */
  parse(p: Printer, offset: number, room: number): number {
    this.length = 0;
    this.type = ANY;
    if (room < 1) return complain(p, '[nothing to parse]');
    const end = offset + room;
    const start = offset;
    const first = p.u8(offset++);
    let id = first & 0x1f;
    const constructed = (first & 0x20) !== 0;
    const kind = first >> 6;
    if (id === 0x1f) {
      // Seven bits of the number in each byte; only the last eight bits of it count, as in tcpdump.
      id = 0;
      while ((p.u8(offset) & 0x80) !== 0) {
        if (offset >= end) return complain(p, '[Xtagfield?]');
        id = ((id << 7) | (p.bytes[offset++] & 0x7f)) & 0xff;
      }
      if (offset >= end) return complain(p, '[Xtagfield?]');
      id = ((id << 7) | p.bytes[offset++]) & 0xff;
    }
    this.id = id;
    if (offset >= end) return complain(p, '[no asnlen]');
    let length = p.u8(offset++);
    if ((length & 0x80) !== 0) {
      const octets = length & 0x7f;
      if (end - offset < octets) return complain(p, `[asnlen? ${end - offset}<${octets}]`);
      if (!p.has(offset, octets)) {
        p.truncated();
        return -1;
      }
      length = 0;
      for (let i = 0; i < octets; i++) length = ((length << 8) | p.bytes[offset++]) >>> 0;
    }
    this.length = length;
    if (end - offset < length) return complain(p, `[len${end - offset}<asnlen${length}]`);
    const names = CLASSES[kind];
    if (id >= names.length) return complain(p, `[id?${constructed ? 'C' : 'P'}/x/${id}]`);
    if (!p.has(offset, length)) {
      p.truncated();
      return -1;
    }
    this.offset = offset;
    if (!this.classify(p, constructed, kind, names[id])) return -1;
    return offset + length - start;
  }

  private classify(p: Printer, constructed: boolean, kind: number, name: string): boolean {
    this.type = OCTET;
    if (constructed) {
      if (kind === UNIVERSAL && this.id === 16) this.type = SEQUENCE;
      else if (kind === CONTEXT_SPECIFIC) this.type = UNIT;
      else p.ascii(kind === UNIVERSAL ? `C/U/${name}` : `C/x/${name}`);
      return true;
    }
    switch (kind) {
      case UNIVERSAL:
        return this.classifyUniversal(p, name);
      case APPLICATION:
        this.classifyApplication(p, name);
        return true;
      case CONTEXT_SPECIFIC:
        this.type = this.id < EXCEPTIONS.length ? EXCEPTION : ANY;
        return true;
      default:
        p.ascii(`[P/x/${name}]`);
        return true;
    }
  }

  private classifyUniversal(p: Printer, name: string): boolean {
    const { offset, length } = this;
    switch (this.id) {
      case 2: {
        this.type = INTEGER;
        if (length === 0) {
          p.ascii('[asnlen=0]');
          return false;
        }
        let value = p.bytes[offset] > 0x7f ? -1 : 0;
        for (let i = 0; i < length; i++) value = (value << 8) | p.bytes[offset + i];
        this.value = value;
        break;
      }
      case 4:
        this.type = STRING;
        break;
      case 5:
        this.type = NULL;
        break;
      case 6:
        this.type = OID;
        break;
      default:
        p.ascii(`[P/U/${name}]`);
    }
    return true;
  }

  /** Types of SNMP's structure of management information (RFC 2578, 7.1). */
  private classifyApplication(p: Printer, name: string): void {
    const { id, offset, length } = this;
    if (id === 0) this.type = ADDRESS;
    else if (id <= 3) {
      this.type = UNSIGNED;
      let value = 0;
      for (let i = 0; i < length; i++) value = ((value << 8) | p.bytes[offset + i]) >>> 0;
      this.value = value;
    } else if (id === 6) this.type = UNSIGNED64;
    else p.ascii(`[P/A/${name}]`);
  }

  print(p: Printer): void {
    const { offset, length } = this;
    switch (this.type) {
      case OCTET:
        this.printOctets(p);
        break;
      case NULL:
        break;
      case OID:
        printObject(p, offset, offset + length);
        break;
      case INTEGER:
        p.ascii(`${this.value}`);
        break;
      case UNSIGNED:
        p.decimal(this.value);
        break;
      case UNSIGNED64: {
        let value = 0n;
        for (let i = 0; i < length; i++)
          value = BigInt.asUintN(64, (value << 8n) | BigInt(p.bytes[offset + i]));
        p.ascii(`${value}`);
        break;
      }
      case STRING:
        this.printString(p);
        break;
      case SEQUENCE:
        p.ascii(`Seq(${length})`);
        break;
      case ADDRESS:
        if (length !== 4) p.ascii('[inetaddr len!=4]');
        for (let i = 0; i < length; i++) p.ascii(`${i === 0 ? '' : '.'}${p.bytes[offset + i]}`);
        break;
      case EXCEPTION:
        p.ascii(`[${EXCEPTIONS[this.id]}]`);
        break;
      case UNIT:
        p.ascii(`${CONTEXT_NAMES[this.id]}(${length})`);
        break;
      default:
        p.ascii('[BE_ANY!?]');
    }
  }

  printOctets(p: Printer): void {
    for (let i = 0; i < this.length; i++) {
      p.ascii('_');
      p.out.hexPadded(p.bytes[this.offset + i], 2);
    }
  }

  /** Text, or hex digits where a character cannot be seen. */
  printString(p: Printer): void {
    const { offset, length } = this;
    let visible = true;
    for (let i = 0; visible && i < length; i++)
      visible = p.bytes[offset + i] >= 0x20 && p.bytes[offset + i] < 0x7f;
    if (visible) {
      p.ascii('"');
      p.out.raw(p.bytes, offset, offset + length);
      p.ascii('"');
      return;
    }
    for (let i = 0; i < length; i++) {
      if (i > 0) p.ascii('_');
      p.out.hexPadded(p.bytes[offset + i], 2);
    }
  }
}

function complain(p: Printer, complaint: string): number {
  p.ascii(complaint);
  return -1;
}

/** The first number holds two (X.690, 8.19.4). Those that do not fit have, as in tcpdump, 32 bits and a sign. */
function printObject(p: Printer, offset: number, end: number): void {
  let value = 0;
  for (let first = true; offset < end; offset++) {
    value = (value << 7) + (p.bytes[offset] & 0x7f);
    if (p.bytes[offset] > 0x7f) continue;
    if (first) {
      const root = Math.min(2, Math.trunc(value / 40));
      p.field('.', root >>> 0);
      value -= root * 40;
      first = false;
    }
    p.field('.', value >>> 0);
    value = 0;
  }
}
