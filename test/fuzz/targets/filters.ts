// Filters: pcap-filter(7) expressions and BPF programs as JavaScript, display filters, and the fields they look at.
import { readFileSync } from 'node:fs';
import { Text } from '../../../src/base/text.ts';
import { NscapError } from '../../../src/errors.ts';
import { FIELDS } from '../../../src/fields/catalogue.ts';
import { Dissection } from '../../../src/fields/dissection.ts';
import { displayFilter } from '../../../src/fields/filter/compile.ts';
import { needsOf } from '../../../src/fields/needs.ts';
import { cellOptions, rows } from '../../../src/fields/table.ts';
import { compileFilter } from '../../../src/filter/compile.ts';
import { filterFunction } from '../../../src/filter/function.ts';
import * as bpf from '../../../src/filter/program.ts';
import { EXPRESSIONS } from '../../filter/expressions.ts';
import { judge } from '../../filter/libpcap.ts';
import { withFile } from '../../flow/support.ts';
import { batchOf, PACKETS, packetSeeds, packetsOf, pcapOf, sampleFiles } from '../packets.ts';
import { taken } from '../sharkd.ts';
import { Broken, bytes, Difference, type Target, TOKENS, textOf } from '../target.ts';

/** Some frames on Ethernet, which every filter is tried on. */
let frames: Uint8Array[] = [];
function ethernetFrames(): Uint8Array[] {
  if (frames.length === 0)
    frames = [...sampleFiles()]
      .filter(({ link, name }) => link === 1 && /transport|network|tunnel|dns/.test(name))
      .flatMap((file) => file.frames.slice(0, 4))
      .slice(0, 60);
  return frames;
}

function sameAsLibpcap(program: bpf.Program, packets: readonly Uint8Array[]): void {
  const [mine, theirs] = [filterFunction(program), judge(program)];
  for (const packet of packets) {
    const around = new Uint8Array(packet.length + 64).fill(0xee);
    around.set(packet, 32);
    const [here, there] = [
      mine(new DataView(around.buffer), 32, packet.length, packet.length),
      theirs(packet, packet.length),
    ];
    if (here !== there)
      throw new Broken(`libpcap answers ${there} and the function ${here}: ${JSON.stringify(program)}`);
  }
}

export const filter: Target = {
  name: 'filter',
  about: 'pcap-filter expressions, their programs as functions',
  structure: TOKENS,
  seeds: () => EXPRESSIONS.filter(({ length }) => length < 1000).map(bytes),
  words: [
    ' and ',
    ' or ',
    ' not ',
    '(',
    ')',
    'tcp',
    'udp port 53',
    'ip6',
    'vlan',
    'mpls',
    'ether[0:4]',
    'ip[',
    ']',
    '0xffffffff',
    '<<',
    '%',
    'len',
    'host 10.0.0.1',
    'gateway',
    'net ::/0',
    'protochain',
    '\\',
    '\0',
    "'",
  ],
  run(input) {
    let program: bpf.Program;
    try {
      program = compileFilter(textOf(input), 1);
    } catch (error) {
      if (error instanceof NscapError) return;
      throw error;
    }
    sameAsLibpcap(program, ethernetFrames());
  },
};

const INSTRUCTION = 8;

export const program: Target = {
  name: 'program',
  about: 'BPF programs of any instructions as functions',
  *seeds() {
    for (const expression of EXPRESSIONS) {
      const instructions = compileFilter(expression, 1);
      if (instructions.length > 500) continue;
      const made = new DataView(new ArrayBuffer(instructions.length * INSTRUCTION));
      for (const [i, { code, jt, jf, k }] of instructions.entries()) {
        made.setUint16(i * INSTRUCTION, code, true);
        made.setUint8(i * INSTRUCTION + 2, jt);
        made.setUint8(i * INSTRUCTION + 3, jf);
        made.setUint32(i * INSTRUCTION + 4, k, true);
      }
      yield new Uint8Array(made.buffer);
    }
  },
  run(input) {
    const view = new DataView(input.buffer, input.byteOffset, input.length);
    const made: bpf.Instruction[] = [];
    // libpcap leaves scratch memory as the stack was: it is cleared first.
    for (let k = 0; k < bpf.MEMORY_WORDS; k++) made.push({ code: bpf.ST, jt: 0, jf: 0, k });
    for (let at = 0; at + INSTRUCTION <= input.length && made.length < 600; at += INSTRUCTION) {
      const code = view.getUint16(at, true);
      // A shift by a constant of 32 and more does what the processor likes.
      const shifts = code === (bpf.ALU | bpf.LSH) || code === (bpf.ALU | bpf.RSH);
      // A jump back, which libpcap has for protochain only, may loop for ever: there as here.
      const jumps = code === (bpf.JMP | bpf.JA);
      const k = view.getUint32(at + 4, true) % (shifts ? 32 : jumps ? 1000 : 2 ** 32);
      made.push({ code, jt: view.getUint8(at + 2), jf: view.getUint8(at + 3), k });
    }
    if (bpf.defect(made) !== undefined) {
      try {
        filterFunction(made);
      } catch (error) {
        if (error instanceof NscapError || error instanceof RangeError) return;
        throw error;
      }
      throw new Broken('a program that may not run is taken');
    }
    sameAsLibpcap(made, ethernetFrames());
  },
};

const FILTERS = [
  'tcp',
  'ip.addr == 10.0.0.1',
  'ip.addr != 10.0.0.0/8 && tcp.port in {80, 443, 1000..2000}',
  'tcp.flags.syn == 1 and not tcp.flags.ack == 1',
  'frame.len > 100 || udp.length <= 0x40',
  'eth.src == 02:00:00:00:00:01',
  'frame[0:4] == 02:00:00:00',
  'frame contains "abc" or tcp.payload contains 01:02',
  'dns.qry.name matches "^www[.].*$"',
  'tcp.analysis.retransmission or tcp.analysis.flags',
  'len(dns.qry.name) > 3 and upper(dns.qry.name) == "A"',
  'any ip.addr == ::1 or all tcp.port > 1024',
  'max(tcp.srcport, tcp.dstport) == 80 xor ip.ttl & 1',
  'ipv6.src == fe80::/10 and icmpv6.type == 135',
  'frame.time_relative < 1.5 && !(arp)',
  'tcp.seq + 1 == tcp.ack',
  'ip.version === 4',
  'ip.src[2-3] == 00:01',
];

/** Those of the tests, of which half are wrong. */
const KNOWN = readFileSync('test/fields/filters.tsv', 'utf8')
  .split('\n')
  .slice(0, -1)
  .map((line) => line.slice(0, line.indexOf('\t')));

/** What tshark 4.0.17 has not (xor), or has of a second look at the file; fields of ours. */
const NOT_COMPARED = /\bxor\b|\^\^|initial_rtt|nscap\.|time_delta|time_relative/;

export const display: Target = {
  name: 'display-filter',
  about: 'display filters, compiled and applied',
  structure: TOKENS,
  seeds: () => [...FILTERS, ...KNOWN].map(bytes),
  words: [
    ' and ',
    ' or ',
    ' xor ',
    'not ',
    '(',
    ')',
    '==',
    '!=',
    '!==',
    '===',
    '~',
    ' contains ',
    ' matches ',
    ' in {',
    '}',
    '..',
    '[0:2]',
    '[-4:]',
    'any ',
    'all ',
    'len(',
    'count(',
    'string(',
    'abs(',
    '"',
    '\\',
    "'",
    '0x',
    '1e309',
    '-1',
    '::',
    '10.0.0.0/33',
    'true',
    '(?=',
    '.*',
    '\0',
    ...FIELDS.filter((_, i) => i % 7 === 0).map(({ name }) => name),
  ],
  async prepare() {
    await displayFilter('frame matches "x"');
  },
  async run(input) {
    let filter: Awaited<ReturnType<typeof displayFilter>>;
    try {
      filter = await displayFilter(textOf(input));
    } catch (error) {
      if (error instanceof NscapError) return;
      throw error;
    }
    const packets = ethernetFrames().map((one, i) => ({ link: 1, wire: one.length, time: i, bytes: one }));
    const batch = batchOf(packets);
    const dissection = new Dissection(filter.needs);
    for (let i = 0; i < batch.count; i++) {
      dissection.add(batch, i);
      if (typeof filter.takes(dissection) !== 'boolean')
        throw new Broken('a filter answers neither yes nor no');
    }
  },
  /** The packets that each filter takes, as Wireshark's engine has it; what it refuses must be refused. */
  async compare(inputs) {
    const packets = ethernetFrames().map((one, i) => ({ link: 1, wire: one.length, time: i, bytes: one }));
    const batch = batchOf(packets);
    const mine: { text: string; frames: number[] }[] = [];
    for (const input of inputs) {
      const text = textOf(input);
      if (text.trim() === '' || /[^\x20-\x7e]/.test(text) || NOT_COMPARED.test(text)) continue;
      const filter = await displayFilter(text).catch(() => undefined);
      if (filter === undefined) continue;
      const dissection = new Dissection(filter.needs);
      const frames: number[] = [];
      for (let i = 0; i < batch.count; i++) {
        dissection.add(batch, i);
        if (filter.takes(dissection)) frames.push(i + 1);
      }
      mine.push({ text, frames });
    }
    await withFile(pcapOf(packets, 1), (file) => {
      const theirs = taken(
        file,
        mine.map(({ text }) => text),
      );
      mine.forEach(({ text, frames }, i) => {
        if (String(theirs[i]) === String(frames)) return;
        throw new Difference(`Wireshark takes ${theirs[i]} and nscap ${frames}: ${text}`, bytes(text));
      });
    });
  },
};

/** In turns: a row of all would be nearly all that is done. */
const EVERY = 8;

export const fields: Target = {
  name: 'fields',
  about: "values of Wireshark's fields",
  structure: PACKETS,
  seeds: packetSeeds,
  run(input) {
    const packets = packetsOf(input);
    const turn = (input.at(-1) ?? 0) % EVERY;
    const chosen = FIELDS.filter((_, i) => i % EVERY === turn);
    const seen = (filler: number): string => {
      const batch = batchOf(packets, filler);
      const dissection = new Dissection(needsOf(chosen));
      const out = new Text();
      const table = rows(turn % 2 === 0 ? 'fields' : 'json', chosen, dissection, out, cellOptions([]));
      table.begin();
      for (let i = 0; i < batch.count; i++) {
        dissection.add(batch, i);
        table.row(batch, i);
      }
      table.end();
      return Buffer.from(out.take()).toString();
    };
    const text = seen(0);
    if (text !== seen(0xff)) throw new Broken('bytes beside the packet are read');
    if (/[\x00-\x08\x0b-\x1f\x7f]/.test(text))
      throw new Broken(
        `control bytes in ${JSON.stringify(text.match(/.{0,20}[\x00-\x08\x0b-\x1f\x7f].{0,20}/)?.[0])}`,
      );
    if (turn % 2 === 1) JSON.parse(text);
    else if (text.split('\n').length !== packets.length + 1) throw new Broken('a row is not one line');
  },
};
