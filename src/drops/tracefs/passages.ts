// Interfaces that a buffer passed right before it was dropped: the kernel's trace has its address at each, but no packet.
import type { Passage } from '../event.ts';
import type { TraceLine } from './line.ts';

/** Nanoseconds within which the same address is still the same packet. */
const SAME = 1_000_000n;
/** Nanoseconds within which two packets of a length at one interface cannot be distinguished by their capture times. */
const NEAR = 2_000_000n;
/** Buffers that are kept until they are dropped. */
const REMEMBERED = 8192;
const ETHERNET_LENGTH = 14;

interface Buffer {
  processor: number;
  passages: Passage[];
}

export class Passages {
  private readonly buffers = new Map<string, Buffer>();
  /** The last ones at each interface, by direction and length. */
  private readonly recent = new Map<string, Passage[]>();

  /** Takes a line of `net_dev_queue` or `netif_receive_skb`; `offset` makes CLOCK_REALTIME of its time. */
  note({ event, time, processor, fields }: TraceLine, offset: bigint): void {
    const address = fields.get('skbaddr');
    const name = fields.get('dev');
    if (address === undefined || name === undefined) return;
    const length = Number(fields.get('len'));
    const passage: Passage =
      event === 'net_dev_queue'
        ? {
            interface: name,
            direction: 'out',
            length: length - ETHERNET_LENGTH,
            time: time + offset,
            rivals: 0,
          }
        : { interface: name, direction: 'in', length, time: time + offset, rivals: 0 };
    const known = this.buffers.get(address);
    const last = known?.passages.at(-1);
    // An address is used again for the next packet: the same one keeps its length, and goes from interface to interface.
    const same =
      last !== undefined &&
      passage.time - last.time < SAME &&
      last.length === passage.length &&
      !isAgain(known!, passage);
    this.buffers.set(address, { processor, passages: same ? [...known!.passages, passage] : [passage] });
    // Most entries left are old.
    if (this.buffers.size > REMEMBERED) this.buffers.clear();
    this.compare(passage);
  }

  /** Counts those that could be taken for it. */
  private compare(passage: Passage): void {
    const key = `${passage.interface} ${passage.direction} ${passage.length}`;
    const others = (this.recent.get(key) ?? []).filter((candidate) => passage.time - candidate.time < NEAR);
    for (const rival of others) rival.rivals++;
    passage.rivals = others.length;
    others.push(passage);
    this.recent.set(key, others);
    if (this.recent.size > REMEMBERED) this.recent.clear();
  }

  /** Those of the buffer that is dropped, oldest first; from now on its address is another packet's. */
  take({ fields, processor, time }: TraceLine, offset: bigint): Passage[] {
    const address = fields.get('skbaddr') ?? '';
    const known = this.buffers.get(address);
    this.buffers.delete(address);
    const last = known?.passages.at(-1);
    if (last === undefined || known!.processor !== processor || time + offset - last.time >= SAME) return [];
    return known!.passages;
  }
}

function isAgain({ passages }: Buffer, { interface: name, direction }: Passage): boolean {
  return passages.some((passage) => passage.interface === name && passage.direction === direction);
}
