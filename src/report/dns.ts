// DNS: response times by server, errors, and unanswered queries, for people and for programs.
import { addressText, endpointText } from '../base/address.ts';
import { icmpErrorText } from '../base/icmp-error.ts';
import { count, duration } from '../base/units.ts';
import { type DnsTable, NAME_ROOM, OVER_TCP } from '../flow/dns.ts';
import type { Pair } from '../flow/pairs.ts';
import { nameText } from '../wire/dns.ts';
import type { DnsReport } from './documents.ts';
import { inSeconds, type RoundTrips, roundTrips, seconds, slotsByPair } from './round-trips.ts';
import { drawTable } from './table.ts';

/** Pairs and queries that are shown to people, and characters of a name. */
const ROWS = 20;
const QUERIES = 10;
const NAME = 60;

/** Names of record types (IANA, "Resource Record (RR) TYPEs"). */
const TYPES = new Map(
  'A:1 NS:2 CNAME:5 SOA:6 NULL:10 PTR:12 HINFO:13 MX:15 TXT:16 SIG:24 KEY:25 AAAA:28 LOC:29 SRV:33 NAPTR:35 DNAME:39 OPT:41 DS:43 SSHFP:44 RRSIG:46 NSEC:47 DNSKEY:48 NSEC3:50 NSEC3PARAM:51 TLSA:52 CDS:59 CDNSKEY:60 CSYNC:62 SVCB:64 HTTPS:65 SPF:99 TKEY:249 TSIG:250 IXFR:251 AXFR:252 ANY:255 URI:256 CAA:257'
    .split(' ')
    .map((one) => one.split(':'))
    .map(([name, number]) => [Number(number), name] as const),
);

/** Names of response codes (RFC 6895, 2.3), from 0 on. */
const CODES =
  'NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH NOTZONE DSOTYPENI'.split(
    ' ',
  );

interface Resolver {
  pair: Pair;
  unanswered: number;
  times: RoundTrips | undefined;
  /** Of the queries still known, oldest first. */
  slots: number[];
}

function resolvers({ pairs, exchanges }: DnsTable): Resolver[] {
  const slots = slotsByPair(exchanges);
  return pairs.list.map((pair) => {
    const known = slots.get(pair.number) ?? [];
    return {
      pair,
      unanswered: pair.requests - pair.replies,
      times: roundTrips([pair], exchanges, known),
      slots: known,
    };
  });
}

const HEAD = ['DNS', 'queries', 'answered', 'unanswered', 'errors', 'time min', 'median', 'p99', 'max'];
/** All but the first column hold numbers. */
const NUMBERS = { right: [1, 2, 3, 4, 5, 6, 7, 8], rules: 'none' } as const;

/** A table of who asked which server, the errors, and the unanswered queries by name and frame; '' without DNS. */
export function dnsText(table: DnsTable): string {
  const all = resolvers(table).sort(
    (a, b) => b.unanswered - a.unanswered || b.pair.requests - a.pair.requests,
  );
  if (all.length === 0) return table.unasked === 0 ? '' : `${unasked(table.unasked)}\n`;
  const rows: string[][] = [];
  for (const { pair, unanswered, times, slots } of all.slice(0, ROWS)) {
    const shown = times === undefined ? [] : [times.min, times.p50, times.p99, times.max].map(duration);
    rows.push([
      between(pair),
      String(pair.requests),
      String(pair.replies),
      String(unanswered),
      errors(table, slots),
      ...shown,
      ...Array<string>(4 - shown.length).fill(''),
    ]);
  }
  const lines = [drawTable(HEAD, rows, NUMBERS)];
  if (all.length > ROWS) lines.push(`${count(all.length - ROWS, 'more pair')}: --json has all of them`);
  for (const one of all.slice(0, ROWS)) lines.push(...unansweredLines(table, one));
  for (const { pair } of all.slice(0, ROWS)) {
    if (pair.repeated > 0)
      lines.push(
        `${between(pair)}: ${count(pair.repeated, 'query', 'queries')} sent again before an answer came`,
      );
    if (pair.duplicates > 0)
      lines.push(`${between(pair)}: ${count(pair.duplicates, 'response')} came more than once`);
  }
  if (table.unasked > 0) lines.push(unasked(table.unasked));
  const { retired, retiredRequests, retiredReplies } = table.pairs;
  if (retired > 0) {
    lines.push(
      `${count(retired, 'pair')} before these no longer listed: ${count(retiredRequests, 'query', 'queries')}, ${retiredReplies} answered`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function unasked(responses: number): string {
  return `${count(responses, 'DNS response')} to queries that were not captured`;
}

function between({ source, destination, mark }: Pair): string {
  const server = endpointText(addressText(destination), mark & 0xffff);
  return `${addressText(source)} > ${server}${(mark & OVER_TCP) === 0 ? '' : ' TCP'}`;
}

/** How many responses had which error, of the queries still known. */
function errors({ codes }: DnsTable, slots: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const slot of slots) {
    const code = codes[slot];
    if (code > 0) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].map(([code, times]) => `${times} ${codeText(code)}`).join(', ') || '0';
}

function codeText(code: number): string {
  return CODES[code] ?? `code ${code}`;
}

function typeText(type: number): string {
  return TYPES.get(type) ?? `TYPE${type}`;
}

function unansweredLines(table: DnsTable, { pair, unanswered, slots }: Resolver): string[] {
  if (unanswered === 0) return [];
  const { exchanges, names, types } = table;
  const open = slots.filter((slot) => exchanges.answerFrame[slot] === 0);
  const lines = open.slice(0, QUERIES).map((slot) => {
    const name = nameText(names, slot * NAME_ROOM);
    const short = name.length > NAME ? `${name.slice(0, NAME)}…` : name;
    const asked = exchanges.sent[slot];
    const said = exchanges.error[slot];
    const error = exchanges.errorFrame[slot];
    return [
      `unanswered: ${typeText(types[slot])} ${short} of ${between(pair)}, frame ${exchanges.frame[slot]}`,
      ...(asked > 1 ? [`asked ${asked} times`] : []),
      ...(error === 0 ? [] : [`${icmpErrorText(pair.version, said >> 8, said & 255)} says frame ${error}`]),
    ].join(', ');
  });
  const more = unanswered - lines.length;
  if (more > 0) lines.push(`unanswered: ${count(more, 'more query', 'more queries')} of ${between(pair)}`);
  return lines;
}

/** The same for programs. Times in seconds; `time`, `code` and `responseFrame` are null where there was no response. */
export function dnsJson(table: DnsTable): DnsReport {
  const { exchanges, pairs, names, types, codes } = table;
  const all = resolvers(table);
  const { requests, lost } = pairs.total;
  return {
    queries: requests,
    responses: requests - lost,
    unanswered: lost,
    unaskedResponses: table.unasked,
    retiredPairs: pairs.retired,
    pairs: all.map(({ pair, unanswered, times, slots }) => ({
      client: addressText(pair.source),
      server: addressText(pair.destination),
      port: pair.mark & 0xffff,
      transport: (pair.mark & OVER_TCP) === 0 ? 'udp' : 'tcp',
      queries: pair.requests,
      responses: pair.replies,
      unanswered,
      repeatedQueries: pair.repeated,
      duplicateResponses: pair.duplicates,
      time: inSeconds(times),
      queriesNotListed: pair.requests - slots.length,
      exchanges: slots.map((slot) => {
        const answered = exchanges.answerFrame[slot] !== 0;
        const said = exchanges.error[slot];
        return {
          id: exchanges.tag[slot] & 0xffff,
          clientPort: exchanges.tag[slot] >>> 16,
          name: nameText(names, slot * NAME_ROOM),
          type: typeText(types[slot]),
          frame: exchanges.frame[slot],
          sent: exchanges.sent[slot],
          responseFrame: answered ? exchanges.answerFrame[slot] : null,
          time: answered ? seconds(exchanges.elapsed[slot]) : null,
          code: answered ? codeText(codes[slot]) : null,
          ...(exchanges.errorFrame[slot] === 0
            ? {}
            : {
                error: icmpErrorText(pair.version, said >> 8, said & 255),
                errorFrame: exchanges.errorFrame[slot],
              }),
        };
      }),
    })),
  };
}
