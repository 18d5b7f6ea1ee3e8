// Faults of rarer settings: marks of connections, routes of unusual types, neighbour entries that are no longer right,
// VXLANs and macvlans at one end only, rules that change or answer packets.
import { AF_INET, bind, SOCK_DGRAM, socketIn } from '../../drops/sockets.ts';
import { SERVER, UDP_SERVER } from '../lab.ts';
import { type Case, chain, hook, nft, set } from './case.ts';

const SERVE_80 = { b: SERVER('0.0.0.0', 80) };
/** It speaks first. */
const SERVE_HELLO = {
  b: `require('net').createServer((s)=>{s.on('error',()=>{});s.end('hello')}).listen({host:'0.0.0.0',port:80},()=>console.log('up'))`,
};
const run = (ns: string, command: string) => `ip netns exec @${ns} ${command}`;
const ANEW = ['ip -n @a neigh flush all', 'ip -n @b neigh flush all'];

export const CASES: Case[] = [
  {
    name: 'a mark of the connection, copied to the packet by the same rule',
    topology: 'router',
    serve: SERVE_80,
    port: 80,
    breakage: [
      ...hook('r', 'inet m', 'filter', 'prerouting', -150),
      ...nft('r', 'add rule inet m prerouting ct mark set 7 meta mark set ct mark'),
      'ip -n @r rule add fwmark 7 table 77',
      'ip -n @r route add unreachable default table 77',
    ],
    code: 'route-forbids',
    says: /unreachable route for default in table 77/,
  },
  {
    name: 'a mark of the connection, restored for its answers',
    topology: 'router',
    serve: SERVE_80,
    port: 80,
    breakage: [
      run('r', 'iptables-legacy -t mangle -A PREROUTING -i left -j CONNMARK --set-mark 9'),
      run('r', 'iptables-legacy -t mangle -A PREROUTING -i right -j CONNMARK --restore-mark'),
      'ip -n @r rule add fwmark 9 prohibit',
    ],
    code: 'policy-rule-forbids',
    says: /prohibit.*answers to 10\.0\.1\.1/,
  },
  {
    name: 'bits of a mark',
    topology: 'router',
    breakage: [
      ...hook('r', 'inet m', 'filter', 'prerouting', -150),
      ...nft(
        'r',
        'add rule inet m prerouting meta mark set 0x100',
        'add rule inet m prerouting meta mark set mark and 0xff00 or 0x20 accept',
      ),
      'ip -n @r rule add fwmark 0x120/0xff0 blackhole',
    ],
    code: 'policy-rule-forbids',
    says: /blackhole/,
  },
  {
    name: 'a port that a rule writes into packets',
    topology: 'router',
    serve: SERVE_80,
    port: 80,
    breakage: [
      ...hook('b', 'ip f', 'filter', 'prerouting', -350),
      ...nft('b', 'add rule ip f prerouting tcp dport 80 tcp dport set 8081'),
    ],
    code: 'translated',
    says: /port 8081 instead/,
  },
  {
    name: 'a range of sources that are nobody’s',
    topology: 'router',
    breakage: [
      ...hook('r', 'ip nat', 'nat', 'postrouting', 100),
      ...nft('r', 'add rule ip nat postrouting oifname right snat to 10.0.2.200-10.0.2.210'),
    ],
    code: 'translated',
    says: /10\.0\.2\.2\d\d/,
  },
  {
    name: 'a rule with a state of its own',
    topology: 'router',
    serve: SERVE_80,
    port: 80,
    breakage: [
      run('r', 'iptables-nft -A FORWARD -s 192.0.2.1 -j ACCEPT'),
      run('r', 'iptables-nft -A FORWARD -p tcp --syn -m connlimit --connlimit-above 0 -j DROP'),
    ],
    code: 'firewall-rule',
    says: /--connlimit-above 0/,
  },
  {
    name: 'a SYN proxy whose tracker takes the last ACK for an old connection',
    topology: 'router',
    serve: SERVE_HELLO,
    port: 80,
    breakage: [
      ...hook('r', 'inet s', 'filter', 'prerouting', -300),
      ...nft(
        'r',
        'add rule inet s prerouting tcp dport 80 tcp flags syn notrack',
        'add chain inet s f { type filter hook forward priority 0 ; }',
        'add rule inet s f ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm',
        'add rule inet s f ct state invalid drop',
      ),
      set('r', 'net.netfilter.nf_conntrack_tcp_loose', 1),
    ],
    code: 'answered-in-transit',
    says: /r\S* answers TCP connections to 10\.0\.2\.1 port 80 in its place/,
  },
  {
    name: 'what the server says is dropped',
    topology: 'router',
    serve: SERVE_HELLO,
    port: 80,
    needsBpf: true,
    breakage: [run('r', 'iptables-nft -A FORWARD -p tcp -m string --string hello --algo bm -j DROP')],
    code: 'firewall-rule',
    says: /--string "?hello/,
  },
  {
    name: 'its own local route deleted',
    topology: 'router',
    breakage: ['ip -n @b route del local 10.0.2.1 dev veth0 table local'],
    code: 'local-route-missing',
    says: /b\S* has 10\.0\.2\.1 on veth0, but no local route to it/,
  },
  {
    name: 'a broadcast route for a station',
    topology: 'pair',
    breakage: ['ip -n @a route add broadcast 10.0.1.2 dev veth0 table local'],
    code: 'route-forbids',
    says: /broadcast route for 10\.0\.1\.2/,
  },
  {
    name: 'a nexthop object that is a blackhole',
    topology: 'router',
    breakage: ['ip -n @a nexthop add id 7 blackhole', 'ip -n @a route replace 10.0.2.0/24 nhid 7'],
    code: 'route-forbids',
    says: /blackhole route for 10\.0\.2\.0\/24/,
  },
  {
    name: 'a policy rule for pings',
    topology: 'router',
    breakage: ['ip -n @a rule add ipproto icmp unreachable'],
    code: 'policy-rule-forbids',
    says: /unreachable/,
  },
  {
    name: 'a link-layer address that changed',
    topology: 'pair',
    breakage: [
      run('a', 'ping -c 1 -W 1 10.0.1.2'),
      'ip -n @b link set veth1 address 02:00:00:00:00:55',
      'ip -n @a neigh change 10.0.1.2 dev veth0 nud reachable',
    ],
    code: 'neighbour-entry-wrong',
    says: /stale neighbour entry that says 10\.0\.1\.2 is at/,
  },
  {
    name: 'a neighbour entry that needs no resolving, and is wrong',
    topology: 'pair',
    breakage: ['ip -n @a neigh replace 10.0.1.2 lladdr 02:00:00:00:00:77 dev veth0 nud noarp'],
    code: 'neighbour-entry-wrong',
    says: /fixed neighbour entry that says 10\.0\.1\.2 is at 02:00:00:00:00:77/,
  },
  {
    name: 'an IPv6 address that is tried out for long',
    topology: 'pair6',
    breakage: [
      'ip -n @b addr del fd00:1::2/64 dev veth1',
      set('b', 'net.ipv6.conf.veth1.dad_transmits', 600),
      'ip -n @b addr add fd00:1::2/64 dev veth1',
    ],
    code: 'address-tentative',
    says: /veth1 in \S*b has fd00:1::2, but does not use it yet/,
  },
  {
    name: 'a locked port, and an asker that knows where its target is',
    topology: 'bridge',
    breakage: [
      run('a', 'ping -c 1 -W 1 10.0.0.2'),
      'bridge -n @sw link set dev pb locked on learning off',
      'bridge -n @sw fdb flush dev br0',
    ],
    code: 'bridge-port-locked',
    says: /pb in \S*sw.*locked/,
  },
  {
    name: 'the target’s macvlan alone is private',
    topology: 'macvlan',
    breakage: ['ip -n @b link set m2 type macvlan mode private', ...ANEW],
    code: 'macvlan-mode',
    says: /m2 in \S*b is a macvlan in private mode/,
  },
  {
    name: 'a VXLAN that sends from an address that is not there',
    topology: 'vxlan',
    breakage: ['ip -n @b link set vx0 type vxlan local 10.0.1.77', ...ANEW],
    code: 'vxlan-local-wrong',
    says: /vx0 in \S*b, a VXLAN, sends from 10\.0\.1\.77/,
  },
  {
    name: 'no port left for datagrams',
    topology: 'pair',
    serve: { b: UDP_SERVER('0.0.0.0', 53) },
    port: 53,
    udp: true,
    sockets: (ns) => bind(socketIn(ns('a'), AF_INET, SOCK_DGRAM), '0.0.0.0', 40000),
    breakage: ['ip netns exec @a sysctl -qw net.ipv4.ip_local_port_range=40000~40000'],
    code: 'ports-used-up',
    says: /40000-40000/,
  },
  {
    name: 'a rule that drops in the middle of its statements',
    topology: 'router',
    breakage: [
      ...chain('r', 'forward'),
      ...nft('r', 'add rule inet f c icmp type echo-request meta mark set 1 counter drop'),
    ],
    code: 'firewall-rule',
    says: /firewall of \S*r\S* drops pings/,
  },
  {
    name: 'a datagram socket that is connected to another sender',
    topology: 'pair',
    port: 53,
    udp: true,
    serve: {
      b: `const s=require('dgram').createSocket('udp4');s.bind(53,'10.0.1.2',()=>s.connect(40000,'10.0.1.9',()=>console.log('up')))`,
    },
    breakage: [],
    code: 'socket-connected',
    says: /UDP port 53 in \S*b is connected to 10\.0\.1\.9:40000/,
    fixes: false,
  },
];
