// udp.* (RFC 768).
import * as header from '../../wire/udp.ts';
import { SOUND } from '../dissection.ts';
import { either, type Field, field, number, type Where } from '../field.ts';

const udp: Where = (packet) => packet.udp;

const source = number(udp, 'udp.srcport', 'Source Port', 'uint16', header.SOURCE);
const destination = number(udp, 'udp.dstport', 'Destination Port', 'uint16', header.DESTINATION);

export const UDP: readonly Field[] = [
  source,
  destination,
  either('udp.port', 'Source or Destination Port', source, destination),
  number(udp, 'udp.length', 'Length', 'uint16', header.LENGTH),
  number(udp, 'udp.checksum', 'Checksum', 'uint16', header.CHECKSUM, { hex: true }),
  field('udp.checksum.status', 'Checksum Status', 'uint8', ({ udp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + header.CHECKSUM;
      if (at + 2 <= layers.end[i]) out.add(i, layers.view[i].getUint16(at) === 0 ? 3 : 2);
    }
  }),
  field('udp.payload', 'Payload', 'bytes', ({ udp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + header.HEADER_LENGTH;
      if ((layers.mark[i] & SOUND) !== 0 && at < layers.end[i])
        out.span(i, layers.view[i], at, layers.end[i] - at);
    }
  }),
];
