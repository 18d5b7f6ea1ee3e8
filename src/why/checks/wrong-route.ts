// A route that leaves by the wrong interface or to the wrong gateway, and the one to put in its place.
import type { FoundNamespace } from '../../netns/discover.ts';
import { onLink } from '../../netns/prefix.ts';
import { addressesOf, type Node } from '../../netns/topology.ts';
import { routeWords, sameAddress } from '../fib.ts';
import { type Finding, ipIn } from '../finding.ts';
import { addAddress, addRoute, deleteAddress, properRoute } from '../fixes.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Route } from '../state.ts';

/** A route that leaves by an interface, or to a gateway, from which the target can't be reached. */
export function misroutedVia(
  snapshot: Snapshot,
  here: FoundNamespace,
  exit: Node,
  route: Route,
  target: string,
  reply: boolean,
  evidence: string,
  came?: Node,
): Finding {
  const proper = properRoute(snapshot, here, target);
  const family = target.includes(':') ? 6 : 4;
  const step = reply ? 'back' : 'route';
  const right = proper?.exit ?? came;
  const own =
    route.protocol === 'kernel'
      ? addressesOf(exit, family).find((one) => onLink(one.address, one.prefix, target))
      : undefined;
  if (own !== undefined && right !== undefined && right !== exit) {
    const home = snapshot.home(here, target);
    const theirs = home?.link.addresses.find((one) => sameAddress(one.address, target));
    if (theirs !== undefined && onLink(theirs.address, theirs.prefix, own.address)) {
      return {
        code: 'address-on-wrong-interface',
        step,
        cause: `${own.address}/${own.prefix} is on ${exit.link.name} in ${here.label}, but the link that ${target} is on is ${right.link.name}'s: ${reply ? 'its answers' : 'packets'} leave by the wrong interface`,
        evidence,
        fix: [deleteAddress(exit, own.address, own.prefix), addAddress(right, own.address, own.prefix)],
        stake: { kind: 'misplaced', from: exit },
      };
    }
  }
  if (route.dst === 'default' && proper !== undefined && proper.exit !== exit) {
    // The default route may be right for all else: it stays, and a longer prefix goes before it.
    return {
      code: 'no-route',
      step,
      cause: `${here.label} has no route to ${proper.prefix}: ${reply ? 'answers' : 'packets'} take its default route, which leaves by ${exit.link.name} and does not lead to ${target}: ${proper.gateway ?? proper.exit.link.name} does`,
      evidence,
      fix: [addRoute(here, proper)],
    };
  }
  return {
    code: 'wrong-interface',
    step,
    cause: `${here.label}'s route to ${route.dst}${route.gateway === undefined ? '' : ` by ${route.gateway}`} leaves by ${exit.link.name}, which does not lead to ${target}${proper === undefined ? '' : `: ${proper.gateway ?? proper.exit.link.name} does`}`,
    evidence,
    fix:
      proper === undefined
        ? [ipIn(here, 'route', 'delete', ...routeWords(route))]
        : replaceRoute(here, route, proper),
  };
}

/** Puts the proper route in the place of a wrong one. */
export function replaceRoute(
  here: FoundNamespace,
  route: Route,
  proper: { prefix: string; gateway?: string; exit: Node },
): string[][] {
  const family = proper.prefix.includes(':') ? 6 : 4;
  // A route the kernel made for an address can't be taken away from it; a longer one goes before it.
  const words = (prefix: string) => [
    prefix,
    ...(proper.gateway === undefined ? [] : ['via', proper.gateway]),
    'dev',
    proper.exit.link.name,
  ];
  const table = route.table !== undefined && route.table !== 'main' ? ['table', route.table] : [];
  const metric = route.metric ? ['metric', String(route.metric)] : [];
  if (route.protocol === 'kernel' && route.dst !== 'default')
    return [[...ipIn(here, 'route', 'replace', ...words(proper.prefix))]];
  if (family === 6) {
    return [
      [...ipIn(here, '-6', 'route', 'delete', ...routeWords(route))],
      [...ipIn(here, '-6', 'route', 'add', ...words(route.dst), ...table)],
    ];
  }
  return [[...ipIn(here, 'route', 'replace', ...words(route.dst), ...metric, ...table)]];
}
