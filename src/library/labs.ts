// Labs: network namespaces with cables between them. The one door to where they are made.
import type { LabRecord } from '../lab/record.ts';
import type { Removal } from '../lab/remove.ts';
import type { LabSpec } from '../lab/spec.ts';
import type { LabStatus } from '../lab/status.ts';
import type { PairOptions } from '../lab/topology.ts';

/** A lab that needs no file: a pair, as `PairOptions` say, or namespaces in a row, around one, or on a bridge. */
export type LabTopology =
  | ({ topology?: 'pair' } & PairOptions)
  | {
      topology: 'chain' | 'star' | 'bridge';
      /** How many namespaces: 2 to 256, called ns1, ns2, … */
      count: number;
      /** The lab's own name; absent: made of its namespaces' names. */
      name?: string;
      /** Of every cable, in bytes. */
      mtu?: number;
      /** The routes to what is not directly connected: there unless false. */
      routes?: boolean;
      /** IPv6 addresses and routes as well. */
      ipv6?: boolean;
    };

/**
 * Makes a lab, all of it or nothing; it stays until `labDown`. Without an argument it is the pair ns1 (veth0, 10.0.1.0/24)
 * and ns2 (veth1, 10.0.2.0/24), with routes.
 *
 * @param lab the path of a lab file (YAML or JSON), a lab's specification, or a topology
 * @throws NscapError NOT_PERMITTED without root; LAB_EXISTS, NAMESPACE_EXISTS; USAGE for a lab that makes no sense;
 * MISSING_TOOL, COMMAND_FAILED; INTERRUPTED where the signal aborted it
 * @example await labUp({ topology: 'chain', count: 3 });
 */
export async function labUp(
  lab: string | LabSpec | LabTopology = {},
  options: { signal?: AbortSignal } = {},
): Promise<LabStatus> {
  const { createLab, labStatus: look } = await implementation();
  return look(await createLab(await specOf(lab), options));
}

/**
 * Removes a lab: all that it made, and nothing else.
 *
 * @param lab its name, or that of one of its namespaces; absent: the one that is up
 * @throws NscapError UNKNOWN_LAB, AMBIGUOUS_LAB, LAB_IN_USE, NOT_PERMITTED
 */
export async function labDown(lab?: string): Promise<Removal> {
  const { checkRemovable, findLab, onlyRemovable, removeLab } = await implementation();
  const record = lab === undefined ? await onlyRemovable() : await findLab(lab);
  checkRemovable(record);
  return removeLab(record);
}

/**
 * What there is of a lab now, and where that differs from what it declares.
 *
 * @param lab its name, or that of one of its namespaces; absent: the one that is up
 * @throws NscapError UNKNOWN_LAB, AMBIGUOUS_LAB, NOT_PERMITTED
 */
export async function labStatus(lab?: string): Promise<LabStatus> {
  const { findLab, labStatus: look, onlyLab } = await implementation();
  return look(lab === undefined ? await onlyLab() : await findLab(lab));
}

/** The names of all labs, sorted. */
export async function listLabs(): Promise<string[]> {
  const { labRecords } = await implementation();
  return (await labRecords()).map(({ spec }) => spec.name);
}

/**
 * Makes a lab for as long as `use` runs, and removes it however that ends, also when the process exits meanwhile.
 * Returns what `use` returns.
 *
 * @throws as `labUp`, and what `use` throws
 * @example await withLab({ topology: 'star', count: 4 }, async () => why({ namespace: 'ns2', target: 'ns3' }));
 */
export async function withLab<T>(
  lab: string | LabSpec | LabTopology,
  use: (lab: LabStatus) => Promise<T>,
): Promise<T> {
  const { labStatus: look, withLab: during } = await implementation();
  return during(await specOf(lab), async (record: LabRecord) => use(await look(record)));
}

async function specOf(lab: string | LabSpec | LabTopology): Promise<LabSpec> {
  if (typeof lab === 'string') {
    const { readLabFile } = await import('../lab/file.ts');
    return readLabFile(lab);
  }
  if (isSpec(lab)) return lab;
  const { bridgeSpec, chainSpec, numbered, pairSpec, starSpec, usageError } = await implementation();
  if (!('count' in lab)) return pairSpec(lab);
  const { topology, count, ...rest } = lab;
  if (!Number.isInteger(count) || count < 2 || count > 256)
    throw usageError(`a lab has 2 to 256 namespaces, not ${count}`);
  const make = { chain: chainSpec, star: starSpec, bridge: bridgeSpec }[topology];
  return make({ ...rest, namespaces: numbered(count) });
}

function isSpec(lab: LabSpec | LabTopology): lab is LabSpec {
  return 'namespaces' in lab && !Array.isArray(lab.namespaces);
}

function implementation() {
  return import('./lab-control.ts');
}
