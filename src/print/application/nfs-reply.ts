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

/** Prints what the reply at `at` to a call of this procedure (as one of version 3) says. */
export function printNfsResult(
  p: Printer,
  at: number,
  length: number,
  procedure: number,
  version3: boolean,
): void {
  if (procedure === 0 || procedure > NFS.COMMIT) return;
  at += 12;
  const verifier = p.u32(at + 4);
  if (verifier >= length) throw SHORT;
  at += verifier + 11 - ((verifier + 11) % 4);
  const accepted = p.u32(at);
  if (accepted !== 0) {
    p.ascii(` ${ACCEPTED[accepted] ?? `ar_stat ${accepted}`}`);
    return;
  }
  at += 4;
  const error = p.u32(at);
  if (error !== 0) p.ascii(` ERROR: ${ERRORS.get(error) ?? `unk ${error}`}`);
  try {
    if (version3) printVersion3(p, at + 4, procedure, error !== 0);
    else if (error === 0) printVersion2(p, at + 4, procedure);
  } catch (thrown) {
    // Behind an error that was told, a structure that lacks is no truncation to tcpdump.
    if (thrown !== SHORT || error === 0) throw thrown;
  }
}

function printVersion2(p: Printer, at: number, procedure: number): void {
  switch (procedure) {
    case NFS.GETATTR:
    case NFS.SETATTR:
      attributes(p, at, 1, false);
      return;
    case NFS.READ:
    case NFS.WRITE:
      attributes(p, at, p.verbose, false);
      return;
    case NFS.LOOKUP:
    case NFS.CREATE:
    case NFS.MKDIR:
      attributes(p, handle(p, at, false), p.verbose, false);
      return;
    case NFS.READLINK:
      p.ascii(' ');
      fileName(p, at);
      return;
    case NFS.READDIR:
      p.need(at, 8);
      p.ascii(` offset 0x${p.u32(at).toString(16)} size ${p.u32(at + 4)} `);
      if (p.u32(at + 8) !== 0) p.ascii(' eof');
      return;
    case NFS.FSSTAT: {
      whole(p, at, 20);
      const titles = ['tsize', 'bsize', 'blocks', 'bfree', 'bavail'];
      p.ascii(titles.map((title, i) => ` ${title} ${p.u32(at + i * 4)}`).join(''));
    }
  }
}

function printVersion3(p: Printer, at: number, procedure: number, failed: boolean): void {
  const loud = p.verbose > 0;
  switch (procedure) {
    case NFS.GETATTR:
      if (!failed) attributes(p, at, 1, true);
      return;
    case NFS.SETATTR:
    case NFS.REMOVE:
    case NFS.RMDIR:
      changes(p, at);
      return;
    case NFS.COMMIT:
      at = changes(p, at);
      if (p.verbose > 1) p.ascii(` verf ${p.u64(at).toString(16)}`);
      return;
    case NFS.LOOKUP:
      if (!failed) at = after(p, handle(p, at, true));
      if (p.verbose > 1) {
        p.ascii(' post dattr:');
        after(p, at);
      }
      return;
    case NFS.ACCESS:
      if (loud) p.ascii(' attr:');
      at = after(p, at);
      if (failed) return;
      p.ascii(` c ${p.u32(at).toString(16).padStart(4, '0')}`);
      return;
    case NFS.READLINK:
      if (failed) return;
      at = after(p, at);
      p.ascii(' ');
      fileName(p, at);
      return;
    case NFS.READ:
      at = after(p, at);
      if (failed || !loud) return;
      p.ascii(` ${p.u32(at)} bytes`);
      if (p.u32(at + 4) !== 0) p.ascii(' EOF');
      return;
    case NFS.WRITE:
      at = changes(p, at);
      if (failed || !loud) return;
      p.ascii(` ${p.u32(at)} bytes`);
      if (p.verbose < 2) return;
      p.ascii(writeMode(p.u32(at + 4)));
      p.ascii(` verf ${p.u64(at + 8).toString(16)}`);
      return;
    case NFS.CREATE:
    case NFS.MKDIR:
    case NFS.SYMLINK:
    case NFS.MKNOD:
      if (failed) changes(p, at);
      else if (p.u32(at) !== 0) {
        at = handle(p, at + 4, true);
        if (!loud) return;
        at = after(p, at);
        if (p.verbose < 2) return;
        p.ascii(' dir attr:');
        changes(p, at);
      }
      return;
    case NFS.RENAME:
      if (!loud) return;
      p.ascii(' from:');
      at = changes(p, at);
      p.ascii(' to:');
      changes(p, at);
      return;
    case NFS.LINK:
      if (!loud) return;
      p.ascii(' file POST:');
      at = after(p, at);
      p.ascii(' dir:');
      changes(p, at);
      return;
  }
  if (loud) p.ascii(' POST:');
  at = after(p, at);
  switch (procedure) {
    case NFS.READDIR:
    case NFS.READDIRPLUS:
      if (!failed && loud) printVerifier(p, at);
      return;
    case NFS.FSSTAT:
      printStatistics(p, at);
      return;
    case NFS.FSINFO:
      if (!failed) printInformation(p, at);
      return;
    case NFS.PATHCONF:
      if (!failed) printConfiguration(p, at);
  }
}

function printStatistics(p: Printer, at: number): void {
  whole(p, at, 52);
  const titles = ['tbytes', 'fbytes', 'abytes', 'tfiles', 'ffiles', 'afiles'];
  titles.forEach((title, i) => {
    if (i < 3 || p.verbose > 0) p.ascii(` ${title} ${p.u64(at + i * 8)}`);
  });
  if (p.verbose > 0) p.field(' invar ', p.u32(at + 48));
}

function printInformation(p: Printer, at: number): void {
  whole(p, at, 48);
  p.ascii(` rtmax ${p.u32(at)} rtpref ${p.u32(at + 4)} wtmax ${p.u32(at + 12)}`);
  p.ascii(` wtpref ${p.u32(at + 16)} dtpref ${p.u32(at + 24)}`);
  if (p.verbose === 0) return;
  p.ascii(` rtmult ${p.u32(at + 8)} wtmult ${p.u32(at + 20)} maxfsz ${p.u64(at + 28)}`);
  p.ascii(` delta ${time(p, at + 36)} `);
}

function printConfiguration(p: Printer, at: number): void {
  whole(p, at, 24);
  p.ascii(` linkmax ${p.u32(at)} namemax ${p.u32(at + 4)}`);
  ['notrunc', 'chownres', 'igncase', 'keepcase'].forEach((title, i) => {
    p.ascii(p.u32(at + 8 + i * 4) !== 0 ? ` ${title}` : ' ');
  });
}

/** The attributes of a file, as far as `verbose` asks for them; answers where they end. */
function attributes(p: Printer, at: number, verbose: number, version3: boolean): number {
  whole(p, at, 20);
  if (verbose > 0) {
    const type = p.u32(at);
    p.ascii(` ${TYPES.get(type) ?? `unk-ft ${type} `} ${p.u32(at + 4).toString(8)}`);
    p.ascii(` ids ${p.u32(at + 12) | 0}/${p.u32(at + 16) | 0}`);
    p.ascii(` sz ${version3 ? p.u64(at + 20) : p.u32(at + 20)}`);
  }
  const end = at + (version3 ? ATTRIBUTES_3 : ATTRIBUTES_2);
  if (verbose < 2) return end;
  whole(p, at, end - at);
  p.field(' nlink ', p.u32(at + 8));
  if (version3) {
    p.ascii(` rdev ${p.u32(at + 36)}/${p.u32(at + 40)}`);
    p.ascii(` fsid ${p.u64(at + 44).toString(16)} fileid ${p.u64(at + 52).toString(16)}`);
  } else {
    p.hexField(' rdev 0x', p.u32(at + 28));
    p.hexField(' fsid 0x', p.u32(at + 36));
    p.hexField(' nodeid 0x', p.u32(at + 40));
  }
  p.ascii(` a/m/ctime ${time(p, end - 24)} ${time(p, end - 16)} ${time(p, end - 8)}`);
  return end;
}

/** Attributes after the operation, if they are there. */
function after(p: Printer, at: number): number {
  if (p.u32(at) === 0) return at + 4;
  return p.verbose > 0 ? attributes(p, at + 4, p.verbose, true) : at + 4 + ATTRIBUTES_3;
}

/** What changed: size and times before the operation, attributes after it. */
function changes(p: Printer, at: number): number {
  if (p.verbose > 1) p.ascii(' PRE:');
  const there = p.u32(at) !== 0;
  at += 4;
  if (there) {
    whole(p, at, 24);
    if (p.verbose > 1) {
      p.ascii(` sz ${p.u64(at)} mtime ${time(p, at + 8)} ctime ${time(p, at + 16)}`);
    }
    at += 24;
  }
  if (p.verbose > 0) p.ascii(' POST:');
  return after(p, at);
}
