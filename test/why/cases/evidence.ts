// What became of the probe's packets where routes and rules alone don't show it: labs broken in these ways, what `why` must
// say, and whether its commands fix it.
import { SERVER } from '../lab.ts';
import { type Case, hook, nft, set } from './case.ts';

/** The router publishes port 8080 as port 80 of b, as container engines do. */
const published = (to: string) => [
  ...hook('r', 'ip nat', 'nat', 'prerouting', -100),
  ...nft('r', `add rule ip nat prerouting fib daddr type local tcp dport 8080 dnat to ${to}`),
];
const SERVE_80 = { b: SERVER('0.0.0.0', 80) };

export const CASES: (Case & Required<Pick<Case, 'code'>>)[] = [
  {
    name: 'a local route takes what is another’s',
    topology: 'router',
    breakage: ['ip -n @r route add local 10.0.2.1/32 dev lo'],
    code: 'local-route',
    says: /r\S* accepts packets for 10\.0\.2\.1 as its own/,
  },
  {
    name: 'a hoplimit of the route',
    topology: 'chain',
    breakage: ['ip -n @a route replace 10.0.3.0/24 via 10.0.1.2 hoplimit 1'],
    code: 'ttl-too-short',
    says: /route to 10\.0\.3\.0\/24 gives packets a time to live of 1/,
  },
  {
    name: 'a rule sets the time to live',
    topology: 'chain',
    breakage: [
      ...hook('r', 'ip f', 'filter', 'prerouting', -150),
      ...nft('r', 'add rule ip f prerouting ip ttl set 1'),
    ],
    code: 'ttl-too-short',
    says: /firewall of \S*r\S* gives packets too short a time to live.*ip ttl set 1/,
  },
  {
    name: 'not tracked, and so not translated',
    topology: 'router',
    setup: [
      'ip -n @b route del 10.0.1.0/24',
      ...hook('r', 'ip nat', 'nat', 'postrouting', 100),
      ...nft('r', 'add rule ip nat postrouting ip daddr 10.0.2.1 masquerade'),
    ],
    breakage: [
      ...hook('r', 'ip raw', 'filter', 'prerouting', -300),
      ...nft('r', 'add rule ip raw prerouting notrack'),
    ],
    code: 'translation-skipped',
    says: /keeps pings .* from being tracked .*notrack.*masquerade/,
  },
  {
    name: 'a source that is nobody’s',
    topology: 'router',
    breakage: [
      ...hook('r', 'ip nat', 'nat', 'postrouting', 100),
      ...nft('r', 'add rule ip nat postrouting ip daddr 10.0.2.1 snat to 10.0.2.77'),
    ],
    code: 'translated',
    says: /they come from 10\.0\.2\.77 instead/,
  },
  {
    name: 'nothing listens behind a published port',
    topology: 'router',
    setup: published('10.0.2.1:80'),
    breakage: [],
    target: '10.0.1.254',
    port: 8080,
    code: 'not-listening',
    says: /nothing listens on TCP port 80 in \S*b/,
    fixes: false,
  },
  {
    name: 'a published port that leads to another port',
    topology: 'router',
    serve: SERVE_80,
    breakage: published('10.0.2.1:81'),
    target: '10.0.1.254',
    port: 8080,
    code: 'translated',
    says: /go to 10\.0\.2\.1 port 81 instead.*its server listens on port 80/,
  },
  {
    name: 'a published port that leads to nobody',
    topology: 'router',
    serve: SERVE_80,
    breakage: published('10.0.2.9:80'),
    target: '10.0.1.254',
    port: 8080,
    code: 'translated',
    says: /no interface has 10\.0\.2\.9: 10\.0\.2\.1 listens on that port/,
  },
  {
    name: 'a router that does not forward, behind a published port',
    topology: 'router',
    serve: SERVE_80,
    setup: published('10.0.2.1:80'),
    breakage: [set('r', 'net.ipv4.ip_forward', 0)],
    target: '10.0.1.254',
    port: 8080,
    code: 'forwarding-off',
    says: /r\S* does not forward/,
  },
  {
    name: 'a mark and the table it leads to',
    topology: 'router',
    serve: SERVE_80,
    breakage: [
      'ip -n @a rule add fwmark 1 lookup 100',
      'ip -n @a route add blackhole default table 100',
      ...nft('a', 'add table inet m', 'add chain inet m o { type route hook output priority -150 ; }'),
      ...nft('a', 'add rule inet m o tcp dport 80 meta mark set 1'),
    ],
    port: 80,
    code: 'route-forbids',
    says: /blackhole route for default in table 100/,
  },
  {
    name: 'a rule by user, which nobody can tell from outside',
    topology: 'pair',
    serve: SERVE_80,
    breakage: [
      ...hook('a', 'inet f', 'filter', 'output', 0),
      ...nft('a', 'add rule inet f output meta skuid 0 tcp dport 80 drop'),
    ],
    port: 80,
    code: 'firewall-rule',
    says: /skuid 0 tcp dport 80 drop/,
  },
  {
    name: 'fragments are dropped',
    topology: 'router',
    breakage: [
      ...hook('b', 'ip f', 'filter', 'prerouting', -450),
      ...nft('b', 'add rule ip f prerouting ip frag-off & 0x3fff != 0 drop'),
    ],
    code: 'fragments-dropped',
    says: /packets in fragments are dropped.*ip frag-off/,
  },
  {
    name: 'a bridge with the target’s link-layer address',
    topology: 'bridge',
    setup: ['ip -n @b link set dev eth0 address 02:00:00:00:00:0b'],
    breakage: ['ip -n @sw link set dev br0 address 02:00:00:00:00:0b'],
    code: 'bridge-has-mac',
    says: /br0 in \S*sw\S*, the bridge, has eth0 in \S*b\S*'s link-layer address/,
  },
  {
    name: 'no ephemeral port is left',
    topology: 'pair',
    // The only port that may be picked is taken: by a connection that its own side does not end.
    serve: {
      ...SERVE_80,
      a: "const s=require('net').connect({host:'10.0.1.2',port:80,localPort:40000,allowHalfOpen:true},()=>console.log('up'));s.resume();setInterval(()=>{},1000)",
    },
    breakage: ['ip netns exec @a sysctl -qw net.ipv4.ip_local_port_range=40000~40000'],
    port: 80,
    code: 'ports-used-up',
    says: /has no port left for a connection to 10\.0\.1\.2 port 80/,
  },
];
