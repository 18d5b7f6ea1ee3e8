// udp.* (RFC 768).
import { Duration } from '../../flow/duration.ts';
import * as header from '../../wire/udp.ts';
import { either, type Field, field, number, type Read, type Where } from '../field.ts';
import { BAD_LENGTH, OVER_IPV6, QUOTED, SOUND } from '../marks.ts';
import { UDP_STREAMS } from '../needs.ts';

const udp: Where = (packet) => packet.udp;

const source = number(udp, 'udp.srcport', 'Source Port', 'uint16', header.SOURCE, { room: 4 });
const destination = number(udp, 'udp.dstport', 'Destination Port', 'uint16', header.DESTINATION);

/** Ports that traceroute sends to. */
function isProbe(port: number): boolean {
  return port >= 33_435 && port <= 33_464;
}

const since = new Duration();

/** A time since an earlier datagram of the stream: the first at 0, the one before at 2. Empty ones have none, and do not count. */
function time(name: string, title: string, which: 0 | 2): Field {
  const read: Read = ({ udp: layers, udpStreams: { times }, batch, index }, out) => {
    for (let i = 0; i < layers.count; i++) {
      if ((layers.mark[i] & (SOUND | QUOTED)) !== SOUND) continue;
      if (layers.view[i].getUint16(layers.at[i] + header.LENGTH) === header.HEADER_LENGTH) continue;
      const at = i * 4 + which;
      since.between(times[at], times[at + 1], batch.seconds[index], batch.nanoseconds[index]);
      out.time(i, since.seconds, since.nanoseconds);
    }
  };
  return field(name, title, 'relative_time', read, { needs: UDP_STREAMS });
}

export const UDP: readonly Field[] = [
  source,
  destination,
  either('udp.port', 'Source or Destination Port', source, destination),
  number(udp, 'udp.length', 'Length', 'uint16', header.LENGTH),
  number(udp, 'udp.checksum', 'Checksum', 'uint16', header.CHECKSUM, { hex: true, when: SOUND }),
  field('udp.checksum.status', 'Checksum Status', 'uint8', ({ udp: layers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + header.CHECKSUM;
      if ((layers.mark[i] & SOUND) !== 0 && at + 2 <= layers.end[i])
        out.add(
          i,
          layers.view[i].getUint16(at) !== 0
            ? 2
            : (layers.mark[i] & (OVER_IPV6 | QUOTED)) === OVER_IPV6
              ? 4
              : 3,
        );
    }
  }),
  // Up to the end of what carries the datagram, should that be longer.
  field('udp.payload', 'Payload', 'bytes', ({ udp: layers, ip, ipv6 }, out) => {
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + header.HEADER_LENGTH;
      if ((layers.mark[i] & SOUND) === 0 || at >= layers.end[i]) continue;
      const carrier = (layers.mark[i] & OVER_IPV6) === 0 ? ip : ipv6;
      const number = layers.parent[i];
      const isSame = carrier.view[number] === layers.view[i];
      const carried = isSame ? Math.min(carrier.end[number], carrier.wireEnd[number]) : 0;
      out.span(i, layers.view[i], at, Math.max(layers.end[i], carried) - at);
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
  field(
    'udp.stream',
    'Stream index',
    'uint32',
    ({ udp: layers, udpStreams }, out) => {
      for (let i = 0; i < layers.count; i++)
        if ((layers.mark[i] & SOUND) !== 0) out.add(i, udpStreams.streams[i]);
    },
    { needs: UDP_STREAMS },
  ),
  time('udp.time_relative', 'Time since first frame', 0),
  time('udp.time_delta', 'Time since previous frame', 2),
];
