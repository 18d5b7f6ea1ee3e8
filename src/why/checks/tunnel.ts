// The two ends of a VXLAN (RFC 7348): they must send to each other's UDP port.

import { runInside } from '../../netns/inside.ts';
import { addressesOf, type Node, remoteOf } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import type { Finding } from '../finding.ts';
import { recreate } from '../recreate.ts';
import type { Snapshot } from '../snapshot.ts';
import { bridgeCommand } from './wire.ts';

/** Linux's own port, from before RFC 7348 gave 4789 to it. */
const LINUX_PORT = 8472;
const IANA_PORT = 4789;

/** VXLANs that face each other on the wire, and use different ports. */
export async function checkTunnelEnds(snapshot: Snapshot, wire: readonly Node[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [at, node] of wire.entries()) {
    const next = wire[at + 1];
    if (node.link.kind !== 'vxlan' || next?.link.kind !== 'vxlan') continue;
    const [own, theirs] = [portOf(node), portOf(next)];
    if (own === theirs) {
      findings.push(...(await checkForwardingEntries(snapshot, node, next)));
      continue;
    }
    // The port that the RFC names is the right one, where one of the two has it.
    const [wrong, right] =
      own === IANA_PORT || (theirs !== IANA_PORT && own !== LINUX_PORT) ? [next, own] : [node, theirs];
    findings.push({
      code: 'vxlan-port-mismatch',
      step: 'hops',
      facts: { ...named(node), port: own, other: named(next), otherPort: theirs },
      evidence: [
        {
          code: 'vxlan-ports',
          facts: { ...named(node), port: own, other: named(next), otherPort: theirs },
        },
      ],
      fix: recreate(snapshot, wrong, { port: right }),
    });
  }
  return findings;
}

interface Entry {
  mac: string;
  dst?: string;
}

/** Frames for nobody known go to the remote end, and to the entries for the address of zeros (bridge(8), fdb). */
const DEFAULT = '00:00:00:00:00:00';

/** A VXLAN sends a frame where its forwarding table says: by the receiver's link-layer address, else by the default. */
async function checkForwardingEntries(snapshot: Snapshot, node: Node, far: Node): Promise<Finding[]> {
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
    address !== undefined && snapshot.topology.owners(address).some((one) => one.namespace === far.namespace);
  const own = entries.find((one) => one.mac === far.link.mac && one.dst !== undefined);
  const right = (far.link.details.local as string | undefined) ?? underlay(snapshot, node, far);
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
          owner: named(far),
          leadsTo: own.dst!,
          far: far.namespace.label,
        },
        evidence: [{ code: 'fdb-entry', facts: { ...named(node), mac: own.mac, destination: own.dst! } }],
        fix:
          right === undefined
            ? [bridge('delete', own.mac, 'dev', node.link.name, 'dst', own.dst!)]
            : [bridge('replace', own.mac, 'dev', node.link.name, 'dst', right)],
      },
    ];
  }
  const defaults = entries.filter((one) => one.mac === DEFAULT && one.dst !== undefined);
  const remote = remoteOf(node);
  if (own !== undefined || farEnd(remote) || defaults.some((one) => farEnd(one.dst))) return [];
  if (remote !== undefined || node.link.details.group !== undefined || right === undefined) return [];
  return [
    {
      ...base,
      facts: {
        kind: 'no-default',
        ...named(node),
        far: far.namespace.label,
        defaults: defaults.map((one) => one.dst!),
      },
      evidence: [
        {
          code: 'fdb-default',
          facts: { ...named(node), destinations: defaults.map((one) => one.dst!) },
        },
      ],
      fix: [bridge('append', DEFAULT, 'dev', node.link.name, 'dst', right)],
    },
  ];
}

/** The address at which the far end's namespace is reached: on a network shared with ours, else its first. */
function underlay(snapshot: Snapshot, node: Node, far: Node): string | undefined {
  const own = node.link.details.local as string | undefined;
  const family = own?.includes(':') ? 6 : 4;
  return snapshot.topology
    .of(far.namespace)
    .filter((one) => one.link.kind !== 'vxlan' && one.link.kind !== 'loopback')
    .flatMap((one) => addressesOf(one, family))[0]?.address;
}

function portOf({ link }: Node): number {
  return Number(link.details.port ?? LINUX_PORT);
}
