// Where the kernel of a namespace sends the packet, and by which interface it leaves.
import { explainNoRoute } from '../checks/no-route.ts';
import { decide, lookupOf } from '../fib.ts';
import type { Hop } from '../packet.ts';
import type { RouteAnswer } from '../snapshot.ts';
import type { Trace } from './trace.ts';

export async function routing(trace: Trace, hop: Hop): Promise<boolean> {
  const { now, asked, came } = trace;
  if (await lookUp(trace, hop)) return true;
  if (now.source === undefined && trace.answer.source !== undefined) now.source = trace.answer.source;
  // A socket that has its address is looked up once more with it, and may meet another rule.
  const isBound = trace.answer.kind === 'away' && came === undefined && asked.source === undefined;
  return isBound && lookUp(trace, hop);
}

/** Asks the kernel for the route as the packet is now; true where there is none. */
export async function lookUp(trace: Trace, hop: Hop): Promise<boolean> {
  const answer = await lookup(trace, trace.now.target, trace.now.source);
  if (answer.kind === 'none') return unroutable(trace, hop, answer.words, trace.path.hops.at(-2));
  trace.answer = answer;
  return false;
}

function lookup(trace: Trace, target: string, source: string | undefined): Promise<RouteAnswer> {
  const { now, came, options } = trace;
  return trace.snapshot.route(trace.here, {
    family: now.family,
    target,
    ...(now.tooBig ? {} : { protocol: now.protocol }),
    ...(now.reply || now.port === undefined ? {} : { port: now.port }),
    ...(now.reply || now.ownPort === undefined ? {} : { ownPort: now.ownPort }),
    ...(now.reply && now.ownPort !== undefined ? { port: now.ownPort } : {}),
    ...(now.reply && now.ownPort !== undefined && now.port !== undefined ? { ownPort: now.port } : {}),
    ...(now.mark === undefined ? {} : { mark: now.mark }),
    ...(source === undefined ? {} : { source }),
    ...(came === undefined ? {} : { iif: came.link.name }),
    ...(options.zone === undefined || came !== undefined ? {} : { oif: options.zone }),
  });
}

async function unroutable(
  trace: Trace,
  hop: Hop,
  words: string,
  previous: Hop | undefined,
): Promise<boolean> {
  const { snapshot, here, came, now } = trace;
  // The kernel refuses a source that is not there (any more).
  if (now.source !== undefined && came === undefined && !snapshot.has(here, now.source)) delete now.source;
  const finding = await explainNoRoute(snapshot, hop, now, words, previous);
  // ARP requests are refused for the same reasons: then the packet itself was not even sent.
  trace.noteBetween([finding], trace.enteredFrom(), trace.lastPoint());
  return true;
}

/** By which interface: as the kernel answers, unless the captures saw it leave by another. */
export async function choosingExit(trace: Trace, hop: Hop): Promise<boolean> {
  const { snapshot, here, path, now, answer } = trace;
  if (answer.kind !== 'away') return true;
  let exit = snapshot.topology.find(here, answer.dev);
  let nextHop = answer.gateway ?? now.target;
  const left = trace.observedExit();
  if (left !== undefined && left.dev !== answer.dev) {
    const other = snapshot.topology.find(here, left.dev);
    if (other !== undefined && other.link.master === undefined && exit?.link.kind !== 'bridge') {
      path.disagreements.push({
        kind: 'interface',
        netns: here.label,
        expected: answer.dev,
        observed: left.dev,
      });
      exit = other;
      nextHop = (await gatewayBy(trace, left.dev)) ?? now.target;
    }
  }
  if (exit === undefined) return true;
  hop.exit = exit;
  hop.nextHop = nextHop;
  return false;
}

/** The gateway of the next hop by that interface, of a route that has several. */
async function gatewayBy(trace: Trace, dev: string): Promise<string | undefined> {
  const { now, snapshot, here, came } = trace;
  const decision = decide(await snapshot.state(here), lookupOf(now, came?.link.name));
  if (decision.kind !== 'route') return undefined;
  const hop = decision.route.nexthops?.find((one) => one.dev === dev);
  return hop?.gateway ?? hop?.via?.host;
}
