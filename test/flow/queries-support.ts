// Echo and DNS messages made by hand, and what nscap makes of a capture of them.
import type { Batch } from '../../src/base/batch.ts';
import { Analysis } from '../../src/flow/analysis.ts';
import { Queries } from '../../src/flow/queries.ts';
import { dnsJson } from '../../src/report/dns.ts';
import { echoJson } from '../../src/report/echo.ts';
import { openFile } from '../../src/source/file.ts';
import { A, B, type Frame, ip, pcap, withFile } from './support.ts';

/** The Internet checksum of a message, whose own field is zero. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** An ICMP message: type, code, four bytes and the rest. */
export function icmp(
  type: number,
  code: number,
  rest: number[],
  payload: Uint8Array = new Uint8Array(8),
): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length);
  bytes.set([type, code, 0, 0, ...rest]);
  bytes.set(payload, 8);
  new DataView(bytes.buffer).setUint16(2, checksum(bytes));
  return bytes;
}

export function echo(
  request: boolean,
  identifier: number,
  sequence: number,
  source: number[],
  destination: number[],
): Uint8Array {
  const rest = [identifier >> 8, identifier & 255, sequence >> 8, sequence & 255];
  return ip(source, destination, 1, icmp(request ? 8 : 0, 0, rest));
}

export const ping = (sequence: number, to = B) => echo(true, 7, sequence, A, to);
export const pong = (sequence: number, from = B) => echo(false, 7, sequence, from, A);

export function udp(sourcePort: number, destinationPort: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, sourcePort);
  view.setUint16(2, destinationPort);
  view.setUint16(4, bytes.length);
  bytes.set(payload, 8);
  return bytes;
}

/** A name on the wire. */
export function wireName(name: string): number[] {
  return [...name.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]), 0];
}

/** A DNS message with one question. */
export function message(id: number, flags: number, name = 'a.example', type = 1): Uint8Array {
  const header = [id >> 8, id & 255, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, 0];
  return Uint8Array.from([...header, ...wireName(name), type >> 8, type & 255, 0, 1]);
}

export const QUERY = 0x100;
export const RESPONSE = 0x8180;

interface Ports {
  client?: number;
  server?: number;
}
export const ask = (id: number, { client = 4000, server = 53 }: Ports = {}, name?: string, type?: number) =>
  ip(A, B, 17, udp(client, server, message(id, QUERY, name, type)));
export const tell = (id: number, { client = 4000, server = 53 }: Ports = {}, flags = RESPONSE) =>
  ip(B, A, 17, udp(server, client, message(id, flags)));

/** Frames a tenth of a second apart; a number among them lets so many seconds pass. */
export function frames(...packets: (Uint8Array | number)[]): Frame[] {
  const found: Frame[] = [];
  let time = 0;
  for (const packet of packets) {
    if (typeof packet === 'number') time += packet * 1e9;
    else {
      found.push({ bytes: packet, time });
      time += 0.1e9;
    }
  }
  return found;
}

/** The echo requests and DNS queries of a file. */
export async function queriesOf(path: string): Promise<Queries> {
  const source = await openFile(path);
  const analysis = new Analysis();
  const queries = new Queries();
  for (let batch: Batch | null = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) queries.add(analysis, analysis.add(batch, i), batch, i);
  }
  await source.close();
  return queries;
}

export function queriesIn(captured: Frame[]): Promise<Queries> {
  return withFile(pcap(captured), queriesOf);
}

/** Frame of the answer → frame of the request and seconds between, as both programs tell it. */
export type Matches = Map<number, string>;

interface Exchange {
  frame: number;
  replyFrame?: number | null;
  responseFrame?: number | null;
  rtt?: number | null;
  time?: number | null;
}

/** What nscap matched. An answer frame with several answers has them all, in the order of their requests. */
export function matches({ echo: pings, dns }: Queries): { echo: Matches; dns: Matches } {
  const collect = (list: Exchange[]) => {
    const found = new Map<number, string[]>();
    for (const one of list) {
      const answer = one.replyFrame ?? one.responseFrame;
      if (answer == null) continue;
      const text = `${one.frame} ${(one.rtt ?? one.time ?? 0).toFixed(6)}`;
      found.set(answer, [...(found.get(answer) ?? []), text].sort());
    }
    return new Map([...found].sort(([a], [b]) => a - b).map(([frame, all]) => [frame, all.join(', ')]));
  };
  const { conversations } = echoJson(pings) as { conversations: { exchanges: Exchange[] }[] };
  const { pairs } = dnsJson(dns) as { pairs: { exchanges: Exchange[] }[] };
  return {
    echo: collect(conversations.flatMap((one) => one.exchanges)),
    dns: collect(pairs.flatMap((one) => one.exchanges)),
  };
}

/** The fields that tell what tshark matched, and their reading. */
export const MATCH_FIELDS = [
  'frame.number',
  'dns.response_to',
  'dns.time',
  'icmp.resp_to',
  'icmp.resptime',
  'icmpv6.resp_to',
  'icmpv6.resptime',
];

export function tsharkMatches(rows: string[][]): { echo: Matches; dns: Matches } {
  const found = { echo: new Map<number, string>(), dns: new Map<number, string>() };
  for (const [frame, dnsTo, dnsTime, to4, time4, to6, time6] of rows) {
    const number = Number(frame);
    const times = (dnsTime ?? '').split(',');
    // Of several responses to one query over TCP, the first is the answer.
    const all = dnsTo ? dnsTo.split(',').map((to, i) => `${to} ${Number(times[i]).toFixed(6)}`) : [];
    if (all.length > 0) found.dns.set(number, all.sort().join(', '));
    // In milliseconds.
    const echoTo = to4 || to6;
    if (echoTo) found.echo.set(number, `${echoTo} ${(Number(time4 || time6) / 1000).toFixed(6)}`);
  }
  return found;
}
