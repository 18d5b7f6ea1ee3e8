// A display filter compiled: one function of the packet at hand, put together from closures; nothing of the text is code.
import { didYouMean } from '../../base/similar.ts';
import { FIELDS, findField } from '../catalogue.ts';
import type { Dissection } from '../dissection.ts';
import { Values } from '../values.ts';
import { arithmetic, checkOperand, negative } from './arithmetic.ts';
import type { Part, Test, Value } from './ast.ts';
import { between, compare, contains, type Evaluate, matches } from './compare.ts';
import { FilterError } from './error.ts';
import { FUNCTIONS } from './functions.ts';
import { joined } from './joined.ts';
import { type Literal, literal } from './literal.ts';
import { fieldOperand, isComparable, kindOf, mapped, type Operand, SLICED, TYPE_NAMES } from './operand.ts';
import { parse } from './parser.ts';
import { loadPatterns, pattern } from './pattern.ts';

export interface DisplayFilter {
  /** What a dissection must keep for it (needs.ts). */
  readonly needs: number;
  /** Takes it the packet that the dissection has at hand? */
  readonly takes: Evaluate;
}

/** Compiles a display filter. @throws NscapError USAGE, with the place in the text */
export async function displayFilter(text: string): Promise<DisplayFilter> {
  // An empty one takes every packet.
  if (text.trim() === '') return { needs: 0, takes: () => true };
  await loadPatternsFor(text);
  const compiler = new Compiler();
  try {
    const takes = compiler.test(parse(text));
    return { needs: compiler.needs, takes };
  } catch (error) {
    throw error instanceof FilterError ? error.explained(text) : error;
  }
}

async function loadPatternsFor(text: string): Promise<void> {
  if (/matches|~/.test(text)) await loadPatterns();
}

/**
 * Protocols of Wireshark that are not dissected here, and whose names could be bytes: `eth.dst[0] == ff` compares with the
 * header of FOUNDATION Fieldbus, and takes no packet that has none.
 */
const OTHER_PROTOCOLS = new Set(['dc', 'fc', 'ff', 'e100', 'e164', 'e212', 'fc00', 'fefd']);

/** What is in no packet. */
function absent({ text, start, end }: Value & { text: string }): Operand {
  const nothing = new Values();
  return { type: 'protocol', text, start, end, read: () => nothing, isConstant: false };
}

class Compiler {
  needs = 0;

  test(test: Test): Evaluate {
    switch (test.kind) {
      case 'and':
      case 'or':
      case 'xor':
        return joined(
          test.kind,
          test.tests.map((one) => this.test(one)),
        );
      case 'not': {
        const inner = this.test(test.test);
        return (packet) => !inner(packet);
      }
      case 'exists':
        return this.exists(test.value);
      case 'compare':
        return this.comparison(test);
      case 'in':
        return this.member(test);
    }
  }

  private exists(value: Value): Evaluate {
    if (value.kind === 'call') {
      if (value.arguments.length > 0 || !Object.hasOwn(FUNCTIONS, value.name)) this.function(value);
      throw new FilterError('You cannot test whether a function is present.', {
        start: value.start,
        end: value.start + value.name.length,
      });
    }
    const operand = this.operand(value);
    if (operand === undefined) throw notAField(value);
    if (value.kind === 'slice') return (packet) => hasLength(operand.read(packet));
    if (value.kind !== 'arithmetic' && value.kind !== 'negative')
      return (packet) => operand.read(packet).count > 0;
    const isBytes = kindOf(operand.type) === 'bytes' || kindOf(operand.type) === 'ipv6';
    return (packet) => (isBytes ? hasByte(operand.read(packet)) : isSet(operand.read(packet)));
  }

  private comparison(test: Test & { kind: 'compare' }): Evaluate {
    const { comparison, quantifier, symbol } = test;
    const left = this.operand(test.left);
    if (left === undefined || left.isConstant) {
      const shown = comparison === 'contains' || comparison === 'matches' ? comparison : `"${symbol}"`;
      if (test.left.kind === 'arithmetic') {
        throw new FilterError('Constant arithmetic expression on the LHS is invalid.', test.left);
      }
      throw new FilterError(
        `Left side of ${shown} expression must be a field or function, not ${textOf(test.left)}.`,
        test.left,
        hintFor(test.left),
      );
    }
    if (comparison === 'matches') {
      if (test.right.kind !== 'string') {
        throw new FilterError('Matches requires a double quoted string on the right side.', test.right);
      }
      this.checkComparable(left, comparison, symbol);
      return matches(quantifier, left, pattern(test.right.bytes, test.right));
    }
    this.checkComparable(left, comparison, symbol);
    const right = this.typed(test.right, left, comparison === 'contains');
    if (comparison === 'contains') return contains(quantifier, asSpans(left), asSpans(right));
    if (left.type === right.type || (left.type !== 'ipv4' && right.type !== 'ipv4'))
      return compare(comparison, quantifier, left, right);
    return compare(comparison, quantifier, asSpans(left), asSpans(right));
  }

  private checkComparable(left: Operand, comparison: string, symbol: string): void {
    const kind = kindOf(left.type);
    const isPossible =
      comparison === 'contains' || comparison === 'matches'
        ? kind === 'bytes' || kind === 'string'
        : kind !== 'none';
    if (isPossible) return;
    throw new FilterError(
      `${left.text} (type=${TYPE_NAMES[left.type]}) cannot participate in ${symbol} comparison.`,
      left,
    );
  }

  private member(test: Test & { kind: 'in' }): Evaluate {
    const { quantifier } = test;
    const left = this.operand(test.left);
    if (left?.field === undefined)
      throw new FilterError('Only a field may be tested for membership in a set.');
    this.checkComparable(left, 'eq', 'in');
    const tests = test.set.map(({ low, high }) => {
      const from = this.typed(low, left, false);
      if (high === undefined) return compare('eq', quantifier, left, from);
      return between(quantifier, left, from, this.typed(high, left, false));
    });
    return (packet) => {
      for (let i = 0; i < tests.length; i++) if (tests[i](packet)) return true;
      return false;
    };
  }

  /** The operand on the right of `left`: a field of a like type, or a literal as a value of its type. */
  private typed(value: Value, left: Operand, partial: boolean): Operand {
    const operand = this.operand(value, left);
    if (operand === undefined) {
      const isPartial = partial || (left.field === undefined && left.type === 'bytes');
      return literal(value as Literal, left.type, left.field, isPartial);
    }
    if (!operand.isConstant && !isComparable(left, operand)) {
      throw new FilterError(`${left.text} and ${operand.text} are not of compatible types.`, value);
    }
    return operand;
  }

  /** What has values: undefined for a literal, whose type others say. `left`: of a literal within, who says it. */
  private operand(value: Value, left?: Operand): Operand | undefined {
    switch (value.kind) {
      case 'word':
      case 'field':
        return this.named(value);
      case 'string':
      case 'character':
        return undefined;
      case 'slice':
        return this.slice(value);
      case 'layers':
        return this.layers(value);
      case 'call':
        return this.function(value);
      case 'negative': {
        const of = this.operand(value.of, left) ?? this.constant(value.of, left);
        // What is wrong with it is shown at its sign.
        const negated = negative(of, { start: value.start, end: value.start + 1 });
        if (of.isConstant && of.type !== 'double' && negated.read(NO_PACKET).count === 0) {
          const text = textOf(value.of);
          throw new FilterError(`${text}: ${text} overflows gint32`, value);
        }
        return negated;
      }
      case 'arithmetic':
        return this.arithmetic(value, left);
      case 'reference':
        return this.reference(value);
    }
  }

  /** A literal where an operand is wanted. */
  private constant(value: Value, left: Operand | undefined): Operand {
    if (left === undefined) throw notAField(value);
    return literal(value as Literal, left.type, left.field, false);
  }

  private named(value: Value & { kind: 'word' | 'field' }): Operand | undefined {
    const field = findField(value.text);
    if (field !== undefined) {
      this.needs |= field.needs;
      return fieldOperand(field, value.text, value);
    }
    if (value.kind === 'word') return OTHER_PROTOCOLS.has(value.text) ? absent(value) : undefined;
    throw new FilterError(
      `"${value.text}" is not a valid protocol or protocol field.`,
      value,
      hintFor(value),
    );
  }

  private arithmetic(value: Value & { kind: 'arithmetic' }, left?: Operand): Operand {
    const one = this.operand(value.left, left);
    const other = this.operand(value.right, one ?? left);
    const type = one ?? other ?? left;
    if (type === undefined)
      throw new FilterError('Constant arithmetic expression on the LHS is invalid.', value.left);
    if (one === undefined && left === undefined) {
      throw new FilterError('Constant arithmetic expression on the LHS is invalid.', value.left);
    }
    for (const of of [one, other]) if (of !== undefined) checkOperand(value.operator, of);
    const text = [value.left, value.right].find(({ kind }) => kind === 'string' || kind === 'character');
    if (text !== undefined) throw new FilterError(`${textOf(text)} is not a valid arithmetic operand.`, text);
    return arithmetic(
      value.operator,
      one ?? this.constant(value.left, type),
      other ?? this.constant(value.right, type),
      value,
    );
  }

  private function(value: Value & { kind: 'call' }): Operand {
    const { name, start } = value;
    const place = { start, end: start + name.length };
    const called = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (called === undefined) {
      const meant = name.length > LONGEST_NAME ? undefined : didYouMean(name, Object.keys(FUNCTIONS));
      throw new FilterError(`Function '${name}' does not exist`, place, meant);
    }
    const { least, most } = called;
    const given = value.arguments.length;
    if (given < least) throw new FilterError(`Function ${name} needs at least ${least} arguments.`, place);
    if (given > most) throw new FilterError(`Function ${name} can only accept ${most} arguments.`, place);
    const first = this.operand(value.arguments[0]);
    if (first === undefined) throw this.argumentError(name, value.arguments[0]);
    const text = value.arguments.find(({ kind }) => kind === 'string');
    if (text !== undefined) throw this.argumentError(name, text);
    const list = value.arguments.map(
      (one, i) => (i === 0 ? first : this.operand(one, first)) ?? this.constant(one, first),
    );
    const other = list.find(({ type, isConstant }) => !isConstant && type !== first.type);
    if (other !== undefined) {
      throw new FilterError(
        `Arguments to '${name}' must have the same type (expected FT_${first.type.toUpperCase()}, got FT_${other.type.toUpperCase()})`,
        other,
      );
    }
    return called.apply(list, place);
  }

  private argumentError(name: string, value: Value): FilterError {
    const { takes } = FUNCTIONS[name];
    if (takes === 'values')
      return new FilterError(`Argument '${textOf(value)}' is not valid for ${name}()`, value);
    return new FilterError(`Only ${takes} can be used as parameter for ${name}()`, value, hintFor(value));
  }

  private slice(value: Value & { kind: 'slice' }): Operand {
    const of = this.operand(value.of);
    if (of === undefined) throw notAField(value.of);
    const kind = kindOf(of.type);
    if (!SLICED.includes(of.type)) {
      throw new FilterError(
        `"${of.text}" is a ${TYPE_NAMES[of.type]} and cannot be sliced into a sequence of bytes.`,
        value.of,
      );
    }
    const { parts } = value;
    return mapped(of, 'bytes', value, (from, i, to, packet) => {
      const spans = kind === 'ipv4' ? asBytes(from, i, packet) : from;
      cut(spans, kind === 'ipv4' ? 0 : i, parts, to, from.layer[i], packet);
    });
  }

  private layers(value: Value & { kind: 'layers' }): Operand {
    const of = this.operand(value.of);
    if (of === undefined) throw notAField(value.of);
    if (value.of.kind === 'slice') {
      const at = value.of.end;
      throw new FilterError('"#" was unexpected in this context.', { start: at, end: at + 1 });
    }
    const { ranges } = value;
    const chosen = (from: Values, i: number, to: Values): void => {
      const total = from.layer[from.count - 1] + 1;
      if (!ranges.some((range) => isInRange(range, from.layer[i] + 1, total))) return;
      if (of.type === 'absolute_time' || of.type === 'relative_time')
        to.time(from.layer[i], from.number[i], from.nanoseconds[i]);
      else if (['bytes', 'string', 'ipv6'].includes(kindOf(of.type)))
        to.span(from.layer[i], from.view[i], from.offset[i], from.length[i]);
      else to.add(from.layer[i], from.number[i]);
    };
    const operand = mapped(of, of.type, value, chosen);
    const { field, whole } = of;
    return {
      ...operand,
      ...(field !== undefined && { field }),
      ...(whole !== undefined && { whole: mapped({ ...of, read: whole }, of.type, value, chosen).read }),
    };
  }

  /** The values of a packet that is selected in a window: here there is none. */
  private reference(value: Value & { kind: 'reference' }): Operand {
    const of = this.operand(value.of);
    if (of === undefined)
      throw new FilterError(`macro '${textOf(value.of)}' does not exist`, value.of, hintFor(value.of));
    const none = new Values();
    return {
      type: of.type,
      text: of.text,
      start: value.start,
      end: value.end,
      isConstant: false,
      read: () => none,
    };
  }
}

function isSet(values: Values): boolean {
  for (let i = 0; i < values.count; i++)
    if (values.number[i] !== 0 || values.nanoseconds[i] !== 0) return true;
  return false;
}

function hasByte(values: Values): boolean {
  for (let i = 0; i < values.count; i++) {
    for (let k = 0; k < values.length[i]; k++)
      if (values.view[i].getUint8(values.offset[i] + k) !== 0) return true;
  }
  return false;
}

function hasLength(values: Values): boolean {
  for (let i = 0; i < values.count; i++) if (values.length[i] > 0) return true;
  return false;
}

/** Of an IPv4 address, which is a number, its bytes. */
function asSpans(of: Operand): Operand {
  if (of.type !== 'ipv4') return of;
  return mapped(of, 'bytes', of, (from, i, to, packet) => {
    const spans = asBytes(from, i, packet);
    to.span(from.layer[i], spans.view[0], spans.offset[0], spans.length[0]);
  });
}

function textOf(value: Value): string {
  return 'text' in value ? value.text : 'name' in value ? value.name : 'an expression';
}

function notAField(value: Value): FilterError {
  const quoted = value.kind === 'string' ? value.text : textOf(value);
  return new FilterError(`${quoted} is neither a field nor a protocol name.`, value, hintFor(value));
}

/** What is longer is no field misspelt; looking for one like it would take long. */
const LONGEST_NAME = 100;

/** The field that may be meant by a word. */
function hintFor(value: Value): string | undefined {
  if (value.kind !== 'word' && value.kind !== 'field') return undefined;
  if (value.text.length > LONGEST_NAME || !/[a-zA-Z]/.test(value.text)) return undefined;
  const meant = didYouMean(
    value.text,
    FIELDS.map(({ name }) => name),
  );
  if (meant !== undefined) return `${meant}; nscap fields lists all`;
  return 'nscap fields lists all; of what TCP and UDP carry, only DNS is dissected';
}

/** Is header `number` of `total`, counted from 1, in the range? */
function isInRange({ offset, length }: Part, number: number, total: number): boolean {
  const from = offset < 0 ? total + 1 + offset : offset;
  return number >= from && (length === undefined || number < from + length);
}

/** What reading a constant is given. */
const NO_PACKET = undefined as unknown as Dissection;

const four = new Values();

function asBytes(from: Values, i: number, { texts }: Dissection): Values {
  texts.reserve(4);
  texts.view.setUint32(texts.length, from.number[i]);
  texts.length += 4;
  four.count = 0;
  texts.end(four, 0, texts.length - 4);
  return four;
}

/** The parts of value `i`, one behind the other; no bytes where a part is not within it. */
function cut(
  from: Values,
  i: number,
  parts: readonly Part[],
  to: Values,
  layer: number,
  { texts }: Dissection,
): void {
  const whole = from.length[i];
  if (parts.length === 1) {
    const [offset, length] = placed(parts[0], whole);
    to.span(layer, from.view[i], from.offset[i] + offset, length);
    return;
  }
  texts.reserve(whole * parts.length);
  const start = texts.length;
  for (const part of parts) {
    const [offset, length] = placed(part, whole);
    for (let k = 0; k < length; k++) texts.byte(from.view[i].getUint8(from.offset[i] + offset + k));
  }
  texts.end(to, layer, start);
}

/** Where a part lies in `whole` bytes, and its length: 0 where it does not lie within. */
function placed(part: Part, whole: number): [offset: number, length: number] {
  const offset = part.offset < 0 ? whole + part.offset : part.offset;
  const length = part.length ?? whole - offset;
  return offset < 0 || offset + length > whole ? [0, 0] : [offset, length];
}
