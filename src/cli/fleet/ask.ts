// A question to a store, and its answer in a format.
import { shellLine } from '../../base/shell.ts';
import { usageError } from '../../errors.ts';
import { Sink } from '../../output/sink.ts';
import { writeWhole } from '../../output/whole-file.ts';
import { type AnswerTable, answerCsv, answerJson, answerText, besideText } from '../../report/answer.ts';
import type { Answer, Engine, Value } from '../../store/answer.ts';
import { defaultStore } from '../../store/folder.ts';
import * as questions from '../../store/questions.ts';
import { clickhouseTarget } from '../../store/target.ts';
import { connect } from '../store/delivery.ts';
import { forPeople, unitOf } from './columns.ts';
import type { FleetFlags } from './flags.ts';
import { parseSince } from './since.ts';

type Format = NonNullable<FleetFlags['format']>;

/** @throws NscapError as the engine does; USAGE for what cannot be meant */
export async function ask(question: string, words: readonly string[], flags: FleetFlags): Promise<void> {
  const format = formatOf(flags);
  const target = flags.store ?? defaultStore();
  const options = optionsOf(question, words, flags, clickhouseTarget(target) !== undefined);
  if (question === 'report') {
    await (await import('./report.ts')).writeReport(target, flags, options, () => openEngine(target));
    return;
  }
  const sql = queryOf(question, words, options);
  if (flags.sql) {
    new Sink().end(`${sql}\n`);
    return;
  }
  const engine = await openEngine(target);
  try {
    if (question === 'worst') await engine.narrow?.(options);
    if (format === 'parquet') {
      await engine.writeParquet(sql, flags.output!);
      return;
    }
    const answer = await engine.query(sql);
    const text = textOf(question, answer, words, format);
    if (flags.output === undefined || flags.output === '-') new Sink().end(text);
    else writeWhole(flags.output, text);
  } finally {
    engine.close();
  }
}

/** The engine of a target; only its own code is loaded. */
async function openEngine(target: string): Promise<Engine> {
  const clickhouse = connect(target);
  if (clickhouse !== undefined) {
    const { openClickhouse } = await import('../../store/clickhouse/engine.ts');
    return openClickhouse(clickhouse);
  }
  const { openFolder } = await import('../../store/duckdb.ts');
  return openFolder(target);
}

function textOf(question: string, answer: Answer, words: readonly string[], format: Format): string {
  if (question === 'conn') return connectionText(answer, words[0], format);
  return answerAs(format, format === 'table' && question !== 'sql' ? forPeople(answer) : answer);
}

function formatOf({ format, json, csv, output }: FleetFlags): Format {
  const asked = [
    ...(format === undefined ? [] : [format]),
    ...(json ? ['json'] : []),
    ...(csv ? ['csv'] : []),
  ];
  if (new Set(asked).size > 1) throw usageError(`one format, please: ${asked.join(' or ')}`);
  const named = /\.(csv|json|parquet)$/.exec(output ?? '')?.[1];
  const chosen = (asked[0] ?? named ?? 'table') as Format;
  if (chosen === 'parquet' && (output === undefined || output === '-'))
    throw usageError('Parquet is no text for standard output', '-o FILE.parquet');
  return chosen;
}

function optionsOf(
  question: string,
  words: readonly string[],
  flags: FleetFlags,
  final: boolean,
): questions.QuestionOptions {
  const since = question === 'since' ? words[0] : flags.since;
  return {
    since: since === undefined ? undefined : parseSince(since, Date.now()),
    limit: flags.limit,
    by: flags.by,
    final,
  };
}

function queryOf(question: string, words: readonly string[], options: questions.QuestionOptions): string {
  switch (question) {
    case 'worst':
      return questions.worst(options);
    case 'links':
      return questions.links(options);
    case 'drops':
      return questions.drops(options);
    case 'hosts':
      return questions.hosts(options);
    case 'since':
      return questions.found(options);
    case 'conn':
      return questions.connection(words[0].toLowerCase(), options);
    default:
      return words[0];
  }
}

function answerAs(format: Format, answer: AnswerTable): string {
  if (format === 'json') return answerJson(answer);
  if (format === 'csv') return answerCsv(answer);
  return answerText(answer, unitOf);
}

/** A connection as each capture saw it; for people side by side. */
function connectionText(answer: Answer, key: string, format: Format): string {
  const at = (name: string) => answer.columns.indexOf(name);
  const commands = answer.rows.map((row) => commandOf(row, at));
  const whole = {
    columns: [...answer.columns, 'command'],
    rows: answer.rows.map((row, i) => [...row, commands[i] ?? null]),
  };
  if (format !== 'table') return answerAs(format, whole);
  if (answer.rows.length === 0) return `no capture of the store has the connection ${key}\n`;
  // The hosts are the head, and the files stand below.
  const hidden = new Set([
    'host',
    'day',
    'boot',
    'batch',
    'row',
    'file',
    'client_address_bytes',
    'server_address_bytes',
  ]);
  const kept = answer.columns.map((_, i) => i).filter((i) => !hidden.has(answer.columns[i]));
  const table = besideText(
    {
      columns: kept.map((i) => answer.columns[i]),
      rows: answer.rows.map((row) => kept.map((i) => row[i])),
    },
    answer.rows.map((row) => String(row[at('host')])),
    unitOf,
  );
  const packets = commands.filter((one) => one !== undefined);
  return packets.length === 0 ? table : `${table}Packets:\n${packets.map((one) => `  ${one}\n`).join('')}`;
}

/** What shows the packets, where the file that had them is known. */
function commandOf(row: readonly Value[], at: (name: string) => number): string | undefined {
  const file = row[at('file')];
  if (typeof file !== 'string') return undefined;
  const [client, clientPort, server, serverPort] = [
    'client_address',
    'client_port',
    'server_address',
    'server_port',
  ].map((name) => row[at(name)]);
  const filter = `host ${client} and host ${server} and tcp port ${clientPort} and tcp port ${serverPort}`;
  return shellLine(['nscap', 'read', file, ...filter.split(' ')]);
}
