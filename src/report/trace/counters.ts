// What counters grew by while a trace ran, for losses in a place of which the kernel reports no drop event.
import type { DropEvent } from '../../drops/event.ts';
import { ruleText } from '../../drops/nft/listing.ts';

/** A sentence for each namespace: `counters of router: rule inet filter forward handle 5 +100, tx_dropped of dmz +3`. */
export function counterNotes(grown: readonly DropEvent[]): string[] {
  const namespaces = new Map<string, string[]>();
  for (const event of grown) {
    const name = event.namespace?.name ?? 'the machine';
    const known = namespaces.get(name) ?? [];
    known.push(`${counterText(event)} +${event.count}`);
    namespaces.set(name, known);
  }
  return [...namespaces].map(([name, counters]) => `counters of ${name}: ${counters.join(', ')}`);
}

function counterText({ counter, interface: device, rule }: DropEvent): string {
  if (rule !== undefined) return `rule ${ruleText(rule)}`;
  return device === undefined ? String(counter) : `${counter} of ${device.name}`;
}
