// The points of a trace from files: each file, or each interface of a pcapng file, is one.
import path from 'node:path';
import type { CaptureGap } from '../../base/interface.ts';
import { isTerminal } from '../../base/terminal.ts';
import { isDropInterface, recordedDrop } from '../../drops/recorded.ts';
import { usageError } from '../../errors.ts';
import type { PageInput } from '../../page/data.ts';
import { Progress } from '../../report/progress.ts';
import { type CaptureFile, openFile } from '../../source/file.ts';
import type { Point } from '../../trace/trace.ts';
import { Choice, type Origin } from './choice.ts';
import { findClocks, ONE_CLOCK } from './clocks.ts';
import { NO_POINT, type PointFile, readInTurn } from './in-turn.ts';
import type { FilesPlan } from './plan.ts';
import { type End, ReadAhead } from './read-ahead.ts';
import { TraceSession } from './session.ts';

interface File extends PointFile {
  /** By interface: when its capture lost packets. */
  losses: CaptureGap[][];
}

/** Traces packets through files. Throws NscapError where one cannot be read, and Closed where nobody reads the output. */
export async function traceFiles(paths: readonly string[], filter: string, plan: FilesPlan): Promise<void> {
  const files: File[] = [];
  let ahead: ReadAhead | undefined;
  try {
    for (const one of paths) {
      const capture = await openFile(one);
      files.push({ path: one, capture, points: [], isOrdered: true, losses: [] });
    }
    const points = await findPoints(files);
    if (points.length < 2) {
      throw usageError(
        `${paths.join(', ')} ${paths.length === 1 ? 'has' : 'have'} only one interface, and a trace takes two points`,
        'give a file for each point, or a pcapng file with several interfaces',
      );
    }
    const { displayFilter, store } = plan;
    const all = () => files.flatMap(({ capture }) => capture.interfaces);
    const choice = await Choice.of(filter, all, displayFilter, originsOf(files));
    const open = () => TraceSession.open(points, plan.session, {}, choice);
    let session = await open();
    const { offsets, unsynchronised } = plan.clocks;
    const mayBeOneClock = offsets.length === 0 && !unsynchronised;
    if (mayBeOneClock && session.readsOnly && choice === undefined)
      ahead = await ReadAhead.start(files, points);
    let ends = ahead === undefined ? undefined : await readAhead(ahead, files, session);
    if (ends === undefined) {
      if (ahead !== undefined) session = await open();
      ends = await readAll(files, points, session, plan);
    }
    session.finish();
    if (plan.session.page !== undefined)
      await session.writePage(pageInputs(files, points), filter, displayFilter);
    if (store !== undefined) {
      const filters = [filter, displayFilter ?? ''].filter((one) => one !== '').join('; ');
      const { storeFileHops } = await import('../store/hop-rows.ts');
      await storeFileHops(store, session.trace, session.span, paths, filters);
    }
    for (const [k, { damage, truncated }] of ends.entries()) {
      if (damage === undefined) continue;
      process.stderr.write(`nscap: ${files[k].path}: ${damage}\n`);
      if (!truncated) process.exitCode ??= 1;
    }
  } finally {
    await ahead?.stop();
    for (const { capture } of files) await capture.close();
  }
}

/** The points of all files. A pcapng file may describe an interface anywhere, so it is read through where it has several. */
async function findPoints(files: readonly File[]): Promise<Point[]> {
  const points: Point[] = [];
  for (const file of files) {
    let { interfaces } = file.capture;
    if (file.capture.format !== 'pcap') {
      const read = await readThrough(file.path);
      interfaces = read.interfaces;
      file.isOrdered = read.isOrdered || interfaces.length < 2;
    }
    const captured = interfaces.filter((one) => !isDropInterface(one)).length;
    for (const [number, one] of interfaces.entries()) {
      const { name, snaplen } = one;
      if (isDropInterface(one)) {
        file.points[number] = NO_POINT;
        continue;
      }
      const own = captured > 1 ? name || `interface ${number}` : nameOf(file.path, name, files);
      file.points[number] = points.push({ name: unique(own, points), snaplen }) - 1;
      file.losses[number] = one.losses ?? [];
    }
  }
  return points;
}

/** Of each point, the capture it is in. */
function originsOf(files: readonly File[]): Origin[] {
  const origins: Origin[] = [];
  for (const { points, capture } of files) {
    const origin = { interfaces: capture.interfaces, named: capture.format === 'pcapng' };
    for (const point of points) if (point !== NO_POINT) origins[point] = origin;
  }
  return origins;
}

/** The captures of the page: each point, where a file has several. */
function pageInputs(files: readonly File[], names: readonly Point[]): PageInput[] {
  return files.flatMap(({ path: file, points }) => {
    const inside = [...points.entries()].filter(([, point]) => point !== NO_POINT);
    if (inside.length < 2) return [{ path: file, name: file, file }];
    return inside.map(([number, point]) => ({
      path: file,
      name: names[point].name,
      file,
      interface: number,
    }));
  });
}

/** Losses of the captures are known for the whole file before its first packet is processed. */
function tellLosses({ points, losses }: File, { trace }: TraceSession): void {
  for (const [number, gaps] of losses.entries())
    for (const { from, to, packets } of gaps ?? []) trace.captureLost(points[number], from, to, packets);
}

/** All interfaces of a pcapng file, and whether its records are in the order of time. */
async function readThrough(
  name: string,
): Promise<{ interfaces: CaptureFile['interfaces']; isOrdered: boolean }> {
  const capture = await openFile(name);
  let isOrdered = true;
  let seconds = Number.NEGATIVE_INFINITY;
  let nanoseconds = 0;
  try {
    for (let batch = await capture.next(); batch !== null; batch = await capture.next()) {
      for (let i = 0; i < batch.count; i++) {
        if ((batch.seconds[i] - seconds || batch.nanoseconds[i] - nanoseconds) < 0) isOrdered = false;
        seconds = batch.seconds[i];
        nanoseconds = batch.nanoseconds[i];
      }
    }
    return { interfaces: [...capture.interfaces], isOrdered };
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

/** Hands over to the session what a second thread reads of files with one clock; undefined where they have several. */
async function readAhead(
  ahead: ReadAhead,
  files: readonly File[],
  session: TraceSession,
): Promise<readonly End[] | undefined> {
  session.setClocks(ONE_CLOCK);
  for (const file of files) tellLosses(file, session);
  const progress = isTerminal(1) ? undefined : new Progress(ahead);
  const ends = await ahead.read(session, (packets) => progress?.step(packets));
  progress?.end();
  if (ends === undefined) await ahead.stop();
  return ends;
}

/** Hands the records of all files over to the session, in the order of time; returns how each file ended. */
async function readAll(
  files: readonly File[],
  points: readonly Point[],
  session: TraceSession,
  plan: FilesPlan,
): Promise<readonly End[]> {
  const clocks = await findClocks(files, points, plan.clocks);
  session.setClocks(clocks);
  const { estimates } = clocks;
  for (const file of files) tellLosses(file, session);
  const progress = isTerminal(1) ? undefined : new Progress(whole(files));
  const aheads = files.map(
    // A skew is too small to affect the order in which records are handed over.
    ({ points }) => estimates?.[points.find((point) => point !== NO_POINT) ?? 0]?.offset ?? 0,
  );
  await readInTurn(files, aheads, {
    take: (batch, index, point) => session.add(batch, index, index + 1, point),
    drop: (batch, index, capture) =>
      session.trace.drop(recordedDrop(batch, index, capture.interfaces[batch.interface[index]])),
    step: (records) => progress?.step(records),
  });
  progress?.end();
  return files.map(({ capture: { damage, truncated } }) => ({ damage, truncated }));
}

/** How far all of them have been read. */
function whole(files: readonly File[]): { readonly progress: number | undefined } {
  return {
    get progress() {
      const parts = files.map(({ capture }) => capture.progress);
      if (parts.some((part) => part === undefined)) return undefined;
      return parts.reduce((sum: number, part) => sum + part!, 0) / parts.length;
    },
  };
}
