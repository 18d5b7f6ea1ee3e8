// The ways in which the labs are broken, what `why` must say of each, and whether its command mends it.
import { SERVER, SERVER_STUCK, SERVER_V6ONLY, type Topology, UDP_SERVER } from './lab.ts';

export interface Case {
  name: string;
  topology: Topology;
  /** Commands; `@a` stands for the namespace a. */
  breakage: string[];
  /** From, to and port; to is a namespace's short name, whose address is asked for. a to b where not given. */
  from?: string;
  to?: string;
  /** TARGET as it is, where it is not the address. */
  target?: string;
  port?: number;
  udp?: boolean;
  serve?: Record<string, string>;
  /** What the verdict must say. */
  says: RegExp;
  /** False: no command can mend it. */
  mends?: false;
}

const nft = (ns: string, ...rules: string[]) => rules.map((rule) => `ip netns exec @${ns} nft ${rule}`);
const chain = (ns: string, hook: string, policy = 'accept') =>
  nft(
    ns,
    'add table inet f',
    `add chain inet f c { type filter hook ${hook} priority 0 ; policy ${policy} ; }`,
  );
const set = (ns: string, name: string, value: number) => `ip netns exec @${ns} sysctl -qw ${name}=${value}`;

export const CASES: Case[] = [
  // Routes
  {
    name: 'missing route',
    topology: 'devices',
    breakage: ['ip -n @a route del 10.0.2.0/24'],
    says: /a\S* has no route to 10\.0\.2\.0\/24: packets for it never leave/,
  },
  {
    name: 'missing route back',
    topology: 'devices',
    breakage: ['ip -n @b route del 10.0.1.0/24'],
    says: /b\S* has no route to 10\.0\.1\.0\/24: its answers never leave/,
  },
  {
    name: 'no default route',
    topology: 'router',
    breakage: ['ip -n @a route del default'],
    says: /a\S* has no route to 10\.0\.2\.0\/24/,
  },
  {
    name: 'no route back behind a router',
    topology: 'router',
    breakage: ['ip -n @b route del 10.0.1.0/24'],
    says: /b\S* has no route to 10\.0\.1\.0\/24: its answers/,
  },
  {
    name: 'only a link-local address, and the target behind a router',
    topology: 'router6',
    breakage: ['ip -n @a address delete fd00:1::1/64 dev veth0'],
    says: /^veth0 in \S*a\S* has no IPv6 address$/,
  },
  {
    name: 'router in the middle lacks a route',
    topology: 'chain',
    breakage: ['ip -n @r route del 10.0.3.0/24'],
    says: /r\S* has no route to 10\.0\.3\.0\/24/,
  },
  {
    name: 'router in the middle lacks the route back',
    topology: 'chain',
    breakage: ['ip -n @s route del 10.0.1.0/24'],
    says: /s\S* has no route to 10\.0\.1\.0\/24/,
  },
  {
    name: 'connected route deleted',
    topology: 'pair',
    breakage: ['ip -n @a route del 10.0.1.0/24'],
    says: /a\S* has no route to 10\.0\.1\.0\/24/,
  },
  {
    name: 'blackhole',
    topology: 'pair',
    breakage: ['ip -n @a route add blackhole 10.0.1.2/32'],
    says: /blackhole route for 10\.0\.1\.2/,
  },
  {
    name: 'blackhole in the place of the route',
    topology: 'devices',
    breakage: ['ip -n @a route replace blackhole 10.0.2.0/24'],
    says: /blackhole route for 10\.0\.2\.0\/24/,
  },
  {
    name: 'prohibit at the router',
    topology: 'router',
    breakage: ['ip -n @r route add prohibit 10.0.2.1/32'],
    says: /r\S* has a prohibit route/,
  },
  {
    name: 'unreachable',
    topology: 'pair',
    breakage: ['ip -n @a route add unreachable 10.0.1.2/32'],
    says: /unreachable route/,
  },
  {
    name: 'blackhole on the way back',
    topology: 'router',
    breakage: ['ip -n @r route add blackhole 10.0.1.1/32'],
    says: /r\S* has a blackhole route for 10\.0\.1\.1/,
  },
  {
    name: 'blackhole for the asker at the target',
    topology: 'pair',
    breakage: ['ip -n @b route add blackhole 10.0.1.1/32'],
    says: /b\S* has a blackhole route for 10\.0\.1\.1/,
  },
  {
    name: 'blackhole, IPv6',
    topology: 'pair6',
    breakage: ['ip -n @a route add blackhole fd00:1::2/128'],
    says: /blackhole route for fd00:1::2/,
  },
  {
    name: 'throw',
    topology: 'devices',
    breakage: ['ip -n @a route replace throw 10.0.2.0/24'],
    says: /throw route/,
  },
  {
    name: 'wrong gateway: nobody',
    topology: 'router',
    breakage: ['ip -n @a route replace default via 10.0.1.99'],
    says: /10\.0\.1\.99.*nobody.*10\.0\.1\.254 leads there/,
  },
  {
    name: 'wrong gateway: another host',
    topology: 'host',
    to: 'x',
    breakage: ['ip -n @a route replace default via 172.17.0.3'],
    says: /goes by 172\.17\.0\.3 \(\S+b\S*\), which does not lead there: 172\.17\.0\.1 does/,
  },
  {
    name: 'gateway missing from the route',
    topology: 'router',
    breakage: ['ip -n @a route replace 10.0.2.0/24 dev veth0'],
    says: /takes 10\.0\.2\.1 to be on the link|behind 10\.0\.1\.254/,
  },
  {
    name: 'route out of the wrong interface',
    topology: 'triangle',
    breakage: ['ip -n @a route replace 10.0.3.0/24 dev over'],
    says: /route to 10\.0\.3\.0\/24/,
  },
  {
    name: 'routing loop',
    topology: 'chain',
    breakage: ['ip -n @s route add 10.0.3.2/32 via 10.0.2.1'],
    says: /go round between/,
  },
  {
    name: 'policy rule for a source port, and a wrong gateway in its table',
    topology: 'router',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: [
      'ip -n @b route add default via 10.0.2.99 table 9',
      'ip -n @b rule add pref 50 ipproto tcp sport 8080 lookup 9',
    ],
    says: /goes by 10\.0\.2\.99.*10\.0\.2\.254 leads there/,
  },
  {
    name: 'fixed neighbour entry of a router',
    topology: 'router',
    breakage: ['ip -n @r neigh replace 10.0.2.1 lladdr 02:00:00:00:00:99 dev right nud permanent'],
    says: /r\S*.*02:00:00:00:00:99/,
  },
  {
    name: 'policy rule: prohibit',
    topology: 'pair',
    breakage: ['ip -n @a rule add prohibit to 10.0.1.2/32 pref 100'],
    says: /policy rule.*prohibit/,
  },
  {
    name: 'policy rule: a table with a blackhole',
    topology: 'pair',
    breakage: [
      'ip -n @a route add blackhole default table 77',
      'ip -n @a rule add from 10.0.1.1 lookup 77 pref 100',
    ],
    says: /blackhole route for default in table 77/,
  },
  {
    name: 'policy rule for answers',
    topology: 'pair',
    breakage: ['ip -n @b rule add blackhole from 10.0.1.2 pref 100'],
    says: /b\S* has a policy rule.*blackhole/,
  },
  // Addresses
  {
    name: 'asker has no address',
    topology: 'pair',
    breakage: ['ip -n @a addr flush dev veth0'],
    says: /veth0 in \S*a\S* has no IPv4 address/,
  },
  {
    name: 'asker behind a router has no address',
    topology: 'router',
    breakage: ['ip -n @a addr flush dev veth0'],
    says: /veth0 in \S*a\S* has no IPv4 address/,
  },
  {
    name: 'target has no address',
    topology: 'pair',
    breakage: ['ip -n @b addr flush dev veth1'],
    says: /veth1 in \S*b\S* has no IPv4 address/,
  },
  {
    name: 'target has no address, asked by name',
    topology: 'pair',
    target: '@b',
    breakage: ['ip -n @b addr flush dev veth1'],
    says: /veth1 in \S*b\S* has no IPv4 address/,
  },
  {
    name: 'target behind a router has no address',
    topology: 'router',
    breakage: ['ip -n @b addr flush dev veth0'],
    says: /veth0 in \S*b\S* has no IPv4 address/,
  },
  {
    name: 'target on a bridge has no address',
    topology: 'bridge',
    breakage: ['ip -n @b addr flush dev eth0'],
    says: /eth0 in \S*b\S* has no IPv4 address/,
  },
  {
    name: 'target has no address, IPv6',
    topology: 'pair6',
    breakage: ['ip -n @b addr del fd00:1::2/64 dev veth1'],
    says: /veth1 in \S*b\S* has no IPv6 address/,
  },
  {
    name: 'router lost its address',
    topology: 'router',
    breakage: ['ip -n @r addr flush dev left'],
    says: /left in \S*r\S* has no IPv4 address/,
  },
  {
    name: 'another address than asked for',
    topology: 'pair',
    breakage: ['ip -n @b addr flush dev veth1', 'ip -n @b addr add 10.0.1.22/24 dev veth1'],
    says: /nobody has the address 10\.0\.1\.2.*10\.0\.1\.22/,
  },
  {
    name: 'wrong prefix at the target',
    topology: 'pair',
    breakage: ['ip -n @b addr flush dev veth1', 'ip -n @b addr add 10.0.1.2/32 dev veth1'],
    says: /10\.0\.1\.2\/32, but the others.*\/24/,
  },
  {
    name: 'wrong prefix at the asker',
    topology: 'bridge',
    to: 'c',
    breakage: ['ip -n @a addr flush dev eth0', 'ip -n @a addr add 10.0.0.1/31 dev eth0'],
    says: /10\.0\.0\.1\/31, but the others.*\/24/,
  },
  {
    name: 'wrong prefix, another network',
    topology: 'devices',
    breakage: ['ip -n @a addr flush dev veth0', 'ip -n @a addr add 10.0.1.1/32 dev veth0'],
    says: /10\.0\.1\.1\/32, but the others.*\/24/,
  },
  {
    name: 'asker has no address, another network',
    topology: 'devices',
    breakage: ['ip -n @a addr flush dev veth0'],
    says: /veth0 in \S*a\S* has no IPv4 address/,
  },
  {
    name: 'target has no address, another network',
    topology: 'devices',
    target: '@b',
    breakage: ['ip -n @b addr flush dev veth1'],
    says: /veth1 in \S*b\S* has no IPv4 address/,
  },
  {
    name: 'prefix too wide',
    topology: 'router',
    breakage: [
      'ip -n @a addr flush dev veth0',
      'ip -n @a addr add 10.0.1.1/16 dev veth0',
      'ip -n @a route add default via 10.0.1.254',
    ],
    says: /10\.0\.1\.1\/16.*only a \/24/,
  },
  {
    name: 'target has the asker’s address as well',
    topology: 'pair',
    breakage: ['ip -n @b addr add 10.0.1.1/24 dev veth1'],
    says: /10\.0\.1\.1 is given twice/,
  },
  {
    name: 'duplicate of the target',
    topology: 'bridge',
    breakage: ['ip -n @c addr add 10.0.0.2/24 dev eth0'],
    says: /10\.0\.0\.2 is given twice/,
  },
  {
    name: 'duplicate of the asker',
    topology: 'bridge',
    breakage: ['ip -n @c addr add 10.0.0.1/24 dev eth0'],
    says: /10\.0\.0\.1 is given twice/,
  },
  {
    name: 'asker has the target’s address as well',
    topology: 'pair',
    breakage: ['ip -n @a addr add 10.0.1.2/24 dev veth0'],
    says: /10\.0\.1\.2 is given twice/,
  },
  {
    name: 'addresses on the wrong interfaces',
    topology: 'router',
    breakage: [
      'ip -n @r addr flush dev left',
      'ip -n @r addr flush dev right',
      'ip -n @r addr add 10.0.1.254/24 dev right',
      'ip -n @r addr add 10.0.2.254/24 dev left',
    ],
    says: /is on (left|right)/,
    mends: false,
  },
  {
    name: 'IPv6 switched off at the target',
    topology: 'pair6',
    breakage: [set('b', 'net.ipv6.conf.veth1.disable_ipv6', 1)],
    says: /IPv6 is switched off on veth1 in \S*b/,
  },
  {
    name: 'IPv6 switched off at the asker',
    topology: 'pair6',
    breakage: [set('a', 'net.ipv6.conf.all.disable_ipv6', 1)],
    says: /IPv6 is switched off on veth0 in \S*a/,
  },
  {
    name: 'address on a bridge’s port',
    topology: 'pair',
    breakage: [
      'ip -n @b link add br0 type bridge',
      'ip -n @b link set br0 up',
      'ip -n @b link set veth1 master br0',
    ],
    says: /10\.0\.1\.2\/24 is on veth1 in \S*b\S*, which is a port of br0/,
  },
  // Links
  {
    name: 'lo down, own address',
    topology: 'pair',
    to: 'a',
    breakage: ['ip -n @a link set lo down'],
    says: /lo is down in \S*a/,
  },
  {
    name: 'lo down, 127.0.0.1',
    topology: 'pair',
    target: '127.0.0.1',
    breakage: ['ip -n @a link set lo down'],
    says: /lo is down in \S*a/,
  },
  {
    name: 'asker’s interface down',
    topology: 'pair',
    breakage: ['ip -n @a link set veth0 down'],
    says: /veth0 in \S*a\S* is down/,
  },
  {
    name: 'target’s interface down',
    topology: 'pair',
    breakage: ['ip -n @b link set veth1 down'],
    says: /veth1 in \S*b\S* is down/,
  },
  {
    name: 'asker’s interface down, default route lost',
    topology: 'router',
    breakage: ['ip -n @a link set veth0 down'],
    says: /veth0 in \S*a\S* is down/,
  },
  {
    name: 'target’s interface down, route back lost',
    topology: 'router',
    breakage: ['ip -n @b link set veth0 down'],
    says: /veth0 in \S*b\S* is down/,
  },
  {
    name: 'router’s interface down',
    topology: 'router',
    breakage: ['ip -n @r link set right down'],
    says: /right in \S*r\S* is down/,
  },
  {
    name: 'router’s near interface down',
    topology: 'chain',
    breakage: ['ip -n @r link set left down'],
    says: /left in \S*r\S* is down/,
  },
  {
    name: 'middle link down',
    topology: 'chain',
    breakage: ['ip -n @s link set left down'],
    says: /left in \S*s\S* is down/,
  },
  {
    name: 'target’s interface down, IPv6',
    topology: 'pair6',
    breakage: ['ip -n @b link set veth1 down'],
    says: /veth1 in \S*b\S* is down/,
  },
  {
    name: 'asker’s interface down, IPv6',
    topology: 'pair6',
    breakage: ['ip -n @a link set veth0 down'],
    says: /veth0 in \S*a\S* is down/,
  },
  {
    name: 'interface moved away',
    topology: 'bridge',
    target: '@b',
    breakage: [
      'ip -n @b link set eth0 down',
      'ip -n @b link set eth0 name moved',
      'ip -n @b link set moved netns @c',
    ],
    says: /moved.*lies in \S*c/,
  },
  // Bridges
  {
    name: 'bridge deleted',
    topology: 'bridge',
    breakage: ['ip -n @sw link del br0'],
    says: /pa and pb in \S*sw.*are in no bridge/,
  },
  {
    name: 'bridge deleted, IPv6',
    topology: 'bridge6',
    breakage: ['ip -n @sw link del br0'],
    says: /pa and pb in \S*sw.*are in no bridge/,
  },
  {
    name: 'bridge port down',
    topology: 'bridge',
    breakage: ['ip -n @sw link set pb down'],
    says: /pb in \S*sw\S* is down/,
  },
  {
    name: 'asker’s bridge port down',
    topology: 'bridge',
    breakage: ['ip -n @sw link set pa down'],
    says: /pa in \S*sw\S* is down/,
  },
  {
    name: 'bridge down',
    topology: 'bridge',
    breakage: ['ip -n @sw link set br0 down'],
    says: /br0 in \S*sw\S* is down/,
  },
  {
    name: 'in no bridge',
    topology: 'bridge',
    breakage: ['ip -n @sw link set pb nomaster'],
    says: /pb in \S*sw\S*.*in no bridge.*br0/,
  },
  {
    name: 'asker in no bridge',
    topology: 'bridge',
    breakage: ['ip -n @sw link set pa nomaster'],
    says: /pa in \S*sw\S*.*in no bridge.*br0/,
  },
  {
    name: 'wrong bridge',
    topology: 'bridge',
    breakage: [
      'ip -n @sw link add br1 type bridge',
      'ip -n @sw link set br1 up',
      'ip -n @sw link set pb master br1',
    ],
    says: /pb in \S*sw.*port of br1.*br0/,
  },
  {
    name: 'asker in the wrong bridge',
    topology: 'bridge',
    breakage: [
      'ip -n @sw link add br1 type bridge',
      'ip -n @sw link set br1 up',
      'ip -n @sw link set pa master br1',
    ],
    says: /pa in \S*sw.*port of br1.*br0/,
  },
  {
    name: 'port disabled',
    topology: 'bridge',
    breakage: ['bridge -n @sw link set dev pa state 0'],
    says: /pa in \S*sw.*is disabled/,
  },
  {
    name: 'isolated ports',
    topology: 'bridge',
    breakage: ['bridge -n @sw link set dev pa isolated on', 'bridge -n @sw link set dev pb isolated on'],
    says: /both isolated ports/,
  },
  {
    name: 'broadcast flooding off',
    topology: 'bridge',
    breakage: ['bridge -n @sw link set dev pb bcast_flood off'],
    says: /bcast_flood|floods nothing out of pb/,
  },
  {
    name: 'nft in the bridge family',
    topology: 'bridge',
    breakage: nft(
      'sw',
      'add table bridge f',
      'add chain bridge f c { type filter hook forward priority 0 ; }',
      'add rule bridge f c ip daddr 10.0.0.2 drop',
    ),
    says: /firewall of \S*sw\S* drops.*bridge f/,
  },
  {
    name: 'ARP dropped in the bridge family',
    topology: 'bridge',
    breakage: nft(
      'sw',
      'add table bridge f',
      'add chain bridge f c { type filter hook forward priority 0 ; }',
      'add rule bridge f c ether type arp drop',
    ),
    says: /firewall of \S*sw\S* drops ARP/,
  },
  {
    name: 'spanning tree still learning',
    topology: 'bridge',
    breakage: [
      'ip -n @sw link set br0 down',
      'ip -n @sw link set br0 type bridge stp_state 1 forward_delay 3000',
      'ip -n @sw link set br0 up',
    ],
    says: /is (listening|learning) \(spanning tree\)/,
  },
  // Neighbours
  {
    name: 'wrong neighbour',
    topology: 'pair',
    breakage: ['ip -n @a neigh replace 10.0.1.2 lladdr 02:00:00:00:00:99 dev veth0 nud permanent'],
    says: /fixed neighbour entry.*02:00:00:00:00:99/,
  },
  {
    name: 'wrong neighbour on the way back',
    topology: 'router',
    breakage: ['ip -n @b neigh replace 10.0.2.254 lladdr 02:00:00:00:00:99 dev veth0 nud permanent'],
    says: /b\S* has a fixed neighbour entry/,
  },
  {
    name: 'wrong neighbour, IPv6',
    topology: 'pair6',
    breakage: ['ip -n @a neigh replace fd00:1::2 lladdr 02:00:00:00:00:99 dev veth0 nud permanent'],
    says: /fixed neighbour entry/,
  },
  {
    name: 'ARP off at the target',
    topology: 'pair',
    breakage: ['ip -n @b link set veth1 arp off'],
    says: /veth1 in \S*b\S* has ARP switched off/,
  },
  {
    name: 'ARP off at the asker',
    topology: 'pair',
    breakage: ['ip -n @a link set veth0 arp off'],
    says: /veth0 in \S*a\S* has ARP switched off/,
  },
  {
    name: 'arp_ignore',
    topology: 'pair',
    breakage: [
      set('b', 'net.ipv4.conf.all.arp_ignore', 8),
      'ip -n @a neigh flush all',
      'ip -n @b neigh flush all',
    ],
    says: /arp_ignore is 8/,
  },
  {
    name: 'ARP dropped by nft',
    topology: 'pair',
    breakage: [
      ...nft(
        'b',
        'add table arp f',
        'add chain arp f c { type filter hook input priority 0 ; }',
        'add rule arp f c drop',
      ),
      'ip -n @a neigh flush all',
    ],
    says: /firewall of \S*b\S* drops ARP requests/,
  },
  {
    name: 'neighbour discovery dropped',
    topology: 'pair6',
    breakage: [
      ...chain('b', 'input'),
      ...nft('b', 'add rule inet f c icmpv6 type nd-neighbor-solicit drop'),
      'ip -n @a neigh flush all',
      'ip -n @b neigh flush all',
    ],
    says: /firewall of \S*b\S* drops neighbour solicitations/,
  },
  // Routers
  {
    name: 'forwarding off',
    topology: 'router',
    breakage: [set('r', 'net.ipv4.ip_forward', 0)],
    says: /r\S* does not forward/,
  },
  {
    name: 'forwarding off on one interface',
    topology: 'router',
    breakage: [set('r', 'net.ipv4.conf.left.forwarding', 0)],
    says: /r\S* does not forward/,
  },
  {
    name: 'forwarding off, IPv6',
    topology: 'router6',
    breakage: [set('r', 'net.ipv6.conf.all.forwarding', 0)],
    says: /r\S* does not forward/,
  },
  {
    name: 'forwarding off in the second router',
    topology: 'chain',
    breakage: [set('s', 'net.ipv4.ip_forward', 0)],
    says: /s\S* does not forward/,
  },
  {
    name: 'rp_filter',
    topology: 'triangle',
    breakage: [set('b', 'net.ipv4.conf.all.rp_filter', 1)],
    target: '10.0.3.1',
    says: /rp_filter/,
    from: 'a',
  },
  {
    name: 'one of two next hops does not forward',
    topology: 'triangle',
    target: '10.9.0.1',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: [
      set('a', 'net.ipv4.fib_multipath_hash_policy', 1),
      'ip -n @b addr add 10.9.0.1/32 dev lo',
      'ip -n @b route replace 10.0.2.0/24 via 10.0.1.1',
      'ip -n @r route add 10.9.0.1 via 10.0.3.1',
      'ip -n @a route add 10.9.0.1 src 10.0.2.1 nexthop via 10.0.1.2 nexthop via 10.0.2.254',
      set('r', 'net.ipv4.ip_forward', 0),
    ],
    says: /r\S* does not forward/,
  },
  {
    name: 'time to live too short',
    topology: 'chain',
    breakage: [set('a', 'net.ipv4.ip_default_ttl', 1)],
    says: /time to live/,
  },
  {
    name: 'time to live of the answers too short',
    topology: 'chain',
    breakage: [set('b', 'net.ipv4.ip_default_ttl', 2)],
    says: /b\S* have too short a time to live/,
  },
  // Firewalls
  {
    name: 'nft drop in input',
    topology: 'pair',
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c icmp type echo-request drop')],
    says: /firewall of \S*b\S* drops pings.*input.*handle \d+/,
  },
  {
    name: 'nft drop in output',
    topology: 'pair',
    breakage: [...chain('a', 'output'), ...nft('a', 'add rule inet f c ip daddr 10.0.1.2 counter drop')],
    says: /firewall of \S*a\S* drops.*output/,
  },
  {
    name: 'nft drop in forward',
    topology: 'router',
    breakage: [
      ...chain('r', 'forward'),
      ...nft('r', 'add rule inet f c iifname "left" oifname "right" drop'.replaceAll('"', '')),
    ],
    says: /firewall of \S*r\S* drops.*forward/,
  },
  {
    name: 'nft policy drop in input',
    topology: 'pair',
    breakage: chain('b', 'input', 'drop'),
    says: /policy is drop/,
  },
  {
    name: 'nft policy drop in forward',
    topology: 'router',
    breakage: chain('r', 'forward', 'drop'),
    says: /firewall of \S*r\S* drops.*forward.*policy/,
  },
  {
    name: 'nft drops the answers',
    topology: 'router',
    breakage: [
      ...chain('r', 'forward'),
      ...nft('r', 'add rule inet f c ip saddr 10.0.2.1 ct state established drop'),
    ],
    says: /firewall of \S*r\S* drops echo replies/,
  },
  {
    name: 'nft policy drop for answers',
    topology: 'pair',
    breakage: chain('a', 'input', 'drop'),
    says: /firewall of \S*a\S* drops echo replies.*policy/,
  },
  {
    name: 'nft jump to a chain that drops',
    topology: 'pair',
    breakage: [
      ...chain('b', 'input'),
      ...nft(
        'b',
        'add chain inet f sub',
        'add rule inet f sub ip saddr { 10.0.1.0/24, 10.9.0.0/16 } drop',
        'add rule inet f c meta l4proto icmp jump sub',
      ),
    ],
    says: /chain sub handle/,
  },
  {
    name: 'nft set',
    topology: 'pair',
    breakage: [
      ...nft(
        'b',
        'add table inet f',
        'add set inet f bad { type ipv4_addr ; elements = { 10.0.1.1 } ; }',
        'add chain inet f c { type filter hook prerouting priority -300 ; }',
        'add rule inet f c ip saddr @bad drop',
      ),
    ],
    says: /drops pings.*prerouting/,
  },
  {
    name: 'nft reject',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c tcp dport 8080 reject')],
    says: /rejects TCP packets/,
  },
  {
    name: 'nft reject with a reset',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c tcp dport 8080 reject with tcp reset')],
    says: /rejects TCP packets/,
  },
  {
    name: 'port filtered',
    topology: 'router',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: [...chain('r', 'forward'), ...nft('r', 'add rule inet f c tcp dport 8080 drop')],
    says: /firewall of \S*r\S* drops TCP packets.*port 8080/,
  },
  {
    name: 'nft at netdev ingress',
    topology: 'pair',
    breakage: nft(
      'b',
      'add table netdev f',
      'add chain netdev f c { type filter hook ingress device veth1 priority 0 ; }',
      'add rule netdev f c ip protocol icmp drop',
    ),
    says: /firewall of \S*b\S* drops pings.*ingress.*netdev/,
  },
  {
    name: 'nft drop, IPv6',
    topology: 'pair6',
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c icmpv6 type echo-request drop')],
    says: /firewall of \S*b\S* drops pings/,
  },
  {
    name: 'nft policy drop, IPv6',
    topology: 'pair6',
    breakage: [...chain('b', 'input', 'drop'), 'ip -n @a neigh flush all', 'ip -n @b neigh flush all'],
    says: /firewall of \S*b\S* drops (neighbour solicitations|pings).*policy/,
  },
  {
    name: 'iptables-nft drop',
    topology: 'pair',
    breakage: ['ip netns exec @b iptables-nft -A INPUT -s 10.0.1.1 -j DROP'],
    says: /firewall of \S*b\S* drops pings.*filter/,
  },
  {
    name: 'iptables-nft with a match nft can’t tell',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: ['ip netns exec @b iptables-nft -A INPUT -p tcp -m multiport --dports 80,8080 -j DROP'],
    says: /drops TCP.*multiport --dports 80,8080/,
  },
  {
    name: 'iptables-legacy drop',
    topology: 'pair',
    breakage: ['ip netns exec @b iptables-legacy -A INPUT -p icmp -j DROP'],
    says: /iptables-legacy table filter, chain INPUT.*-p icmp -j DROP/,
  },
  {
    name: 'iptables-legacy forward policy',
    topology: 'router',
    breakage: ['ip netns exec @r iptables-legacy -P FORWARD DROP'],
    says: /iptables-legacy table filter, chain FORWARD.*policy/,
  },
  {
    name: 'iptables-legacy raw',
    topology: 'pair',
    breakage: ['ip netns exec @b iptables-legacy -t raw -A PREROUTING -s 10.0.1.1 -j DROP'],
    says: /table raw, chain PREROUTING/,
  },
  {
    name: 'ip6tables-legacy drop',
    topology: 'pair6',
    breakage: [
      'ip netns exec @b ip6tables-legacy -A INPUT -s fd00:1::1 -p icmpv6 --icmpv6-type echo-request -j DROP',
    ],
    says: /ip6tables-legacy table filter/,
  },
  {
    name: 'iptables reject',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: ['ip netns exec @b iptables-legacy -A INPUT -p tcp --dport 8080 -j REJECT'],
    says: /rejects TCP/,
  },
  // MTU
  {
    name: 'MTU mismatch',
    topology: 'pair',
    breakage: ['ip -n @b link set veth1 mtu 1400'],
    says: /veth1 in \S*b\S* takes packets of at most 1400 bytes/,
  },
  {
    name: 'jumbo frames at one end',
    topology: 'pair',
    breakage: ['ip -n @a link set veth0 mtu 9000'],
    says: /at most 1500 bytes.*veth0 in \S*a\S* sends up to 9000/,
  },
  {
    name: 'MTU mismatch on the way back',
    topology: 'pair',
    breakage: ['ip -n @a link set veth0 mtu 1400'],
    says: /veth0 in \S*a\S* takes packets of at most 1400 bytes/,
  },
  {
    name: 'MTU of a bridge port',
    topology: 'bridge',
    breakage: ['ip -n @sw link set pb mtu 1300'],
    says: /(pb|br0) in \S*sw\S* takes packets of at most 1300 bytes/,
  },
  {
    name: 'MTU mismatch behind a router',
    topology: 'router',
    breakage: ['ip -n @b link set veth0 mtu 1400'],
    says: /veth0 in \S*b\S* takes packets of at most 1400/,
  },
  // Ports
  {
    name: 'nobody listens',
    topology: 'pair',
    port: 8080,
    breakage: [],
    says: /nobody listens on TCP port 8080 in \S*b/,
    mends: false,
  },
  {
    name: 'nobody listens, UDP',
    topology: 'pair',
    port: 8080,
    udp: true,
    breakage: [],
    says: /nobody listens on UDP port 8080 in \S*b/,
    mends: false,
  },
  {
    name: 'listens on 127.0.0.1 only',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('127.0.0.1', 8080) },
    breakage: [],
    says: /TCP port 8080 in \S*b\S* listens only on 127\.0\.0\.1/,
    mends: false,
  },
  {
    name: 'listens on 127.0.0.1 only, and its command line does not say so',
    topology: 'router',
    port: 8080,
    serve: { b: SERVER("127.'+'0.0.1", 8080) },
    breakage: [],
    says: /TCP port 8080 in \S*b\S* listens only on 127\.0\.0\.1/,
  },
  {
    name: 'listens on another address',
    topology: 'router',
    port: 8080,
    serve: { b: SERVER('10.0.2.7', 8080) },
    breakage: [],
    says: /listens on 10\.0\.2\.7/,
    mends: false,
  },
  {
    name: 'listens on IPv6 only',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER_V6ONLY(8080) },
    breakage: [],
    says: /only on IPv6/,
    mends: false,
  },
  {
    name: 'backlog full',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER_STUCK(8080) },
    breakage: [],
    says: /queue is full/,
    mends: false,
  },
  {
    name: 'UDP dropped',
    topology: 'pair',
    port: 8080,
    udp: true,
    serve: { b: UDP_SERVER('0.0.0.0', 8080) },
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c udp dport 8080 drop')],
    says: /drops UDP packets/,
  },
  {
    name: 'pings ignored',
    topology: 'pair',
    breakage: [set('b', 'net.ipv4.icmp_echo_ignore_all', 1)],
    says: /answers no pings/,
  },
  // Shaping
  {
    name: 'tc drops at ingress',
    topology: 'pair',
    breakage: [
      'ip netns exec @b tc qdisc add dev veth1 clsact',
      'ip netns exec @b tc filter add dev veth1 ingress bpf bytecode 1,6~0~0~2 direct-action',
    ],
    says: /traffic control filter on veth1 in \S*b/,
  },
  {
    name: 'tc drops at egress',
    topology: 'pair',
    breakage: [
      'ip netns exec @a tc qdisc add dev veth0 clsact',
      'ip netns exec @a tc filter add dev veth0 egress bpf bytecode 1,6~0~0~2 direct-action',
    ],
    says: /traffic control filter on veth0 in \S*a/,
  },
  {
    name: 'tbf that lets nothing pass',
    topology: 'pair',
    breakage: ['ip netns exec @a tc qdisc add dev veth0 root tbf rate 8bit burst 10 limit 10'],
    says: /queue tbf on veth0 in \S*a/,
  },
  // Translation
  {
    name: 'a port sent elsewhere',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: nft(
      'b',
      'add table ip nat',
      'add chain ip nat pre { type nat hook prerouting priority -100 ; }',
      'add rule ip nat pre tcp dport 8080 redirect to :9999',
    ),
    says: /b\S* translates TCP packets.*9999/,
  },
  {
    name: 'a source that no answer finds',
    topology: 'pair',
    breakage: nft(
      'a',
      'add table ip nat',
      'add chain ip nat post { type nat hook postrouting priority 100 ; }',
      'add rule ip nat post ip daddr 10.0.1.2 snat to 192.0.2.77',
    ),
    says: /a\S* translates pings.*192\.0\.2\.77/,
  },
  // Other things
  {
    name: 'IPsec policy blocks',
    topology: 'pair',
    breakage: ['ip -n @b xfrm policy add src 10.0.1.1/32 dst 10.0.1.2/32 dir in action block'],
    says: /IPsec policy of \S*b\S* blocks/,
  },
  {
    name: 'no rule for table main',
    topology: 'pair',
    breakage: ['ip -n @a rule del pref 32766'],
    says: /a\S* has no policy rule that looks up the table main/,
  },
  {
    name: 'MTU too small for IPv6 at the target',
    topology: 'pair6',
    breakage: ['ip -n @b link set veth1 mtu 1200'],
    says: /veth1 in \S*b\S* has an MTU of 1200 bytes, and IPv6 needs 1280/,
  },
  {
    name: 'MTU too small for IPv6 at the asker',
    topology: 'pair6',
    breakage: ['ip -n @a link set veth0 mtu 1200'],
    says: /veth0 in \S*a\S* has an MTU of 1200 bytes, and IPv6 needs 1280/,
  },
  {
    name: 'ebtables',
    topology: 'bridge',
    breakage: ['ip netns exec @sw ebtables-nft -A FORWARD -p IPv4 --ip-dst 10.0.0.2 -j DROP'],
    says: /firewall of \S*sw\S* drops/,
  },
  {
    name: 'arptables',
    topology: 'pair',
    breakage: [
      'ip netns exec @b arptables-nft -A INPUT -j DROP',
      'ip -n @a neigh flush all',
      'ip -n @b neigh flush all',
    ],
    says: /firewall of \S*b\S* drops ARP/,
  },
  {
    name: 'a bridge that shows its packets to iptables',
    topology: 'host',
    breakage: [
      set('h', 'net.bridge.bridge-nf-call-iptables', 1),
      'ip netns exec @h iptables-legacy -P FORWARD DROP',
    ],
    says: /firewall of \S*h\S* drops.*forward/,
  },
  {
    name: 'iptables policy drop, IPv6',
    topology: 'pair6',
    breakage: [
      'ip netns exec @b ip6tables-legacy -P INPUT DROP',
      'ip -n @a neigh flush all',
      'ip -n @b neigh flush all',
    ],
    says: /firewall of \S*b\S* drops.*policy/,
  },
  {
    name: 'no cable',
    topology: 'pair',
    breakage: ['ip -n @a link del veth0'],
    says: /a\S* has no interface but lo: nothing leads out of it/,
  },
  {
    name: 'no cable, a namespace asked for',
    topology: 'pair',
    target: '@b',
    breakage: ['ip -n @a link del veth0'],
    says: /has no interface but lo/,
  },
  {
    name: 'the target’s address on the asker’s lo',
    topology: 'pair',
    breakage: ['ip -n @a addr add 10.0.1.2/32 dev lo'],
    says: /10\.0\.1\.2 is given twice: to lo in \S*a/,
  },
  {
    name: 'a route by lo',
    topology: 'pair',
    breakage: ['ip -n @a route add 10.0.1.2/32 dev lo'],
    says: /leaves by lo, which does not lead to 10\.0\.1\.2/,
  },
  {
    name: 'no rule for table local at the target',
    topology: 'pair',
    breakage: ['ip -n @b rule del pref 0'],
    says: /b\S* has no policy rule that looks up the table local/,
  },
  {
    name: 'nft policy drop at egress',
    topology: 'pair',
    breakage: nft(
      'a',
      'add table netdev f',
      'add chain netdev f c { type filter hook egress device veth0 priority 0 ; policy drop ; }',
    ),
    says: /firewall of \S*a\S* drops.*egress.*policy is drop/,
  },
  {
    name: 'untracked packets where only new ones pass',
    topology: 'pair',
    breakage: [
      ...chain('b', 'input', 'drop'),
      ...nft(
        'b',
        'add rule inet f c ct state new accept',
        'add chain inet f p { type filter hook prerouting priority -300 ; }',
        'add rule inet f p notrack',
      ),
    ],
    says: /firewall of \S*b\S* drops pings.*policy is drop/,
  },
  {
    name: 'packets sent elsewhere by traffic control',
    topology: 'pair',
    breakage: [
      'tc -n @b qdisc add dev veth1 ingress',
      'tc -n @b filter add dev veth1 parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev lo',
    ],
    says: /u32 traffic control filter on veth1 in \S*b\S* .*sends packets elsewhere/,
  },
  {
    name: 'router lost its far address',
    topology: 'router',
    breakage: ['ip -n @r addr flush dev right'],
    says: /right in \S*r\S* has no IPv4 address/,
  },
  {
    name: 'router sends back',
    topology: 'router',
    breakage: ['ip -n @r route add 10.0.2.1/32 via 10.0.1.1'],
    says: /go round between .*r\S*'s route to it goes by 10\.0\.1\.1/,
  },
  {
    name: 'wrong prefix at the router',
    topology: 'router',
    breakage: ['ip -n @r addr flush dev right', 'ip -n @r addr add 10.0.2.254/30 dev right'],
    says: /right in \S*r\S* has 10\.0\.2\.254\/30, but the others/,
  },
  {
    name: 'large packets lost behind a router that must not say so',
    topology: 'router',
    breakage: [
      'ip -n @r link set right mtu 1400',
      'ip -n @b link set veth0 mtu 1400',
      ...chain('r', 'output'),
      ...nft('r', 'add rule inet f c icmp type destination-unreachable drop'),
    ],
    says: /right in \S*r\S* takes packets of at most 1400 bytes.*does not get back/,
  },
  {
    name: 'wrong gateway on the way back',
    topology: 'router',
    breakage: ['ip -n @b route replace 10.0.1.0/24 via 10.0.2.99'],
    says: /b\S*'s route to 10\.0\.1\.0\/24 goes by 10\.0\.2\.99.*10\.0\.2\.254 leads there/,
  },
  {
    name: 'swapped cables',
    topology: 'swapped',
    breakage: [],
    says: /veth0 in \S*a\S* is wired to \S* in \S*c\S*, but not to \S* in \S*b/,
  },
  // VXLAN
  {
    name: 'VXLAN numbers differ',
    topology: 'vxlan',
    breakage: [
      'ip -n @b link del vx0',
      'ip -n @b link add vx0 type vxlan id 6 remote 10.0.1.1 local 10.0.1.2 dev veth1 dstport 4789',
      'ip -n @b addr add 10.8.0.2/24 dev vx0',
      'ip -n @b link set vx0 up',
    ],
    says: /VXLAN 5.*VXLAN 6/,
  },
  {
    name: 'VXLAN to the wrong end',
    topology: 'vxlan',
    breakage: [
      'ip -n @a link del vx0',
      'ip -n @a link add vx0 type vxlan id 5 remote 10.0.1.9 local 10.0.1.1 dev veth0 dstport 4789',
      'ip -n @a addr add 10.8.0.1/24 dev vx0',
      'ip -n @a link set vx0 up',
    ],
    says: /a VXLAN, sends to 10\.0\.1\.9/,
  },
  {
    name: 'what carries the VXLAN is filtered',
    topology: 'vxlan',
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c udp dport 4789 drop')],
    says: /a VXLAN, does not reach 10\.0\.1\.2.*firewall of \S*b/,
  },
  // macvlan
  {
    name: 'what the macvlans lie on is down',
    topology: 'macvlan',
    breakage: ['ip -n @h link set low down'],
    says: /low in \S*h\S* is down/,
  },
  {
    name: 'private macvlans',
    topology: 'macvlan',
    breakage: ['ip -n @a link set m1 type macvlan mode private'],
    says: /macvlan in private mode/,
  },
  {
    name: 'two private macvlans',
    topology: 'macvlan',
    breakage: [
      'ip -n @a link set m1 type macvlan mode private',
      'ip -n @b link set m2 type macvlan mode private',
    ],
    says: /macvlan in private mode/,
  },
  // A bridge host
  {
    name: 'host does not forward',
    topology: 'host',
    to: 'x',
    breakage: [set('h', 'net.ipv4.ip_forward', 0)],
    says: /h\S* does not forward/,
  },
  {
    name: 'container’s veth down',
    topology: 'host',
    to: 'x',
    breakage: ['ip -n @h link set va down'],
    says: /va in \S*h\S* is down/,
  },
];

/** What must not alarm anyone. */
export const HEALTHY: {
  name: string;
  topology: Topology;
  from?: string;
  to?: string;
  target?: string;
  port?: number;
  udp?: boolean;
  serve?: Record<string, string>;
  setup?: string[];
}[] = [
  ...(
    [
      'pair',
      'pair6',
      'devices',
      'router',
      'router6',
      'chain',
      'bridge',
      'bridge6',
      'host',
      'triangle',
      'macvlan',
      'vxlan',
    ] as const
  ).map((topology) => ({ name: topology, topology })),
  { name: 'through address translation', topology: 'host', to: 'x' },
  { name: 'to the router', topology: 'router', to: 'r' },
  { name: 'to itself', topology: 'pair', to: 'a' },
  { name: 'to the middle of a chain', topology: 'chain', to: 's' },
  { name: 'a namespace by name', topology: 'chain', target: '@b' },
  { name: 'a port', topology: 'router', port: 8080, serve: { b: SERVER('0.0.0.0', 8080) } },
  {
    name: 'a port on all addresses of both families',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('::', 8080) },
  },
  {
    name: 'a UDP port',
    topology: 'router',
    port: 8080,
    udp: true,
    serve: { b: UDP_SERVER('0.0.0.0', 8080) },
  },
  {
    name: 'a port where pings are ignored',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    setup: [set('b', 'net.ipv4.icmp_echo_ignore_all', 1)],
  },
  {
    name: 'a port where pings are dropped',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    setup: [...chain('b', 'input'), ...nft('b', 'add rule inet f c meta l4proto icmp drop')],
  },
  {
    name: 'a stateful firewall',
    topology: 'router',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    setup: [
      ...chain('b', 'input', 'drop'),
      ...nft(
        'b',
        'add rule inet f c ct state established,related accept',
        'add rule inet f c tcp dport 8080 accept',
        'add rule inet f c icmp type echo-request accept',
      ),
      ...chain('a', 'input', 'drop'),
      ...nft('a', 'add rule inet f c ct state established,related accept'),
    ],
  },
  {
    name: 'a narrow link behind a router that says so',
    topology: 'router',
    setup: ['ip -n @r link set right mtu 1400', 'ip -n @b link set veth0 mtu 1400'],
  },
  { name: 'link-local', topology: 'pair6', target: 'link-local' },
];
