// Headers that say more than their fixed places: routes, sizes, what is quoted. The cells are tshark 4.0.17's.
import { expect, test } from 'vitest';
import { A, B, ethernet, ip, pcap } from '../flow/support.ts';
import { rowsOf } from './support.ts';

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
