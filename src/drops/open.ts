// The best way to learn of drops that this machine and our privileges allow.
import { NscapError } from '../errors.ts';
import { compileByName } from '../filter/compile.ts';
import type { Namespace } from '../netns/namespace.ts';
import { isTranslatable } from './bpf/classic.ts';
import { openBpf } from './bpf/source.ts';
import type { DropSource, Way } from './event.ts';
import { Places } from './places.ts';

export interface DropOptions {
  /** The way to take; undefined for the best that is allowed. */
  how?: Way;
  /** Undefined for all namespaces of the machine. */
  namespaces?: readonly Namespace[];
  /** pcap-filter(7), on the packet from its Ethernet header on. */
  filter?: string;
}

/** Opens a source of drop events. Throws NscapError where no way, or not the one asked for, is allowed. */
export async function openDrops(options: DropOptions = {}): Promise<DropSource> {
  const { namespaces, filter = '' } = options;
  const program = filter.trim() === '' ? undefined : compileByName(filter, 'EN10MB', 262_144, true);
  if (program !== undefined && !isTranslatable(program)) {
    throw new NscapError('PROGRAM', `the kernel cannot run the filter '${filter}': it has loops`);
  }
  const places = new Places(namespaces);
  if (namespaces === undefined) await places.learnNames();
  return openBpf({ namespaces: namespaces?.map(({ inode }) => inode), filter: program, places });
}
