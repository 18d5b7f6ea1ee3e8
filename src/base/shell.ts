// Commands shown to people as they may paste them into a shell.
import { basename } from 'node:path';
import { CONTROLS } from './escape-controls.ts';

/** Words as one line for a shell, quoted where they need it: `ip -n 'a;b' link set dev v0 up`. */
export function shellLine(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  // A control byte must not be printed raw; bash, zsh and ksh have this way to write it.
  if (word.search(CONTROLS) !== -1) {
    const escaped = word
      .replace(/[\\']/g, '\\$&')
      .replace(CONTROLS, (control) => Buffer.from(control).toString('hex').replace(/../g, '\\x$&'));
    return `$'${escaped}'`;
  }
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Whether this process is nscap itself, and not a program that uses it as a library. */
export function isNscap(): boolean {
  return /^nscap(\.js)?$/.test(basename(process.argv[1] ?? ''));
}

/** The hint to run this very command line, or `nscap ARGS…`, with sudo; to run a program that uses the library as root. */
export function sudoHint(args?: readonly string[]): string {
  if (args === undefined && !isNscap()) return 'run it as root';
  return `run it with sudo: ${shellLine(['sudo', 'nscap', ...(args ?? process.argv.slice(2))])}`;
}
