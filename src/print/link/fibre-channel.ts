// The network header of IP over Fibre Channel (RFC 4338), before LLC.

import type { Printer } from '../engine/printer.ts';
import { printLlc } from './llc.ts';

const HEADER_LENGTH = 16;
/** Of addresses of eight bytes the last six are a MAC address. */
const DESTINATION = 2;
const SOURCE = 10;

export function printFibreChannelFrame(p: Printer, offset: number, length: number): void {
  p.protocol = 'ipfc';
  p.need(offset, HEADER_LENGTH);
  const source = offset + SOURCE;
  const destination = offset + DESTINATION;
  if (p.link) {
    p.mac(source);
    p.ascii(' > ');
    p.mac(destination);
    p.field(', length ', length);
    p.ascii(': ');
  }
  p.linkAddresses(source, destination);
  const header = printLlc(p, offset + HEADER_LENGTH, length - HEADER_LENGTH);
  p.linkHeader += HEADER_LENGTH + Math.abs(header);
}
