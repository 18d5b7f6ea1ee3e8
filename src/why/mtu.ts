// The MTU along the way: the largest packet that the sender makes must get through undivided, or be answered for.

import type { Node, Topology } from '../netns/topology.ts';
import { named } from './facts/names.ts';
import type { Observation } from './facts/observations.ts';
import type { Finding } from './finding.ts';
import { setLink } from './finding.ts';
import type { Hop } from './packet.ts';

/** An interface on the wire that takes less than the first one sends, of which no message tells the sender. */
export function mismatch(hops: readonly Hop[]): { exit: Node; small: Node } | undefined {
  for (const hop of hops) {
    const exit = hop.exit;
    if (exit === undefined) continue;
    // Between namespaces there is no router to send "fragmentation needed": the frame is dropped.
    const small = hop.wire
      ?.slice(1)
      .find((node) => node.link.mtu < exit.link.mtu && node.link.kind !== 'loopback');
    if (small !== undefined) return { exit, small };
  }
  return undefined;
}

/**
 * The command that makes both ends agree: the one that differs from most on the link, or from Ethernet's 1500. A bridge
 * has no say: by itself it takes the least of its ports.
 */
export function explainMismatch(
  topology: Topology,
  hops: readonly Hop[],
  exit: Node,
  small: Node,
  evidence: readonly Observation[],
): Finding {
  const wire = hops.find((hop) => hop.exit === exit)?.wire ?? [exit, small];
  const all = [...topology.segment(exit).keys()].filter((node) => node.link.kind !== 'bridge');
  const count = (mtu: number) => all.filter((node) => node.link.mtu === mtu).length;
  const [large, low] = [exit.link.mtu, small.link.mtu];
  const lower = count(low) > count(large) || (count(low) === count(large) && low === 1500);
  const change = lower
    ? wire.filter((node) => node.link.mtu > low)
    : wire.filter((node) => node.link.mtu < large);
  return {
    code: 'mtu-mismatch',
    step: 'mtu',
    facts: { ...named(small), mtu: low, sender: named(exit), senderMtu: large },
    evidence,
    fix: change.map((node) => setLink(node, 'mtu', String(lower ? low : large))),
    effect: 'some',
  };
}

/** The largest packet that leaves by an interface, in bytes. */
export function largest(exit: Node): number {
  // An IPv4 packet has 65 535 bytes at most.
  return Math.min(exit.link.mtu, 65535);
}
