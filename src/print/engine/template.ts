// What is printed of structures whose layout is fixed: text with the fields at their offsets in it.
import type { Names } from './names.ts';
import { type Printer, writeFlags } from './printer.ts';

/** A number in the packet. */
export type Value = (p: Printer, at: number) => number;
/** Prints something of the packet. */
export type Field = (p: Printer, at: number) => void;

/** Prints the structure at `at`; each line after the first begins with `indent`. */
export type Lines = (p: Printer, at: number, indent?: string) => void;

/**
 * Text with fields: numbers are printed as decimals. Where a field was not captured, nothing is printed before the
 * packet ends.
 */
export function lines(texts: TemplateStringsArray, ...fields: readonly (Value | Field)[]): Lines {
  const parts = texts.map((text) => text.split('\n'));
  return (p, at, indent = '\n') => {
    const start = p.out.length;
    try {
      for (let i = 0; i < parts.length; i++) {
        parts[i].forEach((line, j) => {
          if (j > 0) p.ascii(indent);
          p.ascii(line);
        });
        const value = fields[i]?.(p, at);
        if (typeof value === 'number') p.decimal(value);
      }
    } catch (error) {
      p.out.length = start;
      throw error;
    }
  };
}

export function u8(offset: number): Value {
  return (p, at) => p.u8(at + offset);
}
export function u16(offset: number): Value {
  return (p, at) => p.u16(at + offset);
}
export function u24(offset: number): Value {
  return (p, at) => p.u24(at + offset);
}
export function u32(offset: number): Value {
  return (p, at) => p.u32(at + offset);
}
/** The bits of a value: `(value >> shift) & mask`. */
export function bits(value: Value, shift: number, mask: number): Value {
  return (p, at) => ((value(p, at) >>> shift) & mask) >>> 0;
}
export function ipv4(offset: number): Field {
  return (p, at) => p.ipv4(at + offset);
}
export function ipv6(offset: number): Field {
  return (p, at) => p.ipv6(at + offset);
}
/** At least `digits` hexadecimal digits. */
export function hex(value: Value, digits = 1): Field {
  return (p, at) => p.out.hexPadded(value(p, at), digits);
}
/** The name of a value. */
export function name(names: Names, value: Value, unknown: string): Field {
  return (p, at) => p.ascii(names.get(value(p, at)) ?? unknown);
}
/** The names of the bits that are set. */
export function flags(
  names: readonly (readonly [bits: number, name: string])[],
  value: Value,
  none = 'none',
  separator = ', ',
): Field {
  return (p, at) => writeFlags(p, names, none, value(p, at), separator);
}
/** One of two texts. */
export function choice(value: Value, set: string, clear: string): Field {
  return (p, at) => p.ascii(value(p, at) === 0 ? clear : set);
}
