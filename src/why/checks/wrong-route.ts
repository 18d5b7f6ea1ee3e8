// A route that leaves by the wrong interface or to the wrong gateway, and the one to put in its place.

import type { FoundNamespace } from '../../netns/discover.ts';
import { onLink } from '../../netns/prefix.ts';
import { addressesOf, type Node } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import type { Observation } from '../facts/observations.ts';
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
  evidence: readonly Observation[],
  ingress?: Node,
): Finding {
  const proper = properRoute(snapshot, here, target);
  const family = target.includes(':') ? 6 : 4;
  const step = reply ? 'back' : 'route';
  const right = proper?.exit ?? ingress;
  const own =
    route.protocol === 'kernel'
      ? addressesOf(exit, family).find((assigned) => onLink(assigned.address, assigned.prefix, target))
      : undefined;
  if (own !== undefined && right !== undefined && right !== exit) {
    const home = snapshot.home(here, target);
    const homeAddress = home?.link.addresses.find((assigned) => sameAddress(assigned.address, target));
    if (homeAddress !== undefined && onLink(homeAddress.address, homeAddress.prefix, own.address)) {
      return {
        code: 'address-on-wrong-interface',
        step,
        facts: {
          ...named(exit),
          address: own.address,
          prefix: own.prefix,
          target,
          reply,
          rightInterface: right.link.name,
        },
        evidence,
        fix: [deleteAddress(exit, own.address, own.prefix), addAddress(right, own.address, own.prefix)],
        stake: { kind: 'misplaced', node: exit },
      };
    }
  }
  if (route.dst === 'default' && proper !== undefined && proper.exit !== exit) {
    // The default route may be right for all else: it stays, and a longer prefix goes before it.
    return {
      code: 'no-route',
      step,
      facts: {
        kind: 'default-route',
        netns: here.label,
        prefix: proper.prefix,
        interface: exit.link.name,
        target,
        reply,
        right: proper.gateway ?? proper.exit.link.name,
      },
      evidence,
      fix: [addRoute(here, proper)],
    };
  }
  return {
    code: 'wrong-interface',
    step,
    facts: {
      netns: here.label,
      route: route.dst,
      ...(route.gateway === undefined ? {} : { gateway: route.gateway }),
      interface: exit.link.name,
      target,
      ...(proper === undefined ? {} : { right: proper.gateway ?? proper.exit.link.name }),
    },
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
