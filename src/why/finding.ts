// What was found wrong, and the commands that fix it.
import { shellLine } from '../base/shell.ts';
import type { FoundNamespace } from '../netns/discover.ts';
import type { Node } from '../netns/topology.ts';
import type { FindingCode } from './codes.ts';
import type { Diagnosis } from './facts/finding-facts.ts';
import type { Observation } from './facts/observations.ts';
import type { StepFacts } from './facts/steps.ts';

export type { FindingCode } from './codes.ts';

/** The steps of an examination, in their order. */
export const STEPS = {
  namespace: 'namespace',
  loopback: 'loopback',
  address: 'address',
  owner: 'target',
  route: 'route out',
  link: 'link',
  neighbour: 'neighbour',
  hops: 'hops',
  firewall: 'firewall',
  back: 'route back',
  mtu: 'MTU',
  capture: 'capture',
  ping: 'ping',
  port: 'port',
} as const;

/** A step of `why`, in the order in which packets meet them. */
export type StepName = keyof typeof STEPS;

/** One command as a list of words. */
export type Command = readonly string[];

/**
 * What a finding does to packets: `drops` them silently, `rejects` them with an error, `diverts` them to another
 * place, affects `some` only (large ones, every other connection), or none yet (`latent`).
 */
export type Effect = 'drops' | 'rejects' | 'diverts' | 'some' | 'latent';

/** Between which points of the path, as indices of its list, the packet must have been lost for this to be the cause. */
export interface Place {
  way: 'there' | 'back';
  lower: number;
  upper: number;
}

/**
 * What a fix risks: `rewires` moves an interface to where the model says it belongs; `plugs` makes ports those of
 * another bridge; `misplaced` moves an address from an interface; `takes` an address from one of several that have it.
 */
export type Stake =
  | { kind: 'rewires' }
  | { kind: 'plugs'; ports: readonly Node[] }
  | { kind: 'misplaced'; node: Node }
  | { kind: 'takes'; address: string; rivals: readonly Node[] };

/** A finding and its fix. report/why/ turns its code and facts into sentences. */
export type Finding = Diagnosis & Found;

/** A finding of that code. */
export type FindingOf<Code extends FindingCode> = Extract<Finding, { code: Code }>;

export interface Found {
  /** `drops` unless stated otherwise. */
  effect?: Effect;
  step: StepName;
  /** The evidence: one line of text in report/why/observations.ts. */
  evidence: readonly Observation[];
  /** Commands that fix it, one after the other. */
  fix: Command[];
  /**
   * What a person may run where `fix` is empty: it starts and ends programs, which is not for --fix, whose processes must
   * end with it.
   */
  byHand?: { stop?: Command; start: Command };
  /** Not certain to be the cause: named only if nothing certain is found. */
  possible?: boolean;
  /** The kernel itself said so of the probe's packets: by a counter that moved, a drop event, an error. */
  proved?: boolean;
  place?: Place;
  /** What its fix would remove or move; undefined if it does neither. */
  stake?: Stake;
  /** The rule of a packet filter that it is about. */
  rule?: { table: string; chain: string; handle?: number };
}

/** A step: what it showed, or the finding that fails it, or the step before it that fails. */
export type Step =
  | { [Name in StepName]: { name: Name; status: StepStatus; facts: StepFacts[Name] } }[StepName]
  | { name: StepName; status: 'failed'; finding: Finding }
  | { name: StepName; status: 'skipped'; behind: StepName };

type StepStatus = 'ok' | 'failed' | 'skipped';

/** A finding without its fix. */
export function diagnosisOf({ code, facts, context }: Finding): Diagnosis {
  return { code, facts, ...(context === undefined ? {} : { context }) } as Diagnosis;
}

/** What `ip` needs for a family: IPv4 is its default. */
export function familyOption(family: number): string[] {
  return family === 6 ? ['-6'] : [];
}

/** `ip …` in the namespace, as a person would type it. */
export function ipIn({ namespace }: FoundNamespace, ...words: string[]): Command {
  if (namespace.enter.length === 0) return ['ip', ...words];
  if (namespace.kind === 'named') return ['ip', '-n', namespace.label, ...words];
  return [...namespace.enter, 'ip', ...words];
}

/** Any command in the namespace. */
export function commandIn({ namespace }: FoundNamespace, ...words: string[]): Command {
  return [...namespace.enter, ...words];
}

/** `ip link set dev IFACE …` where the interface lies. */
export function setLink({ namespace, link }: Node, ...words: string[]): Command {
  return ipIn(namespace, 'link', 'set', 'dev', link.name, ...words);
}

export function sysctl(namespace: FoundNamespace, name: string, value: string | number): Command {
  return commandIn(namespace, 'sysctl', '-w', `${name}=${value}`);
}

/** The name of sysctl(8) for an interface's setting; a dot in the interface's name is written as a slash there. */
export function interfaceSetting(family: 4 | 6, device: string, name: string): string {
  return `net.ipv${family}.conf.${device.replaceAll('.', '/')}.${name}`;
}

/** As one line for a shell: `ip -n ns1 link set veth0 up && ip -n ns1 route add …`. */
export function commandLine(commands: readonly Command[]): string {
  return commands.map(shellLine).join(' && ');
}

/** Whether the finding stops the request itself, and not only some packets or later ones. */
export function blocks({ effect = 'drops' }: Finding): boolean {
  return effect !== 'some' && effect !== 'latent';
}
