// Compares the time-sequence data of captures with tcptrace's: node scripts/ts.mjs bench/time-sequence.ts [-v] FILE...
// Segments, acknowledgments and windows of each connection as `tcptrace -S` draws them into .xpl files.
// Where they differ tshark is asked for the segment (time-sequence-kinds.ts): a difference in which it says what nscap says is
// counted by kind, any other is a fault.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Analysis } from '../src/flow/analysis.ts';
import { connectionOf } from '../src/flow/record.ts';
import { KINDS } from '../src/flow/series/bars.ts';
import { ConnectionSeries } from '../src/flow/series/connection-series.ts';
import { Statistics } from '../src/flow/statistics.ts';
import { parseAddress } from '../src/page/address.ts';
import { openFile } from '../src/source/file.ts';
import { FAULT, type Mark, Referee, type What } from './time-sequence-kinds.ts';

/** Of one title, `SENDER_==>_RECEIVER`: what is drawn. */
interface Drawn {
  segments: string[];
  acks: string[];
  windows: string[];
}

const verbose = process.argv.includes('-v');
const files = process.argv.slice(2).filter((word) => word !== '-v');
const total = { files: 0, titles: 0, compared: 0, differing: 0, filesDiffering: 0 };
const kinds = new Map<string, { marks: number; files: Set<string> }>();
for (const file of files) {
  const theirs = tcptrace(file);
  if (theirs.size === 0) continue;
  const ours = await nscap(file);
  total.files++;
  const marks: Mark[] = [];
  for (const [title, drawn] of theirs) {
    total.titles++;
    const mine = ours.get(title) ?? { segments: [], acks: [], windows: [] };
    for (const what of ['segments', 'acks', 'windows'] as const) {
      total.compared += drawn[what].length;
      // A line has two ends: of a single acknowledgment tcptrace draws nothing.
      if (drawn[what].length === 0 && mine[what].length === 1 && what !== 'segments') continue;
      marks.push(...compare(title, what, drawn[what], mine[what]));
    }
  }
  if (marks.length === 0) continue;
  total.differing += marks.length;
  total.filesDiffering++;
  const referee = new Referee(file);
  for (const mark of marks) {
    const kind = referee.kindOf(mark, marks);
    const counted = kinds.get(kind) ?? { marks: 0, files: new Set() };
    counted.marks++;
    counted.files.add(file);
    kinds.set(kind, counted);
    if (kind !== FAULT && !verbose) continue;
    console.log([basename(file), mark.title, mark.what, mark.by, mark.time, mark.values, kind].join(' '));
  }
}
for (const [kind, { marks, files }] of [...kinds].sort((a, b) => b[1].marks - a[1].marks)) {
  console.log(`${String(marks).padStart(7)} marks in ${files.size} files: ${kind}`);
}
console.log(JSON.stringify({ ...total, faults: kinds.get(FAULT)?.marks ?? 0 }));

/** Marks that only one of the two has. */
function compare(title: string, what: What, theirs: string[], ours: string[]): Mark[] {
  const left = new Map<string, number>();
  for (const line of theirs) left.set(line, (left.get(line) ?? 0) + 1);
  for (const line of ours) left.set(line, (left.get(line) ?? 0) - 1);
  const marks: Mark[] = [];
  for (const [line, count] of left) {
    const [time, ...values] = line.split(' ');
    const mark: Mark = { title, what, by: count > 0 ? 'tcptrace' : 'nscap', time, values: values.join(' ') };
    for (let n = Math.abs(count); n > 0; n--) marks.push(mark);
  }
  return marks;
}

function tcptrace(file: string): Map<string, Drawn> {
  const folder = mkdtempSync(join(tmpdir(), 'xpl-'));
  const found = new Map<string, Drawn>();
  try {
    spawnSync('tcptrace', ['-n', '-S', resolve(file)], { cwd: folder, timeout: 20_000 });
    for (const name of readdirSync(folder).sort()) {
      if (name.endsWith('_tsg.xpl')) readPlot(readFileSync(join(folder, name), 'latin1'), found);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return found;
}

function of(found: Map<string, Drawn>, title: string): Drawn {
  let drawn = found.get(title);
  if (drawn === undefined) {
    drawn = { segments: [], acks: [], windows: [] };
    found.set(title, drawn);
  }
  return drawn;
}

/** An address as a number, with the port: tcptrace writes each group of zeros in IPv6 as `::`, and leaves out those at the front. */
function endpointKey(text: string): string {
  const colon = text.lastIndexOf(':');
  const [address, port] = [text.slice(0, colon), text.slice(colon)];
  const whole = address.startsWith(':') && !address.startsWith('::') ? `:${address}` : address;
  return `${parseAddress(whole)?.bits ?? whole}${port}`;
}

/** Reads the drawing commands of xplot. An acknowledgment is where a green line ends, a window where a yellow one does. */
function readPlot(text: string, found: Map<string, Drawn>): void {
  const lines = text.split('\n');
  const title = lines[lines.indexOf('title') + 1].replace(/ .*/, '');
  const drawn = of(found, title.split('_==>_').map(endpointKey).join('_==>_'));
  let color = '';
  let first = { green: true, yellow: true };
  for (const line of lines) {
    const [command, ...words] = line.split(' ');
    if (/^(white|red|green|yellow|orange|purple|pink|blue|magenta)$/.test(command)) color = command;
    else if (command === 'line' && !/^(green|yellow|purple)$/.test(color)) {
      // Blue are segments captured twice, pink those out of order, purple SACK blocks.
      drawn.segments.push(`${words[0]} ${words[1]} ${words[3]}`);
    } else if (command === 'line' && (color === 'green' || color === 'yellow')) {
      const list = color === 'green' ? drawn.acks : drawn.windows;
      if (first[color]) list.push(`${words[0]} ${words[1]}`);
      first = { ...first, [color]: false };
      if (words[0] !== words[2] || words[1] === words[3]) list.push(`${words[2]} ${words[3]}`);
      else list[list.length - 1] = `${words[2]} ${words[3]}`;
    }
  }
}

/** Reads the file's segments one after the other: `see` gets the connection's row and the bytes on the wire. */
async function readSegments(
  file: string,
  see: (statistics: Statistics, wire: number) => void,
): Promise<Statistics> {
  const statistics = new Statistics(new Analysis());
  const source = await openFile(file);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      if (statistics.add(batch, i) && statistics.analysis.row >= 0) see(statistics, batch.wire[i]);
    }
  }
  await source.close();
  return statistics;
}

async function nscap(file: string): Promise<Map<string, Drawn>> {
  // Counted first, so that a connection takes the memory that its segments need and no more.
  const counts = new Map<number, number>();
  await readSegments(file, ({ analysis: { row } }) => counts.set(row, (counts.get(row) ?? 0) + 1));
  const all = new Map<number, ConnectionSeries>();
  const statistics = await readSegments(file, ({ analysis, now }, wire) => {
    let series = all.get(analysis.row);
    if (series === undefined) {
      series = new ConnectionSeries({ start: 0, span: 1 }, 16 + 8 * (counts.get(analysis.row) ?? 0));
      all.set(analysis.row, series);
    }
    series.add(analysis, now, wire);
  });
  const found = new Map<string, Drawn>();
  const at = (time: number) => {
    let nanoseconds = statistics.baseNanoseconds + time;
    // Beyond 104 days a double has no room for the nanoseconds.
    if (Math.abs(nanoseconds) > Number.MAX_SAFE_INTEGER) nanoseconds += 50;
    const microseconds = Math.round((nanoseconds - (nanoseconds % 1000)) / 1000);
    return `${statistics.base + Math.floor(microseconds / 1e6)}.${String(((microseconds % 1e6) + 1e6) % 1e6).padStart(6, '0')}`;
  };
  for (const [row, { directions }] of all) {
    const { client, server } = connectionOf(statistics, row);
    for (const [i, series] of directions.entries()) {
      const [sender, receiver] = (i === 0) === isLow(statistics, row) ? [client, server] : [server, client];
      const [one, other] = [sender, receiver].map(({ address, port }) => endpointKey(`${address}:${port}`));
      const drawn = of(found, `${one}_==>_${other}`);
      const wrapped = (value: number) => String(((series.base ?? 0) + value) >>> 0);
      const { bars, acks, edges } = series;
      for (let n = 0; n < bars.count; n++) {
        const kind = KINDS[bars.kinds[n]];
        if (bars.begins[n] === bars.ends[n] || kind === 'sack') continue;
        drawn.segments.push(`${at(bars.times[n])} ${wrapped(bars.begins[n])} ${wrapped(bars.ends[n])}`);
      }
      for (let n = 0; n < acks.count; n++) drawn.acks.push(`${at(acks.times[n])} ${wrapped(acks.values[n])}`);
      for (let n = 0; n < edges.count; n++)
        drawn.windows.push(`${at(edges.times[n])} ${wrapped(edges.values[n])}`);
    }
  }
  return found;
}

/** Whether the client is the lower endpoint. */
function isLow(statistics: Statistics, row: number): boolean {
  const { table } = statistics.analysis;
  return (table.cells(row)[table.offset(row) + 12] & 2) === 0;
}
