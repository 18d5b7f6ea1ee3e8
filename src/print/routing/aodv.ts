// Ad hoc on-demand distance vector routing (RFC 3561), and two drafts of it for IPv6.
import type { Printer } from '../engine/printer.ts';

const REQUEST = 1;
const REPLY = 2;
const ERROR = 3;
const ACKNOWLEDGEMENT = 4;
/** Types of draft-ietf-manet-aodv6-01 lie that far above those of the RFC, and its fields in another order. */
const DRAFT = 15;

const HELLO = 1;
const HELLO_LENGTH = 6;

export function printAodv(p: Printer, offset: number, length: number): void {
  p.protocol = 'aodv';
  const type = p.u8(offset);
  const draft = type > DRAFT;
  const wide = draft || p.bytes[p.ip] >> 4 === 6;
  p.ascii(' aodv');
  switch (draft ? type - DRAFT : type) {
    case REQUEST:
      printRequest(p, offset, length, wide, draft);
      break;
    case REPLY:
      printReply(p, offset, length, wide, draft);
      break;
    case ERROR:
      printError(p, offset, length, wide);
      break;
    case ACKNOWLEDGEMENT:
      p.field(' rrep-ack ', length);
      break;
    default:
      p.field(' type ', type);
      p.field(' ', length);
  }
}

function address(p: Printer, offset: number, wide: boolean): void {
  if (wide) p.ipv6(offset);
  else p.ipv4(offset);
}

/** True where a message of `size` bytes is there; else the line has been closed. */
function fits(p: Printer, offset: number, length: number, size: number): boolean {
  if (length >= size && p.has(offset, size)) return true;
  p.truncated();
  return false;
}

function printRequest(p: Printer, offset: number, length: number, wide: boolean, draft: boolean): void {
  const width = wide ? 16 : 4;
  const size = 16 + 2 * width;
  if (!fits(p, offset, length, size)) return;
  // tcpdump looks for the flags in the type: of the draft's, one bit is set.
  p.field(`${wide && !draft ? ' v6' : ''} rreq `, length);
  p.field(draft ? ' [D] hops ' : '  hops ', p.bytes[offset + 3]);
  p.ascii(' id 0x');
  p.out.hexPadded(p.u32(offset + 4), 8);
  const destination = draft ? offset + 16 : offset + 8;
  p.ascii('\n\tdst ');
  address(p, destination, wide);
  p.field(' seq ', p.u32(draft ? offset + 8 : destination + width));
  const origin = draft ? destination + width : destination + width + 4;
  p.ascii(' src ');
  address(p, origin, wide);
  p.field(' seq ', p.u32(draft ? offset + 12 : origin + width));
  printExtension(p, offset + size, length - size);
}

function printReply(p: Printer, offset: number, length: number, wide: boolean, draft: boolean): void {
  const width = wide ? 16 : 4;
  const size = 12 + 2 * width;
  if (!fits(p, offset, length, size)) return;
  p.field(' rrep ', length);
  p.field('  prefix ', p.bytes[offset + 2] & 0x1f);
  p.field(' hops ', p.bytes[offset + 3]);
  const destination = draft ? offset + 8 : offset + 4;
  p.ascii('\n\tdst ');
  address(p, destination, wide);
  p.field(' dseq ', p.u32(draft ? offset + 4 : destination + width));
  const origin = draft ? destination + width : destination + width + 4;
  p.ascii(' src ');
  address(p, origin, wide);
  p.field(' ', p.u32(origin + width));
  p.ascii(' ms');
  printExtension(p, offset + size, length - size);
}

function printError(p: Printer, offset: number, length: number, wide: boolean): void {
  if (!fits(p, offset, length, 4)) return;
  const size = wide ? 20 : 8;
  const count = p.bytes[offset + 3];
  p.ascii(` rerr ${(p.bytes[offset + 1] & 0x80) !== 0 ? '[D]' : ''} [items ${count}] [${length}]:`);
  offset += 4;
  length -= 4;
  for (let i = 0; i < count; i++, offset += size, length -= size) {
    if (!fits(p, offset, length, size)) return;
    p.ascii(' {');
    address(p, offset, wide);
    p.field('}(', p.u32(offset + size - 4));
    p.ascii(')');
  }
}

function printExtension(p: Printer, offset: number, length: number): void {
  if (length < 2 || !fits(p, offset, length, 2)) return;
  const type = p.bytes[offset];
  const size = p.bytes[offset + 1];
  if (type !== HELLO) {
    p.field('\n\text ', type);
    p.field(' ', size);
  } else if (fits(p, offset, length, HELLO_LENGTH)) {
    if (size < 4) p.field('\n\text HELLO - bad length ', size);
    else {
      p.field('\n\text HELLO ', p.u32(offset + 2));
      p.ascii(' ms');
    }
  }
}
