// Commands shown to people as they may paste them into a shell.
import { CONTROLS } from './escape-controls.ts';

/** Words as one line for a shell, quoted where they need it: `ip -n 'a;b' link set dev v0 up`. */
export function shellLine(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  // A control byte may not be shown as it is; bash, zsh and ksh have this way to write it.
  if (word.search(CONTROLS) !== -1) {
    const escaped = word
      .replace(/[\\']/g, '\\$&')
      .replace(CONTROLS, (control) => Buffer.from(control).toString('hex').replace(/../g, '\\x$&'));
    return `$'${escaped}'`;
  }
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The hint to run this very command line, or `nscap ARGS…`, with sudo. */
export function sudoHint(args: readonly string[] = process.argv.slice(2)): string {
  return `run it with sudo: ${shellLine(['sudo', 'nscap', ...args])}`;
}
