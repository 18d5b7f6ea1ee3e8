// `matches`: regular expressions over bytes, in time linear in them (RE2's way), so that no packet stalls a filter.
import { FilterError, type Place } from './error.ts';

/** Says whether bytes `[offset, offset + length)` of a view match. */
export type Pattern = (view: DataView, offset: number, length: number) => boolean;

type Engine = typeof import('re2js');
let engine: Engine | undefined;

/** Loads what compiles patterns: to be awaited before. */
export async function loadPatterns(): Promise<void> {
  engine ??= await import('re2js');
}

/** What Perl's expressions have that none in linear time can: looking around, back references, atoms, possession. */
const BEYOND = /\(\?(?:[=!>]|<[=!]|\(|R|&|P[=>])|\\[1-9kgKGRXC]|[*+?}]\+/;

/**
 * A pattern as Wireshark takes it: letters of either case are alike, a character is a byte, `$` is the end or a last line
 * feed. Both pattern and text are bytes as characters of the same number.
 */
export function pattern(bytes: Uint8Array, of: Place): Pattern {
  const typed = extended(Buffer.from(bytes).toString('latin1'));
  const bare = typed.replace(/\\[\\()[\]{}]/g, '');
  const { RE2JS } = engine!;
  let expression: InstanceType<Engine['RE2JS']>;
  try {
    expression = RE2JS.compile(endings(typed), RE2JS.CASE_INSENSITIVE);
  } catch (error) {
    if (BEYOND.test(bare)) {
      throw new FilterError(
        'Look-around, back references and possessive quantifiers are not supported in patterns.',
        of,
        'patterns are matched in linear time, which these do not allow',
      );
    }
    const { message } = error as Error;
    throw new FilterError(
      `Regex compilation error: ${asPcre(message.replace(/^error parsing regexp: /, ''))}.`,
      of,
    );
  }
  return (view, offset, length) => {
    const text = Buffer.from(view.buffer, view.byteOffset + offset, length).toString('latin1');
    return expression.test(text);
  };
}

/** Without the spaces and comments that a pattern with the flag x at its beginning may have; other flags stay. */
function extended(typed: string): string {
  const [begin, before, after] = /^\(\?([a-zA-Z]*)x([a-zA-Z]*)\)/.exec(typed) ?? [];
  if (begin === undefined) return typed;
  const flags = (before + after).replaceAll('x', '');
  // An escape, a class, or what is passed over.
  const parts = /(\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\])|\s+|#[^\n]*\n?/g;
  return (flags === '' ? '' : `(?${flags})`) + typed.slice(begin.length).replace(parts, '$1');
}

/** What tshark says of the same fault. */
const PCRE_MESSAGES: readonly [begin: string, text: string][] = [
  ['missing closing )', 'missing closing parenthesis'],
  ['unexpected )', 'unmatched closing parenthesis'],
  ['missing closing ]', 'missing terminating ] for character class'],
  ['invalid character class range', 'range out of order in character class'],
  ['missing argument to repetition', 'quantifier does not follow a repeatable item'],
  ['trailing backslash', '\\ at end of pattern'],
  ['invalid escape sequence: `\\u', 'PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u'],
];

function asPcre(message: string): string {
  return PCRE_MESSAGES.find(([begin]) => message.startsWith(begin))?.[1] ?? message;
}

/** Perl's `$`, and its `\s`, which a vertical tab is, in RE2's syntax. */
function endings(typed: string): string {
  let inClass = false;
  let result = '';
  for (let i = 0; i < typed.length; i++) {
    const character = typed[i];
    if (character === '\\') {
      const escaped = typed[++i] ?? '';
      result += escaped === 'Z' && !inClass ? '(?:\\n?\\z)' : character + escaped;
      continue;
    }
    if (character === '[' && !inClass) {
      inClass = true;
      // A bracket that comes first is one of the class.
      const first = /^\^?\]/.exec(typed.slice(i + 1))?.[0] ?? '';
      result += character + first.replace(']', '\\]');
      i += first.length;
      continue;
    }
    if (character === ']') inClass = false;
    result += character === '$' && !inClass ? '(?:\\n?\\z)' : character;
  }
  return result;
}
