// What stands on either side of a comparison: values that a packet has, or constants.
import type { Dissection } from '../dissection.ts';
import type { Field, FieldType } from '../field.ts';
import { Values } from '../values.ts';
import type { Place } from './error.ts';

/** Types that are compared alike. */
export type Kind =
  | 'none'
  | 'number'
  | 'double'
  | 'duration'
  | 'moment'
  | 'ipv4'
  | 'ipv6'
  | 'bytes'
  | 'string';

const KINDS: Record<FieldType, Kind> = {
  none: 'none',
  protocol: 'bytes',
  boolean: 'number',
  uint8: 'number',
  uint16: 'number',
  uint24: 'number',
  uint32: 'number',
  int32: 'number',
  framenum: 'number',
  uint64: 'bytes',
  double: 'double',
  ether: 'bytes',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  bytes: 'bytes',
  string: 'string',
  absolute_time: 'moment',
  relative_time: 'duration',
};

/** The words of tshark for types. */
export const TYPE_NAMES: Record<FieldType, string> = {
  none: 'Label',
  protocol: 'Protocol',
  boolean: 'Boolean',
  uint8: 'Unsigned integer (1 byte)',
  uint16: 'Unsigned integer (2 bytes)',
  uint24: 'Unsigned integer (3 bytes)',
  uint32: 'Unsigned integer (4 bytes)',
  uint64: 'Unsigned integer (8 bytes)',
  int32: 'Signed integer (4 bytes)',
  double: 'Floating point (double-precision)',
  framenum: 'Frame number',
  ether: 'Ethernet or other MAC address',
  ipv4: 'IPv4 address',
  ipv6: 'IPv6 address',
  bytes: 'Sequence of bytes',
  string: 'Character string',
  absolute_time: 'Date and time',
  relative_time: 'Time offset',
};

/** What stands for bytes of whatever it is a part of. */
function isSlice({ type, field, isConstant }: Operand): boolean {
  return type === 'bytes' && field === undefined && !isConstant;
}

export const SLICED: readonly FieldType[] = ['protocol', 'ether', 'ipv4', 'ipv6', 'bytes', 'string'];

/** Types that Wireshark compares: whole numbers of any width, bytes and MAC addresses, and each with its own. */
export function isComparable(left: Operand, right: Operand): boolean {
  const [one, other] = [left.type, right.type];
  if (isSlice(left)) return SLICED.includes(other);
  if (isSlice(right)) return SLICED.includes(one);
  if (one === other) return true;
  if (kindOf(one) === 'number') return one !== 'boolean' && kindOf(other) === 'number';
  return (one === 'ether' && other === 'bytes') || (one === 'bytes' && other === 'ether');
}

export function kindOf(type: FieldType): Kind {
  return KINDS[type];
}

export interface Operand extends Place {
  readonly type: FieldType;
  /** As typed. */
  readonly text: string;
  /** The values in the packet at hand; they hold until the next call. */
  readonly read: (packet: Dissection) => Values;
  /** Of a protocol: its bytes up to the end of what it carries, where `read` ends with its header. */
  readonly whole?: (packet: Dissection) => Values;
  /** Of a literal: bits of an address that count. */
  readonly prefix?: number;
  readonly isConstant: boolean;
  /** The field itself, where it is one and nothing was done to it. */
  readonly field?: Field;
}

/** The operand of a field. */
export function fieldOperand(field: Field, text: string, place: Place): Operand {
  const { start, end } = place;
  return {
    type: field.type,
    text,
    start,
    end,
    read: reader(field.read),
    ...(field.whole === undefined ? {} : { whole: reader(field.whole) }),
    isConstant: false,
    field,
  };
}

function reader(read: Field['read']): (packet: Dissection) => Values {
  const values = new Values();
  return (packet) => {
    values.count = 0;
    read(packet, values);
    return values;
  };
}

/** An operand whose values are made of those of another, value by value. */
export function mapped(
  of: Operand,
  type: FieldType,
  place: Place,
  map: (from: Values, i: number, to: Values, packet: Dissection) => void,
  read = of.read,
): Operand {
  const to = new Values();
  return {
    type,
    text: of.text,
    start: place.start,
    end: place.end,
    isConstant: of.isConstant,
    read: (packet) => {
      const from = read(packet);
      to.count = 0;
      for (let i = 0; i < from.count; i++) map(from, i, to, packet);
      return to;
    },
  };
}
