// What counters grew by while a trace ran, for losses in a place of which the kernel reports no drop event.
import type { DropEvent } from '../../drops/event.ts';
import { ruleText } from '../../drops/nft/listing.ts';
import type { Trace } from '../../trace/trace.ts';

/** A counter of dropped packets that grew. */
export interface CounterReport {
  namespace: string;
  /** Where it is of an interface that is a point. */
  point: string | null;
  /** Of a rule of a packet filter, an interface, a socket, or of a protocol of the namespace. */
  kind: 'rule' | 'interface' | 'socket' | 'protocol';
  /** `rx_dropped`, `UdpNoPorts`, or the rule. */
  name: string;
  interface: string | null;
  before: number;
  after: number;
  difference: number;
  /**
   * The hop whose losses this rule accounts for: the rule alone dropped packets in the namespace, and as many as were lost
   * there at that hop alone. That is derived from the two numbers; of the single packets it may not be known.
   */
  accountsFor: { from: string; to: string } | null;
}

/** Of counters as openCounters (drops/counters) has them. */
export function counterReports(trace: Trace, grown: readonly DropEvent[]): CounterReport[] {
  return grown.map((event) => {
    const { rule, counter, interface: device, socket, count, total = count } = event;
    const namespace = event.namespace?.name ?? 'the machine';
    const name = `${namespace}:${device?.name}`;
    return {
      namespace,
      point: trace.points.some((point) => point.name === name) ? name : null,
      kind:
        rule !== undefined
          ? 'rule'
          : device !== undefined
            ? 'interface'
            : socket !== undefined
              ? 'socket'
              : 'protocol',
      name: rule === undefined ? String(counter) : ruleText(rule),
      interface: device?.name ?? null,
      before: total - count,
      after: total,
      difference: count,
      accountsFor: rule === undefined ? null : accountedHop(trace, grown, event),
    };
  });
}

function accountedHop(
  { hops, points }: Trace,
  grown: readonly DropEvent[],
  { namespace, count }: DropEvent,
): CounterReport['accountsFor'] {
  const rules = grown.filter((one) => one.rule !== undefined && one.namespace?.inode === namespace?.inode);
  const lossy = hops
    .all()
    .filter(({ from, lost }) => lost > 0 && points[from].name.startsWith(`${namespace?.name}:`));
  if (rules.length !== 1 || lossy.length !== 1 || lossy[0].lost !== count) return null;
  return { from: points[lossy[0].from].name, to: points[lossy[0].to].name };
}

/** A sentence for each namespace: `counters of router: rule inet filter forward handle 5 +100, tx_dropped of dmz +3`. */
export function counterNotes(counters: readonly CounterReport[]): string[] {
  const namespaces = new Map<string, string[]>();
  for (const one of counters) {
    const known = namespaces.get(one.namespace) ?? [];
    known.push(`${counterText(one)} +${one.difference}`);
    namespaces.set(one.namespace, known);
  }
  const notes = [...namespaces].map(([name, texts]) => `counters of ${name}: ${texts.join(', ')}`);
  for (const { accountsFor, name, difference } of counters) {
    if (accountsFor === null) continue;
    const { from, to } = accountsFor;
    notes.push(
      `rule ${name} dropped as many as were lost between ${from} and ${to}, by its counter: ${difference}`,
    );
  }
  return notes;
}

function counterText({ kind, name, interface: device }: CounterReport): string {
  if (kind === 'rule') return `rule ${name}`;
  return device === null ? name : `${name} of ${device}`;
}
