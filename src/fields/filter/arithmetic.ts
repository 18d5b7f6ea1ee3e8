// Arithmetic on values: each of the left with each of the right.
import type { FieldType } from '../field.ts';
import { Values } from '../values.ts';
import { FilterError, type Place } from './error.ts';
import { kindOf, mapped, type Operand } from './operand.ts';

/** The words of tshark for types in such messages. */
function shortName(type: FieldType): string {
  const special: { [one in FieldType]?: string } = { ipv4: 'FT_IPv4', ipv6: 'FT_IPv6' };
  return special[type] ?? `FT_${type.toUpperCase()}`;
}

function isPossible(operator: string, type: FieldType): boolean {
  const kind = kindOf(type);
  if (type === 'boolean') return false;
  if (operator === '&') return kind === 'number' || kind === 'ipv4' || kind === 'ipv6' || kind === 'bytes';
  if (kind === 'double' || kind === 'duration') return operator !== '%';
  return kind === 'number';
}

export function arithmetic(operator: string, left: Operand, right: Operand, place: Place): Operand {
  if (!isPossible(operator, left.type)) {
    throw new FilterError(`${shortName(left.type)} cannot ${operator}.`, left);
  }
  const kind = kindOf(left.type);
  const to = new Values();
  const scratch = new Uint8Array(256);
  const view = new DataView(scratch.buffer);
  const put =
    kind === 'ipv6' || kind === 'bytes'
      ? masked(view)
      : kind === 'duration'
        ? timed(operator)
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
      for (let i = 0; i < a.count; i++) for (let j = 0; j < b.count; j++) put(a, i, b, j, to);
      return to;
    },
  };
}

type Put = (a: Values, i: number, b: Values, j: number, to: Values) => void;

function counted(operator: string, type: FieldType): Put {
  const isSigned = type === 'int32';
  const isWhole = type !== 'double';
  return (a, i, b, j, to) => {
    const one = a.number[i];
    const other = b.number[j];
    // A division by zero has no result.
    if ((operator === '/' || operator === '%') && other === 0) return;
    const result = calculate(operator, one, other);
    if (!isWhole) to.add(a.layer[i], result);
    else {
      const whole = Math.trunc(result);
      // Nor has what 32 bits cannot hold.
      if (whole === (isSigned ? whole | 0 : whole >>> 0)) to.add(a.layer[i], whole);
    }
  };
}

function calculate(operator: string, one: number, other: number): number {
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
  return (one & other) >>> 0;
}

function timed(operator: string): Put {
  return (a, i, b, j, to) => {
    if (operator === '+' || operator === '-') {
      const sign = operator === '+' ? 1 : -1;
      addTime(to, a.layer[i], a.number[i] + sign * b.number[j], a.nanoseconds[i] + sign * b.nanoseconds[j]);
      return;
    }
    const factor = b.number[j] + b.nanoseconds[j] / 1e9;
    if (operator === '/' && factor === 0) return;
    const seconds = a.number[i] + a.nanoseconds[i] / 1e9;
    const result = operator === '*' ? seconds * factor : seconds / factor;
    const whole = Math.trunc(result);
    addTime(to, a.layer[i], whole, Math.round((result - whole) * 1e9));
  };
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
function masked(view: DataView): Put {
  return (a, i, b, j, to) => {
    const length = Math.min(a.length[i], b.length[j], view.byteLength);
    for (let k = 0; k < length; k++) {
      view.setUint8(k, a.view[i].getUint8(a.offset[i] + k) & b.view[j].getUint8(b.offset[j] + k));
    }
    to.span(a.layer[i], view, 0, length);
  };
}

export function negative(of: Operand, place: Place): Operand {
  const kind = kindOf(of.type);
  if (kind !== 'number' && kind !== 'double' && kind !== 'duration') {
    throw new FilterError(`${shortName(of.type)} cannot -.`, of);
  }
  // A constant is a number of the type that it is compared with; what fields have becomes signed.
  const isUnsigned = kind === 'number' && of.type !== 'int32' && of.isConstant;
  return mapped(of, kind === 'number' && !isUnsigned ? 'int32' : of.type, place, (from, i, to) => {
    if (kind === 'duration') to.time(from.layer[i], -from.number[i], -from.nanoseconds[i]);
    else if (isUnsigned) to.add(from.layer[i], -from.number[i] >>> 0);
    else if (kind === 'double') to.add(from.layer[i], -from.number[i]);
    else to.add(from.layer[i], -from.number[i] | 0);
  });
}
