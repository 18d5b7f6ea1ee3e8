// What is known of the interfaces that records were captured on.
import type { Interface } from '../base/interface.ts';

/** Names and descriptions of a source's interfaces by their number. */
export class Origin {
  private readonly interfaces: readonly Interface[];
  /** Whether the capture says which interface a record is from: pcapng does, pcap does not. */
  readonly named: boolean;

  /** By interface, where it was asked for. */
  private readonly namespaces: string[] = [];
  /** The first interface of each section. */
  private readonly firsts: number[] = [];

  constructor(interfaces: readonly Interface[] = [], named = false) {
    this.interfaces = interfaces;
    this.named = named;
  }

  /** The number of an interface within its section. */
  number(number: number): number {
    const { interfaces, firsts } = this;
    if (number >= interfaces.length) return number;
    const section = interfaces[number].section ?? 0;
    firsts[section] ??= interfaces.findIndex((one) => (one.section ?? 0) === section);
    return number - firsts[section];
  }

  name(number: number): string {
    return this.interfaces[number]?.name || 'unknown';
  }

  description(number: number): string {
    return this.interfaces[number]?.description ?? '';
  }

  /** The network namespace that an interface is in; empty where its name does not say, as `ns1:veth0` does. */
  namespace(number: number): string {
    const { interfaces, namespaces } = this;
    // pcapng may describe an interface after packets of others.
    if (number >= interfaces.length) return '';
    namespaces[number] ??= namespaceOf(interfaces[number].name);
    return namespaces[number];
  }

  /** Counted from 1. */
  section(number: number): number {
    return (this.interfaces[number]?.section ?? 0) + 1;
  }
}

/**
 * Names of Linux interfaces have neither `:` nor `/` in them and up to 15 bytes (dev_valid_name); what is only digits is a
 * port, or an alias as in `eth0:1`.
 */
function namespaceOf(name: string | undefined): string {
  return /^(.+):(?!\d+$)[^:/\s]{1,15}$/s.exec(name ?? '')?.[1] ?? '';
}
