// The request: from which namespace, to which address and port; TARGET may be an address, a namespace or a host name.
import { sudoHint } from '../base/shell.ts';
import type { Way } from '../drops/event.ts';
import { NscapError, usageError } from '../errors.ts';
import type { Discovery, FoundNamespace } from '../netns/discover.ts';
import { attemptIn, type Namespace } from '../netns/namespace.ts';
import { canonical, type Family, familyOf, isLinkLocal, onLink } from '../netns/prefix.ts';
import { resolveNamespace } from '../netns/resolve.ts';
import { Topology } from '../netns/topology.ts';

export interface Asked {
  /** NS and TARGET as typed. */
  from: string;
  target: string;
  port?: number;
  udp?: boolean;
  /** Only this family, where TARGET leaves it open. */
  family?: Family;
  /** How to learn of the kernel's drops; undefined for the best way that is allowed. */
  how?: Way;
}

export interface Request {
  asker: FoundNamespace;
  /** Undefined where TARGET is a namespace without an address. */
  address?: string;
  family: Family;
  /** Interface for a link-local address. */
  zone?: string;
  /** The namespace that TARGET names. */
  targetNamespace?: FoundNamespace;
  protocol: 'icmp' | 'tcp' | 'udp';
  port?: number;
  /** How TARGET was understood, for the report. */
  understood: string;
}

/** The found namespace that an NS argument means. @throws NscapError UNKNOWN_NAMESPACE, NOT_PERMITTED. */
async function findNamespace(discovery: Discovery, argument: string): Promise<FoundNamespace> {
  const resolved = await resolveNamespace(argument);
  const found = discovery.namespaces.find((netns) => netns.inode === resolved.inode);
  if (found === undefined) {
    throw new NscapError('UNKNOWN_NAMESPACE', `the namespace '${argument}' is gone`);
  }
  if (found.interfaces === undefined) {
    if (found.missing !== undefined) throw found.missing;
    throw new NscapError(
      'NOT_PERMITTED',
      `the namespace '${argument}' may not be looked into: ${found.problem}`,
      { hint: sudoHint() },
    );
  }
  return { ...found, label: labelOf(argument, found), namespace: typed(resolved, found.namespace) };
}

/** The user's own words for it, except where those are a path that has a name. */
function labelOf(argument: string, found: FoundNamespace): string {
  return argument.startsWith('/') && found.names.length > 0 ? found.label : argument;
}

/** The way in that the words typed mean, unless there is a name, which makes shorter commands. */
function typed(resolved: Namespace, found: Namespace): Namespace {
  const byUser = found.enter.some((word) => word.startsWith('--user='));
  return found.kind === 'named' || found.enter.length === 0 || byUser ? found : resolved;
}

/** Understands TARGET. @throws NscapError USAGE, UNKNOWN_TARGET when it is neither address nor namespace nor name. */
export async function understand(discovery: Discovery, asked: Asked): Promise<Request> {
  const asker = await findNamespace(discovery, asked.from);
  // From here on there is one object for it.
  const index = discovery.namespaces.findIndex((netns) => netns.inode === asker.inode);
  discovery.namespaces[index] = asker;
  const protocol = asked.port === undefined ? 'icmp' : asked.udp ? 'udp' : 'tcp';
  const base = { asker, protocol, ...(asked.port === undefined ? {} : { port: asked.port }) } as const;
  const literal = familyOf(asked.target);
  if (literal !== undefined) {
    const [address, zone] = asked.target.split('%');
    if (isLinkLocal(address) && literal === 6 && zone === undefined) {
      throw usageError(
        `the link-local address ${address} needs an interface of ${asked.from}`,
        `nscap why ${asked.from} ${address}%INTERFACE`,
      );
    }
    return {
      ...base,
      address: canonical(address),
      family: literal,
      ...(zone === undefined ? {} : { zone }),
      understood: asked.target,
    };
  }
  const named = await resolveNamespace(asked.target).catch((error: unknown) => {
    if (
      error instanceof NscapError &&
      error.code === 'UNKNOWN_NAMESPACE' &&
      !/^(pid:|container:|\/)/.test(asked.target)
    )
      return undefined;
    throw error;
  });
  const targetNamespace = named && discovery.namespaces.find((netns) => netns.inode === named.inode);
  if (targetNamespace !== undefined) {
    targetNamespace.label = targetNamespace === asker ? asker.label : labelOf(asked.target, targetNamespace);
    const address = bestAddress(discovery, asker, targetNamespace, asked.family);
    const family = address === undefined ? (asked.family ?? likelyFamily(asker)) : familyOf(address)!;
    return {
      ...base,
      ...(address === undefined ? {} : { address }),
      family,
      targetNamespace,
      understood: `the namespace ${asked.target}`,
    };
  }
  const address = await lookUp(asker, asked.target, asked.family);
  if (address === undefined) {
    throw new NscapError(
      'UNKNOWN_TARGET',
      `'${asked.target}' is no address, no namespace, and no name that ${asked.from} can look up`,
      {
        hint: 'TARGET is an address such as 10.0.1.2, a namespace such as ns2, or a host name',
      },
    );
  }
  return {
    ...base,
    address: canonical(address),
    family: familyOf(address)!,
    understood: `the name ${asked.target}`,
  };
}

/** Of a namespace's addresses the one nearest to the asker: on a link they share, or else any that is no link's own. */
function bestAddress(
  discovery: Discovery,
  asker: FoundNamespace,
  targetNamespace: FoundNamespace,
  family: Family | undefined,
): string | undefined {
  const topology = new Topology(discovery.namespaces);
  const usable = topology
    .of(targetNamespace)
    .filter((node) => node.link.kind !== 'loopback' || targetNamespace === asker)
    .flatMap((node) => node.link.addresses.map((assigned) => ({ ...assigned, node })))
    .filter(
      (candidate) =>
        !isLinkLocal(candidate.address) &&
        candidate.scope !== 'host' &&
        (family === undefined || familyOf(candidate.address) === family),
    );
  const wires = topology.of(asker);
  const rank = (candidate: (typeof usable)[number]) => {
    const four = familyOf(candidate.address) === 4 ? 0 : 1;
    const shared = wires.some((node) => topology.wire(node, candidate.node) !== undefined);
    const same = wires.some((node) =>
      node.link.addresses.some((own) => onLink(own.address, own.prefix, candidate.address)),
    );
    return (shared && same ? 0 : shared ? 2 : same ? 4 : 6) + four;
  };
  return (
    usable.sort((a, b) => rank(a) - rank(b))[0]?.address ??
    (targetNamespace === asker ? '127.0.0.1' : undefined)
  );
}

function likelyFamily(asker: FoundNamespace): Family {
  const addresses = (asker.interfaces ?? [])
    .filter((link) => link.kind !== 'loopback')
    .flatMap((link) => link.addresses);
  const global = addresses.filter((assigned) => assigned.scope === 'global');
  return global.length > 0 && global.every((assigned) => assigned.family === 'inet6') ? 6 : 4;
}

/** The first address that the resolver of the namespace (its own /etc/netns/NAME/resolv.conf) has for a name. */
async function lookUp(
  asker: FoundNamespace,
  name: string,
  family: Family | undefined,
): Promise<string | undefined> {
  if (!/^[\w.-]{1,253}$/.test(name) || name.startsWith('-')) return undefined;
  const database = family === 4 ? 'ahostsv4' : family === 6 ? 'ahostsv6' : 'ahosts';
  const result = await attemptIn(asker.namespace, ['getent', database, name], { timeout: 2000 }).catch(
    () => undefined,
  );
  const address = result?.stdout.split(/\s/, 1)[0];
  return address !== undefined && familyOf(address) !== undefined ? address : undefined;
}
