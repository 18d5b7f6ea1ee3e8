// Every interface that packets pass between a namespace and a target, both ways: the points of `nscap trace NS --to TARGET`.

import { NscapError } from '../../errors.ts';
import { discover, type FoundNamespace } from '../../netns/discover.ts';
import { familyOf } from '../../netns/prefix.ts';
import { type Node, remoteOf } from '../../netns/topology.ts';
import { causeText } from '../../report/why/sentences.ts';
import { type Asked, understand } from '../../why/request.ts';
import { Snapshot } from '../../why/snapshot.ts';
import { type Path as TracedPath, tracePath } from '../../why/trace-path.ts';
import type { CapturePoint } from './point.ts';

/** Port of VXLAN (RFC 7348), and tunnels within tunnels that are followed. */
const VXLAN_PORT = 4789;
const MOST_TUNNELS = 3;

interface Path {
  /** In the order in which the packet passes them; those passed only by answers come after them. */
  points: CapturePoint[];
  /** The target's address, and what it was given as. */
  address: string;
  understood: string;
  /** What may be missing, in sentences. */
  notes: string[];
}

/**
 * Finds them by what the kernel of each namespace answers for routes, and by its rules for NAT; where that way ends before
 * the target, as a packet filter may have it, the wiring alone leads on.
 * @throws NscapError UNKNOWN_NAMESPACE, UNKNOWN_TARGET, NO_ADDRESS, NOT_PERMITTED; NO_PATH where not even two interfaces are on it
 */
export async function pathPoints(asked: Asked): Promise<Path> {
  const discovery = await discover();
  const request = await understand(discovery, asked);
  const { asker, address, family, protocol, port, understood } = request;
  if (address === undefined) {
    throw new NscapError('NO_ADDRESS', `${asked.target} has no address to send packets to`, {
      hint: `nscap why ${asked.from} ${asked.target} says more`,
    });
  }
  const snapshot = new Snapshot(discovery);
  const spec = {
    family,
    target: address,
    protocol,
    reply: false,
    ...(port === undefined ? {} : { port }),
  };
  const there = await tracePath(
    snapshot,
    asker,
    spec,
    request.zone === undefined ? {} : { zone: request.zone },
  );
  const found = new Points(snapshot);
  await found.follow(there);
  const notes: string[] = [];
  if (there.arrived !== undefined) {
    const back = await wayBack(snapshot, there);
    if (back !== undefined) await found.follow(back);
  } else {
    const last = there.hops.at(-1)!.here;
    // NAT may have given it another target before its way ended.
    const owner = snapshot.home(last, there.spec.target)?.namespace ?? request.targetNamespace;
    const cause = there.findings.at(-1);
    if (owner === undefined)
      notes.push(`no namespace here has ${address}: the last point is where packets leave this machine`);
    else {
      notes.push(
        `the way to ${address} ends in ${last.label}${cause === undefined ? '' : `: ${causeText(cause)}`}; the points after it are found by wiring`,
      );
      found.addWiring(last, owner);
    }
  }
  if (found.points.length < 2) {
    throw new NscapError(
      'NO_PATH',
      `fewer than two interfaces are on the way from ${asker.label} to ${asked.target}`,
      { hint: `nscap why ${asked.from} ${asked.target}${port === undefined ? '' : ` ${port}`} says why` },
    );
  }
  return { points: found.points, address, understood, notes };
}

/** The way of the answer to a packet that arrived; undefined where its source is not known. */
async function wayBack(snapshot: Snapshot, there: TracedPath): Promise<TracedPath | undefined> {
  const { source, target } = there.spec;
  if (source === undefined) return undefined;
  const answer = { ...there.spec, source: target, target: source, reply: true };
  delete answer.ttl;
  delete answer.mark;
  return tracePath(snapshot, there.arrived!.here, answer, {
    undo: there.translations,
    passed: new Set(there.hops.map(({ here }) => here.inode)),
  });
}

class Points {
  readonly points: CapturePoint[] = [];
  private readonly seen = new Set<string>();
  private readonly snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  private add({ label, namespace, inode }: FoundNamespace, device: string): void {
    const key = `${inode} ${device}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.points.push({ namespace: { ...namespace, label }, device, name: `${label}:${device}` });
  }

  /** The interfaces of a way, and of what carries it. `depth`: tunnels around it. */
  async follow({ points, hops }: TracedPath, depth = 0): Promise<void> {
    const nodes = hops.flatMap(({ wire, exit }) => wire ?? (exit === undefined ? [] : [exit]));
    for (const { here, dev } of points) {
      const node = nodes.find(({ namespace, link }) => namespace === here && link.name === dev);
      const isEntry = node !== undefined && this.seen.has(`${here.inode} ${dev}`);
      this.add(here, dev);
      if (node !== undefined && !isEntry) await this.carrier(node, depth);
    }
  }

  /** What carries the frames of a VXLAN or VLAN: packets to its other end, or the interface that it lies on. */
  private async carrier(node: Node, depth: number): Promise<void> {
    const { snapshot } = this;
    const { link, namespace } = node;
    const remote = remoteOf(node);
    if (link.kind === 'vxlan' && remote !== undefined && depth < MOST_TUNNELS) {
      const outer = {
        family: familyOf(remote)!,
        target: remote,
        protocol: 'udp' as const,
        port: Number(link.details.port ?? VXLAN_PORT),
        reply: false,
      };
      await this.follow(await tracePath(snapshot, namespace, outer), depth + 1);
    } else if (/^(vlan|macvlan|ipvlan)$/.test(link.kind)) {
      const lower = snapshot.topology.peer(node);
      if (lower !== undefined) this.add(lower.namespace, lower.link.name);
    }
  }

  /** Interfaces by which frames come from and go to other interfaces by cable: not the bridge itself. */
  addWiring(from: FoundNamespace, to: FoundNamespace): void {
    const { topology } = this.snapshot;
    const legs = topology.route(from, (node) => node.namespace === to) ?? [];
    for (const { wire } of legs) {
      for (const [at, node] of wire.entries()) {
        if (at === 0 || at === wire.length - 1 || isCabled(topology, wire, at))
          this.add(node.namespace, node.link.name);
      }
    }
  }
}

function isCabled(topology: Snapshot['topology'], wire: readonly Node[], at: number): boolean {
  const node = wire[at];
  return topology.peer(wire[at - 1]) === node || topology.peer(node) === wire[at + 1];
}
