// What else may drop packets on an interface: queueing disciplines, traffic control filters, XDP programs.
import { runInside } from '../../netns/inside.ts';
import type { Node } from '../../netns/topology.ts';
import { named } from '../facts/names.ts';
import type { Observation } from '../facts/observations.ts';
import { commandIn, type Finding, setLink } from '../finding.ts';
import type { Snapshot } from '../snapshot.ts';
import { HARMLESS_QUEUES, type Qdisc } from '../state.ts';

/** What is on the interface that may stop packets leaving (`egress`) or coming in (`ingress`). */
export async function checkShaping(
  snapshot: Snapshot,
  node: Node,
  direction: 'ingress' | 'egress',
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { qdiscs } = await snapshot.state(node.namespace);
  const attached = qdiscs.filter((qdisc) => qdisc.dev === node.link.name);
  if (direction === 'ingress' && node.link.xdp) {
    findings.push({
      code: 'xdp-program',
      step: 'hops',
      facts: named(node),
      evidence: [{ code: 'xdp-program', facts: named(node) }],
      fix: [setLink(node, 'xdp', 'off')],
      possible: true,
    });
  }
  if (direction === 'egress') {
    for (const qdisc of attached) {
      if (/^(clsact|ingress)$/.test(qdisc.kind)) continue;
      const finding = HARMLESS_QUEUES.test(qdisc.kind) && !qdisc.moved ? undefined : checkQueue(node, qdisc);
      if (finding !== undefined) findings.push(finding);
    }
  }
  if (
    attached.some((qdisc) => qdisc.kind === 'clsact' || (qdisc.kind === 'ingress' && direction === 'ingress'))
  ) {
    findings.push(...(await checkFilters(node, direction)));
  }
  return findings;
}

function checkQueue(node: Node, qdisc: Qdisc): Finding | undefined {
  const options = qdisc.options ?? {};
  const loss = options['loss-random'] as { loss?: number } | undefined;
  const lossy = Number(loss?.loss ?? 0);
  const drops = qdisc.moved ?? 0;
  const where = qdisc.root || qdisc.parent === undefined ? 'root' : qdisc.parent;
  const fix = [
    tc(node, 'qdisc', 'delete', 'dev', node.link.name, ...(where === 'root' ? ['root'] : ['parent', where])),
  ];
  const evidence: Observation[] = [
    { code: 'qdisc', facts: { ...named(node), qdisc: qdisc.kind, handle: qdisc.handle, dropped: drops } },
  ];
  if (qdisc.kind === 'netem' && lossy > 0) {
    return {
      code: 'netem-loss',
      step: 'hops',
      facts: { ...named(node), percent: lossy <= 1 ? Math.round(lossy * 1000) / 10 : lossy },
      evidence,
      fix,
      ...(lossy >= 1 || drops > 0 ? {} : { possible: true }),
    };
  }
  const rate = Number(options.rate ?? 0);
  return {
    code: 'queue-drops',
    step: 'hops',
    facts: {
      ...named(node),
      qdisc: qdisc.kind,
      dropped: drops,
      ...(rate > 0 ? { bitsPerSecond: rate * 8 } : {}),
    },
    evidence,
    fix,
    ...(drops > 0 ? {} : { possible: true }),
  };
}

interface Filter {
  pref?: number;
  kind?: string;
  options?: {
    actions?: { kind?: string; control_action?: { type?: string }; mirred_action?: string }[];
    'direct-action'?: boolean;
    bytecode?: { length: number; insns: { code: number; k: number }[] };
  };
}

/** Filters of the clsact and ingress hooks: they may drop or send elsewhere. */
async function checkFilters(node: Node, direction: 'ingress' | 'egress'): Promise<Finding[]> {
  let filters: Filter[];
  try {
    const text = await runInside(node.namespace.namespace, [
      'tc',
      '-s',
      '-json',
      'filter',
      'show',
      'dev',
      node.link.name,
      direction,
    ]);
    filters = JSON.parse(text || '[]');
  } catch {
    return [];
  }
  return filters.flatMap((filter) => {
    const action = filter.options?.actions?.find(
      (candidate) =>
        candidate.control_action?.type === 'drop' ||
        candidate.control_action?.type === 'stolen' ||
        candidate.kind === 'mirred',
    );
    const program = filter.kind === 'bpf' && filter.options !== undefined;
    if (action === undefined && !program) return [];
    // A program of a single instruction, RET TC_ACT_SHOT (linux/bpf_common.h, pkt_cls.h), drops everything.
    const insns = filter.options?.bytecode?.insns ?? [];
    const shot =
      insns.length === 1 &&
      insns[0].code === 6 &&
      insns[0].k === 2 &&
      filter.options!['direct-action'] === true;
    const does = shot
      ? 'drops'
      : action === undefined
        ? 'runs-program'
        : action.kind === 'mirred'
          ? 'redirects'
          : 'drops';
    return [
      {
        code: 'tc-filter' as const,
        step: 'hops' as const,
        facts: { ...named(node), filter: filter.kind ?? '?', direction, pref: filter.pref, does },
        evidence: [{ code: 'tc-filter' as const, facts: { ...named(node), direction } }],
        fix: [tc(node, 'filter', 'delete', 'dev', node.link.name, direction, 'pref', String(filter.pref))],
        ...(shot ? {} : { possible: true }),
      },
    ];
  });
}

function tc({ namespace }: Node, ...words: string[]) {
  const access = namespace.namespace;
  if (access.enter.length === 0) return ['tc', ...words];
  return access.kind === 'named'
    ? ['tc', '-n', access.label, ...words]
    : commandIn(namespace, 'tc', ...words);
}
