// The words of `nscap drops`: namespaces first, then a filter.
import { existsSync } from 'node:fs';
import { type Namespace, namespaceNames } from '../../netns/namespace.ts';
import { resolveNamespace } from '../../netns/resolve.ts';

/** Words that a pcap-filter(7) expression may begin with. */
const FILTER_WORDS = new Set(
  `dst src host net port portrange gateway proto ether fddi tr wlan ip ip6 arp rarp atalk aarp decnet iso stp ipx netbeui
lat moprc mopdl tcp udp icmp icmp6 sctp igmp igrp pim ah esp vrrp carp broadcast multicast less greater vlan mpls pppoed
pppoes geneve vxlan inbound outbound link ifname on rnr rulenum reason rset ruleset srnr subrulenum action type subtype
dir not len and or`.split(/\s/),
);

/**
 * Divides the words: those at the front that name namespaces, and the filter. After `--` nothing is a namespace.
 * Throws NscapError (UNKNOWN_NAMESPACE) where the filter begins with a word that no filter can begin with.
 */
export async function divideWords(
  words: readonly string[],
): Promise<{ namespaces: Namespace[]; filter: string[] }> {
  const names = new Set(await namespaceNames());
  const namespaces: Namespace[] = [];
  let index = 0;
  for (; index < words.length && isNamespace(words, index, names); index++) {
    namespaces.push(await resolveNamespace(words[index]));
  }
  const filter = words.slice(index);
  const [first] = filter;
  if (first !== undefined && isName(first) && !FILTER_WORDS.has(first)) await resolveNamespace(first);
  return { namespaces, filter };
}

function isNamespace(words: readonly string[], index: number, names: ReadonlySet<string>): boolean {
  const word = words[index];
  if (word === 'host') {
    // `host 10.0.0.1` is a filter; `host` alone, or before a filter or another namespace, is the host's namespace.
    const next = words[index + 1];
    return next === undefined || FILTER_WORDS.has(next) || /^[(!]/.test(next) || names.has(next);
  }
  return /^(pid|container):/.test(word) || names.has(word) || (word.startsWith('/') && existsSync(word));
}

/** Not a part of an expression such as `tcp[13]`, `(`, an address or a number. */
function isName(word: string): boolean {
  return /^[A-Za-z][\w.-]*$/.test(word);
}
