export { Batch } from './base/batch.ts';
export type { Interface, InterfaceStatistics, Moment } from './base/interface.ts';
export { Text } from './base/text.ts';
export { NscapError } from './errors.ts';
export { type PcapFormat, PcapWriter } from './file/pcap-writer.ts';
export { PcapngWriter, type Section } from './file/pcapng-writer.ts';
export { openFile } from './source/file.ts';
export type { PacketSource } from './source/source.ts';
export { Packet } from './wire/packet.ts';
