// icmp.* (RFC 792).
import * as header from '../../wire/icmp.ts';
import { type Field, number, type Where } from '../field.ts';

const icmp: Where = (packet) => packet.icmp;

export const ICMP: readonly Field[] = [
  number(icmp, 'icmp.type', 'Type', 'uint8', header.TYPE),
  number(icmp, 'icmp.code', 'Code', 'uint8', header.CODE),
  number(icmp, 'icmp.checksum', 'Checksum', 'uint16', header.CHECKSUM, { hex: true }),
];
