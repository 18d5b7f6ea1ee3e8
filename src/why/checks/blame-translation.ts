// Packets that were given another address, and are lost there: is it the rule that is wrong, or what it leads to?
import type { FoundNamespace } from '../../netns/discover.ts';
import { networkOf } from '../../netns/prefix.ts';
import type { Evidence } from '../evidence.ts';
import { chainNamed, packetNamed } from '../facts/names.ts';
import { decide, sameAddress } from '../fib.ts';
import { type Command, commandIn, type Finding } from '../finding.ts';
import { ruleText } from './filtering.ts';
import { listeners } from './listener.ts';
import { replaceInRule, type Translation } from './translation.ts';

/** Puts what is wrong with a translation before what came of it. */
export async function blameTranslations(evidence: Evidence): Promise<void> {
  const { there, findings } = evidence;
  for (const translation of there?.translations ?? []) {
    if (translation.rule === undefined || translation.chain === undefined) continue;
    const found =
      translation.kind === 'snat'
        ? await blameSource(evidence, translation)
        : await blameTarget(evidence, translation);
    if (found !== undefined) findings.unshift(found);
  }
}

/** A source that is not the translating namespace's own: no answer finds its way there. */
async function blameSource(
  { snapshot, back, there }: Evidence,
  translation: Translation,
): Promise<Finding | undefined> {
  const { here, after, chain, rule } = translation;
  if (there?.arrived === undefined || snapshot.has(here, after)) return undefined;
  if (back?.hops.some((hop, index) => index > 0 && hop.here === here)) return undefined;
  const text = await ruleText(here, chain!, rule!);
  const masquerade = await replaceInRule(here, chain!, rule!, (words) =>
    words
      .replace(/\bsnat (?:ip6? )?to \S+.*$/, 'masquerade')
      .replace(/^SNAT$/, 'MASQUERADE')
      .replace(/^--to-source$/, ''),
  );
  return {
    code: 'translated',
    effect: 'diverts',
    step: 'firewall',
    facts: {
      kind: 'source',
      netns: here.label,
      packet: packetNamed(translation.packet!),
      address: after,
      chain: chainNamed(chain!),
      rule: text,
    },
    evidence: [{ code: 'rule', facts: { netns: here.label, chain: chainNamed(chain!), rule: text } }],
    fix: masquerade === undefined || chain!.tool !== 'nft' ? sourceByIptables(translation) : [masquerade],
    place: { way: 'back', lower: -1, upper: Number.POSITIVE_INFINITY },
  };
}

function sourceByIptables({ here, chain, rule }: Translation): Command[] {
  const words = rule!.deletion;
  const jump = words.indexOf('-j');
  if (jump < 0) return [commandIn(here, ...words)];
  const again = [...words.slice(0, jump), '-j', 'MASQUERADE'].map((word) => (word === '-D' ? '-A' : word));
  return [commandIn(here, ...words), ...(chain!.tool === 'nft' ? [] : [commandIn(here, ...again)])];
}

/** A target address that no host has, or on which another port is meant; or a rule that takes away what was fine. */
async function blameTarget(evidence: Evidence, translation: Translation): Promise<Finding | undefined> {
  const { snapshot, there, findings, request } = evidence;
  const { here, before, after, chain, rule, portBefore, portAfter } = translation;
  if (
    there?.translations.some(
      (later) => later !== translation && later.kind === 'dnat' && sameAddress(later.before, after),
    )
  )
    return undefined;
  const text = await ruleText(here, chain!, rule!);
  const named = {
    netns: here.label,
    chain: chainNamed(chain!),
    ...(rule!.handle === undefined ? {} : { handle: rule!.handle }),
    rule: text,
  };
  const base = {
    code: 'translated',
    effect: 'diverts',
    step: 'firewall',
    evidence: [{ code: 'rule', facts: named }],
    place: { way: 'there', lower: -1, upper: Number.POSITIVE_INFINITY },
  } satisfies Partial<Finding>;
  const facts = {
    ...named,
    packet: packetNamed(translation.packet!),
    address: after,
    ...(portAfter === undefined ? {} : { port: portAfter }),
  };
  // An address that is not its own: the rule takes packets away from another.
  if (
    !snapshot.has(here, before) &&
    snapshot.topology.owners(before).some((node) => node.namespace !== here)
  ) {
    return { ...base, facts: { kind: 'taken', ...facts }, fix: [commandIn(here, ...rule!.deletion)] };
  }
  const protocol = request.protocol;
  if (protocol === 'icmp') return undefined;
  const owners = snapshot.topology.owners(after).filter((node) => node.link.kind !== 'loopback');
  const local = snapshot.has(here, after) || after.startsWith('127.') || after === '::1';
  if (owners.length === 0 && !local) {
    const servers = await serversNear(evidence, translation, protocol);
    const right = servers.length === 1 ? servers[0] : undefined;
    const fix =
      right === undefined
        ? undefined
        : await replaceInRule(here, chain!, rule!, (words) => words.replaceAll(after, right));
    return {
      ...base,
      facts: { kind: 'no-owner', ...facts, ...(right === undefined ? {} : { rightAddress: right }) },
      fix: fix === undefined ? [] : [fix],
    };
  }
  const end = there?.arrived;
  if (end === undefined || !findings.some(({ code }) => code === 'not-listening')) return undefined;
  const others = await portsAt(end.here, protocol, after);
  const meant = others.length === 1 ? others[0] : others.find((port) => port === portBefore);
  if (meant === undefined || meant === portAfter) return undefined;
  const fix = await replaceInRule(here, chain!, rule!, (words) =>
    words.replace(
      new RegExp(`((?:dnat (?:ip6? )?to|redirect to) \\S*?:)${portAfter}\\b|(:)${portAfter}$`),
      `$1$2${meant}`,
    ),
  );
  return {
    ...base,
    facts: { kind: 'not-listening', ...facts, server: end.here.label, rightPort: meant },
    fix: fix !== undefined ? [fix] : translation.stateless ? [commandIn(here, ...rule!.deletion)] : [],
  };
}

/** Addresses on the network of a wrong one at which a socket listens on the port that the rule names. */
async function serversNear(
  { snapshot }: Evidence,
  { here, after, portAfter }: Translation,
  protocol: 'tcp' | 'udp',
): Promise<string[]> {
  if (portAfter === undefined) return [];
  const state = await snapshot.state(here);
  const family = after.includes(':') ? 6 : 4;
  const decision = decide(state, { family, target: after });
  const exit = decision.kind === 'route' ? snapshot.topology.find(here, decision.route.dev) : undefined;
  if (exit === undefined) return [];
  const stations = snapshot.topology.stations(exit).filter((station) => station.namespace !== here);
  const found = await Promise.all(
    stations.map(async (station) => {
      const ports = await listeners(station.namespace, protocol).catch(() => []);
      if (!ports.some((listener) => listener.port === portAfter)) return [];
      return station.link.addresses.filter(
        (assigned) => assigned.scope === 'global' && (family === 6) === assigned.address.includes(':'),
      );
    }),
  );
  return found.flat().map((assigned) => assigned.address);
}

/** The ports on which sockets listen at an address. */
async function portsAt(here: FoundNamespace, protocol: 'tcp' | 'udp', address: string): Promise<number[]> {
  const all = await listeners(here, protocol);
  const fits = all.filter(
    (listener) =>
      /^(\*|0\.0\.0\.0|::|\[::\])$/.test(listener.address) || sameAddress(listener.address, address),
  );
  return [...new Set(fits.map((listener) => listener.port))];
}

/** The commands that make the translating namespace appear as the asker, so that answers come back by it. */
export async function throughTranslator(evidence: Evidence, translation: Translation): Promise<Command[]> {
  const { here, after, chain, portAfter } = translation;
  const { snapshot, there, request } = evidence;
  const source = there!.spec.source;
  if (source === undefined || request.protocol === 'icmp' || portAfter === undefined) return [];
  const node = snapshot.topology.owners(source).find((owner) => owner.namespace === request.asker);
  const length = node?.link.addresses.find((own) => sameAddress(own.address, source))?.prefix;
  const network = length === undefined ? source : networkOf(source, length);
  const { firewall } = await snapshot.state(here);
  const post = firewall.chains.find(
    ({ type, hook, family, tool }) =>
      type === 'nat' &&
      hook === 'postrouting' &&
      tool === chain!.tool &&
      (family === chain!.family || family === 'inet'),
  );
  if (chain!.tool !== 'nft') {
    const words = ['-s', network, '-d', after, '-p', request.protocol, '--dport', String(portAfter)];
    return [commandIn(here, chain!.tool, '-t', 'nat', '-A', 'POSTROUTING', ...words, '-j', 'MASQUERADE')];
  }
  if (post === undefined) return [];
  const ip = request.family === 4 ? 'ip' : 'ip6';
  const match = [ip, 'saddr', network, ip, 'daddr', after, request.protocol, 'dport', String(portAfter)];
  return [commandIn(here, 'nft', 'add', 'rule', post.family, post.table, post.name, ...match, 'masquerade')];
}
