// A query of a store, and its result in a format.
import { shellLine } from '../../base/shell.ts';
import { Sink } from '../../output/sink.ts';
import { writeWhole } from '../../output/whole-file.ts';
import { type AnswerTable, answerCsv, answerJson, answerText, besideText } from '../../report/answer.ts';
import type { Answer, Value } from '../../store/answer.ts';
import * as questions from '../../store/questions.ts';
import { forPeople, unitOf } from './columns.ts';
import { openEngine } from './engine.ts';
import type { Format } from './flags.ts';
import type { FleetPlan } from './plan.ts';

/** @throws NscapError as the engine does */
export async function ask({ question, argument, target, options, ...plan }: FleetPlan): Promise<void> {
  const { format, file } = plan;
  const sql = queryOf(question, argument, options);
  if (plan.queryOnly) {
    new Sink().end(`${sql}\n`);
    return;
  }
  const engine = await openEngine(target);
  try {
    if (question === 'worst') await engine.narrow?.(options);
    if (format === 'parquet') {
      await engine.writeParquet(sql, file!);
      return;
    }
    const answer = await engine.query(sql);
    const text = textOf(question, answer, argument, format);
    if (file === undefined) new Sink().end(text);
    else writeWhole(file, text);
  } finally {
    engine.close();
  }
}

function textOf(question: string, answer: Answer, argument: string, format: Format): string {
  if (question === 'conn') return connectionText(answer, argument, format);
  return answerAs(format, format === 'table' && question !== 'sql' ? forPeople(answer) : answer);
}

function queryOf(question: string, argument: string, options: questions.QuestionOptions): string {
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
      return questions.connection(argument.toLowerCase(), options);
    default:
      return argument;
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
