// What the replies of NFS bring (RFC 1094, 2.2; RFC 1813, 3.3).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { fileName, handle, NFS, printVerifier, SHORT, TYPES, time, whole, writeMode } from './nfs-value.ts';

const ATTRIBUTES_2 = 68;
const ATTRIBUTES_3 = 84;
const ACCEPTED = ['success', 'PROG_UNAVAIL', 'PROG_MISMATCH', 'PROC_UNAVAIL', 'GARBAGE_ARGS', 'SYSTEM_ERR'];
/** Errors: those of the RFCs and of the systems servers ran on. */
const ERRORS: Names = new Map([
  [1, 'Operation not permitted'],
  [2, 'No such file or directory'],
  [5, 'Input/output error'],
  [6, 'Device not configured'],
  [11, 'Resource deadlock avoided'],
  [12, 'Cannot allocate memory'],
  [13, 'Permission denied'],
  [17, 'File exists'],
  [18, 'Cross-device link'],
  [19, 'Operation not supported by device'],
  [20, 'Not a directory'],
  [21, 'Is a directory'],
  [22, 'Invalid argument'],
  [26, 'Text file busy'],
  [27, 'File too large'],
  [28, 'No space left on device'],
  [30, 'Read-only file system'],
  [31, 'Too many links'],
  [45, 'Operation not supported'],
  [62, 'Too many levels of symbolic links'],
  [63, 'File name too long'],
  [66, 'Directory not empty'],
  [69, 'Disc quota exceeded'],
  [70, 'Stale NFS file handle'],
  [71, 'Too many levels of remote in path'],
  [99, 'Write cache flushed to disk'],
  [10001, 'Illegal NFS file handle'],
  [10002, 'Update synchronization mismatch'],
  [10003, 'READDIR/READDIRPLUS cookie is stale'],
  [10004, 'Operation not supported'],
  [10005, 'Buffer or request is too small'],
  [10006, 'Unspecified error on server'],
  [10007, 'Object of that type not supported'],
  [10008, "Request couldn't be completed in time"],
]);

/** Prints what the reply at `offset` to a call of this procedure (as one of version 3) says. */
export function printNfsResult(
  p: Printer,
  offset: number,
  length: number,
  procedure: number,
  version3: boolean,
): void {
  if (procedure === 0 || procedure > NFS.COMMIT) return;
  offset += 12;
  const verifier = p.u32(offset + 4);
  if (verifier >= length) throw SHORT;
  offset += verifier + 11 - ((verifier + 11) % 4);
  const accepted = p.u32(offset);
  if (accepted !== 0) {
    p.ascii(` ${ACCEPTED[accepted] ?? `ar_stat ${accepted}`}`);
    return;
  }
  offset += 4;
  const error = p.u32(offset);
  if (error !== 0) p.ascii(` ERROR: ${ERRORS.get(error) ?? `unk ${error}`}`);
  try {
    if (version3) printVersion3(p, offset + 4, procedure, error !== 0);
    else if (error === 0) printVersion2(p, offset + 4, procedure);
  } catch (thrown) {
    // Behind an error that was told, a structure that lacks is no truncation to tcpdump.
    if (thrown !== SHORT || error === 0) throw thrown;
  }
}

function printVersion2(p: Printer, offset: number, procedure: number): void {
  switch (procedure) {
    case NFS.GETATTR:
    case NFS.SETATTR:
      attributes(p, offset, 1, false);
      return;
    case NFS.READ:
    case NFS.WRITE:
      attributes(p, offset, p.verbose, false);
      return;
    case NFS.LOOKUP:
    case NFS.CREATE:
    case NFS.MKDIR:
      attributes(p, handle(p, offset, false), p.verbose, false);
      return;
    case NFS.READLINK:
      p.ascii(' ');
      fileName(p, offset);
      return;
    case NFS.READDIR:
      p.need(offset, 8);
      p.ascii(` offset 0x${p.u32(offset).toString(16)} size ${p.u32(offset + 4)} `);
      if (p.u32(offset + 8) !== 0) p.ascii(' eof');
      return;
    case NFS.FSSTAT: {
      whole(p, offset, 20);
      const titles = ['tsize', 'bsize', 'blocks', 'bfree', 'bavail'];
      p.ascii(titles.map((title, i) => ` ${title} ${p.u32(offset + i * 4)}`).join(''));
    }
  }
}

function printVersion3(p: Printer, offset: number, procedure: number, failed: boolean): void {
  const loud = p.verbose > 0;
  switch (procedure) {
    case NFS.GETATTR:
      if (!failed) attributes(p, offset, 1, true);
      return;
    case NFS.SETATTR:
    case NFS.REMOVE:
    case NFS.RMDIR:
      changes(p, offset);
      return;
    case NFS.COMMIT:
      offset = changes(p, offset);
      if (p.verbose > 1) p.ascii(` verf ${p.u64(offset).toString(16)}`);
      return;
    case NFS.LOOKUP:
      if (!failed) offset = after(p, handle(p, offset, true));
      if (p.verbose > 1) {
        p.ascii(' post dattr:');
        after(p, offset);
      }
      return;
    case NFS.ACCESS:
      if (loud) p.ascii(' attr:');
      offset = after(p, offset);
      if (failed) return;
      p.ascii(` c ${p.u32(offset).toString(16).padStart(4, '0')}`);
      return;
    case NFS.READLINK:
      if (failed) return;
      offset = after(p, offset);
      p.ascii(' ');
      fileName(p, offset);
      return;
    case NFS.READ:
      offset = after(p, offset);
      if (failed || !loud) return;
      p.ascii(` ${p.u32(offset)} bytes`);
      if (p.u32(offset + 4) !== 0) p.ascii(' EOF');
      return;
    case NFS.WRITE:
      printWritten(p, offset, failed);
      return;
    case NFS.CREATE:
    case NFS.MKDIR:
    case NFS.SYMLINK:
    case NFS.MKNOD:
      printCreated(p, offset, failed);
      return;
    case NFS.RENAME:
      if (!loud) return;
      p.ascii(' from:');
      offset = changes(p, offset);
      p.ascii(' to:');
      changes(p, offset);
      return;
    case NFS.LINK:
      if (!loud) return;
      p.ascii(' file POST:');
      offset = after(p, offset);
      p.ascii(' dir:');
      changes(p, offset);
      return;
  }
  printDirectoryOrServer(p, offset, procedure, failed);
}

function printWritten(p: Printer, offset: number, failed: boolean): void {
  offset = changes(p, offset);
  if (failed || p.verbose === 0) return;
  p.ascii(` ${p.u32(offset)} bytes`);
  if (p.verbose < 2) return;
  p.ascii(writeMode(p.u32(offset + 4)));
  p.ascii(` verf ${p.u64(offset + 8).toString(16)}`);
}

function printCreated(p: Printer, offset: number, failed: boolean): void {
  if (failed) {
    changes(p, offset);
    return;
  }
  if (p.u32(offset) === 0) return;
  offset = handle(p, offset + 4, true);
  if (p.verbose === 0) return;
  offset = after(p, offset);
  if (p.verbose < 2) return;
  p.ascii(' dir attr:');
  changes(p, offset);
}

/** Attributes, then the entries of a directory or what a server says of itself. */
function printDirectoryOrServer(p: Printer, offset: number, procedure: number, failed: boolean): void {
  const loud = p.verbose > 0;
  if (loud) p.ascii(' POST:');
  offset = after(p, offset);
  switch (procedure) {
    case NFS.READDIR:
    case NFS.READDIRPLUS:
      if (!failed && loud) printVerifier(p, offset);
      return;
    case NFS.FSSTAT:
      printStatistics(p, offset);
      return;
    case NFS.FSINFO:
      if (!failed) printInformation(p, offset);
      return;
    case NFS.PATHCONF:
      if (!failed) printConfiguration(p, offset);
  }
}

function printStatistics(p: Printer, offset: number): void {
  whole(p, offset, 52);
  const titles = ['tbytes', 'fbytes', 'abytes', 'tfiles', 'ffiles', 'afiles'];
  titles.forEach((title, i) => {
    if (i < 3 || p.verbose > 0) p.ascii(` ${title} ${p.u64(offset + i * 8)}`);
  });
  if (p.verbose > 0) p.field(' invar ', p.u32(offset + 48));
}

function printInformation(p: Printer, offset: number): void {
  whole(p, offset, 48);
  p.ascii(` rtmax ${p.u32(offset)} rtpref ${p.u32(offset + 4)} wtmax ${p.u32(offset + 12)}`);
  p.ascii(` wtpref ${p.u32(offset + 16)} dtpref ${p.u32(offset + 24)}`);
  if (p.verbose === 0) return;
  p.ascii(` rtmult ${p.u32(offset + 8)} wtmult ${p.u32(offset + 20)} maxfsz ${p.u64(offset + 28)}`);
  p.ascii(` delta ${time(p, offset + 36)} `);
}

function printConfiguration(p: Printer, offset: number): void {
  whole(p, offset, 24);
  p.ascii(` linkmax ${p.u32(offset)} namemax ${p.u32(offset + 4)}`);
  ['notrunc', 'chownres', 'igncase', 'keepcase'].forEach((title, i) => {
    p.ascii(p.u32(offset + 8 + i * 4) !== 0 ? ` ${title}` : ' ');
  });
}

/** The attributes of a file, as far as `verbose` asks for them; returns where they end. */
function attributes(p: Printer, offset: number, verbose: number, version3: boolean): number {
  whole(p, offset, 20);
  if (verbose > 0) {
    const type = p.u32(offset);
    p.ascii(` ${TYPES.get(type) ?? `unk-ft ${type} `} ${p.u32(offset + 4).toString(8)}`);
    p.ascii(` ids ${p.u32(offset + 12) | 0}/${p.u32(offset + 16) | 0}`);
    p.ascii(` sz ${version3 ? p.u64(offset + 20) : p.u32(offset + 20)}`);
  }
  const end = offset + (version3 ? ATTRIBUTES_3 : ATTRIBUTES_2);
  if (verbose < 2) return end;
  whole(p, offset, end - offset);
  p.field(' nlink ', p.u32(offset + 8));
  if (version3) {
    p.ascii(` rdev ${p.u32(offset + 36)}/${p.u32(offset + 40)}`);
    p.ascii(` fsid ${p.u64(offset + 44).toString(16)} fileid ${p.u64(offset + 52).toString(16)}`);
  } else {
    p.hexField(' rdev 0x', p.u32(offset + 28));
    p.hexField(' fsid 0x', p.u32(offset + 36));
    p.hexField(' nodeid 0x', p.u32(offset + 40));
  }
  p.ascii(` a/m/ctime ${time(p, end - 24)} ${time(p, end - 16)} ${time(p, end - 8)}`);
  return end;
}

/** Attributes after the operation, if they are there. */
function after(p: Printer, offset: number): number {
  if (p.u32(offset) === 0) return offset + 4;
  return p.verbose > 0 ? attributes(p, offset + 4, p.verbose, true) : offset + 4 + ATTRIBUTES_3;
}

/** What changed: size and times before the operation, attributes after it. */
function changes(p: Printer, offset: number): number {
  if (p.verbose > 1) p.ascii(' PRE:');
  const there = p.u32(offset) !== 0;
  offset += 4;
  if (there) {
    whole(p, offset, 24);
    if (p.verbose > 1) {
      p.ascii(` sz ${p.u64(offset)} mtime ${time(p, offset + 8)} ctime ${time(p, offset + 16)}`);
    }
    offset += 24;
  }
  if (p.verbose > 0) p.ascii(' POST:');
  return after(p, offset);
}
