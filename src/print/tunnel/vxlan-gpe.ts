// VXLAN with other protocols than Ethernet in it (draft-ietf-nvo3-vxlan-gpe).
import { type Printer, writeFlags } from '../engine/printer.ts';

const HEADER_LENGTH = 8;
const FLAGS = [
  [8, 'I'],
  [4, 'P'],
  [2, 'B'],
  [1, 'O'],
] as const;

export function printVxlanGpe(p: Printer, offset: number, length: number): void {
  p.protocol = 'vxlan_gpe';
  p.ascii('VXLAN-GPE, ');
  if (length < HEADER_LENGTH) {
    p.ascii(` (len ${length} < ${HEADER_LENGTH})`);
    p.invalid();
    return;
  }
  const flags = p.u8(offset);
  p.ascii('flags [');
  writeFlags(p, FLAGS, 'none', flags, '');
  p.ascii('], ');
  const next = p.u8(offset + 3);
  const network = p.u24(offset + 4);
  p.need(offset, HEADER_LENGTH);
  p.field('vni ', network);
  p.ascii(p.verbose > 0 ? '\n    ' : ': ');
  offset += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  if (!p.payload.vxlanGpeProtocols.print(p, next, offset, length)) {
    p.ascii('ERROR: unknown-next-protocol');
    p.invalid();
  }
}
