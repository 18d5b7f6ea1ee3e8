// The output of `nft -j list ruleset`, completed where old versions truncate it.

import { isObject, objectsIn, parsedJson } from '../base/json.ts';

/** The tables that nscap makes for traces: nothing is dropped in them. */
const OWN = /^nscap-\d+-\d+/;

export interface NftDocument {
  nftables: object[];
  /** Family and name of the tables that nft has no JSON of. */
  untold: string[];
}

/**
 * The document in `text`. nft 1.0.6 and older stop after a table that belongs to a process (`flags owner`: those of
 * firewalld, and of an nscap that traces), with status 0: then each table is listed separately. `ask` runs a command and
 * returns its output.
 */
export async function nftDocument(
  text: string,
  ask: (argv: string[]) => Promise<string | undefined>,
): Promise<NftDocument> {
  const whole = parsed(text);
  if (whole !== undefined) return { nftables: whole, untold: [] };
  const nftables: object[] = [];
  const untold: string[] = [];
  const names = (await ask(['nft', 'list', 'tables'])) ?? '';
  for (const [, family, table] of names.matchAll(/^table (\S+) (\S+)$/gm)) {
    if (OWN.test(table)) continue;
    const found = parsed((await ask(['nft', '-j', 'list', 'table', family, table])) ?? '');
    if (found === undefined) untold.push(`${family} ${table}`);
    else nftables.push(...found);
  }
  return { nftables, untold };
}

function parsed(text: string): object[] | undefined {
  const document = parsedJson(text);
  if (!isObject(document)) return undefined; // Broken off.
  return objectsIn(document.nftables);
}
