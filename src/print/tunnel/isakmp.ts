// ISAKMP and IKE (RFC 2408, RFC 2409, RFC 7296), and their companion ESP over UDP (RFC 3948).

import type { Names } from '../engine/names.ts';
import { type Printer, State } from '../engine/printer.ts';
import { payloadName } from './ike.ts';
import { printPayloads1, printPayloads2 } from './ike-payloads.ts';
import { printEsp } from './ipsec.ts';

const HEADER_LENGTH = 28;
const ENCRYPTED = 1;
const COMMIT = 2;
const INITIATOR = 8;
const VERSION = 16;
const RESPONSE = 32;

const EXCHANGES: Names = new Map([
  [0, 'none'],
  [1, 'base'],
  [2, 'ident'],
  [3, 'auth'],
  [4, 'agg'],
  [5, 'inf'],
  [32, 'oakley-quick'],
  [33, 'oakley-newgroup'],
  [34, 'ikev2_init'],
  [35, 'ikev2_auth'],
  [36, 'child_sa'],
  [37, 'inf2'],
]);

/** Exchanges whose sides are remembered. */
const MAXIMUM_EXCHANGES = 20;

/** A cookie that no packet has sent yet; one that does send it is taken for known, and for nobody's. */
const NO_COOKIE = '\0'.repeat(8);

/** Who began an exchange: its cookie, and the addresses of its first packet. */
class Initiators extends State {
  private readonly cookies: string[] = Array(MAXIMUM_EXCHANGES).fill(NO_COOKIE);
  private readonly initiators: string[] = [];
  private readonly responders: string[] = [];
  private next = 0;

  /** ` I` or ` R` by the side that sent a packet of the exchange, ` ?` where its beginning was not seen. */
  side(cookie: string, answered: boolean, source: string, destination: string): string {
    const i = this.cookies.indexOf(cookie);
    if (i < 0) {
      if (answered) return ' ?';
      this.cookies[this.next] = cookie;
      this.initiators[this.next] = source;
      this.responders[this.next] = destination;
      this.next = (this.next + 1) % MAXIMUM_EXCHANGES;
      return ' I';
    }
    if (this.initiators[i] === source) return ' I';
    return this.responders[i] === source ? ' R' : ' ?';
  }
}

export function printIsakmp(p: Printer, offset: number, length: number): void {
  p.protocol = 'isakmp';
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  p.ascii('isakmp');
  const version = p.bytes[offset + 17];
  if (p.verbose > 0) {
    p.field(' ', version >> 4);
    p.field('.', version & 15);
    p.ascii(' msgid ');
    p.hexBytes(offset + 20, 4);
  }
  if (p.verbose > 1) {
    p.ascii(' cookie ');
    p.hexBytes(offset, 8);
    p.ascii('->');
    p.hexBytes(offset + 8, 8);
  }
  p.ascii(':');
  if (version >> 4 === 1) printVersion1(p, offset, length);
  else if (version >> 4 === 2) printVersion2(p, offset, length);
}

function printVersion1(p: Printer, offset: number, length: number): void {
  p.ascii(p.view.getUint32(offset + 20) === 0 ? ' phase 1' : ' phase 2/others');
  printSide(p, offset);
  const flags = p.bytes[offset + 19];
  printExchange(p, offset);
  if (flags !== 0) {
    p.ascii('[');
    if ((flags & ENCRYPTED) !== 0) p.ascii('E');
    if ((flags & COMMIT) !== 0) p.ascii('C');
    p.ascii(']');
  }
  printBody(p, offset, length, printPayloads1);
}

function printVersion2(p: Printer, offset: number, length: number): void {
  p.ascii(p.view.getUint32(offset + 20) === 0 ? ' parent_sa' : ' child_sa ');
  const flags = p.bytes[offset + 19];
  printExchange(p, offset);
  if (flags !== 0) {
    p.ascii('[');
    if ((flags & INITIATOR) !== 0) p.ascii('I');
    if ((flags & VERSION) !== 0) p.ascii('V');
    if ((flags & RESPONSE) !== 0) p.ascii('R');
    p.ascii(']');
  }
  printBody(p, offset, length, printPayloads2);
}

function printExchange(p: Printer, offset: number): void {
  const exchange = p.bytes[offset + 18];
  p.ascii(` ${EXCHANGES.get(exchange) ?? `#${exchange}`}`);
}

function printSide(p: Printer, offset: number): void {
  const four = p.bytes[p.ip] >> 4 === 4;
  const source = p.ip + (four ? 12 : 8);
  const size = four ? 4 : 16;
  const answered = p.view.getBigUint64(offset + 8) !== 0n;
  p.ascii(
    p
      .state(Initiators)
      .side(text(p, offset, 8), answered, text(p, source, size), text(p, source + size, size)),
  );
}

function text(p: Printer, offset: number, length: number): string {
  return String.fromCharCode(...p.bytes.subarray(offset, offset + length));
}

/** With -v: the payloads, where they are not encrypted. */
function printBody(p: Printer, offset: number, length: number, printPayloads: typeof printPayloads1): void {
  if (p.verbose === 0) return;
  p.ascii(':');
  const first = p.bytes[offset + 16];
  if ((p.bytes[offset + 19] & ENCRYPTED) !== 0) p.ascii(` [encrypted ${payloadName(first)}]`);
  else printPayloads(p, first, offset + HEADER_LENGTH);
  const whole = p.view.getUint32(offset + 24);
  if (whole !== length) p.ascii(` (len mismatch: isakmp ${whole}/ip ${length})`);
}

/** What port 4500 carries: ISAKMP behind four zero bytes, ESP, or one byte that keeps a translation alive. */
export function printUdpEncapsulation(p: Printer, offset: number, length: number): void {
  p.protocol = 'isakmp_rfc3948';
  if (length === 1 && p.u8(offset) === 0xff) {
    p.ascii('isakmp-nat-keep-alive');
    return;
  }
  if (length < 4) {
    p.truncated();
    return;
  }
  if (p.u32(offset) === 0) {
    p.ascii('NONESP-encap: ');
    printIsakmp(p, offset + 4, length - 4);
  } else {
    p.ascii('UDP-encap: ');
    printEsp(p, offset, length);
  }
}
