// AppleTalk: DDP, over Ethernet, LocalTalk's LLAP and UDP; AARP; and of what DDP carries NBP, ATP and EIGRP.

import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const DDP_LENGTH = 13;
const SHORT_DDP_LENGTH = 5;
const LLAP_LENGTH = 3;
const SHORT_DDP = 1;
export const DDP = 2;
const AARP_LENGTH = 28;
const ETHERTYPE = 0x809b;

const NBP = 2;
const ATP = 3;
const EIGRP = 88;
const TYPES: Names = new Map([
  [1, 'rtmp'],
  [5, 'rtmpReq'],
  [4, 'echo'],
  [22, 'IP'],
  [23, 'ARP'],
  [0x4b, 'KLAP'],
]);
const LOOKUPS: Names = new Map([
  [0x10, 'brRq'],
  [0x20, 'lkup'],
  [0x30, 'reply'],
]);

/** `5640.2`; without a node where it is the broadcast's. */
function address(p: Printer, net: number, node: number): void {
  p.decimal(net);
  if (node !== 0xff) p.field('.', node);
}

/** `[|ddp 1]` where a packet is too short for a header, `[|ddp]` where it was not captured; returns whether it is there. */
function header(p: Printer, offset: number, length: number, size: number, name: string): boolean {
  if (length >= size && p.has(offset, size)) return true;
  p.ascii(length < size ? ` [|${name} ${length}]` : ` [|${name}]`);
  return false;
}

/** DDP's long header, its addresses and what it carries; `close` is written behind the addresses. */
function printDdp(p: Printer, offset: number, length: number, close: string): void {
  const net = p.u16(offset + 6);
  const node = p.u8(offset + 9);
  const socket = p.u8(offset + 11);
  address(p, net, node);
  p.field('.', socket);
  p.ascii(' > ');
  address(p, p.u16(offset + 4), p.u8(offset + 8));
  p.field('.', p.u8(offset + 10));
  p.ascii(close);
  printPayload(p, p.u8(offset + 12), offset + DDP_LENGTH, length - DDP_LENGTH, net, node, socket);
}

export function printAppletalk(p: Printer, offset: number, length: number): void {
  p.protocol = 'atalk';
  if (!p.link) p.ascii('AT ');
  if (header(p, offset, length, DDP_LENGTH, 'ddp')) printDdp(p, offset, length, ': ');
}

/** LocalTalk's link access protocol, as it also is in UDP. */
export function printLlap(p: Printer, offset: number, length: number): void {
  p.protocol = 'llap';
  if (!header(p, offset, length, LLAP_LENGTH, 'llap')) return;
  const type = p.u8(offset + 2);
  const ddp = offset + LLAP_LENGTH;
  length -= LLAP_LENGTH;
  if (type === DDP) {
    if (header(p, ddp, length, DDP_LENGTH, 'ddp')) printDdp(p, ddp, length, ':');
  } else if (type === SHORT_DDP) {
    if (!header(p, ddp, length, SHORT_DDP_LENGTH, 'sddp')) return;
    const node = p.u8(offset + 1);
    const socket = p.u8(ddp + 3);
    address(p, 0, node);
    p.field('.', socket);
    p.ascii(' > ');
    address(p, 0, p.u8(offset));
    p.field('.', p.u8(ddp + 2));
    p.ascii(':');
    printPayload(p, p.u8(ddp + 4), ddp + SHORT_DDP_LENGTH, length - SHORT_DDP_LENGTH, 0, node, socket);
  } else p.ascii(`${p.u8(offset + 1)} > ${p.u8(offset)} at-lap#${type} ${length}`);
}

export function printAarp(p: Printer, offset: number, length: number): void {
  p.protocol = 'aarp';
  p.ascii('aarp ');
  if (!p.whole(offset, AARP_LENGTH)) return;
  const operation = p.u16(offset + 6);
  const usual = p.u32(offset) === 0x0001_0000 + ETHERTYPE && p.u16(offset + 4) === 0x0604;
  if (usual && operation >= 1 && operation <= 3) {
    p.ascii(['who-has ', 'reply ', 'probe '][operation - 1]);
    const what = operation === 2 ? offset + 14 : offset + 24;
    address(p, p.u16(what + 1), p.u8(what + 3));
    if (operation === 2) {
      p.ascii(' is-at ');
      p.mac(offset + 8);
    } else {
      p.ascii(' tell ');
      address(p, p.u16(offset + 15), p.u8(offset + 17));
    }
    return;
  }
  p.ascii(`len ${length} op ${operation} htype ${p.u16(offset)} ptype `);
  const type = p.u16(offset + 2);
  p.ascii(type === 0 ? '0' : `0x${type.toString(16)}`);
  p.ascii(` halen ${p.u8(offset + 4)} palen ${p.u8(offset + 5)}`);
}

function printPayload(
  p: Printer,
  type: number,
  offset: number,
  length: number,
  net: number,
  node: number,
  socket: number,
): void {
  if (type === NBP) printNbp(p, offset, length, net, node, socket);
  else if (type === ATP) printAtp(p, offset, length);
  else if (type === EIGRP) p.payload.eigrp(p, offset, length);
  else p.ascii(` at-${TYPES.get(type) ?? `#${type}`} ${length}`);
}

/** The transaction protocol. */
function printAtp(p: Printer, offset: number, length: number): void {
  if (!p.whole(offset, 8)) return;
  if (length < 8) {
    p.ascii(` [|atp ${length}]`);
    return;
  }
  length -= 8;
  const control = p.u8(offset);
  const names = (bits: readonly (readonly [number, string])[]) =>
    bits.flatMap(([bit, name]) => ((control & bit) !== 0 ? [name] : [])).join(',');
  switch (control & 0xc0) {
    case 0x40: {
      p.ascii(` atp-req${(control & 0x20) !== 0 ? ' ' : '*'} ${p.u16(offset + 2)}`);
      bitmap(p, p.u8(offset + 1));
      if (length !== 0) p.ascii(` [len=${length}]`);
      const flags = names([
        [0x10, 'EOM'],
        [0x08, 'STS'],
      ]);
      if (flags !== '') p.ascii(` [${flags}]`);
      break;
    }
    case 0x80: {
      p.need(offset, 4);
      p.ascii(
        ` atp-resp${(control & 0x10) !== 0 ? '*' : ' '}${p.u16(offset + 2)}:${p.u8(offset + 1)} (${length})`,
      );
      const flags = names([
        [0x20, 'XO'],
        [0x08, 'STS'],
      ]);
      if (flags !== '') p.ascii(` [${flags}]`);
      break;
    }
    case 0xc0: {
      p.field(' atp-rel  ', p.u16(offset + 2));
      bitmap(p, p.u8(offset + 1));
      if (length !== 0) p.ascii(` [len=${length}]`);
      const flags = names([
        [0x20, 'XO'],
        [0x10, 'EOM'],
        [0x08, 'STS'],
      ]);
      if (flags !== '') p.ascii(`[${flags}]`);
      break;
    }
    default:
      p.ascii(` atp-0x${control.toString(16)}  ${p.u16(offset + 2)} (${length})`);
  }
  const data = p.u32(offset + 4);
  if (data !== 0) p.hexField(' 0x', data);
}

/** Which packets of a transaction: `<0-3>`, or `<0,2>` where they are not the first ones. */
function bitmap(p: Printer, bits: number): void {
  const set = [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (bits & (1 << bit)) !== 0);
  if (((bits + 1) & bits) !== 0) p.ascii(`<${set.join(',')}>`);
  else p.ascii(set.length > 1 ? `<0-${set.length - 1}>` : '<0>');
}

/** The name binding protocol. */
function printNbp(
  p: Printer,
  offset: number,
  length: number,
  net: number,
  node: number,
  socket: number,
): void {
  if (length < 10) {
    p.field(' truncated-nbp ', length);
    return;
  }
  if (!p.whole(offset, 2)) return;
  const control = p.u8(offset);
  const kind = LOOKUPS.get(control & 0xf0);
  const identifier = p.u8(offset + 1);
  const count = control & 15;
  if (kind === undefined) {
    p.ascii(` nbp-0x${control.toString(16)}  ${identifier} (${length - 2})`);
    return;
  }
  p.ascii(` nbp-${kind} ${identifier}:`);
  offset += 2;
  if (kind === 'reply') {
    for (let i = 0; i < count && offset >= 0; i++) offset = printTuple(p, offset, net, node, socket);
    return;
  }
  if (!p.whole(offset, 5)) return;
  printName(p, offset + 5);
  if (count !== 1) p.ascii(` [ntup=${count}]`);
  if (p.u8(offset + 4) !== 0) p.ascii(` [enum=${p.u8(offset + 4)}]`);
  if (p.u16(offset) !== net || p.u8(offset + 2) !== node || p.u8(offset + 3) !== socket) {
    p.ascii(' [addr=');
    address(p, p.u16(offset), p.u8(offset + 2));
    p.ascii(`.${p.u8(offset + 3)}]`);
  }
}

/** A name and where it is; returns where it ends, or -1 where that cannot be told. */
function printTuple(p: Printer, offset: number, net: number, node: number, socket: number): number {
  if (!p.whole(offset, 5)) return -1;
  const end = printName(p, offset + 5);
  const enumerator = p.u8(offset + 4);
  if (enumerator !== 1) p.ascii(`(${enumerator})`);
  if (p.u8(offset + 3) !== socket) p.field(' ', p.u8(offset + 3));
  if (p.u16(offset) !== net || p.u8(offset + 2) !== node) {
    p.ascii(' [addr=');
    address(p, p.u16(offset), p.u8(offset + 2));
    p.ascii(']');
  }
  return end;
}

/** ` "object:type@zone"`; returns where it ends, or -1 where a part is longer than one may be or was captured. */
function printName(p: Printer, offset: number): number {
  p.ascii(' "');
  for (const close of [':', '@', '"']) {
    if (!p.whole(offset, 1)) return -1;
    const length = p.u8(offset);
    offset++;
    if (length > 32) {
      p.ascii(`[len=${length}]`);
      return -1;
    }
    for (let i = 0; i < length; i++) {
      if (!p.whole(offset, 1)) return -1;
      p.visible(p.u8(offset));
      offset++;
    }
    p.ascii(close);
  }
  return offset;
}
