// The counters of a namespace, by name. /proc/net files stay those of the namespace they were opened in, so that they can
// be read even when it can no longer be entered.
import { closeSync, openSync, readSync } from 'node:fs';
import { isObject, objectsIn, parsedJson } from '../../base/json.ts';
import { insideNamespace } from '../../binding/netlink.ts';
import { attemptIn, type Namespace } from '../../netns/namespace.ts';
import { type NftDocument, nftDocument } from '../../netns/nft-json.ts';
import type { Rule, SocketOwner } from '../event.ts';
import { listedRules } from '../nft/listing.ts';
import { listSockets } from '../sockets.ts';
import { legacyCounts } from '../xtables.ts';
import { COUNTERS } from './meaning.ts';

/** A counter of dropped packets. */
export interface Counter {
  /** Its usual name: `UdpNoPorts`, `rx_dropped`. */
  name: string;
  value: number;
  reason?: string;
  interface?: string;
  rule?: Rule;
  socket?: SocketOwner;
}

const FILES = ['snmp', 'netstat', 'snmp6', 'dev', 'softnet_stat', 'stat/nf_conntrack'] as const;
const TIMEOUT = 3000;
/** In place of the names of tables, where nft is not installed or may not list any. */
const ALL = 'all';

export class NamespaceCounters {
  readonly namespace: Namespace;
  /** Tables of nft, such as `inet firewalld`, whose counters could not be read in at least one reading, or `all`. */
  readonly unlisted = new Set<string>();
  private readonly files = new Map<string, number>();
  private readonly withSoftnet: boolean;
  private buffer = Buffer.alloc(1 << 16);

  /** `withSoftnet`: the processors' queues, which all namespaces share, are counted here. Throws where we may not enter. */
  constructor(namespace: Namespace, withSoftnet: boolean) {
    this.namespace = namespace;
    this.withSoftnet = withSoftnet;
    const open = () => {
      for (const name of FILES) {
        try {
          this.files.set(name, openSync(`/proc/thread-self/net/${name}`, 'r'));
        } catch {
          // IPv6 or connection tracking is not there.
        }
      }
    };
    if (namespace.enter.length === 0) open();
    else insideNamespace(namespace.path, open, namespace.inode);
  }

  /** All counters by a key that is the same each time. */
  async read(): Promise<Map<string, Counter>> {
    const counters = countersOf((name) => this.text(name), this.withSoftnet);
    const [qdiscs, rules, legacy, sockets] = await Promise.all([
      this.json(['tc', '-s', '-j', 'qdisc']),
      this.ruleset(),
      legacyCounts(this.namespace),
      listSockets(this.namespace),
    ]);
    counters.push(...countersOfPrograms(qdiscs, rules));
    for (const table of rules?.untold ?? []) await this.addTable(counters, table);
    for (const { rule, packets } of legacy)
      counters.push({ name: 'rule counter', value: packets, reason: 'NETFILTER_DROP', rule });
    for (const { drops, ...socket } of sockets) {
      const name = `${socket.protocol} socket drops`;
      counters.push({ name, value: drops, socket });
    }
    return new Map(counters.map((counter) => [key(counter), counter]));
  }

  private async json(argv: string[]): Promise<unknown> {
    const printed = await this.printed(argv);
    return printed === undefined ? undefined : parsedJson(printed);
  }

  /** The rules of a table that nft has no JSON of, from its text. */
  private async addTable(counters: Counter[], table: string): Promise<void> {
    const printed = await this.printed(['nft', '-a', 'list', 'table', ...table.split(' ')]);
    if (printed === undefined) this.unlisted.add(table);
    else addPrintedRules(counters, printed);
  }

  private async ruleset(): Promise<NftDocument | undefined> {
    const printed = await this.printed(['nft', '-j', 'list', 'ruleset']);
    if (printed === undefined) this.unlisted.add(ALL);
    return printed === undefined ? undefined : nftDocument(printed, (argv) => this.printed(argv));
  }

  /** What the command prints; undefined where it is not installed or not allowed. */
  private async printed(argv: string[]): Promise<string | undefined> {
    const result = await attemptIn(this.namespace, argv, { timeout: TIMEOUT }).catch(() => undefined);
    return result?.status === 0 && result.stdout !== '' ? result.stdout : undefined;
  }

  private text(name: string): string {
    const descriptor = this.files.get(name);
    if (descriptor === undefined) return '';
    let end = 0;
    for (;;) {
      if (end === this.buffer.length) this.buffer = Buffer.concat([this.buffer, Buffer.alloc(end)]);
      const length = readSync(descriptor, this.buffer, end, this.buffer.length - end, end);
      if (length === 0) return this.buffer.toString('latin1', 0, end);
      end += length;
    }
  }

  close(): void {
    for (const descriptor of this.files.values()) closeSync(descriptor);
    this.files.clear();
  }
}

/** The counters in the files of /proc/net, without invalid numbers. `text`: what a file holds. */
export function countersOf(text: (name: (typeof FILES)[number]) => string, withSoftnet: boolean): Counter[] {
  const counters: Counter[] = [];
  for (const name of ['snmp', 'netstat'] as const) addNamed(counters, pairs(text(name)));
  addNamed(counters, lines(text('snmp6')));
  addNamed(counters, conntrack(text('stat/nf_conntrack')));
  addDevices(counters, text('dev'));
  if (withSoftnet) {
    const dropped = rows(text('softnet_stat')).reduce((sum, row) => sum + Number.parseInt(row[1], 16), 0);
    counters.push({ name: 'softnet_dropped', value: dropped, reason: 'CPU_BACKLOG' });
  }
  return counters.filter(isCount);
}

/** The same of tc's list of queues and of nft's ruleset, as documents. */
export function countersOfPrograms(qdiscs: unknown, ruleset: unknown): Counter[] {
  const counters: Counter[] = [];
  addQdiscs(counters, qdiscs);
  addRules(counters, ruleset);
  return counters.filter(isCount);
}

function isCount({ value }: Counter): boolean {
  return Number.isFinite(value) && value >= 0;
}

function key({ name, interface: device, rule, socket }: Counter): string {
  return `${name} ${device} ${JSON.stringify(rule ?? socket)}`;
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first !== '');
}

/** `Ip: NAME …` and below it `Ip: VALUE …`. */
function* pairs(text: string): Generator<[string, number]> {
  const all = rows(text);
  for (let i = 0; i + 1 < all.length; i += 2) {
    const [title, ...names] = all[i];
    for (const [j, name] of names.entries()) yield [title.slice(0, -1) + name, Number(all[i + 1][j + 1])];
  }
}

function* lines(text: string): Generator<[string, number]> {
  for (const [name, value] of rows(text)) yield [name, Number(value)];
}

/** A row of names, and a row of hexadecimal values for each processor. */
function* conntrack(text: string): Generator<[string, number]> {
  const [names, ...values] = rows(text);
  for (const [name, title] of [
    ['drop', 'conntrackDrop'],
    ['insert_failed', 'conntrackInsertFailed'],
  ] as const) {
    const column = names?.indexOf(name) ?? -1;
    if (column >= 0) yield [title, values.reduce((sum, row) => sum + Number.parseInt(row[column], 16), 0)];
  }
}

function addNamed(counters: Counter[], values: Iterable<[string, number]>): void {
  for (const [name, value] of values) {
    if (!Object.hasOwn(COUNTERS, name)) continue;
    const reason = COUNTERS[name];
    counters.push({ name, value, ...(reason == null ? {} : { reason }) });
  }
}

/** /proc/net/dev: eight columns of what was received, the fourth dropped, and eight of what was sent. */
function addDevices(counters: Counter[], text: string): void {
  for (const line of text.split('\n')) {
    const [, name, values] = /^\s*(\S+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const columns = values.split(/\s+/).map(Number);
    counters.push({ name: 'rx_dropped', value: columns[3], interface: name });
    counters.push({ name: 'tx_dropped', value: columns[11], interface: name });
  }
}

function addQdiscs(counters: Counter[], document: unknown): void {
  for (const { kind, handle, dev, drops } of objectsIn<Record<string, never>>(document)) {
    if (typeof kind === 'string' && typeof handle === 'string' && drops !== undefined)
      counters.push({ name: `${kind} ${handle} drops`, value: drops, interface: dev, reason: 'QDISC_DROP' });
  }
}

interface ListedRule {
  family: string;
  table: string;
  chain: string;
  handle: number;
  expr: Record<string, { packets?: number } | null>[];
}

/** nft's rules that count and drop. */
function addRules(counters: Counter[], document: unknown): void {
  const listed = isObject(document) ? document.nftables : undefined;
  for (const { rule } of objectsIn<{ rule?: ListedRule }>(listed)) {
    const statements = objectsIn<ListedRule['expr'][number]>(rule?.expr);
    const counter = statements.find((statement) => 'counter' in statement)?.counter;
    if (rule === undefined || counter?.packets === undefined) continue;
    if (!statements.some((statement) => 'drop' in statement || 'reject' in statement)) continue;
    const { family, table, chain, handle } = rule;
    counters.push({
      name: 'rule counter',
      value: counter.packets,
      reason: 'NETFILTER_DROP',
      rule: { family, table, chain, handle },
    });
  }
}

/** The same of rules as nft prints them: text in quotes is a comment, or the prefix of a line of a log. */
export function addPrintedRules(counters: Counter[], printed: string): void {
  for (const { text, ...rule } of listedRules(printed)) {
    const words = text.replace(/"[^"]*"/g, '""');
    const packets = /\bcounter packets (\d+) bytes/.exec(words)?.[1];
    if (packets === undefined || !/ (drop|reject)( |$)/.test(words)) continue;
    counters.push({ name: 'rule counter', value: Number(packets), reason: 'NETFILTER_DROP', rule });
  }
}
