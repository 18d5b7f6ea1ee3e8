// IPv4 (RFC 791).
import { sum16 } from '../../base/checksum.ts';
import { Literal } from '../../base/text.ts';
import { HEADER_LENGTH } from '../../wire/ipv4.ts';
import { correct, shouldBe } from '../engine/checksum.ts';
import type { Printer } from '../engine/printer.ts';
import { printIpv4Options } from './ipv4-options.ts';

const MORE = 0x2000;
const OFFSET = 0x1fff;
/** Protocols whose addresses tcpdump leaves to their own printers. */
const DCCP = 33;
const SCTP = 132;
const ECN = ['', ',ECT(1)', ',ECT(0)', ',CE'];
/** Type of service and time to live, by both, and flags and protocol where the offset is 0; made when first needed. */
const TOS_TTL: Literal[][] = Array.from({ length: 256 }, () => []);
const WHOLE: Literal[][] = Array.from({ length: 8 }, () => []);
/** Flags by the top three bits: reserved, don't fragment, more fragments. */
const FLAGS = ['none', '+', 'DF', '+, DF', 'rsvd', '+, rsvd', 'DF, rsvd', '+, DF, rsvd'];
const IP = new Literal('IP ');
const CLOSE = new Literal(')\n    ');

export function printIpv4(p: Printer, offset: number, length: number): void {
  p.protocol = 'ip';
  const version = p.u8(offset) >> 4;
  if (version !== 4) {
    if (version === 6) p.ascii('IP6, wrong link-layer encapsulation');
    else p.field('IP', version);
    p.invalid();
    return;
  }
  if (!p.link) p.out.literal(IP);
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  if (length < HEADER_LENGTH) {
    p.field('truncated-ip ', length);
    return;
  }
  const view = p.view;
  const header = (p.bytes[offset] & 15) << 2;
  if (header < HEADER_LENGTH) {
    p.field('bad-hlen ', header);
    return;
  }
  const total = view.getUint16(offset + 2);
  if (length < total) {
    p.field('truncated-ip - ', total - length);
    p.ascii(' bytes missing! ');
  }
  if (total < header) {
    p.field('bad-len ', total);
    return;
  }
  // Bytes behind the datagram (padding) are not read.
  const end = p.end;
  if (offset + total < end) p.end = offset + total;
  const fragment = view.getUint16(offset + 6);
  const protocol = p.bytes[offset + 9];
  if (p.verbose > 0 && !printHeader(p, offset, header, total, fragment, protocol)) {
    printAddresses(p, offset, ': ');
    p.truncated();
    p.end = end;
    return;
  }
  if ((fragment & OFFSET) === 0) {
    const whole = p.has(offset, header);
    if (
      !p.payload.ipProtocols.writesAddresses(protocol) &&
      (whole || (protocol !== SCTP && protocol !== DCCP))
    ) {
      printAddresses(p, offset, ': ');
    }
    if (!whole) {
      p.field(' [remaining caplen(', p.available(offset));
      p.field(') < header length(', header);
      p.ascii(')]');
      p.need(offset, header);
    }
    p.ip = offset;
    p.ipVersion = 4;
    p.fragmented = (fragment & MORE) !== 0;
    p.payload.ipProtocols.print(p, protocol, offset + header, total - header);
  } else if (p.options.quiet < 2) {
    printAddresses(p, offset, ': ');
    p.ipProtocol(protocol);
  }
  p.end = end;
}

function printAddresses(p: Printer, offset: number, close: string): void {
  p.ipv4(offset + 12);
  p.ascii(' > ');
  p.ipv4(offset + 16);
  p.ascii(close);
}

/** tcpdump leaves out a time to live of 0. */
function tosAndTtl(tos: number, ttl: number): Literal {
  const text = `(tos 0x${tos.toString(16)}${ECN[tos & 3]}${ttl > 0 ? `, ttl ${ttl}` : ''}, id `;
  TOS_TTL[tos][ttl] = new Literal(text);
  return TOS_TTL[tos][ttl];
}

function wholeKind(p: Printer, fragment: number, protocol: number): Literal {
  const text = new Literal(kind(p, fragment, protocol));
  WHOLE[fragment >> 13][protocol] = text;
  return text;
}

/** Offset, flags and protocol, up to the length. */
function kind(p: Printer, fragment: number, protocol: number): string {
  const name = p.payload.ipProtocols.get(protocol) ?? 'unknown';
  const offset = (fragment & OFFSET) << 3;
  return `, offset ${offset}, flags [${FLAGS[fragment >> 13]}], proto ${name} (${protocol}), length `;
}

/** -v: the fields in brackets. Returns false where the options were not captured whole. */
function printHeader(
  p: Printer,
  offset: number,
  header: number,
  total: number,
  fragment: number,
  protocol: number,
): boolean {
  const tos = p.bytes[offset + 1];
  const ttl = p.bytes[offset + 8];
  p.put(TOS_TTL[tos][ttl] ?? tosAndTtl(tos, ttl), p.view.getUint16(offset + 4));
  if ((fragment & OFFSET) !== 0) p.field(kind(p, fragment, protocol), total);
  else p.put(WHOLE[fragment >> 13][protocol] ?? wholeKind(p, fragment, protocol), total);
  let whole = true;
  if (header > HEADER_LENGTH) {
    p.ascii(', options (');
    whole = printIpv4Options(p, offset + HEADER_LENGTH, header - HEADER_LENGTH);
    if (!whole) p.ascii(' [truncated-option]');
    p.ascii(')');
  }
  if (p.options.checksums && p.has(offset, header)) {
    const sum = sum16(p.view, offset, offset + header);
    if (!correct(sum)) {
      const found = p.view.getUint16(offset + 10);
      p.hexField(', bad cksum ', found);
      p.hexField(' (->', shouldBe(found, sum));
      p.ascii(')!');
    }
  }
  p.out.literal(CLOSE);
  return whole;
}
