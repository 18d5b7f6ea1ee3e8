// The header that Broadcom's lawful interception puts before what it copies.
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 4;
const DIRECTIONS = ['unknown', 'unused', 'egress', 'ingress'];
const SUBTYPES = ['unknown', 'single VLAN tag', 'double VLAN tag', 'untagged'];

export function printBcmLi(p: Printer, offset: number, length: number): void {
  p.protocol = 'bcm_li';
  if (length < HEADER_LENGTH) {
    p.ascii(` (length ${length} < ${HEADER_LENGTH})`);
    p.invalid();
    return;
  }
  const header = p.u32(offset);
  const type = (header >>> 25) & 15;
  if (p.verbose > 0) p.ascii('\n    ');
  p.ascii(`BCM-LI-SHIM: direction ${DIRECTIONS[header >>> 29] ?? 'unknown'}`);
  p.ascii(`, pkt-type ${p.payload.bcmLiTypes.get(type) ?? 'unknown'}`);
  p.ascii(`, pkt-subtype ${SUBTYPES[(header >>> 22) & 7] ?? 'unknown'}`);
  p.field(', li-id ', header & 0x3f_ffff);
  offset += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  if (p.verbose === 0) {
    p.need(offset, length);
    return;
  }
  p.ascii('\n    ');
  if (!p.payload.bcmLiTypes.print(p, type, offset, length)) p.invalid();
}
