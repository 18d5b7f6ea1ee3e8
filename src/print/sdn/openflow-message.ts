// What the messages of all versions of OpenFlow are read and printed with.

import { OUIS } from '../../wire/registry/oui.ts';
import { dumpHexAscii } from '../engine/dump.ts';
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

/** Names of bits, lowest bit first; an empty name is a bit without meaning. */
export type Bits = readonly string[];

const EXPERIMENTERS: Names = new Map([
  [0x4f4e4600, 'ONF Extensions'],
  [0xff000001, 'Budapest University of Technology and Economics'],
  [0xff000002, 'NoviFlow'],
  [0xff000003, 'L3+ Extensions, Vendor Neutral'],
  [0xff000004, 'L4-L7 Extensions'],
  [0xff000005, 'Wireless and Mobility Extensions'],
  [0xff000006, 'Forwarding Abstractions Extensions'],
  [0xff000007, 'Optical Transport Extensions'],
  [0xff000008, 'Network Benchmarking Lab, NCTU'],
  [0xff000009, 'Mobile Packet Core Extensions'],
  [0xff00000a, 'MPLS-TP OpenFlow Extensions for SPTN'],
]);

/** A place in a message, and how many bytes are left of it; reading goes on behind what was read. */
export class Message {
  readonly p: Printer;
  offset: number;
  left: number;

  constructor(p: Printer, offset: number, left: number) {
    this.p = p;
    this.offset = offset;
    this.left = left;
  }

  u8(): number {
    return this.p.u8(this.skip(1));
  }
  u16(): number {
    return this.p.u16(this.skip(2));
  }
  u32(): number {
    return this.p.u32(this.skip(4));
  }
  u64(): bigint {
    return this.p.u64(this.skip(8));
  }
  /** Goes past bytes, captured or not; returns where they begin. */
  skip(n: number): number {
    const { offset } = this;
    this.offset += n;
    this.left -= n;
    return offset;
  }
  /** Goes past bytes that must have been captured. */
  check(n: number): void {
    this.p.need(this.skip(n), n);
  }
  /** The next bytes as a message of their own. */
  part(n: number): Message {
    return new Message(this.p, this.skip(n), n);
  }
  /** What is left cannot be what it is said to be. */
  invalid(): void {
    this.p.invalid();
    this.p.need(this.offset, this.left);
  }

  print(text: string): void {
    this.p.ascii(text);
  }
  /** A MAC address. */
  mac(text: string): void {
    const offset = this.skip(6);
    this.p.need(offset, 6);
    this.p.ascii(text);
    this.p.mac(offset);
  }
  ipv4(text: string): void {
    const offset = this.skip(4);
    this.p.need(offset, 4);
    this.p.ascii(text);
    this.p.ipv4(offset);
  }
  /** A name of at most so many characters, in quotes. */
  name(text: string, length: number): void {
    this.p.ascii(`${text} '`);
    printPadded(this.p, this.skip(length), length);
    this.p.ascii("'");
  }
  /** 32 bits as a number and as the names of bits. */
  bitmap(text: string, bits: Bits): void {
    const value = this.u32();
    this.print(`${text} ${hex(value, 8)}`);
    printBits(this.p, bits, value);
  }
  /** Everything that is left. */
  data(): void {
    const { p, offset, left } = this;
    if (left === 0) return;
    p.ascii(`\n\t data (${left} octets)`);
    if (p.verbose > 1)
      dumpHexAscii(p.out, '\n\t  ', p.bytes, offset, offset + Math.min(left, p.available(offset)));
    p.need(offset, left);
  }
}

export function hex(value: number | bigint, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** The names of the bits that are set, and whether others are than `known`, those that have names if not told. */
export function printBits(p: Printer, bits: Bits, value: number, known?: number): void {
  const named = bits.map((name, i) => [name === '' ? 0 : (1 << i) >>> 0, name] as const);
  const mask = known ?? named.reduce((all, [bit]) => all | bit, 0);
  if ((value & mask) !== 0) {
    p.ascii(' (');
    writeFlags(p, named, '', value, ', ');
    p.ascii(')');
  }
  if ((value & ~mask) !== 0) p.ascii(' (bogus)');
}

/** `0x005c16c7 (Big Switch Networks)`. */
export function vendorName(vendor: number): string {
  const names = vendor <= 0xffffff ? OUIS : EXPERIMENTERS;
  return `${hex(vendor, 8)} (${names.get(vendor) ?? 'unknown'})`;
}

/** The name of a value, or `invalid` and the value in so many digits. */
export function nameOf(names: readonly string[], value: number, digits: number, word = 'invalid'): string {
  return names[value] ?? `${word} (${hex(value, digits)})`;
}

/** An error's type and code, and the data that caused it. */
export function printError(
  message: Message,
  errors: readonly (readonly [name: string, codes: readonly string[]])[],
  other: (type: number) => string | undefined,
): void {
  const type = message.u16();
  message.print(`\n\t type ${errors[type]?.[0] ?? other(type) ?? `invalid (${hex(type, 4)})`}`);
  message.print(`, code ${nameOf(errors[type]?.[1] ?? [], message.u16(), 4)}`);
  message.data();
}
