// The remarks besides the cause, in words.
import type { Disagreement, Note, Unseen } from '../../why/facts/remarks.ts';

export function noteText({ said }: Note): string {
  return `pings are not answered (${said}), but the port works`;
}

export function unseenText(unseen: Unseen): string {
  switch (unseen.kind) {
    case 'firewall':
      return `the firewall of ${unseen.netns} (${unseen.problem})`;
    case 'packets': {
      const { netns, refused = 'no capture was possible', hint } = unseen;
      return `packets at ${netns}: ${refused}${hint === undefined ? '' : `: ${hint}`}`;
    }
    case 'drops': {
      const { way, lacked } = unseen;
      return `${UNKNOWN[way]}${lacked.length === 0 ? '' : ` (${lacked.join('; ')})`}`;
    }
  }
}

/** What is unknown because no better method reported drops. */
const UNKNOWN = {
  tracefs: "the packets of the kernel's drops, only reasons",
  nft: "the kernel's reasons for drops, but for rules of nft",
  counters: "the kernel's reasons for drops",
} as const;

export function disagreementText({ kind, netns, expected, observed }: Disagreement): string {
  return kind === 'interface'
    ? `${netns}: ip route get says ${expected}, but the packet left by ${observed}`
    : `${netns}: the packet leaves with the ${kind} ${observed} instead of ${expected}`;
}
