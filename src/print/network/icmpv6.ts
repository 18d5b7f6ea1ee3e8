// ICMPv6 (RFC 4443): errors, echo, neighbour and multicast listener discovery, mobility.
import { correct, pseudoSum, shouldBe } from '../engine/checksum.ts';
import type { Names } from '../engine/names.ts';
import { BLUE, type Printer, writeFlags, YELLOW } from '../engine/printer.ts';
import { printListener, printListenerQuery2, printListenerReport2 } from './mld.ts';
import { NEIGHBOUR_FLAGS, printNeighbourOptions, printRouterAdvertisement } from './ndp.ts';

const PROTOCOL = 58;

const UNREACHABLE = 1;
const TOO_BIG = 2;
const TIME_EXCEEDED = 3;
const PARAMETER_PROBLEM = 4;
const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;
const LISTENER_QUERY = 130;
const LISTENER_REPORT = 131;
const LISTENER_DONE = 132;
const ROUTER_SOLICITATION = 133;
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
const REDIRECT = 137;
const RENUMBERING = 138;
const NODE_QUERY = 139;
const NODE_REPLY = 140;
/** RFC 3122. */
const INVERSE_SOLICITATION = 141;
const INVERSE_ADVERTISEMENT = 142;
const LISTENER_REPORT_2 = 143;
const HOME_AGENT_REQUEST = 144;
const HOME_AGENT_REPLY = 145;
const MOBILE_PREFIX_SOLICITATION = 146;
const MOBILE_PREFIX_ADVERTISEMENT = 147;
const RPL = 155;

const TYPES: Names = new Map([
  [UNREACHABLE, 'destination unreachable'],
  [TOO_BIG, 'packet too big'],
  [TIME_EXCEEDED, 'time exceeded in-transit'],
  [PARAMETER_PROBLEM, 'parameter problem'],
  [ECHO_REQUEST, 'echo request'],
  [ECHO_REPLY, 'echo reply'],
  [LISTENER_QUERY, 'multicast listener query'],
  [LISTENER_REPORT, 'multicast listener report'],
  [LISTENER_DONE, 'multicast listener done'],
  [ROUTER_SOLICITATION, 'router solicitation'],
  [ROUTER_ADVERTISEMENT, 'router advertisement'],
  [NEIGHBOUR_SOLICITATION, 'neighbor solicitation'],
  [NEIGHBOUR_ADVERTISEMENT, 'neighbor advertisement'],
  [REDIRECT, 'redirect'],
  [RENUMBERING, 'router renumbering'],
  [NODE_QUERY, 'who-are-you request'],
  [NODE_REPLY, 'who-are-you reply'],
  [INVERSE_SOLICITATION, 'inverse neighbor solicitation'],
  [INVERSE_ADVERTISEMENT, 'inverse neighbor advertisement'],
  [LISTENER_REPORT_2, 'multicast listener report v2'],
  [HOME_AGENT_REQUEST, 'ha discovery request'],
  [HOME_AGENT_REPLY, 'ha discovery reply'],
  [MOBILE_PREFIX_SOLICITATION, 'mobile router solicitation'],
  [MOBILE_PREFIX_ADVERTISEMENT, 'mobile router advertisement'],
  [RPL, 'RPL'],
  [200, 'mtrace response'],
  [201, 'mtrace message'],
]);
/** tcpdump's second entry begins with a space. */
const UNREACHABLE_CODES = [
  'unreachable route',
  ' unreachable prohibited',
  'beyond scope',
  'unreachable address',
  'unreachable port',
];
const PARAMETER_CODES = [
  ', erroneous - octet ',
  ', next header - octet ',
  ', option - octet ',
  ', incomplete header chain - octet ',
];

/** The packet an error quotes begins here. */
const QUOTED = 8;

export function printIcmpv6(p: Printer, offset: number, length: number): void {
  p.protocol = 'icmp6';
  if (length === 0) {
    p.ascii('ICMP6, length 0');
    p.invalid();
    return;
  }
  const verbose = p.verbose > 0;
  if (verbose && !p.fragmented && p.has(offset, length)) printChecksum(p, offset, length, p.ip);
  const type = p.u8(offset);
  if (type < ECHO_REQUEST) p.colour = YELLOW;
  else if (type === NEIGHBOUR_SOLICITATION || type === NEIGHBOUR_ADVERTISEMENT) p.colour = BLUE;
  const name = TYPES.get(type);
  p.ascii('ICMP6, ');
  if (name !== undefined) p.ascii(name);
  else {
    p.field('unknown icmp6 type (', type);
    p.ascii(')');
  }
  if (verbose && lengthFirst(type)) p.field(', length ', length >>> 0);
  p.need(offset + 1, 1);
  if (!printMessage(p, type, offset, length)) return;
  if (!verbose) p.field(', length ', length >>> 0);
}

/** What a message says; returns false where the line ends with it. */
function printMessage(p: Printer, type: number, offset: number, length: number): boolean {
  switch (type) {
    case UNREACHABLE:
    case TOO_BIG:
    case TIME_EXCEEDED:
    case PARAMETER_PROBLEM:
      return printError(p, type, offset, length);
    case ROUTER_SOLICITATION:
    case ROUTER_ADVERTISEMENT:
    case NEIGHBOUR_SOLICITATION:
    case NEIGHBOUR_ADVERTISEMENT:
    case REDIRECT:
      return printNeighbourDiscovery(p, type, offset, length);
    case HOME_AGENT_REQUEST:
    case HOME_AGENT_REPLY:
    case MOBILE_PREFIX_SOLICITATION:
    case MOBILE_PREFIX_ADVERTISEMENT:
      return printMobility(p, type, offset, length);
    case ECHO_REQUEST:
    case ECHO_REPLY:
      p.need(offset + 4, 4);
      p.field(', id ', p.u16(offset + 4));
      p.field(', seq ', p.u16(offset + 6));
      return true;
    case LISTENER_QUERY:
      printListenerQuery(p, offset, length);
      return true;
    case LISTENER_REPORT:
    case LISTENER_DONE:
      printListener(p, offset);
      return true;
    case LISTENER_REPORT_2:
      printListenerReport2(p, offset, length);
      return true;
    case RENUMBERING:
      p.payload.renumbering(p, offset, length);
      return true;
    case NODE_QUERY:
      p.payload.nodeQuery(p, offset, length);
      return true;
    case NODE_REPLY:
      p.payload.nodeReply(p, offset, length);
      return true;
    case RPL:
      p.payload.rpl(p, offset, length);
      return true;
    case INVERSE_SOLICITATION:
    case INVERSE_ADVERTISEMENT:
      return true;
  }
  p.field(', length ', length >>> 0);
  if (p.verbose < 2) p.unknown(offset, '\n\t', length);
  return false;
}

/** RFC 4443, 3. */
function printError(p: Printer, type: number, offset: number, length: number): boolean {
  const code = p.u8(offset + 1);
  const destination = offset + QUOTED + 24;
  if (type === UNREACHABLE) return printUnreachable(p, offset, length, code);
  if (type === TOO_BIG) p.field(', mtu ', p.u32(offset + 4));
  else if (type === TIME_EXCEEDED) {
    if (code === 0) {
      p.need(destination, 16);
      p.ascii(' for ');
      p.ipv6(destination);
    } else if (code === 1) p.ascii(' (reassembly)');
    else {
      p.field(', unknown code (', code);
      p.ascii(')');
    }
  } else if (!p.has(destination, 16)) {
    p.truncated();
    return false;
  } else if (code < PARAMETER_CODES.length) p.field(PARAMETER_CODES[code], p.u32(offset + 4));
  else p.field(', code-#', code);
  return true;
}

/** RFC 4861, 4. */
function printNeighbourDiscovery(p: Printer, type: number, offset: number, length: number): boolean {
  const verbose = p.verbose > 0;
  switch (type) {
    case ROUTER_SOLICITATION:
      return !verbose || options(p, offset, 8, length);
    case ROUTER_ADVERTISEMENT:
      if (!verbose) return true;
      printRouterAdvertisement(p, offset);
      return options(p, offset, 16, length);
    case REDIRECT:
      p.need(offset + 24, 16);
      p.ascii(', ');
      p.ipv6(offset + 24);
      p.ascii(' to ');
      p.ipv6(offset + 8);
      return !verbose || options(p, offset, 40, length);
  }
  p.need(offset + 8, 16);
  p.ascii(type === NEIGHBOUR_SOLICITATION ? ', who has ' : ', tgt is ');
  p.ipv6(offset + 8);
  if (!verbose) return true;
  if (type === NEIGHBOUR_ADVERTISEMENT) {
    p.ascii(', Flags [');
    writeFlags(p, NEIGHBOUR_FLAGS, 'none', p.u32(offset + 4), ', ');
    p.ascii(']');
  }
  return options(p, offset, 24, length);
}

function printListenerQuery(p: Printer, offset: number, length: number): void {
  if (length === 24) printListener(p, offset);
  else if (length >= 28) {
    p.ascii(' v2');
    printListenerQuery2(p, offset, length);
  } else {
    p.field(' unknown-version (len ', length >>> 0);
    p.ascii(') ');
  }
}

/** RFC 6275, 6.5 to 6.8. */
function printMobility(p: Printer, type: number, offset: number, length: number): boolean {
  const isReply = type === HOME_AGENT_REPLY || type === MOBILE_PREFIX_ADVERTISEMENT;
  if (isReply && p.verbose === 0) return true;
  printIdentifier(p, offset);
  if (type === HOME_AGENT_REPLY) {
    for (let address = offset + 8; address < offset + length; address += 16) {
      p.need(address, 16);
      p.ascii(', ');
      p.ipv6(address);
    }
  } else if (type === MOBILE_PREFIX_ADVERTISEMENT) {
    const flags = p.u16(offset + 6);
    if ((flags & 0xc000) !== 0) p.ascii(' ');
    if ((flags & 0x8000) !== 0) p.ascii('M');
    if ((flags & 0x4000) !== 0) p.ascii('O');
    return options(p, offset, 8, length);
  }
  return true;
}

function printIdentifier(p: Printer, offset: number): void {
  const identifier = p.u16(offset + 4);
  p.ascii(', id 0x');
  p.out.hexPadded(identifier, 4);
}

/** -v: the length of these stands before what they say. */
function lengthFirst(type: number): boolean {
  return (
    (type >= ROUTER_SOLICITATION && type <= REDIRECT) ||
    type === HOME_AGENT_REPLY ||
    type === MOBILE_PREFIX_ADVERTISEMENT
  );
}

function options(p: Printer, offset: number, header: number, length: number): boolean {
  if (printNeighbourOptions(p, offset + header, length - header)) return true;
  p.truncated();
  return false;
}

function printChecksum(p: Printer, offset: number, length: number, ip: number): void {
  const sum = pseudoSum(p, ip, 6, PROTOCOL, offset, length);
  if (correct(sum)) p.ascii('[icmp6 sum ok] ');
  else {
    const found = p.u16(offset + 2);
    p.ascii('[bad icmp6 cksum 0x');
    p.out.hexPadded(found, 4);
    p.ascii(' -> 0x');
    p.out.hexPadded(shouldBe(found, sum), 4);
    p.ascii('!] ');
  }
}

/** Returns false where the line ends here. */
function printUnreachable(p: Printer, offset: number, length: number, code: number): boolean {
  const quoted = offset + QUOTED;
  const destination = quoted + 24;
  const name = UNREACHABLE_CODES[code];
  p.ascii(', ');
  if (name !== undefined) p.ascii(name);
  else {
    p.field('unknown unreach code (', code);
    p.ascii(')');
  }
  switch (code) {
    case 0:
    case 1:
    case 3:
      p.need(destination, 16);
      p.ascii(' ');
      p.ipv6(destination);
      return true;
    case 2:
      p.need(destination, 16);
      p.ascii(' ');
      p.ipv6(destination);
      p.ascii(', source address ');
      p.ipv6(quoted + 8);
      return true;
    case 4:
      return printPort(p, quoted);
    default:
      if (p.verbose > 1) return true;
      p.unknown(offset, '\n\t', length);
      return false;
  }
}

/** The port nothing listens on: that of the quoted packet's transport header, behind its extension headers. */
function printPort(p: Printer, quoted: number): boolean {
  const destination = quoted + 24;
  let offset = quoted + 40;
  if (!p.has(quoted + 6, 1)) {
    p.truncated();
    return false;
  }
  let next = p.bytes[quoted + 6];
  while (next !== 6 && next !== 17) {
    const size = p.has(offset, 2) ? extensionLength(p, next, offset) : 0;
    if (size === 0) {
      p.truncated();
      return false;
    }
    next = p.bytes[offset];
    offset += size;
  }
  if (!p.has(offset, 4)) {
    p.truncated();
    return false;
  }
  const port = p.view.getUint16(offset + 2);
  p.ascii(', ');
  p.ipv6(destination);
  p.ascii(next === 6 ? ' tcp port ' : ' udp port ');
  if (next === 6) p.tcpPort(port);
  else p.udpPort(port);
  return true;
}

/** Bytes of an extension header of which two were captured; 0 where no transport header can follow it. */
function extensionLength(p: Printer, kind: number, offset: number): number {
  switch (kind) {
    case 0:
    case 43:
    case 60:
      return (p.bytes[offset + 1] + 1) << 3;
    case 44:
      return !p.has(offset, 4) || (p.view.getUint16(offset + 2) & 0xfff8) !== 0 ? 0 : 8;
    case 51:
      return (p.bytes[offset + 1] + 2) << 2;
    default:
      return 0;
  }
}
