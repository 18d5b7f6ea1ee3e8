// Where the kernel of a namespace sends the packet, and by which interface it leaves.
import { missingLocalRoute } from '../checks/local-route.ts';
import { explainNoRoute } from '../checks/no-route.ts';
import { decide, lookupOf } from '../fib.ts';
import type { Hop } from '../packet.ts';
import type { RouteAnswer } from '../snapshot.ts';
import type { Trace } from './trace.ts';

export async function routing(trace: Trace, hop: Hop): Promise<boolean> {
  const { now, asked, ingress } = trace;
  const missing = ingress && (await missingLocalRoute(trace.snapshot, hop, now));
  if (missing !== undefined) {
    trace.noteBetween([missing], trace.enteredFrom(), trace.lastPoint());
    return true;
  }
  if (await lookUp(trace, hop)) return true;
  if (now.source === undefined && trace.answer.source !== undefined) now.source = trace.answer.source;
  // A socket that has its address is looked up once more with it, and may meet another rule.
  const isBound = trace.answer.kind === 'away' && ingress === undefined && asked.source === undefined;
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
  const { now, ingress, options } = trace;
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
    ...(ingress === undefined ? {} : { iif: ingress.link.name }),
    ...(options.zone === undefined || ingress !== undefined ? {} : { oif: options.zone }),
  });
}

async function unroutable(
  trace: Trace,
  hop: Hop,
  words: string,
  previous: Hop | undefined,
): Promise<boolean> {
  const { snapshot, here, ingress, now } = trace;
  // The kernel refuses a source that is not there (any more).
  if (now.source !== undefined && ingress === undefined && !snapshot.has(here, now.source)) delete now.source;
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
  const observedExit = trace.observedExit();
  if (observedExit !== undefined && observedExit.dev !== answer.dev) {
    const observed = snapshot.topology.find(here, observedExit.dev);
    if (observed !== undefined && observed.link.master === undefined && exit?.link.kind !== 'bridge') {
      path.disagreements.push({
        kind: 'interface',
        netns: here.label,
        expected: answer.dev,
        observed: observedExit.dev,
      });
      exit = observed;
      nextHop = (await gatewayBy(trace, observedExit.dev)) ?? now.target;
    }
  }
  if (exit === undefined) return true;
  hop.exit = exit;
  hop.nextHop = nextHop;
  return false;
}

/** The gateway of the next hop by that interface, of a route that has several. */
async function gatewayBy(trace: Trace, dev: string): Promise<string | undefined> {
  const { now, snapshot, here, ingress } = trace;
  const decision = decide(await snapshot.state(here), lookupOf(now, ingress?.link.name));
  if (decision.kind !== 'route') return undefined;
  const hop = decision.route.nexthops?.find((nexthop) => nexthop.dev === dev);
  return hop?.gateway ?? hop?.via?.host;
}
