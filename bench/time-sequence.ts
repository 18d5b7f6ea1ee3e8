// Compares the time-sequence data of captures with tcptrace's: node scripts/ts.mjs bench/time-sequence.ts FILE...
// Segments, acknowledgments and windows of each connection as `tcptrace -S` draws them into .xpl files.
// Where they differ, tshark says what nscap says, or only the drawing differs: tcptrace leaves data of a SYN out, takes the length from
// IP where the frame is shorter, and connections that reuse ports for one; scales windows by more than 14 bits (RFC 7323, 2.3), and not
// where the SYN lacks the option; draws malformed segments; and carries times before the first packet, or nanoseconds, wrong.
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

/** Of one title, `SENDER_==>_RECEIVER`: what is drawn. */
interface Drawn {
  segments: string[];
  acks: string[];
  windows: string[];
}

const titles = new Set(process.argv.includes('-v') ? ['all'] : []);
const files = process.argv.slice(2).filter((word) => word !== '-v');
const total = { files: 0, titles: 0, compared: 0, differing: 0, filesDiffering: 0 };
for (const file of files) {
  const theirs = tcptrace(file);
  if (theirs.size === 0) continue;
  const ours = await nscap(file);
  total.files++;
  let differs = false;
  for (const [title, drawn] of theirs) {
    total.titles++;
    const mine = ours.get(title) ?? { segments: [], acks: [], windows: [] };
    for (const what of ['segments', 'acks', 'windows'] as const) {
      total.compared += drawn[what].length;
      // A line has two ends: of a single acknowledgment tcptrace draws nothing.
      if (drawn[what].length === 0 && mine[what].length === 1 && what !== 'segments') continue;
      const difference = compare(drawn[what], mine[what]);
      if (difference.length === 0) continue;
      differs = true;
      total.differing += difference.length;
      console.log(`${basename(file)} ${title} ${what}: ${difference.length} of ${drawn[what].length} differ`);
      for (const line of difference.slice(0, titles.size > 0 ? 20 : 2)) console.log(`    ${line}`);
    }
  }
  if (differs) total.filesDiffering++;
}
console.log(JSON.stringify(total));

/** Lines that only one of the two has. */
function compare(theirs: string[], ours: string[]): string[] {
  const left = new Map<string, number>();
  for (const line of theirs) left.set(line, (left.get(line) ?? 0) + 1);
  for (const line of ours) left.set(line, (left.get(line) ?? 0) - 1);
  return [...left]
    .filter(([, count]) => count !== 0)
    .map(([line, count]) => `${count > 0 ? 'tcptrace' : 'nscap   '} ${line}`);
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

async function nscap(file: string): Promise<Map<string, Drawn>> {
  const statistics = new Statistics(new Analysis());
  const all = new Map<number, ConnectionSeries>();
  const source = await openFile(file);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      if (!statistics.add(batch, i) || statistics.analysis.row < 0) continue;
      const { row } = statistics.analysis;
      let series = all.get(row);
      if (series === undefined) {
        series = new ConnectionSeries({ start: 0, span: 1 }, 60_000);
        all.set(row, series);
      }
      series.add(statistics.analysis, statistics.now, batch.wire[i]);
    }
  }
  await source.close();
  const found = new Map<string, Drawn>();
  const at = (time: number) => {
    const microseconds = Math.floor((statistics.baseNanoseconds + time) / 1000 + 0.05);
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
