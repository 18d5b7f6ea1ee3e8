// BTF of kernels that are not here: blobs made by hand, as old and new kernels have it, and cuttings of Debian's.
import { closeSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMap, loadProgram, MapType, RingReader } from '../../src/binding/bpf.ts';
import { COUNTER_ENTRIES, Key, Scratch, Total } from '../../src/drops/bpf/layout.ts';
import { dropProgram } from '../../src/drops/bpf/program.ts';
import { Btf } from '../../src/drops/btf.ts';
import { type KernelFacts, readFacts } from '../../src/drops/kernel-facts.ts';
import { ModuleReasons } from '../../src/drops/module-reasons.ts';
import { explainReason } from '../../src/drops/reasons.ts';
import { compileByName } from '../../src/filter/compile.ts';
import { has } from '../support/needs.ts';

const POINTER = 2;
const STRUCT = 4;
const UNION = 5;
const ENUM = 6;
const TYPEDEF = 8;
const CONST = 10;
const FUNC_PROTO = 13;
const ENUM64 = 19;

/** Writes BTF as Linux bpf/btf.rst describes it. Types are numbered from 1 in the order in which they are added. */
class Blob {
  private readonly types: Buffer[] = [];
  private strings: string;
  /** Of a module: the kernel's strings, before its own. */
  private readonly base: string;

  constructor(base?: Blob) {
    this.base = base?.strings ?? '';
    this.strings = base === undefined ? '\0' : '';
  }

  private string(text: string): number {
    if (text === '') return 0;
    const shared = this.base.indexOf(`\0${text}\0`);
    if (shared >= 0) return shared + 1;
    const at = this.base.length + this.strings.length;
    this.strings += `${text}\0`;
    return at;
  }

  private add(
    name: string,
    kind: number,
    count: number,
    word: number,
    rest: number[] = [],
    flag = 0,
  ): number {
    const bytes = Buffer.alloc(12 + 4 * rest.length);
    bytes.writeUInt32LE(this.string(name), 0);
    bytes.writeUInt32LE(((flag << 31) | (kind << 24) | count) >>> 0, 4);
    bytes.writeUInt32LE(word, 8);
    for (const [i, value] of rest.entries()) bytes.writeUInt32LE(value >>> 0, 12 + 4 * i);
    return this.types.push(bytes);
  }

  int(name: string, size: number): number {
    return this.add(name, 1, 0, size, [size * 8]);
  }
  pointer(type: number): number {
    return this.add('', POINTER, 0, type);
  }
  constant(type: number): number {
    return this.add('', CONST, 0, type);
  }
  typedef(name: string, type: number): number {
    return this.add(name, TYPEDEF, 0, type);
  }
  /** Members: name, type, byte offset. */
  struct(name: string, size: number, members: [string, number, number][], kind = STRUCT): number {
    const rest = members.flatMap(([member, type, offset]) => [this.string(member), type, offset * 8]);
    return this.add(name, kind, members.length, size, rest);
  }
  /** Members: name, type, bit offset, bits. */
  bitFields(name: string, size: number, members: [string, number, number, number][]): number {
    const rest = members.flatMap(([member, type, offset, bits]) => [
      this.string(member),
      type,
      (bits << 24) | offset,
    ]);
    return this.add(name, STRUCT, members.length, size, rest, 1);
  }
  union(size: number, members: [string, number, number][]): number {
    return this.struct('', size, members, UNION);
  }
  enumeration(name: string, values: [string, number][], kind = ENUM): number {
    const rest = values.flatMap(([value, number]) =>
      kind === ENUM ? [this.string(value), number] : [this.string(value), number, 0],
    );
    return this.add(name, kind, values.length, 4, rest);
  }
  prototype(parameters: number[]): number {
    return this.add(
      '',
      FUNC_PROTO,
      parameters.length,
      0,
      parameters.flatMap((type) => [0, type]),
    );
  }

  bytes(): Buffer {
    const types = Buffer.concat(this.types);
    const strings = Buffer.from(this.strings, 'latin1');
    const header = Buffer.alloc(24);
    header.writeUInt16LE(0xeb9f, 0);
    header[2] = 1;
    header.writeUInt32LE(24, 4);
    header.writeUInt32LE(types.length, 12);
    header.writeUInt32LE(types.length, 16);
    header.writeUInt32LE(strings.length, 20);
    return Buffer.concat([header, types, strings]);
  }
}

/** A kernel's types, as far as they matter; `parameters` chooses the arguments of kfree_skb. */
function kernel(
  parameters: (types: Record<'void' | 'skb' | 'sock' | 'reason', number>) => number[],
  reasons: [string, number][] = [],
): Buffer {
  const blob = new Blob();
  const u32 = blob.int('unsigned int', 4);
  const u16 = blob.int('unsigned short', 2);
  const u8 = blob.int('unsigned char', 1);
  const any = blob.pointer(0);
  const inner = blob.struct('ns_common', 24, [['inum', u32, 16]]);
  blob.struct('net', 200, [['ns', inner, 120]]);
  const possible = blob.struct('', 8, [['net', any, 0]]);
  const possibleName = blob.typedef('possible_net_t', possible);
  blob.struct('net_device', 300, [
    ['name', u8, 0],
    ['ifindex', u32, 200],
    ['type', u16, 210],
    ['nd_net', blob.constant(possibleName), 264],
  ]);
  blob.struct('dst_entry', 64, [['dev', any, 0]]);
  const common = blob.struct('sock_common', 136, [['skc_net', possibleName, 48]]);
  const sock = blob.struct('sock', 700, [['__sk_common', common, 0]]);
  const flags = blob.bitFields('', 4, [
    ['pkt_type', u8, 3, 3],
    ['ignore_df', u8, 6, 1],
  ]);
  const head = blob.union(8, [['dev', any, 0]]);
  const skb = blob.struct('sk_buff', 232, [
    ['', head, 16],
    ['sk', any, 24],
    ['_skb_refdst', any, 88],
    ['len', u32, 112],
    ['data_len', u32, 116],
    ['', flags, 128],
    ['skb_iif', u32, 140],
    ['mark', u32, 164],
    ['protocol', u16, 180],
    ['network_header', u16, 184],
    ['mac_header', u16, 186],
    ['tail', u32, 188],
    ['head', any, 200],
    ['data', any, 208],
  ]);
  const reason = blob.enumeration('skb_drop_reason', reasons);
  const types = { void: any, skb: blob.pointer(skb), sock: blob.pointer(sock), reason };
  const prototype = blob.prototype(parameters(types));
  blob.typedef('btf_trace_kfree_skb', blob.pointer(prototype));
  return blob.bytes();
}

const REASONS: [string, number][] = [
  ['SKB_NOT_DROPPED_YET', 0],
  ['SKB_DROP_REASON_NOT_SPECIFIED', 2],
  ['SKB_DROP_REASON_NO_SOCKET', 3],
  ['SKB_DROP_REASON_MAX', 99],
  ['SKB_DROP_REASON_SUBSYS_MASK', 0xffff0000],
];

function kernelOf(version: string): KernelFacts {
  return readFacts(new Btf(readFileSync(new URL(`kernels/${version}.btf`, import.meta.url))));
}

describe('what is read of a kernel', () => {
  test('Linux 5.10: no reasons, offsets through nameless unions and typedefs', () => {
    const facts = readFacts(new Btf(kernel((type) => [type.void, type.skb, type.void])));
    expect(facts.arguments).toEqual({ skb: 0, location: 1 });
    expect(facts.reasons).toEqual({});
    expect(facts.skb).toMatchObject({ dev: 16, sk: 24, len: 112, head: 200, data: 208, tail: 188 });
    expect(facts.skb.packetType).toEqual({ offset: 128, shift: 3, bits: 3 });
    expect(facts.device).toEqual({ net: 264, index: 200, type: 210, name: 0 });
    expect(facts).toMatchObject({ socketNet: 48, inode: 136, routeDevice: 0 });
  });

  test('Linux 5.17 to 6.10: a reason', () => {
    const facts = readFacts(
      new Btf(kernel((type) => [type.void, type.skb, type.void, type.reason], REASONS)),
    );
    expect(facts.arguments).toEqual({ skb: 0, location: 1, reason: 2 });
    expect(facts.reasons).toEqual({ 0: 'SKB_NOT_DROPPED_YET', 2: 'NOT_SPECIFIED', 3: 'NO_SOCKET' });
  });

  test('Linux 6.11 and newer: the receiving socket, too; and were the order another one', () => {
    const newer = kernel((type) => [type.void, type.skb, type.void, type.reason, type.sock], REASONS);
    expect(readFacts(new Btf(newer)).arguments).toEqual({ skb: 0, location: 1, reason: 2, socket: 3 });
    const turned = kernel((type) => [type.void, type.sock, type.reason, type.void, type.skb], REASONS);
    expect(readFacts(new Btf(turned)).arguments).toEqual({ skb: 3, location: 2, reason: 1, socket: 0 });
  });

  test('a structure that holds itself is damage, not a reason to search for ever', () => {
    const blob = new Blob();
    blob.struct('sk_buff', 8, [['', 1, 0]]);
    expect(() => readFacts(new Btf(blob.bytes()))).toThrow(/BTF\) is damaged/);
  });

  test('what lacks a member is named', () => {
    const blob = new Blob();
    blob.struct('sk_buff', 8, []);
    expect(() => readFacts(new Btf(blob.bytes()))).toThrow(
      "this kernel's types (BTF) lack tail in struct sk_buff",
    );
  });

  test('a name that lies behind all names is no name', () => {
    const blob = new Blob();
    blob.struct('sk_buff', 8, []);
    const bytes = blob.bytes();
    bytes.writeUInt32LE(0xffff_fff0, 24); // name_off of the only type
    expect(new Btf(bytes).member('sk_buff', 'tail')).toBeUndefined();
  });

  test('enumerations of 64 bits', () => {
    const blob = new Blob();
    blob.enumeration('wide', [['ONE', 1]], ENUM64);
    expect(new Btf(blob.bytes()).enumeration('wide')).toEqual([['ONE', 1]]);
  });

  test('no blob, and one that is cut short anywhere, is an error in words', () => {
    const whole = kernel((type) => [type.void, type.skb, type.void]);
    expect(() => new Btf(Buffer.from('no such thing'))).toThrow('no description of its types');
    for (let length = 0; length < whole.length; length += 7) {
      expect(() => new Btf(whole.subarray(0, length))).toThrow(/BTF/);
    }
  });

  // Debian's, cut down by cut-btf.ts; the values are those that `bpftool btf dump` shows of the whole.
  test('Linux 6.1 of Debian', () => {
    const facts = kernelOf('6.1');
    expect(facts.arguments).toEqual({ skb: 0, location: 1, reason: 2 });
    expect(facts.device).toEqual({ net: 1272, index: 216, type: 296, name: 0 });
    expect(facts).toMatchObject({ socketNet: 48, inode: 144, skb: { iif: 144, packetType: { shift: 0 } } });
    expect(facts.tracing).toBeUndefined();
    expect(Object.keys(facts.reasons)).toHaveLength(65);
    expect(facts.reasons).toMatchObject({ 1: 'NOT_SPECIFIED', 2: 'NO_SOCKET', 7: 'NETFILTER_DROP' });
  });

  test('Linux 6.12 of Debian', () => {
    const facts = kernelOf('6.12');
    expect(facts.arguments).toEqual({ skb: 0, location: 1, reason: 2, socket: 3 });
    expect(facts.device).toEqual({ net: 280, index: 224, type: 560, name: 304 });
    expect(facts).toMatchObject({ socketNet: 48, inode: 136, skb: { iif: 148 } });
    expect(facts.tracing).toBeDefined();
    expect(facts.reasons).toMatchObject({ 2: 'NOT_SPECIFIED', 3: 'NO_SOCKET', 11: 'NETFILTER_DROP' });
  });

  test('Linux 6.18: each reason has a row in docs/drop-reasons.md and a sentence, and there are no others', () => {
    const named = Object.entries(kernelOf('6.18').reasons)
      .filter(([number]) => Number(number) >= 2)
      .map(([, name]) => name);
    const page = readFileSync(new URL('../../docs/drop-reasons.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
    expect(rows).toEqual(named.sort());
    expect(named.filter((name) => explainReason(name) === undefined)).toEqual([]);
  });

  test.runIf(has('bpf')).each(['6.1', '6.12', '6.18'])(
    "a program for Linux %s passes this kernel's verifier",
    (version) => {
      const ring = new RingReader(1 << 12);
      const maps = {
        ring: ring.descriptor,
        scratch: createMap(MapType.PERCPU_ARRAY, 4, Scratch.SIZE, 1),
        totals: createMap(MapType.ARRAY, 4, 8, Total.COUNT),
        counters: createMap(MapType.HASH, Key.SIZE, 8, COUNTER_ENTRIES),
      };
      const filter = compileByName('tcp port 80 or ip6', 'EN10MB', 262_144, true);
      try {
        for (const namespaces of [undefined, [0xf0000001]]) {
          const facts = kernelOf(version);
          const options = {
            facts,
            maps,
            namespaces,
            filter,
            wholePackets: undefined,
            interval: 1000,
            burst: 8,
          };
          const program = loadProgram(dropProgram(options));
          expect(program).toBeGreaterThan(0);
          closeSync(program);
        }
      } finally {
        ring.close();
        for (const descriptor of Object.values(maps)) closeSync(descriptor);
      }
    },
  );

  test.runIf(has('bpf'))('this kernel', () => {
    const facts = readFacts(new Btf(readFileSync('/sys/kernel/btf/vmlinux')));
    expect(facts.arguments.skb).toBe(0);
    expect(Object.values(facts.reasons)).toContain('NETFILTER_DROP');
  });
});

test('reasons of modules, by the names of their own BTF', () => {
  const base = new Blob();
  const SUBSYSTEMS = ['CORE', 'MAC80211_UNUSABLE', 'OPENVSWITCH'];
  base.enumeration(
    'skb_drop_reason_subsys',
    SUBSYSTEMS.map((name, i) => [`SKB_DROP_REASON_SUBSYS_${name}`, i]),
  );
  // A module shares strings with the kernel where they are the same.
  base.enumeration('another', [['OVS_DROP_EXPLICIT', 1]]);
  const module = new Blob(base);
  module.enumeration('ovs_drop_reason', [
    ['__OVS_DROP_REASON', 0x20000],
    ['OVS_DROP_LAST_ACTION', 0x20001],
    ['OVS_DROP_EXPLICIT', 0x20002],
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'nscap-btf-'));
  try {
    writeFileSync(join(folder, 'vmlinux'), base.bytes());
    writeFileSync(join(folder, 'openvswitch'), module.bytes());
    const reasons = new ModuleReasons(folder);
    const names = [0x20001, 0x20002, 0x20009, 0x10003, 0x50001].map((reason) => reasons.name(reason));
    expect(names).toEqual([
      'OVS_DROP_LAST_ACTION',
      'OVS_DROP_EXPLICIT',
      'OPENVSWITCH_REASON_9',
      'MAC80211_UNUSABLE_REASON_3',
      'SUBSYSTEM_5_REASON_1',
    ]);
    expect(new ModuleReasons(join(folder, 'none')).name(0x20001)).toBe('SUBSYSTEM_2_REASON_1');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
