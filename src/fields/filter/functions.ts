// The functions of display filters: len, count, upper, lower, string, abs, max and min.
import { Text } from '../../base/text.ts';
import type { FieldType } from '../field.ts';
import { formatOf } from '../format.ts';
import { Values } from '../values.ts';
import { orderOf } from './compare.ts';
import { FilterError, type Place } from './error.ts';
import { kindOf, mapped, type Operand } from './operand.ts';

/** A function that filters may call. */
interface FilterFunction {
  /** How many arguments it takes. */
  least: number;
  most: number;
  /** What its arguments have to be, as its error messages say it; `values` includes the results of arithmetic and functions. */
  takes: 'values' | 'fields' | 'string type fields';
  /** @throws FilterError for arguments that it does not take */
  apply(list: readonly Operand[], place: Place): Operand;
}

function unary(
  takes: FilterFunction['takes'],
  apply: (argument: Operand, place: Place) => Operand,
): FilterFunction {
  return { least: 1, most: 1, takes, apply: ([first], place) => apply(first, place) };
}

function extremum(isMost: boolean): FilterFunction {
  return {
    least: 1,
    most: Number.POSITIVE_INFINITY,
    takes: 'values',
    apply: (list, place) => extreme(isMost, list, place),
  };
}

/** Every function by its name. */
export const FUNCTIONS: Readonly<Record<string, FilterFunction>> = {
  len: unary('fields', length),
  count: unary('fields', count),
  upper: unary('string type fields', (argument, place) => changedCase(argument, 'upper', place)),
  lower: unary('string type fields', (argument, place) => changedCase(argument, 'lower', place)),
  string: unary('fields', inDigits),
  abs: unary('values', absolute),
  max: extremum(true),
  min: extremum(false),
};

/** Bytes of a value whose type has always as many. */
const WIDTHS: { [type in FieldType]?: number } = {
  boolean: 8,
  uint8: 1,
  uint16: 2,
  uint24: 3,
  uint32: 4,
  int32: 4,
  framenum: 4,
  double: 8,
  ipv4: 4,
  ipv6: 16,
  uint64: 8,
  absolute_time: 16,
  relative_time: 16,
};

function length(of: Operand, place: Place): Operand {
  checkField(of, 'len');
  const width = WIDTHS[of.type];
  const read = of.field?.isOpenEnded === true ? of.whole : of.read;
  return mapped(of, 'uint32', place, (from, i, to) => to.add(from.layer[i], width ?? from.length[i]), read);
}

function count(of: Operand, place: Place): Operand {
  checkField(of, 'count');
  const to = new Values();
  return {
    type: 'uint32',
    text: of.text,
    start: place.start,
    end: place.end,
    isConstant: false,
    read: (packet) => {
      const from = of.read(packet);
      to.count = 0;
      if (from.count > 0) to.add(0, from.count);
      return to;
    },
  };
}

function changedCase(of: Operand, name: 'upper' | 'lower', place: Place): Operand {
  if (of.type !== 'string' || of.field === undefined) {
    throw new FilterError(`Only string type fields can be used as parameter for ${name}()`, of);
  }
  const [first, last] = name === 'upper' ? [0x61, 0x7a] : [0x41, 0x5a];
  return mapped(of, 'string', place, (from, i, to, { texts }) => {
    const view = from.view[i];
    texts.reserve(from.length[i]);
    const start = texts.length;
    for (let k = 0; k < from.length[i]; k++) {
      const byte = view.getUint8(from.offset[i] + k);
      texts.byte(byte >= first && byte <= last ? byte ^ 0x20 : byte);
    }
    texts.end(to, from.layer[i], start);
  });
}

function checkField(of: Operand, name: string): void {
  if (of.field === undefined) throw new FilterError(`Only fields can be used as parameter for ${name}()`, of);
}

/** Numbers in decimal whatever the packet tree shows, and addresses. */
function inDigits(of: Operand, place: Place): Operand {
  checkField(of, 'string');
  const kind = kindOf(of.type);
  const isShown =
    kind === 'number' || kind === 'ipv4' || kind === 'ipv6' || of.type === 'ether' || of.type === 'uint64';
  if (!isShown || of.type === 'boolean') {
    throw new FilterError(`String conversion for field "${of.text}" is not supported`, of);
  }
  const write = formatOf({ type: of.type, hex: false });
  const text = new Text(256);
  return mapped(of, 'string', place, (from, i, to, { texts }) => {
    text.clear();
    write(text, from, i);
    texts.copy(to, from.layer[i], text.bytes, text.length);
  });
}

function absolute(of: Operand, place: Place): Operand {
  if (!['number', 'double', 'duration'].includes(kindOf(of.type)))
    throw new FilterError(`'${of.text}' is not a valid argument to 'abs'()`, of);
  return mapped(of, of.type, place, (from, i, to) => {
    if (kindOf(of.type) === 'duration')
      to.time(from.layer[i], Math.abs(from.number[i]), Math.abs(from.nanoseconds[i]));
    else to.add(from.layer[i], Math.abs(from.number[i]));
  });
}

function extreme(isMost: boolean, list: readonly Operand[], place: Place): Operand {
  const { type, text } = list[0];
  const to = new Values();
  const order = orderOf(list[0], list[0]);
  const isFarther = isMost ? (behind: number) => behind < 0 : (behind: number) => behind > 0;
  const keep = kindOf(type) in SPANS ? keepSpan : keepNumber;
  return {
    type,
    text,
    start: place.start,
    end: place.end,
    isConstant: false,
    read: (packet) => {
      to.count = 0;
      for (let k = 0; k < list.length; k++) {
        const from = list[k].read(packet);
        for (let i = 0; i < from.count; i++) {
          if (to.count === 0 || isFarther(order(to, 0, from, i))) keep(to, from, i);
        }
      }
      return to;
    },
  };
}

/** Kinds of values that are bytes of the packet. */
const SPANS = { bytes: true, string: true, ipv6: true };

function keepNumber(to: Values, from: Values, i: number): void {
  to.count = 0;
  to.time(from.layer[i], from.number[i], from.nanoseconds[i]);
}

function keepSpan(to: Values, from: Values, i: number): void {
  to.count = 0;
  to.span(from.layer[i], from.view[i], from.offset[i], from.length[i]);
}
