// Where a filter expression comes from: the words behind the options, or a file (tcpdump's -F).
import { readFileSync } from 'node:fs';
import { NscapError, reason } from '../errors.ts';

/**
 * The expression that a command line means: the file's text where one is given (the words are then left out, as tcpdump
 * does), else the words joined by spaces. A `#` and what follows it on a line of the file is a
 * comment. Empty where nothing is given. Throws NscapError where the file cannot be read.
 */
export function filterExpression(words: readonly string[], file?: string): string {
  if (file === undefined) return words.join(' ');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new NscapError('FILE', `cannot read the filter in ${file}: ${reason(error)}`);
  }
  return text.replace(/#.*/g, '').trim();
}
