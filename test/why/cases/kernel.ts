// What only the kernel sees: options of sockets, matches of rules that no model follows, queues, policies. Labs broken in these
// ways, what `why` must say, and whether its commands fix it.
import {
  AF_INET,
  bind,
  connect,
  filterProgram,
  IPPROTO_TCP,
  listen,
  receive,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  sendTo,
  setOption,
  socketIn,
} from '../../drops/sockets.ts';
import { dropByXdp, GENERIC } from '../../drops/xdp.ts';
import { sh } from '../../netns/support.ts';
import { SERVER, SERVER_SILENT, UDP_SERVER } from '../lab.ts';
import { type Case, chain, hook, nft, set } from './case.ts';

const IPPROTO_IP = 0;
const IP_MINTTL = 21;
const TCP_MD5SIG = 14;
const SO_ATTACH_FILTER = 26;
const SO_REUSEPORT = 15;
/** BPF_RET | BPF_K: drop. */
const DROP_ALL: [number, number, number, number] = [6, 0, 0, 0];

/** A TCP server of the namespace b on port 80, with options. */
const tcpListener = (namespace: string, options: (socket: number) => void) => {
  const socket = socketIn(namespace, AF_INET, SOCK_STREAM);
  options(socket);
  bind(socket, '0.0.0.0', 80);
  listen(socket, 16);
};

/** struct tcp_md5sig (linux/tcp.h) for one peer. */
function md5Key(peer: readonly number[]): Buffer {
  const key = Buffer.alloc(216);
  key.writeUInt16LE(AF_INET, 0);
  Buffer.from(peer).copy(key, 4);
  key.writeUInt16LE(6, 130);
  key.write('secret', 136);
  return key;
}

const SERVE_80 = { b: SERVER('0.0.0.0', 80) };

export const CASES: (Case & Required<Pick<Case, 'code'>>)[] = [
  {
    name: 'a listener that demands a time to live',
    topology: 'router',
    sockets: (ns) => tcpListener(ns('b'), (socket) => setOption(socket, IPPROTO_IP, IP_MINTTL, 255)),
    breakage: [],
    port: 80,
    code: 'tcp-min-ttl',
    says: /IP_MINTTL/,
    fixes: false,
  },
  {
    name: 'a listener that demands signatures',
    topology: 'pair',
    sockets: (ns) =>
      tcpListener(ns('b'), (socket) => setOption(socket, IPPROTO_TCP, TCP_MD5SIG, md5Key([10, 0, 1, 1]))),
    breakage: [],
    port: 80,
    code: 'tcp-md5',
    says: /demands TCP MD5 signatures/,
    fixes: false,
  },
  {
    name: 'a filter on a listener',
    topology: 'router',
    sockets: (ns) =>
      tcpListener(ns('b'), (socket) =>
        setOption(socket, SOL_SOCKET, SO_ATTACH_FILTER, filterProgram(DROP_ALL)),
      ),
    breakage: [],
    port: 80,
    code: 'socket-filter',
    says: /filter on the socket of the server in \S*b|the socket of the server .* in \S*b.* by a filter/,
    fixes: false,
  },
  {
    name: 'a receive buffer that is full',
    topology: 'pair',
    sockets: (ns) => {
      const socket = socketIn(ns('b'), AF_INET, SOCK_DGRAM);
      setOption(socket, SOL_SOCKET, SO_RCVBUF, 2304);
      bind(socket, '10.0.1.2', 53);
      const sender = socketIn(ns('a'), AF_INET, SOCK_DGRAM);
      for (let i = 0; i < 50; i++) sendTo(sender, Buffer.alloc(500), '10.0.1.2', 53);
    },
    breakage: [],
    port: 53,
    udp: true,
    code: 'receive-buffer-full',
    says: /buffer/,
    fixes: false,
  },
  {
    name: 'connection tracking that saw no request',
    topology: 'triangle',
    breakage: [...chain('r', 'forward'), ...nft('r', 'add rule inet f c ct state invalid drop')],
    serve: { b: SERVER('0.0.0.0', 80) },
    port: 80,
    code: 'firewall-rule',
    says: /firewall of \S*r\S* drops.*ct state invalid/,
  },
  {
    name: 'an IPv6 address that another has, too',
    topology: 'bridge6',
    breakage: [
      'ip -n @b addr del fd00::2/64 dev eth0',
      'ip -n @a addr add fd00::2/64 dev eth0 nodad',
      'ip -n @b addr add fd00::2/64 dev eth0',
      'sleep 2.5',
      'ip -n @a addr del fd00::2/64 dev eth0',
    ],
    code: 'duplicate-address',
    says: /eth0 in \S*b\S* has fd00::2, and does not use it/,
  },
  {
    name: 'an IPsec policy that demands encryption',
    topology: 'pair',
    breakage: [
      'ip -n @b xfrm policy add src 10.0.1.1/32 dst 10.0.1.2/32 dir in tmpl src 10.0.1.1 dst 10.0.1.2 proto esp mode transport',
    ],
    code: 'ipsec-policy',
    says: /IPsec policy of \S*b/,
  },
  {
    name: 'an IPsec policy without a key',
    topology: 'pair',
    breakage: [
      'ip -n @a xfrm policy add src 10.0.1.1/32 dst 10.0.1.2/32 dir out tmpl src 10.0.1.1 dst 10.0.1.2 proto esp mode transport',
    ],
    code: 'ipsec-policy',
    says: /IPsec policy of \S*a/,
  },
  {
    name: 'a queue without room',
    topology: 'pair',
    breakage: ['tc -n @a qdisc add dev veth0 root pfifo limit 0'],
    code: 'queue-drops',
    says: /pfifo on veth0 in \S*a/,
  },
  {
    name: 'a locked port',
    topology: 'bridge',
    breakage: ['bridge -n @sw link set dev pa locked on learning off', 'bridge -n @sw fdb flush dev br0'],
    code: 'bridge-port-locked',
    says: /locked/,
  },
  {
    name: 'a source that nobody routes to',
    topology: 'pair',
    breakage: [
      'ip -n @a addr add 10.9.9.9/32 dev lo',
      'ip -n @a route replace 10.0.1.0/24 dev veth0 src 10.9.9.9',
    ],
    code: 'no-route',
    says: /no route to 10\.9\.9\.9/,
  },
  {
    name: 'answers to datagrams are dropped',
    topology: 'router',
    serve: {
      b: "const u=require('dgram').createSocket('udp4');u.on('message',(m,r)=>u.send('x',r.port,r.address));u.bind(53,()=>console.log('up'))",
    },
    breakage: [...chain('r', 'forward'), ...nft('r', 'add rule inet f c udp sport 53 drop')],
    port: 53,
    udp: true,
    code: 'firewall-rule',
    says: /firewall of \S*r\S* drops.*udp sport 53/,
  },
  {
    name: 'answers to datagrams from the main address',
    topology: 'pair',
    setup: ['ip -n @b addr add 10.0.1.3/24 dev veth1'],
    serve: {
      b: "const u=require('dgram').createSocket('udp4');u.on('message',(m,r)=>u.send('x',r.port,r.address));u.bind(53,()=>console.log('up'))",
    },
    breakage: [],
    target: '10.0.1.3',
    port: 53,
    udp: true,
    code: 'answered-from-elsewhere',
    says: /UDP port 53 in \S*b\S* .*answers from 10\.0\.1\.2, not from 10\.0\.1\.3/,
    fixes: false,
  },
  {
    name: 'a locked port that answers come in by',
    topology: 'bridge',
    breakage: ['bridge -n @sw link set dev pb locked on learning off', 'bridge -n @sw fdb flush dev br0'],
    code: 'bridge-port-locked',
    says: /pb in \S*sw.*locked/,
  },
  {
    name: 'a filter on the socket of a UDP server',
    topology: 'router',
    sockets: (ns) => {
      const socket = socketIn(ns('b'), AF_INET, SOCK_DGRAM);
      setOption(socket, SOL_SOCKET, SO_ATTACH_FILTER, filterProgram(DROP_ALL));
      bind(socket, '0.0.0.0', 53);
    },
    breakage: [],
    port: 53,
    udp: true,
    code: 'socket-filter',
    says: /filter on the socket of the server in \S*b|the socket of the server .* in \S*b.* by a filter/,
    fixes: false,
  },
  {
    name: 'an XDP program that drops, and that only its holder can take off',
    needsBpf: true,
    topology: 'pair',
    sockets: (ns) => {
      const [{ ifindex }] = JSON.parse(sh('ip', '-n', ns('b'), '-j', 'link', 'show', 'veth1'));
      dropByXdp(ns('b'), ifindex, GENERIC);
    },
    breakage: [],
    code: 'xdp-program',
    says: /veth1 in \S*b\S* has an XDP program .*before anything else sees it$/,
    fixes: false,
  },
  {
    name: 'one of two sockets of a port is stuck',
    topology: 'pair',
    sockets: (ns) => {
      for (const backlog of [64, 0]) {
        const socket = socketIn(ns('b'), AF_INET, SOCK_STREAM);
        setOption(socket, SOL_SOCKET, SO_REUSEPORT, 1);
        bind(socket, '0.0.0.0', 80);
        listen(socket, backlog);
      }
      for (let i = 0; i < 24; i++) connect(socketIn(ns('a'), AF_INET, SOCK_STREAM), '10.0.1.2', 80);
    },
    breakage: [],
    port: 80,
    code: 'backlog-full',
    says: /one of the 2 sockets that listen on TCP port 80 in \S*b.* does not accept/,
    fixes: false,
  },
  {
    name: 'large segments to a port',
    topology: 'router',
    serve: { b: SERVER_SILENT(80) },
    breakage: [
      ...chain('r', 'forward'),
      ...nft('r', 'add rule inet f c tcp dport 80 meta length > 500 drop'),
    ],
    port: 80,
    code: 'firewall-rule',
    says: /firewall of \S*r\S* drops.*meta length > 500/,
  },
  {
    name: 'large segments, a router that must not say so, and no pings',
    topology: 'router',
    serve: { b: SERVER_SILENT(80) },
    breakage: [
      'ip -n @r link set right mtu 1200',
      ...chain('r', 'output'),
      ...nft('r', 'add rule inet f c icmp type destination-unreachable drop'),
      ...chain('b', 'input'),
      ...nft('b', 'add rule inet f c icmp type echo-request drop'),
    ],
    port: 80,
    code: 'fragmentation-needed-lost',
    says: /right in \S*r\S* takes packets of at most 1200 bytes.*does not get back/,
  },
];

/** Those that the benchmark has, too: kinds that a test of another name covers. */
export const ALSO: (Case & Required<Pick<Case, 'code'>>)[] = [
  {
    name: 'a quota that is used up',
    topology: 'pair',
    breakage: [
      ...chain('b', 'input'),
      ...nft('b', 'add rule inet f c icmp type echo-request quota over 10 bytes drop'),
    ],
    code: 'firewall-rule',
    says: /firewall of \S*b\S* drops pings.*quota over 10 bytes/,
  },
  {
    name: 'a limit that is reached',
    topology: 'router',
    breakage: [
      ...chain('r', 'forward'),
      ...nft('r', 'add rule inet f c icmp type echo-request limit rate over 1/day burst 1 packets drop'),
      'ip netns exec @a ping -q -c 2 -i 0.2 -W 0.2 10.0.2.1',
    ],
    code: 'firewall-rule',
    says: /firewall of \S*r\S* drops pings.*limit rate over/,
  },
  {
    name: 'a set that packets fill',
    topology: 'pair',
    breakage: [
      ...chain('b', 'input'),
      ...nft(
        'b',
        'add set inet f flood { type ipv4_addr ; flags dynamic ; }',
        'add rule inet f c meta l4proto icmp add @flood { ip saddr limit rate over 1/day burst 1 packets } drop',
      ),
      'ip netns exec @a ping -q -c 1 -W 0.2 10.0.1.2',
    ],
    code: 'firewall-rule',
    says: /firewall of \S*b\S* drops pings.*flood/,
  },
  {
    name: 'IPv6 pings ignored',
    topology: 'pair6',
    breakage: [set('b', 'net.ipv6.icmp.echo_ignore_all', 1)],
    code: 'ping-ignored',
    says: /answers no pings/,
  },
  {
    name: 'a queue that swallows all',
    topology: 'router',
    breakage: ['tc -n @r qdisc add dev right root blackhole'],
    code: 'queue-drops',
    says: /blackhole on right in \S*r/,
  },
  {
    name: 'a route for some ports only',
    topology: 'router',
    serve: SERVE_80,
    breakage: ['ip -n @r rule add pref 40 ipproto tcp dport 80 unreachable'],
    port: 80,
    code: 'policy-rule-forbids',
    says: /policy rule/,
  },
  {
    name: 'a token in the payload',
    topology: 'pair',
    serve: { b: UDP_SERVER('0.0.0.0', 53) },
    breakage: [...chain('b', 'input'), ...nft('b', 'add rule inet f c udp dport 53 udp length < 20 drop')],
    port: 53,
    udp: true,
    code: 'firewall-rule',
    says: /firewall of \S*b\S* drops UDP.*udp length/,
  },
  {
    name: 'a UDP server that has one peer only',
    topology: 'pair',
    sockets: (ns) => {
      const socket = socketIn(ns('b'), AF_INET, SOCK_DGRAM);
      bind(socket, '10.0.1.2', 53);
      connect(socket, '10.0.1.99', 53);
      receive(socket);
    },
    breakage: [],
    port: 53,
    udp: true,
    code: 'not-listening',
    says: /nothing listens on UDP port 53 in \S*b\S*|connected to 10\.0\.1\.99/,
    fixes: false,
  },
  {
    name: 'a rule that looks up the route back',
    topology: 'triangle',
    breakage: [
      ...hook('b', 'ip f', 'filter', 'prerouting', -300),
      ...nft('b', 'add rule ip f prerouting fib saddr . iif oif missing drop'),
    ],
    code: 'firewall-rule',
    says: /firewall of \S*b\S* drops pings.*fib saddr/,
  },
  {
    name: 'IPv6 hop limit',
    topology: 'router6',
    breakage: [set('a', 'net.ipv6.conf.veth0.hop_limit', 1)],
    code: 'ttl-too-short',
    says: /time to live|hop limit/,
  },
  {
    name: 'VXLAN on another port',
    topology: 'vxlan',
    breakage: [
      'ip -n @b link del vx0',
      'ip -n @b link add vx0 type vxlan id 5 remote 10.0.1.1 local 10.0.1.2 dev veth1 dstport 8472',
      'ip -n @b addr add 10.8.0.2/24 dev vx0',
      'ip -n @b link set vx0 up',
    ],
    code: 'vxlan-port-mismatch',
    says: /8472/,
  },
];
