// ICMP echo: what was asked and answered, and which requests were lost, for people and for programs.
import { addressText } from '../base/address.ts';
import { icmpErrorText } from '../base/icmp-error.ts';
import { count, duration } from '../base/units.ts';
import type { Echo, EchoTable } from '../flow/echo.ts';
import type { EchoReport } from './documents.ts';
import { inSeconds, type RoundTrips, roundTrips, seconds, slotsByPair } from './round-trips.ts';
import { drawTable } from './table.ts';

/** Conversations and lost requests that are shown to people. */
const ROWS = 20;
const LOST = 10;

interface Conversation {
  echo: Echo;
  lost: number;
  times: RoundTrips | undefined;
  /** Of the requests still known, oldest first. */
  slots: number[];
}

function conversations({ pairs, exchanges }: EchoTable): Conversation[] {
  const slots = slotsByPair(exchanges);
  return pairs.list.map((echo) => {
    const known = slots.get(echo.number) ?? [];
    return {
      echo,
      lost: echo.requests - echo.replies,
      times: roundTrips([echo], exchanges, known),
      slots: known,
    };
  });
}

const HEAD = ['ICMP echo', 'id', 'requests', 'answered', 'lost', 'RTT min', 'median', 'p99', 'max'];
/** All but the first column hold numbers. */
const NUMBERS = { right: [1, 2, 3, 4, 5, 6, 7, 8], rules: 'none' } as const;

/** A table of conversations, those with the most losses first, and the lost requests by number and frame; '' without echo. */
export function echoText(table: EchoTable): string {
  const all = conversations(table).sort((a, b) => b.lost - a.lost || b.echo.requests - a.echo.requests);
  const { retired, retiredRequests, retiredReplies } = table.pairs;
  if (all.length === 0) return table.unasked === 0 ? '' : `${unasked(table.unasked)}\n`;
  const rows: string[][] = [];
  for (const { echo, lost, times } of all.slice(0, ROWS)) {
    const shown = times === undefined ? [] : [times.min, times.p50, times.p99, times.max].map(duration);
    rows.push([
      between(echo),
      String(echo.mark),
      String(echo.requests),
      String(echo.replies),
      lost === 0
        ? '0'
        : `${lost} (${((100 * lost) / echo.requests).toFixed(lost === echo.requests ? 0 : 1)} %)`,
      ...shown,
      ...Array<string>(4 - shown.length).fill(''),
    ]);
  }
  const lines = [drawTable(HEAD, rows, NUMBERS)];
  if (all.length > ROWS)
    lines.push(`${count(all.length - ROWS, 'more conversation')}: --json has all of them`);
  for (const one of all.slice(0, ROWS)) if (one.lost > 0) lines.push(lostText(table, one));
  for (const { echo } of all.slice(0, ROWS)) {
    if (echo.duplicates > 0)
      lines.push(`${between(echo)}: ${count(echo.duplicates, 'reply', 'replies')} came more than once`);
    if (echo.repeated > 0)
      lines.push(
        `${between(echo)}: ${count(echo.repeated, 'request')} seen more than once, as where several interfaces are captured`,
      );
  }
  if (table.unasked > 0) lines.push(unasked(table.unasked));
  if (retired > 0) {
    lines.push(
      `${count(retired, 'conversation')} before these no longer listed: ${count(retiredRequests, 'request')}, ${retiredReplies} answered`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function unasked(replies: number): string {
  return `${count(replies, 'echo reply', 'echo replies')} to requests that were not captured`;
}

function between(echo: Echo): string {
  return `${addressText(echo.source)} > ${addressText(echo.destination)}`;
}

function lostText({ exchanges }: EchoTable, { echo, lost, slots }: Conversation): string {
  const open = slots.filter((slot) => exchanges.answerFrame[slot] === 0);
  const shown = open.slice(0, LOST).map((slot) => {
    const error = exchanges.errorFrame[slot];
    const said = exchanges.error[slot];
    const why = error === 0 ? '' : `: ${icmpErrorText(echo.version, said >> 8, said & 255)}, frame ${error}`;
    return `seq ${exchanges.tag[slot]} (frame ${exchanges.frame[slot]}${why})`;
  });
  if (lost > shown.length) shown.push(`${lost - shown.length} more`);
  return `lost of ${between(echo)} id ${echo.mark}: ${shown.join(', ')}`;
}

/** The same for programs. Times in seconds; `rtt` and `replyFrame` of a request are null where it was lost. */
export function echoJson(table: EchoTable): EchoReport {
  const { exchanges, pairs } = table;
  const all = conversations(table);
  const { requests, lost } = pairs.total;
  return {
    requests,
    replies: requests - lost,
    lost,
    unaskedReplies: table.unasked,
    retiredConversations: pairs.retired,
    conversations: all.map(({ echo, lost, times, slots }) => ({
      source: addressText(echo.source),
      destination: addressText(echo.destination),
      identifier: echo.mark,
      requests: echo.requests,
      replies: echo.replies,
      lost,
      duplicateReplies: echo.duplicates,
      repeatedRequests: echo.repeated,
      rtt: inSeconds(times),
      requestsNotListed: echo.requests - slots.length,
      exchanges: slots.map((slot) => {
        const answered = exchanges.answerFrame[slot] !== 0;
        const failed = exchanges.errorFrame[slot] !== 0;
        const said = exchanges.error[slot];
        return {
          sequence: exchanges.tag[slot],
          frame: exchanges.frame[slot],
          replyFrame: answered ? exchanges.answerFrame[slot] : null,
          rtt: answered ? seconds(exchanges.elapsed[slot]) : null,
          ...(failed
            ? {
                error: icmpErrorText(echo.version, said >> 8, said & 255),
                errorFrame: exchanges.errorFrame[slot],
              }
            : {}),
        };
      }),
    })),
  };
}
