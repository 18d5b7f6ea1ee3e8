// Options that select a store.
import { InvalidArgumentError } from 'commander';

/** Of commands that otherwise print. */
export const STORE_OPTION = [
  '--store <target>',
  'also write what is found as rows into this store: a folder, or clickhouse://HOST/DATABASE (see nscap store)',
] as const;

/** Of commands that are about a store. */
export const TARGET_OPTION = [
  '--store <target>',
  'the store: a folder (default: ~/.local/share/nscap/store), or clickhouse://HOST/DATABASE',
] as const;

/** Every nth. */
export function parseSample(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted, 0 for none.');
  return Number(text);
}

/** A name of a host, as rows have it. */
export function parseHost(text: string): string {
  if (text === '' || text.length > 253)
    throw new InvalidArgumentError('a name of 1 to 253 characters is wanted.');
  return text;
}
