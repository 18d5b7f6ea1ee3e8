// The wire between two namespaces, interface by interface: up, carrier, bridge ports and their state, VLANs, macvlan modes.
import { runInside } from '../../netns/inside.ts';
import type { Node, Wire } from '../../netns/topology.ts';
import type { Diagnosis } from '../facts/finding-facts.ts';
import { named } from '../facts/names.ts';
import type { Observation } from '../facts/observations.ts';
import { type Command, commandIn, type Finding, setLink } from '../finding.ts';
import { forget, raise } from '../fixes.ts';
import type { PacketSpec } from '../packet.ts';
import type { Snapshot } from '../snapshot.ts';

/** What is wrong with the wire, in the order in which a frame meets it. */
export async function checkWire(snapshot: Snapshot, wire: Wire, spec: PacketSpec): Promise<Finding[]> {
  const findings: Finding[] = [];
  const ends = spec.source === undefined ? [spec.target] : [spec.target, spec.source];
  for (const [index, node] of wire.entries()) {
    const { link } = node;
    if (!link.up) {
      findings.push({
        code: 'interface-down',
        step: index === 0 || index === wire.length - 1 || wire.length === 2 ? 'link' : 'hops',
        facts: { ...named(node), ...(index === 0 ? {} : { behind: named(wire[index - 1]) }) },
        evidence: [
          { code: 'interface-state', facts: { ...named(node), state: link.state } },
          ...(index === 0
            ? []
            : ([{ code: 'carrier', facts: { ...named(wire[0]), carrier: wire[0].link.carrier } }] as const)),
        ],
        fix: await raise(snapshot, node, ends),
      });
      continue;
    }
    const port = bridgePort(snapshot, wire, index, spec);
    if (port !== undefined) findings.push(...(await port));
    findings.push(...macvlan(snapshot, wire, index));
    if (link.protodown) {
      findings.push({
        code: 'protodown',
        step: 'link',
        facts: named(node),
        evidence: [{ code: 'interface-flags', facts: { ...named(node), flags: link.flags } }],
        fix: [setLink(node, 'protodown', 'off')],
      });
    } else if (!link.carrier && link.kind !== 'bridge' && wire.every((member) => member.link.up)) {
      findings.push({
        code: 'no-carrier',
        step: 'link',
        facts: named(node),
        evidence: [{ code: 'interface-flags', facts: { ...named(node), flags: link.flags } }],
        fix: [],
        possible: true,
      });
    }
  }
  return findings;
}

/** A port of a bridge: its state, and whether it passes what this request needs. */
function bridgePort(
  snapshot: Snapshot,
  wire: Wire,
  index: number,
  spec: PacketSpec,
): Promise<Finding[]> | undefined {
  const node = wire[index];
  const master = snapshot.topology.master(node);
  if (master?.link.kind !== 'bridge') return undefined;
  return checkPort(snapshot, wire, node, master, spec);
}

async function checkPort(
  snapshot: Snapshot,
  wire: Wire,
  node: Node,
  bridge: Node,
  { family, reply }: PacketSpec,
): Promise<Finding[]> {
  const { link, namespace } = node;
  const details = link.portDetails;
  const findings: Finding[] = [];
  const fault = (diagnosis: Diagnosis, shown: Observation, fix: Finding['fix']) =>
    findings.push({ ...diagnosis, step: 'hops', evidence: [shown], fix });
  const port = { ...named(node), bridge: bridge.link.name };
  const bridgeSet = (...words: string[]) => bridgeCommand(node, 'link', 'set', 'dev', link.name, ...words);
  const state = String(details.state ?? 'forwarding');
  if (state !== 'forwarding' && bridge.link.up) {
    const spanning = Number(bridge.link.details.stp_state ?? 0) !== 0;
    fault(
      { code: 'bridge-port-state', facts: { ...port, state, spanningTree: spanning } },
      { code: 'bridge-port-state', facts: { ...named(node), state } },
      spanning ? patience(snapshot, bridge) : [bridgeSet('state', '3')],
    );
  }
  if (bridge.link.up === false && !wire.includes(bridge)) {
    fault(
      { code: 'interface-down', facts: { ...named(bridge), bridge: true } },
      { code: 'interface-state', facts: { ...named(bridge), state: bridge.link.state } },
      [setLink(bridge, 'up')],
    );
  }
  const others = wire.filter(
    (member) => member !== node && member.link.master === link.master && member.namespace === namespace,
  );
  for (const otherPort of others) {
    if (
      details.isolated === true &&
      otherPort.link.portDetails.isolated === true &&
      wire.indexOf(otherPort) > wire.indexOf(node)
    ) {
      fault(
        { code: 'bridge-ports-isolated', facts: { ...port, other: otherPort.link.name } },
        { code: 'bridge-port-flag', facts: { ...named(node), flag: 'isolated', isOn: true } },
        [bridgeSet('isolated', 'off')],
      );
    }
  }
  // A station's frames come in by this port if the next interface on the wire is the bridge or another of its ports.
  const previous = wire[wire.indexOf(node) - 1];
  // The next station sends back through this port: its link-layer address, and answers.
  const following = wire[wire.indexOf(node) + 1];
  for (const station of [previous, following]) {
    if (details.locked !== true || station === undefined || station.namespace === namespace) continue;
    const locked = await lockedPort(node, bridge, station, bridgeSet('locked', 'off'));
    // Where its link-layer address is known already, only its answers are lost.
    const way: Pick<Finding, 'place'> =
      station === following && !reply
        ? { place: { way: 'there', lower: -1, upper: Number.POSITIVE_INFINITY } }
        : {};
    findings.push(...locked.map((finding) => ({ ...finding, ...way })));
  }
  if (family === 6 && details.mcast_flood === false && previous?.namespace === namespace) {
    fault(
      { code: 'no-flooding', facts: { ...port, which: 'mcast_flood' } },
      { code: 'bridge-port-flag', facts: { ...named(node), flag: 'mcast_flood', isOn: false } },
      [bridgeSet('mcast_flood', 'on')],
    );
  }
  if (details.bcast_flood === false || details.flood === false) {
    const which = details.bcast_flood === false ? 'bcast_flood' : 'flood';
    findings.push({
      code: 'no-flooding',
      step: 'hops',
      facts: { ...port, which },
      evidence: [{ code: 'bridge-port-flag', facts: { ...named(node), flag: which, isOn: false } }],
      fix: [bridgeSet(which, 'on')],
      ...(which === 'flood' ? { possible: true } : {}),
    });
  }
  if (Number(bridge.link.details.vlan_filtering ?? 0) === 1)
    findings.push(...(await checkVlans(wire, node, bridge)));
  return findings;
}

/** A locked port takes frames only of stations that the bridge has an entry for there (bridge(8), locked). */
async function lockedPort(node: Node, bridge: Node, station: Node, unlock: Command): Promise<Finding[]> {
  let listed: { mac: string; ifname: string; master?: string }[];
  try {
    const text = await runInside(node.namespace.namespace, [
      'bridge',
      '-json',
      'fdb',
      'show',
      'br',
      bridge.link.name,
    ]);
    listed = JSON.parse(text || '[]');
  } catch {
    return [];
  }
  const known = listed.some(
    (entry) =>
      entry.mac === station.link.mac && entry.ifname === node.link.name && entry.master !== undefined,
  );
  if (known) return [];
  return [
    {
      code: 'bridge-port-locked',
      step: 'hops',
      facts: {
        ...named(node),
        bridge: bridge.link.name,
        mac: station.link.mac ?? '?',
        station: named(station),
      },
      evidence: [
        { code: 'bridge-port-flag', facts: { ...named(node), flag: 'locked', isOn: true } },
        { code: 'fdb-entry-absent', facts: { ...named(node), mac: station.link.mac ?? '?' } },
      ],
      fix: [unlock],
    },
  ];
}

/**
 * Spanning tree may be turned off where no second path leads to another bridge: then no loop can form.
 * Elsewhere its timers must run: twice the forward delay, in hundredths of a second (IEEE 802.1D, 8.4).
 */
function patience(snapshot: Snapshot, bridge: Node): Command[] {
  const others = [...snapshot.topology.segment(bridge).keys()].filter(
    (node) => node !== bridge && node.link.kind === 'bridge',
  );
  if (others.length > 0) {
    return [['sleep', String(Math.ceil((2 * Number(bridge.link.details.forward_delay ?? 1500)) / 100))]];
  }
  const waiting = snapshot.topology
    .ports(bridge)
    .filter((port) => /^(listening|learning|blocking)$/.test(String(port.link.portDetails.state)));
  return [
    setLink(bridge, 'type', 'bridge', 'stp_state', '0'),
    ...waiting.map((port) => bridgeCommand(port, 'link', 'set', 'dev', port.link.name, 'state', '3')),
  ];
}

export function bridgeCommand({ namespace }: Node, ...words: string[]) {
  const access = namespace.namespace;
  if (access.enter.length === 0) return ['bridge', ...words];
  if (access.kind === 'named') return ['bridge', '-n', access.label, ...words];
  return commandIn(namespace, 'bridge', ...words);
}

interface VlanListed {
  ifname: string;
  vlans: { vlan: number; vlanEnd?: number; flags?: string[] }[];
}

/** A filtering bridge passes a frame only between ports that are members of its VLAN (IEEE 802.1Q). */
async function checkVlans(wire: Wire, node: Node, bridge: Node): Promise<Finding[]> {
  const mates = wire.filter(
    (candidate) => candidate.link.master === node.link.master && candidate.namespace === node.namespace,
  );
  const otherPort = mates.find((mate) => mate !== node);
  if (otherPort === undefined || mates[0] !== node) return [];
  let listed: VlanListed[];
  try {
    listed = JSON.parse(
      (await runInside(node.namespace.namespace, ['bridge', '-json', 'vlan', 'show'])) || '[]',
    );
  } catch {
    return [];
  }
  const vlansOf = (name: string) => listed.find((port) => port.ifname === name)?.vlans ?? [];
  const untagged = vlansOf(node.link.name).find((vlan) => vlan.flags?.includes('PVID'))?.vlan;
  const otherVlans = vlansOf(otherPort.link.name);
  const member =
    untagged !== undefined &&
    otherVlans.find((vlan) => vlan.vlan <= untagged && untagged <= (vlan.vlanEnd ?? vlan.vlan));
  const otherPvid = otherVlans.find((vlan) => vlan.flags?.includes('PVID'))?.vlan;
  if (member && otherPvid === untagged) return [];
  const fix =
    untagged === undefined
      ? bridgeCommand(
          node,
          'vlan',
          'add',
          'dev',
          node.link.name,
          'vid',
          String(otherPvid ?? 1),
          'pvid',
          'untagged',
        )
      : bridgeCommand(
          otherPort,
          'vlan',
          'add',
          'dev',
          otherPort.link.name,
          'vid',
          String(untagged),
          'pvid',
          'untagged',
        );
  const pvids = {
    ...named(node),
    other: otherPort.link.name,
    ...(untagged === undefined ? {} : { vlan: untagged }),
    ...(otherPvid === undefined ? {} : { otherVlan: otherPvid }),
  };
  return [
    {
      code: 'vlan-mismatch',
      step: 'hops',
      facts: { ...pvids, bridge: bridge.link.name },
      evidence: [{ code: 'pvids', facts: pvids }],
      fix: [fix],
    },
  ];
}

/** A macvlan never talks to the interface below it, and to its siblings only in bridge mode. */
function macvlan(snapshot: Snapshot, wire: Wire, index: number): Finding[] {
  const [node, next, after] = [wire[index], wire[index + 1], wire[index + 2]];
  const isMacvlan = (candidate: Node | undefined) =>
    candidate !== undefined && /^(macvlan|macvtap)$/.test(candidate.link.kind);
  if (
    next === undefined ||
    !(isMacvlan(node) || isMacvlan(next)) ||
    node.link.kind === 'bridge' ||
    next.link.kind === 'bridge'
  )
    return [];
  const upper = isMacvlan(node) ? node : next;
  const lower = upper === node ? next : node;
  const mode = String(upper.link.details.mode ?? '');
  // In source mode frames come up only from the stations listed (ip-link(8), macvlan).
  const sender = upper === next ? wire[0] : undefined;
  const allowed = upper.link.details.macaddr_data as string[] | undefined;
  if (mode === 'source' && sender?.link.mac !== undefined && !(allowed ?? []).includes(sender.link.mac)) {
    return [
      {
        code: 'macvlan-mode',
        step: 'hops',
        facts: {
          ...named(upper),
          mode,
          lower: lower.link.name,
          peer: named(sender),
          peerMac: sender.link.mac,
        },
        evidence: [{ code: 'macvlan-mode', facts: { ...named(upper), mode, allowed: allowed ?? [] } }],
        fix: [
          /^mac(?:vlan|vtap)$/.test(sender.link.kind)
            ? // Among siblings it could not answer either: only in bridge mode do they reach each other.
              setLink(upper, 'type', 'macvlan', 'mode', 'bridge')
            : setLink(upper, 'type', 'macvlan', 'macaddr', 'add', sender.link.mac),
          ...upper.link.addresses
            .filter((assigned) => assigned.scope !== 'link')
            .flatMap((assigned) => forget(snapshot, upper, assigned.address)),
        ],
      },
    ];
  }
  const endsBelow = (lower === next && after === undefined) || (lower === node && index === 0);
  if (endsBelow) {
    return [
      {
        code: 'macvlan-below',
        step: 'hops',
        facts: { ...named(upper), lower: named(lower) },
        evidence: [{ code: 'macvlan-mode', facts: { ...named(upper), mode } }],
        fix: [],
      },
    ];
  }
  if (upper !== node || !isMacvlan(after)) return [];
  // What one sibling sends the other takes bridge mode of both (macvlan_queue_xmit).
  const apart = [upper, after].filter(({ link }) => /^(private|vepa)$/.test(String(link.details.mode)));
  if (apart.length === 0) return [];
  const peer = apart[0] === upper ? after : upper;
  const own = String(apart[0].link.details.mode);
  return [
    {
      code: 'macvlan-mode',
      step: 'hops',
      facts: { ...named(apart[0]), mode: own, lower: lower.link.name, peer: named(peer) },
      evidence: [{ code: 'macvlan-mode', facts: { ...named(apart[0]), mode: own } }],
      fix: apart.map((sibling) => setLink(sibling, 'type', 'macvlan', 'mode', 'bridge')),
    },
  ];
}
