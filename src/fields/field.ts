// What a field is: a row of the catalogue. Builders for the kinds of rows, so that a new field is one line.
import type { Dissection } from './dissection.ts';
import type { Layers } from './layers.ts';
import type { Values } from './values.ts';

/** Types as Wireshark has them (FT_…), which decide how a value is written and with what it may be compared. */
export type FieldType =
  | 'none'
  | 'protocol'
  | 'boolean'
  | 'uint8'
  | 'uint16'
  | 'uint24'
  | 'uint32'
  | 'uint64'
  | 'int32'
  | 'double'
  | 'framenum'
  | 'ether'
  | 'ipv4'
  | 'ipv6'
  | 'bytes'
  | 'string'
  | 'absolute_time'
  | 'relative_time';

/** Appends the values that a field has in the packet at hand. */
export type Read = (packet: Dissection, out: Values) => void;

export interface Field {
  /** As in a filter: `tcp.srcport`. */
  readonly name: string;
  /** In a word or two, as the packet tree has it. */
  readonly title: string;
  readonly type: FieldType;
  /** Numbers are written in hex, as wide as the type. */
  readonly hex: boolean;
  /** What the dissection must keep for it: bits of `needs.ts`. */
  readonly needs: number;
  readonly read: Read;
  /** Of a protocol: its bytes up to the end of what it carries, where `read` ends with its header. */
  readonly whole?: Read;
  /** Of a protocol: its length is that of `whole`. */
  readonly isOpenEnded?: boolean;
  /** Of a protocol: the line that the packet tree has for it. */
  readonly label?: Read;
  /** What a dissection must keep for the line besides. */
  readonly labelNeeds?: number;
  /** What stands between its bytes. */
  readonly separator?: string;
  /** How many bytes it has to have for that; undefined for any number. */
  readonly separated?: number;
  /** What is written of a value of no bytes. */
  readonly empty?: string;
  /** Names of its values in small letters; no names where Wireshark has some and none is known here. */
  readonly names?: Readonly<Record<string, number>>;
}

/** Which list of headers of a dissection a field is found in. */
export type Where = (packet: Dissection) => Layers;

const SIZES = { uint8: 1, uint16: 2, uint24: 3, uint32: 4, int32: 4, boolean: 1 } as const;
type Number = keyof typeof SIZES;

/** Further properties of a row. */
export interface More {
  hex?: boolean;
  needs?: number;
  /** Bits of the number that are the field's, which is moved down to the lowest. */
  mask?: number;
  /** Bytes that the number lies in, where that is not what the type says: a bit of a word. */
  size?: 1 | 2 | 3 | 4;
  /** Only headers whose `mark` has all of these bits. */
  when?: number;
  /** Bytes of the header that must be there, where Wireshark reads others before it shows this one. */
  room?: number;
}

/** A field with a `read` of its own. */
export function field(name: string, title: string, type: FieldType, read: Read, more: More = {}): Field {
  return { name, title, type, hex: more.hex === true, needs: more.needs ?? 0, read };
}

/** Appends the values that a field has in one entry of a list. */
export type ReadEntry = (list: Layers, i: number, out: Values, packet: Dissection) => void;

/** A field of the entries of a list: of all, or of those whose mark `takes` takes. */
export function entries(
  where: Where,
  name: string,
  title: string,
  type: FieldType,
  read: ReadEntry,
  more: More = {},
  takes?: (mark: number) => boolean,
): Field {
  return field(
    name,
    title,
    type,
    (packet, out) => {
      const list = where(packet);
      for (let i = 0; i < list.count; i++) {
        if (takes === undefined || takes(list.mark[i])) read(list, i, out, packet);
      }
    },
    more,
  );
}

/** A number at a fixed place of a header, in network byte order. */
export function number(
  where: Where,
  name: string,
  title: string,
  type: Number,
  place: number,
  more: More = {},
): Field {
  const size = more.size ?? SIZES[type];
  return field(name, title, type, numberReader(where, place, size, more, type === 'boolean'), more);
}

function numberReader(
  where: Where,
  place: number,
  size: number,
  { mask = 0, when = 0, room = 0 }: More,
  isBoolean = false,
): Read {
  const behind = Math.max(size, room - place);
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  const bits = mask === 0 ? -1 : mask;
  const plain = mask === 0;
  return (packet, out) => {
    const layers = where(packet);
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + place;
      if (at + behind > layers.end[i] || (layers.mark[i] & when) !== when) continue;
      const view = layers.view[i];
      const value =
        size === 1
          ? view.getUint8(at)
          : size === 2
            ? view.getUint16(at)
            : size === 4
              ? view.getUint32(at)
              : (view.getUint16(at) << 8) | view.getUint8(at + 2);
      const found = plain ? value : (value & bits) >>> shift;
      out.add(i, isBoolean && found !== 0 ? 1 : found);
    }
  };
}

/** Bytes at a fixed place of a header: an address, or `length` bytes. */
export function span(
  where: Where,
  name: string,
  title: string,
  type: 'ether' | 'ipv6' | 'bytes' | 'uint64',
  place: number,
  length: number,
  more: More = {},
): Field {
  const when = more.when ?? 0;
  const read: Read = (packet, out) => {
    const layers = where(packet);
    for (let i = 0; i < layers.count; i++) {
      const at = layers.at[i] + place;
      if (at + length > layers.end[i] || (layers.mark[i] & when) !== when) continue;
      out.span(i, layers.view[i], at, length);
    }
  };
  return field(name, title, type, read, more);
}

/** An IPv4 address at a fixed place. */
export function ipv4(where: Where, name: string, title: string, place: number, more: More = {}): Field {
  return { ...field(name, title, 'ipv4', numberReader(where, place, 4, more), more) };
}

/** Present for each header. */
export function presence(where: Where, name: string, title: string, more: More = {}): Field {
  const when = more.when ?? 0;
  const read: Read = (packet, out) => {
    const layers = where(packet);
    for (let i = 0; i < layers.count; i++) if ((layers.mark[i] & when) === when) out.add(i, 1);
  };
  return field(name, title, 'none', read, more);
}

/** A field that has the values of several, header after header: a source and a destination. */
export function either(name: string, title: string, ...fields: [Field, Field]): Field {
  const [first, second] = fields;
  const read: Read = (packet, out) => {
    const start = out.count;
    first.read(packet, out);
    const one = out.count - start;
    second.read(packet, out);
    if (one > 1) out.sortByLayer(start);
  };
  return field(name, title, first.type, read, {
    hex: first.hex,
    needs: first.needs | second.needs,
  });
}
