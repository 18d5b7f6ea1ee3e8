// Cuts a kernel's BTF down to what src/drops/kernel-facts.ts reads of it, a few kilobytes, types numbered anew:
//   node scripts/ts.mjs test/drops/cut-btf.ts VMLINUX-BTF test/drops/kernels/NAME.btf
// The BTF of a kernel that does not run here is the section .BTF of its vmlinux (in boot/vmlinuz of its package).
import { readFileSync, writeFileSync } from 'node:fs';

const [POINTER, ARRAY, STRUCT, UNION, ENUM, TYPEDEF, FUNCTION, PROTOTYPE] = [2, 3, 4, 5, 6, 8, 12, 13];
/** volatile, const, restrict and type tags refer to one other type, as a typedef does. */
const QUALIFIERS = new Set([TYPEDEF, 9, 10, 11, 18, FUNCTION]);
const HEADER = 24;

/** Structures of which members are kept, those of nameless structures inside them included. */
const KEPT: Record<string, string> = {
  sk_buff:
    'dev sk _skb_refdst len data_len data head tail end network_header mac_header protocol skb_iif mark pkt_type',
  net_device: 'nd_net ifindex type name',
  dst_entry: 'dev',
  sock: '__sk_common',
  sock_common: 'skc_net',
  net: 'ns',
  ns_common: 'inum',
};
/** Types that others do not lead to. */
const ROOTS = [
  'btf_trace_kfree_skb',
  'skb_drop_reason',
  'net_device',
  'dst_entry',
  'sock',
  'net',
  'bpf_dynptr_from_skb',
];
/** Bytes behind the twelve of each type: fixed, and for each element. */
const BEHIND: Record<number, [number, number]> = {
  1: [4, 0],
  [ARRAY]: [12, 0],
  [STRUCT]: [0, 12],
  [UNION]: [0, 12],
  [ENUM]: [0, 8],
  [PROTOTYPE]: [0, 8],
  14: [4, 0],
  15: [0, 12],
  17: [4, 0],
  19: [0, 12],
};

class Cutter {
  private readonly bytes: Buffer;
  private readonly offsets = [0];
  private readonly text: number;
  private readonly out: Buffer[] = [];
  private readonly ids = new Map<number, number>([[0, 0]]);
  private readonly strings = new Map<string, number>([['', 0]]);
  private stringsLength = 1;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    const header = bytes.readUInt32LE(4);
    const start = header + bytes.readUInt32LE(8);
    const end = start + bytes.readUInt32LE(12);
    this.text = header + bytes.readUInt32LE(16);
    for (let at = start; at < end; ) {
      this.offsets.push(at);
      const [fixed, each] = BEHIND[this.kind(at)] ?? [0, 0];
      at += 12 + fixed + each * this.count(at);
    }
  }

  cut(): Buffer {
    for (let id = 1; id < this.offsets.length; id++) {
      const at = this.offsets[id];
      const isRoot = [STRUCT, ENUM, TYPEDEF, FUNCTION].includes(this.kind(at));
      if (isRoot && ROOTS.includes(this.name(at))) this.type(id);
    }
    const types = Buffer.concat(this.out);
    const strings = Buffer.from(`${[...this.strings.keys()].join('\0')}\0`, 'latin1');
    const header = Buffer.from(this.bytes.subarray(0, HEADER));
    header.writeUInt32LE(HEADER, 4);
    for (const [i, value] of [0, types.length, types.length, strings.length].entries())
      header.writeUInt32LE(value, 8 + 4 * i);
    return Buffer.concat([header, types, strings]);
  }

  /** The new number of a type, which is copied at its first mention. */
  private type(id: number, wanted?: string): number {
    const known = this.ids.get(id);
    if (known !== undefined) return known;
    const at = this.offsets[id];
    const kind = this.kind(at);
    const number = this.out.push(Buffer.alloc(0));
    this.ids.set(id, number);
    const own = Buffer.from(this.bytes.subarray(at, at + 12));
    own.writeUInt32LE(this.string(this.name(at)), 0);
    let rest: Buffer;
    if (kind === STRUCT || kind === UNION) rest = this.members(at, wanted ?? KEPT[this.name(at)] ?? '');
    else if (kind === ENUM) rest = this.names(at);
    else if (kind === PROTOTYPE) rest = this.parameters(at);
    else {
      rest = Buffer.from(this.bytes.subarray(at + 12, at + 12 + (BEHIND[kind]?.[0] ?? 0)));
      if (kind === ARRAY) {
        for (const offset of [0, 4]) rest.writeUInt32LE(this.type(rest.readUInt32LE(offset)), offset);
      } else if (kind === POINTER || QUALIFIERS.has(kind)) {
        own.writeUInt32LE(this.type(own.readUInt32LE(8), wanted), 8);
      }
    }
    const elements = BEHIND[kind]?.[1] ?? 0;
    if (elements > 0)
      own.writeUInt32LE(((own.readUInt32LE(4) & 0xffff0000) | (rest.length / elements)) >>> 0, 4);
    this.out[number - 1] = Buffer.concat([own, rest]);
    return number;
  }

  private members(at: number, wanted: string): Buffer {
    const kept: Buffer[] = [];
    for (let i = 0; i < this.count(at); i++) {
      const member = Buffer.from(this.bytes.subarray(at + 12 + 12 * i, at + 24 + 12 * i));
      const name = this.textAt(member.readUInt32LE(0));
      // possible_net_t is a structure without a name that has one member.
      const all = this.name(at) === '' && wanted === '';
      if (name !== '' && !all && !wanted.split(' ').includes(name)) continue;
      if (name === '' && wanted === '') continue;
      member.writeUInt32LE(this.string(name), 0);
      member.writeUInt32LE(this.type(member.readUInt32LE(4), name === '' ? wanted : undefined), 4);
      kept.push(member);
    }
    return Buffer.concat(kept);
  }

  private names(at: number): Buffer {
    const all = this.name(at) === 'skb_drop_reason' ? this.count(at) : 0;
    const rest = Buffer.from(this.bytes.subarray(at + 12, at + 12 + 8 * all));
    for (let i = 0; i < all; i++)
      rest.writeUInt32LE(this.string(this.textAt(rest.readUInt32LE(8 * i))), 8 * i);
    return rest;
  }

  private parameters(at: number): Buffer {
    const rest = Buffer.from(this.bytes.subarray(at + 12, at + 12 + 8 * this.count(at)));
    for (let i = 0; i < rest.length; i += 8) {
      rest.writeUInt32LE(this.string(this.textAt(rest.readUInt32LE(i))), i);
      rest.writeUInt32LE(this.type(rest.readUInt32LE(i + 4)), i + 4);
    }
    return rest;
  }

  private string(text: string): number {
    const known = this.strings.get(text);
    if (known !== undefined) return known;
    const at = this.stringsLength;
    this.strings.set(text, at);
    this.stringsLength += text.length + 1;
    return at;
  }

  private kind(at: number): number {
    return (this.bytes.readUInt32LE(at + 4) >>> 24) & 31;
  }
  private count(at: number): number {
    return this.bytes.readUInt32LE(at + 4) & 0xffff;
  }
  private name(at: number): string {
    return this.textAt(this.bytes.readUInt32LE(at));
  }
  private textAt(offset: number): string {
    const from = this.text + offset;
    return this.bytes.toString('latin1', from, this.bytes.indexOf(0, from));
  }
}

const [from, to] = process.argv.slice(2);
writeFileSync(to, new Cutter(readFileSync(from)).cut());
