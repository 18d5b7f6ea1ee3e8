// Every interface that packets pass between a namespace and a target, both ways: the points of `nscap trace NS --to TARGET`.
import { NscapError } from '../../errors.ts';
import { discover, type FoundNamespace } from '../../netns/discover.ts';
import type { Node } from '../../netns/topology.ts';
import { type Asked, understand } from '../../why/question.ts';
import { type Journey, walk } from '../../why/walk.ts';
import { World } from '../../why/world.ts';
import type { CapturePoint } from './point.ts';

export interface Path {
  /** In the order in which the packet passes them; those that only answers pass behind. */
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
  const question = await understand(discovery, asked);
  const { from, address, family, protocol, port, understood } = question;
  if (address === undefined) {
    throw new NscapError('NO_ADDRESS', `${asked.target} has no address to send packets to`, {
      hint: `nscap why ${asked.from} ${asked.target} says more`,
    });
  }
  const world = new World(discovery);
  const traveller = {
    family,
    target: address,
    protocol,
    reply: false,
    ...(port === undefined ? {} : { port }),
  };
  const zone = question.zone === undefined ? {} : { zone: question.zone };
  const there = await walk(world, from, traveller, { ...zone });
  const found = new Points();
  found.addAll(there);
  const notes: string[] = [];
  const end = there.arrived?.here ?? home(world, from, question.wanted, address);
  if (there.arrived !== undefined) {
    const { target, source } = there.traveller;
    if (source !== undefined) {
      const back = await walk(
        world,
        there.arrived.here,
        {
          ...traveller,
          source: target,
          target: source,
          reply: true,
          ...(there.traveller.port === undefined ? {} : { port: there.traveller.port }),
        },
        { undo: there.translations, passed: new Set(there.hops.map(({ here }) => here.inode)) },
      );
      found.addAll(back);
    }
  } else if (end !== undefined) {
    const cause = there.findings.at(-1)?.cause;
    notes.push(
      `the way to ${address} ends in ${there.hops.at(-1)!.here.label}${cause === undefined ? '' : `: ${cause}`}; the points behind it are found by wiring`,
    );
    found.addWiring(world, from, end);
  } else notes.push(`no namespace here has ${address}: the last point is where packets leave this machine`);
  if (found.points.length < 2) {
    throw new NscapError(
      'NO_PATH',
      `fewer than two interfaces are on the way from ${from.label} to ${asked.target}`,
      { hint: `nscap why ${asked.from} ${asked.target}${port === undefined ? '' : ` ${port}`} says why` },
    );
  }
  return { points: found.points, address, understood, notes };
}

/** The namespace that has the address, as far as that is known without a way to it. */
function home(
  world: World,
  from: FoundNamespace,
  wanted: FoundNamespace | undefined,
  address: string,
): FoundNamespace | undefined {
  return wanted ?? world.home(from, address)?.namespace;
}

class Points {
  readonly points: CapturePoint[] = [];
  private readonly seen = new Set<string>();

  private add({ label, namespace, inode }: FoundNamespace, device: string): void {
    const key = `${inode} ${device}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.points.push({ namespace: { ...namespace, label }, device, name: `${label}:${device}` });
  }

  addAll({ points }: Journey): void {
    for (const { here, dev } of points) this.add(here, dev);
  }

  /** Interfaces by which frames come from and go to other interfaces by cable: not the bridge itself. */
  addWiring({ topology }: World, from: FoundNamespace, to: FoundNamespace): void {
    const legs = topology.route(from, (node) => node.namespace === to) ?? [];
    for (const { wire } of legs) {
      for (const [at, node] of wire.entries()) {
        if (at === 0 || at === wire.length - 1 || isCabled(topology, wire, at))
          this.add(node.namespace, node.link.name);
      }
    }
  }
}

function isCabled(topology: World['topology'], wire: readonly Node[], at: number): boolean {
  const node = wire[at]!;
  return topology.peer(wire[at - 1]!) === node || topology.peer(node) === wire[at + 1];
}
