// State kept for each interface by itself: a packet that passes several interfaces is there several times, and otherwise
// every forwarded segment were a retransmission.
import type { Batch } from '../base/batch.ts';
import { type InterfaceNames, type Interfaces, interfaceNames } from '../base/interface.ts';
import { LINUX_SLL2, SLL2_INTERFACE } from '../wire/linktype.ts';

/** Interfaces with state at most; they come and go while a capture on `any` runs. The first one is forgotten then. */
const MAX_INTERFACES = 256;

/** A state for each interface of a source; in a capture on `any`, for each that packets tell in their headers. */
export class PerInterface<T> {
  private readonly states = new Map<number, T>();
  private readonly source: Interfaces;
  private readonly name: InterfaceNames;
  private readonly make: (label: string) => T;
  private last: T | undefined;
  private key = -1;

  /** The interfaces of the source may still grow; `make` makes the state of an interface of that name. */
  constructor(source: Interfaces, make: (label: string) => T) {
    this.source = source;
    this.name = interfaceNames(source);
    this.make = make;
  }

  /** The state of the interface that record `index` was captured on. */
  of(batch: Batch, index: number): T {
    // In the low half the source's index, above it the number in the packet's own header.
    let key = batch.interface[index];
    if (batch.linkType[index] === LINUX_SLL2 && batch.captured[index] >= SLL2_INTERFACE + 4) {
      key += 0x10000 * batch.view.getUint32(batch.offset[index] + SLL2_INTERFACE);
    }
    return this.last !== undefined && key === this.key ? this.last : this.choose(key);
  }

  get all(): readonly T[] {
    return [...this.states.values()];
  }

  private choose(key: number): T {
    let state = this.states.get(key);
    if (state === undefined) {
      if (this.states.size === MAX_INTERFACES) this.states.delete(this.states.keys().next().value!);
      state = this.make(this.label(key));
      this.states.set(key, state);
    }
    this.key = key;
    this.last = state;
    return state;
  }

  private label(key: number): string {
    const number = key & 0xffff;
    const name = this.source.interfaces[number]?.name ?? '';
    return key > 0xffff ? name.replace(/any$/, () => this.name(number, Math.floor(key / 0x10000))) : name;
  }
}
