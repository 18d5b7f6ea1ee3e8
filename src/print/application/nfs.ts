// NFS versions 2 and 3 (RFC 1094, RFC 1813) over ONC RPC (RFC 5531): calls, and replies to calls that were seen.

import { type Printer, TRUNCATED } from '../engine/printer.ts';
import { NfsCalls } from './nfs-calls.ts';
import { printNfsResult } from './nfs-reply.ts';
import {
  fileName,
  handle,
  LONGEST_PADDED,
  NFS,
  printVerifier,
  SHORT,
  TYPES,
  time,
  whole,
  writeMode,
} from './nfs-value.ts';

const PORT = 2049;
/** Directions of a message. */
const CALL = 0;
const REPLY = 1;

const NO_OPERATION = 25;
/** Procedures of version 2 by those of version 3. */
const VERSION_2 = [
  ...[0, 1, 2, NO_OPERATION, 3, 5, 6, NO_OPERATION, 7, 8, 12, 14, 15, 10, 9, 13, 16, 18],
  ...Array.from({ length: 8 }, () => NO_OPERATION),
];
const PROCEDURES = [
  'null',
  'getattr',
  'setattr',
  'lookup',
  'access',
  'readlink',
  'read',
  'write',
  'create',
  'mkdir',
  'symlink',
  'mknod',
  'remove',
  'rmdir',
  'rename',
  'link',
  'readdir',
  'readdirplus',
  'fsstat',
  'fsinfo',
  'pathconf',
  'commit',
];
const AUTHENTICATION = [
  'OK',
  'Bogus Credentials (seal broken)',
  'Rejected Credentials (client should begin new session)',
  'Bogus Verifier (seal broken)',
  'Verifier expired or was replayed',
  'Credentials are too weak',
  'Bogus response verifier',
  'Unknown failure',
];
const BLOCK_DEVICE = 3;
const CHARACTER_DEVICE = 4;
/** A time that the client sets, rather than the server, or that is left as it is. */
const BY_CLIENT = 2;
const ACCESS = ['READ', 'LOOKUP', 'MODIFY', 'EXTEND', 'DELETE', 'EXECUTE'];
const ACCESS_FULL = 0x3f;

/** A message over UDP, a call to the port or a reply from it. */
export function printNfs(p: Printer, offset: number, length: number): void {
  printMessage(p, offset, length, '');
}

/** Over TCP, behind the record mark (RFC 5531, 11). */
export function printNfsOverTcp(p: Printer, offset: number, length: number): void {
  if (length < 4 || !p.has(offset, 4)) return;
  const record = p.u32(offset) & 0x7fff_ffff;
  printMessage(p, offset + 4, Math.min(record, length - 4), ': ');
}

function printMessage(p: Printer, offset: number, length: number, colon: string): void {
  if (!p.has(offset + 4, 4)) return;
  const direction = p.u32(offset + 4);
  const call = p.destinationPort === PORT && direction === CALL;
  if (!call && (p.sourcePort !== PORT || direction !== REPLY)) return;
  p.ascii(`${colon}NFS ${call ? 'request' : 'reply'} xid ${p.u32(offset)} `);
  p.protocol = 'nfs';
  try {
    if (call) printCall(p, offset, length);
    else printReply(p, offset, length);
  } catch (error) {
    if (error !== SHORT) throw error;
    p.truncated();
  }
}

/** The procedure, as one of version 3. */
function procedureOf(procedure: number, version: number): number {
  return version === 3 ? procedure : (VERSION_2[procedure] ?? procedure);
}

function printProcedure(p: Printer, procedure: number): void {
  p.ascii(procedure === NO_OPERATION ? ' nop' : ` ${PROCEDURES[procedure] ?? `proc-${procedure}`}`);
}

function printReply(p: Printer, offset: number, length: number): void {
  whole(p, offset + 8, 4);
  const status = p.u32(offset + 8);
  if (status === 0) {
    p.field('reply ok ', length);
    const calls = p.state(NfsCalls);
    if (!calls.find(p, offset)) return;
    const procedure = procedureOf(calls.procedure, calls.version);
    printProcedure(p, procedure);
    printNfsResult(p, offset, length, procedure, calls.version === 3);
  } else if (status === 1) {
    p.ascii(`reply ERR ${length}: `);
    whole(p, offset + 12, 4);
    const why = p.u32(offset + 12);
    if (why === 0) {
      whole(p, offset + 16, 8);
      p.ascii(`RPC Version mismatch (${p.u32(offset + 16)}-${p.u32(offset + 20)})`);
    } else if (why === 1) {
      whole(p, offset + 16, 4);
      const code = p.u32(offset + 16);
      p.ascii(`Auth ${AUTHENTICATION[code] ?? `Invalid failure code ${code}`}`);
    } else p.field('Unknown reason for rejecting rpc message ', why);
  } else p.ascii(`reply Unknown rpc response code=${status} ${length}`);
}

/** Where the arguments of a call lie: behind credentials and verifier. */
function argumentsOf(p: Printer, offset: number, length: number): number {
  for (const last of [false, true]) {
    if (length < 8) throw SHORT;
    const size = p.u32(offset + 4);
    if (size > LONGEST_PADDED) throw TRUNCATED;
    const rounded = ((size + 3) & ~3) >>> 0;
    whole(p, offset + 8, rounded);
    if (last ? 8 + rounded >= length : 8 + rounded > length) throw SHORT;
    offset += 8 + rounded;
    length -= 8 + rounded;
  }
  return offset;
}

function handleAndName(p: Printer, offset: number, version3: boolean): number {
  offset = handle(p, offset, version3);
  p.ascii(' ');
  return fileName(p, offset);
}

/** ` 512 bytes @ 0`. */
function bytesAt(p: Printer, count: number, offset: number | bigint): void {
  p.ascii(` ${count} bytes @ ${offset}`);
}

function printCall(p: Printer, offset: number, length: number): void {
  p.decimal(length);
  whole(p, offset + 20, 4);
  p.state(NfsCalls).enter(p, offset);
  const version3 = p.u32(offset + 16) === 3;
  const procedure = procedureOf(p.u32(offset + 20), p.u32(offset + 16));
  printProcedure(p, procedure);
  if (procedure === 0 || procedure > NFS.COMMIT) return;
  offset = argumentsOf(p, offset + 24, length);
  switch (procedure) {
    case NFS.LOOKUP:
    case NFS.CREATE:
    case NFS.MKDIR:
    case NFS.REMOVE:
    case NFS.RMDIR:
      handleAndName(p, offset, version3);
      return;
    case NFS.RENAME:
      offset = handleAndName(p, offset, version3);
      p.ascii(' ->');
      handleAndName(p, offset, version3);
      return;
    case NFS.SYMLINK:
      printSymlink(p, handleAndName(p, offset, version3), version3);
      return;
    case NFS.MKNOD:
      printNode(p, handleAndName(p, offset, version3));
      return;
  }
  offset = handle(p, offset, version3);
  switch (procedure) {
    case NFS.ACCESS:
      printAccess(p, p.u32(offset));
      return;
    case NFS.READ:
      if (version3) bytesAt(p, p.u32(offset + 8), p.u64(offset));
      else bytesAt(p, p.u32(offset + 4), p.u32(offset));
      return;
    case NFS.WRITE:
      if (version3) {
        p.need(offset, 20);
        p.ascii(` ${p.u32(offset + 16)} (${p.u32(offset + 8)}) bytes @ ${p.u64(offset)}`);
        if (p.verbose > 0) p.ascii(writeMode(p.u32(offset + 12)));
      } else {
        p.need(offset, 16);
        p.ascii(
          ` ${p.u32(offset + 12)} (${p.u32(offset + 8)}) bytes @ ${p.u32(offset + 4)} (${p.u32(offset)})`,
        );
      }
      return;
    case NFS.LINK:
      p.ascii(' ->');
      handleAndName(p, offset, version3);
      return;
    case NFS.READDIR:
      if (!version3) bytesAt(p, p.u32(offset + 4), p.u32(offset));
      else {
        bytesAt(p, p.u32(offset + 16), BigInt.asIntN(64, p.u64(offset)));
        if (p.verbose > 0) printVerifier(p, offset + 8);
      }
      return;
    case NFS.READDIRPLUS:
      bytesAt(p, p.u32(offset + 16), BigInt.asIntN(64, p.u64(offset)));
      if (p.verbose > 0) {
        p.field(' max ', p.u32(offset + 20));
        printVerifier(p, offset + 8);
      }
      return;
    case NFS.COMMIT:
      bytesAt(p, p.u32(offset + 8), p.u64(offset));
  }
}

function printAccess(p: Printer, wanted: number): void {
  if (wanted > ACCESS_FULL) {
    p.ascii(` ${wanted.toString(16).padStart(4, '0')}`);
  } else if (wanted === ACCESS_FULL) p.ascii(' NFS_ACCESS_FULL');
  else {
    const names = ACCESS.filter((_, bit) => (wanted & (1 << bit)) !== 0);
    if (names.length > 0) p.ascii(` NFS_ACCESS_${names.join('|NFS_ACCESS_')}`);
  }
}

/** Attributes to set: each there or not. Returns where they end. */
function skipAttributes(p: Printer, offset: number): number {
  for (let i = 0; i < 6; i++) {
    const value = p.u32(offset);
    const size = i < 4 ? (value === 0 ? 0 : 4) : value === BY_CLIENT ? 8 : 0;
    p.need(offset + 4, size);
    offset += 4 + size;
  }
  return offset;
}

/** tcpdump takes four bytes of a size, not eight. */
function printAttributes(p: Printer, offset: number): void {
  for (const title of [' mode ', ' uid ', ' gid ', '']) {
    const set = p.u32(offset) !== 0;
    offset += 4;
    if (!set) continue;
    const value = p.u32(offset);
    offset += 4;
    if (title !== '') p.ascii(`${title}${value.toString(title === ' mode ' ? 8 : 10)}`);
  }
  if (p.verbose < 2) return;
  for (const title of [' atime ', ' mtime ']) {
    const client = p.u32(offset) === BY_CLIENT;
    offset += 4;
    if (!client) continue;
    p.ascii(`${title}${time(p, offset)}`);
    offset += 8;
  }
}

function printSymlink(p: Printer, offset: number, version3: boolean): void {
  p.ascii(' ->');
  fileName(p, version3 ? skipAttributes(p, offset) : offset);
  if (version3 && p.verbose > 0) printAttributes(p, offset);
}

function printNode(p: Printer, offset: number): void {
  const type = p.u32(offset);
  const end = skipAttributes(p, offset + 4);
  p.ascii(` ${TYPES.get(type) ?? `unk-ft ${type}`}`);
  if (p.verbose === 0) return;
  if (type === CHARACTER_DEVICE || type === BLOCK_DEVICE) {
    p.need(end, 8);
    p.ascii(` ${p.u32(end)}/${p.u32(end + 4)}`);
  }
  printAttributes(p, offset + 4);
}
