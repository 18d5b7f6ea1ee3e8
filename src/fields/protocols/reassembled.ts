// ip.fragment*, ip.reassembled.*, and the same of ipv6: what a datagram was put together from, where its last fragment is.
import { entries, type Field, type FieldType, type More, type ReadEntry } from '../field.ts';
import { OVER_IPV6 } from '../marks.ts';

function rowsOf(protocol: 'ip' | 'ipv6', title: string): Field[] {
  const mark = protocol === 'ipv6' ? OVER_IPV6 : 0;
  const row = (name: string, label: string, type: FieldType, read: ReadEntry, more?: More) =>
    entries(
      (packet) => packet.reassembled,
      `${protocol}.${name}`,
      label,
      type,
      read,
      more,
      (one) => one === mark,
    );
  const data: ReadEntry = (list, i, out) =>
    out.span(list.parent[i], list.view[i], list.at[i], list.end[i] - list.at[i]);
  return [
    protocol === 'ip'
      ? row('fragments', `${title} Fragments`, 'bytes', data)
      : row('fragments', `${title} Fragments`, 'none', (list, i, out) => out.add(list.parent[i], 1)),
    row('fragment', `${title} Fragment`, 'framenum', (list, i, out, { fragmentFrames }) => {
      const end = i + 1 < list.count ? list.wireEnd[i + 1] : fragmentFrames.length;
      for (let at = list.wireEnd[i]; at < end; at++) out.add(list.parent[i], fragmentFrames[at]);
    }),
    row('fragment.count', 'Fragment count', 'uint32', (list, i, out, { fragmentFrames }) => {
      const end = i + 1 < list.count ? list.wireEnd[i + 1] : fragmentFrames.length;
      out.add(list.parent[i], end - list.wireEnd[i]);
    }),
    row('reassembled.length', `Reassembled ${title} length`, 'uint32', (list, i, out) =>
      out.add(list.parent[i], list.end[i] - list.at[i]),
    ),
    row('reassembled.data', `Reassembled ${title} data`, 'bytes', data),
  ];
}

export const REASSEMBLED: readonly Field[] = [...rowsOf('ip', 'IPv4'), ...rowsOf('ipv6', 'IPv6')];
