// Packets put together around a payload, and what nscap and tcpdump print of them.
import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { Text } from '../../src/base/text.ts';
import { interfaceName } from '../../src/binding/interface-name.ts';
import type { PrintOptions } from '../../src/print/engine/options.ts';
import { PacketPrinter } from '../../src/print/packet.ts';
import { openStream } from '../../src/source/file.ts';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';

export const TCP = 6;
export const UDP = 17;

/** An Ethernet frame. */
export function ethernet(type: number, payload: Uint8Array): Uint8Array {
  return join(new Uint8Array([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, type >> 8, type & 0xff]), payload);
}

/** A frame whose IPv4 packet, from 192.0.2.1 to 192.0.2.2, carries this payload of this protocol. */
export function ip(protocol: number, payload: Uint8Array, ttl = 64): Uint8Array {
  const header = new Uint8Array([0x45, 0, 0, 0, 0, 7, 0, 0, ttl, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
  const view = new DataView(header.buffer);
  view.setUint16(2, 20 + payload.length);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += view.getUint16(i);
  view.setUint16(10, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
  return ethernet(0x0800, join(header, payload));
}

/** A frame with a UDP datagram, or a TCP segment with PSH and ACK. */
export function transport(protocol: number, source: number, target: number, payload: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(protocol === TCP ? 20 : 8));
  header.setUint16(0, source);
  header.setUint16(2, target);
  if (protocol === TCP) {
    header.setUint32(4, 1);
    header.setUint32(8, 1);
    header.setUint16(12, 0x5018);
    header.setUint16(14, 512);
  } else header.setUint16(4, 8 + payload.length);
  return ip(protocol, join(new Uint8Array(header.buffer), payload));
}

/** A pcap file of these frames. */
export function file(frames: readonly Uint8Array[], link = 1): Uint8Array {
  return join(
    pcapHeader({ link }),
    ...frames.map((packet, i) => pcapRecord(i, 0, packet.length, packet.length, { packet })),
  );
}

/** A pcap file of one frame truncated at every length, from `shortest` to one byte less than the whole. */
export function truncations(frame: Uint8Array, shortest = 1, link = 1): Uint8Array {
  const records: Uint8Array[] = [];
  for (let length = shortest; length < frame.length; length++)
    records.push(pcapRecord(0, 0, length, frame.length, { packet: frame.subarray(0, length) }));
  return join(pcapHeader({ link }), ...records);
}

/** tcpdump takes names of interfaces from the machine that it runs on. */
const asTcpdump = (_: number, index: number): string => interfaceName(index) ?? '?';

/** What nscap prints of a capture file, a string per packet. */
export async function printed(pcap: Uint8Array, options: Partial<PrintOptions>): Promise<string[]> {
  const source = await openStream(Readable.from([pcap], { objectMode: false }), 'test');
  const out = new Text();
  const printer = new PacketPrinter({ interfaceName: asTcpdump, ...options }, out);
  const packets: string[] = [];
  for (let batch = await source.next(); batch !== null; batch = await source.next())
    for (let i = 0; i < batch.count; i++) {
      while (!printer.print(batch, i)) await printer.load();
      packets.push(Buffer.from(out.take()).toString('latin1'));
      out.clear();
    }
  await source.close();
  return packets;
}

/** What tcpdump prints of a capture file, with these options; time left out if none is asked for. */
export function judged(pcap: Uint8Array, options: readonly string[], time = '-t'): string {
  return spawnSync('tcpdump', ['-n', time, ...options, '-r', '-'], {
    input: pcap,
    encoding: 'latin1',
    maxBuffer: 1 << 28,
    env: { ...process.env, TZ: 'UTC' },
  }).stdout;
}
