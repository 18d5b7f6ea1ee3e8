// What is printed of structures whose layout is fixed: text with the fields at their offsets in it.
import type { Names } from './names.ts';
import { type Printer, writeFlags } from './printer.ts';

/** A number in the packet. */
export type Value = (p: Printer, offset: number) => number;
/** Prints something of the packet. */
export type Field = (p: Printer, offset: number) => void;

/** Prints the structure at `offset`; each line after the first begins with `indent`. */
export type Lines = (p: Printer, offset: number, indent?: string) => void;

/**
 * Text with fields: numbers are printed as decimals. Where a field was not captured, nothing is printed before the
 * packet ends.
 */
export function lines(texts: TemplateStringsArray, ...fields: readonly (Value | Field)[]): Lines {
  const parts = texts.map((text) => text.split('\n'));
  return (p, offset, indent = '\n') => {
    const start = p.out.length;
    try {
      for (let i = 0; i < parts.length; i++) {
        parts[i].forEach((line, j) => {
          if (j > 0) p.ascii(indent);
          p.ascii(line);
        });
        const value = fields[i]?.(p, offset);
        if (typeof value === 'number') p.decimal(value);
      }
    } catch (error) {
      p.out.length = start;
      throw error;
    }
  };
}

export function u8(offset: number): Value {
  return (p, start) => p.u8(start + offset);
}
export function u16(offset: number): Value {
  return (p, start) => p.u16(start + offset);
}
export function u24(offset: number): Value {
  return (p, start) => p.u24(start + offset);
}
export function u32(offset: number): Value {
  return (p, start) => p.u32(start + offset);
}
/** The bits of a value: `(value >> shift) & mask`. */
export function bits(value: Value, shift: number, mask: number): Value {
  return (p, start) => ((value(p, start) >>> shift) & mask) >>> 0;
}
export function ipv4(offset: number): Field {
  return (p, start) => p.ipv4(start + offset);
}
export function ipv6(offset: number): Field {
  return (p, start) => p.ipv6(start + offset);
}
/** At least `digits` hexadecimal digits. */
export function hex(value: Value, digits = 1): Field {
  return (p, start) => p.out.hexPadded(value(p, start), digits);
}
/** The name of a value. */
export function name(names: Names, value: Value, unknown: string): Field {
  return (p, start) => p.ascii(names.get(value(p, start)) ?? unknown);
}
/** The names of the bits that are set. */
export function flags(
  names: readonly (readonly [bits: number, name: string])[],
  value: Value,
  none = 'none',
  separator = ', ',
): Field {
  return (p, start) => writeFlags(p, names, none, value(p, start), separator);
}
/** One of two texts. */
export function choice(value: Value, set: string, clear: string): Field {
  return (p, start) => p.ascii(value(p, start) === 0 ? clear : set);
}
