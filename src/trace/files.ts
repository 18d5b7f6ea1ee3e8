// The points of a trace from files: each file, or each interface of a pcapng file, is one.
import path from 'node:path';
import type { CaptureGap } from '../base/interface.ts';
import { isDropInterface } from '../drops/recorded.ts';
import { usageError } from '../errors.ts';
import { type CaptureFile, openFile } from '../source/file.ts';
import { NO_POINT, type PointFile } from './in-turn.ts';
import type { Point, Trace } from './trace.ts';

/** A file of a trace. */
export interface TracedFile extends PointFile {
  /** By interface: when its capture lost packets. */
  losses: CaptureGap[][];
}

/**
 * Opens the files into `files`, which the caller closes whatever happens, and returns their points.
 * @throws NscapError USAGE where there is only one point, FORMAT, ENOENT and so on
 */
export async function openPoints(paths: readonly string[], files: TracedFile[]): Promise<Point[]> {
  for (const name of paths)
    files.push({ path: name, capture: await openFile(name), points: [], isOrdered: true, losses: [] });
  const points = await findPoints(files);
  if (points.length < 2) {
    throw usageError(
      `${paths.join(', ')} ${paths.length === 1 ? 'has' : 'have'} only one interface, and a trace takes two points`,
      'give a file for each point, or a pcapng file with several interfaces',
    );
  }
  return points;
}

/** The points of all files. A pcapng file may describe an interface anywhere, so it is read through where it has several. */
async function findPoints(files: readonly TracedFile[]): Promise<Point[]> {
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

/** Losses of the captures are known for the whole file before its first packet is processed. */
export function tellLosses({ points, losses }: TracedFile, trace: Trace): void {
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
function nameOf(file: string, name: string, files: readonly TracedFile[]): string {
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
