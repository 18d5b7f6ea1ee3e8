// Headers that say more than their fixed places: routes, sizes, what is quoted. The cells are tshark 4.0.17's.
import { describe, expect, test } from 'vitest';
import { A, B, ethernet, ip, pcap } from '../flow/support.ts';
import { rowsOf, udp } from './support.ts';

const one = async (bytes: Uint8Array, names: string[], linkType = 101) =>
  (await rowsOf(pcap([{ bytes, time: 0 }], linkType), names))[0];

function withOptions(options: number[]): Uint8Array {
  const plain = ip(A, B, 253, new Uint8Array(0));
  const bytes = new Uint8Array([...plain, ...options]);
  bytes[0] = 0x45 + (options.length >> 2);
  bytes[3] = bytes.length;
  return bytes;
}

test.each([
  ['a loose route that is ahead', [131, 11, 4, 192, 168, 1, 1, 192, 168, 1, 2, 0], '192.168.1.2', '131,0'],
  ['a strict route that is ahead', [1, 137, 7, 4, 192, 168, 1, 3, 0, 0, 0, 0], '192.168.1.3', '1,137,0'],
  ['a route that was gone through', [131, 7, 8, 192, 168, 1, 1, 0], '10.0.2.0', '131,0'],
  ['no route', [7, 7, 4, 192, 168, 1, 1, 0], '10.0.2.0', '7,0'],
])('ip.dst with %s', async (_what, options, address, types) => {
  expect(await one(withOptions(options), ['ip.dst', 'ip.addr', 'ip.opt.type'])).toBe(
    `${address}\t10.0.1.0,${address}\t${types}`,
  );
});

test('addresses of ARP lie where its sizes say', async () => {
  const hardware = Array.from({ length: 20 }, (_, i) => i);
  const arp = [0, 32, 8, 0, 20, 4, 0, 1, ...hardware, ...A, ...hardware, ...B];
  const names = ['arp.src.hw_mac', 'arp.src.proto_ipv4', 'arp.dst.hw_mac', 'arp.dst.proto_ipv4'];
  expect(await one(ethernet(0x0806, new Uint8Array(arp)), names, 1)).toBe('\t10.0.1.0\t\t10.0.2.0');
  const usual = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, ...A, 2, 0, 0, 0, 0, 2, ...B];
  expect(await one(ethernet(0x0806, new Uint8Array(usual)), names, 1)).toBe(
    '02:00:00:00:00:01\t10.0.1.0\t02:00:00:00:00:02\t10.0.2.0',
  );
});

test('ICMP errors name the MTU of the next link and the better gateway', async () => {
  const names = ['icmp.type', 'icmp.mtu', 'icmp.redir_gw', 'icmp.unused'];
  const error = (type: number, code: number, ...rest: number[]) =>
    ip(A, B, 1, new Uint8Array([type, code, 0, 0, ...rest]));
  expect(await one(error(3, 4, 0, 0, 5, 120), names)).toBe('3\t1400\t\t0000');
  expect(await one(error(3, 4, 0, 0, 5), names)).toBe('3\t\t\t0000');
  expect(await one(error(3, 1, 0, 0, 5, 120), names)).toBe('3\t\t\t00000578');
  expect(await one(error(5, 1, 10, 0, 1, 254), names)).toBe('5\t\t10.0.1.254\t');
  expect(await one(error(5, 1, 10, 0), names)).toBe('5\t\t\t');
});

test('a redirect quotes the packet that it is about', async () => {
  const host = (last: number) => [0xfe, 0x80, ...new Array<number>(13).fill(0), last];
  const inner = ip(host(1), host(2), 58, new Uint8Array([128, 0, 0, 0, 0, 7, 0, 1]));
  const option = [4, 1 + inner.length / 8, 0, 0, 0, 0, 0, 0, ...inner];
  const redirect = [137, 0, 0, 0, 0, 0, 0, 0, ...host(3), ...host(2), ...option];
  const names = ['icmpv6.type', 'ipv6.dst', 'icmpv6.echo.identifier'];
  expect(await one(ip(host(9), host(1), 58, new Uint8Array(redirect)), names)).toBe(
    '137,128\tfe80::1,fe80::2\t0x0007',
  );
});

test("addresses of FabricPath and of a backbone's customers are no fields of Ethernet", async () => {
  const inner = ethernet(0x0800, ip(A, B, 253, new Uint8Array(0)));
  const fabric = ethernet(0x8903, new Uint8Array([0, 0x40, ...inner, 0, 0, 0, 0]));
  expect(await one(fabric, ['eth.type', 'ip.dst'], 1)).toBe('0x0800\t10.0.2.0');
  const backbone = ethernet(0x88e7, new Uint8Array([0, 0, 0, 5, ...inner]));
  expect(await one(backbone, ['eth.type', 'ip.dst'], 1)).toBe('0x88e7\t10.0.2.0');
});

test("an Arista switch's time stamp lies between the addresses and the type", async () => {
  const datagram = ip(A, B, 253, new Uint8Array(0));
  const stamped = ethernet(
    0xd28b,
    new Uint8Array([0, 1, 0, 0x10, ...new Array<number>(8).fill(1), 8, 0, ...datagram]),
  );
  expect(await one(stamped, ['eth.type', 'ip.dst'], 1)).toBe('0xd28b\t10.0.2.0');
});

test('what is behind the length of EAPOL is padding', async () => {
  const frame = new Uint8Array(60);
  frame.set(ethernet(0x888e, new Uint8Array([1, 1, 0, 0])));
  expect(await one(frame, ['eth.padding'], 1)).toBe('00'.repeat(42));
});

test('bits of GRE for PPTP', async () => {
  const gre = new Uint8Array([0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 0]);
  expect(await one(ip(A, B, 47, gre), ['gre.flags.reserved', 'gre.flags.version'])).toBe('0\t1');
});

describe('the first word of a NULL frame is an address family, an EtherType or PPP, in either byte order', () => {
  const NULL = 0;
  const LOOP = 108;
  const v4 = udp(A, B, 1111, 2222, [1]);
  const v6 = [
    0x60,
    0,
    0,
    0,
    0,
    9,
    17,
    64,
    ...new Array(15).fill(0),
    1,
    ...new Array(15).fill(0),
    2,
    ...v4.slice(20),
  ];
  const arp = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, ...A, 2, 0, 0, 0, 0, 2, ...B];
  const row = async (linkType: number, word: number, bytes: ArrayLike<number>) => {
    const start = [word >>> 24, (word >> 16) & 255, (word >> 8) & 255, word & 255];
    const frame = new Uint8Array([...start, ...Array.from(bytes)]);
    return one(frame, ['ip.src', 'ipv6.src', 'udp.srcport', 'arp.opcode'], linkType);
  };
  const IP = '10.0.1.0\t\t1111\t';
  const IPV6 = '\t::1\t1111\t';
  const ARP = '\t\t\t1';
  const DATA = '\t\t\t';

  test.each([
    [0x02000000, IP, IPV6],
    [0x00000002, IP, IPV6],
    [0x00020000, IP, IPV6],
    [0x00000200, IP, IPV6],
    [0x1e000000, DATA, IPV6],
    [0x00000018, DATA, IPV6],
    [0x001e0000, DATA, DATA],
    [0x00001c00, DATA, DATA],
    [0x08000000, DATA, DATA],
    [0x00080000, IP, IPV6],
    [0x00000800, IP, IPV6],
    [0x00000008, DATA, DATA],
    [0x0f000800, IP, IPV6],
    [0xaaaa86dd, DATA, IPV6],
    [0xdd860000, DATA, IPV6],
    [0x86dd0000, DATA, DATA],
    [0x12340005, DATA, DATA],
    [0xff030021, IP, IPV6],
    [0xff030057, DATA, IPV6],
    [0xff030800, IP, IPV6],
  ])('%i', async (word, four, six) => {
    expect([await row(NULL, word, v4), await row(NULL, word, v6)]).toEqual([four, six]);
  });

  test('ARP behind its EtherType', async () => {
    expect(await row(NULL, 0x00000806, arp)).toBe(ARP);
    expect(await row(NULL, 0x06080000, arp)).toBe(ARP);
    expect(await row(NULL, 0x08060000, arp)).toBe(DATA);
  });

  test('LOOP is a family in network order, and nothing else', async () => {
    expect(await row(LOOP, 0x00000002, v4)).toBe(IP);
    expect(await row(LOOP, 0x0000001c, v6)).toBe(IPV6);
    for (const word of [0x02000000, 0x00000800, 0xff030021]) expect(await row(LOOP, word, v4)).toBe(DATA);
  });
});
