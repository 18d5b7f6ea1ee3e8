// The points of a live trace: those named, those on the path to a target, or those of a lab.
import { usageError } from '../../errors.ts';
import { filterExpression } from '../../filter/expression.ts';
import type { PointsPlan } from './plan.ts';
import { type CapturePoint, dividePoints, resolvePoint } from './point.ts';

interface Chosen {
  points: CapturePoint[];
  /** pcap-filter(7); empty for all packets. */
  filter: string;
  /** What may be missing, in sentences. */
  notes: string[];
}

/** @throws NscapError for what is not there, USAGE for invalid words */
export async function choosePoints(words: readonly string[], plan: PointsPlan): Promise<Chosen> {
  const { target, lab } = plan;
  if (target !== undefined && lab !== undefined)
    throw usageError('--to and --lab both say which points are meant');
  if (target !== undefined) return onTheWay(words, target, plan);
  if (lab !== undefined) return ofLab(words, lab, plan);
  const { points, filter } = dividePoints(words);
  return {
    points: await Promise.all(points.map(resolvePoint)),
    filter: filterExpression(filter, plan.filterFile),
    notes: [],
  };
}

async function onTheWay(
  [from, ...rest]: readonly string[],
  target: string,
  plan: PointsPlan,
): Promise<Chosen> {
  if (from === undefined)
    throw usageError('the namespace is missing', 'nscap trace NAMESPACE --to TARGET [PORT]');
  const [first, ...others] = rest;
  const isPort = first !== undefined && /^\d+$/.test(first);
  const port = isPort ? Number(first) : undefined;
  if (port !== undefined && (port < 1 || port > 65_535)) throw usageError(`${first} is no port`);
  const { pathPoints } = await import('./path-points.ts');
  const { points, address, notes } = await pathPoints({
    from,
    target,
    ...(port === undefined ? {} : { port }),
    udp: plan.udp,
  });
  const more = filterExpression(isPort ? others : rest, plan.filterFile);
  const protocol = port === undefined ? '' : ` and ${plan.udp ? 'udp' : 'tcp'} port ${port}`;
  const own = `host ${address}${protocol}`;
  return { points, filter: more === '' ? own : `(${own}) and (${more})`, notes };
}

/** `--lab tcp port 80`: a word after it that names no lab is the filter's. */
async function ofLab(words: readonly string[], lab: string | true, plan: PointsPlan): Promise<Chosen> {
  const { isLab, labPoints } = await import('./lab-points.ts');
  const isName = lab !== true && (await isLab(lab));
  const filter = lab === true || isName ? words : [lab, ...words];
  return {
    points: await labPoints(isName ? lab : undefined),
    filter: filterExpression(filter, plan.filterFile),
    notes: [],
  };
}
