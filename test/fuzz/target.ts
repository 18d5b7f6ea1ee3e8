// What is fuzzed: a parser of bytes or text from outside, and what must hold whatever it is given.

export interface Target {
  readonly name: string;
  /** What it reads, in a few words. */
  readonly about: string;
  /** Inputs that are well formed, to begin with. */
  seeds(): Iterable<Uint8Array>;
  /** Words of its language or numbers of its format, which mutation puts in. */
  readonly words?: readonly (string | Uint8Array)[];
  /**
   * How an input is made of parts (records, blocks, lines, tokens), and put together of them again with its lengths made
   * right. Mutation drops, repeats, exchanges and damages parts. Absent: an input is one part.
   */
  readonly structure?: Structure;
  /** Loads what would otherwise be loaded by the first input that needs it. */
  prepare?(): Promise<void>;
  /**
   * Reads one input. Throws where an invariant does not hold; an error that a user is meant to see (NscapError) is for
   * the target to expect.
   */
  run(input: Uint8Array): void | Promise<void>;
  /** Compares many inputs with what tcpdump, tshark or libpcap make of them. Throws `Difference`. */
  compare?(inputs: readonly Uint8Array[]): Promise<void>;
}

export interface Structure {
  split(input: Uint8Array): Uint8Array[];
  join(parts: readonly Uint8Array[]): Uint8Array;
}

/** Something that must not be. */
export class Broken extends Error {}

/** An input that another tool reads otherwise. */
export class Difference extends Broken {
  readonly input: Uint8Array;

  constructor(message: string, input: Uint8Array) {
    super(message);
    this.input = input;
  }
}

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
export const textOf = (input: Uint8Array): string => Buffer.from(input).toString();

/** Lines of a text as its parts. */
export const LINES: Structure = {
  split: (input) =>
    textOf(input)
      .split(/(?<=\n)/)
      .map(bytes),
  join: (parts) => new Uint8Array(Buffer.concat(parts)),
};

/** Values and signs of JSON as its parts. */
export const JSON_TOKENS: Structure = {
  split: (input) => (textOf(input).match(/"(?:[^"\\]|\\.)*"|[\w.+-]+|\s+|[^\w\s]/g) ?? []).map(bytes),
  join: (parts) => new Uint8Array(Buffer.concat(parts)),
};

/** Words, numbers and signs of a text as its parts. */
export const TOKENS: Structure = {
  split: (input) => (textOf(input).match(/\w+|\s+|[^\w\s]/g) ?? []).map(bytes),
  join: (parts) => new Uint8Array(Buffer.concat(parts)),
};
