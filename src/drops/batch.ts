// Drop events as records of a capture: for printers, for pcapng, for merging with what was captured.
import { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import * as ng from '../file/pcapng.ts';
import type { DropEvent } from './event.ts';
import { ruleText } from './nft/listing.ts';

const INBOUND = 1;
const OUTBOUND = 2;
const encoder = new TextEncoder();

/** `NETFILTER_DROP in nft_do_chain, rule inet filter input handle 7: tcp dport 80 drop` */
export function dropComment({ reason, function: functionName, rule }: DropEvent): string {
  const by = functionName === undefined ? '' : ` in ${functionName}`;
  return `dropped: ${reason ?? 'reason unknown'}${by}${rule === undefined ? '' : `, rule ${ruleText(rule)}`}`;
}

/**
 * Turns events into batches. Each namespace, device and link type is an interface of its own, named `ns1:veth0`; new ones
 * are added to `interfaces` as they are met.
 */
export class DropBatches {
  readonly interfaces: Interface[] = [];
  private readonly numbers = new Map<string, number>();
  private delivered = 0;

  /**
   * The events that have a packet, in order, each with a comment, its direction and epb_dropcount as pcapng options:
   * `missed` packets before the first one were dropped, too, but are not among the events.
   */
  batch(events: readonly DropEvent[], missed = 0): Batch {
    const known = events.filter(({ packet }) => packet !== undefined);
    const options = known.map((event, i) => optionsOf(event, i === 0 ? missed : 0));
    const size = known.reduce((sum, { packet }, i) => sum + packet!.bytes.length + options[i]!.length, 0);
    const batch = new Batch(Math.max(known.length, 1));
    batch.reset(new Uint8Array(size), this.delivered + 1);
    let at = 0;
    for (const [i, event] of known.entries()) {
      const { packet, time, direction } = event;
      batch.bytes.set(packet!.bytes, at);
      batch.offset[i] = at;
      at += batch.captured[i] = packet!.bytes.length;
      batch.bytes.set(options[i]!, at);
      batch.options[i] = at;
      at += batch.optionsLength[i] = options[i]!.length;
      batch.wire[i] = packet!.length;
      batch.seconds[i] = time.seconds;
      batch.nanoseconds[i] = time.nanoseconds;
      batch.linkType[i] = packet!.linkType;
      batch.interface[i] = this.number(event);
      batch.flags[i] = flagsOf(direction);
    }
    batch.count = known.length;
    this.delivered += known.length;
    return batch;
  }

  private number({ namespace, interface: device, packet }: DropEvent): number {
    const name = `${namespace?.name ?? 'unknown'}:${device?.name ?? 'none'}`;
    const key = `${packet!.linkType} ${namespace?.inode} ${name}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      const description = `packets dropped on ${device?.name ?? 'no device'} in network namespace ${namespace?.name ?? 'unknown'}`;
      number = this.interfaces.push({ name, description, linkType: packet!.linkType, snaplen: 0 }) - 1;
      this.numbers.set(key, number);
    }
    return number;
  }
}

function flagsOf(direction: DropEvent['direction']): number {
  return direction === 'in' ? INBOUND : direction === 'out' ? OUTBOUND : 0;
}

function optionsOf(event: DropEvent, missed: number): Uint8Array {
  const comment = encoder.encode(dropComment(event));
  const padded = (comment.length + 3) & ~3;
  const bytes = new Uint8Array(4 + padded + 8 + 12);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ng.COMMENT, true);
  view.setUint16(2, comment.length, true);
  bytes.set(comment, 4);
  const flags = 4 + padded;
  view.setUint16(flags, ng.EPB_FLAGS, true);
  view.setUint16(flags + 2, 4, true);
  view.setUint32(flags + 4, flagsOf(event.direction), true);
  const count = flags + 8;
  view.setUint16(count, ng.EPB_DROPCOUNT, true);
  view.setUint16(count + 2, 8, true);
  view.setBigUint64(count + 4, BigInt(missed), true);
  return bytes;
}
