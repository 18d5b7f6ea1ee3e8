// What reports of IGMP (RFC 3376, 4.2) and multicast listener discovery (RFC 3810, 5.2) have in common: a record for each
// group, with the addresses of senders.
import type { Printer } from '../engine/printer.ts';

/** Bytes of an address of IPv4, or of IPv6. */
type AddressLength = 4 | 16;

const RECORDS = ['is_in', 'is_ex', 'to_in', 'to_ex', 'allow', 'block'];

/** Prints the records of a report; `report` names its version where one is of no known type. */
export function printGroupRecords(
  p: Printer,
  offset: number,
  length: number,
  size: AddressLength,
  report: string,
): void {
  const groups = p.u16(offset + 6);
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
    p.need(offset + group + 4, size);
    p.ascii(' [gaddr ');
    printAddress(p, offset + group + 4, size);
    const type = p.u8(offset + group);
    p.ascii(' ');
    p.ascii(RECORDS[type - 1] ?? ` [${report}-report-#${type}]`);
    const sources = p.u16(offset + group + 2);
    if (length < group + header + sources * size) {
      p.field(' [invalid number of sources ', sources);
      p.ascii(']');
      return;
    }
    if (p.verbose === 1) printCount(p, sources);
    else printSources(p, offset + group + header, sources, size);
    group += header + sources * size;
    p.ascii(']');
  }
}

/** The senders that a query names, of which the message has `length` bytes from `offset` on; with -vv each of them. */
export function printQueriedSources(
  p: Printer,
  offset: number,
  sources: number,
  length: number,
  size: AddressLength,
): void {
  if (sources === 0) return;
  if (length < sources * size) p.ascii(' [invalid number of sources]');
  else if (p.verbose > 1) printSources(p, offset, sources, size);
  else printCount(p, sources);
}

function printCount(p: Printer, sources: number): void {
  p.field(', ', sources);
  p.ascii(' source(s)');
}

function printSources(p: Printer, offset: number, sources: number, size: AddressLength): void {
  p.ascii(' {');
  for (let i = 0; i < sources; i++) {
    p.need(offset + i * size, size);
    p.ascii(' ');
    printAddress(p, offset + i * size, size);
  }
  p.ascii(' }');
}

function printAddress(p: Printer, offset: number, size: AddressLength): void {
  if (size === 4) p.ipv4(offset);
  else p.ipv6(offset);
}
