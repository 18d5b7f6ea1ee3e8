// What standard error reports of a capture file that has been read to its end.
import { escapeControls } from '../base/escape-controls.ts';
import type { PacketSource } from '../source/source.ts';

/** Says which filters would have matched if this one matched nothing, and reports damage to the file. */
export function sayEnd(file: string, source: PacketSource): void {
  sayHints(source.hints?.() ?? []);
  if (source.damage === undefined) return;
  process.stderr.write(`nscap: ${escapeControls(file)}: ${source.damage}\n`);
  // A killed capture ends this way: all of its complete packets are there.
  if (!source.truncated) process.exitCode ??= 1;
}

export function sayHints(hints: readonly string[]): void {
  for (const hint of hints) process.stderr.write(`hint: ${escapeControls(hint)}\n`);
}
