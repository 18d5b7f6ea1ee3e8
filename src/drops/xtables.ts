// Rules of the kernel's older packet filters (iptables-legacy, ip6tables-legacy): they have no readable traces, but
// each rule counts, and the one whose counter grew is the one that dropped a packet.
import { readFileSync } from 'node:fs';
import { attemptInside, inside } from '../netns/inside.ts';
import type { Namespace } from '../netns/namespace.ts';
import type { DropEvent, Rule } from './event.ts';
import { conversationKey } from './packet-key.ts';

const FILTERS = [
  { family: 'ip', names: 'ip_tables_names', save: 'iptables-legacy-save' },
  { family: 'ip6', names: 'ip6_tables_names', save: 'ip6tables-legacy-save' },
] as const;
const TIMEOUT = 3000;
/** Milliseconds between two readings of the counters. */
const PAUSE = 250;
/** Conversations whose rules are remembered. */
const REMEMBERED = 4096;

interface RuleCount {
  rule: Rule;
  packets: number;
}

/** The rules and policies that drop, with their counters; none where these filters are not in use, or not shown to us. */
export async function legacyCounts(namespace: Namespace): Promise<RuleCount[]> {
  const listed = await Promise.all(
    FILTERS.filter(({ names }) => inUse(namespace, names)).map(async ({ family, save }) => {
      const { status, stdout } = await attemptInside(namespace, [save, '-c'], { timeout: TIMEOUT }).catch(
        () => ({ status: 1, stdout: '' }),
      );
      return status === 0 ? parseSave(family, stdout) : [];
    }),
  );
  return listed.flat();
}

/** Running the program would create the tables: the kernel says which exist. */
function inUse(namespace: Namespace, names: string): boolean {
  try {
    return inside(namespace, () => readFileSync(`/proc/thread-self/net/${names}`, 'latin1')) !== '';
  } catch {
    return false; // Not in this kernel, or not readable for this user.
  }
}

/** Reads what `iptables-save -c` prints: `[1:84] -A INPUT -p udp -j DROP`, and `:INPUT DROP [1:84]` of policies. */
export function parseSave(family: string, text: string): RuleCount[] {
  const found: RuleCount[] = [];
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const policy = /^:(\S+) DROP \[(\d+):\d+\]/.exec(line);
    const rule = /^\[(\d+):\d+\] -A (\S+) (.*)$/.exec(line);
    const place = { family, table, legacy: true };
    if (policy !== null) {
      const [, chain, packets] = policy;
      found.push({ rule: { ...place, chain: chain, text: 'policy DROP' }, packets: Number(packets) });
    } else if (rule !== null && /(^| )-j (DROP|REJECT)( |$)/.test(rule[3].replace(/"(\\.|[^"])*"/g, '""'))) {
      const [, packets, chain, words] = rule;
      found.push({ rule: { ...place, chain: chain, text: words }, packets: Number(packets) });
    }
  }
  return found;
}

/** Names the rules that drop packets in one namespace. */
export class LegacyRules {
  private readonly namespace: Namespace;
  private last: Map<string, number>;
  private looked = performance.now();
  /** By what the packets of a conversation have in common. */
  private readonly known = new Map<string, Rule>();

  private constructor(namespace: Namespace, counts: readonly RuleCount[]) {
    this.namespace = namespace;
    this.last = countsByRule(counts);
  }

  /** Undefined where none of these rules drops anything. */
  static async watch(namespace: Namespace): Promise<LegacyRules | undefined> {
    const counts = await legacyCounts(namespace);
    return counts.length === 0 ? undefined : new LegacyRules(namespace, counts);
  }

  /** Adds to each event the rule, where counters leave only one. */
  async name(events: readonly DropEvent[]): Promise<void> {
    const asked = events.map((event) => ({ event, key: conversation(event) }));
    const unknown = asked.some(({ key }) => key !== undefined && !this.known.has(key));
    const grown = unknown && performance.now() - this.looked > PAUSE ? await this.grown() : [];
    for (const { event, key } of asked) {
      if (key === undefined) continue;
      const candidates = grown.filter(({ family }) => family === (key.startsWith('4') ? 'ip' : 'ip6'));
      if (candidates.length === 1) {
        this.known.delete(key);
        this.known.set(key, candidates[0]);
        if (this.known.size > REMEMBERED) this.known.delete(this.known.keys().next().value!);
      }
      const rule = this.known.get(key);
      if (rule !== undefined) event.rule = { ...rule };
    }
  }

  private async grown(): Promise<Rule[]> {
    const counts = await legacyCounts(this.namespace);
    this.looked = performance.now();
    const { last } = this;
    this.last = countsByRule(counts);
    return counts
      .filter(({ rule, packets }) => packets > (last.get(JSON.stringify(rule)) ?? 0))
      .map(({ rule }) => rule);
  }
}

function countsByRule(counts: readonly RuleCount[]): Map<string, number> {
  return new Map(counts.map(({ rule, packets }) => [JSON.stringify(rule), packets]));
}

/** Version, protocol, addresses and ports, as far as they are there, and the direction. */
function conversation({ packet, direction }: DropEvent): string | undefined {
  const key = packet === undefined ? undefined : conversationKey(packet);
  return key === undefined ? undefined : `${key} ${direction}`;
}
