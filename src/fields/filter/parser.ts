// Tokens put together: the grammar of Wireshark 4.0's display filters.
//
//   test       := xor { or xor };  xor := and { xor and };  and := unary { and unary }
//   unary      := not unary | ( test ) | [any|all] sum [relation]
//   relation   := (== != … contains matches) sum { relation } | [not] in { set }
//   sum        := plus { & plus };  plus := product { +|- product };  product := value { *|/|% value }
//   value      := (-|+) value | { sum } | word | string | name ( sum, … ) | ${ field }, with [slices] and #layers behind
import type { Comparison, Part, Quantifier, Test, Value } from './ast.ts';
import { FilterError, type Place } from './error.ts';
import { type Token, tokens } from './lexer.ts';

/** Brackets, negations, slices and operations inside one another that are read. */
const DEPTH = 500;

export function parse(text: string): Test {
  const parser = new Parser(tokens(text), text);
  const test = parser.test();
  parser.end();
  return test;
}

class Parser {
  private readonly tokens: Token[];
  private readonly typed: string;
  private at = 0;
  private depth = 0;

  constructor(list: Token[], typed: string) {
    this.tokens = list;
    this.typed = typed;
  }

  private get next(): Token {
    return this.tokens[this.at];
  }

  private take(): Token {
    return this.tokens[this.at++];
  }

  private isOperator(text: string): boolean {
    return this.next.kind === 'operator' && this.next.text === text;
  }

  private isMark(text: string): boolean {
    return this.next.kind === 'punctuation' && this.next.text === text;
  }

  private unexpected(): FilterError {
    const { next } = this;
    if (next.error !== undefined) return next.error;
    if (next.kind === 'end') return new FilterError('Unexpected end of filter expression.');
    return new FilterError(
      `"${this.typed.slice(next.start, next.end)}" was unexpected in this context.`,
      next,
    );
  }

  private expect(mark: string): Token {
    if (!this.isMark(mark)) throw this.unexpected();
    return this.take();
  }

  end(): void {
    if (this.next.kind !== 'end') throw this.unexpected();
  }

  private deeper(): void {
    if (++this.depth > DEPTH) throw new FilterError('The filter is nested too deeply.', this.next);
  }

  test(): Test {
    return this.chain('or', () => this.chain('xor', () => this.chain('and', () => this.unary())));
  }

  /** A list and no tree, for a filter that lists a thousand addresses is not deep. */
  private chain(kind: 'and' | 'or' | 'xor', part: () => Test): Test {
    const tests = [part()];
    while (this.isOperator(kind)) {
      this.take();
      tests.push(part());
    }
    return tests.length === 1 ? tests[0] : { kind, tests };
  }

  private unary(): Test {
    this.deeper();
    const test = this.unaryInside();
    this.depth--;
    return test;
  }

  private unaryInside(): Test {
    if (this.isOperator('not')) {
      this.take();
      return { kind: 'not', test: this.unary() };
    }
    if (this.isMark('(')) {
      this.take();
      const test = this.test();
      this.expect(')');
      return test;
    }
    let quantifier: Quantifier | undefined;
    if (this.isOperator('any') || this.isOperator('all')) quantifier = this.take().text as Quantifier;
    const isBraced = this.isMark('{');
    const value = this.sum();
    if (this.isMember()) {
      if (isBraced || !isPlain(value)) throw this.unexpected();
      return this.member(value, quantifier);
    }
    // Behind what may be a member, `not` would have to go on.
    if (!isBraced && isPlain(value) && this.isOperator('not')) {
      this.take();
      throw this.unexpected();
    }
    if (this.next.kind === 'relation') return this.relations(value, quantifier);
    if (quantifier !== undefined) throw this.unexpected();
    return { kind: 'exists', value };
  }

  private isMember(): boolean {
    const behind = this.tokens[this.at + 1];
    return (
      this.isOperator('in') || (this.isOperator('not') && behind?.kind === 'operator' && behind.text === 'in')
    );
  }

  private member(left: Value, quantifier: Quantifier = 'any'): Test {
    const isNot = this.take().text === 'not';
    if (isNot) this.take();
    this.expect('{');
    const set: { low: Value; high: Value | undefined }[] = [];
    do {
      if (set.length > 0) this.take();
      const low = this.element();
      let high: Value | undefined;
      if (this.isMark('..')) {
        this.take();
        high = this.element();
      }
      set.push({ low, high });
    } while (this.isMark(','));
    this.expect('}');
    const test: Test = { kind: 'in', quantifier: isNot ? 'any' : quantifier, left, set };
    return isNot ? { kind: 'not', test } : test;
  }

  /** Of a set: without arithmetic. */
  private element(): Value {
    if (this.isMark('{')) throw this.unexpected();
    return this.value();
  }

  private relations(first: Value, quantifier: Quantifier | undefined): Test {
    let left = first;
    const tests: Test[] = [];
    while (this.next.kind === 'relation') {
      const token = this.take();
      const stands = token.text === 'contains' || token.text === 'matches';
      if (stands && tests.length > 0)
        throw new FilterError(
          `"${this.typed.slice(token.start, token.end)}" was unexpected in this context.`,
          token,
        );
      const symbol = this.typed.slice(token.start, token.end);
      const right = this.sum();
      const [one, two] = token.text.split('_') as [string, string?];
      const own = two === undefined ? 'any' : (one as Quantifier);
      const test: Test = {
        kind: 'compare',
        comparison: (two ?? one) as Comparison,
        quantifier: quantifier ?? own,
        left,
        right,
        symbol,
      };
      tests.push(test);
      left = right;
      if (stands) break; // Only orders follow one another: 1 < a < 3.
    }
    return tests.length === 1 ? tests[0] : { kind: 'and', tests };
  }

  /** Arithmetic; & binds least. */
  private sum(): Value {
    let left = this.plus();
    const { depth } = this;
    while (this.isOperator('&')) {
      this.deeper();
      const operator = this.take().text;
      const right = this.plus();
      left = { kind: 'arithmetic', operator, left, right, start: left.start, end: right.end };
    }
    this.depth = depth;
    return left;
  }

  private plus(): Value {
    return this.arithmetic(['+', '-'], () => this.arithmetic(['*', '/', '%'], () => this.value()));
  }

  private arithmetic(operators: string[], part: () => Value): Value {
    let left = part();
    const { depth } = this;
    while (operators.some((operator) => this.isMark(operator))) {
      this.deeper();
      const operator = this.take().text;
      const right = part();
      left = { kind: 'arithmetic', operator, left, right, start: left.start, end: right.end };
    }
    this.depth = depth;
    return left;
  }

  private value(): Value {
    const { depth } = this;
    this.deeper();
    let value = this.simple();
    while (this.next.kind === 'slice' || this.next.kind === 'layers') {
      this.deeper();
      const token = this.take();
      const { start } = value;
      if (token.kind === 'layers' && value.kind === 'layers') {
        throw new FilterError('"#" was unexpected in this context.', {
          start: token.start,
          end: token.start + 1,
        });
      }
      if (token.kind === 'slice')
        value = { kind: 'slice', of: value, parts: partsOf(token), start, end: token.end };
      else value = { kind: 'layers', of: value, ranges: partsOf(token), start, end: token.end };
    }
    this.depth = depth;
    return value;
  }

  private simple(): Value {
    if (this.isMark('-')) {
      const { start } = this.take();
      if (this.isMark('{') || this.isMark('-') || this.isMark('+')) throw this.unexpected();
      const of = this.value();
      return { kind: 'negative', of, start, end: of.end };
    }
    if (this.isMark('+')) {
      this.take();
      if (this.isMark('{') || this.isMark('-') || this.isMark('+')) throw this.unexpected();
      return this.value();
    }
    if (this.isMark('{')) {
      this.take();
      const value = this.sum();
      this.expect('}');
      return value;
    }
    if (this.isMark('${')) return this.reference();
    const { kind } = this.next;
    if (kind === 'string' || kind === 'character') {
      const { text, bytes, start, end } = this.take();
      return { kind, text, bytes: bytes!, start, end };
    }
    if (kind !== 'word') throw this.unexpected();
    const { text, start, end } = this.take();
    if (this.isMark('(') && /^[A-Za-z_]\w*$/.test(text)) return this.call(text, start, end);
    return text[0] === '.'
      ? { kind: 'field', text: text.slice(1), start, end }
      : { kind: 'word', text, start, end };
  }

  private call(name: string, start: number, end: number): Value {
    this.take();
    const list: Value[] = [];
    while (!this.isMark(')')) {
      if (list.length > 0) this.expect(',');
      list.push(this.sum());
    }
    this.take();
    return { kind: 'call', name, arguments: list, start, end };
  }

  /** `${field}`: the field's values in the packet that is selected, of which a program has none. */
  private reference(): Value {
    const { start } = this.take();
    const of = this.value();
    const { end } = this.expect('}');
    return { kind: 'reference', of, start, end };
  }
}

/** May it be a member of a set? */
function isPlain({ kind }: Value): boolean {
  return kind !== 'arithmetic' && kind !== 'negative';
}

/** `0:3`, `0-2`, `5`, `:3`, `3:` and several of them with commas between. */
function partsOf(token: Token): Part[] {
  const isBracketed = token.end - token.start > token.text.length + 1;
  const inside = token.end - token.text.length - (isBracketed ? 1 : 0);
  let at = inside;
  return token.text.split(',').map((typed, i, all) => {
    const place = { start: at, end: at + typed.length };
    at += typed.length + 1;
    if (typed === '') {
      const mark = i === all.length - 1 ? ']' : ',';
      throw new FilterError(`"${mark}" was unexpected in this context.`, {
        start: place.end,
        end: place.end + 1,
      });
    }
    return part(typed, place);
  });
}

/** As C's strtol() reads one: decimal, octal or hexadecimal. */
const NUMBER = '\\s*[+-]?(?:0[xX][0-9a-fA-F]+|\\d+)\\s*';
const ONE = new RegExp(`^${NUMBER}$`);
const RANGE = new RegExp(`^(${NUMBER}|\\s*)(:)(${NUMBER}|\\s*)$|^(${NUMBER})(-)(${NUMBER})$`);

function part(typed: string, place: Place): Part {
  if (ONE.test(typed)) return { offset: integer(typed, place), length: 1 };
  const [, begin = '', , count, first, mark, last] = RANGE.exec(typed) ?? [];
  if (mark === '-') return between(typed, integer(first, place), integer(last, place), place);
  if (count === undefined) {
    const what = /[\d\s]\D/.test(typed) ? 'range' : 'number';
    throw new FilterError(`"${typed}" is not a valid ${what}.`, place);
  }
  const offset = begin.trim() === '' ? 0 : integer(begin, place);
  if (count.trim() === '') return { offset, length: undefined };
  const length = integer(count, place);
  if (length > 0) return { offset, length };
  throw new FilterError(`Range ${typed} isn't valid because length ${length} isn't positive`, place);
}

function between(typed: string, first: number, last: number, place: Place): Part {
  if (first >= 0 !== last >= 0) {
    throw new FilterError(
      `Range ${typed} isn't valid because ${first} and ${last} have different signs`,
      place,
    );
  }
  if (last > first) return { offset: first, length: last - first + 1 };
  throw new FilterError(
    `Range ${typed} isn't valid because ${first} is greater or equal than ${last}`,
    place,
  );
}

function integer(typed: string, place: Place): number {
  const [, sign, digits] = /^([+-]?)(.*)$/.exec(typed.trim())!;
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  if (value > 0x7fff_ffff) throw new FilterError(`"${typed}" causes an integer overflow.`, place);
  return sign === '-' ? -value : value;
}
