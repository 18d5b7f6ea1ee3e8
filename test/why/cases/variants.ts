// Kinds of faults that tests of other names cover, in other forms: IPv6, other hooks, older and newer packet filters, sets
// and maps, behind translation. For the benchmark (bench/ladder.ts).
import {
  AF_INET,
  AF_INET6,
  bind,
  connect,
  IPPROTO_TCP,
  listen,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  sendTo,
  setOption,
  socketIn,
} from '../../drops/sockets.ts';
import { SERVER, UDP_SERVER } from '../lab.ts';
import { type Case, chain, hook, nft, set } from './case.ts';

const IPPROTO_IPV6 = 41;
const IPV6_MINHOPCOUNT = 73;
const TCP_MD5SIG = 14;
const SO_REUSEPORT = 15;

const SERVE_80 = { b: SERVER('0.0.0.0', 80) };
const SERVE_80_V6 = { b: SERVER('::', 80) };
const UDP_ECHO = (port: number) =>
  `const u=require('dgram').createSocket('udp4');u.on('message',(m,r)=>u.send(m,r.port,r.address));u.bind(${port},()=>console.log('up'))`;
const run = (ns: string, command: string) => `ip netns exec @${ns} ${command}`;

/** struct tcp_md5sig (linux/tcp.h) for one peer. */
function md5Key(peer: readonly number[]): Buffer {
  const key = Buffer.alloc(216);
  key.writeUInt16LE(AF_INET, 0);
  Buffer.from(peer).copy(key, 4);
  key.writeUInt16LE(6, 130);
  key.write('secret', 136);
  return key;
}

export const CASES: Case[] = [
  {
    name: 'a mark of the router, IPv6, and an unreachable table',
    topology: 'router6',
    serve: SERVE_80_V6,
    breakage: [
      ...hook('r', 'ip6 m', 'filter', 'prerouting', -150),
      ...nft('r', 'add rule ip6 m prerouting tcp dport 80 meta mark set 7'),
      'ip -n @r -6 rule add fwmark 7 lookup 100',
      'ip -n @r -6 route add unreachable default table 100',
    ],
    port: 80,
    code: 'route-forbids',
    says: /unreachable route for default in table 100|table 100/,
  },
  {
    name: 'a mark by iptables-legacy, and a table with a wrong next hop',
    topology: 'chain',
    breakage: [
      run('r', 'iptables-legacy -t mangle -A PREROUTING -s 10.0.1.1 -j MARK --set-mark 5'),
      'ip -n @r rule add fwmark 5 lookup 100',
      'ip -n @r route add default via 10.0.2.99 table 100',
    ],
    says: /10\.0\.2\.99/,
  },
  {
    name: 'a mark from a map',
    topology: 'router',
    serve: SERVE_80,
    breakage: [
      ...hook('r', 'ip m', 'filter', 'prerouting', -150),
      ...nft(
        'r',
        'add map ip m marks { type inet_service : mark ; }',
        'add element ip m marks { 80 : 9 }',
        'add rule ip m prerouting meta mark set tcp dport map @marks',
      ),
      'ip -n @r rule add fwmark 9 prohibit',
    ],
    port: 80,
    says: /policy rule/,
  },
  {
    name: 'iptables-legacy: not tracked, and so not translated',
    topology: 'router',
    setup: [
      'ip -n @b route del 10.0.1.0/24',
      run('r', 'iptables-legacy -t nat -A POSTROUTING -d 10.0.2.1 -j MASQUERADE'),
    ],
    breakage: [run('r', 'iptables-legacy -t raw -A PREROUTING -s 10.0.1.0/24 -j CT --notrack')],
    code: 'translation-skipped',
    says: /from being tracked/,
  },
  {
    name: 'a set of addresses that are not tracked',
    topology: 'router',
    setup: [
      'ip -n @b route del 10.0.1.0/24',
      ...hook('r', 'ip nat', 'nat', 'postrouting', 100),
      ...nft('r', 'add rule ip nat postrouting ip saddr 10.0.1.0/24 masquerade'),
    ],
    breakage: [
      ...hook('r', 'ip raw', 'filter', 'prerouting', -300),
      ...nft(
        'r',
        'add set ip raw fast { type ipv4_addr ; flags interval ; }',
        'add element ip raw fast { 10.0.1.0/25 }',
        'add rule ip raw prerouting ip saddr @fast notrack',
      ),
    ],
    code: 'translation-skipped',
    says: /from being tracked/,
  },
  {
    name: 'iptables-nft: connection tracking that saw no request',
    topology: 'triangle',
    breakage: [run('r', 'iptables-nft -A FORWARD -m conntrack --ctstate INVALID -j DROP')],
    serve: SERVE_80,
    port: 80,
    code: 'firewall-rule',
    says: /firewall of \S*r\S* drops.*(ctstate INVALID|ct state invalid)/,
  },
  {
    name: 'a map of states that drops what has none',
    topology: 'triangle',
    breakage: [
      ...chain('r', 'forward'),
      ...nft('r', 'add rule inet f c ct state vmap { established : accept, invalid : drop }'),
    ],
    serve: SERVE_80,
    port: 80,
    code: 'firewall-rule',
    says: /firewall of \S*r\S* drops.*vmap/,
  },
  {
    name: 'a hop limit of the route, IPv6',
    topology: 'router6',
    breakage: ['ip -n @a -6 route replace default via fd00:1::ff hoplimit 1'],
    code: 'ttl-too-short',
    says: /time to live|hop limit/,
  },
  {
    name: 'a rule sets the hop limit on the way out',
    topology: 'router6',
    breakage: [
      ...hook('a', 'ip6 f', 'filter', 'output', 0),
      ...nft('a', 'add rule ip6 f output icmpv6 type echo-request ip6 hoplimit set 1'),
    ],
    code: 'ttl-too-short',
    says: /hoplimit set 1/,
  },
  {
    name: 'iptables-legacy sets the time to live of the answers',
    topology: 'chain',
    breakage: [run('b', 'iptables-legacy -t mangle -A POSTROUTING -j TTL --ttl-set 1')],
    code: 'ttl-too-short',
    says: /ttl-set 1/,
  },
  {
    name: 'all ephemeral ports are reserved',
    topology: 'pair',
    serve: SERVE_80,
    breakage: [
      run('a', 'sysctl -qw net.ipv4.ip_local_port_range=40000~40003'),
      run('a', 'sysctl -qw net.ipv4.ip_local_reserved_ports=40000-40003'),
    ],
    port: 80,
    code: 'ports-used-up',
    says: /no port left/,
  },
  {
    name: 'a published server that demands signatures',
    topology: 'router',
    setup: [
      ...hook('r', 'ip nat', 'nat', 'prerouting', -100),
      ...nft('r', 'add rule ip nat prerouting fib daddr type local tcp dport 8080 dnat to 10.0.2.1:80'),
    ],
    sockets: (ns) => {
      const socket = socketIn(ns('b'), AF_INET, SOCK_STREAM);
      setOption(socket, IPPROTO_TCP, TCP_MD5SIG, md5Key([10, 0, 1, 1]));
      bind(socket, '0.0.0.0', 80);
      listen(socket, 16);
    },
    breakage: [],
    target: '10.0.1.254',
    port: 8080,
    code: 'tcp-md5',
    says: /demands TCP MD5 signatures/,
    fixes: false,
  },
  {
    name: 'a listener that demands a hop limit',
    topology: 'router6',
    sockets: (ns) => {
      const socket = socketIn(ns('b'), AF_INET6, SOCK_STREAM);
      setOption(socket, IPPROTO_IPV6, IPV6_MINHOPCOUNT, 255);
      bind(socket, '::', 80);
      listen(socket, 16);
    },
    breakage: [],
    port: 80,
    code: 'tcp-min-ttl',
    says: /MINTTL|MINHOPCOUNT/,
    fixes: false,
  },
  {
    name: 'arp_filter of all interfaces',
    topology: 'triangle',
    setup: ['ip -n @a route add 10.0.3.1/32 dev direct src 10.0.2.1'],
    breakage: [set('b', 'net.ipv4.conf.all.arp_filter', 1), 'ip -n @a neigh flush all'],
    code: 'arp-filter',
    says: /arp_filter/,
  },
  {
    name: 'no multicast out of a port, and so no neighbor discovery',
    topology: 'bridge6',
    breakage: [
      'ip -n @sw link set br0 type bridge mcast_snooping 0',
      'bridge -n @sw link set dev pb mcast_flood off',
      'ip -n @a neigh flush all',
      'ip -n @b neigh flush all',
    ],
    code: 'no-flooding',
    says: /pb in \S*sw/,
  },
  {
    name: 'a macvlan in source mode',
    topology: 'macvlan',
    breakage: ['ip -n @b link set m2 type macvlan mode source'],
    code: 'macvlan-mode',
    says: /source/,
  },
  {
    name: 'a VXLAN whose entry for all stations leads elsewhere',
    topology: 'vxlan',
    breakage: [
      'ip -n @b link del vx0',
      'ip -n @b link add vx0 type vxlan id 5 local 10.0.1.2 dev veth1 dstport 4789 nolearning',
      'ip -n @b addr add 10.8.0.2/24 dev vx0',
      'ip -n @b link set vx0 up',
      'bridge -n @b fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.1.99',
    ],
    says: /10\.0\.1\.99/,
  },
  {
    name: 'a VXLAN without any remote',
    topology: 'vxlan',
    breakage: [
      'ip -n @a link del vx0',
      'ip -n @a link add vx0 type vxlan id 5 local 10.0.1.1 dev veth0 dstport 4789',
      'ip -n @a addr add 10.8.0.1/24 dev vx0',
      'ip -n @a link set vx0 up',
    ],
    says: /vx0 in \S*a/,
  },
  {
    name: 'one of a group of next hops, by a blackhole behind it',
    topology: 'triangle',
    target: '10.9.0.1',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    breakage: [
      set('a', 'net.ipv4.fib_multipath_hash_policy', 1),
      'ip -n @b addr add 10.9.0.1/32 dev lo',
      'ip -n @b route replace 10.0.2.0/24 via 10.0.1.1',
      'ip -n @a nexthop add id 1 via 10.0.1.2 dev direct',
      'ip -n @a nexthop add id 2 via 10.0.2.254 dev over',
      'ip -n @a nexthop add id 10 group 1/2',
      'ip -n @a route add 10.9.0.1 src 10.0.2.1 nhid 10',
      'ip -n @r route add blackhole 10.9.0.1',
    ],
    code: 'route-forbids',
    says: /blackhole/,
  },
  {
    name: 'one of four sockets of a port is stuck',
    topology: 'router',
    sockets: (ns) => {
      for (const backlog of [64, 64, 0, 64]) {
        const socket = socketIn(ns('b'), AF_INET, SOCK_STREAM);
        setOption(socket, SOL_SOCKET, SO_REUSEPORT, 1);
        bind(socket, '0.0.0.0', 80);
        listen(socket, backlog);
      }
      for (let i = 0; i < 40; i++) connect(socketIn(ns('a'), AF_INET, SOCK_STREAM), '10.0.2.1', 80);
    },
    breakage: [],
    port: 80,
    code: 'backlog-full',
    says: /one of the 4 sockets that listen on TCP port 80 in \S*b.* does not accept/,
    fixes: false,
  },
  {
    name: 'large answers are dropped by iptables-legacy',
    topology: 'router',
    breakage: [run('r', 'iptables-legacy -A FORWARD -s 10.0.2.1 -m length --length 1000:65535 -j DROP')],
    says: /firewall of \S*r\S* drops.*--length 1000:65535/,
  },
  {
    name: 'fragments are dropped by iptables-legacy',
    topology: 'router',
    breakage: [run('b', 'iptables-legacy -t raw -A PREROUTING -f -j DROP')],
    code: 'fragments-dropped',
    says: /fragments/,
  },
  {
    name: 'fragments are dropped, IPv6',
    topology: 'router6',
    breakage: [
      ...hook('b', 'ip6 f', 'filter', 'prerouting', -450),
      ...nft('b', 'add rule ip6 f prerouting exthdr frag exists drop'),
    ],
    code: 'fragments-dropped',
    says: /fragments/,
  },
  {
    name: 'a UDP server that answers, and has no route back',
    topology: 'router',
    serve: { b: UDP_ECHO(53) },
    breakage: ['ip -n @b route del 10.0.1.0/24'],
    port: 53,
    udp: true,
    says: /b\S* has no route to 10\.0\.1\.0/,
  },
  {
    name: 'answers of a UDP server are dropped at egress',
    topology: 'router',
    serve: { b: UDP_ECHO(53) },
    breakage: nft(
      'b',
      'add table netdev f',
      'add chain netdev f out { type filter hook egress device veth0 priority 0 ; }',
      'add rule netdev f out udp sport 53 drop',
    ),
    port: 53,
    udp: true,
    code: 'firewall-rule',
    says: /firewall of \S*b\S* drops.*udp sport 53/,
  },
  {
    name: 'ports of a bridge in different VLANs',
    topology: 'bridge',
    breakage: [
      'ip -n @sw link set br0 type bridge vlan_filtering 1',
      'bridge -n @sw vlan del dev pb vid 1',
      'bridge -n @sw vlan add dev pb vid 20 pvid untagged',
    ],
    code: 'vlan-mismatch',
    says: /VLAN/,
  },
  {
    name: 'a map of verdicts by address and port',
    topology: 'router',
    serve: SERVE_80,
    breakage: [
      ...chain('r', 'forward'),
      ...nft(
        'r',
        'add map inet f who { type ipv4_addr . inet_service : verdict ; }',
        'add element inet f who { 10.0.1.1 . 80 : drop }',
        'add rule inet f c ip saddr . tcp dport vmap @who',
      ),
    ],
    port: 80,
    code: 'firewall-rule',
    says: /firewall of \S*r\S* drops.*vmap @who/,
  },
  {
    name: 'ebtables-legacy drops',
    topology: 'bridge',
    breakage: [run('sw', 'ebtables-legacy -A FORWARD -o pb -j DROP')],
    says: /ebtables/,
  },
  {
    name: 'ebtables-nft drops the answers',
    topology: 'bridge',
    breakage: [run('sw', 'ebtables-nft -A FORWARD -i pb -p IPv4 -j DROP')],
    code: 'firewall-rule',
    says: /firewall of \S*sw\S* drops/,
  },
  {
    name: 'published to nobody, IPv6',
    topology: 'router6',
    serve: SERVE_80_V6,
    breakage: [
      ...hook('r', 'ip6 nat', 'nat', 'prerouting', -100),
      ...nft('r', 'add rule ip6 nat prerouting tcp dport 8080 dnat to [fd00:2::9]:80'),
    ],
    target: 'fd00:1::ff',
    port: 8080,
    code: 'translated',
    says: /fd00:2::9/,
  },
  {
    name: 'a receive buffer that is full, behind a published port',
    topology: 'router',
    setup: [
      ...hook('r', 'ip nat', 'nat', 'prerouting', -100),
      ...nft('r', 'add rule ip nat prerouting fib daddr type local udp dport 5353 dnat to 10.0.2.1:53'),
    ],
    sockets: (ns) => {
      const socket = socketIn(ns('b'), AF_INET, SOCK_DGRAM);
      setOption(socket, SOL_SOCKET, SO_RCVBUF, 2304);
      bind(socket, '10.0.2.1', 53);
      const sender = socketIn(ns('a'), AF_INET, SOCK_DGRAM);
      for (let i = 0; i < 50; i++) sendTo(sender, Buffer.alloc(500), '10.0.2.1', 53);
    },
    breakage: [],
    target: '10.0.1.254',
    port: 5353,
    udp: true,
    code: 'receive-buffer-full',
    says: /buffer/,
    fixes: false,
  },
  {
    name: 'an answer of UDP from another address',
    topology: 'pair',
    setup: ['ip -n @b addr add 10.0.1.3/24 dev veth1'],
    serve: { b: UDP_ECHO(53) },
    breakage: [
      ...hook('b', 'ip nat', 'nat', 'postrouting', 100),
      ...hook('b', 'ip raw', 'filter', 'output', -300),
      ...nft(
        'b',
        'add rule ip raw output udp sport 53 notrack',
        'add chain ip raw post { type filter hook postrouting priority 300 ; }',
        'add rule ip raw post udp sport 53 ip saddr set 10.0.1.3',
      ),
    ],
    port: 53,
    udp: true,
    says: /10\.0\.1\.3/,
  },
  {
    name: 'a policy rule by user',
    topology: 'router',
    serve: SERVE_80,
    breakage: ['ip -n @a rule add uidrange 0-0 to 10.0.2.0/24 blackhole'],
    port: 80,
    says: /policy rule/,
  },
  {
    name: 'UDP server of a set of ports, rejected in output',
    topology: 'pair',
    serve: { b: UDP_SERVER('0.0.0.0', 53) },
    breakage: [...chain('a', 'output'), ...nft('a', 'add rule inet f c udp dport { 53, 123 } drop')],
    port: 53,
    udp: true,
    code: 'firewall-rule',
    says: /firewall of \S*a\S* drops UDP/,
  },
];
