// Making a lab: all or nothing.
import { NscapError } from '../errors.ts';
import { BatchError, type IpCommand, ipBatch } from '../netns/batch.ts';
import { namespaceNames } from '../netns/namespace.ts';
import { configure } from './configure.ts';
import {
  adoptProcesses,
  type LabRecord,
  markMade,
  processStart,
  readRecord,
  reserve,
  updateRecord,
} from './record.ts';
import { removeLab, removeLabNow } from './remove.ts';
import { checkSpec, type LabSpec, parseEnd } from './spec.ts';

interface CreateOptions {
  /** For one run of this process: `lab status` and `lab down` treat it as such while the process lives. */
  temporary?: boolean;
  /** When aborted, the lab is removed and INTERRUPTED thrown. */
  signal?: AbortSignal;
}

/**
 * Makes the lab and returns its record. If anything fails, all that was made is removed before the error is thrown.
 * @throws NscapError LAB_EXISTS, NAMESPACE_EXISTS, NOT_PERMITTED, MISSING_TOOL, COMMAND_FAILED, INTERRUPTED; USAGE for a
 * spec that makes no sense.
 */
export async function createLab(spec: LabSpec, options: CreateOptions = {}): Promise<LabRecord> {
  checkSpec(spec);
  const present = await namespaceNames();
  const taken = Object.keys(spec.namespaces).filter((name) => present.includes(name));
  if (taken.length > 0 && (await readRecord(spec.name)) === undefined) throw namespaceTaken(taken);
  const record: LabRecord = {
    version: 1,
    spec,
    state: 'making',
    temporary: options.temporary ?? false,
    owner: { pid: process.pid, started: processStart(process.pid)! },
    since: new Date().toISOString(),
    namespaces: {},
    firewalls: {},
    processes: [],
    broken: [],
  };
  await reserve(record);
  try {
    if (taken.length > 0) throw namespaceTaken(taken);
    await build(record, options.signal);
    return record;
  } catch (error) {
    const why = await takeBack(record, error);
    if (why === error && options.signal?.aborted) {
      throw new NscapError('INTERRUPTED', `interrupted: the lab '${spec.name}' was taken back`, {
        cause: error,
      });
    }
    throw why;
  }
}

/**
 * Makes a lab for as long as `use` runs, and removes it however that ends: also when the signal aborts, and when the
 * process exits meanwhile.
 */
export async function withLab<T>(
  spec: LabSpec,
  use: (record: LabRecord) => Promise<T>,
  options: Omit<CreateOptions, 'temporary'> = {},
): Promise<T> {
  const record = await createLab(spec, { ...options, temporary: true });
  // `lab break`, run inside, may have ended listeners and started others: only the record on disk is current.
  const atExit = () => {
    adoptProcesses(record);
    removeLabNow(record);
  };
  process.once('exit', atExit);
  try {
    return await use(record);
  } finally {
    process.off('exit', atExit);
    adoptProcesses(record);
    await removeLab(record);
  }
}

async function build(record: LabRecord, signal: AbortSignal | undefined): Promise<void> {
  const { spec } = record;
  const names = Object.keys(spec.namespaces);
  const links: IpCommand[] = (spec.links ?? []).map((link) => {
    const [near, far] = link.ends.map(parseEnd) as [ReturnType<typeof parseEnd>, ReturnType<typeof parseEnd>];
    const mtu = link.mtu === undefined ? [] : ['mtu', String(link.mtu)];
    return [
      ...['link', 'add', 'name', near.interface, 'netns', near.namespace, ...mtu, 'type', 'veth'],
      ...['peer', 'name', far.interface, 'netns', far.namespace, ...mtu],
    ];
  });
  const add = names.map((name) => ['netns', 'add', name]);
  try {
    await ipBatch([...add, ...links], undefined, { detached: true });
  } catch (error) {
    const done = error instanceof BatchError ? error.done : undefined;
    await markMade(record, names.slice(0, done));
    throw error;
  }
  await markMade(record, names);
  signal?.throwIfAborted();
  await configure(record, signal);
  record.state = 'up';
  await updateRecord(record);
}

/** Removes what was made of a lab before `error`; returns the error to throw. */
async function takeBack(record: LabRecord, error: unknown): Promise<unknown> {
  try {
    await removeLab(record);
    return error;
  } catch (second) {
    const name = record.spec.name;
    return new NscapError('ROLLBACK', `${(error as Error).message}; and ${(second as Error).message}`, {
      hint: `something of the lab '${name}' may be left: nscap lab down ${name}`,
      cause: error,
    });
  }
}

function namespaceTaken(names: string[]): NscapError {
  const [first] = names;
  return new NscapError(
    'NAMESPACE_EXISTS',
    names.length === 1
      ? `there is a namespace '${first}' already`
      : `there are namespaces of these names already: ${names.join(', ')}`,
    { hint: `choose other names with --namespaces, or remove it with ip netns delete ${first}` },
  );
}
