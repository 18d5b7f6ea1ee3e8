// Names of the interfaces of the network namespace that this process is in.
import { koffi } from './load.ts';

const IF_NAMESIZE = 16;
/** Milliseconds after which an index that had no name is looked up again. */
const STALE = 1000;

let ask: ((index: number, name: Uint8Array) => unknown) | undefined;
const names = new Map<number, string>();
const misses = new Map<number, number>();

/** The name of the interface with this index; one that is gone keeps the name it had. Undefined where there is none. */
export function interfaceName(index: number): string | undefined {
  const known = names.get(index);
  if (known !== undefined) return known;
  const now = performance.now();
  if (now - (misses.get(index) ?? Number.NEGATIVE_INFINITY) < STALE) return undefined;
  ask ??= koffi().load(null).func('void *if_indextoname(unsigned int, void *)');
  const buffer = new Uint8Array(IF_NAMESIZE);
  if (ask(index, buffer) === null) {
    misses.set(index, now);
    return undefined;
  }
  const name = Buffer.from(buffer).toString('utf8').split('\0', 1)[0];
  names.set(index, name);
  return name;
}
