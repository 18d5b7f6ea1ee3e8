// The protocol of BIND 9's lightweight resolver.

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printSpan, printText } from '../engine/text.ts';
import { CLASSES, TYPES } from './dns.ts';

const HEADER_LENGTH = 28;
const RESPONSE = 1;
const IN = 1;

const NO_OPERATION = 0;
const ADDRESSES_BY_NAME = 0x00010001;
const NAME_BY_ADDRESS = 0x00010002;
const DATA_BY_NAME = 0x00010003;
const OPERATIONS: Names = new Map([
  [NO_OPERATION, 'noop'],
  [ADDRESSES_BY_NAME, 'getaddrsbyname'],
  [NAME_BY_ADDRESS, 'getnamebyaddr'],
  [DATA_BY_NAME, 'getrdatabyname'],
]);
const FAMILIES = ['', ' IPv4', ' IPv6', ' IPv4/6'];

export function printLwres(p: Printer, offset: number, length: number): void {
  p.protocol = 'lwres';
  p.need(offset, HEADER_LENGTH);
  const whole = p.u32(offset);
  const version = p.u16(offset + 4);
  p.ascii(' lwres');
  if (p.verbose > 0 || version !== 0) p.field(' v', version);
  let end = offset + whole;
  let known = true;
  if (version === 0) {
    const flags = p.u16(offset + 6);
    const operation = p.u32(offset + 12);
    const response = (flags & RESPONSE) !== 0;
    p.ascii(` ${OPERATIONS.get(operation) ?? `#0x${operation.toString(16)}`}${response ? '' : '?'}`);
    if ((flags & ~RESPONSE) !== 0) p.ascii(`[0x${flags.toString(16)}]`);
    if (p.verbose > 1) printDetails(p, offset);
    known = OPERATIONS.has(operation);
    end = (response ? printResponse : printQuery)(p, operation, offset + HEADER_LENGTH);
    if (end < 0) {
      p.invalid();
      return;
    }
  }
  if (whole !== length) p.ascii(` [len: ${whole} != ${length}]`);
  if (known && end < offset + whole) p.ascii('[extra]');
}

function printDetails(p: Printer, offset: number): void {
  p.hexField(' (serial:0x', p.u32(offset + 8));
  p.hexField(' result:0x', p.u32(offset + 16));
  p.field(' recvlen:', p.u32(offset + 20));
  if (p.verbose > 2) {
    p.hexField(' authtype:0x', p.u16(offset + 24));
    p.field(' authlen:', p.u16(offset + 26));
  }
  p.ascii(')');
}

function printFlags(p: Printer, offset: number): void {
  if (p.verbose > 2) p.hexField(' flags:0x', p.u32(offset));
}

/** Returns where what it printed ends; below 0 where an address is none. */
function printQuery(p: Printer, operation: number, offset: number): number {
  switch (operation) {
    case ADDRESSES_BY_NAME: {
      p.need(offset, 10);
      printFlags(p, offset);
      const families = p.u32(offset + 4);
      p.ascii(FAMILIES[families & 3]);
      if (families >>> 2 !== 0) p.ascii(`[0x${families.toString(16)}]`);
      return printName(p, offset + 10, p.u16(offset + 8));
    }
    case NAME_BY_ADDRESS:
      p.need(offset, 4);
      printFlags(p, offset);
      return printAddress(p, offset + 4);
    case DATA_BY_NAME:
      p.need(offset, 10);
      printFlags(p, offset);
      printKind(p, offset);
      return printName(p, offset + 10, p.u16(offset + 8));
  }
  return offset;
}

/** Answers as `printQuery` does. */
function printResponse(p: Printer, operation: number, offset: number): number {
  switch (operation) {
    case ADDRESSES_BY_NAME: {
      p.need(offset, 10);
      printFlags(p, offset);
      const aliases = p.u16(offset + 4);
      const addresses = p.u16(offset + 6);
      p.ascii(` ${aliases}/${addresses}`);
      let next = printNames(p, printName(p, offset + 10, p.u16(offset + 8)), aliases);
      for (let i = 0; i < addresses && next >= 0; i++) next = printAddress(p, next);
      return next;
    }
    case NAME_BY_ADDRESS: {
      p.need(offset, 8);
      printFlags(p, offset);
      const aliases = p.u16(offset + 4);
      p.field(' ', aliases);
      return printNames(p, printName(p, offset + 8, p.u16(offset + 6)), aliases);
    }
    case DATA_BY_NAME: {
      p.need(offset, 16);
      printFlags(p, offset);
      printKind(p, offset);
      p.ascii(' TTL ');
      printSpan(p, p.u32(offset + 8));
      const data = p.u16(offset + 12);
      const signatures = p.u16(offset + 14);
      p.ascii(` ${data}/${signatures}`);
      let next = printNames(p, offset + 16, 1);
      for (let i = 0; i < data + signatures; i++) {
        const size = p.u16(next);
        p.hexBytes(next + 2, size);
        next += 2 + size;
      }
      return next;
    }
  }
  return offset;
}

/** Type and class of what is asked for. */
function printKind(p: Printer, offset: number): void {
  const kind = p.u16(offset + 4);
  const type = p.u16(offset + 6);
  p.ascii(` ${TYPES.get(type) ?? `Type${type}`}`);
  if (kind !== IN) p.ascii(` ${CLASSES.get(kind) ?? `Class${kind}`}`);
}

function printName(p: Printer, offset: number, length: number): number {
  p.ascii(' ');
  if (!printText(p, offset, length)) p.need(offset, length);
  if (p.u8(offset + length) !== 0) p.ascii(' (not NUL-terminated!)');
  return offset + length + 1;
}

/** Names behind their lengths. */
function printNames(p: Printer, offset: number, count: number): number {
  for (let i = 0; i < count; i++) offset = printName(p, offset + 2, p.u16(offset));
  return offset;
}

function printAddress(p: Printer, offset: number): number {
  const family = p.u32(offset);
  const length = p.u16(offset + 4);
  offset += 6;
  p.need(offset, length);
  const width = family === 1 ? 4 : family === 2 ? 16 : length;
  if (length < width) return -1;
  p.ascii(' ');
  if (family === 1) p.ipv4(offset);
  else if (family === 2) p.ipv6(offset);
  else {
    p.field('', family);
    p.ascii('/');
    p.hexBytes(offset, length);
  }
  return offset + width;
}
