// Packets as programs see them: written, read back, decoded, copied.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  createFormatter,
  Filter,
  format,
  Layer,
  LinkType,
  openFile,
  type Packet,
  PcapngWriter,
  PcapWriter,
  TcpFlag,
} from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-library-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const MACS = '00005e005302 00005e005301';
/** A SYN-ACK of 3 bytes, fd00::2 port 7096 to fd00::1 port 40000, in VLAN 5. */
const TCP6 = hex(`${MACS} 8100 6005 86dd 6b812345 0017 06 40
  fd000000000000000000000000000002 fd000000000000000000000000000001
  1bb8 9c40 fffffffe 00000007 5012 1000 abcd 0000 616263`);
const UDP4 = hex(
  `${MACS} 0800 4500 0020 1234 4000 40 11 0000 0a000100 0a000200 0035 8000 000c 0000 64617461`,
);
const ARP = hex(`${MACS} 0806 0001 0800 06 04 0001 00005e005301 0a000100 000000000000 0a000200`);
const ICMP6 = hex(`${MACS} 86dd 60000000 0008 3a 40
  fd000000000000000000000000000001 fd000000000000000000000000000002 80 00 0000 1234 0007`);

async function packets(file: string): Promise<Packet[]> {
  const kept: Packet[] = [];
  for await (const packet of await openFile(file)) kept.push(packet.copy());
  return kept;
}

test('layers, with addresses as text and numbers without a sign', async () => {
  const file = path('layers.pcapng');
  const out = new PcapngWriter(file);
  for (const bytes of [TCP6, UDP4, ARP, ICMP6]) out.write({ bytes, seconds: 1, nanoseconds: 2 });
  out.close();
  const [tcp, udp, arp, icmp] = (await packets(file)) as [Packet, Packet, Packet, Packet];

  expect(tcp.layers).toBe(Layer.IPV6 | Layer.TCP | Layer.VLAN);
  expect([tcp.ethernet?.source, tcp.ethernet?.destination]).toEqual([
    '00:00:5e:00:53:01',
    '00:00:5e:00:53:02',
  ]);
  expect([tcp.vlan, tcp.etherType, tcp.protocol, tcp.linkType]).toEqual([5, 0x86dd, 6, LinkType.ETHERNET]);
  expect([tcp.ip?.source, tcp.ipv6?.destination, tcp.ipv6?.flowLabel]).toEqual([
    'fd00::2',
    'fd00::1',
    0x12345,
  ]);
  expect([tcp.tcp?.sourcePort, tcp.tcp?.destinationPort]).toEqual([7096, 40000]);
  expect(tcp.tcp?.flags).toBe(TcpFlag.SYN | TcpFlag.ACK);
  expect([tcp.tcp?.sequence, tcp.tcp?.acknowledgment, tcp.tcp?.window]).toEqual([0xfffffffe, 7, 4096]);
  expect(Buffer.from(tcp.tcp!.payload).toString()).toBe('abc');
  expect(tcp.ipv4 ?? tcp.udp ?? tcp.arp ?? tcp.icmp ?? tcp.icmpv6).toBeUndefined();

  expect([udp.ipv4?.source, udp.ipv4?.destination, udp.ipv4?.ttl]).toEqual(['10.0.1.0', '10.0.2.0', 64]);
  expect([udp.udp?.sourcePort, udp.udp?.destinationPort, udp.udp?.length]).toEqual([53, 32768, 12]);
  expect([udp.ipv4?.dontFragment, udp.vlan]).toEqual([true, undefined]);
  expect(Buffer.from(udp.udp!.payload).toString()).toBe('data');

  expect(arp.arp).toMatchObject({
    operation: 1,
    senderMac: '00:00:5e:00:53:01',
    senderAddress: '10.0.1.0',
    targetAddress: '10.0.2.0',
  });
  expect(arp.ip).toBeUndefined();
  expect([icmp.icmpv6?.type, icmp.icmpv6?.identifier, icmp.icmpv6?.sequence]).toEqual([128, 0x1234, 7]);
  expect(icmp.icmp).toBeUndefined();
});

test('a packet cut short has the layers that are whole, and nothing throws', async () => {
  const file = path('short.pcap');
  const out = new PcapWriter(file);
  for (let length = 0; length <= TCP6.length; length++)
    out.write({ bytes: TCP6.subarray(0, length), length: TCP6.length, seconds: 0 });
  out.close();
  const kept = await packets(file);
  const named = kept.map((packet) => {
    expect([packet.capturedLength, packet.length]).toEqual([packet.bytes.length, TCP6.length]);
    for (const layer of [packet.ethernet, packet.arp, packet.ip, packet.tcp, packet.udp, packet.icmpv6])
      for (const key of layer === undefined ? [] : Object.getOwnPropertyNames(Object.getPrototypeOf(layer)))
        void (layer as never)[key];
    return packet.tcp ? 'tcp' : packet.ipv6 ? 'ipv6' : packet.ethernet ? 'ethernet' : 'nothing';
  });
  expect([named.indexOf('ethernet'), named.indexOf('ipv6'), named.indexOf('tcp')]).toEqual([14, 58, 78]);
});

test('time stamps as numbers, Date and text', async () => {
  const file = path('times.pcap');
  const out = new PcapWriter(file, { nanoseconds: true });
  out.write({ bytes: UDP4, seconds: 1_700_000_000, nanoseconds: 7 });
  out.write({ bytes: UDP4, seconds: 0, nanoseconds: 999_999_999 });
  out.close();
  expect(
    (await packets(file)).map(({ iso, date, seconds, nanoseconds }) => [
      iso,
      date.getTime(),
      seconds,
      nanoseconds,
    ]),
  ).toEqual([
    ['2023-11-14T22:13:20.000000007Z', 1_700_000_000_000, 1_700_000_000, 7],
    ['1970-01-01T00:00:00.999999999Z', 999, 0, 999_999_999],
  ]);
});

test('the packet of a loop is one object; copies last', async () => {
  const file = path('two.pcap');
  const out = new PcapWriter(file);
  out.write({ bytes: UDP4, seconds: 1 });
  out.write({ bytes: ARP, seconds: 2 });
  out.close();
  const seen: Packet[] = [];
  const copies: Packet[] = [];
  for await (const packet of await openFile(file)) {
    seen.push(packet);
    copies.push(packet.copy());
  }
  expect(seen[0]).toBe(seen[1]);
  expect(copies.map(({ number, seconds, layers }) => [number, seconds, layers])).toEqual([
    [1, 1, Layer.IPV4 | Layer.UDP],
    [2, 2, Layer.ARP],
  ]);
});

test('break closes the file; frame numbers are those before the filter', async () => {
  const capture = await openFile('captures/walkthrough.pcap', { filter: 'tcp' });
  for await (const { number } of capture) {
    expect(number).toBe(9);
    break;
  }
  expect(await capture.next()).toBeNull();
});

test('a damaged file delivers what was whole and then throws', async () => {
  const file = path('cut.pcap');
  writeFileSync(file, readFileSync('captures/walkthrough.pcap').subarray(0, 150));
  const numbers: number[] = [];
  const read = async () => {
    for await (const { number } of await openFile(file)) numbers.push(number);
  };
  await expect(read()).rejects.toMatchObject({
    code: 'FORMAT',
    message: expect.stringContaining('cut short'),
  });
  expect(numbers).toEqual([1]);
});

test('pcapng keeps interfaces and comments; pcap has one link type', async () => {
  const file = path('comments.pcapng');
  const out = new PcapngWriter(file, { application: 'a test' });
  for await (const packet of await openFile('captures/walkthrough.pcap'))
    out.write(packet, packet.tcp?.flags === TcpFlag.SYN ? 'first' : undefined);
  out.write({ bytes: UDP4.subarray(14), linkType: LinkType.RAW, seconds: 3 });
  out.close();
  out.close();
  const kept = await packets(file);
  expect(
    kept.filter(({ comments }) => comments.length > 0).map(({ number, comments }) => [number, comments]),
  ).toEqual([[9, ['first']]]);
  expect(kept.at(-1)).toMatchObject({ number: 19, linkType: LinkType.RAW, seconds: 3 });
  expect(kept.at(-1)?.ipv4?.source).toBe('10.0.1.0');
  const pcap = new PcapWriter(path('one.pcap'));
  pcap.write(kept[0]);
  expect(() => pcap.write(kept.at(-1)!)).toThrow(expect.objectContaining({ code: 'LINK_TYPE' }));
  pcap.close();
  expect(() => pcap.write(kept[0])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  expect(await packets(path('one.pcap'))).toHaveLength(1);
});

test('a full disk is an error, once', () => {
  const out = new PcapWriter('/dev/full');
  out.write({ bytes: UDP4, seconds: 1 });
  expect(() => out.close()).toThrow(expect.objectContaining({ code: 'FILE' }));
  expect(() => new PcapWriter(path('nowhere/out.pcap'))).toThrow(expect.objectContaining({ code: 'FILE' }));
});

test('filters test packets one by one, of any link type', async () => {
  const filter = new Filter('udp port 53');
  const file = path('filter.pcapng');
  const out = new PcapngWriter(file);
  out.write({ bytes: UDP4 });
  out.write({ bytes: ARP });
  out.write({ bytes: UDP4.subarray(14), linkType: LinkType.RAW });
  out.close();
  expect((await packets(file)).map((packet) => filter.test(packet))).toEqual([true, false, true]);
  expect(() => new Filter('no such thing')).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test('lines as tcpdump prints them, with its memory and without', async () => {
  const formatter = await createFormatter({ time: 'epoch', verbose: 1, dump: 'hex' });
  const short = await createFormatter({ time: 'none' });
  const lines: string[] = [];
  for await (const packet of await openFile('captures/walkthrough.pcap', { filter: 'tcp' })) {
    if (packet.number === 9)
      expect(formatter.format(packet)).toMatch(/^1795458036\.\d{6} IP \(tos 0x0.*\n.*\n\t0x0000: {2}4500/);
    lines.push(short.format(packet));
    if (packet.number === 12)
      expect(await format(packet, { time: 'none' })).toMatch(/seq 1718357827:1718357849/);
  }
  expect(lines[3]).toMatch(/^IP 10\.0\.2\.0\.46741 > 10\.0\.1\.0\.7096: Flags \[P\.\], seq 1:23, ack 1/);
  const capture = await openFile('captures/walkthrough.pcap');
  const again = await createFormatter({ time: 'none' });
  const batch = (await capture.next())!;
  const text = Buffer.from(again.formatBatch(batch, capture)).toString();
  await capture.close();
  expect(text.split('\n').slice(8, -1)).toEqual(lines);
});
