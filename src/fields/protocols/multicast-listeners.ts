// icmpv6.mld.* and icmpv6.mldr.*: multicast listeners (RFC 2710, RFC 3810).
import type { Field, FieldType } from '../field.ts';
import {
  at,
  bytesAt,
  DONE,
  ofTypes,
  present,
  QUERY,
  REPORT,
  REPORT_2,
  type Reader,
} from './icmpv6-message.ts';

/** Records of a listener report, each with sources and other data behind it. */
function records(name: string, title: string, type: FieldType, read: Reader): Field {
  return ofTypes([REPORT_2], `mldr.mar${name}`, title, type, (view, start, end, out, i) => {
    if (start + 8 > end) return;
    let from = start + 8;
    for (let left = view.getUint16(start + 6); left > 0 && from + 20 <= end; left--) {
      read(view, from, end, out, i);
      from += 20 + 16 * view.getUint16(from + 2) + 4 * view.getUint8(from + 1);
    }
  });
}

/** The fields of a query's second version; one of the first is no longer than 24 bytes. */
const secondVersion =
  (read: Reader): Reader =>
  (view, start, end, out, i) => {
    if (end - start >= 28) read(view, start, end, out, i);
  };

/** A field that queries have from version 2 on. */
function query2(name: string, title: string, type: FieldType, read: Reader, hex = false): Field {
  return ofTypes([QUERY], `mld.${name}`, title, type, secondVersion(read), hex);
}

export const MULTICAST_LISTENERS: readonly Field[] = [
  ofTypes([QUERY], 'mld.maximum_response_code', 'Maximum Response Code', 'uint16', secondVersion(at(4, 2))),
  ofTypes([QUERY, REPORT, DONE], 'mld.multicast_address', 'Multicast Address', 'ipv6', bytesAt(8, 16)),
  query2('flag', 'Flags', 'uint8', at(24, 1), true),
  query2('flag.s', 'Suppress Router-Side Processing', 'boolean', at(24, 1, 0x08)),
  query2('flag.qrv', "QRV (Querier's Robustness Variable)", 'uint8', at(24, 1, 0x07)),
  query2('flag.reserved', 'Reserved', 'uint8', at(24, 1, 0xf0)),
  query2('qqi', "QQIC (Querier's Query Interval Code)", 'uint8', (view, start, end, out, i) => {
    // From 128 on a number of four bits and its exponent (RFC 3810, 5.1.9).
    const code = view.getUint8(start + 25);
    if (start + 26 <= end) out.add(i, code < 128 ? code : ((code & 15) | 16) << (((code >> 4) & 7) + 3));
  }),
  query2('nb_sources', 'Number of Sources', 'uint16', at(26, 2)),
  ofTypes([REPORT_2], 'mldr.nb_mcast_records', 'Number of Multicast Address Records', 'uint16', at(6, 2)),
  records('', 'Multicast Address Record', 'none', present),
  records('.record_type', 'Record Type', 'uint8', at(0, 1)),
  records('.aux_data_len', 'Aux Data Len', 'uint8', at(1, 1)),
  records('.nb_sources', 'Number of Sources', 'uint16', at(2, 2)),
  records('.multicast_address', 'Multicast Address', 'ipv6', bytesAt(4, 16)),
];
