// Words of a command line that are files, followed by a filter: `a.pcap b.pcap tcp port 80`.
import { statSync } from 'node:fs';
import { NscapError, usageError } from '../errors.ts';

/** File names of captures, including compressed ones. */
const CAPTURE = /\.(pcapng|pcap|cap|dmp|erf|snoop)(\.(gz|zst|bz2|xz|lz4))?$/i;

/**
 * What is to be read, and the words of the filter. With -r all other words are the filter's, as tcpdump takes them.
 * @throws NscapError USAGE where there is no file, NO_FILE if a further word can only be the name of a missing file
 */
export function filesAndFilter(
  first: string | undefined,
  rest: readonly string[],
  read: readonly string[] | undefined,
): { files: string[]; words: string[] } {
  if (read !== undefined) return { files: [...read], words: first === undefined ? [] : [first, ...rest] };
  if (first === undefined) throw usageError('no capture file is given', 'FILE, or - for standard input');
  const files = [first];
  const words = [...rest];
  while (words.length > 0 && isCapture(words[0])) files.push(words.shift()!);
  return { files, words };
}

function isCapture(word: string): boolean {
  if (!/[./]/.test(word)) return false;
  const there = statSync(word, { throwIfNoEntry: false })?.isFile() ?? false;
  if (!there && CAPTURE.test(word))
    throw new NscapError('NO_FILE', `cannot open ${word}: no such file or directory`);
  return there;
}
