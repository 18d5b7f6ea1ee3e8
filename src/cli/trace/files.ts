// nscap trace of files: what they have, handed over to a session.
import { isTerminal } from '../../base/terminal.ts';
import { recordedDrop } from '../../drops/recorded.ts';
import type { PageInput } from '../../page/data.ts';
import { Progress } from '../../report/progress.ts';
import { ONE_CLOCK } from '../../report/trace/clocks.ts';
import { openPoints, type TracedFile, tellLosses } from '../../trace/files.ts';
import { NO_POINT, readInTurn } from '../../trace/in-turn.ts';
import type { Point } from '../../trace/trace.ts';
import { Choice, type Origin } from './choice.ts';
import { findClocks } from './clocks.ts';
import type { FilesPlan } from './plan.ts';
import { type End, ReadAhead } from './read-ahead.ts';
import { TraceSession } from './session.ts';

/** Traces packets through files. Throws NscapError where one cannot be read, and Closed where the output has no reader. */
export async function traceFiles(paths: readonly string[], filter: string, plan: FilesPlan): Promise<void> {
  const files: TracedFile[] = [];
  let ahead: ReadAhead | undefined;
  try {
    const points = await openPoints(paths, files);
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

/** Of each point, the capture it is in. */
function originsOf(files: readonly TracedFile[]): Origin[] {
  const origins: Origin[] = [];
  for (const { points, capture } of files) {
    const origin = { interfaces: capture.interfaces, named: capture.format === 'pcapng' };
    for (const point of points) if (point !== NO_POINT) origins[point] = origin;
  }
  return origins;
}

/** The captures of the page: each point, where a file has several. */
function pageInputs(files: readonly TracedFile[], names: readonly Point[]): PageInput[] {
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

/** Hands over to the session what a second thread reads of files with one clock; undefined where they have several. */
async function readAhead(
  ahead: ReadAhead,
  files: readonly TracedFile[],
  session: TraceSession,
): Promise<readonly End[] | undefined> {
  session.setClocks(ONE_CLOCK);
  for (const file of files) tellLosses(file, session.trace);
  const progress = isTerminal(1) ? undefined : new Progress(ahead);
  const ends = await ahead.read(session, (packets) => progress?.step(packets));
  progress?.end();
  if (ends === undefined) await ahead.stop();
  return ends;
}

/** Hands the records of all files over to the session, in the order of time; returns how each file ended. */
async function readAll(
  files: readonly TracedFile[],
  points: readonly Point[],
  session: TraceSession,
  plan: FilesPlan,
): Promise<readonly End[]> {
  const clocks = await findClocks(files, points, plan.clocks);
  session.setClocks(clocks);
  const { estimates } = clocks;
  for (const file of files) tellLosses(file, session.trace);
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
function whole(files: readonly TracedFile[]): { readonly progress: number | undefined } {
  return {
    get progress() {
      const parts = files.map(({ capture }) => capture.progress);
      if (parts.some((part) => part === undefined)) return undefined;
      return parts.reduce((sum: number, part) => sum + part!, 0) / parts.length;
    },
  };
}
