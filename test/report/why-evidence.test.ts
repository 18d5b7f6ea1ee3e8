// What shows a finding of `why`: a line for every code, of facts alone.
import { expect, test } from 'vitest';
import { evidenceText, observationText } from '../../src/report/why/observations.ts';
import { OBSERVATION_CODES, type ObservationCode } from '../../src/why/codes.ts';
import type { Observation, ObservationFacts } from '../../src/why/facts/observations.ts';

const a = { interface: 'veth0', netns: 'a' };
const b = { interface: 'veth1', netns: 'b' };
const nginx = { name: 'nginx', id: 42 };
const input = { tool: 'nft', family: 'inet', table: 'filter', name: 'input' };
const nat = { tool: 'iptables', family: 'ip', table: 'nat', name: 'PREROUTING' };
const mac = '02:00:00:00:00:01';

const TEXTS: { [Code in ObservationCode]: [facts: ObservationFacts[Code], text: string][] } = {
  'accept-queue': [
    [
      { netns: 'b', port: 80, waiting: 4, backlog: 3 },
      'ss -ltn in b: 4 connections wait to be accepted (Recv-Q), the limit is 3 (Send-Q)',
    ],
    [{ netns: 'b', port: 80, waiting: 1 }, 'ss -ltn in b: 1 connection waits to be accepted (Recv-Q)'],
  ],
  'answer-captured': [
    [{ ...a, source: '10.0.1.3', port: 53 }, 'captured at veth0 in a: an answer from 10.0.1.3 port 53'],
  ],
  address: [
    [{ ...a, address: '10.0.1.1', isDuplicate: false }, 'ip address in a: 10.0.1.1 dev veth0'],
    [{ ...a, address: 'fd00::1', isDuplicate: true }, 'ip address in a: fd00::1 dev veth0 dadfailed'],
  ],
  'bridge-port-flag': [
    [{ ...a, flag: 'isolated', isOn: true }, 'bridge -d link in a: veth0 isolated on'],
    [{ ...a, flag: 'flood', isOn: false }, 'bridge -d link in a: veth0 flood off'],
  ],
  'bridge-port-state': [[{ ...a, state: 'blocking' }, 'bridge link in a: veth0 state blocking']],
  carrier: [[{ ...a, carrier: true }, 'veth0 in a has a carrier']],
  'chain-policy': [
    [
      { netns: 'b', chain: input, policy: 'drop', packets: 2 },
      'nft table inet filter, chain input: policy drop, 2 packets during the probe',
    ],
    [{ netns: 'b', chain: input, policy: 'drop' }, 'nft table inet filter, chain input: policy drop'],
  ],
  'connect-error': [
    [
      { netns: 'a', error: 'Cannot assign requested address' },
      'connect in a: Cannot assign requested address',
    ],
  ],
  'connection-reset': [
    [{ target: 'b', port: 80 }, 'the connection was established, and reset (RST) at once'],
  ],
  'connections-failed': [
    [
      { failed: 8, total: 17, error: 'Connection timed out' },
      '8 of 17 connections failed (Connection timed out), each from another port',
    ],
  ],
  counter: [
    [
      { netns: 'b', counter: 'IPReversePathFilter', count: 2 },
      'IPReversePathFilter grew by 2 in b during the probe',
    ],
  ],
  'data-lost': [
    [
      { bytes: 2896 },
      'the connection is established, and none of the 2896 bytes sent in it are acknowledged',
    ],
  ],
  'fdb-default': [
    [{ ...a, destinations: [] }, 'bridge fdb in a: no default entry for veth0'],
    [
      { ...a, destinations: ['10.0.0.2', '10.0.0.3'] },
      'bridge fdb in a: default entries of veth0 for 10.0.0.2, 10.0.0.3',
    ],
  ],
  'fdb-entry': [
    [
      { interface: 'br0', netns: 'a', mac, port: 'veth9', state: 'static' },
      `bridge fdb in a: ${mac} dev veth9 static`,
    ],
    [
      { interface: 'vxlan0', netns: 'a', mac, destination: '10.0.0.2' },
      `bridge fdb in a: ${mac} dev vxlan0 dst 10.0.0.2`,
    ],
  ],
  'fdb-entry-absent': [[{ ...a, mac }, `bridge fdb in a: no entry for ${mac} dev veth0`]],
  'fragmented-ping-lost': [
    [
      { size: 2000, outcome: 'no answer' },
      'a ping of 2000 bytes in fragments is lost (no answer), unfragmented ones are answered',
    ],
  ],
  'interface-address': [[{ ...a, mac }, `ip link in a: veth0 address ${mac}`]],
  'interface-flags': [
    [{ ...a, flags: ['BROADCAST', 'NOARP', 'UP'] }, 'ip link in a: veth0 <BROADCAST,NOARP,UP>'],
  ],
  'interface-master': [[{ ...a, master: 'br0' }, 'ip link in a: veth0 master br0']],
  'interface-state': [[{ ...a, state: 'DOWN' }, 'ip link in a: veth0 state DOWN']],
  'interface-unused': [[a, 'veth0 in a is down and has no address']],
  'ipsec-policy': [
    [
      { netns: 'a', source: '10.0.1.0/24', destination: '10.0.2.0/24', direction: 'out', action: 'block' },
      'ip xfrm policy in a: src 10.0.1.0/24 dst 10.0.2.0/24 dir out action block',
    ],
  ],
  'kernel-drop': [
    [
      { netns: 'r', function: 'nf_hook_slow', reason: 'NETFILTER_DROP' },
      'the kernel dropped it in r (nf_hook_slow): NETFILTER_DROP',
    ],
    [{ netns: 'r', reason: 'NEIGH_FAILED' }, 'the kernel dropped it in r: NEIGH_FAILED'],
  ],
  'large-ping-lost': [
    [
      { size: 1500, outcome: 'no answer' },
      'a ping of 1500 bytes is lost (no answer), small ones are answered',
    ],
    [{ size: 1500, netns: 'b' }, 'a ping of 1500 bytes back from b is lost, small ones are answered'],
  ],
  listeners: [
    [{ netns: 'b', protocol: 'tcp', sockets: [] }, 'ss -ltn in b: no listener'],
    [
      { netns: 'b', protocol: 'udp', sockets: [{ address: '0.0.0.0', port: 53 }] },
      'ss -lun in b: only 0.0.0.0:53',
    ],
    [
      {
        netns: 'b',
        protocol: 'tcp',
        port: 80,
        sockets: [{ address: '10.0.1.9', port: 80, device: 'veth9' }],
        process: nginx,
      },
      'ss -ltn in b: 10.0.1.9%veth9:80 (nginx, process 42)',
    ],
  ],
  'lookup-rule-absent': [
    [{ netns: 'a', family: 4, table: 'main' }, 'ip rule in a: no lookup of main'],
    [{ netns: 'a', family: 6, table: 'local' }, 'ip -6 rule in a: no lookup of local'],
  ],
  'macvlan-mode': [
    [{ ...a, mode: 'private' }, 'ip -d link in a: veth0 macvlan mode private'],
    [{ ...a, mode: 'source', allowed: [mac] }, `ip -d link in a: veth0 macvlan mode source, ${mac} allowed`],
    [{ ...a, mode: 'source', allowed: [] }, 'ip -d link in a: veth0 macvlan mode source, no address allowed'],
  ],
  'neighbour-entry': [
    [
      { ...a, address: '10.0.1.2', mac, state: ['PERMANENT'] },
      `ip neighbour in a: 10.0.1.2 dev veth0 lladdr ${mac} PERMANENT`,
    ],
  ],
  'no-address': [[{ netns: 'b' }, 'ip address in b: no usable address']],
  'no-interface': [[{ netns: 'b' }, 'ip link in b: only lo']],
  'no-owner': [[{ netns: 'b', address: '10.0.1.2' }, 'no interface in b has 10.0.1.2']],
  'no-route': [[{ netns: 'b', target: '10.0.1.1' }, 'b has no route to 10.0.1.1']],
  'no-source-address': [[a, 'ip address in a: veth0 has no address to send from']],
  'only-way-back': [[{ netns: 'r', target: '10.0.2.1' }, 'the only route of r to 10.0.2.1 leads back']],
  path: [
    [{ reply: false, namespaces: ['a', 'r', 'a'] }, 'the path: a → r → a'],
    [{ reply: true, namespaces: ['b', 'a'] }, 'the path back: b → a'],
  ],
  'pings-answered': [[{}, 'pings, which have no such checksum, are answered']],
  'process-state': [[{ process: 42, state: 'T' }, '/proc/42/stat: state T']],
  pvids: [[{ ...a, other: 'veth9', vlan: 10 }, 'bridge vlan in a: veth0 PVID 10, veth9 PVID none']],
  qdisc: [
    [
      { ...a, qdisc: 'netem', handle: '8001:', dropped: 3 },
      'tc -s qdisc in a: netem 8001: dev veth0, 3 dropped during the probe',
    ],
  ],
  route: [
    [
      { netns: 'a', table: 'main', type: 'unicast', route: '10.0.2.0/24', hoplimit: 1 },
      'ip route in a: 10.0.2.0/24 hoplimit 1',
    ],
    [
      { netns: 'a', table: 'local', type: 'local', route: '10.0.2.0/24', interface: 'lo' },
      'ip route show table local in a: local 10.0.2.0/24 dev lo',
    ],
  ],
  'route-lookup': [
    [
      { netns: 'a', target: '10.0.2.1', error: 'Network is unreachable' },
      'ip route get 10.0.2.1 in a: Network is unreachable',
    ],
    [
      { netns: 'r', target: '10.0.2.1', source: '10.0.1.1', arrivesBy: 'veth0', error: 'No route to host' },
      'ip route get 10.0.2.1 from 10.0.1.1 iif veth0 in r: No route to host',
    ],
    [
      { netns: 'a', target: '10.0.2.1', gateway: '10.0.1.9', interface: 'veth0' },
      'ip route get 10.0.2.1 in a: via 10.0.1.9 dev veth0',
    ],
  ],
  rule: [
    [
      { netns: 'b', chain: input, handle: 5, rule: 'tcp dport 80 drop', packets: 1 },
      'nft table inet filter, chain input handle 5: tcp dport 80 drop, 1 packet during the probe',
    ],
    [
      { netns: 'b', chain: nat, rule: '-A PREROUTING -j DNAT' },
      'iptables table nat, chain PREROUTING: -A PREROUTING -j DNAT',
    ],
  ],
  'same-link': [[{ ...a, others: [b] }, 'veth0 in a and veth1 in b are on one link']],
  setting: [
    [{ netns: 'r', setting: 'net.ipv4.ip_forward', value: '0' }, 'net.ipv4.ip_forward = 0 in r'],
    [
      { netns: 'r', setting: 'net.ipv4.conf.veth0.rp_filter', value: '1', largerOfAll: true },
      'net.ipv4.conf.veth0.rp_filter = 1 in r (the larger of all and its own)',
    ],
  ],
  'socket-drops': [
    [
      { netns: 'b', protocol: 'tcp', port: 80, drops: 2 },
      'ss -ltm in b: 2 dropped by the socket; the SYN arrived, and no other counter moved',
    ],
    [
      { netns: 'b', protocol: 'udp', port: 53, drops: 2 },
      'ss -lum in b: 2 dropped by the socket; neither for its checksum nor for want of room',
    ],
  ],
  'socket-memory': [
    [
      { netns: 'b', port: 53, used: 3840, limit: 4608 },
      'ss -lum in b: 3840 of 4608 bytes of the receive buffer are in use',
    ],
  ],
  stations: [
    [{ ...a, stations: [] }, 'nothing else is on the link of veth0 in a'],
    [
      { ...a, stations: [{ ...b, address: '10.0.1.9' }] },
      'on the link of veth0 in a is only veth1 in b (10.0.1.9)',
    ],
    [
      { ...a, stations: [b, { interface: 'eth0', netns: 'c', address: '10.0.1.9' }] },
      'on the link of veth0 in a are veth1 in b (no address), eth0 in c (10.0.1.9)',
    ],
  ],
  'tc-filter': [[{ ...a, direction: 'ingress' }, 'tc filter show dev veth0 ingress in a']],
  'vxlan-ports': [
    [
      { ...a, port: 8472, other: b, otherPort: 4789 },
      'ip -d link: veth0 in a dstport 8472, veth1 in b dstport 4789',
    ],
  ],
  'way-to': [[{ ...a, target: '10.0.2.1' }, 'veth0 in a leads to 10.0.2.1']],
  'xdp-program': [[a, 'ip link in a: veth0 xdp']],
};

test.for(Object.keys(OBSERVATION_CODES) as ObservationCode[])('%s in words', (code) => {
  for (const [facts, text] of TEXTS[code]) expect(observationText({ code, facts } as Observation)).toBe(text);
});

test('all that shows a finding is one line', () => {
  expect(
    evidenceText([
      { code: 'no-interface', facts: { netns: 'b' } },
      { code: 'pings-answered', facts: {} },
    ]),
  ).toBe('ip link in b: only lo; pings, which have no such checksum, are answered');
  expect(evidenceText([])).toBe('');
});
