// What ICMPv6 messages are made of: types, and readers of what stands at a place of a message or an option.
import { type Field, type FieldType, field } from '../field.ts';
import type { Values } from '../values.ts';

// Types.
export const QUERY = 130;
export const REPORT = 131;
export const DONE = 132;
export const ROUTER_SOLICITATION = 133;
export const ROUTER_ADVERTISEMENT = 134;
export const NEIGHBOUR_SOLICITATION = 135;
export const NEIGHBOUR_ADVERTISEMENT = 136;
export const REDIRECT = 137;
export const REPORT_2 = 143;

/** By type, places from the beginning of a message or option, and bytes there. */
export type Parts = Readonly<Record<number, readonly (readonly [place: number, length: number])[]>>;

export type Reader = (view: DataView, at: number, end: number, out: Values, i: number) => void;

/** Builds fields of messages of some types, whose names begin alike. */
export function fieldsOf(types: readonly number[], prefix: string) {
  return (name: string, title: string, type: FieldType, read: Reader, hex = false): Field =>
    ofTypes(types, prefix + name, title, type, read, hex);
}

/** A field of messages of some types. */
export function ofTypes(
  types: readonly number[],
  name: string,
  title: string,
  type: FieldType,
  read: Reader,
  hex = false,
): Field {
  return field(
    `icmpv6.${name}`,
    title,
    type,
    ({ icmpv6: layers }, out) => {
      for (let i = 0; i < layers.count; i++) {
        const at = layers.at[i];
        if (at >= layers.end[i] || !types.includes(layers.view[i].getUint8(at))) continue;
        read(layers.view[i], at, layers.end[i], out, i);
      }
    },
    { hex },
  );
}

/** A number at a place of a message or option, or bits of it. */
export function at(place: number, size: 1 | 2 | 4, mask = 0): Reader {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  return (view, start, end, out, i) => {
    const from = start + place;
    if (from + size > end) return;
    const value = size === 1 ? view.getUint8(from) : size === 2 ? view.getUint16(from) : view.getUint32(from);
    out.add(i, mask === 0 ? value : (value & mask) >>> shift);
  };
}

export const bytesAt =
  (place: number, length: number): Reader =>
  (view, start, end, out, i) => {
    if (start + place + length <= end) out.span(i, view, start + place, length);
  };

export const present: Reader = (_view, _at, _end, out, i) => out.add(i, 1);
