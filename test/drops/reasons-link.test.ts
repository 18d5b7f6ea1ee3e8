// Each reason of sockets, devices, bridges and tunnels that can be provoked here is: the event must name it.
import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainReason } from '../../src/drops/reasons.ts';
import { has } from '../support/needs.ts';
import { ethernet, ipv4, udp } from './frames.ts';
import { B, STRANGER, STRANGER_MAC, Stage } from './provoke.ts';
import {
  AF_INET,
  AF_PACKET,
  AF_UNIX,
  bind,
  bindUnix,
  close,
  connectUnix,
  filterProgram,
  inNamespace,
  ioctl,
  receive,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_SOCKET,
  send,
  setOption,
  socketIn,
  socketPair,
} from './sockets.ts';

const SO_ATTACH_FILTER = 26;
const MSG_OOB = 1;
const IPV4 = 0x0800;
const RETURN = 0x06;
const TUNSETIFF = 0x400454ca;
const TUNSETTXFILTER = 0x400454d1;
const IFF_TAP = 2;
const IFF_TUN = 1;
const IFF_NO_PI = 0x1000;
/** A classifier that drops: TC_ACT_SHOT. */
const DROP_BYTECODE = '1,6 0 0 2';
const INNER = '02:00:00:00:00:77';

function datagram(port: number, payload = Buffer.from('hello')): Buffer {
  return ipv4({
    source: STRANGER,
    destination: B,
    protocol: 17,
    payload: udp(STRANGER, B, [5000, port], payload),
  });
}

/** A VXLAN packet (RFC 7348) from the stranger with this frame inside. */
function vxlan(inner: Buffer, { flags = 0x08, vni = 42, tos = 0 } = {}): Buffer {
  const header = Buffer.from([flags, 0, 0, 0, 0, 0, vni, 0]);
  const packet = ipv4({
    source: STRANGER,
    destination: B,
    protocol: 17,
    payload: udp(STRANGER, B, [5000, 4789], Buffer.concat([header, inner])),
  });
  if (tos !== 0) {
    const again = ipv4({
      source: STRANGER,
      destination: B,
      protocol: 17,
      payload: packet.subarray(20),
      id: 1,
    });
    again[1] = tos;
    again.writeUInt16BE(0, 10);
    let sum = 0;
    for (let at = 0; at < 20; at += 2) sum += again.readUInt16BE(at);
    again.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, 10);
    return again;
  }
  return packet;
}

const innerPacket = (source = INNER, destination = 'ff:ff:ff:ff:ff:ff') =>
  ethernet(destination, source, IPV4, datagram(9));

/** A TUN or TAP device in b, held by a descriptor that nobody reads. */
function tap(stage: Stage, name: string, flags: number): number {
  const request = Buffer.alloc(40);
  request.write(name, 0, 'latin1');
  request.writeUInt16LE(flags | IFF_NO_PI, 16);
  return inNamespace(stage.pair.b, () => {
    const descriptor = openSync('/dev/net/tun', 'r+');
    ioctl(descriptor, TUNSETIFF, request);
    return descriptor;
  });
}

const CASES: [reason: string, provoke: (stage: Stage) => Promise<void> | void][] = [
  [
    'UNHANDLED_PROTO',
    (stage) => stage.wire.send(ethernet(stage.macB, STRANGER_MAC, 0x1234, Buffer.from('?'))),
  ],
  [
    'SOCKET_FILTER',
    (stage) => {
      const socket = socketIn(stage.pair.b, AF_INET, SOCK_DGRAM);
      bind(socket, B, 6001);
      setOption(socket, SOL_SOCKET, SO_ATTACH_FILTER, filterProgram([RETURN, 0, 0, 0]));
      stage.send(datagram(6001));
    },
  ],
  [
    'SOCKET_RCVBUFF',
    (stage) => {
      const socket = socketIn(stage.pair.b, AF_INET, SOCK_DGRAM);
      bind(socket, B, 6002);
      setOption(socket, SOL_SOCKET, SO_RCVBUF, 2304);
      for (let i = 0; i < 50; i++) stage.send(datagram(6002, Buffer.alloc(1000)));
    },
  ],
  [
    'PACKET_SOCK_ERROR',
    (stage) => {
      const socket = socketIn(stage.pair.b, AF_PACKET, SOCK_RAW, 0x0300);
      setOption(socket, SOL_SOCKET, SO_RCVBUF, 2304);
      for (let i = 0; i < 50; i++) stage.send(datagram(9, Buffer.alloc(1000)));
      setTimeout(() => close(socket), 500);
    },
  ],
  [
    'QUEUE_PURGE',
    async (stage) => {
      const socket = socketIn(stage.pair.b, AF_PACKET, SOCK_RAW, 0x0300);
      stage.send(datagram(9));
      await sleep(50);
      close(socket);
    },
  ],
  [
    'DEV_READY',
    (stage) => {
      const descriptor = tap(stage, 'tap3', IFF_TAP);
      expect(() => writeSync(descriptor, innerPacket())).toThrow('EIO');
    },
  ],
  [
    'SOCKET_CLOSE',
    (stage) => {
      const [one, other] = socketPair(stage.pair.b, SOCK_STREAM);
      send(one, Buffer.from('unread'));
      close(other);
    },
  ],
  [
    'UNIX_DISCONNECT',
    (stage) => {
      const [reader, writer, third] = ['reader', 'writer', 'third'].map((name) => {
        const socket = socketIn(stage.pair.b, AF_UNIX, SOCK_DGRAM);
        bindUnix(socket, `${stage.pair.b}-${name}`);
        return socket;
      });
      connectUnix(reader, `${stage.pair.b}-writer`);
      connectUnix(writer, `${stage.pair.b}-reader`);
      send(writer, Buffer.from('unread'));
      connectUnix(reader, `${stage.pair.b}-third`);
      close(third);
    },
  ],
  [
    'UNIX_SKIP_OOB',
    (stage) => {
      const [one, other] = socketPair(stage.pair.b, SOCK_STREAM);
      send(one, Buffer.from('a'), MSG_OOB);
      send(one, Buffer.from('b'), MSG_OOB);
      receive(other);
      receive(other);
    },
  ],
  [
    'QDISC_DROP',
    (stage) => {
      stage.b(
        'tc',
        'qdisc',
        'add',
        'dev',
        'veth1',
        'root',
        'handle',
        '1:',
        'tbf',
        'rate',
        '8kbit',
        'burst',
        '1600',
        'limit',
        '3000',
      );
      stage.b('tc', 'qdisc', 'add', 'dev', 'veth1', 'parent', '1:1', 'pfifo', 'limit', '1');
      for (let i = 0; i < 30; i++) stage.pair.udp(stage.pair.b, STRANGER, 9, 'x'.repeat(1000));
      stage.b('tc', 'qdisc', 'delete', 'dev', 'veth1', 'root');
    },
  ],
  [
    'FULL_RING',
    (stage) => {
      tap(stage, 'tun0', IFF_TUN);
      stage.b('ip', 'link', 'set', 'tun0', 'txqueuelen', '1', 'up');
      stage.b('ip', 'address', 'add', '10.66.0.1/24', 'dev', 'tun0');
      for (let i = 0; i < 10; i++) stage.pair.udp(stage.pair.b, '10.66.0.2', 9);
    },
  ],
  [
    'TAP_TXFILTER',
    (stage) => {
      const descriptor = tap(stage, 'tap2', IFF_TAP);
      const filter = Buffer.alloc(4 + 6);
      filter.writeUInt16LE(1, 2);
      Buffer.from('020000000001', 'hex').copy(filter, 4);
      ioctl(descriptor, TUNSETTXFILTER, filter);
      stage.b('ip', 'link', 'set', 'tap2', 'up');
      stage.b('ip', 'address', 'add', '10.68.0.1/24', 'dev', 'tap2');
      stage.b('ip', 'neigh', 'add', '10.68.0.2', 'lladdr', '02:00:00:00:00:99', 'dev', 'tap2');
      stage.pair.udp(stage.pair.b, '10.68.0.2', 9);
    },
  ],
  [
    'VXLAN_INVALID_HDR',
    (stage) => {
      stage.b(
        'ip',
        'link',
        'add',
        'vx0',
        'address',
        '02:00:00:00:00:42',
        'type',
        'vxlan',
        'id',
        '42',
        'dstport',
        '4789',
        'local',
        B,
        'dev',
        'veth1',
      );
      stage.b('ip', 'link', 'set', 'vx0', 'up');
      stage.send(vxlan(innerPacket(), { flags: 0 }));
    },
  ],
  ['VXLAN_VNI_NOT_FOUND', (stage) => stage.send(vxlan(innerPacket(), { vni: 43 }))],
  ['MAC_INVALID_SOURCE', (stage) => stage.send(vxlan(innerPacket('03:00:00:00:00:01')))],
  ['LOCAL_MAC', (stage) => stage.send(vxlan(innerPacket('02:00:00:00:00:42')))],
  [
    'VXLAN_ENTRY_EXISTS',
    (stage) => {
      stage.b('bridge', 'fdb', 'add', INNER, 'dev', 'vx0', 'dst', '10.77.0.99', 'static');
      stage.send(vxlan(innerPacket()));
    },
  ],
  [
    'IP_TUNNEL_ECN',
    (stage) => stage.send(vxlan(innerPacket('02:00:00:00:00:78', '02:00:00:00:00:42'), { tos: 3 })),
  ],
  [
    'NO_TX_TARGET',
    (stage) => {
      stage.b('ip', 'address', 'add', '10.69.0.1/24', 'dev', 'vx0');
      stage.b('ip', 'neigh', 'add', '10.69.0.2', 'lladdr', '02:00:00:00:00:55', 'dev', 'vx0');
      stage.pair.udp(stage.pair.b, '10.69.0.2', 9);
    },
  ],
  [
    'TUNNEL_TXINFO',
    (stage) => {
      stage.b('ip', 'link', 'add', 'vx1', 'type', 'vxlan', 'external', 'dstport', '4790');
      stage.b('ip', 'link', 'set', 'vx1', 'up');
      stage.b('ip', 'address', 'add', '10.70.0.1/24', 'dev', 'vx1');
      stage.b('ip', 'neigh', 'add', '10.70.0.2', 'lladdr', '02:00:00:00:00:55', 'dev', 'vx1');
      stage.pair.udp(stage.pair.b, '10.70.0.2', 9);
    },
  ],
  [
    'TC_INGRESS',
    (stage) => {
      stage.b('tc', 'qdisc', 'add', 'dev', 'veth1', 'clsact');
      const classify = ['bpf', 'bytecode', DROP_BYTECODE, 'direct-action'];
      stage.b('tc', 'filter', 'add', 'dev', 'veth1', 'ingress', ...classify);
      stage.send(datagram(9));
    },
  ],
  [
    'TC_EGRESS',
    (stage) => {
      stage.b('tc', 'filter', 'del', 'dev', 'veth1', 'ingress');
      const classify = ['bpf', 'bytecode', DROP_BYTECODE, 'direct-action'];
      stage.b('tc', 'filter', 'add', 'dev', 'veth1', 'egress', ...classify);
      stage.pair.udp(stage.pair.b, STRANGER, 9);
    },
  ],
  [
    'MAC_IEEE_MAC_CONTROL',
    (stage) => {
      stage.b('tc', 'qdisc', 'del', 'dev', 'veth1', 'clsact');
      stage.b('ip', 'link', 'add', 'br0', 'type', 'bridge');
      stage.b('ip', 'link', 'set', 'br0', 'up');
      stage.b('ip', 'link', 'set', 'veth1', 'master', 'br0');
      stage.wire.send(ethernet('01:80:c2:00:00:01', STRANGER_MAC, 0x8808, Buffer.alloc(46)));
    },
  ],
  [
    'BRIDGE_INGRESS_STP_STATE',
    (stage) => {
      stage.b('bridge', 'link', 'set', 'dev', 'veth1', 'state', '1');
      stage.wire.send(ethernet('ff:ff:ff:ff:ff:ff', STRANGER_MAC, IPV4, datagram(9)));
    },
  ],
];

describe.runIf(has('bpf'))('reasons of sockets and links', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.make();
  });
  afterAll(() => stage?.remove());

  test.each(CASES)('%s', async (reason, provoke) => {
    await provoke(stage);
    const event = await stage.dropped(reason, 4000);
    expect([stage.pair.a, stage.pair.b]).toContain(event.namespace?.name);
    expect(event.function).toBeDefined();
    expect(explainReason(reason)).toBeDefined();
  });
});
