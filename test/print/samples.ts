// The samples: packets in files that Wireshark opens, test/data/FAMILY/PROTOCOL.pcap, and beside each, in PROTOCOL.out,
// what tcpdump prints of them (scripts/update-samples.ts asks it).
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const DATA = fileURLToPath(new URL('../data/', import.meta.url));

export interface Sample {
  name: string;
  frame: Uint8Array;
}

export interface SampleFile {
  /** FAMILY/PROTOCOL. */
  path: string;
  linkType: number;
  pcap: Uint8Array;
  samples: readonly Sample[];
}

/** A pcap file of little-endian microseconds, as all samples are. */
function load(path: string): SampleFile {
  const pcap = new Uint8Array(readFileSync(`${DATA}${path}.pcap`));
  const names = [...readFileSync(`${DATA}${path}.out`, 'latin1').matchAll(/^## (.*)$/gm)].map(
    ([, name]) => name,
  );
  const view = new DataView(pcap.buffer);
  const samples: Sample[] = [];
  for (let offset = 24; offset < pcap.length; ) {
    const length = view.getUint32(offset + 8, true);
    const name = names[samples.length] ?? `packet ${samples.length + 1}`;
    samples.push({ name, frame: pcap.slice(offset + 16, offset + 16 + length) });
    offset += 16 + length;
  }
  return { path, linkType: view.getUint32(20, true), pcap, samples };
}

export const SAMPLE_FILES: readonly SampleFile[] = readdirSync(DATA, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.pcap'))
  .sort()
  .map((name) => load(name.slice(0, -5)));

/** The packets of some files, in the order of the names given; without names, those of all files on Ethernet. */
export function samples(...paths: readonly string[]): Sample[] {
  const files =
    paths.length === 0
      ? SAMPLE_FILES.filter(({ linkType }) => linkType === 1)
      : paths.map((path) => SAMPLE_FILES.find((one) => one.path === path) ?? load(path));
  return files.flatMap((one) => one.samples);
}

/** Frames of every layer up to TCP, UDP and ICMP, the first a SYN. */
export const CORE: readonly Uint8Array[] = samples(
  'transport/tcp',
  'transport/udp',
  'network/ipv4',
  'network/ipv6',
  'network/icmp',
  'network/icmpv6',
  'network/ndp',
  'network/arp',
  'link/ethernet',
  'link/llc',
  'tunnel/gre',
).map(({ frame }) => frame);
