// BTF, the kernel's description of its own types (Linux bpf/btf.rst): where the members of a structure lie, the names of
// an enumeration, the arguments of a tracepoint.
import { NscapError } from '../errors.ts';

const MAGIC = 0xeb9f;
const HEADER = 24;

// Kinds of types.
const INT = 1;
const POINTER = 2;
const ARRAY = 3;
const STRUCT = 4;
const UNION = 5;
const ENUM = 6;
const TYPEDEF = 8;
const VOLATILE = 9;
const CONST = 10;
const RESTRICT = 11;
const FUNC = 12;
const FUNC_PROTO = 13;
const VARIABLE = 14;
const DATASEC = 15;
const DECL_TAG = 17;
const TYPE_TAG = 18;
const ENUM64 = 19;

/** Bytes after the twelve that every type has: a fixed number, and a number for each of its `vlen` elements. */
const BEHIND: Record<number, [fixed: number, each: number]> = {
  [INT]: [4, 0],
  [ARRAY]: [12, 0],
  [STRUCT]: [0, 12],
  [UNION]: [0, 12],
  [ENUM]: [0, 8],
  [FUNC_PROTO]: [0, 8],
  [VARIABLE]: [4, 0],
  [DATASEC]: [0, 12],
  [DECL_TAG]: [4, 0],
  [ENUM64]: [0, 12],
};

/** Nesting of unnamed structures, pointers and typedefs: more than a kernel has. */
const DEEPEST = 32;

/** A member of a structure. */
interface Member {
  /** Bytes from the start of the structure. */
  offset: number;
  /** Bits from `offset` on, where it is a bit-field. */
  shift: number;
  /** Width of a bit-field; 0 for any other member. */
  bits: number;
  type: number;
}

/**
 * The types in a BTF blob, such as /sys/kernel/btf/vmlinux. A module's blob goes on where that of the kernel, `base`, ends:
 * it has `enumerations`, but nothing that needs numbers of types. Throws NscapError (KERNEL_LACKS) if it is not
 * BTF.
 */
export class Btf {
  private readonly view: DataView;
  private readonly bytes: Buffer;
  private readonly strings: number;
  private readonly end: number;
  /** Where each type lies, by its number; type 0 is void. */
  private readonly offsets: number[] = [0];
  private readonly base: Btf | undefined;

  constructor(bytes: Buffer, base?: Btf) {
    this.bytes = bytes;
    this.base = base;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length < HEADER || this.view.getUint16(0, true) !== MAGIC) {
      throw new NscapError(
        'KERNEL_LACKS',
        'the kernel has no description of its types (BTF) in its byte order',
      );
    }
    const header = this.word(4);
    let at = header + this.word(8);
    const end = at + this.word(12);
    this.strings = header + this.word(16);
    this.end = this.strings + this.word(20);
    if (end > bytes.length || this.end > bytes.length) throw cut(bytes.length);
    while (at < end) {
      if (at + 12 > end) throw cut(end);
      this.offsets.push(at);
      const [fixed, each] = BEHIND[this.kindAt(at)] ?? [0, 0];
      at += 12 + fixed + each * this.count(at);
    }
    if (at !== end) throw cut(end);
  }

  /** The first type of that kind and name; undefined if there is none. */
  private find(name: string, ...kinds: number[]): number | undefined {
    const wanted = Buffer.from(`${name}\0`, 'latin1');
    for (let id = 1; id < this.offsets.length; id++) {
      const at = this.offsets[id];
      if (!kinds.includes(this.kindAt(at))) continue;
      const from = this.strings + this.word(at);
      const end = from + wanted.length;
      if (end <= this.end && this.bytes.compare(wanted, 0, wanted.length, from, end) === 0) return id;
    }
    return undefined;
  }

  /** The number of a typedef; undefined where there is none of that name. */
  typedef(name: string): number | undefined {
    return this.find(name, TYPEDEF);
  }

  /** The number of a function of the kernel; undefined where there is none of that name. */
  function(name: string): number | undefined {
    return this.find(name, FUNC);
  }

  /** A member of the structure, those of nameless structures within it included: `nd_net.net` for one inside another. */
  member(structure: string, path: string): Member | undefined {
    let type = this.find(structure, STRUCT);
    let found: Member | undefined;
    for (const name of path.split('.')) {
      const inner = type === undefined ? undefined : this.memberOf(type, name);
      if (inner === undefined) return undefined;
      found = { ...inner, offset: inner.offset + (found?.offset ?? 0) };
      type = inner.type;
    }
    return found;
  }

  private memberOf(structure: number, wanted: string, depth = 0): Member | undefined {
    if (depth > DEEPEST) throw looped();
    const at = this.offsets[this.plain(structure)];
    if (at === undefined || (this.kindAt(at) !== STRUCT && this.kindAt(at) !== UNION)) return undefined;
    const bitFields = this.word(at + 4) >>> 31 === 1;
    for (let i = 0; i < this.count(at); i++) {
      const one = at + 12 + 12 * i;
      const type = this.word(one + 4);
      const position = this.word(one + 8);
      const bit = bitFields ? position & 0xffffff : position;
      const offset = bit >>> 3;
      const name = this.text(this.word(one));
      if (name === wanted) return { offset, shift: bit & 7, bits: bitFields ? position >>> 24 : 0, type };
      const inner = name === '' ? this.memberOf(type, wanted, depth + 1) : undefined;
      if (inner !== undefined) return { ...inner, offset: inner.offset + offset };
    }
    return undefined;
  }

  /** Bytes that a value of the type takes; 0 where that is not known. */
  size(type: number): number {
    const at = this.offsets[this.plain(type)];
    if (at === undefined || at === 0) return 0;
    const kind = this.kindAt(at);
    if (kind === POINTER) return 8;
    return kind === INT || kind === STRUCT || kind === UNION || kind === ENUM ? this.word(at + 8) : 0;
  }

  /** Names and values of an enumeration, in order; undefined where there is none of that name. */
  enumeration(name: string): [name: string, value: number][] | undefined {
    const id = this.find(name, ENUM, ENUM64);
    return id === undefined ? undefined : this.valuesAt(this.offsets[id]);
  }

  /** Names and values of all its own enumerations whose name ends like that. */
  *enumerations(ending: string): Generator<[name: string, value: number]> {
    for (const at of this.offsets.slice(1)) {
      const kind = this.kindAt(at);
      if ((kind === ENUM || kind === ENUM64) && this.text(this.word(at)).endsWith(ending))
        yield* this.valuesAt(at);
    }
  }

  private valuesAt(at: number): [name: string, value: number][] {
    const each = this.kindAt(at) === ENUM ? 8 : 12;
    return Array.from({ length: this.count(at) }, (_, i) => {
      const one = at + 12 + each * i;
      return [this.text(this.word(one)), this.word(one + 4)];
    });
  }

  /**
   * The arguments of the function that a typedef of a function pointer stands for, as C would have them, such as
   * `struct sk_buff *`. Parameters of typedefs have no names in BTF.
   */
  parameters(typedef: string): string[] | undefined {
    const id = this.typedef(typedef);
    if (id === undefined) return undefined;
    let at = this.offsets[this.plain(id)];
    if (at !== undefined && at !== 0 && this.kindAt(at) === POINTER) at = this.offsets[this.word(at + 8)];
    if (at === undefined || at === 0 || this.kindAt(at) !== FUNC_PROTO) return undefined;
    const first = at + 12;
    return Array.from({ length: this.count(at) }, (_, i) => this.name(this.word(first + 8 * i + 4)));
  }

  /** A type in C, as far as arguments need it. */
  private name(type: number, depth = 0): string {
    if (depth > DEEPEST) throw looped();
    const at = this.offsets[this.plain(type)];
    if (at === undefined || at === 0) return 'void';
    const kind = this.kindAt(at);
    if (kind === POINTER) return `${this.name(this.word(at + 8), depth + 1)} *`;
    const prefix = kind === STRUCT ? 'struct ' : kind === ENUM || kind === ENUM64 ? 'enum ' : '';
    return prefix + this.text(this.word(at));
  }

  /** The type without typedefs and qualifiers. */
  private plain(type: number): number {
    for (let steps = 0; steps < DEEPEST; steps++) {
      const at = this.offsets[type];
      if (at === undefined || at === 0) return 0;
      if (![TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG].includes(this.kindAt(at))) return type;
      type = this.word(at + 8);
    }
    return 0;
  }

  private kindAt(at: number): number {
    return (this.word(at + 4) >>> 24) & 31;
  }

  private count(at: number): number {
    return this.word(at + 4) & 0xffff;
  }

  private word(at: number): number {
    return this.view.getUint32(at, true);
  }

  private text(offset: number): string {
    const { base } = this;
    const ours = base === undefined ? offset : offset - (base.end - base.strings);
    if (ours < 0) return base!.text(offset);
    const from = this.strings + ours;
    if (from >= this.end) return '';
    return this.bytes.toString('latin1', from, this.bytes.indexOf(0, from));
  }
}

function looped(): NscapError {
  return new NscapError(
    'KERNEL_LACKS',
    "the kernel's description of its types (BTF) is damaged: a type holds itself",
  );
}

function cut(at: number): NscapError {
  return new NscapError(
    'KERNEL_LACKS',
    `the kernel's description of its types (BTF) is damaged at byte ${at}`,
  );
}
