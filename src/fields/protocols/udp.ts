// udp.* (RFC 768).
import { Duration } from '../../flow/duration.ts';
import * as header from '../../wire/udp.ts';
import { BAD_LENGTH, type Dissection, SOUND } from '../dissection.ts';
import { either, type Field, type FieldType, field, number, type Read, type Where } from '../field.ts';
import { UDP_STREAMS } from '../needs.ts';
import type { Values } from '../values.ts';

const udp: Where = (packet) => packet.udp;

const source = number(udp, 'udp.srcport', 'Source Port', 'uint16', header.SOURCE);
const destination = number(udp, 'udp.dstport', 'Destination Port', 'uint16', header.DESTINATION);

/** Ports that traceroute sends to. */
function isProbe(port: number): boolean {
  return port >= 33_435 && port <= 33_464;
}

const since = new Duration();

function stream(
  name: string,
  title: string,
  type: FieldType,
  read: (packet: Dissection, out: Values) => void,
): Field {
  const guarded: Read = (packet, out) => {
    if (packet.udp.count > 0 && packet.udpStreams.stream >= 0) read(packet, out);
  };
  return field(name, title, type, guarded, { needs: UDP_STREAMS });
}

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
  field('udp.length.bad', 'Bad length value', 'none', ({ udp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) if ((layers.mark[i] & BAD_LENGTH) !== 0) out.add(i, 1);
  }),
  field('udp.possible_traceroute', 'Possible traceroute', 'none', ({ udp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i];
      if (at + 4 > layers.end[i]) continue;
      const view = layers.view[i];
      if (isProbe(view.getUint16(at)) || isProbe(view.getUint16(at + header.DESTINATION))) out.add(i, 1);
    }
  }),
  stream('udp.stream', 'Stream index', 'uint32', ({ udpStreams }, out) => out.add(0, udpStreams.stream)),
  stream(
    'udp.time_relative',
    'Time since first frame',
    'relative_time',
    ({ udpStreams: { times }, batch, index }, out) => {
      since.between(times[0], times[1], batch.seconds[index], batch.nanoseconds[index]);
      out.time(0, since.seconds, since.nanoseconds);
    },
  ),
  stream(
    'udp.time_delta',
    'Time since previous frame',
    'relative_time',
    ({ udpStreams: { times }, batch, index }, out) => {
      since.between(times[2], times[3], batch.seconds[index], batch.nanoseconds[index]);
      out.time(0, since.seconds, since.nanoseconds);
    },
  ),
];
