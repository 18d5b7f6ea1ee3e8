// RPL, routing for low-power and lossy networks (RFC 6550): its ICMPv6 messages.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const SECURED = 0x80;
const OBJECT_LENGTH = 24;
const IDENTIFIER_LENGTH = 16;
/** Advertisement objects and acknowledgments before their optional identifier. */
const ADVERTISEMENT_LENGTH = 4;
const HAS_IDENTIFIER = 0x40;
const WANTS_ACKNOWLEDGMENT = 0x80;

const MODES = ['nonstoring', 'storing', 'nonstoring-multicast', 'storing-multicast'];
const OPTIONS: Names = new Map([
  [1, 'padN'],
  [2, 'metrics'],
  [3, 'routinginfo'],
  [4, 'config'],
  [5, 'rpltarget'],
  [6, 'transitinfo'],
  [8, 'destprefix'],
  [9, 'rpltargetdesc'],
]);

/** An ICMPv6 message: the body comes behind its header of four bytes. */
export function printRpl(p: Printer, offset: number, length: number): void {
  const code = p.u8(offset + 1);
  offset += 4;
  length -= 4;
  if ((code & SECURED) !== 0) {
    p.ascii(', (SEC) [worktodo]');
    return;
  }
  p.ascii(', (CLR)');
  const verbose = p.verbose > 0;
  switch (code) {
    case 0:
      p.ascii('DODAG Information Solicitation');
      break;
    case 1:
      p.ascii('DODAG Information Object');
      if (verbose) printObject(p, offset, length);
      break;
    case 2:
      p.ascii('Destination Advertisement Object');
      if (verbose) printAdvertisement(p, offset, length, false);
      break;
    case 3:
      p.ascii('Destination Advertisement Object Ack');
      if (verbose) printAdvertisement(p, offset, length, true);
      break;
    default:
      p.field('RPL message, unknown code ', code);
  }
}

function printObject(p: Printer, offset: number, length: number): void {
  if (length < OBJECT_LENGTH) {
    p.field(' [length ', length);
    p.field(' < ', OBJECT_LENGTH);
    p.ascii(']');
    p.invalid();
    return;
  }
  p.need(offset, OBJECT_LENGTH);
  const mode = p.u8(offset + 4);
  p.ascii(' [dagid:');
  p.ipv6(offset + 8);
  p.field(',seq:', p.u8(offset + 5));
  p.field(',instance:', p.u8(offset));
  p.field(',rank:', p.u16(offset + 2));
  p.ascii((mode & 0x80) !== 0 ? ',grounded,mop:' : ',mop:');
  p.ascii(MODES[(mode >> 3) & 7] ?? `mop${(mode >> 3) & 7}`);
  p.field(',prf:', mode & 7);
  p.ascii(']');
  if (p.verbose > 1) printOptions(p, offset + OBJECT_LENGTH, length - OBJECT_LENGTH);
}

function printAdvertisement(p: Printer, offset: number, length: number, acknowledgment: boolean): void {
  // tcpdump wants the identifier of an advertisement captured even where there is none.
  if (!p.has(offset, acknowledgment ? ADVERTISEMENT_LENGTH : ADVERTISEMENT_LENGTH + IDENTIFIER_LENGTH)) {
    p.truncated();
    return;
  }
  if (length < ADVERTISEMENT_LENGTH) {
    p.ascii(' [|length too short]');
    return;
  }
  const flags = p.u8(offset + 1);
  const identified = (flags & (acknowledgment ? WANTS_ACKNOWLEDGMENT : HAS_IDENTIFIER)) !== 0;
  let options = offset + ADVERTISEMENT_LENGTH;
  if (identified) {
    if (!p.has(options, IDENTIFIER_LENGTH)) {
      p.truncated();
      return;
    }
    options += IDENTIFIER_LENGTH;
  }
  p.ascii(' [dagid:');
  if (identified) p.ipv6(offset + ADVERTISEMENT_LENGTH);
  else p.ascii('<elided>');
  p.field(',seq:', p.u8(offset + (acknowledgment ? 2 : 3)));
  p.field(',instance:', p.u8(offset));
  if (acknowledgment) p.field(',status:', p.u8(offset + 3));
  else {
    if ((flags & WANTS_ACKNOWLEDGMENT) !== 0) p.ascii(',acK');
    if (identified) p.ascii(',Dagid');
    p.ascii(',');
    p.out.hexPadded(flags, 2);
  }
  p.ascii(']');
  if (p.verbose > 1) printOptions(p, options, length - (options - offset));
}

function printOptions(p: Printer, offset: number, length: number): void {
  while (length > 0) {
    const type = p.u8(offset);
    let size = 1;
    if (type === 0) p.ascii(' opt:pad1');
    else {
      if (length < 2) {
        p.truncated();
        return;
      }
      size = p.u8(offset + 1) + 2;
      p.ascii(' opt:');
      const name = OPTIONS.get(type);
      if (name !== undefined) p.ascii(name);
      else p.field('subopt:', type);
      p.field(' len:', size);
      p.ascii(' ');
      if (size > length || !p.has(offset, size)) {
        p.truncated();
        return;
      }
      if (p.verbose > 2) p.unknown(offset + 2, ' ', size - 2);
    }
    offset += size;
    length -= size;
  }
}
