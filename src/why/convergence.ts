// What was just set up is not yet as it will be.
import type { Discovery, FoundNamespace } from '../netns/discover.ts';
import { interfaces } from '../netns/interfaces.ts';
import { Topology } from '../netns/topology.ts';
import { sameAddress } from './fib.ts';
import type { Request } from './request.ts';

/** Longest waits, in milliseconds: for an address to become usable, and for a bridge to notice a carrier. */
const ADDRESS = 2200;
const CARRIER = 1200;

/**
 * IPv6 addresses are tried out for a second or two (RFC 4862, 5.4), and a bridge takes up to a second to notice that a
 * port has a carrier. Waits for such at the asker, the target, and next to the asker; updates their interfaces.
 */
export async function converged(discovery: Discovery, request: Request): Promise<void> {
  const start = performance.now();
  const { family, asker, address } = request;
  const topology = new Topology(discovery.namespaces);
  const near = discovery.namespaces.filter(
    (netns) =>
      netns === asker ||
      topology
        .of(netns)
        .some(
          (node) =>
            address !== undefined &&
            node.link.addresses.some((assigned) => sameAddress(assigned.address, address)),
        ) ||
      topology
        .of(netns)
        .some((node) => topology.stations(node).some((station) => station.namespace === asker)),
  );
  for (;;) {
    const passed = performance.now() - start;
    const waiting = near.filter(
      (netns) =>
        (passed < CARRIER && unnoticed(netns)) || (family === 6 && passed < ADDRESS && tried(netns, address)),
    );
    if (waiting.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.all(waiting.map(refresh));
  }
}

/** Link-local addresses count only where one is the target. */
function tried(netns: FoundNamespace, target: string | undefined): boolean {
  return (netns.interfaces ?? []).some(
    (link) =>
      link.carrier &&
      link.addresses.some(
        (assigned) =>
          assigned.tentative &&
          !assigned.duplicate &&
          (assigned.scope !== 'link' || (target !== undefined && sameAddress(assigned.address, target))),
      ),
  );
}

function unnoticed(netns: FoundNamespace): boolean {
  const bridges = new Map((netns.interfaces ?? []).map((link) => [link.name, link]));
  return (netns.interfaces ?? []).some((link) => {
    const bridge = bridges.get(link.master ?? '');
    return (
      bridge?.kind === 'bridge' &&
      bridge.up &&
      link.up &&
      link.carrier &&
      link.portDetails.state === 'disabled'
    );
  });
}

/** Reads the interfaces again; their peers are unchanged. */
async function refresh(netns: FoundNamespace): Promise<void> {
  const peers = new Map((netns.interfaces ?? []).map((link) => [link.index, link.peer]));
  const fresh = await interfaces(netns.namespace).catch(() => undefined);
  if (fresh === undefined) return;
  netns.interfaces = fresh.map((link) => {
    const peer = peers.get(link.index);
    return peer === undefined ? link : { ...link, peer };
  });
}
