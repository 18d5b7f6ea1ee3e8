// The kernel's reasons in words.
import { IP_REASONS } from './reasons/ip.ts';
import { LINK_REASONS } from './reasons/link.ts';
import type { Reason } from './reasons/reason.ts';
import { SOCKET_REASONS } from './reasons/socket.ts';
import { TCP_REASONS } from './reasons/tcp.ts';

const REASONS = { ...SOCKET_REASONS, ...TCP_REASONS, ...IP_REASONS, ...LINK_REASONS };

/** Every reason with a description, without the kernel's prefix. */
export const KNOWN_REASONS: readonly string[] = Object.keys(REASONS);

/** What a reason means; undefined for one that is newer than this table. */
export function explainReason(name: string): Reason | undefined {
  if (!Object.hasOwn(REASONS, name)) return undefined;
  const [meaning, decidedBy] = REASONS[name];
  return decidedBy === undefined ? { meaning } : { meaning, decidedBy };
}
