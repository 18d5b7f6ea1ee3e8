// The two ends of a VXLAN (RFC 7348): they must send to each other's UDP port.

import { runInside } from '../../netns/inside.ts';
import { addressesOf, type Node, remoteOf } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import { type Finding, setLink } from '../finding.ts';
import { recreate } from '../recreate.ts';
import type { Snapshot } from '../snapshot.ts';
import { bridgeCommand } from './wire.ts';

/** Linux's own port, from before RFC 7348 gave 4789 to it. */
const LINUX_PORT = 8472;
const IANA_PORT = 4789;

/** VXLANs that face each other on the wire, and use different ports. */
export async function checkTunnelEnds(snapshot: Snapshot, wire: readonly Node[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [index, node] of wire.entries()) {
    const next = wire[index + 1];
    if (node.link.kind !== 'vxlan' || next?.link.kind !== 'vxlan') continue;
    // The far end gets what is sent, and answers in vain.
    const answers = { way: 'there', lower: -1, upper: Number.POSITIVE_INFINITY } as const;
    findings.push(
      ...strangeSource(snapshot, node, next),
      ...strangeSource(snapshot, next, node).map((finding) => ({ ...finding, place: answers })),
    );
    const [own, peerPort] = [portOf(node), portOf(next)];
    if (own === peerPort) {
      findings.push(
        ...(await checkForwardingEntries(snapshot, node, next)),
        ...(await checkForwardingEntries(snapshot, next, node, false)),
      );
      continue;
    }
    // The port that the RFC names is the right one, where one of the two has it.
    const [wrong, right] =
      own === IANA_PORT || (peerPort !== IANA_PORT && own !== LINUX_PORT) ? [next, own] : [node, peerPort];
    findings.push({
      code: 'vxlan-port-mismatch',
      step: 'hops',
      facts: { ...named(node), port: own, other: named(next), otherPort: peerPort },
      evidence: [
        {
          code: 'vxlan-ports',
          facts: { ...named(node), port: own, other: named(next), otherPort: peerPort },
        },
      ],
      fix: recreate(snapshot, wrong, { port: right }),
    });
  }
  return findings;
}

/** The route that a VXLAN's packets need is refused to a source that is not the namespace's own (vxlan_get_route). */
function strangeSource(snapshot: Snapshot, node: Node, peer: Node): Finding[] {
  const { local, local6 } = node.link.details as { local?: string; local6?: string };
  const source = local ?? local6;
  if (source === undefined || snapshot.has(node.namespace, source)) return [];
  const expected = remoteOf(peer);
  const right =
    expected !== undefined && snapshot.has(node.namespace, expected)
      ? expected
      : underlay(snapshot, peer, node);
  return [
    {
      code: 'vxlan-local-wrong',
      step: 'hops',
      facts: { ...named(node), local: source, ...(right === undefined ? {} : { right }) },
      evidence: [{ code: 'no-owner', facts: { netns: node.namespace.label, address: source } }],
      fix: right === undefined ? [] : [setLink(node, 'type', 'vxlan', 'local', right)],
    },
  ];
}

interface Entry {
  mac: string;
  dst?: string;
}

/** Frames for unknown addresses go to the remote end, and to the entries for the address of zeros (bridge(8), fdb). */
const DEFAULT = '00:00:00:00:00:00';

/**
 * A VXLAN sends a frame where its forwarding table says: by the receiver's link-layer address, else by the default. The end
 * that answers learns the address from incoming frames, unless learning is off.
 */
async function checkForwardingEntries(
  snapshot: Snapshot,
  node: Node,
  peer: Node,
  asks = true,
): Promise<Finding[]> {
  let entries: Entry[];
  try {
    const text = await runInside(node.namespace.namespace, [
      'bridge',
      '-json',
      'fdb',
      'show',
      'dev',
      node.link.name,
    ]);
    entries = JSON.parse(text || '[]');
  } catch {
    return []; // bridge isn't there.
  }
  const farEnd = (address: string | undefined) =>
    address !== undefined &&
    snapshot.topology.owners(address).some((owner) => owner.namespace === peer.namespace);
  const own = entries.find((entry) => entry.mac === peer.link.mac && entry.dst !== undefined);
  const right = (peer.link.details.local as string | undefined) ?? underlay(snapshot, node, peer);
  const bridge = (...words: string[]) => bridgeCommand(node, 'fdb', ...words);
  const base = { code: 'fdb-entry-wrong', step: 'hops' } as const;
  if (own !== undefined && !farEnd(own.dst)) {
    return [
      {
        ...base,
        facts: {
          kind: 'vxlan',
          ...named(node),
          mac: own.mac,
          owner: named(peer),
          leadsTo: own.dst!,
          far: peer.namespace.label,
        },
        evidence: [{ code: 'fdb-entry', facts: { ...named(node), mac: own.mac, destination: own.dst! } }],
        fix:
          right === undefined
            ? [bridge('delete', own.mac, 'dev', node.link.name, 'dst', own.dst!)]
            : [bridge('replace', own.mac, 'dev', node.link.name, 'dst', right)],
      },
    ];
  }
  const defaults = entries.filter((entry) => entry.mac === DEFAULT && entry.dst !== undefined);
  const remote = remoteOf(node);
  if (!asks && node.link.details.learning !== false) return [];
  // To ask for a link-layer address the default is needed, whatever was learned.
  const { neighbours } = await snapshot.state(node.namespace);
  const knowsPeer = neighbours.some(
    (entry) => entry.dev === node.link.name && entry.lladdr === peer.link.mac,
  );
  const isEnd = asks && node.link.addresses.length > 0;
  if (
    (own !== undefined && (!isEnd || knowsPeer)) ||
    farEnd(remote) ||
    defaults.some((entry) => farEnd(entry.dst))
  )
    return [];
  if (remote !== undefined || node.link.details.group !== undefined || right === undefined) return [];
  return [
    {
      ...base,
      facts: {
        kind: 'no-default',
        ...named(node),
        far: peer.namespace.label,
        defaults: defaults.map((entry) => entry.dst!),
      },
      evidence: [
        {
          code: 'fdb-default',
          facts: { ...named(node), destinations: defaults.map((entry) => entry.dst!) },
        },
      ],
      fix: [bridge('append', DEFAULT, 'dev', node.link.name, 'dst', right)],
    },
  ];
}

/** The address at which the far end's namespace is reached: on a network shared with ours, else its first. */
function underlay(snapshot: Snapshot, node: Node, peer: Node): string | undefined {
  const own = node.link.details.local as string | undefined;
  const family = own?.includes(':') ? 6 : 4;
  return snapshot.topology
    .of(peer.namespace)
    .filter((candidate) => candidate.link.kind !== 'vxlan' && candidate.link.kind !== 'loopback')
    .flatMap((candidate) => addressesOf(candidate, family))[0]?.address;
}

function portOf({ link }: Node): number {
  return Number(link.details.port ?? LINUX_PORT);
}
