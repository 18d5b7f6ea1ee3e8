// What each finding of `why` says: a sentence for every code, of facts alone.
import { expect, test } from 'vitest';
import { disagreementText, noteText, unseenText } from '../../src/report/why/remarks.ts';
import { adviceText, causeText } from '../../src/report/why/sentences.ts';
import { stepText } from '../../src/report/why/steps.ts';
import { FINDING_CODES, type FindingCode } from '../../src/why/codes.ts';
import type { Diagnosis, FindingFacts } from '../../src/why/facts/finding-facts.ts';
import type { Finding, Step } from '../../src/why/finding.ts';

const a = { interface: 'veth0', netns: 'a' };
const b = { interface: 'veth1', netns: 'b' };
const c = { interface: 'eth0', netns: 'c' };
const nginx = { name: 'nginx', id: 42 };
const input = { tool: 'nft', family: 'inet', table: 'filter', name: 'input' };
const nat = { tool: 'iptables', family: 'ip', table: 'nat', name: 'PREROUTING' };
const syn = { protocol: 'tcp', source: '10.0.1.1', target: '10.0.1.2', port: 80, reply: false } as const;
const there = { target: '10.0.2.1', reply: false };
const back = { target: '10.0.1.1', reply: true };

/** Facts, the sentence, and what a person must do. */
type Said<Facts> = [facts: Facts, cause: string, advice?: string];

const SAID: { [Code in FindingCode]: Said<FindingFacts[Code]>[] } = {
  'address-missing': [
    [
      { ...b, family: 4, lack: 'none', address: '10.0.1.2' },
      'veth1 in b has no IPv4 address: no interface has 10.0.1.2',
    ],
    [
      { ...b, family: 6, lack: 'mtu', address: 'fd00::2', mtu: 1000 },
      'veth1 in b has an MTU of 1000 bytes, and IPv6 needs 1280: it does not have fd00::2',
    ],
    [
      { ...b, family: 6, lack: 'ipv6-off', address: 'fd00::2' },
      'IPv6 is switched off on veth1 in b (disable_ipv6), so it does not have fd00::2',
    ],
    [{ ...b, family: 4, lack: 'down', address: '10.0.1.2' }, 'veth1 in b is down: no interface has 10.0.1.2'],
    [
      { ...b, family: 6, lack: 'down', address: 'fd00::2' },
      'veth1 in b is down, which took its IPv6 addresses: no interface has fd00::2',
    ],
    [
      { ...b, family: 4, lack: 'other', address: '10.0.1.2', has: ['10.0.1.3/24', '10.0.9.1/24'] },
      'no interface has the address 10.0.1.2: veth1 in b, at the other end, has 10.0.1.3/24, 10.0.9.1/24',
    ],
    [{ ...b, family: 4, lack: 'none' }, 'veth1 in b has no IPv4 address'],
    [
      { ...b, family: 6, lack: 'ipv6-off', unknown: true },
      'veth1 in b has no IPv6 address: IPv6 is switched off there (disable_ipv6)',
      'give veth1 in b an address',
    ],
    [{ ...b, family: 4, lack: 'down' }, 'veth1 in b is down and has no address'],
  ],
  'address-on-bridge-port': [
    [
      { ...a, address: '10.0.1.1', prefix: 24, bridge: 'br0' },
      "10.0.1.1/24 is on veth0 in a, which is a port of br0: frames arriving at a port go to the bridge, not to the port's address",
    ],
  ],
  'address-on-wrong-interface': [
    [
      { ...a, address: '10.0.1.1', prefix: 24, target: '10.0.1.2', reply: false, rightInterface: 'veth9' },
      "10.0.1.1/24 is on veth0 in a, but the link that 10.0.1.2 is on is veth9's: packets leave by the wrong interface",
    ],
    [
      { ...a, address: '10.0.1.1', prefix: 24, target: '10.0.1.2', reply: true, rightInterface: 'veth9' },
      "10.0.1.1/24 is on veth0 in a, but the link that 10.0.1.2 is on is veth9's: its answers leave by the wrong interface",
    ],
  ],
  'answer-not-translated': [
    [
      {
        netns: 'r',
        before: '10.0.1.9',
        after: '10.0.2.1',
        source: '10.0.2.1',
        asker: 'a',
        server: 'b',
        stateless: false,
        table: 'nat',
      },
      'b answers a directly, past r, which translated 10.0.1.9 to 10.0.2.1: the answers come from 10.0.2.1, and a knows no such connection',
      'let r translate the source as well (masquerade), so that answers pass it (nat, postrouting)',
    ],
    [
      {
        netns: 'r',
        before: '10.0.1.9',
        after: '10.0.2.1',
        source: '10.0.2.1',
        asker: 'a',
        server: 'b',
        stateless: true,
      },
      'r changes the target 10.0.1.9 to 10.0.2.1 without the connection tracker, so answers come from 10.0.2.1: a knows no such connection',
    ],
  ],
  'arp-filter': [
    [
      { ...b, asker: '10.0.1.1', address: '10.0.1.2', routeInterface: 'veth9' },
      'veth1 in b does not answer ARP requests of 10.0.1.1 for 10.0.1.2: arp_filter is on there, and the route back to 10.0.1.1 leaves by veth9',
    ],
  ],
  'arp-ignored': [
    [
      { ...b, address: '10.0.1.2', value: 8 },
      'veth1 in b does not answer ARP requests for 10.0.1.2: arp_ignore is 8 there',
    ],
  ],
  'arp-not-asked': [[a, 'veth0 in a does not request link-layer addresses: mcast_solicit is 0 there']],
  'arp-off': [
    [{ ...a, role: 'asks' }, 'veth0 in a has ARP switched off: it does not request link-layer addresses'],
    [
      { ...b, role: 'answers' },
      'veth1 in b has ARP switched off: it does not answer requests for link-layer addresses',
    ],
  ],
  'answered-from-elsewhere': [
    [
      { netns: 'b', protocol: 'udp', port: 53, process: nginx, source: '10.0.1.3', asked: '10.0.1.2' },
      'the server on UDP port 53 in b (nginx, process 42) answers from 10.0.1.3, not from 10.0.1.2, where the request went: the asker does not accept it as an answer',
      'have the server listen on 10.0.1.2 itself, or answer from the address that was asked (IP_PKTINFO)',
    ],
    [
      {
        netns: 'b',
        protocol: 'udp',
        port: 53,
        source: '10.0.1.3',
        asked: '10.0.1.2',
        translatedBy: 'r',
      },
      'the server on UDP port 53 in b answers from 10.0.1.3, not from 10.0.1.2, where the request went: a rule of r changes it: the asker does not accept it as an answer',
    ],
  ],
  'backlog-full': [
    [
      { netns: 'b', protocol: 'tcp', port: 80, process: nginx },
      'the server on TCP port 80 in b (nginx, process 42) does not accept its connections: its queue is full, and the kernel drops new ones',
      'restart the server, or find out why it does not call accept(2)',
    ],
    [
      { netns: 'b', protocol: 'tcp', port: 80, sockets: 2 },
      'one of the 2 sockets that listen on TCP port 80 in b does not accept its connections: its queue is full, and the kernel drops new ones',
      'restart the server, or find out why it does not call accept(2)',
    ],
  ],
  'bound-elsewhere': [
    [
      { netns: 'b', protocol: 'tcp', port: 80, address: '127.0.0.1', target: '10.0.1.2', scope: 'loopback' },
      'TCP port 80 in b listens only on 127.0.0.1: not reachable from outside b',
      'have the server listen on 10.0.1.2 or 0.0.0.0',
    ],
    [
      {
        netns: 'b',
        protocol: 'udp',
        port: 53,
        address: '::',
        target: '10.0.1.2',
        scope: 'ipv6',
        process: nginx,
      },
      'UDP port 53 in b listens only on IPv6 (::) (nginx, process 42), not on 10.0.1.2',
      'have the server listen on 10.0.1.2 or 0.0.0.0',
    ],
    [
      { netns: 'b', protocol: 'tcp', port: 80, address: 'fd00::9', target: 'fd00::2', scope: 'other' },
      'TCP port 80 in b listens on fd00::9, not on fd00::2',
      'have the server listen on fd00::2 or ::',
    ],
  ],
  'bound-to-device': [
    [
      {
        netns: 'b',
        protocol: 'tcp',
        port: 80,
        process: nginx,
        interface: 'dummy0',
        target: '10.0.1.2',
        arrivesBy: 'veth1',
      },
      'TCP port 80 in b is bound to the interface dummy0 (nginx, process 42): packets for 10.0.1.2 come in by veth1',
      'have the server listen on veth1 or on all interfaces',
    ],
  ],
  'bridge-has-mac': [
    [
      { interface: 'br0', netns: 'r', mac: '02:00:00:00:00:01', owner: b },
      "br0 in r, the bridge, has veth1 in b's link-layer address 02:00:00:00:00:01 as its own: it takes frames for that address and forwards none",
    ],
  ],
  'bridge-port-locked': [
    [
      { interface: 'p1', netns: 'r', bridge: 'br0', mac: '02:00:00:00:00:01', station: a },
      'p1 in r, a port of br0, is locked: the bridge drops frames arriving there from 02:00:00:00:00:01 (veth0 in a), for which it has no entry',
    ],
  ],
  'bridge-port-state': [
    [
      { interface: 'p1', netns: 'r', bridge: 'br0', state: 'blocking', spanningTree: false },
      'p1 in r, a port of br0, is blocking: the bridge passes nothing through it',
    ],
    [
      { interface: 'p1', netns: 'r', bridge: 'br0', state: 'learning', spanningTree: true },
      'p1 in r, a port of br0, is learning (spanning tree): the bridge passes nothing through it yet',
    ],
  ],
  'bridge-ports-isolated': [
    [
      { interface: 'p1', netns: 'r', bridge: 'br0', other: 'p2' },
      'p1 in r and p2 are both isolated ports of br0: it passes nothing from the one to the other',
    ],
  ],
  'checksum-offload': [
    [
      { netns: 'b', sender: 'veth0' },
      'b drops packets whose checksum is wrong: veth0 leaves it to hardware (offload), and nothing on the way computes it',
    ],
  ],
  'connection-reset': [
    [
      { target: 'b', port: 80, process: nginx },
      'the server on TCP port 80 in b (nginx, process 42) resets each connection at once, without sending data',
      'see the log of the server: it may refuse this client, or fail at each connection',
    ],
  ],
  'duplicate-address': [
    [
      { kind: 'spoofed', address: '10.0.1.1', owners: [a, b], netns: 'b' },
      '10.0.1.1 is assigned twice: to veth0 in a and to veth1 in b, so b takes packets from it for spoofed ones',
    ],
    [
      { kind: 'contested', address: '10.0.1.1', owners: [a, b] },
      '10.0.1.1 is assigned twice on the same link: to veth0 in a and veth1 in b, and whoever answers first gets the packets',
    ],
    [
      { kind: 'refused', address: 'fd00::2', owners: [a, b], netns: 'a' },
      'fd00::2 is assigned twice on one link, to veth0 in a and to veth1 in b: a found it taken (duplicate address detection) and does not use it',
    ],
    [
      { kind: 'refused', address: 'fd00::2', owners: [b], netns: 'b' },
      'veth1 in b has fd00::2, and does not use it: when it was added another station on the link had it (duplicate address detection)',
    ],
  ],
  'duplicate-mac': [
    [
      { ...a, mac: '02:00:00:00:00:01', twin: b },
      'veth0 in a and veth1 in b have the same link-layer address 02:00:00:00:00:01: frames for the one go to the other',
    ],
  ],
  'fdb-entry-wrong': [
    [
      {
        kind: 'bridge',
        interface: 'br0',
        netns: 'r',
        mac: '02:00:00:00:00:01',
        owner: b,
        leadsTo: 'p2',
        right: 'p1',
      },
      'br0 in r has a fixed entry that sends frames for 02:00:00:00:00:01 (veth1 in b) out of p2 instead of p1',
    ],
    [
      {
        kind: 'vxlan',
        interface: 'vx0',
        netns: 'a',
        mac: '02:00:00:00:00:01',
        owner: b,
        leadsTo: '10.9.9.9',
        far: 'b',
      },
      'vx0 in a, a VXLAN, has an entry that sends frames for 02:00:00:00:00:01 (veth1 in b) to 10.9.9.9, which is not b',
    ],
    [
      { kind: 'no-default', interface: 'vx0', netns: 'a', far: 'b', defaults: [] },
      'vx0 in a, a VXLAN, knows no way to b: its forwarding table has no default entry, and no remote end is set',
    ],
    [
      { kind: 'no-default', interface: 'vx0', netns: 'a', far: 'b', defaults: ['10.9.9.8', '10.9.9.9'] },
      'vx0 in a, a VXLAN, knows no way to b: its forwarding table has default entries for 10.9.9.8, 10.9.9.9 only, and no remote end is set',
    ],
  ],
  'firewall-policy': [
    [
      { by: 'rules', netns: 'b', verdict: 'drops', packet: syn, hook: 'input', chain: input },
      'the firewall of b drops TCP packets from 10.0.1.1 to 10.0.1.2 port 80 in input: no rule of nft table inet filter, chain input accepts them and its policy is drop',
    ],
    [
      { by: 'kernel', netns: 'b', packet: 'answer', chain: input },
      'the firewall of b drops the answer: nft table inet filter, chain input, its policy',
      'let a rule before it accept the packet',
    ],
  ],
  'firewall-rule': [
    [
      {
        by: 'rules',
        netns: 'b',
        verdict: 'rejects',
        packet: { ...syn, reply: true },
        hook: 'forward',
        chain: input,
        handle: 4,
        rule: 'tcp dport 80 reject',
      },
      "the firewall of b rejects TCP answers from 10.0.1.1 port 80 to 10.0.1.2 in forward: nft table inet filter, chain input handle 4, rule 'tcp dport 80 reject'",
    ],
    [
      {
        by: 'rules',
        netns: 'b',
        verdict: 'drops',
        packet: { protocol: 'arp', source: '10.0.1.1', target: '10.0.1.2', reply: false },
        hook: 'input',
        chain: nat,
        rule: '-j DROP',
      },
      "the firewall of b drops ARP requests from 10.0.1.1 in input: iptables table nat, chain PREROUTING, rule '-j DROP'",
    ],
    [
      { by: 'kernel', netns: 'b', packet: 'tcp', chain: input, handle: 4, rule: 'drop' },
      "the firewall of b drops the TCP packet: nft table inet filter, chain input handle 4, rule 'drop'",
      'let a rule before it accept the packet',
    ],
  ],
  'forwarding-off': [
    [
      { netns: 'r', interface: 'veth0', ...there, interfaceOnly: false },
      'r does not forward: packets to 10.0.2.1 come in by veth0 and end there',
    ],
    [
      { netns: 'r', interface: 'veth0', ...back, interfaceOnly: true },
      'r does not forward packets from veth0: packets back to 10.0.1.1 come in by veth0 and end there',
    ],
  ],
  'fragmentation-needed-lost': [
    [
      { interface: 'veth1', netns: 'r', route: false, mtu: 1400, router: 'r', family: 4 },
      'veth1 in r takes packets of at most 1400 bytes (MTU), and r\'s report, ICMP "fragmentation needed", does not get back: larger ones vanish',
    ],
    [
      {
        interface: 'veth1',
        netns: 'r',
        route: true,
        mtu: 1400,
        router: 'r',
        family: 6,
        lostBy: {
          code: 'firewall-policy',
          facts: {
            by: 'rules',
            netns: 'r',
            verdict: 'drops',
            packet: {
              protocol: 'icmp',
              source: 'fd00::1',
              target: 'fd00::2',
              reply: true,
              tooBig: true,
            },
            hook: 'output',
            chain: { ...input, name: 'output' },
          },
        },
      },
      'the route out of veth1 in r takes packets of at most 1400 bytes (MTU), and r\'s report, ICMPv6 "packet too big", does not get back: larger ones vanish; the firewall of r drops reports of packets that are too large (ICMP) from fd00::1 to fd00::2 in output: no rule of nft table inet filter, chain output accepts them and its policy is drop',
    ],
  ],
  'fragments-dropped': [
    [
      { target: '10.0.1.2' },
      'packets in fragments are lost on the way to 10.0.1.2',
      'look for rules that drop fragments, and for net.ipv4.ipfrag_high_thresh (0: none are put together)',
    ],
    [
      {
        target: '10.0.1.2',
        droppedBy: { code: 'netem-loss', facts: { ...a, percent: 100 } },
      },
      'packets in fragments are dropped: netem on veth0 in a loses 100 % of the packets leaving it',
    ],
  ],
  'interface-down': [
    [a, 'veth0 in a is down'],
    [{ ...b, behind: a }, 'veth1 in b is down: veth0 in a leads to it'],
    [{ interface: 'br0', netns: 'r', bridge: true }, 'br0 in r, the bridge, is down'],
    [{ ...b, address: '10.0.1.2' }, 'veth1 in b, which has 10.0.1.2, is down'],
  ],
  'interface-moved': [
    [
      { ...c, home: 'b', peer: a, address: '10.0.1.2' },
      'eth0, the other end of veth0 in a, lies in c and not in b: no interface has 10.0.1.2',
    ],
    [{ ...c, home: 'b', peer: a }, 'b has no interface but lo: eth0, to which a is wired, lies in c'],
  ],
  'ipsec-policy': [
    [
      { netns: 'a', source: '10.0.1.0/24', destination: '10.0.2.0/24', direction: 'out', action: 'block' },
      'an IPsec policy of a blocks packets from 10.0.1.0/24 to 10.0.2.0/24 (out)',
    ],
    [
      { netns: 'a', source: '10.0.1.0/24', destination: '10.0.2.0/24', direction: 'in', action: 'encrypt' },
      'an IPsec policy of a wants packets from 10.0.1.0/24 to 10.0.2.0/24 encrypted (in): plain ones are dropped',
    ],
  ],
  'kernel-drop': [
    [
      { netns: 'b', interface: 'veth1', packet: 'ping', reason: 'NEWER_THAN_THIS' },
      'the kernel drops the ping in b, at veth1: NEWER_THAN_THIS (NEWER_THAN_THIS)',
    ],
    [
      { netns: 'b', interface: '', packet: 'udp', reason: 'NEWER_THAN_THIS' },
      'the kernel drops the UDP packet in b: NEWER_THAN_THIS (NEWER_THAN_THIS)',
    ],
  ],
  'large-packets-lost': [
    [
      { target: '10.0.1.2' },
      'large packets are lost on the way',
      'compare the MTUs of the interfaces on the way',
    ],
  ],
  'answered-in-transit': [
    [
      { netns: 'r', target: '10.0.2.1', port: 80, server: 'b', rule: 'tcp dport 80 synproxy' },
      "r answers TCP connections to 10.0.2.1 port 80 in its place (rule 'tcp dport 80 synproxy'), and they are reset: b never got a SYN",
    ],
    [
      { netns: 'r', target: '10.0.2.1', port: 80, server: 'b' },
      'r answers TCP connections to 10.0.2.1 port 80 in its place, and they are reset: b never got a SYN',
      'find out what answers in r',
    ],
  ],
  'vxlan-local-wrong': [
    [
      { ...b, local: '10.0.1.9' },
      'veth1 in b, a VXLAN, sends from 10.0.1.9, an address that b does not have',
    ],
  ],
  'address-tentative': [
    [
      { ...b, address: 'fd00::2' },
      'veth1 in b has fd00::2, but does not use it yet: duplicate address detection (RFC 4862) has not ended',
    ],
  ],
  'local-route-missing': [
    [
      { ...b, target: '10.0.1.2', reply: false },
      'b has 10.0.1.2 on veth1, but no local route to it: it does not take packets for 10.0.1.2 as its own',
    ],
    [
      { ...a, ...back },
      'a has 10.0.1.1 on veth0, but no local route to it: it does not take answers for 10.0.1.1 as its own',
    ],
  ],
  'local-route': [
    [
      { netns: 'a', target: '10.0.1.2', route: '10.0.1.0/28', owner: b },
      'a accepts packets for 10.0.1.2 as its own: it has a local route to 10.0.1.0/28, but 10.0.1.2 is on veth1 in b',
    ],
  ],
  'loopback-down': [
    [{ netns: 'a' }, "lo is down in a: it can't talk to itself"],
    [
      { netns: 'a', target: '10.0.1.1' },
      'lo is down in a: packets to its own addresses, including 10.0.1.1, go by lo',
    ],
  ],
  'macvlan-below': [
    [
      { interface: 'mv0', netns: 'b', lower: a },
      'mv0 in b is a macvlan on veth0 in a: a macvlan and the interface below it never talk to each other',
      'give a a macvlan of its own on veth0, and the address to that',
    ],
  ],
  'macvlan-mode': [
    [
      {
        interface: 'mv0',
        netns: 'a',
        mode: 'private',
        lower: 'eth0',
        peer: { interface: 'mv1', netns: 'b' },
      },
      'mv0 in a is a macvlan in private mode: it does not talk to mv1 in b, which is on the same eth0',
    ],
    [
      { interface: 'mv0', netns: 'b', mode: 'source', lower: 'eth0', peer: a, peerMac: '02:00:00:00:00:01' },
      'mv0 in b is a macvlan in source mode: it takes nothing from 02:00:00:00:00:01 (veth0 in a), which is not on its list',
    ],
  ],
  'mtu-mismatch': [
    [
      { ...b, mtu: 1400, sender: a, senderMtu: 1500 },
      'veth1 in b takes packets of at most 1400 bytes (MTU), but veth0 in a sends up to 1500: larger ones are dropped silently',
    ],
  ],
  'multipath-part': [
    [
      { address: '10.0.2.1', port: 80 },
      'some connections to 10.0.2.1 port 80 get lost: a route on the way has several next hops, and not all lead there',
      'compare the next hops of the route',
    ],
    [
      {
        address: '10.0.2.1',
        port: 80,
        rule: {
          netns: 'r',
          chain: { tool: 'nft', family: 'ip', table: 't', name: 'c' },
          rule: 'dnat to numgen inc mod 2 map { 0 : 10.0.1.2, 1 : 10.0.2.2 }',
        },
      },
      "some connections to 10.0.2.1 port 80 fail: r chooses a target for each (nft table ip t, chain c, rule 'dnat to numgen inc mod 2 map { 0 : 10.0.1.2, 1 : 10.0.2.2 }'), and not all answer",
      'try each target of the rule',
    ],
  ],
  'neighbour-entry-wrong': [
    [
      {
        netns: 'a',
        address: '10.0.1.2',
        mac: '02:00:00:00:00:09',
        owner: b,
        rightMac: '02:00:00:00:00:01',
      },
      'a has a fixed neighbour entry that says 10.0.1.2 is at 02:00:00:00:00:09, but veth1 in b has 02:00:00:00:00:01: nothing takes its frames',
    ],
  ],
  'netem-loss': [[{ ...a, percent: 12.5 }, 'netem on veth0 in a loses 12.5 % of the packets leaving it']],
  'no-address': [
    [{ ...a, family: 4, lack: 'none' }, 'veth0 in a has no IPv4 address'],
    [{ ...a, family: 6, lack: 'ipv6-off' }, 'IPv6 is switched off on veth0 in a (disable_ipv6)'],
    [
      { ...a, family: 6, lack: 'mtu', mtu: 1000 },
      'veth0 in a has an MTU of 1000 bytes, and IPv6 needs 1280: it has no IPv6 address',
    ],
  ],
  'no-carrier': [[a, 'veth0 in a is up but has no carrier', 'see what veth0 is plugged into']],
  'no-flooding': [
    [
      { interface: 'p1', netns: 'r', bridge: 'br0', which: 'mcast_flood' },
      'br0 floods no multicast out of p1 in r: neighbour solicitations (RFC 4861), which are multicast, never get there',
    ],
    [
      { interface: 'p1', netns: 'r', bridge: 'br0', which: 'bcast_flood' },
      'br0 floods nothing out of p1 in r: broadcasts, and so ARP requests, never get there',
    ],
    [
      { interface: 'p1', netns: 'r', bridge: 'br0', which: 'flood' },
      'br0 floods nothing out of p1 in r: frames for a host it has not yet heard from never get there',
    ],
  ],
  'no-interface': [
    [
      {
        netns: 'a',
        direction: 'out',
        command: ['ip', 'link', 'add', 'veth0', 'netns', 'a', 'type', 'veth'],
      },
      'a has no interface but lo: nothing leads out of it',
      'wire it up: ip link add veth0 netns a type veth',
    ],
    [{ netns: 'b', direction: 'in' }, 'b has no interface but lo: nothing leads into it'],
  ],
  'no-route': [
    [
      { kind: 'missing', netns: 'a', prefix: '10.0.2.0/24', ...there, starts: true },
      'a has no route to 10.0.2.0/24: packets for it never leave',
    ],
    [
      { kind: 'missing', netns: 'r', prefix: '10.0.2.0/24', ...there, starts: false },
      'r has no route to 10.0.2.0/24: packets for it end there',
    ],
    [
      { kind: 'missing', netns: 'b', prefix: '10.0.1.0/24', ...back, starts: true },
      'b has no route to 10.0.1.0/24: its answers never leave',
    ],
    [
      { kind: 'missing', netns: 'r', prefix: '10.0.1.0/24', ...back, starts: false },
      'r has no route to 10.0.1.0/24: the answers end there',
    ],
    [
      {
        kind: 'default-route',
        netns: 'a',
        prefix: '10.0.2.0/24',
        interface: 'veth9',
        ...there,
        right: '10.0.1.254',
      },
      'a has no route to 10.0.2.0/24: packets take its default route, which leaves by veth9 and does not lead to 10.0.2.1: 10.0.1.254 does',
    ],
    [
      {
        kind: 'default-route',
        netns: 'b',
        prefix: '10.0.1.0/24',
        interface: 'veth9',
        ...back,
        right: 'veth1',
      },
      'b has no route to 10.0.1.0/24: answers take its default route, which leaves by veth9 and does not lead to 10.0.1.1: veth1 does',
    ],
    [
      {
        kind: 'unknown-address',
        netns: 'a',
        target: '10.9.9.9',
        command: ['ip', '-n', 'a', 'route', 'add', '10.9.9.9', 'via', 'GATEWAY'],
      },
      'a has no route to 10.9.9.9, and no namespace seen here has that address',
      'add a route if you know the way: ip -n a route add 10.9.9.9 via GATEWAY',
    ],
  ],
  'not-in-bridge': [
    [
      { ports: [{ interface: 'p1', netns: 'r' }], stations: [a], bridge: 'br0' },
      'p1 in r, the other end of veth0 in a, is in no bridge: it should be a port of br0',
    ],
    [
      {
        ports: [
          { interface: 'p1', netns: 'r' },
          { interface: 'p2', netns: 'r' },
        ],
        stations: [a, b],
      },
      'p1 and p2 in r, the other ends of veth0 in a and veth1 in b, are in no bridge: r has none, and passes nothing from the one to the other',
    ],
  ],
  'not-accepted': [
    [
      { netns: 'b', protocol: 'tcp', port: 80, process: nginx },
      'the server on TCP port 80 in b (nginx, process 42) does not accept: the kernel makes connections for it, and no program answers on them',
      'find out why the server does not call accept(2), or restart it',
    ],
  ],
  'not-listening': [
    [
      { netns: 'b', protocol: 'udp', port: 53 },
      'nothing listens on UDP port 53 in b',
      'start the server; nscap can stand in for it',
    ],
  ],
  'not-wired': [
    [
      { kind: 'elsewhere', ...a, address: '10.0.1.2', neighbours: [c], owners: [b] },
      'veth0 in a is wired to eth0 in c, but not to veth1 in b, which has 10.0.1.2',
      'wire a and b together',
    ],
    [
      { kind: 'elsewhere', ...a, address: '10.0.1.2', neighbours: [], owners: [b] },
      'veth0 in a is wired to nothing, but not to veth1 in b, which has 10.0.1.2',
      'wire a and b together',
    ],
    [
      { kind: 'leaves', ...a, address: '10.0.1.2', owners: [b] },
      'no wire leads from a to veth1 in b, which has 10.0.1.2: packets for it leave by veth0 in a',
      'wire a and b together',
    ],
    [
      {
        kind: 'unconnected',
        netns: 'a',
        address: '10.0.1.2',
        owners: [b, c],
        command: ['ip', 'link', 'add', 'NAME', 'netns', 'a', 'type', 'veth'],
      },
      'no wire leads from a to b, c, which has 10.0.1.2',
      'wire them up: ip link add NAME netns a type veth',
    ],
    [
      { kind: 'nowhere', ...a, address: '10.0.1.2' },
      'veth0 in a leads nowhere: nothing is at its other end, where 10.0.1.2 should be',
      'wire veth0 to the namespace that should have 10.0.1.2',
    ],
  ],
  'ping-ignored': [
    [
      { netns: 'b', setting: 'net.ipv4.icmp_echo_ignore_all' },
      'b answers no pings (net.ipv4.icmp_echo_ignore_all is 1)',
    ],
  ],
  'policy-rule-forbids': [
    [
      { netns: 'a', action: 'prohibit', priority: 100, ...there },
      'a has a policy rule that makes everything it matches prohibit (priority 100): packets for 10.0.2.1 match it',
    ],
    [
      { netns: 'b', action: 'blackhole', priority: 100, ...back },
      'b has a policy rule that makes everything it matches blackhole (priority 100): answers to 10.0.1.1 match it',
    ],
  ],
  'policy-rule-missing': [
    [
      { netns: 'a', table: 'main' },
      'a has no policy rule that looks up the table main: its routes there are not used',
    ],
  ],
  'ports-used-up': [
    [
      { netns: 'a', address: '10.0.1.2', port: 80, range: ['40000', '40001'] },
      'a has no port left for a connection to 10.0.1.2 port 80: those of 40000-40001 are in use',
    ],
  ],
  'prefix-too-long': [
    [
      {
        ...a,
        address: '10.0.1.1',
        prefix: 30,
        right: 24,
        target: '10.0.1.9',
        reply: false,
        starts: true,
      },
      'veth0 in a has 10.0.1.1/30, but the others on its link take its network for a /24: it has no way to 10.0.1.9, and packets for it never leave',
    ],
  ],
  'prefix-too-short': [
    [
      { ...a, address: '10.0.1.1', prefix: 16, right: 24, target: '10.0.2.1' },
      "veth0 in a has 10.0.1.1/16, but its link's network is only a /24: it takes 10.0.2.1 to be on that link, where it is not",
    ],
  ],
  protodown: [[a, 'veth0 in a is held down by protodown: it is up but has no carrier until that is off']],
  'queue-drops': [
    [{ ...a, qdisc: 'pfifo', dropped: 3 }, 'the queue pfifo on veth0 in a drops packets leaving it'],
    [
      { ...a, qdisc: 'tbf', dropped: 0, bitsPerSecond: 8000 },
      'the queue tbf on veth0 in a may hold back or drop packets leaving it: its rate is 8000 bit/s',
    ],
  ],
  'receive-buffer-full': [
    [
      { netns: 'b', port: 53, process: nginx, stopped: false },
      'the server on UDP port 53 in b does not read: its receive buffer is full, and the kernel drops new datagrams',
      'restart the server, or find out why it does not read its socket',
    ],
    [
      { netns: 'b', port: 53, process: nginx, stopped: true },
      'the server on UDP port 53 in b (nginx, process 42) is stopped and reads nothing: its receive buffer is full, and the kernel drops new datagrams',
    ],
  ],
  'refused-at-entry': [
    [
      {
        netns: 'r',
        source: '10.0.1.1',
        target: '10.0.2.1',
        interface: 'veth0',
        command: ['ip', '-n', 'r', 'route', 'get', '10.0.2.1'],
      },
      'r refuses packets from 10.0.1.1 to 10.0.2.1 that come in by veth0',
      'see why: ip -n r route get 10.0.2.1',
    ],
  ],
  'route-forbids': [
    [
      { netns: 'a', type: 'unreachable', route: '10.0.2.0/24', ...there },
      'a has an unreachable route for 10.0.2.0/24: packets for 10.0.2.1 are called unreachable',
    ],
    [
      { netns: 'b', type: 'blackhole', route: '10.0.1.0/24', table: '7', ...back },
      'b has a blackhole route for 10.0.1.0/24 in table 7: its answers to 10.0.1.1 are dropped silently',
    ],
    [
      { netns: 'a', type: 'prohibit', route: 'default', ...there },
      'a has a prohibit route for default: packets for 10.0.2.1 are refused',
    ],
    [
      { netns: 'a', type: 'throw', route: 'default', ...there },
      'a has a throw route for default: packets for 10.0.2.1 find no route',
    ],
  ],
  'route-localnet': [
    [
      { netns: 'a', source: '127.0.0.1', target: '10.0.1.2', interface: 'veth0' },
      'a may not send packets from 127.0.0.1 out of veth0: route_localnet is 0 there, and they were translated to go to 10.0.1.2',
    ],
  ],
  'routing-loop': [
    [
      {
        target: '10.0.2.1',
        namespaces: ['r1', 'r2'],
        misrouted: { netns: 'r2', nextHop: '10.0.9.1', right: '10.0.9.3' },
      },
      "packets for 10.0.2.1 loop between r1 and r2: r2's route to it goes by 10.0.9.1, not by 10.0.9.3",
    ],
    [
      { target: '10.0.2.1', namespaces: ['r1', 'r2'] },
      'packets for 10.0.2.1 are forwarded in a loop',
      'compare the routes of the namespaces on the way',
    ],
  ],
  'rp-filter': [
    [
      { netns: 'b', source: '10.0.1.1', interface: 'veth1' },
      'b drops packets from 10.0.1.1 that come in by veth1: its own route back to 10.0.1.1 goes elsewhere, and rp_filter wants it to be the same',
    ],
    [
      {
        netns: 'b',
        source: '10.0.1.1',
        interface: 'veth1',
        filter: { value: 1, routeInterface: 'veth9' },
      },
      'b drops packets from 10.0.1.1 that come in by veth1: rp_filter is strict there, and its own route back to 10.0.1.1 goes by veth9',
    ],
    [
      {
        netns: 'b',
        source: '10.0.1.1',
        interface: 'veth1',
        filter: { value: 2, routeInterface: 'veth9' },
      },
      'b drops packets from 10.0.1.1 that come in by veth1: rp_filter is 2 there, and its own route back to 10.0.1.1 goes by veth9',
    ],
  ],
  'server-stopped': [
    [
      { netns: 'b', protocol: 'tcp', port: 80, process: nginx, queueFull: false },
      'the server on TCP port 80 in b (nginx, process 42) is stopped and accepts nothing',
    ],
    [
      { netns: 'b', protocol: 'tcp', port: 80, process: nginx, queueFull: true },
      'the server on TCP port 80 in b (nginx, process 42) is stopped and accepts nothing: its queue is full, and the kernel drops new connections',
    ],
  ],
  'socket-connected': [
    [
      { netns: 'b', protocol: 'udp', port: 53, peer: '10.0.1.9:40000', process: nginx },
      'UDP port 53 in b is connected to 10.0.1.9:40000 (nginx, process 42): it takes datagrams from there only',
      'restart the server, or have it take datagrams from every sender (nc -l -u -k)',
    ],
  ],
  'socket-filter': [
    [
      { netns: 'b', packet: 'tcp', process: nginx },
      'a filter on the socket of the server in b (nginx, process 42) drops the TCP packet (SO_ATTACH_FILTER, SO_ATTACH_BPF, or a filter of its cgroup)',
      'the server attached the filter itself: see its configuration, or start it without',
    ],
    [
      { netns: 'b', packet: 'tcp', counted: { port: 80 } },
      'the socket of the server on TCP port 80 in b drops packets itself: most likely by a filter (SO_ATTACH_FILTER, SO_ATTACH_BPF)',
      'the server attached the filter itself: see its configuration, or start it without',
    ],
  ],
  'tc-filter': [
    [
      { ...a, filter: 'matchall', direction: 'egress', pref: 1, does: 'redirects' },
      'a matchall traffic control filter on veth0 in a (egress, pref 1) sends packets elsewhere',
    ],
    [
      { ...a, filter: 'bpf', direction: 'ingress', pref: 1, does: 'runs-program' },
      'a bpf traffic control filter on veth0 in a (ingress, pref 1) runs a BPF program that may drop packets',
    ],
    [
      { ...a, filter: 'u32', direction: 'ingress', pref: 1, does: 'drops' },
      'a u32 traffic control filter on veth0 in a (ingress, pref 1) drops packets',
    ],
  ],
  'tcp-md5': [
    [
      { netns: 'b', port: 179, process: { name: 'bgpd', id: 9 }, asker: 'a', demands: 'TCP-MD5' },
      'the server (bgpd, process 9) on TCP port 179 in b demands TCP MD5 signatures (RFC 2385) of a: the kernel drops its SYNs',
      'give both ends the same key (TCP_MD5SIG), as BGP daemons do by their "password", or remove it from the server',
    ],
    [
      { netns: 'b', port: 179, asker: 'a', demands: 'TCP-AO' },
      'the server on TCP port 179 in b demands TCP-AO (RFC 5925) of a: the kernel drops its SYNs',
      'give both ends the same key (TCP_MD5SIG), as BGP daemons do by their "password", or remove it from the server',
    ],
  ],
  'tcp-min-ttl': [
    [
      { netns: 'b', port: 179 },
      'the server on TCP port 179 in b demands a higher time to live than the packets have left (IP_MINTTL, "TTL security" of RFC 5082): the kernel drops them',
      'let the server demand less, or put fewer routers between the two: each decrements the time to live',
    ],
  ],
  translated: [
    [
      { kind: 'source', netns: 'r', packet: syn, address: '10.9.9.9', chain: nat, rule: '-j SNAT' },
      "r translates TCP packets from 10.0.1.1 to 10.0.1.2 port 80: they come from 10.9.9.9 instead, which is no address of r, so that no answer gets back to it (iptables table nat, chain PREROUTING, rule '-j SNAT')",
    ],
    [
      {
        kind: 'taken',
        netns: 'r',
        packet: syn,
        address: '10.9.9.9',
        port: 81,
        chain: input,
        handle: 3,
        rule: 'dnat to 10.9.9.9:81',
      },
      "r translates TCP packets from 10.0.1.1 to 10.0.1.2 port 80: they go to 10.9.9.9 port 81 instead, by nft table inet filter, chain input handle 3, rule 'dnat to 10.9.9.9:81'",
    ],
    [
      { kind: 'no-owner', netns: 'r', packet: syn, address: '10.9.9.9', chain: nat, rule: '-j DNAT' },
      "r translates TCP packets from 10.0.1.1 to 10.0.1.2 port 80: they go to 10.9.9.9 instead, by iptables table nat, chain PREROUTING, rule '-j DNAT', and no interface has 10.9.9.9",
      'give the rule the address of the server',
    ],
    [
      {
        kind: 'not-listening',
        netns: 'r',
        packet: syn,
        address: '10.0.2.1',
        port: 81,
        chain: nat,
        rule: '-j DNAT',
        server: 'b',
        rightPort: 8080,
      },
      "r translates TCP packets from 10.0.1.1 to 10.0.1.2 port 80: they go to 10.0.2.1 port 81 instead, by iptables table nat, chain PREROUTING, rule '-j DNAT', where nothing listens in b: its server listens on port 8080",
      'let the rule translate to port 8080',
    ],
  ],
  'translation-skipped': [
    [
      { netns: 'r', packet: syn, chain: input, rule: 'notrack', skipped: 'masquerade' },
      "the firewall of r keeps TCP packets from 10.0.1.1 to 10.0.1.2 port 80 from being tracked (nft table inet filter, chain input, rule 'notrack'), and so from being translated by 'masquerade'",
    ],
  ],
  'ttl-too-short': [
    [
      {
        netns: 'r',
        target: '10.0.2.1',
        origin: { kind: 'setting', netns: 'a', setting: 'ip_default_ttl' },
      },
      'packets of a have too short a time to live (ip_default_ttl): r drops packets for 10.0.2.1',
    ],
    [
      {
        netns: 'r',
        target: '10.0.2.1',
        origin: { kind: 'route', netns: 'a', route: 'default', hoplimit: 1 },
      },
      "a's route to default gives packets a time to live of 1 (hoplimit), too short for the way: r drops packets for 10.0.2.1",
    ],
    [
      {
        netns: 'r',
        target: '10.0.2.1',
        origin: { kind: 'rule', netns: 'a', place: 'nft table ip f, chain o handle 2', rule: 'ip ttl set 1' },
      },
      "the firewall of a gives packets too short a time to live: nft table ip f, chain o handle 2, rule 'ip ttl set 1'; r drops packets for 10.0.2.1",
    ],
  ],
  'vlan-id-mismatch': [
    [
      { kind: 'vlan', ...a, id: '10', other: b, otherId: '20' },
      'veth0 in a is in VLAN 10, but veth1 in b is in VLAN 20: they are different links',
    ],
  ],
  'vlan-mismatch': [
    [
      { interface: 'p1', netns: 'r', bridge: 'br0', other: 'p2', vlan: 10 },
      'p1 in r is in VLAN 10 of br0, but p2 is in VLAN none: the bridge passes no frames between them',
    ],
  ],
  'vxlan-port-mismatch': [
    [
      { interface: 'vx0', netns: 'a', port: 4789, other: { interface: 'vx0', netns: 'b' }, otherPort: 8472 },
      'vx0 in a, a VXLAN, sends to UDP port 4789, but vx0 in b listens on 8472: neither hears the other',
    ],
  ],
  'vxlan-remote-wrong': [
    [
      { interface: 'vx0', netns: 'a', remote: '10.9.9.9', far: 'b', right: '10.0.1.2' },
      'vx0 in a, a VXLAN, sends to 10.9.9.9, which is not b: that is 10.0.1.2',
    ],
  ],
  'wrong-bridge': [
    [
      { interface: 'p2', netns: 'r', station: b, bridge: 'br1', rightBridge: 'br0', mate: a },
      'p2 in r, where veth1 in b is plugged in, is a port of br1, but veth0 in a is on br0: the two bridges are different links',
    ],
  ],
  'wrong-gateway': [
    [
      {
        kind: 'on-link',
        netns: 'a',
        route: '10.0.2.0/24',
        target: '10.0.2.1',
        interface: 'veth0',
        rightGateway: '10.0.1.254',
      },
      "a's route to 10.0.2.0/24 takes 10.0.2.1 to be on the link of veth0, but it is behind 10.0.1.254",
    ],
    [
      {
        kind: 'on-link',
        netns: 'a',
        route: '10.0.2.0/24',
        target: '10.0.2.1',
        interface: 'veth0',
        gateway: '10.0.1.9',
        rightGateway: '10.0.1.254',
      },
      "a's route to 10.0.2.0/24 goes by 10.0.1.9, which no station on its link has: 10.0.1.254 leads there",
    ],
    [
      {
        kind: 'not-there',
        netns: 'a',
        route: 'default',
        target: '10.0.2.1',
        interface: 'veth0',
        gateway: '10.0.1.9',
        rightGateway: '10.0.1.254',
      },
      "a's route to default goes by 10.0.1.9, an address that no interface on the link of veth0 has: 10.0.1.254 leads there",
    ],
    [
      {
        kind: 'dead-end',
        netns: 'a',
        route: '10.0.2.1',
        target: '10.0.2.1',
        interface: 'veth0',
        gateway: '10.0.1.9',
        router: 'r',
        rightInterface: 'veth9',
      },
      "a's route to 10.0.2.1 goes by 10.0.1.9 (r), which does not lead there: veth9 does directly",
    ],
  ],
  'wrong-interface': [
    [
      { netns: 'a', route: '10.0.2.0/24', interface: 'veth9', target: '10.0.2.1' },
      "a's route to 10.0.2.0/24 leaves by veth9, which does not lead to 10.0.2.1",
    ],
    [
      {
        netns: 'a',
        route: '10.0.2.0/24',
        gateway: '10.0.9.1',
        interface: 'veth9',
        target: '10.0.2.1',
        right: 'veth0',
      },
      "a's route to 10.0.2.0/24 by 10.0.9.1 leaves by veth9, which does not lead to 10.0.2.1: veth0 does",
    ],
  ],
  'xdp-program': [
    [a, 'veth0 in a has an XDP program that decides about every packet before anything else sees it'],
  ],
};

const found = (diagnosis: Diagnosis): Finding => ({ ...diagnosis, step: 'hops', evidence: [], fix: [] });

test.for(Object.keys(FINDING_CODES) as FindingCode[])('%s in words', (code) => {
  for (const [facts, cause, advice] of SAID[code]) {
    const finding = found({ code, facts } as Diagnosis);
    expect(causeText(finding)).toBe(cause);
    expect(adviceText(finding)).toBe(advice);
  }
});

test('advice to change a rule is not given where a command does it', () => {
  const [facts] = SAID.translated[2];
  const finding: Finding = { ...found({ code: 'translated', facts }), fix: [['nft', 'replace', 'rule']] };
  expect(adviceText(finding)).toBe(undefined);
});

test('what a VXLAN carries, and what some connections meet, is said of the finding', () => {
  expect(
    causeText({
      code: 'interface-down',
      facts: c,
      context: [
        { kind: 'tunnel', interface: 'vx0', netns: 'a', remote: '10.0.9.2' },
        { kind: 'some-connections' },
      ],
    }),
  ).toBe(
    'vx0 in a, a VXLAN, does not reach 10.0.9.2: eth0 in c is down: some connections take that way and are lost',
  );
});

test('facts survive JSON', () => {
  for (const said of Object.values(SAID))
    for (const [facts] of said) expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
});

const STEPS: [step: Step, text: string][] = [
  [{ name: 'namespace', status: 'ok', facts: { netns: 'a', inode: 7 } }, 'a is there (net:[7])'],
  [{ name: 'loopback', status: 'ok', facts: { netns: 'a', state: 'up' } }, 'lo is up'],
  [{ name: 'loopback', status: 'failed', facts: { netns: 'a', state: 'down' } }, 'lo is down'],
  [{ name: 'loopback', status: 'skipped', facts: { netns: 'a', state: 'unseen' } }, 'no lo is seen in a'],
  [
    {
      name: 'address',
      status: 'ok',
      facts: {
        family: 4,
        addresses: [
          { interface: 'veth0', address: '10.0.1.1', prefix: 24 },
          { interface: 'veth9', address: '10.0.9.1', prefix: 24 },
        ],
      },
    },
    'veth0 10.0.1.1/24, veth9 10.0.9.1/24',
  ],
  [
    { name: 'address', status: 'skipped', facts: { family: 6, addresses: [] } },
    'no interface has an IPv6 address',
  ],
  [{ name: 'owner', status: 'skipped', facts: { understood: 'b' } }, 'b has no address'],
  [
    { name: 'owner', status: 'ok', facts: { understood: 'b', address: '10.0.1.2', owner: b } },
    'b is 10.0.1.2, 10.0.1.2 is on veth1 in b',
  ],
  [
    { name: 'owner', status: 'skipped', facts: { understood: '10.9.9.9', address: '10.9.9.9' } },
    'no namespace seen here has 10.9.9.9',
  ],
  [{ name: 'route', status: 'ok', facts: { address: '10.0.1.1' } }, '10.0.1.1 is its own: by lo'],
  [
    {
      name: 'route',
      status: 'ok',
      facts: { address: '10.0.2.1', gateway: '10.0.1.254', interface: 'veth0', source: '10.0.1.1' },
    },
    '10.0.2.1 via 10.0.1.254 dev veth0 src 10.0.1.1',
  ],
  [
    {
      name: 'link',
      status: 'ok',
      facts: { interface: 'veth0', up: true, carrier: false, leadsTo: [{ ...b, up: false }] },
    },
    'veth0 is up, has no carrier, leads to veth1 in b (down)',
  ],
  [
    {
      name: 'neighbour',
      status: 'ok',
      facts: { nextHop: '10.0.1.2', mac: '02:00:00:00:00:01', state: ['REACHABLE'] },
    },
    '10.0.1.2 is at 02:00:00:00:00:01 (REACHABLE)',
  ],
  [
    { name: 'neighbour', status: 'failed', facts: { nextHop: '10.0.1.2', state: ['FAILED'] } },
    '10.0.1.2: no answer (FAILED)',
  ],
  [
    { name: 'neighbour', status: 'skipped', facts: { nextHop: '10.0.1.2', state: [] } },
    'nothing known of 10.0.1.2 yet',
  ],
  [
    { name: 'hops', status: 'ok', facts: { namespaces: ['a', 'r', 'b'], routers: ['r'] } },
    'a → r → b, r forwards',
  ],
  [
    { name: 'hops', status: 'ok', facts: { namespaces: ['a', 'b'], routers: [] } },
    'a → b, no router between',
  ],
  [
    { name: 'hops', status: 'skipped', facts: { namespaces: ['a', 'r'] } },
    "a → r, and from there on it can't be seen",
  ],
  [
    {
      name: 'firewall',
      status: 'ok',
      facts: {
        whole: true,
        namespaces: [
          { netns: 'a', rules: 0, chains: 0 },
          { netns: 'b', rules: 1, chains: 2 },
        ],
      },
    },
    'b has 1 rule in 2 chains: none stops it',
  ],
  [
    {
      name: 'firewall',
      status: 'ok',
      facts: { whole: true, namespaces: [{ netns: 'a', rules: 0, chains: 0 }] },
    },
    'no rules in a',
  ],
  [
    {
      name: 'firewall',
      status: 'skipped',
      facts: { whole: false, namespaces: [{ netns: 'a', rules: 0, chains: 0, problem: 'nft: not found' }] },
    },
    'the rules could not be read in a (nft: not found)',
  ],
  [{ name: 'back', status: 'skipped', facts: {} }, 'the other end can not be seen'],
  [
    { name: 'mtu', status: 'ok', facts: { packet: { size: 1500, fate: 'answered', said: '' } } },
    '1500 bytes get through undivided',
  ],
  [{ name: 'mtu', status: 'skipped', facts: {} }, 'not tried: pings are not answered'],
  [{ name: 'capture', status: 'skipped', facts: {} }, 'no capture was possible'],
  [
    {
      name: 'capture',
      status: 'failed',
      facts: {
        observed: {
          protocol: 'icmp',
          from: 'a',
          answered: false,
          there: [{ ...a, direction: 'out' }],
          back: [],
          errors: [],
          lost: 'sent',
        },
      },
    },
    'echo request: out a:veth0; no echo reply was seen',
  ],
  [
    { name: 'ping', status: 'skipped', facts: { said: 'no answer', portWorks: true } },
    'no answer, but the port works',
  ],
  [
    {
      name: 'port',
      status: 'ok',
      facts: {
        protocol: 'tcp',
        port: 80,
        said: 'connected',
        listener: { address: '*', port: 80, process: nginx },
      },
    },
    'TCP port 80: connected, *:80 of nginx (42)',
  ],
  [{ name: 'port', status: 'skipped', behind: 'neighbour' }, 'not reached: see neighbour'],
  [
    {
      name: 'link',
      status: 'failed',
      finding: {
        ...found({ code: 'interface-down', facts: a }),
        evidence: [
          { code: 'interface-state', facts: { ...a, state: 'DOWN' } },
          { code: 'carrier', facts: { ...b, carrier: false } },
        ],
      },
    },
    'veth0 in a is down (ip link in a: veth0 state DOWN; veth1 in b has no carrier)',
  ],
];

test.for(STEPS)('the step %j', ([step, text]) => {
  expect(stepText(step)).toBe(text);
});

test('what is said beside the cause', () => {
  expect(noteText({ code: 'ping-unanswered', said: 'no answer' })).toBe(
    'pings are not answered (no answer), but the port works',
  );
  expect(unseenText({ kind: 'firewall', netns: 'b', problem: 'nft: not found' })).toBe(
    'the firewall of b (nft: not found)',
  );
  expect(unseenText({ kind: 'packets', netns: 'a' })).toBe('packets at a: no capture was possible');
  expect(unseenText({ kind: 'drops', way: 'nft', lacked: ['no BPF'] })).toBe(
    "the kernel's reasons for drops, but for rules of nft (no BPF)",
  );
  expect(disagreementText({ kind: 'interface', netns: 'r', expected: 'veth0', observed: 'veth9' })).toBe(
    'r: ip route get says veth0, but the packet left by veth9',
  );
  expect(disagreementText({ kind: 'source', netns: 'r', expected: '10.0.1.1', observed: '10.0.9.1' })).toBe(
    'r: the packet leaves with the source 10.0.9.1 instead of 10.0.1.1',
  );
});
