// The heartbeat of Microsoft's network load balancing, of which only these fields are known.
import type { Printer } from '../engine/printer.ts';

export function printMsNlb(p: Printer, at: number): void {
  p.protocol = 'msnlb';
  p.ascii('MS NLB heartbeat');
  p.need(at + 8, 4);
  p.field(', host priority: ', p.view.getUint32(at + 8, true));
  p.need(at + 12, 4);
  p.ascii(', cluster IP: ');
  p.ipv4(at + 12);
  p.need(at + 16, 4);
  p.ascii(', host IP: ');
  p.ipv4(at + 16);
}
