// Where everything lies: placed by ELK's layered algorithm (elkjs), in units of one character cell.
import type { ELKConstructorArguments, ELK as Elk, ElkExtendedEdge, ElkNode } from 'elkjs';
import type { MapCable, NetworkMap } from '../../netns/map.ts';
import { columns, type Layout, type PlacedBox, type PlacedCable, type Rectangle } from './placement.ts';
import { layOutTree } from './tree-layout.ts';

/** Distances in cells. ELK wants them anew for each level of boxes. */
const SPACING = {
  'elk.layered.spacing.nodeNodeBetweenLayers': '6',
  'elk.layered.spacing.edgeNodeBetweenLayers': '3',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '2',
  'elk.spacing.nodeNode': '1',
  'elk.spacing.edgeNode': '1',
  'elk.spacing.edgeEdge': '1',
  'elk.spacing.componentComponent': '2',
  'elk.spacing.portPort': '1',
};

const OPTIONS = {
  ...SPACING,
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.padding': '[top=0,left=0,bottom=0,right=0]',
  // A terminal's cell is twice as high as wide, and a window wider than high.
  'elk.aspectRatio': '4',
};

/** More boxes than this are laid out as trees: ELK takes seconds for them. */
const MANY = 30;

/** Places boxes and cables. The layout library is loaded only here: it is large. */
export async function layOut(map: NetworkMap): Promise<Layout> {
  if (map.boxes.length > MANY) return layOutTree(map);
  // A CommonJS module whose type says that it has a default, and whose code says that it is one.
  const elk = new (
    (await import('elkjs')).default as unknown as new (
      options?: ELKConstructorArguments,
    ) => Elk
  )();
  const degree = new Map<string, number>();
  for (const { from, to } of map.cables) {
    for (const id of [from, to]) degree.set(id, (degree.get(id) ?? 0) + 1);
  }
  const children: ElkNode[] = map.boxes.map((box) => ({
    id: box.id,
    layoutOptions: {
      ...SPACING,
      // The border with the title above, the notes and the border below.
      'elk.padding': `[top=1,left=3,bottom=${1 + box.notes.length},right=3]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${Math.max(columns(box.title) + 6, ...box.notes.map((note) => columns(note) + 4))}, ${2 + box.notes.length})`,
    },
    children: box.interfaces.map((one) => ({
      id: one.id,
      width: Math.max(...one.lines.map(columns)) + 4,
      // A row for each line of text, and for each cable.
      height: Math.max(one.lines.length, degree.get(one.id) ?? 0) + 2,
    })),
  }));
  const edges: ElkExtendedEdge[] = map.cables.map((cable, at) => ({
    id: `cable${at}`,
    sources: [cable.from],
    targets: [cable.to],
  }));
  const placed = await elk.layout({
    id: 'map',
    children,
    edges,
    layoutOptions: OPTIONS,
  });
  return convert(map, placed);
}

function convert(map: NetworkMap, placed: ElkNode): Layout {
  const origins = new Map<string, { x: number; y: number }>([['map', { x: 0, y: 0 }]]);
  const boxes = (placed.children ?? []).map((child, at): PlacedBox => {
    const { x = 0, y = 0 } = child;
    origins.set(child.id, { x, y });
    const box = map.boxes[at];
    return {
      box,
      ...cells({ x, y, width: child.width ?? 0, height: child.height ?? 0 }),
      interfaces: (child.children ?? []).map((inner, index) => ({
        interface: box.interfaces[index],
        ...cells({
          x: x + (inner.x ?? 0),
          y: y + (inner.y ?? 0),
          width: inner.width ?? 0,
          height: inner.height ?? 0,
        }),
      })),
    };
  });
  const borders = new Map(
    boxes.flatMap((box) => box.interfaces.map((one) => [one.interface.id, one] as const)),
  );
  const edges = [placed, ...(placed.children ?? [])].flatMap((one) => one.edges ?? []) as (ElkExtendedEdge & {
    container?: string;
  })[];
  const cables = edges.flatMap((edge): PlacedCable[] => {
    const cable = map.cables[Number(edge.id.slice('cable'.length))];
    const origin = origins.get(edge.container ?? 'map') ?? { x: 0, y: 0 };
    return (edge.sections ?? []).map((section) => ({
      cable,
      points: squared(
        [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map((point) =>
          onBorder(borders, { x: Math.round(origin.x + point.x), y: Math.floor(origin.y + point.y) }, cable),
        ),
      ),
    }));
  });
  return { width: Math.ceil(placed.width ?? 0), height: Math.ceil(placed.height ?? 0), boxes, cables };
}

/** Rounding may leave a part slanted by one cell: it becomes a corner. */
function squared(points: { x: number; y: number }[]): { x: number; y: number }[] {
  return points.flatMap((point, at) => {
    const next = points[at + 1];
    return next === undefined || next.x === point.x || next.y === point.y
      ? [point]
      : [point, { x: next.x, y: point.y }];
  });
}

/** A line that ends at the right edge of an interface ends on its border: the last of its columns. */
function onBorder(borders: Map<string, Rectangle>, point: { x: number; y: number }, { from, to }: MapCable) {
  for (const id of [from, to]) {
    const { x, y, width, height } = borders.get(id)!;
    if (point.x === x + width && point.y > y && point.y < y + height - 1)
      return { x: point.x - 1, y: point.y };
  }
  return point;
}

/** Whole cells: both borders are rounded alike, so that what touched still touches. */
function cells({ x, y, width, height }: Rectangle): Rectangle {
  const left = Math.round(x);
  const top = Math.round(y);
  return { x: left, y: top, width: Math.round(x + width) - left, height: Math.round(y + height) - top };
}
