// A display filter as tokens.
import { ipv6Bytes } from '../../base/address.ts';
import { FilterError, type Place } from './error.ts';

export type TokenKind =
  | 'word'
  | 'string'
  | 'character'
  | 'relation'
  | 'operator'
  | 'slice'
  | 'layers'
  | 'punctuation'
  | 'error'
  | 'end';

export interface Token extends Place {
  kind: TokenKind;
  /** As typed; of relations and operators the one name that several spellings have; of a slice what is between brackets. */
  text: string;
  /** Of a string or character: the bytes it stands for. */
  bytes?: Uint8Array;
  /** What is wrong with what is typed here: said where the parser comes to it. */
  error?: FilterError;
}

/** Spellings of relations. */
const RELATIONS: Record<string, string> = {
  '==': 'any_eq',
  eq: 'any_eq',
  any_eq: 'any_eq',
  '===': 'all_eq',
  all_eq: 'all_eq',
  '!=': 'all_ne',
  ne: 'all_ne',
  all_ne: 'all_ne',
  '!==': 'any_ne',
  any_ne: 'any_ne',
  '~=': 'any_ne',
  '>': 'gt',
  gt: 'gt',
  '>=': 'ge',
  ge: 'ge',
  '<': 'lt',
  lt: 'lt',
  '<=': 'le',
  le: 'le',
  contains: 'contains',
  '~': 'matches',
  matches: 'matches',
};

const OPERATORS: Record<string, string> = {
  '!': 'not',
  not: 'not',
  '&&': 'and',
  and: 'and',
  '||': 'or',
  or: 'or',
  '^^': 'xor',
  xor: 'xor',
  '&': '&',
  bitwise_and: '&',
  in: 'in',
  any: 'any',
  all: 'all',
};

const SYMBOL = /(?:===|!==|==|!=|~=|>=|<=|&&|\|\||\^\^|>|<|~|!|&)/y;
const PUNCTUATION = /(?:\.\.|\$\{|[(){},+\-*/%}])/y;
const IPV4 = /\d+\.\d+\.\d+\.\d+(?:\/\d+)?/y;
/** Numbers, bytes, names. A point joins them, but two are a range. */
const WORD = /[A-Za-z0-9_]+(?:-(?=[A-Za-z0-9_])[A-Za-z0-9_]+|\.(?=[A-Za-z0-9_])[A-Za-z0-9_]+)*/y;
const FIELD = /\.[A-Za-z0-9_][A-Za-z0-9_.-]*/y;

/** Bytes of two digits each; behind a colon, a literal of any kind. */
const BYTES = /:?[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*(?::(?![0-9A-Fa-f:]))?|:[0-9A-Fa-f]+/y;
const GROUP = '[0-9A-Fa-f]{1,4}';
const LAST = `(?:(?:\\d{1,3}\\.){3}\\d{1,3}|${GROUP}(?![0-9A-Fa-f]))`;
/** An address of IPv6, with groups left out or without, and perhaps the length of a prefix. */
const ADDRESS = new RegExp(
  `((?:${GROUP}(?::${GROUP}){0,6})?::(?:(?:${GROUP}:){0,6}${LAST})?|(?:${GROUP}:){6,7}${LAST})(?:/\\d+)?`,
  'y',
);

/** As much as bytes or an address may be. */
function withColons(match: (pattern: RegExp) => RegExpExecArray | null): string | undefined {
  const bytes = match(BYTES)?.[0];
  const [whole = '', address = ''] = match(ADDRESS) ?? [];
  const length = bytes?.includes(':') ? bytes.length : 0;
  if (address.length >= length && ipv6Bytes(address) !== undefined) return whole;
  return length === 0 ? undefined : bytes;
}

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at++;
    if (at >= text.length) break;
    const last = found.at(-1);
    const token = tokenAt(text, at, last, match);
    found.push(token);
    if (token.kind === 'error') return found;
    at = token.end;
  }
  found.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return found;
}

function tokenAt(
  text: string,
  at: number,
  last: Token | undefined,
  match: (pattern: RegExp) => RegExpExecArray | null,
): Token {
  let error = new FilterError(`"${text[at]}" was unexpected in this context.`, { start: at, end: at + 1 });
  try {
    const token = quoted(text, at) ?? bracketed(text, at, last) ?? plain(match, at);
    if (token !== undefined) return token;
  } catch (thrown) {
    if (!(thrown instanceof FilterError)) throw thrown;
    error = thrown;
  }
  return { kind: 'error', text: '', start: at, end: text.length, error };
}

function plain(find: (pattern: RegExp) => RegExpExecArray | null, start: number): Token | undefined {
  const match = (pattern: RegExp) => find(pattern)?.[0];
  const colons = withColons(find);
  const word = match(IPV4) ?? match(WORD);
  const longest =
    colons !== undefined && colons.length > (word?.length ?? 0) ? colons : (word ?? match(FIELD));
  if (longest !== undefined) {
    const end = start + longest.length;
    if (Object.hasOwn(RELATIONS, longest)) return { kind: 'relation', text: RELATIONS[longest], start, end };
    if (Object.hasOwn(OPERATORS, longest)) return { kind: 'operator', text: OPERATORS[longest], start, end };
    return { kind: 'word', text: longest, start, end };
  }
  const symbol = match(SYMBOL);
  if (symbol !== undefined) {
    const end = start + symbol.length;
    const relation = RELATIONS[symbol];
    if (relation !== undefined) return { kind: 'relation', text: relation, start, end };
    return { kind: 'operator', text: OPERATORS[symbol], start, end };
  }
  const mark = match(PUNCTUATION);
  return mark === undefined
    ? undefined
    : { kind: 'punctuation', text: mark, start, end: start + mark.length };
}

/** What stands in brackets behind a field, and behind `#`. */
function bracketed(text: string, start: number, last: Token | undefined): Token | undefined {
  if (text[start] === '#') {
    const digits = /^\d+/.exec(text.slice(start + 1))?.[0];
    if (digits !== undefined) return { kind: 'layers', text: digits, start, end: start + 1 + digits.length };
    if (text[start + 1] === undefined) throw new FilterError('Unexpected end of filter expression.');
    if (text[start + 1] !== '[') {
      const found = text[start + 1];
      throw new FilterError(`Expected digit or "[", not "${found}"`, { start: start + 1, end: start + 2 });
    }
    const end = closing(text, start + 1);
    return { kind: 'layers', text: text.slice(start + 2, end), start, end: end + 1 };
  }
  if (text[start] !== '[' || last === undefined) return undefined;
  const end = closing(text, start);
  return { kind: 'slice', text: text.slice(start + 1, end), start, end: end + 1 };
}

function closing(text: string, start: number): number {
  const end = text.indexOf(']', start);
  if (end < 0) {
    const { length } = text;
    throw new FilterError('The right bracket was missing from a slice.', { start: length, end: length + 1 });
  }
  return end;
}

/** `"…"`, `r"…"` and `'…'`. */
function quoted(text: string, start: number): Token | undefined {
  const raw = /^[rR]"/.test(text.slice(start, start + 2));
  const mark = text[raw ? start + 1 : start];
  if (mark !== '"' && mark !== "'") return undefined;
  let at = start + (raw ? 2 : 1);
  const value: number[] = [];
  while (text[at] !== mark) {
    if (at >= text.length) {
      const what = mark === '"' ? 'quoted string' : 'character constant';
      throw new FilterError(`The final quote was missing from a ${what}.`, { start: at, end: at + 1 });
    }
    if (raw && text[at] === '\\' && text[at + 1] === '"') {
      value.push(0x5c, 0x22);
      at += 2;
    } else if (!raw && text[at] === '\\') {
      const [bytes, length] = escaped(text, at, mark);
      value.push(...bytes);
      at += length;
    } else {
      const character = String.fromCodePoint(text.codePointAt(at)!);
      value.push(...encoder.encode(character));
      at += character.length;
    }
  }
  const end = at + 1;
  const bytes = Uint8Array.from(value);
  const typed = text.slice(start, end);
  if (mark === '"') return { kind: 'string', text: typed, start, end, bytes };
  // So Wireshark 4.0 has it of this one, and of no other.
  if (bytes.length !== 1 || typed === "'\\n'") {
    const problem =
      bytes.length === 0
        ? "isn't a valid character constant"
        : 'is too long to be a valid character constant';
    throw new FilterError(`${typed} ${problem}.`, { start, end });
  }
  return { kind: 'character', text: typed, start, end, bytes };
}

const encoder = new TextEncoder();

const ESCAPES: Record<string, number> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 0x22,
  "'": 0x27,
  '\\': 0x5c,
};

/** The bytes of an escape sequence that begins at `at`, and the length of that. */
function escaped(text: string, at: number, mark: string): [bytes: Iterable<number>, length: number] {
  const rest = text.slice(at + 1, at + 4);
  const hex = /^x([0-9A-Fa-f]{1,2})/.exec(rest);
  if (hex !== null) return [[Number.parseInt(hex[1], 16)], 1 + hex[0].length];
  const octal = /^[0-7]{1,3}/.exec(rest);
  if (octal !== null) {
    const value = Number.parseInt(octal[0], 8);
    if (value > 255) throw new FilterError(`\\${octal[0]} is larger than 255.`, { start: at, end: at + 4 });
    return [[value], 1 + octal[0].length];
  }
  const known = ESCAPES[rest[0] ?? ''];
  if (known !== undefined) return [[known], 2];
  if (rest[0] === 'u' || rest[0] === 'U') return universal(text, at);
  if (mark === "'")
    throw new FilterError(`'\\${rest[0]}' isn't a valid character constant.`, { start: at - 1, end: at + 3 });
  throw new FilterError(`\\${rest[0] ?? ''} is not a valid character escape sequence`, {
    start: at,
    end: at + 2,
  });
}

/** ASCII that may be named so, as C has it (C11, 6.4.3). */
const NAMED_ASCII = '$@`';

/** A character by its number: four digits behind `\\u`, eight behind `\\U`. */
function universal(text: string, at: number): [bytes: Uint8Array, length: number] {
  const most = text[at + 1] === 'u' ? 4 : 8;
  const digits = /^[0-9A-Fa-f]*/.exec(text.slice(at + 2, at + 2 + most))![0];
  const code = Number.parseInt(digits, 16);
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  const isNamed = code >= 0xa0 || NAMED_ASCII.includes(String.fromCharCode(code));
  if (digits.length !== most || !isCharacter || !isNamed) {
    const end = at + 2 + digits.length;
    throw new FilterError(`${text.slice(at, end)} is not a valid universal character name`, {
      start: at,
      end,
    });
  }
  return [encoder.encode(String.fromCodePoint(code)), 2 + most];
}
