// The options that describe the lab to make.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { usageError } from '../errors.ts';
import { isInterfaceName, isNamespaceName, type LabSpec } from '../lab/spec.ts';
import { bridgeSpec, chainSpec, MOST_NAMESPACES, numbered, pairSpec, starSpec } from '../lab/topology.ts';
import { notPermitted } from '../netns/command.ts';
import { mayManageNamespaces } from '../netns/user.ts';

export interface LabOptions {
  /** A lab file: then the name is the only other option allowed. */
  file?: string;
  name?: string;
  topology?: 'pair' | 'chain' | 'star' | 'bridge';
  count?: number;
  namespaces?: string[];
  interfaces?: string[];
  addresses?: string[];
  prefix?: number;
  mtu?: number;
  ipv6?: boolean;
  /** False with --no-routes. */
  routes: boolean;
}

export function addLabOptions(command: Command): Command {
  return command
    .option('--name <name>', "the lab's own name; by default made of its namespaces' names", parseName)
    .addOption(
      new Option(
        '--topology <kind>',
        'how the namespaces are connected; pair unless there are more than two',
      ).choices(['pair', 'chain', 'star', 'bridge']),
    )
    .option('--count <n>', `how many namespaces, 2 to ${MOST_NAMESPACES}`, whole(2, MOST_NAMESPACES))
    .option(
      '--namespaces <names>',
      'their names, with commas: ns1,ns2',
      names(isNamespaceName, 'a namespace'),
    )
    .option('--interfaces <names>', 'of a pair: veth0,veth1', names(isInterfaceName, 'an interface'))
    .option('--addresses <addresses>', 'of a pair: 10.0.1.0,10.0.2.0, with prefix length or without', list)
    .option('--prefix <bits>', 'prefix length of addresses without one (24)', whole(0, 128))
    .option('--mtu <bytes>', 'of every link', whole(68, 65535))
    .option('--ipv6', 'IPv6 addresses and routes as well')
    .option('--no-routes', 'without the routes to what is not directly connected');
}

/** The lab that the options describe. @throws NscapError USAGE where they contradict each other. */
export async function specFrom(options: LabOptions): Promise<LabSpec> {
  if (options.file !== undefined) return specFromFile(options.file, options);
  const { namespaces, topology } = options;
  const count =
    options.count ?? namespaces?.length ?? (topology === undefined || topology === 'pair' ? 2 : 3);
  const kind = topology ?? (count === 2 ? 'pair' : 'chain');
  const called = namespaces ?? numbered(count);
  if (called.length !== count) {
    throw usageError(`--count says ${count}, but --namespaces has ${called.length} names`);
  }
  if (count < 2)
    throw usageError('a lab of one namespace has no link', 'name at least two: --namespaces ns1,ns2');
  if (kind === 'pair' && count !== 2) {
    throw usageError(`a pair has 2 namespaces, not ${count}`, 'chain, star and bridge take any number');
  }
  if (kind !== 'pair') {
    const of = (['interfaces', 'addresses', 'prefix'] as const).find((key) => options[key] !== undefined);
    if (of !== undefined) throw usageError(`--${of} is for a pair; a ${kind} has its own`);
    const make = { chain: chainSpec, star: starSpec, bridge: bridgeSpec }[kind];
    return make({ ...shared(options), namespaces: called });
  }
  return pairSpec({
    ...shared(options),
    namespaces: two(called, 'namespaces'),
    ...(options.interfaces === undefined ? {} : { interfaces: two(options.interfaces, 'interfaces') }),
    ...(options.addresses === undefined ? {} : { addresses: two(options.addresses, 'addresses') }),
    ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
  });
}

async function specFromFile(file: string, options: LabOptions): Promise<LabSpec> {
  const other = Object.keys(options).find((key) => !['file', 'name', 'routes'].includes(key));
  if (other !== undefined || !options.routes) {
    throw usageError(`--${other ?? 'no-routes'} can't go with a lab file`, 'the file says all of it');
  }
  // Only labs from files need the YAML parser and the schema's validator.
  const { readLabFile } = await import('../lab/file.ts');
  const spec = await readLabFile(file);
  return options.name === undefined ? spec : { ...spec, name: options.name };
}

function shared({ name, mtu, ipv6, routes }: LabOptions) {
  return {
    routes,
    ...(name === undefined ? {} : { name }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
  };
}

function two(words: string[], option: string): [string, string] {
  if (words.length !== 2)
    throw usageError(`--${option} takes 2 of them with a comma between, not ${words.length}`);
  return words as [string, string];
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

function list(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}

function names(allowed: (name: string) => boolean, what: string): (text: string) => string[] {
  return (text) => {
    const words = list(text);
    const wrong = words.find((word) => !allowed(word));
    if (wrong !== undefined) throw new InvalidArgumentError(`'${wrong}' can't be the name of ${what}.`);
    return words;
  };
}

function parseName(text: string): string {
  if (!isNamespaceName(text)) throw new InvalidArgumentError(`'${text}' can't be the name of a lab.`);
  return text;
}

/** @throws NscapError NOT_PERMITTED where labs can't be managed; `what` is the subcommand. */
export function requireRoot(what: string): void {
  if (mayManageNamespaces()) return;
  throw notPermitted(
    `nscap lab ${what} needs root: a lab outlives the command`,
    'without root, nscap lab shell makes a lab that lasts as long as its shell, and in there all of nscap lab works',
  );
}
