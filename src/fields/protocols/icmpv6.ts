// icmpv6.*: RFC 4443.

import * as header from '../../wire/icmp.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { pseudoHeaderSum } from '../../wire/pseudo-header.ts';
import { ICMPV6 as PROTOCOL } from '../../wire/registry/ip-protocols.ts';
import { type Field, field, number, type Where } from '../field.ts';
import { QUOTED } from '../marks.ts';
import { ECHO } from '../needs.ts';
import { statusOf } from './icmp.ts';
import {
  at,
  DONE,
  fieldsOf,
  NEIGHBOUR_SOLICITATION,
  ofTypes,
  type Parts,
  QUERY,
  REDIRECT,
  REPORT,
  REPORT_2,
  type Reader,
  ROUTER_SOLICITATION,
} from './icmpv6-message.ts';
import { MULTICAST_LISTENERS } from './multicast-listeners.ts';
import { NEIGHBOR_DISCOVERY } from './neighbor-discovery.ts';
import { NEIGHBOR_OPTIONS } from './neighbor-options.ts';

const icmpv6: Where = (packet) => packet.icmpv6;
const echo = fieldsOf([header.V6_ECHO_REQUEST, header.V6_ECHO_REPLY], 'echo.');
/** Extended echo (RFC 8335) and what is left of errors (RFC 4443). */
const EXTENDED_ECHO = [160, 161];
const PACKET_TOO_BIG = 2;
const PARAMETER_PROBLEM = 4;

/** What has no use yet. */
const RESERVED: Parts = {
  1: [[4, 4]],
  3: [[4, 4]],
  [QUERY]: [[6, 2]],
  [REPORT]: [[6, 2]],
  [DONE]: [[6, 2]],
  [ROUTER_SOLICITATION]: [[4, 4]],
  [NEIGHBOUR_SOLICITATION]: [[4, 4]],
  [REDIRECT]: [[4, 4]],
  // Router renumbering (RFC 2894, 3.1).
  138: [[12, 4]],
  // Inverse discovery (RFC 3122).
  141: [[4, 4]],
  142: [[4, 4]],
  [REPORT_2]: [[4, 2]],
  // Home agent address discovery and mobile prefix solicitation (RFC 6275, 6.5 to 6.7).
  144: [[6, 2]],
  145: [[6, 2]],
  146: [[6, 2]],
  // Certification path advertisement (RFC 3971, 6.4.2).
  149: [[10, 2]],
  // Locator updates (RFC 6743, 3).
  156: [
    [5, 1],
    [6, 2],
  ],
};
/** Behind the length of what an error quotes, where it has one (RFC 4884, 4.3). */
const BEHIND_QUOTED_LENGTH = [[5, 3]] as const;
/** Of commands of router renumbering (RFC 2894, 3.2.1.1), which have the code 0. */
const RENUMBERING = 138;
const COMMAND = [...RESERVED[RENUMBERING], [22, 2]] as const;
/** Of RPL (RFC 6550, 6), by code. */
const RPL = 155;
const RPL_RESERVED: Parts = { 0: [[5, 1]], 1: [[11, 1]], 2: [[6, 1]], 128: [[13, 1]] };

function reservedParts(view: DataView, start: number, end: number): Parts[number] {
  const type = view.getUint8(start);
  const code = start + header.CODE < end ? view.getUint8(start + header.CODE) : -1;
  const isError = type === 1 || type === 3;
  if (isError && start + 8 <= end && view.getUint8(start + 4) !== 0) return BEHIND_QUOTED_LENGTH;
  if (type === RENUMBERING && code === 0) return COMMAND;
  return (type === RPL ? RPL_RESERVED[code] : RESERVED[type]) ?? [];
}

const reserved: Reader = (view, start, end, out, i) => {
  for (const [place, length] of reservedParts(view, start, end))
    if (start + place + length <= end) out.span(i, view, start + place, length);
};

export const ICMPV6: readonly Field[] = [
  number(icmpv6, 'icmpv6.type', 'Type', 'uint8', header.TYPE),
  number(icmpv6, 'icmpv6.code', 'Code', 'uint8', header.CODE),
  number(icmpv6, 'icmpv6.checksum', 'Checksum', 'uint16', header.CHECKSUM, { hex: true }),
  field('icmpv6.checksum.status', 'Checksum Status', 'uint8', ({ icmpv6: layers, ipv6: carriers }, out) => {
    for (let i = 0; i < layers.count; i++) {
      if (layers.at[i] + 4 > layers.end[i]) continue;
      const parent = layers.parent[i];
      const source = carriers.at[parent] + ipv6.SOURCE;
      const length = layers.end[i] - layers.at[i];
      const sum =
        carriers.count > parent
          ? pseudoHeaderSum(carriers.view[parent], 6, source, source + 16, PROTOCOL, length)
          : 0;
      const isQuoted = (layers.mark[i] & QUOTED) !== 0;
      out.add(
        i,
        isQuoted ? 2 : statusOf(layers.view[i], layers.at[i], layers.end[i], layers.wireEnd[i], sum),
      );
    }
  }),
  ofTypes([...Object.keys(RESERVED).map(Number), RPL], 'reserved', 'Reserved', 'bytes', reserved),
  ofTypes(
    [header.V6_ECHO_REQUEST, header.V6_ECHO_REPLY, ...EXTENDED_ECHO],
    'echo.identifier',
    'Identifier',
    'uint16',
    at(4, 2),
    true,
  ),
  ofTypes([PACKET_TOO_BIG], 'mtu', 'MTU', 'uint32', at(4, 4)),
  ofTypes([PARAMETER_PROBLEM], 'pointer', 'Pointer', 'uint32', at(4, 4)),
  echo('sequence_number', 'Sequence', 'uint16', at(6, 2)),
  field(
    'icmpv6.resp_to',
    'Response To',
    'framenum',
    ({ echoes, icmpv6: layers }, out) => {
      if (layers.count > 0 && echoes.frame !== 0) out.add(0, echoes.frame);
    },
    { needs: ECHO },
  ),
  field(
    'icmpv6.resptime',
    'Response Time',
    'double',
    ({ echoes, icmpv6: layers }, out) => {
      if (layers.count > 0 && echoes.frame !== 0) out.add(0, echoes.milliseconds);
    },
    { needs: ECHO },
  ),
  ...NEIGHBOR_DISCOVERY,
  ...MULTICAST_LISTENERS,
  ...NEIGHBOR_OPTIONS,
];
