// Programs as text, in the three forms `tcpdump -d`, `-dd` and `-ddd` print.

import type { Instruction, Program } from './program.ts';
import * as bpf from './program.ts';

const LOADS: Record<number, string> = { [bpf.W]: 'ld', [bpf.H]: 'ldh', [bpf.B]: 'ldb' };
const OPERATIONS: Record<number, string> = {
  [bpf.ADD]: 'add',
  [bpf.SUB]: 'sub',
  [bpf.MUL]: 'mul',
  [bpf.DIV]: 'div',
  [bpf.MOD]: 'mod',
  [bpf.AND]: 'and',
  [bpf.OR]: 'or',
  [bpf.XOR]: 'xor',
  [bpf.LSH]: 'lsh',
  [bpf.RSH]: 'rsh',
};
const JUMPS: Record<number, string> = {
  [bpf.JEQ]: 'jeq',
  [bpf.JGT]: 'jgt',
  [bpf.JGE]: 'jge',
  [bpf.JSET]: 'jset',
};
/** Linux's ancillary loads (linux/filter.h) in steps of 4 from SKF_AD_OFF, as libpcap names them. */
const ANCILLARY_NAMES =
  'proto type ifidx nla nlan mark queue hatype rxhash cpu xor_x vlan_tci vlanp poff random vlan_tpid'.split(
    ' ',
  );

/** Assembler, a line an instruction: `(000) ldh      [12]`. */
export function assembler(program: Program): string {
  return program.map((instruction, i) => `${line(instruction, i)}\n`).join('');
}

/** A C array's body, a line an instruction: `{ 0x28, 0, 0, 0x0000000c },`. */
export function initializer(program: Program): string {
  const row = ({ code, jt, jf, k }: Instruction) =>
    `{ 0x${code.toString(16)}, ${jt}, ${jf}, 0x${k.toString(16).padStart(8, '0')} },\n`;
  return program.map(row).join('');
}

/** Decimal numbers, preceded by their count, as `iptables -m bpf` and the like take them. */
export function numbers(program: Program): string {
  return `${program.length}\n${program.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}\n`).join('')}`;
}

function line(instruction: Instruction, i: number): string {
  const [operation, operand] = mnemonic(instruction, i);
  const head = `(${String(i).padStart(3, '0')}) ${operation.padEnd(8)} `;
  const { code, jt, jf } = instruction;
  if ((code & 7) !== bpf.JMP || (code & 0xf0) === bpf.JA) return head + operand;
  return `${head}${operand.padEnd(16)} jt ${i + 1 + jt}\tjf ${i + 1 + jf}`;
}

function mnemonic({ code, k }: Instruction, i: number): [operation: string, operand: string] {
  const signed = k | 0;
  const hex = `#0x${k.toString(16)}`;
  const size = LOADS[code & 0x18] ?? '';
  const mode = code & 0xe0;
  const operation = code & 0xf0;
  switch (code & 7) {
    case bpf.LD:
      if (mode === bpf.ABS) return [size, `[${ANCILLARY_NAMES[(k - bpf.ANCILLARY) / 4] ?? signed}]`];
      if (mode === bpf.IND) return [size, `[x + ${signed}]`];
      if (mode === bpf.LEN) return ['ld', '#pktlen'];
      return ['ld', mode === bpf.MEM ? `M[${signed}]` : hex];
    case bpf.LDX:
      if (mode === bpf.MSH) return ['ldxb', `4*([${signed}]&0xf)`];
      if (mode === bpf.LEN) return ['ldx', '#pktlen'];
      return ['ldx', mode === bpf.MEM ? `M[${signed}]` : hex];
    case bpf.ST:
      return ['st', `M[${signed}]`];
    case bpf.STX:
      return ['stx', `M[${signed}]`];
    case bpf.ALU: {
      if (operation === bpf.NEG) return ['neg', ''];
      const logical = operation === bpf.AND || operation === bpf.OR || operation === bpf.XOR;
      return [OPERATIONS[operation], (code & 8) === bpf.X ? 'x' : logical ? hex : `#${signed}`];
    }
    case bpf.JMP:
      if (operation === bpf.JA) return ['ja', String((i + 1 + signed) | 0)];
      return [JUMPS[operation], (code & 8) === bpf.X ? 'x' : hex];
    case bpf.RET:
      return ['ret', (code & 0x18) === bpf.A ? '' : `#${signed}`];
    default:
      return [(code & 0xf8) === bpf.TXA ? 'txa' : 'tax', ''];
  }
}
