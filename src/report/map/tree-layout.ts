// Where everything of a large map lies: each connected part as a tree that grows to the right from its best connected
// namespace, each interface beside its peer. Linear in the size of the map, where ELK takes seconds for 100 namespaces.
import type { MapBox, MapCable, NetworkMap } from '../../netns/map.ts';
import { columns, type Layout, type PlacedBox, type PlacedCable, type Rectangle } from './placement.ts';

/** Columns between two layers, more where a label needs them, and more for each line that turns. */
const CHANNEL = 6;
const TRACK = 2;
/** Columns from a box's border to its interfaces. */
const PADDING = 3;
/** Columns that parts of the map fill side by side before the next ones go below. */
const SHELF = 160;

/** A box on its way to its place. */
interface Node extends Rectangle {
  box: MapBox;
  number: number;
  layer: number;
  /** Columns that lines between its own interfaces take. */
  buses: number;
  interfaces: PlacedBox['interfaces'];
  /** The cable that leads to it from the layer before. */
  trunk: MapCable | undefined;
  children: Node[];
}

interface Turn {
  cable: MapCable;
  /** The layer that the line is drawn behind, and its track there. */
  layer: number;
  track: number;
  ends: [End, End];
}

interface End {
  rectangle: Rectangle;
  row: number;
  side: 'left' | 'right';
}

/** Places boxes and cables. */
export function layOutTree(map: NetworkMap): Layout {
  const tree = new Tree(map);
  const boxes: PlacedBox[] = [];
  const cables: PlacedCable[] = [];
  let [x, y, below, width] = [0, 0, 0, 0];
  for (const root of tree.roots) {
    const part = tree.place(root);
    if (x > 0 && x + part.width > Math.max(SHELF, width)) [x, y] = [0, below + 1];
    for (const one of part.boxes) boxes.push(moved(one, x, y));
    for (const { cable, points } of part.cables)
      cables.push({ cable, points: points.map((point) => ({ x: point.x + x, y: point.y + y })) });
    width = Math.max(width, x + part.width);
    below = Math.max(below, y + part.height);
    x += part.width + TRACK;
  }
  return { width, height: below, boxes, cables };
}

function moved(placed: PlacedBox, x: number, y: number): PlacedBox {
  const move = <T extends Rectangle>(one: T): T => ({ ...one, x: one.x + x, y: one.y + y });
  return { ...move(placed), interfaces: placed.interfaces.map(move) };
}

class Tree {
  readonly roots: Node[] = [];
  private readonly nodes: Node[];
  private readonly owner = new Map<string, Node>();
  private readonly rectangles = new Map<string, Rectangle>();
  /** Rows of each interface that lines already take. */
  private readonly taken = new Map<string, number>();
  private readonly cablesOf = new Map<Node, MapCable[]>();

  constructor({ boxes, cables }: NetworkMap) {
    this.nodes = boxes.map((box, number) => ({
      ...{ box, number, layer: 0, buses: 0, interfaces: [], trunk: undefined, children: [] },
      ...{ x: 0, y: 0, width: 0, height: 0 },
    }));
    for (const node of this.nodes) for (const { id } of node.box.interfaces) this.owner.set(id, node);
    const degree = new Map<string, number>();
    for (const cable of cables) {
      const ends = new Set(this.ends(cable));
      if (ends.size === 2) for (const id of [cable.from, cable.to]) degree.set(id, (degree.get(id) ?? 0) + 1);
      for (const node of ends) {
        const known = this.cablesOf.get(node);
        if (known === undefined) this.cablesOf.set(node, [cable]);
        else known.push(cable);
      }
    }
    for (const node of this.nodes) this.measure(node, degree);
    this.grow();
  }

  /** The part of the map that grows from this box. */
  place(root: Node): Layout {
    const nodes: Node[] = [];
    const height = this.stack(root, 0, nodes);
    const turns: Turn[] = [];
    const inner: [Node, MapCable][] = [];
    const layers = Math.max(...nodes.map((node) => node.layer)) + 1;
    const tracks = new Array<number>(layers).fill(0);
    for (const cable of new Set(nodes.flatMap((node) => this.cablesOf.get(node) ?? []))) {
      const [one, other] = this.ends(cable) as [Node, Node];
      if (one === other) inner.push([one, cable]);
      else turns.push(this.turn(cable, one, other, tracks));
    }
    const channels = new Array<number>(layers).fill(CHANNEL);
    for (const { cable, layer } of turns)
      channels[layer] = Math.max(channels[layer], columns(cable.label ?? '') + 4);
    const starts = this.setColumns(nodes, channels, tracks);
    const cables = [
      ...turns.map((turn) => lineOf(turn, starts)),
      ...inner.map(([node, cable]) => this.busLine(node, cable)),
    ];
    const boxes = nodes.map(
      ({ box, x, y, width, height, interfaces }): PlacedBox => ({ box, x, y, width, height, interfaces }),
    );
    return { width: starts.at(-1)!, height, boxes, cables };
  }

  private ends({ from, to }: MapCable): Node[] {
    return [this.owner.get(from)!, this.owner.get(to)!];
  }

  /** Sizes of a box and its interfaces; where they lie comes later. */
  private measure(node: Node, degree: ReadonlyMap<string, number>): void {
    node.interfaces = node.box.interfaces.map((one) => ({
      interface: one,
      x: 0,
      y: 0,
      width: Math.max(...one.lines.map(columns)) + 4,
      // A row for each line of text, and for each cable that leaves the box.
      height: Math.max(one.lines.length, degree.get(one.id) ?? 0) + 2,
    }));
    for (const one of node.interfaces) this.rectangles.set(one.interface.id, one);
    const own = (this.cablesOf.get(node) ?? []).filter((cable) =>
      this.ends(cable).every((one) => one === node),
    );
    node.buses = new Set(own.map(busOf)).size;
    const { title, notes } = node.box;
    node.width = Math.max(
      columns(title) + 6,
      ...notes.map((note) => columns(note) + 4),
      ...node.interfaces.map((one) => one.width + 2 * PADDING + TRACK * node.buses),
    );
  }

  /** Finds the parts and their layers, breadth first from the box with the most cables. */
  private grow(): void {
    const reached = new Set<Node>();
    const count = (node: Node) => this.cablesOf.get(node)?.length ?? 0;
    for (const root of this.nodes.toSorted(
      (one, other) => count(other) - count(one) || one.number - other.number,
    )) {
      if (reached.has(root)) continue;
      reached.add(root);
      this.roots.push(root);
      const queue = [root];
      for (const node of queue) {
        for (const cable of this.cablesOf.get(node) ?? []) {
          const next = this.ends(cable).find((one) => one !== node);
          if (next === undefined || reached.has(next)) continue;
          reached.add(next);
          Object.assign(next, { layer: node.layer + 1, trunk: cable });
          node.children.push(next);
          queue.push(next);
        }
      }
    }
  }

  /** Puts a box at a row, and what hangs on it beside it. Answers the first row behind all of them. */
  private stack(node: Node, top: number, nodes: Node[]): number {
    nodes.push(node);
    node.y = top;
    const { trunk, children, interfaces, box } = node;
    const isTrunk = (id: string) => trunk !== undefined && (trunk.from === id || trunk.to === id);
    // The interface towards the layer before is the first: it lies beside its peer.
    const order = interfaces.toSorted(
      (one, other) => Number(isTrunk(other.interface.id)) - Number(isTrunk(one.interface.id)),
    );
    let row = top + 1;
    let free = top;
    for (const one of order) {
      const { id } = one.interface;
      const hanging = children.filter((child) => child.trunk!.from === id || child.trunk!.to === id);
      one.y = hanging.length === 0 ? row : Math.max(row, free + 1);
      row = one.y + one.height;
      for (const child of hanging) free = this.stack(child, Math.max(free, one.y - 1), nodes) + 1;
    }
    node.height = row - top + box.notes.length + 1;
    return Math.max(top + node.height, free - 1);
  }

  private end(id: string, side: End['side']): End {
    const rectangle = this.rectangles.get(id)!;
    const used = this.taken.get(id) ?? 0;
    this.taken.set(id, used + 1);
    return { rectangle, row: rectangle.y + 1 + used, side };
  }

  /** A line between two boxes: straight where both ends are at one height, else by a track of its own. */
  private turn(cable: MapCable, one: Node, other: Node, tracks: number[]): Turn {
    const [left, right] = one.layer <= other.layer ? [cable.from, cable.to] : [cable.to, cable.from];
    const layer = Math.min(one.layer, other.layer);
    const ends: [End, End] = [
      this.end(left, 'right'),
      this.end(right, one.layer === other.layer ? 'right' : 'left'),
    ];
    const isStraight = ends[0].row === ends[1].row && one.layer !== other.layer;
    return { cable, layer, ends, track: isStraight ? 0 : tracks[layer]!++ };
  }

  /** Gives boxes and interfaces their columns. Answers where the channel behind each layer begins, and the width. */
  private setColumns(
    nodes: readonly Node[],
    channels: readonly number[],
    tracks: readonly number[],
  ): number[] {
    const layers = channels.length;
    const widths = new Array<number>(layers).fill(0);
    for (const { layer, width } of nodes) widths[layer] = Math.max(widths[layer], width);
    const starts: number[] = [];
    const lefts: number[] = [];
    let x = 0;
    for (let layer = 0; layer < layers; layer++) {
      lefts.push(x);
      x += widths[layer];
      starts.push(x);
      const isLast = layer === layers - 1;
      x += (isLast ? (tracks[layer] > 0 ? TRACK : 0) : channels[layer]) + TRACK * tracks[layer];
    }
    for (const node of nodes) {
      node.x = lefts[node.layer];
      for (const one of node.interfaces) one.x = node.x + PADDING + TRACK * node.buses;
    }
    return [...starts, x];
  }

  /** A line between interfaces of one box, left of them; lines to the same bridge share it. */
  private busLine(node: Node, cable: MapCable): PlacedCable {
    const own = (this.cablesOf.get(node) ?? []).filter((one) => this.ends(one).every((end) => end === node));
    const bus = [...new Set(own.map(busOf))].indexOf(busOf(cable));
    const x = node.x + PADDING - 1 + TRACK * bus;
    const [from, to] = [this.rectangles.get(cable.from)!, this.rectangles.get(cable.to)!];
    const [start, end] = [from.y + 1, to.y + 1];
    return {
      cable,
      points: [
        { x: from.x, y: start },
        { x, y: start },
        { x, y: end },
        { x: to.x, y: end },
      ],
    };
  }
}

/** What a cable inside a box shares its line with: the others to the same bridge, unless it is broken. */
function busOf({ from, to, broken }: MapCable): string {
  return broken ? `${from} ${to}` : to;
}

function lineOf({ cable, layer, track, ends: [one, other] }: Turn, starts: readonly number[]): PlacedCable {
  const edge = ({ rectangle, row, side }: End) => ({
    x: side === 'left' ? rectangle.x : rectangle.x + rectangle.width - 1,
    y: row,
  });
  const [from, to] = [edge(one), edge(other)];
  if (from.y === to.y) return { cable, points: [from, to] };
  const x = starts[layer] + TRACK * (track + 1);
  return { cable, points: [from, { x, y: from.y }, { x, y: to.y }, to] };
}
