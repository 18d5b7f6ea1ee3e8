// The points of a trace from files: each file, or each interface of a pcapng file, is one.
import path from 'node:path';
import { isTerminal } from '../../base/terminal.ts';
import { usageError } from '../../errors.ts';
import { Progress } from '../../report/progress.ts';
import { type CaptureFile, openFile } from '../../source/file.ts';
import { filtered } from '../../source/filtered.ts';
import type { PacketSource } from '../../source/source.ts';
import type { Point } from '../../trace/trace.ts';
import { Head, nextRun } from '../convert/order.ts';
import type { TraceFlags } from './flags.ts';
import { TraceSession } from './session.ts';

/** A file of the trace, and which point each of its interfaces is. */
interface File {
  path: string;
  capture: CaptureFile;
  source: PacketSource;
  /** By interface; filled as a pcapng file describes them. */
  points: number[];
}

/** Traces packets through files. Throws NscapError where one cannot be read, and Closed where nobody reads the output. */
export async function traceFiles(paths: readonly string[], filter: string, flags: TraceFlags): Promise<void> {
  const files: File[] = [];
  try {
    for (const one of paths) {
      const capture = await openFile(one);
      files.push({ path: one, capture, source: filtered(capture, filter), points: [] });
    }
    const points = await findPoints(files);
    if (points.length < 2) {
      throw usageError(
        `${paths.join(', ')} ${paths.length === 1 ? 'has' : 'have'} only one interface, and a trace takes two points`,
        'give a file for each point, or a pcapng file with several interfaces',
      );
    }
    const session = await TraceSession.open(points, flags);
    await read(files, session);
    session.finish();
    for (const { path: name, source } of files) {
      if (source.damage === undefined) continue;
      process.stderr.write(`nscap: ${name}: ${source.damage}\n`);
      if (!source.truncated) process.exitCode ??= 1;
    }
  } finally {
    for (const { source } of files) await source.close();
  }
}

/** The points of all files. A pcapng file may describe an interface anywhere, so it is read through where it has several. */
async function findPoints(files: readonly File[]): Promise<Point[]> {
  const points: Point[] = [];
  for (const file of files) {
    const interfaces =
      file.capture.format === 'pcap' ? file.capture.interfaces : await allInterfaces(file.path);
    for (const [number, { name, snaplen }] of interfaces.entries()) {
      const own = interfaces.length > 1 ? name || `interface ${number}` : nameOf(file.path, name, files);
      file.points[number] = points.push({ name: unique(own, points), snaplen }) - 1;
    }
  }
  return points;
}

async function allInterfaces(name: string): Promise<CaptureFile['interfaces']> {
  const capture = await openFile(name);
  try {
    while ((await capture.next()) !== null);
    return [...capture.interfaces];
  } finally {
    await capture.close();
  }
}

/** A file with one interface has the interface's name where that names the namespace as well, else the file's own. */
function nameOf(file: string, name: string, files: readonly File[]): string {
  if (name.includes(':')) return name;
  const base = path.basename(file).replace(/\.(pcapng|pcap|cap)(\.gz)?$/i, '');
  const same = files.filter((other) => path.basename(other.path) === path.basename(file));
  return same.length > 1 ? file : base;
}

function unique(name: string, points: readonly Point[]): string {
  let free = name;
  for (let n = 2; points.some((point) => point.name === free); n++) free = `${name}#${n}`;
  return free;
}

async function read(files: readonly File[], session: TraceSession): Promise<void> {
  const heads = files.map(({ source }) => new Head(source));
  const of = new Map(heads.map((head, i) => [head, files[i]]));
  const progress = isTerminal(1) ? undefined : new Progress(whole(files));
  let packets = 0;
  for (;;) {
    for (const head of heads) await head.load();
    const run = nextRun(heads, false);
    if (run === undefined) break;
    const { head, until } = run;
    const { points } = of.get(head)!;
    const batch = head.batch!;
    if (points.length === 1) session.add(batch, head.at, until, points[0]);
    else for (let i = head.at; i < until; i++) session.add(batch, i, i + 1, points[batch.interface[i]]);
    packets += until - head.at;
    head.at = until;
    if (head.at === batch.count) progress?.step(packets);
  }
  progress?.end();
}

/** How far all of them have been read. */
function whole(files: readonly File[]): { readonly progress: number | undefined } {
  return {
    get progress() {
      const parts = files.map(({ source }) => source.progress);
      if (parts.some((part) => part === undefined)) return undefined;
      return parts.reduce((sum: number, part) => sum + part!, 0) / parts.length;
    },
  };
}
