// Cisco's hot standby (RFC 2281).
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printPadded, printSpan } from '../engine/text.ts';

const OPERATIONS = ['hello', 'coup', 'resign'];
const STATES: Names = new Map([
  [0, 'initial'],
  [1, 'learn'],
  [2, 'listen'],
  [4, 'speak'],
  [8, 'standby'],
  [16, 'active'],
]);

export function printHsrp(p: Printer, offset: number, length: number): void {
  p.protocol = 'hsrp';
  const version = p.u8(offset);
  p.field('HSRPv', version);
  if (version !== 0) return;
  p.ascii('-');
  const operation = p.u8(offset + 1);
  p.ascii(`${OPERATIONS[operation] ?? `unknown (${operation})`} ${length}: `);
  const state = p.u8(offset + 2);
  p.ascii(`state=${STATES.get(state) ?? `Unknown (${state})`} `);
  p.field('group=', p.u8(offset + 6));
  p.ascii(' ');
  const reserved = p.u8(offset + 7);
  if (reserved !== 0) p.ascii(`[reserved=${reserved}!] `);
  p.need(offset + 16, 4);
  p.ascii('addr=');
  p.ipv4(offset + 16);
  if (p.verbose === 0) return;
  p.ascii(' hellotime=');
  printSpan(p, p.u8(offset + 3));
  p.ascii(' holdtime=');
  printSpan(p, p.u8(offset + 4));
  p.field(' priority=', p.u8(offset + 5));
  p.ascii(' auth="');
  printPadded(p, offset + 8, 8);
  p.ascii('"');
}
