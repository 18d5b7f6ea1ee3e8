// What nscap analyze prints when it has seen all packets. Loaded then, so that reading begins at once.
import { count } from '../base/units.ts';
import { NscapError } from '../errors.ts';
import type { CaptureAnalysis } from '../flow/capture-analysis.ts';
import { connectionOf } from '../flow/record.ts';
import type { Statistics } from '../flow/statistics.ts';
import type { Sink } from '../output/sink.ts';
import { type AssertionOutcome, failures } from './assertions.ts';
import type { ConnectionReport, DnsReport, EchoReport, SummaryReport } from './documents.ts';
import { findingsOf } from './tcp/findings.ts';
import { connectionJson, summaryJson } from './tcp/json.ts';
import type { SortKey } from './tcp/order.ts';
import { chosen, connections, findingsText, rowOf, totalsText } from './tcp/report.ts';
import { connectionTable, connectionText } from './tcp/table.ts';

/** What was found in a capture. */
export type Found = Pick<CaptureAnalysis, 'statistics' | 'queries'>;

/** Which connections are listed, 0 for all, and in which order. */
export interface Listing {
  sort: SortKey;
  limit: number;
}

/** The report as text. */
export async function analysisText(found: Found, listing: Listing): Promise<string> {
  const parts: string[] = [];
  await printAnalysis((text) => parts.push(text), found, listing);
  return parts.join('');
}

/** The report in pieces of text: the connections, problems and notes, and echo and DNS where there was any. */
export async function printAnalysis(
  print: (text: string) => void,
  { statistics, queries }: Found,
  { sort, limit }: Listing,
): Promise<void> {
  const summary = statistics.summary();
  if (summary.connections > 0) {
    const { rows, left } = chosen(statistics, sort, limit);
    for (const line of connectionTable(connections(statistics, rows))) print(`${line}\n`);
    if (left > 0) print(`… and ${count(left, 'more connection')} (--limit 0 lists all)\n`);
    print(totalsText(statistics, summary));
    print(findingsText(statistics));
  } else print('no TCP connections\n');
  const { echo, dns } = queries;
  if (echo.pairs.list.length > 0 || echo.unasked > 0) {
    const { echoText } = await import('./echo.ts');
    print(echoText(echo));
  }
  if (dns.pairs.list.length > 0 || dns.unasked > 0) {
    const { dnsText } = await import('./dns.ts');
    print(dnsText(dns));
  }
}

/** Loads what is otherwise loaded where it is needed. */
export async function loadRest(): Promise<void> {
  await import('./echo.ts');
  await import('./dns.ts');
}

/** The report as one object; `nameOf` is how an interface is called, by its number. */
export async function analysisDocument(
  { statistics, queries }: Found,
  nameOf: (number: number) => string,
  { sort, limit }: Listing,
): Promise<{
  summary: SummaryReport;
  connections: ConnectionReport[];
  echo: EchoReport;
  dns: DnsReport;
}> {
  const { echoJson } = await import('./echo.ts');
  const { dnsJson } = await import('./dns.ts');
  const { rows } = chosen(statistics, sort, limit);
  return {
    summary: summaryJson(statistics, statistics.summary()),
    connections: Array.from(connections(statistics, rows), (one) =>
      connectionJson(one, findingsOf(one), nameOf(one.interface)),
    ),
    echo: echoJson(queries.echo),
    dns: dnsJson(queries.dns),
  };
}

/** One connection in full, as text or one JSON document. @throws NscapError STREAM where there is none of that number */
export function streamReport(
  statistics: Statistics,
  nameOf: (number: number) => string,
  stream: number,
  asJson: boolean,
): string {
  const row = rowOf(statistics, stream);
  if (row === undefined) throw noStream(statistics, stream);
  const connection = connectionOf(statistics, row);
  const findings = findingsOf(connection);
  const name = nameOf(connection.interface);
  return asJson
    ? `${JSON.stringify(connectionJson(connection, findings, name), null, 2)}\n`
    : connectionText(connection, findings, name);
}

/** The error where a capture has no stream of that number. */
export function noStream({ analysis }: Statistics, stream: number): NscapError {
  return new NscapError('STREAM', `there is no stream ${stream}`, {
    hint: `streams are numbered from 0; this capture has ${analysis.streams}`,
  });
}

/**
 * Prints the JSON document connection by connection, so that it need not fit into memory. `file` is the name of one of
 * several; empty where there is but one.
 */
export async function printDocument(
  sink: Sink,
  { statistics, queries }: Found,
  nameOf: (number: number) => string,
  { sort, limit }: Listing,
  { file, outcomes }: { file: string; outcomes: readonly AssertionOutcome[] },
): Promise<void> {
  const { echoJson } = await import('./echo.ts');
  const { dnsJson } = await import('./dns.ts');
  const { rows } = chosen(statistics, sort, limit);
  const named = file === '' ? '' : `"file":${JSON.stringify(file)},\n`;
  const summary = summaryJson(statistics, statistics.summary());
  sink.print(`{${named}"summary":${JSON.stringify(summary)},\n"connections":[`);
  let comma = '\n';
  for (const row of rows) {
    const connection = connectionOf(statistics, row);
    const report = connectionJson(connection, findingsOf(connection), nameOf(connection.interface));
    sink.print(`${comma}${JSON.stringify(report)}`);
    sink.line();
    comma = ',\n';
  }
  const rest = {
    failedAssertions: failures(outcomes),
    assertions: outcomes,
    echo: echoJson(queries.echo),
    dns: dnsJson(queries.dns),
  };
  const members = Object.entries(rest).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  sink.print(`],\n${members.join(',\n')}}\n`);
}
