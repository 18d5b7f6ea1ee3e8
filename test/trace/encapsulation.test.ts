// Packets that a tunnel or a tag takes from point to point: paired inside and outside of it, IPv4 and IPv6 alike.
import { expect, test } from 'vitest';
import * as path from '../../src/trace/path.ts';
import { Captures } from './captures.ts';
import type { Bytes } from './frames.ts';
import * as frames from './frames.ts';

const POINTS = ['pc:eth0', 'router:lan', 'router:wan', 'server:eth0'];
const INNER4 = { source: '10.1.0.10', destination: '10.2.0.20' };
const INNER6 = { source: 'fd00:1:0:0:0:0:0:10', destination: 'fd00:2:0:0:0:0:0:20' };
const OUTER4 = { source: '192.0.2.1', destination: '198.51.100.1' };
const OUTER6 = { source: '2001:db8:0:0:0:0:0:1', destination: '2001:db8:0:1:0:0:0:1' };
const reversed = ({ source, destination }: frames.Ends): frames.Ends => ({
  source: destination,
  destination: source,
});

/** Frames that come to a point of the tunnel, made of the inner packet. */
const TUNNELS: Record<string, (inner: Bytes, outer: frames.Ends, ttl: number, id: number) => Bytes> = {
  GRE: (inner, outer, ttl, id) => frames.ip(outer, 47, frames.gre(frames.typeOf(inner), inner), { ttl, id }),
  'GRE with a key': (inner, outer, ttl, id) =>
    frames.ip(outer, 47, frames.gre(frames.typeOf(inner), inner, 7), { ttl, id }),
  'Ethernet over GRE': (inner, outer, ttl, id) =>
    frames.ip(outer, 47, frames.gre(0x6558, frames.ethernet(1, 4, frames.typeOf(inner), inner)), { ttl, id }),
  IPIP: (inner, outer, ttl, id) =>
    frames.ip(outer, frames.typeOf(inner) === 0x0800 ? 4 : 41, inner, { ttl, id }),
  VXLAN: (inner, outer, ttl, id) => {
    const frame = frames.ethernet(1, 4, frames.typeOf(inner), inner);
    return frames.ip(outer, 17, frames.udp(outer, 50_000, 4789, frames.vxlan(7, frame)), { ttl, id });
  },
  Geneve: (inner, outer, ttl, id) => {
    const frame = frames.ethernet(1, 4, frames.typeOf(inner), inner);
    return frames.ip(outer, 17, frames.udp(outer, 50_000, 6081, frames.geneve(7, frame)), { ttl, id });
  },
};

const plain = (packet: Bytes) => frames.ethernet(1, 2, frames.typeOf(packet), packet);

/** 16 packets there and back; of those there the router loses every eighth, but not the first and the last ones. */
function cross(
  make: (ends: frames.Ends, k: number) => Bytes,
  inner: frames.Ends,
  carry: (packet: Bytes, k: number, back: boolean, after: boolean) => Bytes,
): Captures {
  const captures = new Captures(POINTS);
  for (let k = 0; k < 16; k++) {
    const time = 1000 * k;
    const there = make(inner, k);
    captures.add(0, time, plain(there));
    captures.add(1, time + 10, carry(there, k, false, false));
    if (k % 8 !== 4) {
      captures.add(2, time + 20, carry(there, k, false, true));
      captures.add(3, time + 30, plain(there));
    }
    const back = make(reversed(inner), 100 + k);
    captures.add(3, time + 500, plain(back));
    captures.add(2, time + 510, carry(back, k, true, false));
    captures.add(1, time + 520, carry(back, k, true, true));
    captures.add(0, time + 530, plain(back));
  }
  return captures;
}

const LOST = {
  'pc:eth0→router:lan': [16, 0, 0],
  'router:lan→router:wan': [16, 2, 0],
  'router:wan→server:eth0': [14, 0, 0],
  'server:eth0→router:wan': [16, 0, 0],
  'router:wan→router:lan': [16, 0, 0],
  'router:lan→pc:eth0': [16, 0, 0],
};

const PACKETS: Record<string, (ends: frames.Ends, k: number) => Bytes> = {
  UDP: (ends, k) =>
    frames.ip(ends, 17, frames.udp(ends, 4000, 4001, [k, 1, 2, 3, 4, 5, 6, 7]), { id: 100 + k }),
  'equal UDP': (ends) => frames.ip(ends, 17, frames.udp(ends, 4000, 4001, [9, 9, 9, 9])),
  TCP: (ends, k) =>
    frames.ip(
      ends,
      6,
      frames.tcp(
        ends,
        4000,
        80,
        { sequence: 1 + 10 * k, acknowledgment: 5, flags: 24 },
        new Array(10).fill(k),
      ),
      { id: 300 + k },
    ),
};

/** As a router fragments an IPv4 packet whose link takes 1500 bytes (RFC 791). */
function fragments(packet: Bytes): Bytes[] {
  const cut = (payload: Bytes, offset: number, more: boolean): Bytes => {
    const flags = (offset >> 3) | (more ? 0x2000 : 0);
    const length = 20 + payload.length;
    const header = [
      ...packet.slice(0, 2),
      length >> 8,
      length & 255,
      ...packet.slice(4, 6),
      flags >> 8,
      flags & 255,
    ];
    const rest = [...packet.slice(8, 10), 0, 0, ...packet.slice(12, 20)];
    const checksum = ~frames.sum([...header, ...rest]) & 0xffff;
    return [...header, ...rest.slice(0, 2), checksum >> 8, checksum & 255, ...rest.slice(4), ...payload];
  };
  return [cut(packet.slice(20, 1500), 0, true), cut(packet.slice(1500), 1480, false)];
}

test.each([
  ['VXLAN', 'UDP'],
  ['VXLAN', 'TCP'],
  ['IPIP', 'UDP'],
] as const)('%s whose packets are fragmented: %s is paired across it', (tunnel, name) => {
  const captures = new Captures(POINTS);
  const payload = new Array<number>(1440).fill(7);
  for (let k = 0; k < 16; k++) {
    const time = 1000 * k;
    const numbers = { sequence: 1 + 1440 * k, acknowledgment: 5, flags: 24 };
    const inner =
      name === 'UDP'
        ? frames.ip(INNER4, 17, frames.udp(INNER4, 4000, 4001, payload), { id: 100 + k })
        : frames.ip(INNER4, 6, frames.tcp(INNER4, 4000, 80, numbers, payload), { id: 100 + k });
    const pieces = fragments(TUNNELS[tunnel](inner, OUTER4, 64, 700 + k));
    captures.add(0, time, plain(inner));
    for (const [n, piece] of pieces.entries()) {
      const frame = frames.ethernet(2, 3, 0x0800, piece);
      captures.add(1, time + 10 + n, frame);
      captures.add(2, time + 20 + n, frame);
    }
    if (k % 8 !== 4) captures.add(3, time + 30, plain(inner));
  }
  expect(captures.end()).toEqual({
    'pc:eth0→router:lan': [16, 0, 0],
    'router:lan→router:wan': [32, 0, 0],
    'router:wan→server:eth0': [16, 2, 0],
  });
});

for (const [tunnel, make] of Object.entries(TUNNELS)) {
  for (const [family, inner] of [
    ['IPv4', INNER4],
    ['IPv6', INNER6],
  ] as const) {
    for (const [over, outer] of [
      ['IPv4', OUTER4],
      ['IPv6', OUTER6],
    ] as const) {
      test(`${tunnel}, ${family} over ${over}: paired across it, lost in it`, () => {
        for (const [name, packet] of Object.entries(PACKETS)) {
          const captures = cross(packet, inner, (bytes, k, back, after) => {
            const outside = make(bytes, back ? reversed(outer) : outer, after ? 63 : 64, 700 + k);
            return frames.ethernet(2, 3, frames.typeOf(outside), outside);
          });
          expect({ name, hops: captures.end() }).toEqual({ name, hops: LOST });
          expect(captures.fates).toHaveLength(32);
          const arrived = captures.fates.filter(({ fate }) => fate === path.COMPLETE);
          expect(arrived).toHaveLength(30);
          for (const { changes } of arrived) {
            expect(changes.map((mask) => mask & path.CHANGED_TUNNEL)).toEqual([
              0,
              path.CHANGED_TUNNEL,
              0,
              path.CHANGED_TUNNEL,
            ]);
          }
        }
      });
    }
  }
}

for (const [name, tag] of [
  ['a VLAN', (type: number, packet: Bytes) => frames.ethernet(1, 2, 0x8100, frames.tagged(7, type, packet))],
  [
    'two tags',
    (type: number, packet: Bytes) =>
      frames.ethernet(1, 2, 0x88a8, frames.tagged(3, 0x8100, frames.tagged(7, type, packet))),
  ],
] as const) {
  for (const [family, ends] of [
    ['IPv4', INNER4],
    ['IPv6', INNER6],
  ] as const) {
    test(`${name}, ${family}: paired with and without it`, () => {
      for (const [kind, packet] of Object.entries(PACKETS)) {
        const captures = cross(packet, ends, (bytes) => tag(frames.typeOf(bytes), bytes));
        expect({ kind, hops: captures.end() }).toEqual({ kind, hops: LOST });
        for (const { changes, fate } of captures.fates) {
          if (fate !== path.COMPLETE) continue;
          expect(changes.map((mask) => mask & path.CHANGED_VLAN)).toEqual([
            0,
            path.CHANGED_VLAN,
            0,
            path.CHANGED_VLAN,
          ]);
        }
      }
    });
  }
}

test('MPLS, IPv4 and IPv6: paired with and without labels', () => {
  for (const ends of [INNER4, INNER6]) {
    const carry = (bytes: Bytes) => frames.ethernet(2, 3, 0x8847, frames.mpls(16, bytes));
    expect(cross(PACKETS.UDP, ends, carry).end()).toEqual(LOST);
  }
});

test('ARP through VXLAN: paired across it, and lost in it', () => {
  const captures = new Captures(POINTS);
  for (let k = 0; k < 6; k++) {
    const time = 100_000 * k;
    const [request, reply] = [
      frames.arp(1, '10.9.0.1', '10.9.0.2', 1, 0),
      frames.arp(2, '10.9.0.2', '10.9.0.1', 4, 1),
    ].map((packet, n) => frames.ethernet(n === 0 ? 1 : 4, n === 0 ? 4 : 1, 0x0806, packet));
    const carried = (frame: Bytes, ends: frames.Ends, ttl: number) =>
      plain(frames.ip(ends, 17, frames.udp(ends, 50_000, 4789, frames.vxlan(7, frame)), { ttl, id: 20 + k }));
    captures.add(0, time, request);
    captures.add(1, time + 10, carried(request, OUTER4, 64));
    captures.add(2, time + 20, carried(request, OUTER4, 63));
    captures.add(3, time + 30, request);
    captures.add(3, time + 40, reply);
    captures.add(2, time + 50, carried(reply, reversed(OUTER4), 64));
    if (k === 3) continue;
    captures.add(1, time + 60, carried(reply, reversed(OUTER4), 63));
    captures.add(0, time + 70, reply);
  }
  expect(captures.end()).toEqual({
    'pc:eth0→router:lan': [6, 0, 0],
    'router:lan→router:wan': [6, 0, 0],
    'router:wan→server:eth0': [6, 0, 0],
    'server:eth0→router:wan': [6, 0, 0],
    'router:wan→router:lan': [6, 1, 0],
    'router:lan→pc:eth0': [5, 0, 0],
  });
});
