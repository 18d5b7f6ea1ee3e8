// What is known of the interfaces that records were captured on.
import type { Interface } from '../base/interface.ts';

/** Names and descriptions of a source's interfaces by their number. */
export class Origin {
  private readonly interfaces: readonly Interface[];
  /** Whether the capture says which interface a record is from: pcapng does, pcap does not. */
  readonly named: boolean;

  constructor(interfaces: readonly Interface[] = [], named = false) {
    this.interfaces = interfaces;
    this.named = named;
  }

  name(number: number): string {
    return this.interfaces[number]?.name || 'unknown';
  }

  description(number: number): string {
    return this.interfaces[number]?.description ?? '';
  }

  /** Counted from 1. */
  section(number: number): number {
    return (this.interfaces[number]?.section ?? 0) + 1;
  }
}
