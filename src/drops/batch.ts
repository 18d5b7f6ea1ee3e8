// Drop events as records of a capture: for printers, for pcapng, for merging with what was captured.
import { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import * as ng from '../file/pcapng.ts';
import * as link from '../wire/linktype.ts';
import type { DropEvent } from './event.ts';
import { ruleText } from './nft/listing.ts';
import { socketText } from './sockets.ts';

const INBOUND = 1;
const OUTBOUND = 2;
/** Bytes of the options epb_flags and epb_dropcount. */
const FLAGS_LENGTH = 8;
const COUNT_LENGTH = 12;
/** Comments kept as bytes. */
const MOST_COMMENTS = 1024;
const LARGEST_OPTION = 0xffff;
const encoder = new TextEncoder();
/** The prefix of the descriptions of interfaces for dropped packets: recorded.ts recognizes them by it. */
export const DROPPED_ON = 'packets dropped on';

/** `NETFILTER_DROP in nft_do_chain, rule inet filter input handle 7: tcp dport 80 drop` */
export function dropComment({ reason, function: functionName, rule, socket }: DropEvent): string {
  const by = functionName === undefined ? '' : ` in ${functionName}`;
  return `dropped: ${reason ?? 'reason unknown'}${by}${rule === undefined ? '' : `, rule ${ruleText(rule)}`}${socket === undefined ? '' : `, socket ${socketText(socket)}`}`;
}

/**
 * Turns events into batches. Each namespace, device and link type is a separate interface, named `ns1:veth0`; new ones
 * are added to `interfaces` as they appear.
 */
export class DropBatches {
  readonly interfaces: Interface[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly comments = new Map<string, Uint8Array>();
  private reused = new Batch(64);
  private delivered = 0;

  /**
   * The events that have a packet, in order, each with a comment, its direction and epb_dropcount as pcapng options:
   * `missed` packets before the first one were dropped, too, but are not among the events. Valid until the next call.
   */
  batch(events: readonly DropEvent[], missed = 0): Batch {
    const known = events.filter(({ packet }) => packet !== undefined);
    if (this.reused.capacity < known.length) this.reused = new Batch(known.length);
    const batch = this.reused;
    let size = 0;
    for (const event of known) size += event.packet!.bytes.length + optionsLength(this.comment(event));
    const room = batch.bytes.length < size ? new Uint8Array(2 * size) : batch.bytes;
    batch.reset(room, this.delivered + 1);
    let offset = 0;
    for (const [i, event] of known.entries()) {
      const { packet, time, direction } = event;
      batch.bytes.set(packet!.bytes, offset);
      batch.offset[i] = offset;
      offset += batch.captured[i] = packet!.bytes.length;
      batch.options[i] = offset;
      offset = writeOptions(batch.view, offset, this.comment(event), direction, i === 0 ? missed : 0);
      batch.optionsLength[i] = offset - batch.options[i];
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

  /** The bytes of an event's comment: there are few different ones. */
  private comment(event: DropEvent): Uint8Array {
    const { rule, socket } = event;
    const key = (rule ?? socket) === undefined ? `${event.reason} ${event.function}` : dropComment(event);
    let bytes = this.comments.get(key);
    if (bytes === undefined) {
      if (this.comments.size >= MOST_COMMENTS) this.comments.clear();
      bytes = withinOption(dropComment(event));
      this.comments.set(key, bytes);
    }
    return bytes;
  }

  private number({ namespace, interface: device, packet }: DropEvent): number {
    const name = `${namespace?.name ?? 'unknown'}:${device?.name ?? 'none'}`;
    const key = `${packet!.linkType} ${namespace?.inode} ${name}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      // The same name for both link types, so that a filter by name finds all drops of one device.
      const without = packet!.linkType === link.RAW ? ', without a link-layer header' : '';
      const description = `${DROPPED_ON} ${device?.name ?? 'no device'} in network namespace ${namespace?.name ?? 'unknown'}${without}`;
      number = this.interfaces.push({ name, description, linkType: packet!.linkType, snaplen: 0 }) - 1;
      this.numbers.set(key, number);
    }
    return number;
  }
}

/** In UTF-8, of whole characters: a rule may name thousands of addresses, and an option has 16 bits for its length. */
function withinOption(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.min(text.length * 3, LARGEST_OPTION));
  return bytes.subarray(0, encoder.encodeInto(text, bytes).written);
}

function flagsOf(direction: DropEvent['direction']): number {
  return direction === 'in' ? INBOUND : direction === 'out' ? OUTBOUND : 0;
}

function optionsLength(comment: Uint8Array): number {
  return 4 + ((comment.length + 3) & ~3) + FLAGS_LENGTH + COUNT_LENGTH;
}

/** Writes a comment, epb_flags and epb_dropcount and returns where they end. */
function writeOptions(
  view: DataView,
  offset: number,
  comment: Uint8Array,
  direction: DropEvent['direction'],
  missed: number,
): number {
  view.setUint16(offset, ng.COMMENT, true);
  view.setUint16(offset + 2, comment.length, true);
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset + 4, (comment.length + 3) & ~3);
  bytes.fill(0, comment.length);
  bytes.set(comment);
  const flags = offset + 4 + bytes.length;
  view.setUint16(flags, ng.EPB_FLAGS, true);
  view.setUint16(flags + 2, 4, true);
  view.setUint32(flags + 4, flagsOf(direction), true);
  const count = flags + FLAGS_LENGTH;
  view.setUint16(count, ng.EPB_DROPCOUNT, true);
  view.setUint16(count + 2, 8, true);
  view.setUint32(count + 4, missed % 0x100000000, true);
  view.setUint32(count + 8, Math.floor(missed / 0x100000000), true);
  return count + COUNT_LENGTH;
}
