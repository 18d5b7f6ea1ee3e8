// What was found wrong, and the commands that mend it.
import { shellLine } from '../../base/shell.ts';
import type { FoundNamespace } from '../discover.ts';
import type { Node } from './topology.ts';

/** The steps of the walk, in their order. */
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
  trail: 'capture',
  ping: 'ping',
  port: 'port',
} as const;

export type StepName = keyof typeof STEPS;

/** One command as a list of words. */
export type Command = readonly string[];

export interface Finding {
  step: StepName;
  /** One sentence, without a full stop: the cause and what follows from it. */
  cause: string;
  /** What shows it. */
  evidence: string;
  /** Commands that mend it, one after the other. */
  mend: Command[];
  /**
   * For a shell, where `mend` is empty: it starts or ends programs, which is for a person to do and not for --fix, whose
   * processes must end with it.
   */
  line?: string;
  /** What a person must do, where no command does it. */
  advice?: string;
  /** Not certain to be the cause: named only if nothing certain is found. */
  possible?: boolean;
  /** Wrong even if packets get through. */
  always?: boolean;
}

export interface Step {
  name: StepName;
  status: 'ok' | 'failed' | 'skipped';
  evidence: string;
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

/** As one line for a shell: `ip -n ns1 link set veth0 up && ip -n ns1 route add …`. */
export function commandLine(commands: readonly Command[]): string {
  return commands.map(shellLine).join(' && ');
}
