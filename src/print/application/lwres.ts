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

export function printLwres(p: Printer, at: number, length: number): void {
  p.protocol = 'lwres';
  p.need(at, HEADER_LENGTH);
  const whole = p.u32(at);
  const version = p.u16(at + 4);
  p.ascii(' lwres');
  if (p.verbose > 0 || version !== 0) p.field(' v', version);
  let end = at + whole;
  let known = true;
  if (version === 0) {
    const flags = p.u16(at + 6);
    const operation = p.u32(at + 12);
    const response = (flags & RESPONSE) !== 0;
    p.ascii(` ${OPERATIONS.get(operation) ?? `#0x${operation.toString(16)}`}${response ? '' : '?'}`);
    if ((flags & ~RESPONSE) !== 0) p.ascii(`[0x${flags.toString(16)}]`);
    if (p.verbose > 1) printDetails(p, at);
    known = OPERATIONS.has(operation);
    end = (response ? printResponse : printQuery)(p, operation, at + HEADER_LENGTH);
    if (end < 0) {
      p.invalid();
      return;
    }
  }
  if (whole !== length) p.ascii(` [len: ${whole} != ${length}]`);
  if (known && end < at + whole) p.ascii('[extra]');
}

function printDetails(p: Printer, at: number): void {
  p.hexField(' (serial:0x', p.u32(at + 8));
  p.hexField(' result:0x', p.u32(at + 16));
  p.field(' recvlen:', p.u32(at + 20));
  if (p.verbose > 2) {
    p.hexField(' authtype:0x', p.u16(at + 24));
    p.field(' authlen:', p.u16(at + 26));
  }
  p.ascii(')');
}

function printFlags(p: Printer, at: number): void {
  if (p.verbose > 2) p.hexField(' flags:0x', p.u32(at));
}

/** Answers where what it printed ends; below 0 where an address is none. */
function printQuery(p: Printer, operation: number, at: number): number {
  switch (operation) {
    case ADDRESSES_BY_NAME: {
      p.need(at, 10);
      printFlags(p, at);
      const families = p.u32(at + 4);
      p.ascii(FAMILIES[families & 3]);
      if (families >>> 2 !== 0) p.ascii(`[0x${families.toString(16)}]`);
      return printName(p, at + 10, p.u16(at + 8));
    }
    case NAME_BY_ADDRESS:
      p.need(at, 4);
      printFlags(p, at);
      return printAddress(p, at + 4);
    case DATA_BY_NAME:
      p.need(at, 10);
      printFlags(p, at);
      printKind(p, at);
      return printName(p, at + 10, p.u16(at + 8));
  }
  return at;
}

/** Answers as `printQuery` does. */
function printResponse(p: Printer, operation: number, at: number): number {
  switch (operation) {
    case ADDRESSES_BY_NAME: {
      p.need(at, 10);
      printFlags(p, at);
      const aliases = p.u16(at + 4);
      const addresses = p.u16(at + 6);
      p.ascii(` ${aliases}/${addresses}`);
      let next = printNames(p, printName(p, at + 10, p.u16(at + 8)), aliases);
      for (let i = 0; i < addresses && next >= 0; i++) next = printAddress(p, next);
      return next;
    }
    case NAME_BY_ADDRESS: {
      p.need(at, 8);
      printFlags(p, at);
      const aliases = p.u16(at + 4);
      p.field(' ', aliases);
      return printNames(p, printName(p, at + 8, p.u16(at + 6)), aliases);
    }
    case DATA_BY_NAME: {
      p.need(at, 16);
      printFlags(p, at);
      printKind(p, at);
      p.ascii(' TTL ');
      printSpan(p, p.u32(at + 8));
      const data = p.u16(at + 12);
      const signatures = p.u16(at + 14);
      p.ascii(` ${data}/${signatures}`);
      let next = printNames(p, at + 16, 1);
      for (let i = 0; i < data + signatures; i++) {
        const size = p.u16(next);
        p.hexBytes(next + 2, size);
        next += 2 + size;
      }
      return next;
    }
  }
  return at;
}

/** Type and class of what is asked for. */
function printKind(p: Printer, at: number): void {
  const kind = p.u16(at + 4);
  const type = p.u16(at + 6);
  p.ascii(` ${TYPES.get(type) ?? `Type${type}`}`);
  if (kind !== IN) p.ascii(` ${CLASSES.get(kind) ?? `Class${kind}`}`);
}

function printName(p: Printer, at: number, length: number): number {
  p.ascii(' ');
  if (!printText(p, at, length)) p.need(at, length);
  if (p.u8(at + length) !== 0) p.ascii(' (not NUL-terminated!)');
  return at + length + 1;
}

/** Names behind their lengths. */
function printNames(p: Printer, at: number, count: number): number {
  for (let i = 0; i < count; i++) at = printName(p, at + 2, p.u16(at));
  return at;
}

function printAddress(p: Printer, at: number): number {
  const family = p.u32(at);
  const length = p.u16(at + 4);
  at += 6;
  p.need(at, length);
  const width = family === 1 ? 4 : family === 2 ? 16 : length;
  if (length < width) return -1;
  p.ascii(' ');
  if (family === 1) p.ipv4(at);
  else if (family === 2) p.ipv6(at);
  else {
    p.field('', family);
    p.ascii('/');
    p.hexBytes(at, length);
  }
  return at + width;
}
