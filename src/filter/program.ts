// Classic BPF (McCanne and Jacobson, "The BSD Packet Filter", 1993; Linux networking/filter.rst): programs as libpcap
// compiles them.

import type { Instruction } from '../binding/compiler.ts';

export type { Instruction };

/** Instructions in order; jumps count from the next one. */
export type Program = readonly Instruction[];

// Instruction classes: code & 7.
export const LD = 0;
export const LDX = 1;
export const ST = 2;
export const STX = 3;
export const ALU = 4;
export const JMP = 5;
export const RET = 6;
export const MISC = 7;

// Sizes: code & 0x18 of a load.
export const W = 0;
export const H = 0x08;
export const B = 0x10;

// Modes: code & 0xe0 of a load.
export const IMM = 0;
export const ABS = 0x20;
export const IND = 0x40;
export const MEM = 0x60;
export const LEN = 0x80;
export const MSH = 0xa0;

// Operations: code & 0xf0 of ALU and JMP.
export const ADD = 0;
export const SUB = 0x10;
export const MUL = 0x20;
export const DIV = 0x30;
export const OR = 0x40;
export const AND = 0x50;
export const LSH = 0x60;
export const RSH = 0x70;
export const NEG = 0x80;
export const MOD = 0x90;
export const XOR = 0xa0;
export const JA = 0;
export const JEQ = 0x10;
export const JGT = 0x20;
export const JGE = 0x30;
export const JSET = 0x40;

// Where the second operand comes from: code & 8 of ALU and JMP, code & 0x18 of RET.
export const K = 0;
export const X = 8;
export const A = 0x10;

export const TAX = 0;
export const TXA = 0x80;

/** Words of scratch memory, M[0] to M[15]. */
export const MEMORY_WORDS = 16;

/** Loads from here up are Linux's ancillary data (SKF_AD_OFF), which packets from files do not have. */
export const ANCILLARY = 0xfffff000;

const VALID = new Set<number>([
  ...[IMM, ABS, IND, MEM, LEN].map((mode) => LD | W | mode),
  ...[ABS, IND].flatMap((mode) => [LD | H | mode, LD | B | mode]),
  ...[IMM, MEM, LEN].map((mode) => LDX | W | mode),
  LDX | B | MSH,
  ST,
  STX,
  ...[ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, MOD, XOR].flatMap((op) => [ALU | op | K, ALU | op | X]),
  ALU | NEG,
  JMP | JA,
  ...[JEQ, JGT, JGE, JSET].flatMap((op) => [JMP | op | K, JMP | op | X]),
  RET | K,
  RET | A,
  MISC | TAX,
  MISC | TXA,
]);

/** Where `ja` at index `i` goes. */
export function jumpTarget(program: Program, i: number): number {
  return i + 1 + (program[i].k | 0);
}

/**
 * What is wrong with a program, in words, or undefined where it may run: every instruction known, every jump inside,
 * memory within M[0] to M[15], no constant division by zero, a return at the end. It is libpcap's bpf_validate.
 */
export function defect(program: Program): string | undefined {
  if (program.length === 0) return 'it has no instructions';
  for (let i = 0; i < program.length; i++) {
    const { code, jt, jf, k } = program[i];
    // What is no number must not get into the text of a function.
    if (k >>> 0 !== k || (jt & 0xff) !== jt || (jf & 0xff) !== jf) return `instruction ${i} is out of range`;
    if (!VALID.has(code)) return `instruction ${i} has the unknown code 0x${code.toString(16)}`;
    const kind = code & 7;
    if (kind === ST || kind === STX || ((kind === LD || kind === LDX) && (code & 0xe0) === MEM)) {
      if (k >= MEMORY_WORDS) return `instruction ${i} uses M[${k}]`;
    }
    if ((code === (ALU | DIV | K) || code === (ALU | MOD | K)) && k === 0)
      return `instruction ${i} divides by 0`;
    if (kind === JMP) {
      const targets = code === (JMP | JA) ? [jumpTarget(program, i)] : [i + 1 + jt, i + 1 + jf];
      for (const target of targets) {
        if (target < 0 || target >= program.length)
          return `instruction ${i} jumps to ${target}, outside of it`;
      }
    }
  }
  if ((program[program.length - 1].code & 7) !== RET) return 'it does not end with a return';
  return undefined;
}
