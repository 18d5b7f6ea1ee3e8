// The settings of every namespace of a lab, before those that its file gives. A new namespace inherits net.ipv4.conf of
// the host, or more (net.core.devconf_inherit_init_net), and bridges hand their frames to iptables where br_netfilter is
// loaded: on a host with Docker, where ip_forward is 1, the lab would behave differently.
import { readFileSync } from 'node:fs';
import { insideNamespace } from '../binding/netlink.ts';
import { attemptIn, type Namespace } from '../netns/namespace.ts';

/** Paths under /proc/sys/net; ip_forward comes first, because a change of it resets accept_redirects. */
const OF_THE_NAMESPACE: readonly (readonly [path: string, value: number])[] = [
  ['ipv4/ip_forward', 0],
  ['ipv6/conf/all/forwarding', 0],
  ['bridge/bridge-nf-call-arptables', 0],
  ['bridge/bridge-nf-call-iptables', 0],
  ['bridge/bridge-nf-call-ip6tables', 0],
];

/** Settings of each interface: the kernel's own defaults. */
const OF_AN_INTERFACE: readonly (readonly [family: string, name: string, value: number])[] = [
  ['ipv4', 'rp_filter', 0],
  ['ipv4', 'accept_redirects', 1],
  ['ipv4', 'send_redirects', 1],
  ['ipv4', 'arp_filter', 0],
  ['ipv4', 'arp_ignore', 0],
  ['ipv4', 'arp_announce', 0],
  ['ipv4', 'proxy_arp', 0],
  ['ipv6', 'disable_ipv6', 0],
];

/** Sets it, as far as /proc/sys can be written (in many containers it cannot). `devices` are those that are there; later ones take the values of `default`. */
export async function applyBaseline(namespace: Namespace, devices: Iterable<string>): Promise<void> {
  const wanted = [
    ...OF_THE_NAMESPACE,
    ...['all', 'default', ...devices].flatMap((device) =>
      OF_AN_INTERFACE.map(([family, name, value]) => [`${family}/conf/${device}/${name}`, value] as const),
    ),
  ];
  let different: string[];
  try {
    different = insideNamespace(namespace.path, () => wanted.filter(differs).map(setting));
  } catch {
    // Without direct system calls; -e ignores settings that this kernel does not have.
    different = wanted.map(setting);
  }
  if (different.length > 0)
    await attemptIn(namespace, ['sysctl', '-q', '-e', '-w', ...different], { detached: true });
}

function differs([path, value]: readonly [string, number]): boolean {
  try {
    return readFileSync(`/proc/sys/net/${path}`, 'latin1').trim() !== String(value);
  } catch {
    return false; // This kernel has no such setting.
  }
}

function setting([path, value]: readonly [string, number]): string {
  return `net/${path}=${value}`;
}
