// Each reason of IP, UDP, ICMP and neighbours that can be provoked here is: the event must name it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDrops } from '../../src/drops/open.ts';
import { explainReason } from '../../src/drops/reasons.ts';
import { has } from '../support/needs.ts';
import { PATIENCE } from '../support/nscap.ts';
import { address, ethernet, icmp, ipv4, ipv6, udp } from './frames.ts';
import { until } from './pair.ts';
import { A, B, STRANGER, STRANGER_MAC, Stage } from './provoke.ts';

const HI = Buffer.from('hello');
const OTHER = '02:00:00:00:00:99';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const IPV6 = 0x86dd;
const LINK_LOCAL = 'fe80::99';

/** A datagram from a stranger to b. */
function datagram(fields: Partial<Parameters<typeof ipv4>[0]> = {}, port = 9): Buffer {
  const { source = STRANGER, destination = B } = fields;
  return ipv4({
    source,
    destination,
    protocol: 17,
    payload: udp(source, destination, [5000, port], HI),
    ...fields,
  });
}

function neighbour(type: number, rest: Buffer, { code = 0, hops = 255 } = {}): Buffer {
  return ipv6(LINK_LOCAL, 'fd77::2', 58, icmp(type, code, rest, [LINK_LOCAL, 'fd77::2']), hops);
}

const solicitation = (target: string, options = Buffer.alloc(0)) =>
  Buffer.concat([Buffer.alloc(4), address(target), options]);

/** What makes the kernel drop a packet for a reason, and what takes it back afterwards. */
const CASES: [
  reason: string,
  provoke: (stage: Stage) => void,
  undo?: (stage: Stage) => void | Promise<void>,
][] = [
  ['NO_SOCKET', (stage) => stage.send(datagram())],
  [
    'PKT_TOO_SMALL',
    (stage) => {
      const payload = udp(STRANGER, B, [5000, 9], HI, { length: 200 });
      stage.send(ipv4({ source: STRANGER, destination: B, protocol: 17, payload }));
    },
  ],
  [
    'UDP_CSUM',
    (stage) => {
      const payload = udp(STRANGER, B, [5000, 9], HI, { checksum: true });
      stage.send(ipv4({ source: STRANGER, destination: B, protocol: 17, payload }));
    },
  ],
  [
    'ICMP_CSUM',
    (stage) => {
      const payload = icmp(8, 0, HI);
      payload[2] = payload[2] ^ 0x55;
      stage.send(ipv4({ source: STRANGER, destination: B, protocol: 1, payload }));
    },
  ],
  ['IP_CSUM', (stage) => stage.send(datagram({ patch: { 10: 0x12, 11: 0x34 } }))],
  ['IP_INHDR', (stage) => stage.send(datagram({ patch: { 0: 0x43 } }))],
  ['OTHERHOST', (stage) => stage.send(datagram(), OTHER)],
  [
    'IP_NOPROTO',
    (stage) => stage.send(ipv4({ source: STRANGER, destination: B, protocol: 200, payload: HI })),
  ],
  [
    'NETFILTER_DROP',
    (stage) => {
      stage.b(
        'nft',
        'add table ip t; add chain ip t i { type filter hook input priority 0; }; add rule ip t i udp dport 9 drop',
      );
      stage.send(datagram());
    },
    (stage) => {
      stage.b('nft', 'delete table ip t');
    },
  ],
  [
    'IP_RPFILTER',
    (stage) => {
      stage.set(stage.pair.b, 'net.ipv4.conf.veth1.rp_filter=1');
      stage.send(datagram({ source: '10.99.0.1' }));
    },
    (stage) => {
      stage.set(stage.pair.b, 'net.ipv4.conf.veth1.rp_filter=0');
    },
  ],
  [
    'UNICAST_IN_L2_MULTICAST',
    (stage) => {
      stage.set(stage.pair.b, 'net.ipv4.conf.veth1.drop_unicast_in_l2_multicast=1');
      stage.send(datagram(), BROADCAST);
    },
    (stage) => {
      stage.set(stage.pair.b, 'net.ipv4.conf.veth1.drop_unicast_in_l2_multicast=0');
    },
  ],
  [
    'XFRM_POLICY',
    (stage) => {
      stage.set(stage.pair.b, 'net.ipv4.ip_forward=1');
      stage.b('ip', 'xfrm', 'policy', 'add', 'dst', A, 'dir', 'fwd', 'action', 'block');
      stage.send(datagram({ destination: A }));
    },
    (stage) => {
      stage.b('ip', 'xfrm', 'policy', 'flush');
      stage.set(stage.pair.b, 'net.ipv4.ip_forward=0');
    },
  ],
  ['IP_INADDRERRORS', (stage) => stage.send(datagram({ destination: '10.99.0.1' }))],
  [
    'IP_INNOROUTES',
    (stage) => {
      stage.set(stage.pair.b, 'net.ipv4.ip_forward=1');
      stage.send(datagram({ destination: '10.99.0.1' }));
    },
    (stage) => {
      stage.set(stage.pair.b, 'net.ipv4.ip_forward=0');
    },
  ],
  ['IP_LOCAL_SOURCE', (stage) => stage.send(datagram({ source: B }))],
  ['IP_INVALID_SOURCE', (stage) => stage.send(datagram({ source: '224.0.0.1' }))],
  ['IP_LOCALNET', (stage) => stage.send(datagram({ destination: '127.0.0.1' }))],
  ['IP_INVALID_DEST', (stage) => stage.send(datagram({ destination: '0.0.0.0' }))],
  [
    'INVALID_PROTO',
    (stage) => {
      stage.send(
        ipv4({
          source: STRANGER,
          destination: '10.77.0.255',
          protocol: 1,
          payload: icmp(13, 0, Buffer.alloc(16)),
        }),
        BROADCAST,
      );
    },
  ],
  [
    'PKT_TOO_BIG',
    (stage) => {
      stage.b('ip', 'link', 'add', 'small0', 'mtu', '600', 'type', 'veth', 'peer', 'small1');
      stage.b('ip', 'address', 'add', '10.88.0.1/24', 'dev', 'small0');
      stage.b('ip', 'link', 'set', 'small0', 'up');
      stage.b('ip', 'link', 'set', 'small1', 'up');
      stage.set(stage.pair.b, 'net.ipv4.ip_forward=1');
      stage.send(
        ipv4({
          source: STRANGER,
          destination: '10.88.0.9',
          protocol: 17,
          payload: Buffer.alloc(1000),
          fragment: 0x4000,
        }),
      );
    },
    (stage) => {
      stage.set(stage.pair.b, 'net.ipv4.ip_forward=0');
      stage.b('ip', 'link', 'delete', 'small0');
    },
  ],
  [
    'DUP_FRAG',
    (stage) => {
      for (let i = 0; i < 2; i++)
        stage.send(
          ipv4({
            source: STRANGER,
            destination: B,
            protocol: 17,
            payload: Buffer.alloc(64),
            id: 7,
            fragment: 0x2000,
          }),
        );
    },
  ],
  [
    'FRAG_REASM_TIMEOUT',
    (stage) => {
      stage.set(stage.pair.b, 'net.ipv4.ipfrag_time=1');
      stage.send(
        ipv4({
          source: STRANGER,
          destination: B,
          protocol: 17,
          payload: Buffer.alloc(64),
          id: 300,
          fragment: 0x2000,
        }),
      );
    },
  ],
  [
    'IPV6DISABLED',
    (stage) => {
      stage.set(stage.pair.b, 'net.ipv6.conf.veth1.disable_ipv6=1');
      stage.wire.send(
        ethernet(
          stage.macB,
          STRANGER_MAC,
          IPV6,
          ipv6('fd77::50', 'fd77::2', 17, udp('fd77::50', 'fd77::2', [5, 9], HI)),
        ),
      );
    },
    async (stage) => {
      stage.set(stage.pair.b, 'net.ipv6.conf.veth1.disable_ipv6=0');
      stage.b('ip', 'address', 'add', 'fd77::2/64', 'dev', 'veth1', 'nodad');
      // The kernel makes it the host's own in a work queue (addrconf_dad_work).
      await expect
        .poll(() => stage.b('ip', '-6', 'route', 'show', 'table', 'local', 'dev', 'veth1'), {
          timeout: PATIENCE,
        })
        .toContain('fd77::2 ');
    },
  ],
  [
    'IPV6_BAD_EXTHDR',
    (stage) => {
      // An ICMPv6 error about a packet whose hop-by-hop options are cut off.
      const quoted = Buffer.concat([Buffer.alloc(4), ipv6('fd77::2', 'fd77::50', 0, Buffer.alloc(0))]);
      const error = icmp(1, 0, quoted, ['fd77::50', 'fd77::2']);
      stage.wire.send(ethernet(stage.macB, STRANGER_MAC, IPV6, ipv6('fd77::50', 'fd77::2', 58, error)));
    },
  ],
  [
    'IPV6_NDISC_HOP_LIMIT',
    (stage) =>
      stage.wire.send(
        ethernet(stage.macB, STRANGER_MAC, IPV6, neighbour(135, solicitation('fd77::2'), { hops: 64 })),
      ),
  ],
  [
    'IPV6_NDISC_BAD_CODE',
    (stage) =>
      stage.wire.send(
        ethernet(stage.macB, STRANGER_MAC, IPV6, neighbour(135, solicitation('fd77::2'), { code: 1 })),
      ),
  ],
  [
    'IPV6_NDISC_BAD_OPTIONS',
    (stage) =>
      stage.wire.send(
        ethernet(
          stage.macB,
          STRANGER_MAC,
          IPV6,
          neighbour(135, solicitation('fd77::2', Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]))),
        ),
      ),
  ],
  [
    'IPV6_NDISC_NS_OTHERHOST',
    (stage) =>
      stage.wire.send(ethernet(stage.macB, STRANGER_MAC, IPV6, neighbour(135, solicitation('fd77::77')))),
  ],
  [
    'IPV6_NDISC_FRAG',
    (stage) => {
      const message = icmp(135, 0, solicitation('fd77::2'), [LINK_LOCAL, 'fd77::2']);
      const header = Buffer.from([58, 0, 0, 0, 0, 0, 0, 9]);
      stage.wire.send(
        ethernet(
          stage.macB,
          STRANGER_MAC,
          IPV6,
          ipv6(LINK_LOCAL, 'fd77::2', 44, Buffer.concat([header, message]), 255),
        ),
      );
    },
  ],
  [
    'NEIGH_QUEUEFULL',
    (stage) => {
      stage.b('sysctl', '-qw', 'net.ipv4.neigh.veth1.unres_qlen_bytes=2000');
      for (let i = 0; i < 20; i++) stage.pair.udp(stage.pair.b, '10.77.0.60', 9, 'x'.repeat(1000));
    },
  ],
  ['NEIGH_FAILED', (stage) => stage.pair.udp(stage.pair.b, '10.77.0.61', 9)],
];

describe.runIf(has('bpf'))('reasons of IP', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.make();
  });
  afterAll(() => stage?.remove());

  test.each(CASES)('%s', async (reason, provoke, undo) => {
    provoke(stage);
    const event = await stage.dropped(reason);
    await undo?.(stage);
    expect([stage.pair.a, stage.pair.b]).toContain(event.namespace?.name);
    expect(event.function).toBeDefined();
    expect(explainReason(reason)).toBeDefined();
  });

  test('FRAG_TOO_FAR, of which the kernel no longer knows the namespace', async () => {
    const source = await openDrops({ how: 'bpf', filter: `ip src ${STRANGER}` });
    stage.set(stage.pair.b, 'net.ipv4.ipfrag_max_dist=1');
    const fragment = (id: number, offset: number) => {
      const payload = Buffer.alloc(64);
      stage.send(ipv4({ source: STRANGER, destination: B, protocol: 17, payload, id, fragment: offset }));
    };
    fragment(100, 0x2000);
    for (let id = 101; id < 110; id++) fragment(id, 0x2000);
    fragment(100, 0x2008);
    const event = (await until(source, ({ reason }) => reason === 'FRAG_TOO_FAR')).at(-1)!;
    await source.close();
    stage.set(stage.pair.b, 'net.ipv4.ipfrag_max_dist=64');
    expect(event.namespace).toBeUndefined();
  });

  test('the packet is the one that was dropped', async () => {
    stage.send(ipv4({ source: A, destination: B, protocol: 201, payload: HI }));
    const { packet } = await stage.dropped('IP_NOPROTO');
    expect(packet!.bytes[14 + 9]).toBe(201);
    expect(Buffer.from(packet!.bytes.subarray(34, 39)).toString()).toBe('hello');
  });
});
