// The text of nft's rules by handle, as `nft -a list` prints them.
import { attemptInside } from '../../netns/inside.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Rule } from '../event.ts';

/** Milliseconds between two listings for a rule that the last one lacked. */
const PAUSE = 1000;

export class RuleListing {
  private readonly namespace: Namespace;
  /** By family, table, chain and handle. */
  private readonly texts = new Map<string, string>();
  private listed = Number.NEGATIVE_INFINITY;

  constructor(namespace: Namespace) {
    this.namespace = namespace;
  }

  /** Adds the rule's text, where nft lists it. */
  async describe(rule: Rule): Promise<void> {
    if (rule.text !== undefined) return;
    let text = this.texts.get(key(rule));
    if (text === undefined && performance.now() - this.listed > PAUSE) {
      await this.list();
      text = this.texts.get(key(rule));
    }
    if (text !== undefined) rule.text = text;
  }

  /** Reads all rules. If nft is not installed or not (or no longer) allowed, they have no text. */
  async list(): Promise<void> {
    this.listed = performance.now();
    const { status, stdout } = await attemptInside(this.namespace, ['nft', '-a', 'list', 'ruleset'], {
      timeout: 5000,
    }).catch(() => ({ status: 1, stdout: '' }));
    if (status !== 0) return;
    for (const rule of listedRules(stdout)) {
      const plain = rule.text.replace(/\bcounter packets \d+ bytes \d+/, 'counter');
      this.texts.set(key(rule), plain);
    }
  }
}

/** The rules in what `nft -a list` prints. */
export function* listedRules(printed: string): Generator<Required<Omit<Rule, 'legacy'>>> {
  let table = { family: '', table: '' };
  let chain = '';
  for (const line of printed.split('\n')) {
    const [, kind, first, second] = /^\t?(table|chain) (\S+)(?: (\S+))? \{/.exec(line) ?? [];
    if (kind === 'table') table = { family: first, table: second ?? '' };
    else if (kind === 'chain') chain = first;
    const [, text, handle] = /^\t\t(.*) # handle (\d+)$/.exec(line) ?? [];
    if (text !== undefined) yield { ...table, chain, handle: Number(handle), text };
  }
}

function key({ family, table, chain, handle }: Rule): string {
  return `${family} ${table} ${chain} ${handle}`;
}

/** `inet filter input handle 7: tcp dport 80 drop`, `iptables-legacy filter INPUT: -p tcp -j DROP` */
export function ruleText({ family, table, chain, handle, text, legacy }: Rule): string {
  const place = legacy
    ? `${legacyTool(family)} ${table} ${chain}`
    : `${family} ${table} ${chain}${handle === undefined ? '' : ` handle ${handle}`}`;
  return text === undefined ? place : `${place}: ${text}`;
}

/** The program that a rule without a handle belongs to. */
export function legacyTool(family: string): string {
  return family === 'ip6' ? 'ip6tables-legacy' : 'iptables-legacy';
}
