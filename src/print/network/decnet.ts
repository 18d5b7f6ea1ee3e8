// DECnet phase IV: routing, and the network services protocol. Its numbers are little-endian.
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

/** Bytes of the length that comes before all else. */
const LENGTH = 2;
const SHORT_LENGTH = 6;
const LONG_LENGTH = 21;

const PADDED = 0x80;
const FUTURE = 0x40;
const CONTROL = 0x01;
const SHORT = 2;
const LONG = 6;
const RETURN_REQUEST = 0x08;
const RETURNED = 0x10;
const INTRA_ETHERNET = 0x20;

/** Control messages, by their lower four bits. */
const INITIALIZATION = 1;
const VERIFICATION = 3;
const TEST = 5;
const LEVEL_1 = 7;
const LEVEL_2 = 9;
const ROUTER_HELLO = 11;
const ENDNODE_HELLO = 13;
const NODES = ['reserved-ntype? ', 'l2rout ', 'l1rout ', 'endnode '];
const MOST_ROUTES = 1024;

const REASONS: Names = new Map([
  [0, 'object rejected connect'],
  [1, 'insufficient resources'],
  [2, 'unrecognized node name'],
  [3, 'node is shutting down'],
  [4, 'unrecognized object'],
  [5, 'invalid object name format'],
  [6, 'object too busy'],
  [7, 'protocol error discovered'],
  [8, 'third party abort'],
  [9, 'user abort'],
  [10, 'invalid node name format'],
  [11, 'local node shutting down'],
  [32, 'insufficient local resources'],
  [33, 'insufficient remote user resources'],
  [34, 'invalid access control information'],
  [36, 'bad ACCOUNT information'],
  [38, 'no response from object'],
  [39, 'node unreachable'],
  [41, 'no link terminate'],
  [42, 'disconnect complete'],
  [43, 'bad image data in connect'],
  [54, 'cryptographic service mismatch'],
]);
const FLOW_CONTROLS = ['', 'seg ', 'msg ', ''];
const VERSIONS = ['3.2', '3.1', '4.0', '4.1'];

function word(p: Printer, offset: number): number {
  p.need(offset, 2);
  return p.view.getUint16(offset, true);
}

/** Area and number of a node. */
function node(address: number): string {
  return `${address >> 10}.${address & 0x3ff}`;
}

export function printDecnet(p: Printer, offset: number, length: number): void {
  p.protocol = 'decnet';
  if (length < SHORT_LENGTH) refuse(p, `length ${length} < ${SHORT_LENGTH}`);
  else {
    const size = word(p, offset);
    if (size < SHORT_LENGTH) refuse(p, `pktlen ${size} < ${SHORT_LENGTH}`);
    else if (size > length) refuse(p, `pktlen ${size} > ${length}`);
    else printPacket(p, offset, size);
  }
}

function refuse(p: Printer, why: string): void {
  p.ascii(` (${why})`);
  p.invalid();
}

function printPacket(p: Printer, offset: number, size: number): void {
  let length = size;
  let flags = p.u8(offset + LENGTH);
  if ((flags & PADDED) !== 0) {
    const padding = flags & ~PADDED;
    if (p.verbose > 0) p.ascii(`[pad:${padding}] `);
    if (length < padding + 2) {
      refuse(p, `length ${length} < ${padding + 2}`);
      return;
    }
    p.need(offset + LENGTH, padding);
    offset += padding;
    length -= padding;
    flags = p.u8(offset + LENGTH);
  }
  const header = offset + LENGTH;
  const available = p.available(offset);
  if ((flags & FUTURE) !== 0) {
    p.ascii('future-version-decnet');
    p.dump(offset, Math.min(length, available));
    return;
  }
  if ((flags & CONTROL) !== 0) {
    if (!printControl(p, flags & 15, header, length)) p.invalid();
    return;
  }
  const long = (flags & 7) === LONG;
  if (!long && (flags & 7) !== SHORT) {
    p.ascii('unknown message flags under mask');
    p.dump(offset, Math.min(length, available));
    return;
  }
  const headerLength = long ? LONG_LENGTH : SHORT_LENGTH;
  if (long && length < LONG_LENGTH) {
    refuse(p, `length ${length} < ${LONG_LENGTH}`);
    return;
  }
  p.need(header, headerLength);
  const destination = word(p, header + (long ? 7 : 1));
  const source = word(p, header + (long ? 15 : 3));
  const visits = p.u8(header + (long ? 18 : 5));
  p.ascii(`${node(source)} > ${node(destination)} ${size} `);
  if (p.verbose > 0) {
    if ((flags & RETURN_REQUEST) !== 0) p.ascii('RQR ');
    if ((flags & RETURNED) !== 0) p.ascii('RTS ');
    if ((flags & INTRA_ETHERNET) !== 0) p.ascii('IE ');
    p.ascii(`${long ? visits : (visits & 63) + 1} hops `);
  }
  // Padding may have left less than the header; tcpdump's length then wraps round.
  if (!printServices(p, header + headerLength, (length - headerLength) >>> 0)) p.invalid();
}

/** Returns false where the message is too short. */
function printControl(p: Printer, type: number, offset: number, length: number): boolean {
  switch (type) {
    case INITIALIZATION:
      p.ascii('init ');
      if (length < 12) return false;
      p.need(offset, 12);
      printNode(p, p.u8(offset + 3), 0x04, 0, 0x08);
      p.ascii(`src ${node(word(p, offset + 1))}blksize ${word(p, offset + 4)} vers ${p.u8(offset + 6)}`);
      p.ascii(` eco ${p.u8(offset + 7)} ueco ${p.u8(offset + 8)} hello ${word(p, offset + 9)}`);
      return true;
    case VERIFICATION:
    case TEST:
      p.ascii(type === TEST ? 'test ' : 'verification ');
      if (length < 4) return false;
      p.need(offset, 4);
      p.ascii(
        `src ${node(word(p, offset + 1))} ${type === TEST ? 'data' : 'fcnval'} ${p.u8(offset + 3).toString(8)}`,
      );
      return true;
    case LEVEL_1:
    case LEVEL_2:
      p.ascii(type === LEVEL_1 ? 'lev-1-routing ' : 'lev-2-routing ');
      if (length < 4) return false;
      p.need(offset, 4);
      p.ascii(`src ${node(word(p, offset + 1))} `);
      printRoutes(p, type === LEVEL_1 ? 'ids' : 'areas', offset + 4, length - 4);
      return true;
    case ROUTER_HELLO:
      p.ascii('router-hello ');
      if (length < 18) return false;
      p.need(offset, 18);
      printHello(p, offset);
      p.ascii(` pri ${p.u8(offset + 13)} hello ${word(p, offset + 15)}`);
      return true;
    case ENDNODE_HELLO:
      p.ascii('endnode-hello ');
      if (length < 32) return false;
      p.need(offset, 32);
      printHello(p, offset);
      p.ascii(
        ` rtr ${node(word(p, offset + 26))} hello ${word(p, offset + 28)} data ${p.u8(offset + 31).toString(8)}`,
      );
      return true;
  }
  p.ascii('unknown control message');
  // tcpdump counts what was captured from the length on, which lies before: the dump ends with a mark where that is all.
  p.dump(offset, Math.min(length, p.available(offset - LENGTH)));
  return true;
}

/** The type of a node, and what it wants, as far as it has a bit for that. */
function printNode(
  p: Printer,
  info: number,
  verification: number,
  noMulticast: number,
  blocking: number,
): void {
  p.ascii(NODES[info & 3]);
  if ((info & verification) !== 0) p.ascii('verif ');
  if ((info & noMulticast) !== 0) p.ascii('nomcast ');
  if ((info & blocking) !== 0) p.ascii('blo ');
}

/** What both hellos begin with. */
function printHello(p: Printer, offset: number): void {
  printNode(p, p.u8(offset + 10), 0x04, 0x20, 0x40);
  p.ascii(`vers ${p.u8(offset + 1)} eco ${p.u8(offset + 2)} ueco ${p.u8(offset + 3)}`);
  p.ascii(` src ${node(word(p, offset + 8))} blksize ${word(p, offset + 11)}`);
}

function printRoutes(p: Printer, title: string, offset: number, length: number): void {
  // The last two bytes are a checksum.
  for (; length > 6; offset += 6, length -= 6) {
    p.need(offset, 6);
    const count = word(p, offset);
    if (count > MOST_ROUTES) return;
    const first = word(p, offset + 2);
    const info = word(p, offset + 4);
    p.ascii(`{${title} ${first}-${first + count} cost ${info & 0x1ff} hops ${(info >> 10) & 31}} `);
  }
}

/** Acknowledgements, of this channel and the other; returns the word behind them. */
function printNumbers(
  p: Printer,
  offset: number,
  other: readonly [nak: string, ack: string],
  end: number,
): number {
  let number = word(p, offset);
  if ((number & 0x8000) === 0) return number;
  p.field((number & 0x9000) === 0x9000 ? 'nak ' : 'ack ', number & 0xfff);
  p.ascii(' ');
  offset += 2;
  if (offset + 2 > end) return -1;
  number = word(p, offset);
  if ((number & 0xa000) === 0) return number;
  p.field((number & 0xb000) === 0xb000 ? other[0] : other[1], number & 0xfff);
  p.ascii(' ');
  offset += 2;
  return offset + 2 > end ? -1 : word(p, offset);
}

const OTHER = ['onak ', 'oack '] as const;
const OTHER_DATA = ['nakdat ', 'ackdat '] as const;

/** The network services protocol; returns false where it is too short. */
function printServices(p: Printer, offset: number, length: number): boolean {
  if (length < 5) {
    p.ascii(` (nsplen ${length} < 5)`);
    return false;
  }
  p.need(offset, 5);
  const flags = p.u8(offset);
  const destination = word(p, offset + 1);
  const source = word(p, offset + 3);
  const sub = flags & 0x70;
  switch (flags & 0x0c) {
    case 0x00:
      return printData(p, flags, offset, length, source, destination);
    case 0x04:
      if (sub === 0x20) p.field('conn-ack ', destination);
      else if (sub > 0x10) p.ascii(`reserved-acktype? ${flags.toString(16)} ${source} > ${destination}`);
      else {
        p.ascii(`${sub === 0 ? 'data' : 'ils'}-ack ${source}>${destination} `);
        if (length < 9) return false;
        p.need(offset, 9);
        // Of the word behind them nothing is printed.
        printNumbers(p, offset + 5, sub === 0 ? OTHER : OTHER_DATA, offset + 9);
      }
      return true;
    case 0x08:
      return printLink(p, flags, offset, length, source, destination);
  }
  p.ascii(`reserved-type? ${flags.toString(16)} ${source} > ${destination}`);
  return true;
}

function printData(
  p: Printer,
  flags: number,
  offset: number,
  length: number,
  source: number,
  destination: number,
): boolean {
  switch (flags & 0x70) {
    case 0x00:
    case 0x20:
    case 0x40:
    case 0x60:
    case 0x30: {
      const interrupt = (flags & 0x70) === 0x30;
      p.ascii(interrupt ? 'intr ' : `data ${source}>${destination} `);
      if (length < 7) return false;
      const segment = printNumbers(p, offset + 5, interrupt ? OTHER_DATA : OTHER, offset + length);
      if (segment < 0) return false;
      p.ascii(`seg ${segment & 0xfff} `);
      return true;
    }
    case 0x10: {
      p.ascii(`link-service ${source}>${destination} `);
      if (length < 13) return false;
      p.ascii(`seg ${printNumbers(p, offset + 5, OTHER_DATA, offset + length) & 0xfff} `);
      printFlowControl(p, p.u8(offset + 11), p.u8(offset + 12));
      return true;
    }
  }
  p.ascii(`reserved-subtype? ${flags.toString(16)} ${source} > ${destination}`);
  return true;
}

function printFlowControl(p: Printer, flags: number, count: number): void {
  switch (flags & 0x0c) {
    case 0x00: {
      p.ascii(`dat seg count ${count} `);
      const modifier = flags & 3;
      p.ascii(['', 'donotsend-data ', 'send-data ', `reserved-fcmod? ${flags.toString(16)}`][modifier]);
      break;
    }
    case 0x04:
      p.ascii(`intr req count ${count} `);
      break;
    default:
      p.ascii(`reserved-fcval-int? ${flags.toString(16)}`);
  }
}

function printLink(
  p: Printer,
  flags: number,
  offset: number,
  length: number,
  source: number,
  destination: number,
): boolean {
  const between = `${source}>${destination} `;
  const sub = flags & 0x70;
  switch (sub) {
    case 0x10:
    case 0x60:
    case 0x20: {
      const confirm = sub === 0x20;
      p.ascii(
        `${confirm ? 'conn-confirm' : sub === 0x10 ? 'conn-initiate' : 'retrans-conn-initiate'} ${between}`,
      );
      const size = confirm ? 10 : 9;
      if (length < size) return false;
      p.need(offset, size);
      p.ascii(
        `${FLOW_CONTROLS[(p.u8(offset + 5) >> 2) & 3]}ver ${VERSIONS[p.u8(offset + 6) & 3]} segsize ${word(p, offset + 7)} `,
      );
      if (confirm) printOptional(p, p.u8(offset + 9));
      return true;
    }
    case 0x30:
      p.ascii(`disconn-initiate ${between}`);
      if (length < 8) return false;
      p.need(offset, 8);
      printReason(p, word(p, offset + 5));
      printOptional(p, p.u8(offset + 7));
      return true;
    case 0x40:
      p.ascii(`disconn-confirm ${between}`);
      printReason(p, word(p, offset + 5));
      return true;
  }
  p.ascii(`reserved-ctltype? ${flags.toString(16)} ${source} > ${destination}`);
  return true;
}

function printReason(p: Printer, reason: number): void {
  p.ascii(`${REASONS.get(reason) ?? `reason-${reason}`} `);
}

function printOptional(p: Printer, length: number): void {
  if (length > 0) p.ascii(`optlen ${length} `);
}
