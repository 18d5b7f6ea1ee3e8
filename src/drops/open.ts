// The best method of learning about drops that this machine and the process's privileges allow.
import { insideNamespace } from '../binding/netlink.ts';
import { NscapError } from '../errors.ts';
import { compileByName } from '../filter/compile.ts';
import { filterFunction } from '../filter/function.ts';
import type { Program } from '../filter/program.ts';
import { notPermitted } from '../netns/command.ts';
import { HERE, type Namespace } from '../netns/namespace.ts';
import { isTranslatable } from './bpf/classic.ts';
import { openBpf } from './bpf/source.ts';
import { CombinedDrops } from './combined.ts';
import { openCounters } from './counters/source.ts';
import { type DropSource, WAYS, type Way } from './event.ts';
import { openNft } from './nft/source.ts';
import { Places } from './places.ts';
import { RuledDrops, traceRules } from './ruled.ts';
import { SocketedDrops } from './sockets.ts';
import { openTracefs } from './tracefs/source.ts';

interface DropOptions {
  /** The method; undefined for the best that is allowed. */
  how?: Way | undefined;
  /** Undefined for all namespaces of the machine. */
  namespaces?: readonly Namespace[] | undefined;
  /** pcap-filter(7), on the packet from its Ethernet header on. */
  filter?: string;
  /** Find the nft rule of each packet that a rule dropped, too (default: true). */
  rules?: boolean;
  /** By tracefs: deliver drops of a thread's own packets though their namespace is unknown (default: false). */
  threads?: boolean;
}

interface Request {
  namespaces?: readonly Namespace[] | undefined;
  program: Program | undefined;
  rules: boolean;
  threads: boolean;
  places: Places;
}

const OPEN: Record<Way, (request: Request) => Promise<DropSource>> = {
  bpf: async ({ namespaces, program, rules, places }) => {
    const bpf = openBpf({ namespaces: namespaces?.map(({ inode }) => inode), filter: program, places });
    const source = new SocketedDrops(bpf, (inode) => places.enterable(inode));
    const traced = rules ? await traceRules(namespaces ?? places.named(), source.notes) : [];
    return traced.length === 0 ? source : new RuledDrops(source, traced);
  },
  tracefs: ({ namespaces, program, places, threads }) =>
    openTracefs(namespaces, places, { hasFilter: program !== undefined, threads }),
  nft: async ({ namespaces: given, program, places }) => {
    const namespaces = given ?? enterable(places);
    const filter = program === undefined ? undefined : filterFunction(program);
    const nft = await openNft(namespaces, filter, places);
    // Counters cover the other reasons; drops by rules are shown by nft, packet by packet.
    return new CombinedDrops([
      nft,
      await openCounters(namespaces, program !== undefined, ['NETFILTER_DROP']),
    ]);
  },
  counters: ({ namespaces, program, places }) =>
    openCounters(namespaces ?? enterable(places), program !== undefined),
};

/** This namespace, and the named ones that may be entered. */
function enterable(places: Places): Namespace[] {
  const others = places.named().filter(({ inode, path }) => {
    if (inode === HERE.inode) return false;
    try {
      return insideNamespace(path, () => true);
    } catch {
      return false;
    }
  });
  return [places.enterable(HERE.inode) ?? HERE, ...others];
}

/**
 * Opens a source of drop events: by the requested method, or the first that works; `notes` say why better ones do not.
 * Throws NscapError if none is allowed.
 */
export async function openDrops(options: DropOptions = {}): Promise<DropSource> {
  const { how, namespaces, filter = '', rules = true, threads = false } = options;
  const program = filter.trim() === '' ? undefined : compileByName(filter, 'EN10MB', 262_144, true);
  if (program !== undefined && !isTranslatable(program)) {
    throw new NscapError('PROGRAM', `the kernel cannot run the filter '${filter}': it has loops`);
  }
  const places = new Places(namespaces);
  if (namespaces === undefined) await places.learnNames();
  const request = { namespaces, program, rules, places, threads };
  if (how !== undefined) return OPEN[how](request).catch(withHint);
  const refusals: string[] = [];
  let last: unknown;
  for (const way of WAYS) {
    try {
      const source = await OPEN[way](request);
      source.notes.unshift(...refusals);
      return source;
    } catch (error) {
      if (!(error instanceof NscapError)) throw error;
      refusals.push(`${way}: ${error.message}`);
      last = error;
    }
  }
  return withHint(last);
}

/** Throws the error, with a hint if privileges are missing. */
function withHint(error: unknown): never {
  if (error instanceof NscapError && error.code === 'NOT_PERMITTED' && error.hint === undefined)
    throw notPermitted(error.message);
  throw error;
}
