// ARCNET (RFC 1201, RFC 1051), as BSD captures its frames and as Linux does.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 3;
const FRAGMENTED_LENGTH = 6;
const EXCEPTION_LENGTH = 10;
const EXCEPTION = 0xff;
const LINUX_LENGTH = 5;
const LINUX_FRAGMENTED_LENGTH = 8;

const OLD_IP = 0xf0;
const OLD_ARP = 0xf1;
const DIAGNOSIS = 0x80;

/** True where no fragments are counted behind the type. */
function isPlain(type: number): boolean {
  return type === OLD_IP || type === OLD_ARP || type === DIAGNOSIS;
}

export function printArcnetFrame(p: Printer, offset: number, length: number): void {
  p.protocol = 'arcnet';
  p.need(offset, HEADER_LENGTH);
  const type = p.bytes[offset + 2];
  let header = HEADER_LENGTH;
  let flag = 0;
  if (isPlain(type)) {
    if (p.link) printHeader(p, offset, type, length, '');
  } else {
    header = FRAGMENTED_LENGTH;
    if (!p.has(offset, header)) {
      printHeader(p, offset, type, length, '');
      p.ascii(' phds');
      p.need(offset, header);
    }
    if (p.bytes[offset + 3] === EXCEPTION) {
      header = EXCEPTION_LENGTH;
      if (!p.has(offset, header)) {
        printHeader(p, offset, type, length, '');
        p.ascii(' phds extended');
        p.need(offset, header);
      }
    }
    flag = p.bytes[offset + header - 3];
    if (p.link) printHeader(p, offset, type, length, describe(flag, p.u16(offset + header - 2)));
  }
  // Of a fragment that is not the first there is nothing to say.
  if (flag === 0 || (flag & 1) !== 0) printPayload(p, type, offset + header, length - header);
  p.linkHeader += header;
}

/** The number of the packet, and of the fragment. */
function describe(flag: number, sequence: number): string {
  const number = `seqid ${sequence.toString(16).padStart(4, '0')} `;
  if (flag === 0) return number;
  if ((flag & 1) !== 0) return `${number}(first of ${(flag + 3) >> 1} fragments) `;
  return `${number}(fragment ${(flag >> 1) + 1}) `;
}

/** Linux puts an offset before the type, and fragments together. */
export function printArcnetLinuxFrame(p: Printer, offset: number, length: number): void {
  p.protocol = 'arcnet_linux';
  p.need(offset, LINUX_LENGTH);
  const type = p.bytes[offset + 4];
  const header = isPlain(type) ? LINUX_LENGTH : LINUX_FRAGMENTED_LENGTH;
  p.need(offset, header);
  if (p.link) {
    // tcpdump prints the third byte, the offset's first, as the type.
    printHeader(p, offset, p.bytes[offset + 2], length, '');
    p.protocol = 'arcnet';
  }
  printPayload(p, type, offset + header, length - header);
  p.linkHeader += header;
}

function printHeader(p: Printer, offset: number, type: number, length: number, fragment: string): void {
  p.hexBytes(offset, 1);
  p.ascii(' ');
  p.hexBytes(offset + 1, 1);
  if (!p.quiet)
    p.ascii(` ${p.payload.arcnetTypes.get(type) ?? type.toString(16).padStart(2, '0')} ${fragment}`);
  else p.ascii(' ');
  p.decimal(length);
  p.ascii(': ');
}

function printPayload(p: Printer, type: number, offset: number, length: number): void {
  if (!p.payload.arcnetTypes.print(p, type, offset, length)) p.dump(offset, p.available(offset));
}
