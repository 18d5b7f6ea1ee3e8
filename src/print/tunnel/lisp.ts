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
function hex(p: Printer, title: string, offset: number, length: number): void {
  dumpHex(p.out, title, p.bytes, offset, offset + Math.max(0, Math.min(length, p.available(offset))));
  p.need(offset, length);
}

export const printLisp = closing((p, offset, length) => {
  p.protocol = 'lisp';
  p.check(offset, HEADER_LENGTH);
  const type = p.bytes[offset] >> 4;
  p.ascii(`${TYPES.get(type) ?? `unknown-type-${type}`},`);
  if (type !== REGISTER && type !== NOTIFY) {
    return;
  }
  const flags = p.u32(offset);
  if (p.verbose > 0) {
    p.ascii(' flags [');
    writeFlags(p, type === REGISTER ? REGISTER_FLAGS : NOTIFY_FLAGS, 'none', flags, ', ');
    p.ascii('],');
  }
  const authentication = p.u16(offset + 14);
  const records = p.u8(offset + 3);
  if (p.verbose > 0) {
    p.ascii(
      `\n    ${records} record(s), Authentication ${AUTHENTICATION[p.u16(offset + 12)] ?? 'unknown-type'},`,
    );
    hex(p, '\n    Authentication-Data: ', offset + HEADER_LENGTH, authentication);
  } else p.ascii(` ${records} record(s),`);
  // Offsets have 16 bits, as in tcpdump.
  let used = (HEADER_LENGTH + authentication) & 0xffff;
  if (records === 0) {
    p.invalid();
    return;
  }
  for (let i = 0; i < records && length > used; i++) {
    used = printRecord(p, offset, used);
    if (used < 0) return;
  }
  const identified = (p.bytes[offset] & (type === REGISTER ? 2 : 8)) !== 0;
  offset += used;
  if (identified) {
    if (!p.has(offset, 24)) {
      p.invalid();
      return;
    }
    hex(p, '\n    xTR-ID: ', offset, 16);
    p.ascii(`\n    SITE-ID: ${p.u64(offset + 16)}`);
  } else if (offset < p.end) hex(p, '\n    Data: ', offset, p.end - offset);
});

/** Prints a record and its locators; returns the offset behind them, below 0 where its addresses are unknown. */
function printRecord(p: Printer, offset: number, used: number): number {
  p.check(offset + used, RECORD_LENGTH);
  p.ascii('\n');
  const record = offset + used;
  used = (used + RECORD_LENGTH) & 0xffff;
  const locators = p.bytes[record + 4];
  const afi = p.view.getUint16(record + 10);
  if (p.verbose > 0) {
    p.field('      Record TTL ', p.u32(record));
    const action = p.u8(record + 6);
    p.ascii((action & 0x10) !== 0 ? ', Authoritative,' : ', Non-Authoritative,');
    p.ascii(` ${ACTIONS[action >> 5] ?? 'unknown'}, Map Version: ${p.u16(record + 8) & 0xfff},`);
  }
  if (afi !== IPV4 && afi !== IPV6) return -1;
  p.need(offset + used, afi === IPV4 ? 4 : 16);
  p.ascii(' EID ');
  if (afi === IPV4) p.ipv4(offset + used);
  else p.ipv6(offset + used);
  p.ascii(`/${p.bytes[record + 5]}, ${locators} locator(s)`);
  used = (used + (afi === IPV4 ? 4 : 16)) & 0xffff;
  for (let i = 0; i < locators; i++) used = printLocator(p, offset, used);
  return used;
}

function printLocator(p: Printer, offset: number, used: number): number {
  const locator = offset + used;
  p.check(locator, LOCATOR_LENGTH);
  used = (used + LOCATOR_LENGTH) & 0xffff;
  const afi = p.view.getUint16(locator + 6);
  if (p.verbose > 0) p.ascii('\n       ');
  if (afi === IPV4 || afi === IPV6) {
    const size = afi === IPV4 ? 4 : 16;
    p.check(offset + used, size);
    p.need(locator + LOCATOR_LENGTH, size);
    p.ascii(' LOC ');
    if (afi === IPV4) p.ipv4(locator + LOCATOR_LENGTH);
    else p.ipv6(locator + LOCATOR_LENGTH);
    used = (used + size) & 0xffff;
  }
  if (p.verbose > 0) {
    p.ascii(`\n          Priority/Weight ${p.bytes[locator]}/${p.bytes[locator + 1]},`);
    p.ascii(` Multicast Priority/Weight ${p.bytes[locator + 2]}/${p.bytes[locator + 3]}, flags [`);
    writeFlags(p, LOCATOR_FLAGS, 'none', p.u16(locator + 4), ', ');
    p.ascii('],');
  }
  return used;
}
