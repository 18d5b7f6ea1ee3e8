// A classic BPF program, as libpcap compiles filters, as a part of an eBPF program: the filter runs in the kernel.
import * as classic from '../../filter/program.ts';
import { defect, type Instruction, jumpTarget, type Program } from '../../filter/program.ts';
import type { Assembler, Operation, Register, Size } from './assembler.ts';

/** Where the part finds the packet, and where it goes on to. It changes registers 0 to 3 and the stack it is given. */
interface Frame {
  /** Register that points to memory in which the packet begins `offset` bytes further on. */
  base: Register;
  offset: number;
  /** Bytes of memory there are from the packet's start on. */
  room: number;
  /** Register with the number of bytes captured, at most `room`. */
  captured: Register;
  /** Offset from `base` of the packet's length on the wire, in four bytes. */
  length: number;
  /** Offset on the stack of sixteen words of scratch memory. */
  memory: number;
  accept: string;
  reject: string;
}

const A: Register = 0;
const X: Register = 1;
const INDEX: Register = 2;
const ADDRESS: Register = 3;

const OPERATIONS: Record<number, Operation> = {
  [classic.ADD]: 'add',
  [classic.SUB]: 'sub',
  [classic.MUL]: 'mul',
  [classic.DIV]: 'div',
  [classic.OR]: 'or',
  [classic.AND]: 'and',
  [classic.LSH]: 'lsh',
  [classic.RSH]: 'rsh',
  [classic.NEG]: 'neg',
  [classic.MOD]: 'mod',
  [classic.XOR]: 'xor',
};
const CONDITIONS = {
  [classic.JEQ]: 'eq',
  [classic.JGT]: 'gt',
  [classic.JGE]: 'ge',
  [classic.JSET]: 'set',
} as const;

/** Whether the kernel would take the program: it must be valid, and never jump backward (libpcap's protochain does). */
export function isTranslatable(program: Program): boolean {
  return (
    defect(program) === undefined &&
    program.every(({ code }, i) => code !== (classic.JMP | classic.JA) || jumpTarget(program, i) > i)
  );
}

/** Appends the program, which must be translatable, to `out`. A load outside of the captured bytes rejects the packet. */
export function appendClassic(out: Assembler, program: Program, frame: Frame): void {
  const prefix = out.fresh();
  const label = (i: number) => `${prefix}.${i}`;
  out.set(A, 0);
  out.set(X, 0);
  for (let word = 0; word < classic.MEMORY_WORDS; word++)
    out.storeImmediate(4, 10, frame.memory + 4 * word, 0);
  for (const [i, instruction] of program.entries()) {
    out.label(label(i));
    const { code, jt, jf, k } = instruction;
    switch (code & 7) {
      case classic.LD:
      case classic.LDX:
        appendLoad(out, instruction, frame);
        break;
      case classic.ST:
        out.store(4, 10, frame.memory + 4 * k, A);
        break;
      case classic.STX:
        out.store(4, 10, frame.memory + 4 * k, X);
        break;
      case classic.ALU:
        appendArithmetic(out, instruction, frame.reject);
        break;
      case classic.JMP:
        if (code === (classic.JMP | classic.JA)) out.jump(label(jumpTarget(program, i)));
        else {
          const condition = CONDITIONS[(code & 0xf0) as keyof typeof CONDITIONS];
          if ((code & classic.X) !== 0) out.jump32If(condition, A, X, label(i + 1 + jt));
          else out.jump32IfImmediate(condition, A, k, label(i + 1 + jt));
          if (jf !== 0) out.jump(label(i + 1 + jf));
        }
        break;
      case classic.RET:
        if ((code & 0x18) === classic.A) out.jump32IfImmediate('ne', A, 0, frame.accept);
        out.jump((code & 0x18) === classic.A || k === 0 ? frame.reject : frame.accept);
        break;
      default:
        if ((code & 0xf8) === classic.TXA) out.move(A, X);
        else out.move(X, A);
    }
  }
}

function appendLoad(out: Assembler, { code, k }: Instruction, frame: Frame): void {
  const destination = (code & 7) === classic.LD ? A : X;
  const size: Size = (code & 0x18) === classic.W ? 4 : (code & 0x18) === classic.H ? 2 : 1;
  switch (code & 0xe0) {
    case classic.IMM:
      out.alu32Immediate('mov', destination, k);
      return;
    case classic.MEM:
      out.load(4, destination, 10, frame.memory + 4 * k);
      return;
    case classic.LEN:
      out.load(4, destination, frame.base, frame.length);
      return;
    case classic.IND:
      out.alu32('mov', INDEX, X);
      out.alu32Immediate('add', INDEX, k);
      out.jumpIfImmediate('gt', INDEX, frame.room - size, frame.reject);
      out.move(ADDRESS, INDEX);
      out.aluImmediate('add', ADDRESS, size);
      out.jumpIf('gt', ADDRESS, frame.captured, frame.reject);
      out.move(ADDRESS, frame.base);
      out.alu('add', ADDRESS, INDEX);
      out.load(size, destination, ADDRESS, frame.offset);
      break;
    default: // ABS and MSH
      if (k > frame.room - size) {
        out.jump(frame.reject);
        return;
      }
      out.jumpIfImmediate('lt', frame.captured, k + size, frame.reject);
      out.load(size, destination, frame.base, frame.offset + k);
  }
  if (size > 1) out.fromNetworkOrder(destination, size === 4 ? 32 : 16);
  if ((code & 0xe0) === classic.MSH) {
    out.alu32Immediate('and', X, 0xf);
    out.alu32Immediate('lsh', X, 2);
  }
}

/** Unsigned, and wrapping at 32 bits; a shift by 32 or more gives 0, a division by zero rejects the packet. */
function appendArithmetic(out: Assembler, { code, k }: Instruction, reject: string): void {
  const kind = code & 0xf0;
  const operation = OPERATIONS[kind];
  const shifts = kind === classic.LSH || kind === classic.RSH;
  if (kind === classic.NEG) out.alu32Immediate('neg', A, 0);
  else if ((code & classic.X) === 0) {
    if (shifts && k > 31) out.set(A, 0);
    else out.alu32Immediate(operation, A, k);
  } else if (shifts) {
    const [within, done] = [out.fresh(), out.fresh()];
    out.jump32IfImmediate('lt', X, 32, within);
    out.set(A, 0);
    out.jump(done);
    out.label(within);
    out.alu32(operation, A, X);
    out.label(done);
  } else {
    if (kind === classic.DIV || kind === classic.MOD) out.jump32IfImmediate('eq', X, 0, reject);
    out.alu32(operation, A, X);
  }
}
