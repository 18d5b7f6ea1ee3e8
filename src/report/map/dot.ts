// The map for Graphviz: `nscap map --dot | dot -Tsvg`.
import type { NetworkMap } from '../../netns/map.ts';

export function mapDot({ boxes, cables }: NetworkMap): string {
  const lines = [
    'graph namespaces {',
    '  rankdir=LR;',
    '  compound=true;',
    '  node [shape=box, fontname="monospace"];',
  ];
  for (const box of boxes) {
    lines.push(`  subgraph ${quote(`cluster_${box.id}`)} {`);
    lines.push(`    label=${quote([box.title, ...box.notes].join('\n'))};`);
    if (box.broken) lines.push('    color=red;');
    // Graphviz leaves empty clusters out.
    if (box.interfaces.length === 0) lines.push(`    ${quote(`${box.id}/none`)} [style=invis, label=""];`);
    for (const one of box.interfaces) {
      lines.push(
        `    ${quote(one.id)} [label=${quote(one.lines.join('\n'))}${one.broken ? ', color=red' : ''}];`,
      );
    }
    lines.push('  }');
  }
  for (const cable of cables) {
    const attributes = [
      ...(cable.label === undefined ? [] : [`label=${quote(cable.label)}`]),
      ...(cable.broken ? ['color=red', 'style=dashed'] : cable.kind === 'vxlan' ? ['style=dotted'] : []),
    ];
    lines.push(
      `  ${quote(cable.from)} -- ${quote(cable.to)}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`};`,
    );
  }
  return `${lines.join('\n')}\n}\n`;
}

/** A quoted string of the DOT language: only quotes and backslashes mean something in it. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
