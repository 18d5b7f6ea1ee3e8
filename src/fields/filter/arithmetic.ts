// Arithmetic on values: each of the left with each of the right.
import type { Dissection } from '../dissection.ts';
import type { FieldType } from '../field.ts';
import { Values } from '../values.ts';
import { FilterError, type Place } from './error.ts';
import { isComparable, kindOf, mapped, type Operand } from './operand.ts';

const MOST_SIGNED = 0x7fff_ffff;
const MOST_UNSIGNED = 0xffff_ffff;

/** The words of tshark for types in such messages. */
function shortName(type: FieldType): string {
  const special: { [one in FieldType]?: string } = { ipv4: 'FT_IPv4', ipv6: 'FT_IPv6' };
  return special[type] ?? `FT_${type.toUpperCase()}`;
}

function isPossible(operator: string, type: FieldType): boolean {
  const kind = kindOf(type);
  if (type === 'boolean' || type === 'protocol') return false;
  if (operator === '&') return kind === 'number' || kind === 'ipv4' || kind === 'ipv6' || kind === 'bytes';
  if (kind === 'double') return operator !== '%';
  if (kind === 'duration') return operator === '+' || operator === '-';
  return kind === 'number';
}

/** @throws FilterError where values of its type cannot be calculated with so */
export function checkOperand(operator: string, of: Operand): void {
  if (!isPossible(operator, of.type)) throw new FilterError(`${shortName(of.type)} cannot ${operator}.`, of);
}

export function arithmetic(operator: string, left: Operand, right: Operand, place: Place): Operand {
  if (!isComparable(left, right)) {
    throw new FilterError(`${left.text} and ${right.text} are not type compatible.`, right);
  }
  const kind = kindOf(left.type);
  const to = new Values();
  const put =
    kind === 'ipv6' || kind === 'bytes'
      ? masked
      : kind === 'duration'
        ? timed(operator)
        : kind === 'double'
          ? fractional(operator)
          : counted(operator, left.type);
  return {
    type: left.type,
    text: left.text,
    start: place.start,
    end: place.end,
    isConstant: left.isConstant && right.isConstant,
    read: (packet) => {
      const a = left.read(packet);
      const b = right.read(packet);
      to.count = 0;
      for (let i = 0; i < a.count; i++) for (let j = 0; j < b.count; j++) put(a, i, b, j, to, packet);
      return to;
    },
  };
}

type Put = (a: Values, i: number, b: Values, j: number, to: Values, packet: Dissection) => void;

/**
 * Whole numbers of 32 bits, as Wireshark calculates them: what is left of the operator says whether they have a sign, and
 * a difference below zero has one. What does not fit has no result, nor has a division by zero.
 */
function counted(operator: string, type: FieldType): Put {
  const hasSign = type === 'int32';
  // The bits of the number as they are: so Wireshark has it with these two.
  const isOfBits = operator === '%' || operator === '&';
  return (a, i, b, j, to) => {
    const one = a.number[i];
    let other = b.number[j];
    const isSigned = hasSign || one < 0;
    if (isOfBits) other = isSigned ? other | 0 : other >>> 0;
    else if (isSigned ? other > MOST_SIGNED : other < 0) return;
    if (other === 0 && (operator === '/' || operator === '%')) return;
    const result = Math.trunc(calculate(operator, one, other, isSigned));
    if (isSigned) {
      const fitting = result | 0;
      if (fitting === result) to.add(a.layer[i], fitting);
    } else if (result < 0 ? other <= MOST_SIGNED : result <= MOST_UNSIGNED) to.add(a.layer[i], result);
  };
}

function fractional(operator: string): Put {
  return (a, i, b, j, to) => {
    const other = b.number[j];
    if (operator !== '/' || other !== 0) to.add(a.layer[i], calculate(operator, a.number[i], other, true));
  };
}

function calculate(operator: string, one: number, other: number, isSigned: boolean): number {
  switch (operator) {
    case '+':
      return one + other;
    case '-':
      return one - other;
    case '*':
      return one * other;
    case '/':
      return one / other;
    case '%':
      return one % other;
  }
  return isSigned ? one & other : (one & other) >>> 0;
}

function timed(operator: string): Put {
  const sign = operator === '+' ? 1 : -1;
  return (a, i, b, j, to) =>
    addTime(to, a.layer[i], a.number[i] + sign * b.number[j], a.nanoseconds[i] + sign * b.nanoseconds[j]);
}

/** Both parts of one sign. */
function addTime(to: Values, layer: number, seconds: number, nanoseconds: number): void {
  const total = nanoseconds >= 1e9 || nanoseconds <= -1e9 ? Math.trunc(nanoseconds / 1e9) : 0;
  let whole = seconds + total;
  let rest = nanoseconds - total * 1e9;
  if (whole > 0 && rest < 0) {
    whole--;
    rest += 1e9;
  } else if (whole < 0 && rest > 0) {
    whole++;
    rest -= 1e9;
  }
  to.time(layer, whole, rest);
}

/** Bytes & bytes, as many as both have. */
const masked: Put = (a, i, b, j, to, { texts }) => {
  const length = Math.min(a.length[i], b.length[j]);
  texts.reserve(length);
  const start = texts.length;
  for (let k = 0; k < length; k++) {
    texts.byte(a.view[i].getUint8(a.offset[i] + k) & b.view[j].getUint8(b.offset[j] + k));
  }
  texts.end(to, a.layer[i], start);
};

export function negative(of: Operand, place: Place): Operand {
  const kind = kindOf(of.type);
  if (of.type === 'boolean' || (kind !== 'number' && kind !== 'double' && kind !== 'duration')) {
    throw new FilterError(`${shortName(of.type)} cannot -.`, of);
  }
  // Whole numbers become signed, of 32 bits; what these cannot hold has no negative.
  return mapped(of, kind === 'number' ? 'int32' : of.type, place, (from, i, to) => {
    const number = from.number[i];
    if (kind === 'duration') to.time(from.layer[i], -number, -from.nanoseconds[i]);
    else if (kind === 'double') to.add(from.layer[i], -number);
    else if (number <= MOST_SIGNED) to.add(from.layer[i], -number | 0);
  });
}
