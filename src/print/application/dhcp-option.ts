// DHCP options (RFC 2132 and the IANA registry "BOOTP Vendor Extensions and DHCP Options").
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';

const PAD = 0;
const NETBIOS_NODE = 46;
const OVERLOAD = 52;
const MESSAGE = 53;
const PARAMETERS = 55;
const CLIENT_ID = 61;
const USER_CLASS = 77;
const CLIENT_NAME = 81;
const AGENT = 82;
const ROUTES = 121;
const ROUTES_MICROSOFT = 249;
const END = 255;

/**
 * What an option is called, behind a letter for its form: `i` addresses, `p` pairs of addresses, `l` and `L` 32-bit
 * numbers without and with a sign, `s` 16-bit numbers, `b` bytes in decimal, `a` text, `B` yes or no, `$` a form of its
 * own, `?` not known, a space nothing.
 */
const OPTIONS: Names = new Map([
  ...(
    ' PAD iSubnet-Mask LTime-Zone iDefault-Gateway iTime-Server iIEN-Name-Server iDomain-Name-Server iLOG iCS ' +
    'iLPR-Server iIM iRL aHostname sBS aDP aDomain-Name iSS aRP aEP BIPF BSRT pPF sRSZ bTTL lMTU-Timeout sMTU-Table ' +
    'sMTU BLSN iBR BMD BMS BRouter-Discovery iRSA pStatic-Route BUT lAT BIE bTT lKI BKG aYD iYS iNTP bVendor-Option ' +
    'iNetbios-Name-Server iWDD $Netbios-Node aNetbios-Scope iXFS iXDM iRequested-IP lLease-Time $OO'
  )
    .slice(1)
    .split(' ')
    .map((name, i) => [i, i === PAD ? ` ${name}` : name] as const),
  [MESSAGE, ' DHCP-Message'],
  ...'iServer-ID bParameter-Request aMSG sMSZ lRN lRB aVendor-Class $Client-ID'
    .split(' ')
    .map((name, i) => [54 + i, name] as const),
  ...'sN+D iN+S aTFTP aBF iMH iSMTP iPOP3 iNNTP iWWW iFG iIRC iSTS iSTDA $User-Class bSLP-DA bSLP-SCOPE aSLP-NA $FQDN $Agent-Information bARMT'
    .split(' ')
    .map((name, i) => [64 + i, name] as const),
  ...'aTZSTR bFQDNS bAUTH LLast-Transaction-Time iAssociated-IP sARCH bNDI aLDAP'
    .split(' ')
    .map((name, i) => [88 + i, name] as const),
  [97, 'bGUID'],
  [98, 'aUAP'],
  [100, 'aPOSIX-TZ'],
  [101, 'aTZ-Name'],
  [112, 'iNI'],
  [113, 'aNITAG'],
  [114, 'aURL'],
  [116, 'BNOAUTO'],
  [117, 'sNSSEARCH'],
  [118, 'iSUBNET'],
  [ROUTES, '$Classless-Static-Route'],
  [150, 'iTFTP-Server-Address'],
  [161, 'aMUD-URL'],
  [ROUTES_MICROSOFT, '$Classless-Static-Route-Microsoft'],
  [END, ' END'],
]);
const UNKNOWN = '?Unknown';

const MESSAGES: Names = new Map([
  [1, 'Discover'],
  [2, 'Offer'],
  [3, 'Request'],
  [4, 'Decline'],
  [5, 'ACK'],
  [6, 'NACK'],
  [7, 'Release'],
  [8, 'Inform'],
  [10, 'LeaseQuery'],
  [11, 'LeaseUnassigned'],
  [12, 'LeaseUnknown'],
  [13, 'LeaseActive'],
]);
const OVERLOADS: Names = new Map([
  [1, 'file'],
  [2, 'sname'],
  [3, 'file+sname'],
]);
const NODES: Names = new Map([
  [1, 'b-node'],
  [2, 'p-node'],
  [4, 'm-node'],
  [8, 'h-node'],
]);
const HARDWARE: Names = new Map([
  [1, 'ether'],
  [6, 'ieee802'],
  [7, 'arcnet'],
  [15, 'frelay'],
  [23, 'strip'],
  [24, 'ieee1394'],
]);
const AGENT_OPTIONS: Names = new Map([
  [1, 'Circuit-ID'],
  [2, 'Remote-ID'],
  [6, 'Subscriber-ID'],
]);

/** The options behind the magic cookie at `offset`. */
export function printDhcpOptions(p: Printer, offset: number): void {
  p.ascii('\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x');
  p.hexBytes(offset, 4);
  offset += 4;
  while (p.has(offset, 1)) {
    const tag = p.bytes[offset++];
    if (tag === PAD && p.verbose < 3) continue;
    if (tag === END && p.verbose < 3) return;
    const name = OPTIONS.get(tag) ?? UNKNOWN;
    const length = tag === PAD || tag === END ? 0 : p.u8(offset++);
    p.ascii('\n\t    ');
    p.ascii(name.slice(1));
    p.field(' (', tag);
    p.field('), length ', length);
    if (length > 0) p.ascii(': ');
    if (tag === PAD) {
      let pads = 1;
      for (; p.has(offset, 1) && p.bytes[offset] === PAD; offset++) pads++;
      if (pads > 1) p.field(', occurs ', pads);
    }
    p.check(offset, length);
    const left = printValue(p, tag, name, offset, length);
    if (left > 0) p.field('\n\t  trailing data length ', left);
    offset += length;
  }
}

/** Prints an option's value. Returns how many bytes of it were left. */
function printValue(p: Printer, tag: number, name: string, offset: number, length: number): number {
  if (tag === MESSAGE && length === 1) {
    const message = p.bytes[offset];
    const text = MESSAGES.get(message);
    if (text !== undefined) p.ascii(text);
    else {
      p.field('Unknown (', message);
      p.ascii(')');
    }
    return 0;
  }
  if (tag === PARAMETERS) {
    for (let i = 0; i < length; i++) {
      const wanted = p.bytes[offset + i];
      p.ascii(i % 4 === 0 ? '\n\t      ' : ', ');
      p.ascii((OPTIONS.get(wanted) ?? UNKNOWN).slice(1));
      p.field(' (', wanted);
      p.ascii(')');
    }
    return 0;
  }
  if (name === UNKNOWN)
    return printForm(p, (length & 1) !== 0 ? 'b' : (length & 2) !== 0 ? 's' : 'l', offset, length);
  return name[0] === '$' ? printSpecial(p, tag, offset, length) : printForm(p, name[0], offset, length);
}

function printForm(p: Printer, form: string, offset: number, length: number): number {
  switch (form) {
    case 'a':
      printQuoted(p, offset, length);
      return 0;
    case 'i':
    case 'l':
    case 'L':
      for (let i = 0; i + 4 <= length; i += 4) {
        if (i > 0) p.ascii(',');
        if (form === 'i') p.ipv4(offset + i);
        else p.decimal(form === 'L' ? p.u32(offset + i) | 0 : p.u32(offset + i));
      }
      return length & 3;
    case 'p':
      for (let i = 0; i + 8 <= length; i += 8) {
        p.ascii(i > 0 ? ',(' : '(');
        p.ipv4(offset + i);
        p.ascii(':');
        p.ipv4(offset + i + 4);
        p.ascii(')');
      }
      return length & 7;
    case 's':
      for (let i = 0; i + 2 <= length; i += 2) p.field(i > 0 ? ',' : '', p.u16(offset + i));
      return length & 1;
    case 'B':
      for (let i = 0; i < length; i++) {
        if (i > 0) p.ascii(',');
        const value = p.bytes[offset + i];
        if (value < 2) p.ascii(value === 0 ? 'N' : 'Y');
        else {
          p.decimal(value);
          p.ascii('?');
        }
      }
      return 0;
    default:
      for (let i = 0; i < length; i++) p.field(i > 0 ? '.' : '', p.bytes[offset + i]);
      return 0;
  }
}

function printQuoted(p: Printer, offset: number, length: number): void {
  p.ascii('"');
  printText(p, offset, length);
  p.ascii('"');
}

function printSpecial(p: Printer, tag: number, offset: number, length: number): number {
  switch (tag) {
    case NETBIOS_NODE:
    case OVERLOAD:
      if (tooShort(p, length, 1)) return length;
      printNumbered(p, tag === OVERLOAD ? OVERLOADS : NODES, p.bytes[offset]);
      return length - 1;
    case CLIENT_NAME:
      if (!tooShort(p, length, 3)) printClientName(p, offset, length);
      return 0;
    case CLIENT_ID:
      if (tooShort(p, length, 1)) return length;
      printClientId(p, offset, length);
      return 0;
    case AGENT:
      return printAgent(p, offset, length);
    case USER_CLASS:
      if (!tooShort(p, length, 2)) printUserClass(p, offset, length);
      return 0;
    default:
      if (!tooShort(p, length, 5)) printRoutes(p, offset, length);
      return 0;
  }
}

function tooShort(p: Printer, length: number, needed: number): boolean {
  if (length >= needed) return false;
  p.field('[ERROR: length < ', needed);
  p.ascii(' bytes]');
  return true;
}

/** A name, or its number as tcpdump writes one without any. */
function printNumbered(p: Printer, names: Names, value: number): void {
  const name = names.get(value);
  if (name !== undefined) p.ascii(name);
  else p.field('#', value);
}

/** RFC 4702: flags, two response codes, a name. */
function printClientName(p: Printer, offset: number, length: number): void {
  const flags = p.bytes[offset];
  if ((flags & 0xf0) !== 0) {
    p.hexField('[ERROR: MBZ nibble 0x', flags >> 4);
    p.ascii(' != 0] ');
  }
  if ((flags & 0x0f) !== 0) {
    p.ascii('[');
    for (let bit = 0; bit < 4; bit++) if ((flags & (1 << bit)) !== 0) p.ascii('SOEN'[bit]);
    p.ascii('] ');
  }
  const first = p.bytes[offset + 1];
  const second = p.bytes[offset + 2];
  if (first !== 0 || second !== 0) {
    p.field('', first);
    p.field('/', second);
    p.ascii(' ');
  }
  printQuoted(p, offset + 3, length - 3);
}

function printClientId(p: Printer, offset: number, length: number): void {
  const type = p.bytes[offset];
  if (type === 0) {
    printQuoted(p, offset + 1, length - 1);
    return;
  }
  const name = HARDWARE.get(type);
  if (name !== undefined) p.ascii(name);
  else {
    p.field('hardware-type ', type);
    p.ascii(',');
  }
  p.ascii(' ');
  for (let i = 1; i < length; i++) {
    if (i > 1) p.ascii(':');
    p.out.hexPadded(p.bytes[offset + i], 2);
  }
}

/** Relay agent information (RFC 3046). Returns the bytes left. */
function printAgent(p: Printer, offset: number, length: number): number {
  while (length >= 2) {
    const option = p.bytes[offset];
    const size = p.bytes[offset + 1];
    offset += 2;
    length -= 2;
    p.ascii('\n\t      ');
    const name = AGENT_OPTIONS.get(option);
    p.ascii(name ?? 'Unknown');
    p.field(' SubOption ', option);
    p.field(', length ', size);
    if (size > length) {
      p.ascii(': length goes past end of option');
      return 0;
    }
    p.ascii(': ');
    if (name !== undefined) printText(p, offset, size);
    else p.unknown(offset, '\n\t\t', size);
    offset += size;
    length -= size;
  }
  return length;
}

function printUserClass(p: Printer, offset: number, length: number): void {
  for (let instance = 1; length > 0; instance++) {
    const size = p.bytes[offset++];
    length--;
    p.field('\n\t      instance#', instance);
    p.ascii(': ');
    if (size === 0 || length < size) {
      p.ascii(size === 0 ? '[ERROR: suboption length must be non-zero]' : '[ERROR: invalid option]');
      return;
    }
    printQuoted(p, offset, size);
    p.field(', length ', size);
    offset += size;
    length -= size;
  }
}

/** Classless static routes (RFC 3442): prefix length, as many bytes of prefix as that needs, router. */
function printRoutes(p: Printer, offset: number, length: number): void {
  for (let first = true; length > 0; first = false) {
    if (!first) p.ascii(',');
    const bits = p.bytes[offset++];
    length--;
    if (bits > 32) {
      p.field('[ERROR: Mask width (', bits);
      p.ascii(') > 32]');
      return;
    }
    const bytes = (bits + 7) >> 3;
    if (length < bytes + 4) {
      p.field('[ERROR: Remaining length (', length);
      p.field(') < ', bytes + 4);
      p.ascii(' bytes]');
      return;
    }
    p.ascii('(');
    if (bits === 0) p.ascii('default');
    else {
      for (let i = 0; i < 4; i++) p.field(i > 0 ? '.' : '', i < bytes ? p.bytes[offset + i] : 0);
      p.field('/', bits);
    }
    p.ascii(':');
    p.ipv4(offset + bytes);
    p.ascii(')');
    offset += bytes + 4;
    length -= bytes + 4;
  }
}
