// The points of `nscap trace`, as people name them: an interface of a namespace each.
import { NscapError, usageError } from '../../errors.ts';
import { findInterface } from '../../netns/interfaces.ts';
import { type Namespace, sameNamespace } from '../../netns/namespace.ts';
import { resolveNamespace } from '../../netns/resolve.ts';

/** Where packets are observed. */
export interface CapturePoint {
  namespace: Namespace;
  device: string;
  /** nscap's usual name for it: `ns1:veth0`. */
  name: string;
}

/** Words that may begin a pcap-filter(7) expression and are followed by a colon nowhere else. */
const FILTER_WORD = /^(\(|!|not$|ether$|src$|dst$|host$|net$|ip6$|inbound$|outbound$)/;

/** Whether a word has the form of a point: `NAMESPACE:INTERFACE`, where no interface has a colon or a slash in its name. */
export function isPoint(word: string): boolean {
  return /^[^\s].*:[^:/\s]+$/.test(word) && !FILTER_WORD.test(word);
}

/** Divides the words of the command line: points first, then a filter. */
export function dividePoints(words: readonly string[]): { points: string[]; filter: string[] } {
  const end = words.findIndex((word) => !isPoint(word));
  const count = end < 0 ? words.length : end;
  return { points: words.slice(0, count), filter: words.slice(count) };
}

/**
 * The interface that a point names.
 * @throws NscapError UNKNOWN_NAMESPACE, UNKNOWN_INTERFACE, NOT_PERMITTED; USAGE for `any`
 */
export async function resolvePoint(text: string): Promise<CapturePoint> {
  const colon = text.lastIndexOf(':');
  const [label, device] = [text.slice(0, colon), text.slice(colon + 1)];
  const namespace = await resolveNamespace(label);
  if (device === 'any') {
    throw usageError(
      `${text} is no point: each packet would be there several times`,
      `nscap ns lists the interfaces`,
    );
  }
  const { name } = await findInterface(namespace, device);
  return { namespace, device: name, name: text };
}

/** Throws a usage error where a point is given twice, or there are fewer than two. */
export function checkPoints(points: readonly CapturePoint[]): void {
  for (const [i, one] of points.entries()) {
    const twice = points
      .slice(0, i)
      .find((other) => sameNamespace(one.namespace, other.namespace) && one.device === other.device);
    if (twice === undefined) continue;
    const names = twice.name === one.name ? one.name : `${twice.name}, which is ${one.name},`;
    throw usageError(`the point ${names} is given twice`);
  }
  if (points.length < 2) {
    throw new NscapError('USAGE', 'a trace needs two points or more', {
      hint: 'nscap trace ns1:veth0 ns2:veth1; nscap trace ns1 --to ns2 finds them',
      exitStatus: 2,
    });
  }
}
