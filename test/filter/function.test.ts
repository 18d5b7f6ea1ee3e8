import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NscapError } from '../../src/errors.ts';
import { compileFilter } from '../../src/filter/compile.ts';
import { filterFunction, source } from '../../src/filter/function.ts';
import type { Instruction, Program } from '../../src/filter/program.ts';
import * as bpf from '../../src/filter/program.ts';
import { openFile } from '../../src/source/file.ts';
import { CORPUS, corpusFiles, has } from '../support/needs.ts';
import { EXPRESSIONS } from './expressions.ts';
import { judge } from './libpcap.ts';

/** Runs our function with the packet somewhere inside a larger buffer, so that reads beside it would show. */
function ours(program: Program): (packet: Uint8Array, wire: number) => number {
  const accepts = filterFunction(program);
  return (packet, wire) => {
    const bytes = new Uint8Array(packet.length + 37).fill(0xee);
    bytes.set(packet, 13);
    return accepts(new DataView(bytes.buffer), 13, packet.length, wire);
  };
}

const packet = fc.uint8Array({ minLength: 0, maxLength: 90, size: 'max' });
const wire = fc.oneof(fc.nat(2000), fc.nat(0xffffffff));
const operand = fc.oneof(
  fc.nat(40),
  fc.nat(100),
  fc.constantFrom(0x7fffffff, 0x80000000, 0xffffffff, 0xfffff02c),
  fc.nat(0xffffffff),
);

const loads = [bpf.W, bpf.H, bpf.B].flatMap((size) => [bpf.ABS, bpf.IND].map((mode) => bpf.LD | size | mode));
const operations = [
  bpf.ADD,
  bpf.SUB,
  bpf.MUL,
  bpf.DIV,
  bpf.OR,
  bpf.AND,
  bpf.LSH,
  bpf.RSH,
  bpf.MOD,
  bpf.XOR,
].flatMap((operation) => [bpf.ALU | operation | bpf.K, bpf.ALU | operation | bpf.X]);
const jumps = [bpf.JEQ, bpf.JGT, bpf.JGE, bpf.JSET].flatMap((operation) => [
  bpf.JMP | operation | bpf.K,
  bpf.JMP | operation | bpf.X,
]);
const memory = [bpf.LD | bpf.MEM, bpf.LDX | bpf.MEM, bpf.ST, bpf.STX];
const others = [
  bpf.LD | bpf.IMM,
  bpf.LD | bpf.LEN,
  bpf.LDX | bpf.IMM,
  bpf.LDX | bpf.LEN,
  bpf.LDX | bpf.B | bpf.MSH,
  bpf.ALU | bpf.NEG,
  bpf.MISC | bpf.TAX,
  bpf.MISC | bpf.TXA,
  bpf.JMP | bpf.JA,
  bpf.RET | bpf.K,
  bpf.RET | bpf.A,
];
const code = fc.oneof(
  ...[loads, operations, jumps, memory, others].map((codes) => fc.constantFrom(...codes)),
);

/** libpcap leaves scratch memory as the stack was; programs of ours begin by clearing it. */
const clearMemory = Array.from({ length: bpf.MEMORY_WORDS }, (_, k) => ({ code: bpf.ST, jt: 0, jf: 0, k }));

function programs(maxLength: number): fc.Arbitrary<Program> {
  const raw = fc.tuple(code, fc.nat(255), fc.nat(255), operand);
  return fc
    .array(raw, { minLength: 1, maxLength, size: 'max' })
    .map((rows) => [
      ...clearMemory,
      ...rows.map(([code, jt, jf, k], i) => fitted(code, jt, jf, k, rows.length - i)),
      { code: bpf.RET | bpf.A, jt: 0, jf: 0, k: 0 },
    ]);
}

/** The instruction with its jumps inside the program, of which `left` instructions follow. */
function fitted(code: number, jt: number, jf: number, k: number, left: number): Instruction {
  if (memory.includes(code)) k %= bpf.MEMORY_WORDS;
  if ((code === (bpf.ALU | bpf.DIV) || code === (bpf.ALU | bpf.MOD)) && k === 0) k = 3;
  // libpcap shifts by a constant of 32 and more as the processor likes; its validator now refuses such programs.
  if (code === (bpf.ALU | bpf.LSH) || code === (bpf.ALU | bpf.RSH)) k %= 32;
  if (code === (bpf.JMP | bpf.JA)) k %= Math.min(left, 6);
  if ((code & 7) === bpf.JMP) {
    jt %= Math.min(left, 6);
    jf %= Math.min(left, 6);
  }
  return { code, jt, jf, k };
}

describe('a program as a JavaScript function answers what pcap_offline_filter answers', () => {
  test('for random programs and random packets', () => {
    fc.assert(
      fc.property(
        programs(40),
        fc.array(fc.tuple(packet, wire), { minLength: 1, maxLength: 4 }),
        (program, packets) => {
          const mine = ours(program);
          const theirs = judge(program);
          for (const [bytes, length] of packets)
            expect(mine(bytes, length), source(program)).toBe(theirs(bytes, length));
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('for random programs too long for nested blocks', () => {
    fc.assert(
      fc.property(programs(2500), packet, wire, (program, bytes, length) => {
        expect(ours(program)(bytes, length)).toBe(judge(program)(bytes, length));
      }),
      { numRuns: 40 },
    );
  });

  const programsOf = (linkType: number) =>
    EXPRESSIONS.map((expression) => compileFilter(expression, linkType));

  test('for compiled expressions and headers with random bytes in them', () => {
    const pairs = programsOf(1).map((program) => [ours(program), judge(program)] as const);
    fc.assert(
      fc.property(headers, wire, (bytes, length) => {
        for (const [i, [mine, theirs]] of pairs.entries()) {
          expect(mine(bytes, length), EXPRESSIONS[i]).toBe(theirs(bytes, length));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a chain of headers that leads in a circle ends', () => {
    // An AH header sends libpcap's protochain to (length + 2) * 4, wherever it came from.
    const bytes = new Uint8Array(200).fill(51, 14);
    bytes.set([0x86, 0xdd], 12);
    bytes.fill(8, 55, 56);
    for (let i = 54; i < 200; i += 2) bytes.set([51, 8], i);
    expect(ours(compileFilter('ip6 protochain 6', 1))(bytes, 200)).toBe(0);
  });

  const pairs = new Map<number, (readonly [ReturnType<typeof ours>, ReturnType<typeof judge>])[]>();
  // Damaged files are tested elsewhere.
  const files = corpusFiles((name, i) => /cap/.test(name) && !name.startsWith('cut') && i % 30 === 0);
  test.runIf(has('corpus')).each(files)('for the corpus: %s', async (name) => {
    const source = await openFile(join(CORPUS, name)).catch((error) => error);
    if (source instanceof Error) {
      expect(source).toBeInstanceOf(NscapError);
      return;
    }
    let compared = 0;
    let left = 300;
    for (let batch = await source.next(); batch !== null && left > 0; batch = await source.next()) {
      for (let i = 0; i < batch.count && left-- > 0; i++) {
        const type = batch.linkType[i];
        if (!pairs.has(type)) pairs.set(type, compilable(type));
        const at = batch.offset[i];
        const bytes = batch.bytes.slice(at, at + batch.captured[i]);
        for (const [mine, theirs] of pairs.get(type)!) {
          expect(mine(bytes, batch.wire[i]), `packet ${batch.first + i}`).toBe(theirs(bytes, batch.wire[i]));
          compared += 1;
        }
      }
    }
    await source.close();
    expect(compared > 0 || left === 300, 'nothing was compared').toBe(true);
  });
});

/** Pairs of functions for the expressions that libpcap can compile for a link type. */
function compilable(linkType: number) {
  return EXPRESSIONS.flatMap((expression) => {
    try {
      const program = compileFilter(expression, linkType);
      return [[ours(program), judge(program)] as const];
    } catch (error) {
      if (!(error instanceof NscapError)) throw error;
      return [];
    }
  });
}

/** Ethernet with a likely type, then bytes that often look like an IP header with options. */
const headers = fc
  .tuple(
    fc.constantFrom(0x0800, 0x86dd, 0x8100, 0x0806, 0x8847, 0x8864, 0x88cc, 60),
    fc.constantFrom(0x45, 0x46, 0x4f, 0x60, 0),
    fc.constantFrom(6, 17, 1, 58, 0, 43, 44, 51, 60),
    fc.uint8Array({ maxLength: 120, size: 'max' }),
  )
  .map(([type, version, protocol, rest]) => {
    const bytes = new Uint8Array(14 + rest.length);
    bytes.set(rest, 14);
    bytes.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, type >> 8, type & 255]);
    if (rest.length > 10) {
      bytes[14] = version;
      bytes[20] = protocol;
      bytes[21] = 0;
      bytes[23] = protocol;
    }
    return bytes;
  });

describe('a program that may not run is refused', () => {
  const ret: Instruction = { code: bpf.RET, jt: 0, jf: 0, k: 0 };
  test.each<[string, Program]>([
    ['no instructions', []],
    ['does not end with a return', [{ code: bpf.LD, jt: 0, jf: 0, k: 0 }]],
    ['unknown code 0xff', [{ code: 0xff, jt: 0, jf: 0, k: 0 }, ret]],
    ['jumps to 5', [{ code: bpf.JMP | bpf.JEQ, jt: 4, jf: 0, k: 0 }, ret]],
    ['jumps to -1', [{ code: bpf.JMP | bpf.JA, jt: 0, jf: 0, k: 0xfffffffe }, ret]],
    ['M[16]', [{ code: bpf.ST, jt: 0, jf: 0, k: 16 }, ret]],
    ['divides by 0', [{ code: bpf.ALU | bpf.MOD, jt: 0, jf: 0, k: 0 }, ret]],
    ['out of range', [{ code: bpf.RET, jt: 0, jf: 0, k: 'process.exit()' as unknown as number }, ret]],
  ])('%s', (words, program) => {
    expect(() => filterFunction(program)).toThrow(words);
  });
});
