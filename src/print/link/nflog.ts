// Packets that Linux's packet filter logged: a header and TLVs, the last of which is the packet.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 4;
const TLV_HEADER_LENGTH = 4;
const PAYLOAD = 9;

export function printNflog(p: Printer, at: number, length: number): void {
  p.protocol = 'nflog';
  const header = at;
  if (!p.has(at, HEADER_LENGTH)) {
    p.truncated();
    p.linkHeader += p.available(at);
    return;
  }
  const family = p.bytes[at];
  const version = p.bytes[at + 1];
  if (version !== 0) {
    p.ascii(`version ${version} (unknown)`);
    p.linkHeader += HEADER_LENGTH;
    return;
  }
  if (p.link) printHeader(p, header, length);
  const start = at;
  at += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  while (length > 0) {
    if (!p.has(at, TLV_HEADER_LENGTH)) {
      p.truncated();
      p.linkHeader += at - start;
      return;
    }
    // In the byte order of the host that wrote the file: that of all that are in use.
    const size = (p.view.getUint16(at, true) + 3) & ~3;
    if (size < TLV_HEADER_LENGTH || !p.has(at, size)) {
      p.truncated();
      p.linkHeader += at - start;
      return;
    }
    if (p.view.getUint16(at + 2, true) === PAYLOAD) {
      at += TLV_HEADER_LENGTH;
      length -= TLV_HEADER_LENGTH;
      break;
    }
    at += size;
    length -= size;
  }
  if (!p.payload.linuxFamilies.print(p, family, at, length)) {
    if (!p.link) printHeader(p, header, length + HEADER_LENGTH);
    p.dumpUnknown(at);
  }
  p.linkHeader += at - start;
}

function printHeader(p: Printer, at: number, length: number): void {
  const family = p.bytes[at];
  const name = p.payload.linuxFamilies.get(family);
  p.ascii(`version ${p.bytes[at + 1]}, resource ID ${p.u16(at + 2)}`);
  if (p.quiet) p.ascii(`, ${name ?? `Unknown NFLOG (0x${family.toString(16).padStart(2, '0')})`}`);
  else p.ascii(`, family ${name ?? 'Unknown'} (${family})`);
  p.ascii(`, length ${length}: `);
}
