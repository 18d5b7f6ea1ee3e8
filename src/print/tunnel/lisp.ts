// The control messages of LISP (RFC 9301): Map-Register and Map-Notify.
import { dumpHex } from '../engine/dump.ts';
import type { Names } from '../engine/names.ts';
import { closing, type Printer, writeFlags } from '../engine/printer.ts';

const HEADER_LENGTH = 16;
const RECORD_LENGTH = 12;
const LOCATOR_LENGTH = 8;
const REGISTER = 3;
const NOTIFY = 4;
const IPV4 = 1;
const IPV6 = 2;

const TYPES: Names = new Map([
  [0, 'LISP-Reserved'],
  [1, 'LISP-Map-Request'],
  [2, 'LISP-Map-Reply'],
  [REGISTER, 'LISP-Map-Register'],
  [NOTIFY, 'LISP-Map-Notify'],
  [8, 'LISP-Encapsulated-Contol-Message'],
]);
const REGISTER_FLAGS = [
  [0x08000000, 'P-Proxy-Map-Reply'],
  [0x04000000, 'S-LISP-SEC-Capable'],
  [0x02000000, 'I-xTR-ID-Present'],
  [0x01000000, 'R-Build-For-RTR'],
  [0x00000100, 'M-Want-Map-Notify'],
] as const;
const NOTIFY_FLAGS = [
  [0x08000000, 'I-xTR-ID-Present'],
  [0x04000000, 'R-Build-For-RTR'],
] as const;
const AUTHENTICATION = ['None', 'SHA1', 'SHA256'];
const ACTIONS = ['No-Action', 'Natively-Forward', 'Send-Map-Request', 'Drop'];
const LOCATOR_FLAGS = [
  [4, 'Local-Locator'],
  [2, 'RLoc-Probed'],
  [1, 'Reachable'],
] as const;

/** Bytes in hex, behind `title`. */
function hex(p: Printer, title: string, at: number, length: number): void {
  dumpHex(p.out, title, p.bytes, at, at + Math.max(0, Math.min(length, p.available(at))));
  p.need(at, length);
}

export const printLisp = closing((p, at, length) => {
  p.protocol = 'lisp';
  p.check(at, HEADER_LENGTH);
  const type = p.bytes[at] >> 4;
  p.ascii(`${TYPES.get(type) ?? `unknown-type-${type}`},`);
  if (type !== REGISTER && type !== NOTIFY) {
    return;
  }
  const flags = p.u32(at);
  if (p.verbose > 0) {
    p.ascii(' flags [');
    writeFlags(p, type === REGISTER ? REGISTER_FLAGS : NOTIFY_FLAGS, 'none', flags, ', ');
    p.ascii('],');
  }
  const authentication = p.u16(at + 14);
  const records = p.u8(at + 3);
  if (p.verbose > 0) {
    p.ascii(
      `\n    ${records} record(s), Authentication ${AUTHENTICATION[p.u16(at + 12)] ?? 'unknown-type'},`,
    );
    hex(p, '\n    Authentication-Data: ', at + HEADER_LENGTH, authentication);
  } else p.ascii(` ${records} record(s),`);
  // Offsets have 16 bits, as in tcpdump.
  let offset = (HEADER_LENGTH + authentication) & 0xffff;
  if (records === 0) {
    p.invalid();
    return;
  }
  for (let i = 0; i < records && length > offset; i++) {
    offset = printRecord(p, at, offset);
    if (offset < 0) return;
  }
  const identified = (p.bytes[at] & (type === REGISTER ? 2 : 8)) !== 0;
  at += offset;
  if (identified) {
    if (!p.has(at, 24)) {
      p.invalid();
      return;
    }
    hex(p, '\n    xTR-ID: ', at, 16);
    p.ascii(`\n    SITE-ID: ${p.u64(at + 16)}`);
  } else if (at < p.end) hex(p, '\n    Data: ', at, p.end - at);
});

/** Prints a record and its locators; answers the offset behind them, below 0 where its addresses are unknown. */
function printRecord(p: Printer, at: number, offset: number): number {
  p.check(at + offset, RECORD_LENGTH);
  p.ascii('\n');
  const record = at + offset;
  offset = (offset + RECORD_LENGTH) & 0xffff;
  const locators = p.bytes[record + 4];
  const afi = p.view.getUint16(record + 10);
  if (p.verbose > 0) {
    p.field('      Record TTL ', p.u32(record));
    const action = p.u8(record + 6);
    p.ascii((action & 0x10) !== 0 ? ', Authoritative,' : ', Non-Authoritative,');
    p.ascii(` ${ACTIONS[action >> 5] ?? 'unknown'}, Map Version: ${p.u16(record + 8) & 0xfff},`);
  }
  if (afi !== IPV4 && afi !== IPV6) return -1;
  p.need(at + offset, afi === IPV4 ? 4 : 16);
  p.ascii(' EID ');
  if (afi === IPV4) p.ipv4(at + offset);
  else p.ipv6(at + offset);
  p.ascii(`/${p.bytes[record + 5]}, ${locators} locator(s)`);
  offset = (offset + (afi === IPV4 ? 4 : 16)) & 0xffff;
  for (let i = 0; i < locators; i++) offset = printLocator(p, at, offset);
  return offset;
}

function printLocator(p: Printer, at: number, offset: number): number {
  const locator = at + offset;
  p.check(locator, LOCATOR_LENGTH);
  offset = (offset + LOCATOR_LENGTH) & 0xffff;
  const afi = p.view.getUint16(locator + 6);
  if (p.verbose > 0) p.ascii('\n       ');
  if (afi === IPV4 || afi === IPV6) {
    const size = afi === IPV4 ? 4 : 16;
    p.check(at + offset, size);
    p.need(locator + LOCATOR_LENGTH, size);
    p.ascii(' LOC ');
    if (afi === IPV4) p.ipv4(locator + LOCATOR_LENGTH);
    else p.ipv6(locator + LOCATOR_LENGTH);
    offset = (offset + size) & 0xffff;
  }
  if (p.verbose > 0) {
    p.ascii(`\n          Priority/Weight ${p.bytes[locator]}/${p.bytes[locator + 1]},`);
    p.ascii(` Multicast Priority/Weight ${p.bytes[locator + 2]}/${p.bytes[locator + 3]}, flags [`);
    writeFlags(p, LOCATOR_FLAGS, 'none', p.u16(locator + 4), ', ');
    p.ascii('],');
  }
  return offset;
}
