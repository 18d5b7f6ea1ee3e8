// Dropped packets as text and JSON.
import { escapeControls } from '../base/escape-controls.ts';
import type { Moment } from '../base/interface.ts';
import { dropComment } from '../drops/batch.ts';
import type { DropEvent, DropTotals, Rule, Way } from '../drops/event.ts';
import { harmlessBecause } from '../drops/harmless.ts';
import { legacyTool, ruleText } from '../drops/nft/listing.ts';
import { explainReason } from '../drops/reasons.ts';
import { socketText } from '../drops/sockets.ts';
import { drawColumns } from './table.ts';

/** `b:veth1`: where it was dropped, as far as that is known. */
function place({ namespace, interface: device }: Pick<DropEvent, 'namespace' | 'interface'>): string {
  return device === undefined ? (namespace?.name ?? '') : `${namespace?.name ?? '?'}:${device.name}`;
}

/** What stands behind a packet's line: ` [dropped: NO_SOCKET in tcp_v4_rcv, b:veth1 in]`. */
export function dropRemark(event: DropEvent): string {
  const where = [place(event), event.direction].filter(Boolean).join(' ');
  return escapeControls(` [${dropComment(event)}${where === '' ? '' : `, ${where}`}]`);
}

/** The line of an event without a packet, behind its time. */
export function countRemark(event: DropEvent): string {
  const { count, counter } = event;
  const counted = counter === undefined ? '' : ` [counter ${counter}: +${count}]`;
  return `${count} packet${count === 1 ? '' : 's'}${dropRemark(event)}${escapeControls(counted)}`;
}

/** What the reason means and what decides it, each on a line of its own behind the packet's. */
export function explanation(event: DropEvent): string[] {
  const { reason } = event;
  const known = reason === undefined ? undefined : explainReason(reason);
  const harmless = harmlessBecause(event);
  const lines: string[] = [];
  if (known !== undefined) lines.push(`${reason}: ${known.meaning}`);
  if (harmless !== undefined) lines.push(`no trouble: ${harmless}`);
  else if (event.rule !== undefined) lines.push(`decided by: ${deletion(event)}`);
  else if (known?.decidedBy !== undefined) lines.push(`decided by: ${known.decidedBy}`);
  if (event.socket !== undefined)
    lines.push(`socket: ${socketText(event.socket)}, receive buffer of ${event.socket.buffer} bytes`);
  return lines.map(escapeControls);
}

/** The rule, and how it is removed. */
function deletion({ rule }: DropEvent): string {
  const { family, table, chain, handle, legacy, text: words = '' } = rule!;
  const text = `rule ${ruleText(rule!)}`;
  // Its words as iptables-save prints them, where a shell takes them for the same.
  if (legacy && /^-[\w\s.,:/=-]*$/.test(words))
    return `${text}; ${legacyTool(family)} -t ${table} -D ${chain} ${words}`;
  return handle === undefined
    ? text
    : `${text}; nft delete rule ${family} ${table} ${chain} handle ${handle}`;
}

/** RFC 3339 with nine digits. */
function timeText({ seconds, nanoseconds }: Moment): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, -5);
  return `${whole}.${String(nanoseconds).padStart(9, '0')}Z`;
}

/** One event as a JSON object; what is not known is null. `line` is the packet in tcpdump's form. */
export function dropJson(event: DropEvent, way: Way, line: string | undefined): object {
  const { namespace, interface: device, reason, packet, rule } = event;
  return {
    time: timeText(event.time),
    netns: namespace?.name ?? null,
    netns_inode: namespace?.inode ?? null,
    interface: device?.name ?? null,
    ifindex: device?.index || null,
    direction: event.direction ?? null,
    reason: reason ?? null,
    function: event.function ?? null,
    rule: rule ?? null,
    socket: event.socket ?? null,
    mark: event.mark ?? null,
    packet:
      packet === undefined
        ? null
        : {
            linktype: packet.linkType,
            length: packet.length,
            captured: packet.bytes.length,
            hex: Buffer.from(packet.bytes).toString('hex'),
            text: line ?? null,
          },
    count: event.count,
    counter: event.counter ?? null,
    harmless: harmlessBecause(event) ?? null,
    explanation: reason === undefined ? null : (explainReason(reason) ?? null),
    how: way,
  };
}

/** Counts events for the summary; exact totals come from the source where it has them. */
export class DropSummary {
  /** Packets delivered as events, and those of them that are no trouble. */
  packets = 0;
  harmless = 0;
  private readonly reasons = new Map<string, { packets: number; harmless: number }>();
  private readonly rules = new Map<string, { rule: Rule; packets: number }>();
  private readonly places = new Map<string, number>();

  add(event: DropEvent): void {
    const { count, reason = 'reason unknown', rule } = event;
    const harmless = harmlessBecause(event) === undefined ? 0 : count;
    this.packets += count;
    this.harmless += harmless;
    const one = this.reasons.get(reason) ?? { packets: 0, harmless: 0 };
    one.packets += count;
    one.harmless += harmless;
    this.reasons.set(reason, one);
    const where = place(event) || '?';
    this.places.set(where, (this.places.get(where) ?? 0) + count);
    if (rule === undefined) return;
    const key = ruleText(rule);
    const counted = this.rules.get(key) ?? { rule, packets: 0 };
    counted.packets += count;
    this.rules.set(key, counted);
  }

  /** Packets of a reason that are (or may be) trouble; of all reasons without one. */
  trouble(reason?: string): number {
    if (reason === undefined) return this.packets - this.harmless;
    const one = this.reasons.get(reason);
    return one === undefined ? 0 : one.packets - one.harmless;
  }

  /** Adds what the kernel counted but did not deliver, by reason and by interface. */
  complete({ counts }: DropTotals): void {
    if (counts === undefined) return;
    const counted = new Map<string, number>();
    const places = new Map<string, number>();
    for (const one of counts) {
      const { reason = 'reason unknown', packets } = one;
      counted.set(reason, (counted.get(reason) ?? 0) + packets);
      const where = place(one) || '?';
      places.set(where, (places.get(where) ?? 0) + packets);
    }
    for (const [reason, packets] of counted) {
      const one = this.reasons.get(reason) ?? { packets: 0, harmless: 0 };
      const missed = Math.max(packets - one.packets, 0);
      // Of those not delivered nothing tells whether they were no trouble.
      this.reasons.set(reason, { packets: one.packets + missed, harmless: one.harmless });
      this.packets += missed;
    }
    for (const [where, packets] of places) {
      this.places.set(where, Math.max(packets, this.places.get(where) ?? 0));
    }
  }

  /** Packets by reason, by rule, by interface. */
  rows(): {
    reasons: { reason: string; meaning: string; packets: number }[];
    rules: { rule: string; packets: number }[];
    places: { place: string; packets: number }[];
  } {
    return {
      reasons: Array.from(this.reasons, ([reason, { packets, harmless }]) => ({
        reason,
        meaning: `${harmlessNote(packets, harmless)}${explainReason(reason)?.meaning ?? ''}`,
        packets,
      })),
      rules: Array.from(this.rules, ([rule, { packets }]) => ({ rule, packets })),
      places: Array.from(this.places, ([place, packets]) => ({ place, packets })),
    };
  }

  /** For people: by reason, by rule, by interface. */
  text(): string {
    if (this.packets === 0) return 'No packet was dropped.\n';
    const { reasons, rules, places } = this.rows();
    const sections = [
      table(
        'Reason',
        reasons.map(({ packets, reason, meaning }) => [packets, reason, meaning]),
      ),
      table(
        'Rule',
        rules.map(({ packets, rule }) => [packets, rule]),
      ),
      table(
        'Interface',
        places.map(({ packets, place: name }) => [packets, name]),
      ),
    ];
    return sections.filter(Boolean).join('\n');
  }
}

function harmlessNote(packets: number, harmless: number): string {
  if (harmless === 0) return '';
  return harmless === packets ? 'no trouble: ' : `${harmless} of them no trouble: `;
}

function table(title: string, rows: [packets: number, ...texts: string[]][]): string {
  if (rows.length === 0) return '';
  rows.sort(([one, a], [other, b]) => other - one || a.localeCompare(b, 'en'));
  const cells = rows.map(([packets, ...texts]) => [
    String(packets).padStart(9),
    ...texts.map(escapeControls),
  ]);
  return `${drawColumns([['Packets'.padStart(9), title], ...cells])}\n`;
}
