// Packets printed as tcpdump prints them, explained, and seen through the library.
import { spawnSync } from 'node:child_process';
import { Text } from '../../../src/base/text.ts';
import { interfaceName } from '../../../src/binding/interface-name.ts';
import { Packet } from '../../../src/library/packet.ts';
import { EPOCH, type PrintOptions } from '../../../src/print/engine/options.ts';
import { PacketPrinter } from '../../../src/print/packet.ts';
import { batchOf, LINKS, PACKETS, packetSeeds, packetsOf, pcapOf } from '../packets.ts';
import { Broken, Difference, type Target } from '../target.ts';

/** tcpdump takes names of interfaces from the machine that it runs on. */
const asTcpdump = (_: number, index: number): string => interfaceName(index) ?? '?';

const VARIANTS: Partial<PrintOptions>[] = [
  {},
  { verbose: 1, absolute: true },
  { verbose: 3, link: true, hexAscii: 1 },
  { quiet: 1, link: true },
  { explain: true, verbose: 1 },
];
/** A line of a dump shows 16 bytes in 68 characters; all else that is printed of a byte is shorter. */
const LONGEST = (captured: number): number => 20_000 + 400 * captured;

function textsOf(
  packets: ReturnType<typeof packetsOf>,
  options: Partial<PrintOptions>,
  filler: number,
): string[] {
  const batch = batchOf(packets, filler);
  const out = new Text();
  const printer = new PacketPrinter({ time: EPOCH, ...options }, out);
  return packets.map((_, i) => {
    out.clear();
    if (!printer.print(batch, i)) throw new Broken('a printer is not loaded');
    return Buffer.from(out.take()).toString('latin1');
  });
}

export const print: Target = {
  name: 'print',
  about: 'packets of every link type, printed',
  structure: PACKETS,
  seeds: packetSeeds,
  prepare: () => PacketPrinter.loadAll(),
  run(input) {
    const packets = packetsOf(input);
    const options = VARIANTS[(input.at(-1) ?? 0) % VARIANTS.length];
    const texts = textsOf(packets, options, 0);
    const beside = textsOf(packets, options, 0xff);
    texts.forEach((text, i) => {
      if (text !== beside[i]) throw new Broken(`bytes beside the packet are read:\n${text}${beside[i]}`);
      if (/[\x00-\x08\x0b-\x1f\x7f]/.test(text))
        throw new Broken(`control bytes are printed: ${JSON.stringify(text)}`);
      if (text.length > LONGEST(packets[i].bytes.length))
        throw new Broken(`${text.length} characters are printed`);
    });
  },
  async compare(inputs) {
    const packets = inputs.flatMap(packetsOf);
    for (const link of LINKS.slice(0, 5)) {
      // Each of its own: what tcpdump keeps of packets before is keyed by times and addresses, as here.
      const own = packets.filter((one) => one.link === link);
      const options = ['-n', '-tt', '-v', '-r', '-'];
      const { stdout } = spawnSync('tcpdump', options, {
        input: pcapOf(own, link),
        encoding: 'latin1',
        maxBuffer: 1 << 28,
        env: { ...process.env, TZ: 'UTC' },
      });
      const theirs = stdout.split(/^(?=17\d{8}\.)/m);
      const mine = textsOf(own, { verbose: 1, interfaceName: asTcpdump }, 0);
      // tcpdump stops at what it takes for the end of a file: those behind are not compared.
      theirs.slice(0, -1).forEach((text, i) => {
        const packet = own[i];
        if (mine[i] !== text) {
          const input = pcapOf([packet], link);
          throw new Difference(`tcpdump prints\n${text}and nscap\n${mine[i]}`, input);
        }
      });
    }
  },
};

export const layers: Target = {
  name: 'layers',
  about: "packets through the library's layers",
  structure: PACKETS,
  seeds: packetSeeds,
  run(input) {
    const packets = packetsOf(input);
    const seen = (filler: number): string => {
      const batch = batchOf(packets, filler);
      const packet = new Packet({ interfaces: [], interfaceName: undefined } as never);
      return packets.map((_, i) => JSON.stringify(everything(packet.place(batch, i)), inText)).join('\n');
    };
    if (seen(0) !== seen(0xff)) throw new Broken('bytes beside the packet are read');
  },
};

const LAYERS = ['ethernet', 'arp', 'ipv4', 'ipv6', 'tcp', 'udp', 'icmp'] as const;

/** Every property of every layer there is. */
function everything(packet: Packet): unknown {
  return LAYERS.map((name) => {
    const layer = (packet as unknown as Record<string, object | undefined>)[name];
    if (layer === undefined) return undefined;
    const getters = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(layer)));
    return getters.flatMap(([key, { get }]) => (get === undefined ? [] : [[key, get.call(layer)]]));
  });
}

function inText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
