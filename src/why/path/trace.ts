// The state of a path trace: the packet's current form, the namespace it is in, and what was found so far.
import type { FoundNamespace } from '../../netns/discover.ts';
import type { Node } from '../../netns/topology.ts';
import type { TtlOrigin } from '../checks/time-to-live.ts';
import type { Translation } from '../checks/translation.ts';
import type { RuleVerdict } from '../evaluate-rules.ts';
import type { Disagreement } from '../facts/remarks.ts';
import { blocks, type Finding, type Place } from '../finding.ts';
import type { Hop, PacketSpec, Point } from '../packet.ts';
import type { Sighting } from '../sightings.ts';
import type { RouteAnswer, Snapshot } from '../snapshot.ts';

export interface Path {
  hops: Hop[];
  findings: Finding[];
  /** The namespace and interface it arrived at; undefined where the way ends before. */
  arrived?: Hop;
  /** The spec at the end: addresses translated on the way, and the source the kernel picked. */
  spec: PacketSpec;
  /** Translations, so that the answer can be followed back. */
  translations: Translation[];
  /** The interfaces passed, in order: where captures may have seen the packet. */
  points: Point[];
  /** Where captures showed something else than the rules and routes read. */
  disagreements: Disagreement[];
  /** Marks that rules gave the connection, by the namespace's inode. */
  connectionMarks: Map<number, number>;
}

export interface TraceOptions {
  targetNamespace?: FoundNamespace;
  /** The translations that an answer meets on its way back. */
  undo?: Path['translations'];
  /** Inodes of the namespaces that the request passed: their connection trackers know it. */
  passed?: ReadonlySet<number>;
  zone?: string;
  /** Of an answer: the marks that the request's connection has in the namespaces that it passed, by inode. */
  connectionMarks?: ReadonlyMap<number, number>;
  depth?: number;
  /** The VXLAN that sends the packet. */
  tunnel?: Node;
  /** The packet as captures saw it: what it did comes before what it should have done. */
  observed?: readonly Sighting[];
}

export class Trace {
  readonly snapshot: Snapshot;
  readonly start: FoundNamespace;
  readonly options: TraceOptions;
  readonly path: Path;
  /** The packet in its current form, and in its original one. */
  readonly now: PacketSpec;
  readonly asked: PacketSpec;
  here: FoundNamespace;
  ingress: Node | undefined;
  readonly visited = new Set<string>();
  ttl: TtlOrigin = { kind: 'setting' };
  /** A raw chain's notrack holds for the rest of the way through this namespace, and so do marks. */
  untracked = false;
  untracker: RuleVerdict['untracker'];
  status: ('dnat' | 'snat')[] = [];
  /** The kinds of the addresses that this namespace itself has. */
  types = new Map<string, string>();
  /** Where the kernel of this namespace sends it. */
  answer: Exclude<RouteAnswer, { kind: 'none' }> = { kind: 'local' };

  constructor(snapshot: Snapshot, start: FoundNamespace, spec: PacketSpec, options: TraceOptions) {
    this.snapshot = snapshot;
    this.start = start;
    this.options = options;
    this.here = start;
    this.asked = { ...spec };
    this.path = {
      hops: [],
      findings: [],
      spec: { ...spec },
      translations: [],
      points: [],
      disagreements: [],
      connectionMarks: new Map(options.connectionMarks),
    };
    this.now = this.path.spec;
  }

  get way(): Place['way'] {
    return this.now.reply ? 'back' : 'there';
  }

  /** Whether something on this way surely stops the packet; what only its answer will meet does not. */
  stopped(): boolean {
    return this.path.findings.some(
      (finding) => !finding.possible && blocks(finding) && finding.place?.way === this.way,
    );
  }

  /** Notes findings of this namespace: the packet came in, or began, here and did not get out. */
  note(findings: readonly Finding[], upper?: number): void {
    const inside = this.lastPoint();
    this.noteBetween(findings, inside, upper ?? inside);
  }

  /** Notes findings, and between which points the packet is lost for those that do not say so themselves. */
  noteBetween(findings: readonly Finding[], lower: number, upper: number): void {
    const { way } = this;
    for (const finding of findings)
      this.path.findings.push({ ...finding, place: finding.place ?? { way, lower, upper } });
  }

  /** Index of the last point that is sure to be passed; -1 before the first. */
  lastPoint(): number {
    return this.path.points.length - 1;
  }

  /** The last point before this namespace's own link: a packet that waits for an address goes no further. */
  enteredFrom(): number {
    const { points } = this.path;
    let index = points.length - 1;
    while (
      index >= 0 &&
      !(points[index].direction === 'out' && points[index].here === this.path.hops.at(-2)?.here)
    )
      index -= 1;
    return Math.max(index - 1, -1);
  }

  /** Where the requested packet left this namespace, as captures saw it. */
  observedExit(): Sighting | undefined {
    return this.options.observed?.find(
      (sighting) =>
        sighting.role === (this.now.reply ? 'answer' : 'request') &&
        sighting.here.inode === this.here.inode &&
        sighting.direction === 'out' &&
        sighting.dev !== this.ingress?.link.name,
    );
  }
}
