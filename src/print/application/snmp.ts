// SNMP (RFC 1157, RFC 3416, RFC 3412).

import type { Printer } from '../engine/printer.ts';
import { ADDRESS, Element, INTEGER, NULL, OID, SEQUENCE, STRING, UNIT, UNSIGNED } from './asn1.ts';

const VERSIONS = ['SNMPv1', 'SNMPv2c', '', 'SNMPv3'];
const GET = 0;
const GET_NEXT = 1;
const RESPONSE = 2;
const TRAP = 4;
const GET_BULK = 5;
const INFORM = 6;
const ENTERPRISE = 6;
const USER_SECURITY = 3;
/** Flags of a message: authenticated, private, to be reported. Privacy without authentication there is not. */
const FLAGS = new Set([0, 1, 3, 4, 5, 7]);
const ERRORS = [
  'noError',
  'tooBig',
  'noSuchName',
  'badValue',
  'readOnly',
  'genErr',
  'noAccess',
  'wrongType',
  'wrongLength',
  'wrongEncoding',
  'wrongValue',
  'noCreation',
  'inconsistentValue',
  'resourceUnavailable',
  'commitFailed',
  'undoFailed',
  'authorizationError',
  'notWritable',
  'inconsistentName',
];
const TRAPS = [
  'coldStart',
  'warmStart',
  'linkDown',
  'linkUp',
  'authenticationFailure',
  'egpNeighborLoss',
  'enterpriseSpecific',
];

/** Elements of a message, read one after the other. */
class Reader {
  readonly element = new Element();
  private p: Printer | undefined;
  private offset = 0;
  private end = 0;

  /** Places the reader before the elements in these bytes. */
  place(p: Printer, offset: number, length: number): void {
    this.p = p;
    this.offset = offset;
    this.end = offset + length;
  }

  get rest(): number {
    return this.end - this.offset;
  }
  get position(): number {
    return this.offset;
  }

  /** Reads the next element; returns false, with a complaint in the line, where it cannot be read. */
  read(): boolean {
    const p = this.p as Printer;
    const size = this.element.parse(p, this.offset, this.end - this.offset);
    if (size < 0) return false;
    this.offset += size;
    return true;
  }

  /** Reads an element that has to be of this type. */
  expect(type: number, complaint: string): boolean {
    if (!this.read()) return false;
    if (this.element.type === type) return true;
    const p = this.p as Printer;
    p.ascii(complaint);
    this.element.print(p);
    return false;
  }

  /** Goes on with what is in the element read last. */
  descend(): void {
    this.offset = this.element.offset;
    this.end = this.element.offset + this.element.length;
  }
}

const reader = new Reader();
const { element } = reader;

export function printSnmp(p: Printer, offset: number, length: number): void {
  p.protocol = 'snmp';
  p.ascii(' ');
  reader.place(p, offset, length);
  if (!reader.expect(SEQUENCE, '[!init SEQ]')) return;
  extra(p, 'after iSEQ');
  reader.descend();
  if (!reader.expect(INTEGER, '[version!=INT]')) return;
  const version = element.value;
  if (version !== 0 && version !== 1 && version !== 3) {
    p.ascii(`SNMP [version = ${version}]`);
    return;
  }
  if (p.verbose > 0) p.ascii(`{ ${VERSIONS[version]} `);
  if (version === 3) printMessage(p);
  else printCommunity(p, version);
  if (p.verbose > 0) p.ascii('} ');
}

function extra(p: Printer, where: string): void {
  if (reader.rest > 0) p.ascii(`[${reader.rest} extra ${where}]`);
}

function printCommunity(p: Printer, version: number): void {
  if (!reader.expect(STRING, '[comm!=STR]')) return;
  if (!isPublic(p)) {
    p.ascii('C=');
    element.printString(p);
    p.ascii(' ');
  }
  printUnit(p, version);
}

function isPublic(p: Printer): boolean {
  const name = 'public';
  if (element.length !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (p.bytes[element.offset + i] !== name.charCodeAt(i)) return false;
  return true;
}

function printUnit(p: Printer, version: number): void {
  if (!reader.read()) return;
  if (element.type !== UNIT) {
    p.ascii('[no PDU]');
    return;
  }
  extra(p, 'after PDU');
  if (p.verbose > 0) p.ascii('{ ');
  element.print(p);
  p.ascii(' ');
  const unit = element.id;
  reader.descend();
  if (version === 0 && (unit === GET_BULK || unit >= INFORM)) {
    p.ascii('[v2 PDU in v1 message]');
    return;
  }
  if (version === 1 && unit === TRAP) {
    p.ascii('[v1 PDU in v2 message]');
    return;
  }
  if (unit === TRAP) printTrap(p);
  else printRequest(p, unit);
  if (p.verbose > 0) p.ascii(' } ');
}

function printRequest(p: Printer, unit: number): void {
  if (!reader.expect(INTEGER, '[reqId!=INT]')) return;
  if (p.verbose > 0) p.ascii(`R=${element.value} `);
  if (!reader.expect(INTEGER, '[errorStatus!=INT]')) return;
  // Only responses have errors; of requests in bulk the two numbers mean something else.
  const plain = unit !== GET_BULK && unit !== RESPONSE;
  const status = element.value;
  const name = ERRORS[status] ?? `err=${status >>> 0}`;
  if (unit === GET_BULK) p.ascii(` N=${status}`);
  else if (status !== 0) p.ascii(plain ? `[errorStatus(${name})!=0]` : ` ${name}`);
  if (!reader.expect(INTEGER, '[errorIndex!=INT]')) return;
  const index = element.value;
  if (unit === GET_BULK) p.ascii(` M=${index}`);
  else if (plain) {
    if (index !== 0) p.ascii(`[errorIndex(${index})!=0]`);
  } else if (index !== 0) p.ascii(status === 0 ? `[errorIndex(${index}) w/o errorStatus]` : `@${index}`);
  else if (status !== 0) p.ascii('[errorIndex==0]');
  printVariables(p, unit);
}

function printTrap(p: Printer): void {
  p.ascii(' ');
  if (!reader.expect(OID, '[enterprise!=OID]')) return;
  element.print(p);
  p.ascii(' ');
  if (!reader.expect(ADDRESS, '[agent-addr!=INETADDR]')) return;
  element.print(p);
  if (!reader.expect(INTEGER, '[generic-trap!=INT]')) return;
  const generic = element.value;
  p.ascii(` ${TRAPS[generic] ?? `gt=${generic}`}`);
  if (!reader.expect(INTEGER, '[specific-trap!=INT]')) return;
  if (generic === ENTERPRISE) p.ascii(` s=${element.value}`);
  else if (element.value !== 0) p.ascii(`[specific-trap(${element.value})!=0]`);
  p.ascii(' ');
  if (!reader.expect(UNSIGNED, '[time-stamp!=TIMETICKS]')) return;
  element.print(p);
  printVariables(p, TRAP);
}

function printVariables(p: Printer, unit: number): void {
  if (!reader.expect(SEQUENCE, '[!SEQ of varbind]')) return;
  extra(p, 'after SEQ of varbind');
  const asked = unit === GET || unit === GET_NEXT || unit === GET_BULK;
  const end = element.offset + element.length;
  for (let offset = element.offset; offset !== end; ) {
    p.ascii(' ');
    reader.place(p, offset, end - offset);
    if (!reader.expect(SEQUENCE, '[!varbind]')) return;
    offset = reader.position;
    reader.descend();
    if (!reader.expect(OID, '[objName!=OID]')) return;
    element.print(p);
    if (!asked) p.ascii('=');
    if (!reader.read()) return;
    if (element.type === NULL) continue;
    if (asked) p.ascii('[objVal!=NULL]');
    element.print(p);
  }
}

/** A message of version 3. */
function printMessage(p: Printer): void {
  if (!reader.expect(SEQUENCE, '[!message]')) return;
  // tcpdump takes the security parameters for what follows the last number it reads in here.
  const end = reader.position + reader.rest;
  reader.descend();
  if (p.verbose > 0) p.ascii('{ ');
  if (!reader.expect(INTEGER, '[msgID!=INT]') || !reader.expect(INTEGER, '[msgMaxSize!=INT]')) return;
  if (!reader.expect(STRING, '[msgFlags!=STR]')) return;
  if (element.length !== 1) {
    p.ascii(`[msgFlags size ${element.length}]`);
    return;
  }
  const flags = p.bytes[element.offset];
  if (!FLAGS.has(flags)) {
    p.ascii(`[msgFlags=0x${flags.toString(16).toUpperCase().padStart(2, '0')}]`);
    return;
  }
  p.ascii(`F=${(flags & 1) !== 0 ? 'a' : ''}${(flags & 2) !== 0 ? 'p' : ''}${(flags & 4) !== 0 ? 'r' : ''} `);
  const start = reader.position;
  if (!reader.expect(INTEGER, '[msgSecurityModel!=INT]')) return;
  const model = element.value;
  const taken = reader.position - start;
  if (taken < reader.rest) p.ascii(`[${reader.rest - taken} extra after message SEQ]`);
  if (p.verbose > 0) p.ascii('} ');
  if (model !== USER_SECURITY) {
    p.ascii(`[security model ${model}]`);
    return;
  }
  if (p.verbose > 0) p.ascii('{ USM ');
  reader.place(p, reader.position, end - reader.position);
  if (!reader.expect(STRING, '[msgSecurityParameters!=STR]')) return;
  const offset = reader.position;
  reader.descend();
  printSecurity(p);
  if (p.verbose > 0) p.ascii('} { ScopedPDU ');
  reader.place(p, offset, end - offset);
  printScoped(p);
  if (p.verbose > 0) p.ascii('} ');
}

/** The parameters of the user-based security model (RFC 3414). */
function printSecurity(p: Printer): void {
  if (!reader.expect(SEQUENCE, '[!usm]')) return;
  reader.descend();
  if (!reader.expect(STRING, '[msgAuthoritativeEngineID!=STR]')) return;
  if (!reader.expect(INTEGER, '[msgAuthoritativeEngineBoots!=INT]')) return;
  if (p.verbose > 0) p.ascii(`B=${element.value} `);
  if (!reader.expect(INTEGER, '[msgAuthoritativeEngineTime!=INT]')) return;
  if (p.verbose > 0) p.ascii(`T=${element.value} `);
  if (!reader.expect(STRING, '[msgUserName!=STR]')) return;
  p.ascii('U=');
  element.printString(p);
  p.ascii(' ');
  if (!reader.expect(STRING, '[msgAuthenticationParameters!=STR]')) return;
  const start = reader.position;
  if (!reader.expect(STRING, '[msgPrivacyParameters!=STR]')) return;
  const taken = reader.position - start;
  if (taken < reader.rest) p.ascii(`[${reader.rest - taken} extra after usm SEQ]`);
}

function printScoped(p: Printer): void {
  if (!reader.expect(SEQUENCE, '[!scoped PDU]')) return;
  reader.descend();
  if (!reader.expect(STRING, '[contextEngineID!=STR]')) return;
  p.ascii('E=');
  element.printOctets(p);
  p.ascii(' ');
  if (!reader.expect(STRING, '[contextName!=STR]')) return;
  p.ascii('C=');
  element.printString(p);
  p.ascii(' ');
  printUnit(p, 3);
}
