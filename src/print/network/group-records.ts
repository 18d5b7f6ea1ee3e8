// What reports of IGMP (RFC 3376, 4.2) and multicast listener discovery (RFC 3810, 5.2) have in common: a record for each
// group, with the addresses of senders.
import type { Printer } from '../engine/printer.ts';

/** Bytes of an address of IPv4, or of IPv6. */
type AddressLength = 4 | 16;

const RECORDS = ['is_in', 'is_ex', 'to_in', 'to_ex', 'allow', 'block'];

/** Prints the records of a report; `report` names its version where one is of no known type. */
export function printGroupRecords(
  p: Printer,
  at: number,
  length: number,
  size: AddressLength,
  report: string,
): void {
  const groups = p.u16(at + 6);
  p.field(', ', groups);
  p.ascii(' group record(s)');
  if (p.verbose === 0) return;
  const header = 4 + size;
  let group = 8;
  for (let i = 0; i < groups; i++) {
    if (length < group + header) {
      p.ascii(' [invalid number of groups]');
      return;
    }
    p.need(at + group + 4, size);
    p.ascii(' [gaddr ');
    printAddress(p, at + group + 4, size);
    const type = p.u8(at + group);
    p.ascii(' ');
    p.ascii(RECORDS[type - 1] ?? ` [${report}-report-#${type}]`);
    const sources = p.u16(at + group + 2);
    if (length < group + header + sources * size) {
      p.field(' [invalid number of sources ', sources);
      p.ascii(']');
      return;
    }
    if (p.verbose === 1) printCount(p, sources);
    else printSources(p, at + group + header, sources, size);
    group += header + sources * size;
    p.ascii(']');
  }
}

/** The senders that a query names, of which the message has `length` bytes from `at` on; with -vv each of them. */
export function printQueriedSources(
  p: Printer,
  at: number,
  sources: number,
  length: number,
  size: AddressLength,
): void {
  if (sources === 0) return;
  if (length < sources * size) p.ascii(' [invalid number of sources]');
  else if (p.verbose > 1) printSources(p, at, sources, size);
  else printCount(p, sources);
}

function printCount(p: Printer, sources: number): void {
  p.field(', ', sources);
  p.ascii(' source(s)');
}

function printSources(p: Printer, at: number, sources: number, size: AddressLength): void {
  p.ascii(' {');
  for (let i = 0; i < sources; i++) {
    p.need(at + i * size, size);
    p.ascii(' ');
    printAddress(p, at + i * size, size);
  }
  p.ascii(' }');
}

function printAddress(p: Printer, at: number, size: AddressLength): void {
  if (size === 4) p.ipv4(at);
  else p.ipv6(at);
}
