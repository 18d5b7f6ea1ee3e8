// What a lab is made of. A lab file has exactly this shape; `nscap lab schema` prints its JSON Schema.
import { usageError } from '../errors.ts';
import { parseTypedPrefix } from '../netns/prefix.ts';

/** A lab as it is declared: a lab file has exactly this shape. */
export interface LabSpec {
  /** The name that `lab down` and `lab status` take. */
  name: string;
  /** By name, as under /run/netns. */
  namespaces: Record<string, NamespaceSpec>;
  /** Cables: veth pairs. */
  links?: LinkSpec[];
}

/** A namespace of a lab as it is declared. */
export interface NamespaceSpec {
  /** The ends of links, and bridges and VLANs on them; `lo` only where it differs (it is up by itself). */
  interfaces?: Record<string, InterfaceSpec>;
  /** The arguments of `ip route add`, each as one string: "10.0.2.0/24 dev veth0", "blackhole 10.9.0.0/16". */
  routes?: string[];
  /** net.* settings: { "net.ipv4.ip_forward": 1 }. */
  sysctls?: Record<string, string | number>;
  /** A ruleset as nft reads it. */
  firewall?: string;
  /** TCP ports, or "ADDRESS:PORT", on which a server that answers each line with itself listens. */
  listeners?: (string | number)[];
}

/** An interface of a lab as it is declared. */
export interface InterfaceSpec {
  /** "ADDRESS/PREFIX" each. */
  addresses?: string[];
  /** Bytes. */
  mtu?: number;
  /** Up unless false. */
  up?: boolean;
  /** Link-layer address. */
  mac?: string;
  /** Makes it a bridge with these interfaces as ports. */
  bridge?: string[];
  /** Makes it a VLAN (802.1Q) on the interface `on`. */
  vlan?: { id: number; on: string };
  /** Delay, loss (netem) and rate (tbf) of what it sends. */
  shape?: ShapeSpec;
}

/** Traffic shaping of the packets that an interface sends. */
export interface ShapeSpec {
  /** As tc reads a time: "10ms". */
  delay?: string;
  /** Spread of the delay. */
  jitter?: string;
  /** As tc reads a share: "1%". */
  loss?: string;
  duplicate?: string;
  reorder?: string;
  corrupt?: string;
  /** As tc reads a rate: "10mbit". */
  rate?: string;
  /** tbf's bucket: "32kb" unless given. */
  burst?: string;
  /** The longest a packet may wait in tbf: "400ms" unless given. */
  latency?: string;
}

/** A cable of a lab as it is declared. */
export interface LinkSpec {
  /** Each "NAMESPACE:INTERFACE". */
  ends: [string, string];
  /** Bytes, of both ends. */
  mtu?: number;
}

/** One end of a link. */
export interface End {
  namespace: string;
  interface: string;
}

/** Which part of a spec is wrong: the way down to it from the top, as ['namespaces', 'ns1', 'routes', 0]. */
export type SpecPath = (string | number)[];

/** Says that the part of the spec at `path` is wrong. */
type Complain = (path: SpecPath, sentence: string, hint?: string) => Error;

/** Namespace names that are safe as file names, in ip's batch syntax and in "NAMESPACE:INTERFACE". */
const NAMESPACE_NAME = /^(?![-.])[^\s/:#'"\\\p{Cc}]{1,200}$/u;
/** dev_valid_name() of the kernel (at most 15 bytes, no "/", ":" or white space), less what ip's batch can't take. */
const INTERFACE_NAME = /^(?![-.])[^\s/:#'"\\\p{Cc}]{1,15}$/u;

export function isNamespaceName(name: string): boolean {
  return NAMESPACE_NAME.test(name) && Buffer.byteLength(name) <= 255;
}

export function isInterfaceName(name: string): boolean {
  return INTERFACE_NAME.test(name) && Buffer.byteLength(name) <= 15;
}

/** Splits "ns1:veth0". */
export function parseEnd(text: string): End {
  const colon = text.indexOf(':');
  return { namespace: text.slice(0, Math.max(colon, 0)), interface: text.slice(colon + 1) };
}

const saidPlainly: Complain = (path, sentence, hint) => usageError(`${path.join('.')}: ${sentence}`, hint);

/**
 * Checks what the schema can't: names, that each interface has exactly one origin (link, bridge or VLAN), that what
 * refers to an interface finds it, addresses.
 * @throws whatever `complain` makes of the first fault; a usage error by default.
 */
export function checkSpec(spec: LabSpec, complain: Complain = saidPlainly): void {
  if (!isNamespaceName(spec.name)) throw complain(['name'], `'${spec.name}' can't be the name of a lab`);
  if (Object.keys(spec.namespaces).length === 0)
    throw complain(['namespaces'], 'a lab has at least one namespace');
  for (const name of Object.keys(spec.namespaces)) {
    if (!isNamespaceName(name)) {
      throw complain(
        ['namespaces', name],
        `'${name}' can't be the name of a namespace`,
        'letters, digits, - _ . can',
      );
    }
  }
  const origins = linkEnds(spec, complain);
  for (const [name, namespace] of Object.entries(spec.namespaces)) {
    checkInterfaces(name, namespace, origins, complain);
    checkRest(name, namespace, complain);
  }
}

function linkEnds(spec: LabSpec, complain: Complain): Set<string> {
  const ends = new Set<string>();
  for (const [index, link] of (spec.links ?? []).entries()) {
    for (const [side, text] of link.ends.entries()) {
      const path = ['links', index, 'ends', side];
      const end = parseEnd(text);
      if (!Object.hasOwn(spec.namespaces, end.namespace)) {
        throw complain(
          path,
          `there is no namespace '${end.namespace}' in this lab`,
          'an end is NAMESPACE:INTERFACE',
        );
      }
      if (!isInterfaceName(end.interface) || end.interface === 'lo') {
        throw complain(
          path,
          `'${end.interface}' can't be the name of an interface`,
          'at most 15 letters, digits, - _ .',
        );
      }
      if (ends.has(text)) throw complain(path, `${text} is the end of a link already`);
      ends.add(text);
    }
  }
  return ends;
}

function checkInterfaces(
  name: string,
  namespace: NamespaceSpec,
  ends: Set<string>,
  complain: Complain,
): void {
  const interfaces = namespace.interfaces ?? {};
  const there = new Set(Object.keys(interfaces));
  for (const end of ends) if (parseEnd(end).namespace === name) there.add(parseEnd(end).interface);
  const masters = new Map<string, string>();
  for (const [device, interfaceSpec] of Object.entries(interfaces)) {
    const path = ['namespaces', name, 'interfaces', device];
    if (!isInterfaceName(device)) throw complain(path, `'${device}' can't be the name of an interface`);
    const origins = [
      device === 'lo',
      ends.has(`${name}:${device}`),
      interfaceSpec.bridge !== undefined,
      interfaceSpec.vlan !== undefined,
    ];
    if (origins.filter(Boolean).length !== 1) {
      throw complain(
        path,
        origins.some(Boolean)
          ? `${device} can't be two things at once`
          : `${device} is neither the end of a link nor a bridge nor a VLAN`,
        `links, with ends: [${name}:${device}, …], makes it`,
      );
    }
    for (const [index, port] of (interfaceSpec.bridge ?? []).entries()) {
      const from = [...path, 'bridge', index];
      if (!there.has(port) || port === 'lo' || port === device) {
        throw complain(from, `there is no interface '${port}' in ${name} to be a port of ${device}`);
      }
      if (masters.has(port)) throw complain(from, `${port} is a port of ${masters.get(port)} already`);
      masters.set(port, device);
    }
    if (
      interfaceSpec.vlan !== undefined &&
      (!there.has(interfaceSpec.vlan.on) || interfaceSpec.vlan.on === device)
    ) {
      throw complain([...path, 'vlan', 'on'], `there is no interface '${interfaceSpec.vlan.on}' in ${name}`);
    }
    for (const [index, address] of (interfaceSpec.addresses ?? []).entries()) {
      try {
        parseTypedPrefix(address);
      } catch (error) {
        throw complain([...path, 'addresses', index], (error as Error).message);
      }
    }
  }
}

function checkRest(name: string, namespace: NamespaceSpec, complain: Complain): void {
  for (const [index, route] of (namespace.routes ?? []).entries()) {
    if (/[#'"\\\p{Cc}]/u.test(route) || route.trim() === '' || route.trim().startsWith('-')) {
      throw complain(
        ['namespaces', name, 'routes', index],
        `'${route}' is no route`,
        'write the arguments of ip route add',
      );
    }
  }
  for (const key of Object.keys(namespace.sysctls ?? {})) {
    if (!/^net\.[\w./-]+$/.test(key) || key.includes('..')) {
      throw complain(
        ['namespaces', name, 'sysctls', key],
        `'${key}' is not a setting of a network namespace`,
        'net.*',
      );
    }
  }
  for (const [index, listener] of (namespace.listeners ?? []).entries()) {
    if (parseListener(String(listener)) === undefined) {
      const path = ['namespaces', name, 'listeners', index];
      throw complain(
        path,
        `'${listener}' is no port to listen on`,
        '7096, 127.0.0.1:7096 and [::1]:7096 are',
      );
    }
  }
}

/** Reads "PORT", "ADDRESS:PORT" or "[ADDRESS]:PORT"; undefined for anything else. Without an address: on all. */
export function parseListener(text: string): { address: string | undefined; port: number } | undefined {
  const parts = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  if (!parts || port < 1 || port > 65535) return undefined;
  const address = parts[1] ?? parts[2];
  if (address !== undefined) {
    try {
      parseTypedPrefix(address, 0);
    } catch {
      return undefined;
    }
  }
  return { address, port };
}
