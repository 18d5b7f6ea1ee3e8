// What the program that watches drops needs to know about this kernel: the offsets of its structures' members, the arguments of
// its tracepoint and the names of its reasons. Read from BTF once for each build of the kernel.
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { NscapError } from '../errors.ts';
import { Btf } from './btf.ts';

const BTF = '/sys/kernel/btf/vmlinux';
const NOTES = '/sys/kernel/notes';
const PREFIX = 'SKB_DROP_REASON_';
/** Version of the cache file: increase it when KernelFacts changes. */
const FORMAT = 3;

/** Offsets are in bytes. */
export interface KernelFacts {
  /** struct sk_buff. */
  skb: {
    dev: number;
    sk: number;
    /** A struct dst_entry; its lowest bits are flags. */
    route: number;
    len: number;
    /** The part of `len` outside of the linear part. */
    dataLength: number;
    data: number;
    head: number;
    tail: number;
    networkHeader: number;
    macHeader: number;
    protocol: number;
    iif: number;
    mark: number;
    packetType: { offset: number; shift: number; bits: number };
  };
  /** struct net_device. */
  device: { net: number; index: number; type: number; name: number };
  /** struct dst_entry: the device a route leads out by. */
  routeDevice: number;
  /** struct sock: its namespace. */
  socketNet: number;
  /** struct net: the inode of the namespace's file. */
  inode: number;
  /** Which argument of the tracepoint kfree_skb is which, counted from 0; a kernel before 5.17 gives no reason. */
  arguments: { skb: number; location: number; reason?: number; socket?: number };
  /** Numbers in BTF for a program of the tracing type that reads packets of several pieces, from Linux 6.12 on. */
  tracing?: { tracepoint: number; fromPacket: number };
  /** Names of the reasons without their prefix, by number. */
  reasons: Record<number, string>;
}

/** The facts of the kernel that runs. Throws NscapError where it has no BTF or lacks what is needed. */
export function kernelFacts(): KernelFacts {
  const file = cacheFile();
  const kept = file === undefined ? undefined : readCache(file);
  if (kept !== undefined) return kept;
  let bytes: Buffer;
  try {
    bytes = readFileSync(BTF);
  } catch (cause) {
    throw new NscapError('KERNEL_LACKS', `${BTF} cannot be read: this kernel describes no types`, { cause });
  }
  const facts = readFacts(new Btf(bytes));
  if (file !== undefined) writeCache(file, facts);
  return facts;
}

/** The facts in a kernel's BTF. Throws NscapError (KERNEL_LACKS) that names what is missing. */
export function readFacts(btf: Btf): KernelFacts {
  const need = (structure: string, path: string) => {
    const member = btf.member(structure, path);
    if (member === undefined) throw missing(`${path} in struct ${structure}`);
    return member;
  };
  const offset = (structure: string, path: string) => need(structure, path).offset;
  const tail = need('sk_buff', 'tail');
  if (btf.size(tail.type) !== 4) throw missing('a tail that is an offset in struct sk_buff');
  const { shift, bits, offset: packetType } = need('sk_buff', 'pkt_type');
  return {
    skb: {
      dev: offset('sk_buff', 'dev'),
      sk: offset('sk_buff', 'sk'),
      route: offset('sk_buff', '_skb_refdst'),
      len: offset('sk_buff', 'len'),
      dataLength: offset('sk_buff', 'data_len'),
      data: offset('sk_buff', 'data'),
      head: offset('sk_buff', 'head'),
      tail: tail.offset,
      networkHeader: offset('sk_buff', 'network_header'),
      macHeader: offset('sk_buff', 'mac_header'),
      protocol: offset('sk_buff', 'protocol'),
      iif: offset('sk_buff', 'skb_iif'),
      mark: offset('sk_buff', 'mark'),
      packetType: { offset: packetType, shift, bits: bits || 8 },
    },
    device: {
      net: offset('net_device', 'nd_net.net'),
      index: offset('net_device', 'ifindex'),
      type: offset('net_device', 'type'),
      name: offset('net_device', 'name'),
    },
    routeDevice: offset('dst_entry', 'dev'),
    socketNet: offset('sock', '__sk_common.skc_net.net'),
    inode: offset('net', 'ns.inum'),
    arguments: readArguments(btf),
    ...readTracing(btf),
    reasons: readReasons(btf),
  };
}

/** They are distinguished by their types, for their order has changed and their names are not in BTF. */
function readArguments(btf: Btf): KernelFacts['arguments'] {
  // The first parameter is the tracepoint's private data, which a program does not see.
  const types = btf.parameters('btf_trace_kfree_skb')?.slice(1);
  if (types === undefined) throw missing('the tracepoint kfree_skb');
  const skb = types.indexOf('struct sk_buff *');
  const location = types.indexOf('void *');
  if (skb < 0 || location < 0) throw missing('the packet and the location in the tracepoint kfree_skb');
  const reason = types.indexOf('enum skb_drop_reason');
  const socket = types.indexOf('struct sock *');
  return {
    skb,
    location,
    ...(reason < 0 ? {} : { reason }),
    ...(socket < 0 ? {} : { socket }),
  };
}

function readTracing(btf: Btf): Pick<KernelFacts, 'tracing'> {
  const tracepoint = btf.typedef('btf_trace_kfree_skb');
  const fromPacket = btf.function('bpf_dynptr_from_skb');
  return tracepoint === undefined || fromPacket === undefined ? {} : { tracing: { tracepoint, fromPacket } };
}

function readReasons(btf: Btf): Record<number, string> {
  const reasons: Record<number, string> = {};
  for (const [name, value] of btf.enumeration('skb_drop_reason') ?? []) {
    if (!/_(MAX|SUBSYS_MASK)$/.test(name)) reasons[value] = name.replace(PREFIX, '');
  }
  return reasons;
}

function missing(what: string): NscapError {
  return new NscapError('KERNEL_LACKS', `this kernel's types (BTF) lack ${what}`);
}

/** Where the facts of this build are kept; undefined where the kernel does not say which build it is. */
function cacheFile(): string | undefined {
  const build = buildId();
  if (build === undefined) return undefined;
  const base =
    process.geteuid?.() === 0 ? '/var/cache' : process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'nscap', `kernel-${build}.json`);
}

/** The build id in the kernel's ELF notes (elf(5)): owner GNU, type 3. */
function buildId(): string | undefined {
  let notes: Buffer;
  try {
    notes = readFileSync(NOTES);
  } catch {
    return undefined; // Not every kernel shows them.
  }
  for (let at = 0; at + 12 <= notes.length; ) {
    const [ownerLength, length, type] = [0, 4, 8].map((offset) => notes.readUInt32LE(at + offset));
    const start = at + 12 + ((ownerLength + 3) & ~3);
    if (type === 3 && notes.toString('latin1', at + 12, at + 15) === 'GNU') {
      return notes.toString('hex', start, start + length) || undefined;
    }
    at = start + ((length + 3) & ~3);
  }
  return undefined;
}

/** The file decides which memory the kernel reads: it is trusted only if no other user can have written it. */
function readCache(file: string): KernelFacts | undefined {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { uid, mode } = fstatSync(descriptor);
      if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) return undefined;
      const { format, facts } = JSON.parse(readFileSync(descriptor, 'utf8'));
      return format === FORMAT ? facts : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined; // Not there yet, or not whole: BTF is read again.
  }
}

function writeCache(file: string, facts: KernelFacts): void {
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o755 });
    writeFileSync(draft, JSON.stringify({ format: FORMAT, facts }), { mode: 0o644, flag: 'wx' });
    renameSync(draft, file);
  } catch {
    // A read-only disk: the next start reads BTF again.
  }
}
