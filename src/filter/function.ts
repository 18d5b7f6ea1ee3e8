// A BPF program as a JavaScript function, which V8 compiles further.
//
// Programs jump forward only (but for libpcap's protochain), so a program becomes nested labelled blocks, one for each
// instruction jumped to: a jump is a `break` out of the block that ends where its target begins. Two things make the
// code quick: a jump to a constant return is that return, and a load needs no check of the captured length where every
// way to it has already passed one that is at least as strict.
import { NscapError } from '../errors.ts';
import * as bpf from './program.ts';
import { defect, type Instruction, jumpTarget, type Program } from './program.ts';

/**
 * Returns what the program returns for the packet at `at` of `view`, of which `captured` bytes are there and which had
 * `wire` bytes on the wire: 0 to leave it out, anything else (unsigned 32-bit) to take it.
 */
export type FilterFunction = (view: DataView, at: number, captured: number, wire: number) => number;

/** V8's parser recurses into nested blocks; beyond this many a program becomes a loop over a switch instead. */
const MAXIMUM_NESTING = 400;

/**
 * Backward jumps a program may make for one packet. A protochain over a crafted AH header otherwise never ends: libpcap
 * sets its position there instead of moving it on.
 */
const MAXIMUM_BACKWARD_JUMPS = 1024;

/**
 * Makes the function of a program. What it answers is what libpcap's interpreter (pcap_offline_filter) answers: a load
 * outside of the captured bytes and a division by zero end it with 0, arithmetic is unsigned and wraps at 32 bits.
 * Throws NscapError where the program is not valid (program.ts, `defect`).
 */
export function filterFunction(program: Program): FilterFunction {
  const wrong = defect(program);
  if (wrong !== undefined) throw new NscapError('PROGRAM', `this is no valid BPF program: ${wrong}`);
  return new Function('view', 'at', 'captured', 'wire', source(program)) as FilterFunction;
}

/** The body of that function. */
export function source(program: Program): string {
  const starts = blockStarts(program);
  const loops = program.some(({ code }, i) => code === (bpf.JMP | bpf.JA) && jumpTarget(program, i) <= i);
  const body =
    loops || starts.length > MAXIMUM_NESTING ? switchLoop(program, starts, loops) : nested(program, starts);
  const memory = new Set(program.filter(usesMemory).map(({ k }) => `, m${k} = 0`));
  return `"use strict";\nlet a = 0, x = 0, i = 0${[...memory].join('')};\n${body}`;
}

function usesMemory({ code }: Instruction): boolean {
  const kind = code & 7;
  return kind === bpf.ST || kind === bpf.STX || (kind <= bpf.LDX && (code & 0xe0) === bpf.MEM);
}

/** Where each instruction may go on to besides the next one. */
function targets(program: Program, i: number): number[] {
  const { code, jt, jf } = program[i];
  if ((code & 7) !== bpf.JMP) return [];
  return code === (bpf.JMP | bpf.JA) ? [jumpTarget(program, i)] : [i + 1 + jt, i + 1 + jf];
}

/** Indices of instructions that are jumped to and are no constant return, ascending. */
function blockStarts(program: Program): number[] {
  const starts = new Set<number>();
  for (let i = 0; i < program.length; i++) {
    for (const target of targets(program, i)) {
      if (target !== i + 1 && constantReturn(program[target]) === undefined) starts.add(target);
    }
  }
  return [...starts].sort((a, b) => a - b);
}

function constantReturn({ code, k }: Instruction): string | undefined {
  return code === (bpf.RET | bpf.K) ? `return ${k};` : undefined;
}

function nested(program: Program, starts: readonly number[]): string {
  const lines: string[] = [];
  const isStart = new Set(starts);
  // Captured bytes known to be there at each instruction: the least over all ways to it.
  const known = new Float64Array(program.length).fill(Number.POSITIVE_INFINITY);
  known[0] = 0;
  for (const start of starts.toReversed()) lines.push(`L${start}: {`);
  for (let i = 0; i < program.length; i++) {
    if (isStart.has(i)) lines.push('}');
    const there = known[i];
    const instruction = program[i];
    const jump = (target: number) => constantReturn(program[target]) ?? `break L${target};`;
    lines.push(statement(program, i, there, jump));
    const after = Math.max(there, checkedLength(instruction));
    for (const target of [...targets(program, i), ...(endsWay(instruction) ? [] : [i + 1])]) {
      if (after < known[target]) known[target] = after;
    }
  }
  return lines.join('\n');
}

function switchLoop(program: Program, starts: readonly number[], loops: boolean): string {
  const lines = [`let p = 0${loops ? ', back = 0' : ''};`, 'for (;;) switch (p) {', 'case 0:'];
  const isStart = new Set(starts);
  for (let i = 0; i < program.length; i++) {
    if (isStart.has(i) && i !== 0) lines.push(`case ${i}:`);
    const bound = (target: number) =>
      target <= i ? `if (++back > ${MAXIMUM_BACKWARD_JUMPS}) return 0; ` : '';
    const jump = (target: number) =>
      constantReturn(program[target]) ?? `{ ${bound(target)}p = ${target}; continue; }`;
    lines.push(statement(program, i, 0, jump));
  }
  lines.push('}');
  return lines.join('\n');
}

/** Captured bytes that must be there for the program to go on behind this instruction. */
function checkedLength({ code, k }: Instruction): number {
  if ((code & 7) === bpf.LD && (code & 0xe0) === bpf.ABS) return k + width(code);
  return code === (bpf.LDX | bpf.B | bpf.MSH) ? k + 1 : 0;
}

function endsWay({ code }: Instruction): boolean {
  return (code & 7) === bpf.RET || (code & 7) === bpf.JMP;
}

function width(code: number): number {
  return (code & 0x18) === bpf.W ? 4 : (code & 0x18) === bpf.H ? 2 : 1;
}

/**
 * One instruction. `a` and `x` hold int32: comparisons of order and divisions look at them as unsigned. `known` is the
 * number of captured bytes that are there for certain; `jump` gives the statement that goes on at a target.
 */
function statement(program: Program, i: number, known: number, jump: (target: number) => string): string {
  const { code, k } = program[i];
  const mode = code & 0xe0;
  switch (code & 7) {
    case bpf.LD:
      if (mode === bpf.ABS) return `${check(k + width(code), known)}a = ${read(code, `at + ${k}`)};`;
      if (mode === bpf.IND) {
        return `i = (x >>> 0) + ${k}; if (i + ${width(code)} > captured) return 0; a = ${read(code, 'at + i')};`;
      }
      return `a = ${register(mode, k)};`;
    case bpf.LDX:
      if (mode === bpf.MSH) return `${check(k + 1, known)}x = (view.getUint8(at + ${k}) & 15) << 2;`;
      return `x = ${register(mode, k)};`;
    case bpf.ST:
      return `m${k} = a;`;
    case bpf.STX:
      return `m${k} = x;`;
    case bpf.ALU:
      return arithmetic(code, k);
    case bpf.JMP:
      return conditional(program, i, jump);
    case bpf.RET:
      return (code & 0x18) === bpf.A ? 'return a >>> 0;' : `return ${k};`;
    default:
      return (code & 0xf8) === bpf.TXA ? 'a = x;' : 'x = a;';
  }
}

function check(needed: number, known: number): string {
  return needed <= known ? '' : `if (captured < ${needed}) return 0; `;
}

function read(code: number, where: string): string {
  const size = code & 0x18;
  return `view.get${size === bpf.W ? 'Int32' : size === bpf.H ? 'Uint16' : 'Uint8'}(${where})`;
}

function register(mode: number, k: number): string {
  if (mode === bpf.MEM) return `m${k}`;
  return mode === bpf.LEN ? 'wire | 0' : `${k | 0}`;
}

function arithmetic(code: number, k: number): string {
  const byX = (code & 8) === bpf.X;
  const operand = byX ? 'x' : `(${k | 0})`;
  const unsigned = byX ? '(x >>> 0)' : `${k}`;
  const guard = byX ? 'if (x === 0) return 0; ' : '';
  switch (code & 0xf0) {
    case bpf.ADD:
      return `a = (a + ${operand}) | 0;`;
    case bpf.SUB:
      return `a = (a - ${operand}) | 0;`;
    case bpf.MUL:
      return `a = Math.imul(a, ${operand});`;
    case bpf.DIV:
      return `${guard}a = ((a >>> 0) / ${unsigned}) | 0;`;
    case bpf.MOD:
      return `${guard}a = ((a >>> 0) % ${unsigned}) | 0;`;
    case bpf.OR:
      return `a |= ${operand};`;
    case bpf.AND:
      return `a &= ${operand};`;
    case bpf.XOR:
      return `a ^= ${operand};`;
    case bpf.LSH:
      if (byX) return 'a = (x >>> 0) < 32 ? a << x : 0;';
      return k < 32 ? `a <<= ${k};` : 'a = 0;';
    case bpf.RSH:
      if (byX) return 'a = (x >>> 0) < 32 ? (a >>> x) | 0 : 0;';
      return k < 32 ? `a = (a >>> ${k}) | 0;` : 'a = 0;';
    default:
      return 'a = (0 - a) | 0;';
  }
}

function conditional(program: Program, i: number, jump: (target: number) => string): string {
  const { code } = program[i];
  const [yes, no = yes] = targets(program, i) as [number, number?];
  if (yes === no) return yes === i + 1 ? '' : jump(yes);
  const condition = comparison(code, program[i].k);
  if (no === i + 1) return `if (${condition}) ${jump(yes)}`;
  if (yes === i + 1) return `if (!(${condition})) ${jump(no)}`;
  return `if (${condition}) ${jump(yes)} else ${jump(no)}`;
}

function comparison(code: number, k: number): string {
  const byX = (code & 8) === bpf.X;
  const signed = byX ? 'x' : `${k | 0}`;
  const unsigned = byX ? '(x >>> 0)' : `${k}`;
  switch (code & 0xf0) {
    case bpf.JEQ:
      return `a === ${signed}`;
    case bpf.JGT:
      return `(a >>> 0) > ${unsigned}`;
    case bpf.JGE:
      return `(a >>> 0) >= ${unsigned}`;
    default:
      return `(a & ${signed}) !== 0`;
  }
}
