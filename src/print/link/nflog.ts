// Packets that Linux's packet filter logged: a header and TLVs, the last of which is the packet.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 4;
const TLV_HEADER_LENGTH = 4;
const PAYLOAD = 9;

export function printNflog(p: Printer, offset: number, length: number): void {
  p.protocol = 'nflog';
  const header = offset;
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    p.linkHeader += p.available(offset);
    return;
  }
  const family = p.bytes[offset];
  const version = p.bytes[offset + 1];
  if (version !== 0) {
    p.ascii(`version ${version} (unknown)`);
    p.linkHeader += HEADER_LENGTH;
    return;
  }
  if (p.link) printHeader(p, header, length);
  const start = offset;
  offset += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  while (length > 0) {
    if (!p.has(offset, TLV_HEADER_LENGTH)) {
      p.truncated();
      p.linkHeader += offset - start;
      return;
    }
    // In the byte order of the host that wrote the file: that of all that are in use.
    const size = (p.view.getUint16(offset, true) + 3) & ~3;
    if (size < TLV_HEADER_LENGTH || !p.has(offset, size)) {
      p.truncated();
      p.linkHeader += offset - start;
      return;
    }
    if (p.view.getUint16(offset + 2, true) === PAYLOAD) {
      offset += TLV_HEADER_LENGTH;
      length -= TLV_HEADER_LENGTH;
      break;
    }
    offset += size;
    length -= size;
  }
  if (!p.payload.linuxFamilies.print(p, family, offset, length)) {
    if (!p.link) printHeader(p, header, length + HEADER_LENGTH);
    p.dumpUnknown(offset);
  }
  p.linkHeader += offset - start;
}

function printHeader(p: Printer, offset: number, length: number): void {
  const family = p.bytes[offset];
  const name = p.payload.linuxFamilies.get(family);
  p.ascii(`version ${p.bytes[offset + 1]}, resource ID ${p.u16(offset + 2)}`);
  if (p.quiet) p.ascii(`, ${name ?? `Unknown NFLOG (0x${family.toString(16).padStart(2, '0')})`}`);
  else p.ascii(`, family ${name ?? 'Unknown'} (${family})`);
  p.ascii(`, length ${length}: `);
}
