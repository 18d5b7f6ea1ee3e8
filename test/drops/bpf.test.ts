import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DropSource } from '../../src/drops/event.ts';
import { kernelFacts } from '../../src/drops/kernel-facts.ts';
import { openDrops } from '../../src/drops/open.ts';
import { explanation } from '../../src/report/drops.ts';
import { sh } from '../netns/support.ts';
import { has } from '../support/needs.ts';
import { addresses, Pair, until } from './pair.ts';
import {
  AF_INET,
  bind,
  closeAll,
  connect,
  listen,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  send,
  setOption,
  socketIn,
} from './sockets.ts';

const readsPieces = has('bpf', 'nft') && kernelFacts().tracing !== undefined;

describe.runIf(has('bpf'))('drops by BPF', () => {
  let pair: Pair;
  const open: DropSource[] = [];
  beforeAll(() => {
    pair = new Pair();
  });
  afterAll(async () => {
    for (const source of open) await source.close();
    pair?.remove();
  });

  async function watch(filter?: string): Promise<DropSource> {
    const source = await openDrops({
      how: 'bpf',
      namespaces: await pair.namespaces(),
      ...(filter === undefined ? {} : { filter }),
    });
    open.push(source);
    return source;
  }

  test('a datagram to a closed port: namespace, interface, reason, function, time and packet', async () => {
    const source = await watch();
    const before = Date.now();
    pair.udp(pair.a, '10.77.0.2', 9999);
    const event = (await until(source, ({ reason }) => reason === 'NO_SOCKET')).at(-1)!;
    expect(event.namespace?.name).toBe(pair.b);
    expect(event.interface?.name).toBe('veth1');
    expect(event.direction).toBe('in');
    expect(event.function).toMatch(/^(__)?udp4?_/);
    expect(addresses(event)).toBe('10.77.0.1 > 10.77.0.2');
    expect(event.packet?.linkType).toBe(1);
    expect(event.packet?.length).toBe(14 + 20 + 8 + 5);
    expect(Buffer.from(event.packet!.bytes.subarray(42)).toString()).toBe('hello');
    const time = event.time.seconds * 1000 + event.time.nanoseconds / 1e6;
    expect(time).toBeGreaterThan(before - 5);
    expect(time).toBeLessThan(Date.now() + 5);
  });

  test('what a rule drops on its way out has no Ethernet header yet', async () => {
    sh(
      'ip',
      'netns',
      'exec',
      pair.a,
      'nft',
      'add table ip t; add chain ip t o { type filter hook output priority 0; }; add rule ip t o udp dport 777 drop',
    );
    const source = await watch('udp');
    pair.udp(pair.a, '10.77.0.2', 777);
    const event = (await until(source, () => true)).at(-1)!;
    sh('ip', 'netns', 'exec', pair.a, 'nft', 'delete table ip t');
    expect(event.reason).toBe('NETFILTER_DROP');
    expect(event.namespace?.name).toBe(pair.a);
    expect(event.direction).toBe('out');
    expect(event.packet?.linkType).toBe(101);
    expect(event.packet?.length).toBe(20 + 8 + 5);
  });

  test.each([
    ['udp dst port 5001', 5001],
    ['udp[8:2] = 0x6f6b', 5000],
    ['src host 10.77.0.1 and udp and len > 200', 5003],
    ['ip6 and udp port 5004', 5004],
    ['udp portrange 5005-5006 and not port 5006', 5005],
    ['ether proto 0x0800 and ip[2:2] - ((ip[0] & 0xf) << 2) = 208', 5003],
  ])('the filter %s is applied in the kernel', async (filter, port) => {
    const source = await watch(filter);
    pair.udp(pair.a, '10.77.0.2', 5000, 'ok');
    pair.udp(pair.a, '10.77.0.2', 5001);
    pair.udp(pair.a, '10.77.0.2', 5003, 'x'.repeat(200));
    pair.udp(pair.a, 'fd77::2', 5004);
    pair.udp(pair.a, '10.77.0.2', 5005);
    pair.udp(pair.a, '10.77.0.2', 5006);
    const [event] = await until(source, () => true);
    const at = (event!.packet!.bytes[12] === 0x86 ? 40 : 20) + 14;
    expect(Buffer.from(event!.packet!.bytes).readUInt16BE(at + 2)).toBe(port);
    expect(source.totals().packets).toBe(1);
  });

  // From Linux 6.12 on; what TCP sends lies in pages, only its headers in the linear part.
  test.runIf(readsPieces)('a packet of several pieces is filtered and shown whole', async () => {
    pair.in(
      pair.b,
      'nft',
      'add table netdev t; add chain netdev t i { type filter hook ingress device veth1 priority 0; }; add rule netdev t i tcp dport 5010 meta length > 200 drop',
    );
    const source = await watch('tcp port 5010 and tcp[tcp[12] >> 2 : 4] = 0x61626162');
    const listener = socketIn(pair.b, AF_INET, SOCK_STREAM);
    bind(listener, '10.77.0.2', 5010);
    listen(listener, 1);
    const client = socketIn(pair.a, AF_INET, SOCK_STREAM);
    connect(client, '10.77.0.2', 5010);
    const payload = Buffer.alloc(1000, 'ab');
    while (send(client, payload) < 0) await sleep(5);
    const event = (await until(source, () => true)).at(-1)!;
    closeAll();
    pair.in(pair.b, 'nft', 'delete table netdev t');
    const { bytes, length } = event.packet!;
    expect(length).toBe(14 + 20 + 32 + 1000);
    expect(bytes).toHaveLength(256);
    expect(Buffer.from(bytes.subarray(66)).toString()).toBe('ab'.repeat(95));
  });

  test('a full receive buffer names the socket and its process, and counters do so, too', async () => {
    const source = await watch('udp port 5020');
    const counters = await openDrops({ how: 'counters', namespaces: (await pair.namespaces()).slice(1) });
    open.push(counters);
    const socket = socketIn(pair.b, AF_INET, SOCK_DGRAM);
    setOption(socket, SOL_SOCKET, SO_RCVBUF, 2304);
    bind(socket, '10.77.0.2', 5020);
    for (let i = 0; i < 4; i++) pair.udp(pair.a, '10.77.0.2', 5020, 'x'.repeat(1000));
    const event = (await until(source, ({ reason }) => reason === 'SOCKET_RCVBUFF')).at(-1)!;
    counters.stop();
    const counted = (await counters.next())?.find((one) => one.socket !== undefined);
    closeAll();
    const owner = { protocol: 'udp', local: '10.77.0.2:5020', process: { pid: process.pid } };
    expect(event.socket).toMatchObject(owner);
    expect(explanation(event).at(-1)).toMatch(
      /^socket: udp 10\.77\.0\.2:5020 of .+ \(pid \d+\), receive buffer of \d+ bytes$/,
    );
    expect(counted).toMatchObject({ counter: 'udp socket drops', socket: owner });
  });

  test('other namespaces are not seen', async () => {
    // What the kernel sends and drops there by itself, such as router solicitations, is not meant.
    const [namespace] = await pair.namespaces();
    const source = await openDrops({ namespaces: [namespace], filter: 'udp port 9999' });
    open.push(source);
    pair.udp(pair.a, '10.77.0.2', 9999);
    source.stop();
    expect(await source.next()).toBeNull();
    expect(source.totals()).toMatchObject({ packets: 0, lost: 0 });
  });
});
