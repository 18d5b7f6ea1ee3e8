// Links, bridges, neighbours, sizes, tunnels: labs broken in these ways, what `why` must say, and whether its commands fix it.
import { type Case, chain, nft, set } from './case.ts';

export const CASES: Case[] = [
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
    name: 'macvlan held down by protodown',
    topology: 'macvlan',
    breakage: ['ip -n @b link set m2 protodown on'],
    code: 'protodown',
    says: /m2 in \S*b\S* is held down by protodown/,
  },
  {
    name: 'macvlan of the asker held down by protodown',
    topology: 'macvlan',
    breakage: ['ip -n @a link set m1 protodown on'],
    code: 'protodown',
    says: /m1 in \S*a\S* is held down by protodown/,
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
];
