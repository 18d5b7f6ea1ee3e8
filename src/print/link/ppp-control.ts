// PPP control protocols: LCP (RFC 1661), IPCP (RFC 1332), IPV6CP (RFC 5072), CCP (RFC 1962), BACP (RFC 2125).

import { OUIS } from '../../wire/registry/oui.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';

const LCP = 0xc021;
const IPCP = 0x8021;
const IP6CP = 0x8057;
const CCP = 0x80fd;
const BACP = 0xc02b;

const CODES = (
  'Vendor-Extension Conf-Request Conf-Ack Conf-Nack Conf-Reject Term-Request Term-Ack Code-Reject Prot-Reject ' +
  'Echo-Request Echo-Reply Disc-Req Ident Time-Rem Reset-Req Reset-Ack'
).split(' ');

/** Prints an option. Returns its length, 0 where no further one can follow. */
type OptionPrinter = (p: Printer, offset: number, length: number) => number;

export function printControl(p: Printer, protocol: number, offset: number, length: number): void {
  const name = p.payload.pppProtocols.get(protocol);
  p.ascii(`${name}, `);
  if (length < 4 || !p.has(offset, 2)) {
    p.ascii(`[|${name}]`);
    return;
  }
  const code = p.bytes[offset];
  p.ascii(`${CODES[code] ?? 'Unknown Opcode'} (0x`);
  p.out.hexPadded(code, 2);
  p.field('), id ', p.bytes[offset + 1]);
  p.field(', length ', length + 2);
  if (p.verbose === 0) return;
  const size = p.u16(offset + 2);
  p.field('\n\tencoded length ', size);
  if (size < 4) {
    p.ascii(' (< 4))');
    return;
  }
  if (size > length) {
    p.field(' (> packet length ', length);
    p.ascii('))');
    return;
  }
  p.field(' (=Option(s) length ', size - 4);
  p.ascii(')');
  if (size === 4) return;
  if (p.verbose > 1) p.unknown(offset - 2, '\n\t', 6);
  if (!printBody(p, protocol, code, offset, size)) p.ascii(`[|${name}]`);
}

/** Returns false where the message ends too early. */
function printBody(p: Printer, protocol: number, code: number, offset: number, size: number): boolean {
  const data = offset + 4;
  switch (code) {
    case 0:
      if (size < 11) break;
      printMagic(p, data);
      p.ascii(` Vendor: ${OUIS.get(p.u24(data + 4)) ?? 'Unknown'} (${p.u24(data + 4)})`);
      break;
    case 1:
    case 2:
    case 3:
    case 4:
      printOptions(p, protocol, data, size - 4, size);
      break;
    case 5:
    case 6:
    case 7:
      break;
    case 8:
      if (size < 6) break;
      p.ascii(`\n\t  Rejected ${p.payload.pppProtocols.get(p.u16(data)) ?? 'unknown'} Protocol (0x`);
      p.out.hexPadded(p.u16(data), 4);
      p.ascii(')');
      if (size > 6) {
        p.ascii('\n\t  Rejected Packet');
        p.unknown(data + 2, '\n\t    ', size - 2);
      }
      break;
    case 9:
    case 10:
    case 11:
      if (size < 8) break;
      printMagic(p, data);
      if (size > 8) {
        p.ascii('\n\t  -----trailing data-----');
        if (!p.has(data + 4, size - 8)) return false;
        p.unknown(data + 4, '\n\t  ', size - 8);
      }
      break;
    case 12:
      if (size < 8) break;
      printMagic(p, data);
      if (size > 8) {
        p.ascii('\n\t  Message\n\t    ');
        return printText(p, data + 4, size - 4);
      }
      break;
    case 13:
      if (size < 12) break;
      printMagic(p, data);
      p.field(', Seconds-Remaining ', p.u32(data + 4));
      p.ascii('s');
      break;
    default:
      if (p.verbose === 1) p.unknown(offset - 2, '\n\t  ', size + 2);
  }
  return true;
}

function printMagic(p: Printer, offset: number): void {
  p.need(offset, 4);
  p.ascii('\n\t  Magic-Num 0x');
  p.hexBytes(offset, 4);
}

function printOptions(p: Printer, protocol: number, offset: number, left: number, size: number): void {
  const print = PRINTERS.get(protocol);
  if (print === undefined) return;
  do {
    const length = print(p, offset, size);
    if (length === 0) return;
    if (left < length) {
      p.field(' [remaining options length ', left);
      p.field(' < ', length);
      p.ascii(']');
      p.invalid();
      return;
    }
    left -= length;
    offset += length;
  } while (left !== 0);
}

/** The start of every option. Returns its length; 0 where it is cut or too short, below 0 where nothing is to be said of it. */
function printStart(
  p: Printer,
  mark: string,
  names: (option: number) => string,
  offset: number,
  length: number,
): number {
  if (length < 2) return 0;
  if (!p.has(offset, 2)) {
    p.ascii(`[|${mark}]`);
    return 0;
  }
  const option = p.bytes[offset];
  const size = p.bytes[offset + 1];
  if (length < size) return 0;
  p.ascii(`\n\t  ${names(option)} Option (0x`);
  p.out.hexPadded(option, 2);
  p.field('), length ', size);
  if (size < 2) {
    p.ascii(' (length bogus, should be >= 2)');
    return 0;
  }
  return size;
}

/** False, with a word, where the length is not what it should be. */
function proper(p: Printer, fits: boolean, should: string): boolean {
  if (!fits) p.ascii(` (length bogus, should be ${should})`);
  return fits;
}

/** The bytes of an option: of an unknown one with -v, of all with -vv. */
function printBytes(p: Printer, offset: number, size: number, known: boolean): number {
  if (p.verbose > 1 || !known) p.unknown(offset + 2, '\n\t    ', size - 2);
  return size;
}

const LCP_OPTIONS = (
  'Vend-Ext,MRU,ACCM,Auth-Prot,Qual-Prot,Magic-Num,deprecated(6),PFC,ACFC,FCS-Alt,SDP,Num-Mode,deprecated(12),Call-Back,' +
  'deprecated(14),deprecated(15),deprecated(16),MRRU,12-Bit seq #,End-Disc,Proprietary,DCE-Id,MP+,Link-Disc,' +
  'LCP-Auth-Opt,COBS,Prefix-elision,Multilink-header-Form,I18N,SDL-over-SONET/SDH,PPP-Muxing'
).split(',');
const AUTHENTICATION: Names = new Map([
  [5, 'MD5'],
  [128, 'MS-CHAPv1'],
  [129, 'MS-CHAPv2'],
]);
const CALLBACKS: Names = new Map([
  [0, 'UserAuth'],
  [1, 'DialString'],
  [2, 'LocalID'],
  [3, 'E.164'],
  [4, 'X.500'],
  [6, 'CBCP'],
]);

function printLcpOption(p: Printer, offset: number, length: number): number {
  if (
    length >= 2 &&
    p.has(offset, 2) &&
    p.bytes[offset] >= LCP_OPTIONS.length &&
    length >= p.bytes[offset + 1]
  ) {
    p.ascii('\n\tunknown LCP option 0x');
    p.out.hexPadded(p.bytes[offset], 2);
    return p.bytes[offset + 1] < 2 ? 0 : p.bytes[offset + 1];
  }
  const size = printStart(p, 'lcp', (option) => LCP_OPTIONS[option], offset, length);
  if (size === 0) return 0;
  const value = offset + 2;
  switch (p.bytes[offset]) {
    case 0:
      if (!proper(p, size >= 6, '>= 6')) return size;
      p.ascii(`: Vendor: ${OUIS.get(p.u24(value)) ?? 'Unknown'} (${p.u24(value)})`);
      break;
    case 1:
      if (!proper(p, size === 4, '= 4')) return size;
      p.field(': ', p.u16(value));
      break;
    case 2:
      if (!proper(p, size === 6, '= 6')) return size;
      hex(p, value, 4);
      break;
    case 3:
      if (!proper(p, size >= 4, '>= 4')) return size;
      printAuthentication(p, offset, size);
      break;
    case 4:
      if (!proper(p, size >= 4, '>= 4')) return 0;
      p.ascii(p.u16(value) === 0xc025 ? ': LQR' : ': unknown');
      break;
    case 5:
      if (!proper(p, size === 6, '= 6')) return 0;
      hex(p, value, 4);
      break;
    case 7:
    case 8:
      break;
    case 13:
      if (!proper(p, size >= 3, '>= 3')) return 0;
      // tcpdump writes the colon twice.
      p.ascii(': ');
      p.ascii(`: Callback Operation ${CALLBACKS.get(p.u8(value)) ?? 'Unknown'} (${p.u8(value)})`);
      break;
    case 17:
      if (!proper(p, size === 4, '= 4')) return 0;
      p.field(': ', p.u16(value));
      break;
    case 19:
      if (!proper(p, size >= 3, '>= 3') || !printDiscriminator(p, value, size)) return 0;
      break;
    case 23:
      if (!proper(p, size === 4, '= 4')) return 0;
      hex(p, value, 2);
      break;
    default:
      return printBytes(p, offset, size, false);
  }
  return printBytes(p, offset, size, true);
}

function hex(p: Printer, offset: number, bytes: number): void {
  p.need(offset, bytes);
  p.ascii(': 0x');
  p.hexBytes(offset, bytes);
}

function printAuthentication(p: Printer, offset: number, size: number): void {
  const protocol = p.u16(offset + 2);
  p.ascii(`: ${p.payload.pppProtocols.get(protocol) ?? 'Unknown Auth Proto (0x04x)'}`);
  switch (protocol) {
    case 0xc223: {
      const algorithm = p.u8(offset + 4);
      p.ascii(`, ${AUTHENTICATION.get(algorithm) ?? `Unknown Auth Alg ${algorithm}`}`);
      break;
    }
    case 0xc023:
    case 0xc227:
    case 0xc027:
    case 0xc123:
      break;
    default:
      p.unknown(offset, '\n\t', size);
  }
}

/** Endpoint discriminator (RFC 1990, 5.1.3). Returns false where its length is wrong. */
function printDiscriminator(p: Printer, offset: number, size: number): boolean {
  const kind = p.u8(offset);
  switch (kind) {
    case 2:
      if (!proper(p, size === 7, '= 7')) return false;
      p.need(offset + 1, 4);
      p.ascii(': IPv4 ');
      p.ipv4(offset + 1);
      return true;
    case 3:
      if (!proper(p, size === 9, '= 9')) return false;
      p.need(offset + 1, 6);
      p.ascii(': MAC ');
      p.mac(offset + 1);
      return true;
    default:
      p.ascii(
        [': Null', ': Local', '', '', ': Magic-Num-Block', ': PSNDN'][kind] ?? `: Unknown class ${kind}`,
      );
      return true;
  }
}

const IPCP_OPTIONS: Names = new Map([
  [1, 'IP-Addrs'],
  [2, 'IP-Comp'],
  [3, 'IP-Addr'],
  [4, 'Home-Addr'],
  [129, 'Pri-DNS'],
  [130, 'Pri-NBNS'],
  [131, 'Sec-DNS'],
  [132, 'Sec-NBNS'],
]);
const VAN_JACOBSON = 0x2d;
const HEADER_COMPRESSION = 0x61;

function printIpcpOption(p: Printer, offset: number, length: number): number {
  const size = printStart(p, 'ipcp', (option) => IPCP_OPTIONS.get(option) ?? 'unknown', offset, length);
  if (size === 0) return 0;
  switch (p.bytes[offset]) {
    case 1:
      if (!proper(p, size === 10, '= 10')) return size;
      p.need(offset + 2, 8);
      p.ascii(': src ');
      p.ipv4(offset + 2);
      p.ascii(', dst ');
      p.ipv4(offset + 6);
      break;
    case 2: {
      if (!proper(p, size >= 4, '>= 4')) return 0;
      const protocol = p.u16(offset + 2);
      const name =
        protocol === VAN_JACOBSON
          ? 'VJ-Comp'
          : protocol === HEADER_COMPRESSION
            ? 'IP Header Compression'
            : 'Unknown';
      p.ascii(`: ${name} (0x`);
      p.out.hexPadded(protocol, protocol > 0xff ? (protocol > 0xfff ? 4 : 3) : 2);
      p.ascii('):');
      if (protocol === HEADER_COMPRESSION && !printCompression(p, offset, size)) return 0;
      break;
    }
    case 3:
    case 4:
    case 129:
    case 130:
    case 131:
    case 132:
      if (!proper(p, size === 6, '= 6')) return 0;
      p.need(offset + 2, 4);
      p.ascii(': ');
      p.ipv4(offset + 2);
      break;
    default:
      return printBytes(p, offset, size, false);
  }
  if (p.verbose > 1) p.unknown(offset + 2, '\n\t    ', size - 2);
  return size;
}

/** IP header compression (RFC 3544). Returns false where it is too short. */
function printCompression(p: Printer, offset: number, size: number): boolean {
  if (!proper(p, size >= 14, '>= 14')) return false;
  if (!p.has(offset + 2, 14)) {
    p.ascii('[|ipcp]');
    return false;
  }
  p.field('\n\t    TCP Space ', p.u16(offset + 4));
  p.field(', non-TCP Space ', p.u16(offset + 6));
  p.field(', maxPeriod ', p.u16(offset + 8));
  p.field(', maxTime ', p.u16(offset + 10));
  p.field(', maxHdr ', p.u16(offset + 12));
  let left = size - 14;
  if (left > 0) p.field('\n\t      Suboptions, length ', left);
  for (offset += 14; left >= 2; ) {
    if (!p.has(offset, 2)) {
      p.ascii('[|ipcp]');
      return false;
    }
    const option = p.bytes[offset];
    const length = p.bytes[offset + 1];
    if (option === 0 || length === 0) break;
    const name = option === 1 ? 'RTP-Compression' : option === 2 ? 'Enhanced RTP-Compression' : 'Unknown';
    p.ascii(`\n\t\t${name} Suboption #${option}, length ${length}`);
    if (left < length) {
      p.ascii(` [remaining suboptions length ${left} < ${length}]`);
      p.invalid();
      break;
    }
    left -= length;
    offset += length;
  }
  return true;
}

function printIp6cpOption(p: Printer, offset: number, length: number): number {
  const size = printStart(
    p,
    'ip6cp',
    (option) => (option === 1 ? 'Interface-ID' : 'unknown'),
    offset,
    length,
  );
  if (size === 0) return 0;
  if (p.bytes[offset] !== 1) return printBytes(p, offset, size, false);
  if (!proper(p, size === 10, '= 10')) return size;
  if (!p.has(offset + 2, 8)) {
    p.ascii('[|ip6cp]');
    return 0;
  }
  for (let i = 0; i < 8; i += 2) {
    p.ascii(i === 0 ? ': ' : ':');
    p.hexBytes(offset + 2 + i, 2);
  }
  return printBytes(p, offset, size, true);
}

const CCP_OPTIONS: Names = new Map([
  [0, 'OUI'],
  [1, 'Pred-1'],
  [2, 'Pred-2'],
  [3, 'Puddle'],
  [16, 'HP-PPC'],
  [17, 'Stac-LZS'],
  [18, 'MPPC'],
  [19, 'Gand-FZA'],
  [20, 'V.42bis'],
  [21, 'BSD-Comp'],
  [23, 'LZS-DCP'],
  [24, 'MVRCA'],
  [25, 'DEC'],
  [26, 'Deflate'],
  [255, 'Reserved'],
]);

function printCcpOption(p: Printer, offset: number, length: number): number {
  const size = printStart(p, 'ccp', (option) => CCP_OPTIONS.get(option) ?? 'Unknown', offset, length);
  if (size === 0) return 0;
  const first = offset + 2;
  switch (p.bytes[offset]) {
    case 21:
      if (!proper(p, size >= 3, '>= 3')) return size;
      p.field(': Version: ', p.u8(first) >> 5);
      p.field(', Dictionary Bits: ', p.u8(first) & 0x1f);
      break;
    case 24:
      if (!proper(p, size >= 4, '>= 4')) return size;
      p.need(first, 2);
      p.field(': Features: ', p.u8(first) >> 6);
      p.ascii((p.u8(first) & 0x20) !== 0 ? ', PxP: Enabled' : ', PxP: Disabled');
      p.field(', History: ', p.u8(first) & 0x1f);
      p.field(', #CTX-ID: ', p.u8(first + 1));
      break;
    case 26:
      if (!proper(p, size >= 4, '>= 4')) return size;
      p.need(first, 2);
      p.field(': Window: ', p.u8(first) >> 4);
      p.ascii((p.u8(first) & 15) === 8 ? 'K, Method: zlib' : 'K, Method: unknown');
      p.hexField(' (0x', p.u8(first) & 15);
      p.field('), MBZ: ', p.u8(first + 1) >> 2);
      p.field(', CHK: ', p.u8(first + 1) & 3);
      break;
    default:
      return printBytes(p, offset, size, false);
  }
  return printBytes(p, offset, size, true);
}

function printBacpOption(p: Printer, offset: number, length: number): number {
  const size = printStart(p, 'bacp', (option) => (option === 1 ? 'Favored-Peer' : 'Unknown'), offset, length);
  if (size === 0) return 0;
  if (p.bytes[offset] !== 1) return printBytes(p, offset, size, false);
  if (!proper(p, size === 6, '= 6')) return size;
  p.need(offset + 2, 4);
  p.ascii(': Magic-Num 0x');
  p.hexBytes(offset + 2, 4);
  return printBytes(p, offset, size, true);
}

const PRINTERS = new Map<number, OptionPrinter>([
  [LCP, printLcpOption],
  [IPCP, printIpcpOption],
  [IP6CP, printIp6cpOption],
  [CCP, printCcpOption],
  [BACP, printBacpOption],
]);
