// libpcap's compiler: a filter expression (pcap-filter(7)) to a classic BPF program.
import { endianness } from 'node:os';
import { usageError } from '../errors.ts';
import { koffi, libpcap } from './load.ts';

/** A BPF instruction as `struct bpf_insn` has it: 16, 8, 8 and 32 bits, all unsigned. */
export interface Instruction {
  /** Class, size, mode and operation in one. */
  readonly code: number;
  /** Instructions to skip where a comparison is true, and where it is false. */
  readonly jt: number;
  readonly jf: number;
  /** The operand. For `ja` it is read as signed: libpcap's protochain jumps backward. */
  readonly k: number;
}

/**
 * What a filter is compiled for. Of a file libpcap refuses what only a live interface can tell (`inbound` on Ethernet),
 * and of an Ethernet interface opened live it looks for VLAN tags in the kernel's metadata.
 */
export type Target =
  /** Packets of a capture file: LINKTYPE_ value, snapshot length (0: no limit), byte order (else this machine's). */
  | { kind: 'file'; linkType: number; snaplen: number; littleEndian?: boolean | undefined }
  /** No packets at all, as `tcpdump -d` compiles: DLT_ value and snapshot length. */
  | { kind: 'dead'; dlt: number; snaplen: number }
  /** An open pcap_t. */
  | { kind: 'open'; pcap: unknown };

/** As tcpdump has it for files: `ip broadcast` then knows no subnet's broadcast address, but does compile. */
const NO_NETMASK = 0;

const FILE_HEADER_LENGTH = 24;

interface Functions {
  openDead(dlt: number, snaplen: number): unknown;
  openFile(stream: unknown, error: Uint8Array): unknown;
  memoryStream(bytes: Uint8Array, length: number, mode: string): unknown;
  compile(pcap: unknown, program: object, expression: string, optimize: number, netmask: number): number;
  freeProgram(program: object): void;
  lastError(pcap: unknown): string;
  close(pcap: unknown): void;
  dltOf(name: string): number;
}

let functions: Functions | undefined;

function bind(): Functions {
  if (functions !== undefined) return functions;
  const library = libpcap();
  const { struct, inout, out, pointer } = koffi();
  const program = struct({ bf_len: 'unsigned int', bf_insns: 'void *' });
  functions = {
    openDead: library.func('void *pcap_open_dead(int, int)'),
    openFile: library.func('void *pcap_fopen_offline(void *, void *)'),
    memoryStream: library.func('void *fmemopen(void *, size_t, const char *)'),
    compile: library.func('pcap_compile', 'int', [
      'void *',
      out(pointer(program)),
      'str',
      'int',
      'unsigned int',
    ]),
    freeProgram: library.func('pcap_freecode', 'void', [inout(pointer(program))]),
    lastError: library.func('const char *pcap_geterr(void *)'),
    close: library.func('void pcap_close(void *)'),
    dltOf: library.func('int pcap_datalink_name_to_val(const char *)'),
  };
  return functions;
}

/** The DLT_ value of a link type's name (`EN10MB`, `LINUX_SLL2`), as pcap-linktype(7) lists them. */
export function dltByName(name: string): number {
  const dlt = bind().dltOf(name);
  if (dlt < 0) {
    throw usageError(
      `invalid data link type ${name}`,
      'https://www.tcpdump.org/linktypes.html lists the names',
    );
  }
  return dlt;
}

/**
 * Compiles an expression. Throws NscapError: a usage error in libpcap's own words where the expression does not
 * compile, and what load.ts throws where there is no libpcap.
 */
export function compile(expression: string, target: Target, optimize = true): Instruction[] {
  if (expression.includes('\0')) throw usageError('a filter expression cannot hold a NUL byte');
  const { compile, freeProgram, lastError, close } = bind();
  const pcap = target.kind === 'open' ? target.pcap : open(target);
  try {
    const program = { bf_len: 0, bf_insns: null as unknown };
    if (compile(pcap, program, expression, optimize ? 1 : 0, NO_NETMASK) !== 0) {
      throw usageError(lastError(pcap), 'pcap-filter(7) describes the syntax');
    }
    const { struct, array, decode } = koffi();
    const instruction = struct({ code: 'uint16', jt: 'uint8', jf: 'uint8', k: 'uint32' });
    const instructions = decode(program.bf_insns, array(instruction, program.bf_len)) as Instruction[];
    freeProgram(program);
    return instructions;
  } finally {
    if (target.kind !== 'open') close(pcap);
  }
}

function open(target: Exclude<Target, { kind: 'open' }>): unknown {
  const { openDead, openFile, memoryStream } = bind();
  if (target.kind === 'dead') return openDead(target.dlt, target.snaplen);
  // An empty capture file in memory: what libpcap does differently for files it then does by itself.
  const header = new Uint8Array(FILE_HEADER_LENGTH);
  const view = new DataView(header.buffer);
  // In the file's own byte order, which tells libpcap how the address families of NULL packets lie in them.
  const { snaplen, linkType, littleEndian = endianness() === 'LE' } = target;
  view.setUint32(0, 0xa1b2c3d4, littleEndian);
  view.setUint16(4, 2, littleEndian);
  view.setUint16(6, 4, littleEndian);
  view.setUint32(16, snaplen, littleEndian);
  view.setUint32(20, linkType, littleEndian);
  const error = new Uint8Array(256);
  const stream = memoryStream(header, header.length, 'r');
  const pcap = stream === null ? null : openFile(stream, error);
  if (pcap !== null) return pcap;
  const words = Buffer.from(error).toString('utf8').split('\0', 1)[0];
  throw usageError(`no filter can be compiled for link type ${target.linkType}: ${words}`);
}
