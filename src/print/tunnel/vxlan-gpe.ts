// VXLAN with other protocols than Ethernet in it (draft-ietf-nvo3-vxlan-gpe).
import * as vxlan from '../../wire/vxlan.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';

const FLAGS = [
  [vxlan.INSTANCE, 'I'],
  [4, 'P'],
  [2, 'B'],
  [1, 'O'],
] as const;

export function printVxlanGpe(p: Printer, offset: number, length: number): void {
  p.protocol = 'vxlan_gpe';
  p.ascii('VXLAN-GPE, ');
  if (length < vxlan.HEADER_LENGTH) {
    p.ascii(` (len ${length} < ${vxlan.HEADER_LENGTH})`);
    p.invalid();
    return;
  }
  const flags = p.u8(offset + vxlan.FLAGS);
  p.ascii('flags [');
  writeFlags(p, FLAGS, 'none', flags, '');
  p.ascii('], ');
  const next = p.u8(offset + vxlan.NEXT_PROTOCOL);
  const network = p.u24(offset + vxlan.NETWORK);
  p.need(offset, vxlan.HEADER_LENGTH);
  p.field('vni ', network);
  p.ascii(p.verbose > 0 ? '\n    ' : ': ');
  offset += vxlan.HEADER_LENGTH;
  length -= vxlan.HEADER_LENGTH;
  if (!p.payload.vxlanGpeProtocols.print(p, next, offset, length)) {
    p.ascii('ERROR: unknown-next-protocol');
    p.invalid();
  }
}
