// What RSVP asks of integrated services (RFC 2210): services, and their parameters (RFC 2212, RFC 2215).

import { single } from '../engine/c-float.ts';
import type { Printer } from '../engine/printer.ts';
import { bits, choice, lines, name, u8 } from '../engine/template.ts';
import * as names from './rsvp-names.ts';

const SERVICE = lines`\n  Service Type: ${name(names.SERVICES, u8(0), 'unknown')} (${u8(0)}), break bit ${choice(bits(u8(1), 7, 1), '', 'not ')}set, Service length: `;

/** What integrated services are asked for, or offered: at least four bytes. Returns true: what follows can be read. */
export function printServices(p: Printer, offset: number, length: number, indent: string): true {
  p.ascii(`${indent}  Msg-Version: ${p.u8(offset) >> 4}, length: ${p.u16(offset + 2) * 4}`);
  offset += 4;
  length -= 4;
  while (length >= 4) {
    // Parameters that end beyond the service make of what is left a number without an end, as in tcpdump.
    let left = p.u16(offset + 2) * 4;
    SERVICE(p, offset, indent);
    p.decimal(left);
    offset += 4;
    length -= 4;
    while (left >= 4) {
      const taken = printParameter(p, offset, length);
      if (taken === 0) break;
      length -= taken;
      left = (left - taken) >>> 0;
      offset += taken;
    }
  }
  return true;
}

/** Returns the bytes it took, 0 where the parameter is not whole. */
function printParameter(p: Printer, offset: number, room: number): number {
  if (room < 4) return 0;
  const type = p.u8(offset);
  const length = p.u16(offset + 2) * 4;
  p.ascii(
    `\n\t      Parameter ID: ${names.PARAMETERS.get(type) ?? 'unknown'} (${type}), length: ${length}, Flags: [0x`,
  );
  p.out.hexPadded(p.u8(offset + 1), 2);
  p.ascii(']');
  if (room < length + 4) return 0;
  printParameterValue(p, type, offset + 4, length);
  return length + 4;
}

function printParameterValue(p: Printer, type: number, offset: number, length: number): void {
  switch (type) {
    case 4:
      if (length === 4) p.field('\n\t\tIS hop count: ', p.u32(offset));
      return;
    case 6:
      if (length === 4) p.ascii(`\n\t\tPath b/w estimate: ${single(p, offset, 125_000)} Mbps`);
      return;
    case 8:
      if (length !== 4) return;
      p.ascii('\n\t\tMinimum path latency: ');
      p.ascii(p.u32(offset) === 0xffffffff ? "don't care" : `${p.u32(offset)}`);
      return;
    case 10:
      if (length === 4) p.ascii(`\n\t\tComposed MTU: ${p.u32(offset)} bytes`);
      return;
    case 127:
      if (length !== 20) return;
      p.ascii(`\n\t\tToken Bucket Rate: ${single(p, offset, 125_000)} Mbps`);
      p.ascii(`\n\t\tToken Bucket Size: ${single(p, offset + 4, 1)} bytes`);
      p.ascii(`\n\t\tPeak Data Rate: ${single(p, offset + 8, 125_000)} Mbps`);
      p.ascii(`\n\t\tMinimum Policed Unit: ${p.u32(offset + 12)} bytes`);
      p.ascii(`\n\t\tMaximum Packet Size: ${p.u32(offset + 16)} bytes`);
      return;
    case 130:
      if (length !== 8) return;
      p.ascii(`\n\t\tRate: ${single(p, offset, 125_000)} Mbps\n\t\tSlack Term: ${p.u32(offset + 4)}`);
      return;
    case 133:
    case 134:
    case 135:
    case 136:
      if (length === 4) p.field('\n\t\tValue: ', p.u32(offset));
      return;
  }
  if (p.verbose <= 1) p.unknown(offset, '\n\t\t', length);
}
