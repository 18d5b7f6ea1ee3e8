// The heartbeat of Microsoft's network load balancing, of which only these fields are known.
import type { Printer } from '../engine/printer.ts';

export function printMsNlb(p: Printer, offset: number): void {
  p.protocol = 'msnlb';
  p.ascii('MS NLB heartbeat');
  p.need(offset + 8, 4);
  p.field(', host priority: ', p.view.getUint32(offset + 8, true));
  p.need(offset + 12, 4);
  p.ascii(', cluster IP: ');
  p.ipv4(offset + 12);
  p.need(offset + 16, 4);
  p.ascii(', host IP: ');
  p.ipv4(offset + 16);
}
