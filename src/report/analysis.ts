// What nscap analyze prints when it has seen all packets. Loaded then, so that reading begins at once.
import type { Interface } from '../base/interface.ts';
import { count } from '../base/units.ts';
import { NscapError } from '../errors.ts';
import type { Queries } from '../flow/queries.ts';
import { connectionOf } from '../flow/record.ts';
import type { Statistics } from '../flow/statistics.ts';
import { Sink } from '../output/sink.ts';
import { failures, type Outcome } from './assertions.ts';
import { findingsOf } from './tcp/findings.ts';
import { connectionJson, summaryJson } from './tcp/json.ts';
import type { SortKey } from './tcp/order.ts';
import { allFindings, chosen, connections, findingsText, rowOf, totalsText } from './tcp/report.ts';
import { connectionTable, connectionText } from './tcp/table.ts';

interface ReportFlags {
  json?: boolean;
  sort: SortKey;
  worst?: boolean;
  limit: number;
  stream?: number;
  /** Sentences about assertions that do not hold. */
  outcomes: readonly Outcome[];
  /** Its name, where it is one of several; else empty. */
  file: string;
}

/** Prints the report, as text or as one JSON document. */
export async function print(
  statistics: Statistics,
  queries: Queries,
  interfaces: readonly Interface[],
  flags: ReportFlags,
): Promise<void> {
  const sink = new Sink();
  if (flags.stream !== undefined) stream(statistics, interfaces, flags.stream, flags.json === true, sink);
  else if (flags.json) await json(statistics, queries, interfaces, flags, sink);
  else sink.print(await reportText(statistics, queries, flags));
  sink.flush();
}

/** The report as text: the connections, problems and notes, and echo and DNS where there was any. */
export async function reportText(
  statistics: Statistics,
  queries: Queries,
  flags: { sort: SortKey; worst?: boolean; limit: number },
): Promise<string> {
  const parts: string[] = [];
  const summary = statistics.summary();
  if (summary.connections > 0) {
    const { rows, left } = chosen(statistics, flags.worst ? 'worst' : flags.sort, flags.limit);
    parts.push(connectionTable(connections(statistics, rows)));
    if (left > 0) parts.push(`… and ${count(left, 'more connection')} (--limit 0 lists all)\n`);
    parts.push(totalsText(statistics, summary), findingsText(allFindings(statistics)));
  } else parts.push('no TCP connections\n');
  const { echo, dns } = queries;
  if (echo.pairs.list.length > 0 || echo.unasked > 0) {
    const { echoText } = await import('./echo.ts');
    parts.push(echoText(echo));
  }
  if (dns.pairs.list.length > 0 || dns.unasked > 0) {
    const { dnsText } = await import('./dns.ts');
    parts.push(dnsText(dns));
  }
  return parts.join('');
}

/** Loads what is otherwise loaded where it is needed. */
export async function loadRest(): Promise<void> {
  await import('./echo.ts');
  await import('./dns.ts');
}

/** The report as one object, of as many connections as `limit` says; `name` is the interface's. */
export async function reportDocument(
  statistics: Statistics,
  queries: Queries,
  name: string,
  limit: number,
): Promise<object> {
  const { echoJson } = await import('./echo.ts');
  const { dnsJson } = await import('./dns.ts');
  const { rows } = chosen(statistics, 'worst', limit);
  return {
    summary: summaryJson(statistics, statistics.summary()),
    connections: connections(statistics, rows).map((one) => connectionJson(one, findingsOf(one), name)),
    echo: echoJson(queries.echo),
    dns: dnsJson(queries.dns),
  };
}

function stream(
  statistics: Statistics,
  interfaces: readonly Interface[],
  number: number,
  asJson: boolean,
  sink: Sink,
): void {
  const row = rowOf(statistics, number);
  if (row === undefined) {
    throw new NscapError('STREAM', `there is no stream ${number}`, {
      hint: `streams are numbered from 0; this capture has ${statistics.analysis.streams}`,
    });
  }
  const connection = connectionOf(statistics, row);
  const findings = findingsOf(connection);
  const name = interfaces[connection.interface]?.name ?? '';
  sink.print(
    asJson
      ? `${JSON.stringify(connectionJson(connection, findings, name), null, 2)}\n`
      : connectionText(connection, findings, name),
  );
}

/** The document is written connection by connection, so that it need not fit into memory. */
async function json(
  statistics: Statistics,
  queries: Queries,
  interfaces: readonly Interface[],
  flags: ReportFlags,
  sink: Sink,
): Promise<void> {
  const { echoJson } = await import('./echo.ts');
  const { dnsJson } = await import('./dns.ts');
  const { rows } = chosen(statistics, flags.worst ? 'worst' : flags.sort, flags.limit);
  sink.print(
    `{${flags.file === '' ? '' : `"file":${JSON.stringify(flags.file)},\n`}"summary":${JSON.stringify(summaryJson(statistics, statistics.summary()))},\n"connections":[`,
  );
  let comma = '\n';
  for (const row of rows) {
    const connection = connectionOf(statistics, row);
    const name = interfaces[connection.interface]?.name ?? '';
    sink.print(`${comma}${JSON.stringify(connectionJson(connection, findingsOf(connection), name))}`);
    sink.line();
    comma = ',\n';
  }
  sink.print(
    `],\n"failedAssertions":${JSON.stringify(failures(flags.outcomes))},\n"assertions":${JSON.stringify(flags.outcomes)},\n"echo":${JSON.stringify(echoJson(queries.echo))},\n"dns":${JSON.stringify(dnsJson(queries.dns))}}\n`,
  );
}
