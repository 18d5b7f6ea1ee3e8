// Headers whose lengths or versions are none, and headers cut short: fields end where Wireshark's do. The cells are
// tshark 4.0.17's.
import { expect, test } from 'vitest';
import { Dissection } from '../../src/fields/dissection.ts';
import { displayFilter } from '../../src/fields/filter/compile.ts';
import { A, B, ethernet, ip, pcap } from '../flow/support.ts';
import { batchOf } from '../fuzz/packets.ts';
import { rowsOf } from './support.ts';

const one = async (bytes: Uint8Array, names: string[], linkType = 101) =>
  (await rowsOf(pcap([{ bytes, time: 0 }], linkType), names))[0];

const TCP = [0, 80, 4, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0];

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const made = bytes.slice();
  made[at] = value;
  return made;
}

const plain = ip(A, B, 6, new Uint8Array(TCP));

test('an IPv4 header that is too short has a version and a length', async () => {
  const names = ['ip', 'ip.version', 'ip.hdr_len', 'ip.len', 'ip.src', 'ip.bogus_ip_length', 'tcp.srcport'];
  expect(await one(changed(plain, 0, 0x44), names)).toBe('ip\t4\t16\t\t\t\t');
  expect(await one(changed(plain, 3, 8), names)).toBe('ip\t4\t20\t8\t\t1\t');
  expect(await one(plain, names)).toBe(
    'Internet Protocol Version 4, Src: 10.0.1.0, Dst: 10.0.2.0\t4\t20\t40\t10.0.1.0\t\t80',
  );
});

test('bytes of an IPv4 header that cannot be: as many as it claims, and as were captured', async () => {
  const bytes = (first: number, length: number) => changed(plain, 0, first).slice(0, length);
  const packets = [bytes(0x44, 40), bytes(0x41, 40), bytes(0x44, 10), changed(plain, 3, 8)];
  const taken = async (text: string) => {
    const { takes, needs } = await displayFilter(text);
    const dissection = new Dissection(needs);
    return packets.map((packet) => {
      dissection.add(batchOf([{ link: 101, wire: 40, time: 0, bytes: packet }]), 0);
      return takes!(dissection);
    });
  };
  expect(await taken('ip[0] > 0')).toEqual([true, true, true, true]);
  expect(await taken('ip[3] >= 0')).toEqual([true, true, true, true]);
  expect(await taken('ip[8] >= 0')).toEqual([true, false, true, true]);
  expect(await taken('ip[12] >= 0')).toEqual([true, false, false, true]);
  expect(await taken('ip[16] >= 0')).toEqual([false, false, false, true]);
});

test('what the EtherType says is IPv6, and is not, has a version', async () => {
  const frame = ethernet(0x86dd, changed(new Uint8Array(60), 6, 6));
  const names = ['ipv6', 'ip.version', 'ipv6.version', 'ipv6.src', 'tcp.srcport'];
  expect(await one(frame, names, 1)).toBe('ipv6\t0\t0\t\t');
});

test('of an Ethernet header that is cut there are no fields; its type may be 0', async () => {
  const frame = ethernet(0, new Uint8Array(20));
  expect(await one(frame.slice(0, 12), ['eth', 'eth.dst', 'frame.len'], 1)).toBe('\t\t12');
  expect(await one(frame, ['eth.type', 'eth.len', 'eth.trailer'], 1)).toBe('0x0000\t\t');
});

test('a loopback frame of an unknown address family carries nothing', async () => {
  const frame = new Uint8Array([0x0f, 0, 0, 2, ...plain]);
  expect(await one(frame, ['ip.src', 'tcp.srcport'], 0)).toBe('\t');
  expect(await one(changed(changed(frame, 0, 2), 3, 0), ['ip.src', 'tcp.srcport'], 0)).toBe('10.0.1.0\t80');
});

test('of a TCP header that ends before its window there are the ports', async () => {
  const names = ['tcp.srcport', 'tcp.seq_raw', 'tcp.flags', 'tcp.short_segment'];
  expect(await one(plain.slice(0, 34), names)).toBe('80\t\t\t');
  expect(await one(plain.slice(0, 36), names)).toBe('80\t7\t0x0002\t1');
});
