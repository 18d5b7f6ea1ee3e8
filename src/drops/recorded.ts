// Drop events out of a pcapng file that nscap wrote (batch.ts).
import type { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import { commentsOf } from '../file/pcapng-options.ts';
import { DROPPED_ON } from './batch.ts';
import type { DropEvent, Rule } from './event.ts';

/** Whether an interface of a file stands for packets dropped on it, and not for what was captured there. */
export function isDropInterface({ description }: Interface): boolean {
  return description.startsWith(DROPPED_ON);
}

/** The event that record `index`, on such an interface, is about. It keeps a copy of the packet. */
export function recordedDrop(batch: Batch, index: number, { name }: Interface): DropEvent {
  const colon = name.lastIndexOf(':');
  const start = batch.offset[index];
  return {
    time: { seconds: batch.seconds[index], nanoseconds: batch.nanoseconds[index] },
    namespace: { inode: 0, name: name.slice(0, colon) },
    interface: { index: 0, name: name.slice(colon + 1) },
    count: 1,
    packet: {
      linkType: batch.linkType[index],
      bytes: batch.bytes.slice(start, start + batch.captured[index]),
      length: batch.wire[index],
    },
    ...causeOf(commentsOf(batch, index)),
  };
}

/** Out of `dropped: NETFILTER_DROP in nft_do_chain, rule inet filter input handle 7: tcp dport 80 drop`. */
function causeOf(comments: readonly string[]): Pick<DropEvent, 'reason' | 'function' | 'rule'> {
  for (const comment of comments) {
    const [, reason, functionName, rule] =
      /^dropped: (\S+|reason unknown)(?: in (\S+?))?(?:, rule (.*))?$/s.exec(comment) ?? [];
    if (reason === undefined) continue;
    const found = rule === undefined ? undefined : ruleOf(rule);
    return {
      ...(reason === 'reason unknown' ? {} : { reason }),
      ...(functionName === undefined ? {} : { function: functionName }),
      ...(found === undefined ? {} : { rule: found }),
    };
  }
  return {};
}

function ruleOf(text: string): Rule | undefined {
  const [, family, table, chain, handle, rule] =
    /^(\S+) (\S+) (\S+?)(?: handle (\d+))?(?:: (.*))?$/s.exec(text) ?? [];
  if (family === undefined) return undefined;
  return {
    family,
    table: table,
    chain: chain,
    ...(handle === undefined ? {} : { handle: Number(handle) }),
    ...(rule === undefined ? {} : { text: rule }),
  };
}
