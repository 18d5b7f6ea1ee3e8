// What a filter that took nothing has overlooked, on standard error.
import { escapeControls } from '../base/escape-controls.ts';
import type { PacketSource } from '../source/source.ts';

/** Tells which filters would have taken packets of a source that has come to its end. */
export function tellOverlooked(source: PacketSource): void {
  sayHints(source.hints?.() ?? []);
}

export function sayHints(hints: readonly string[]): void {
  for (const hint of hints) process.stderr.write(`hint: ${escapeControls(hint)}\n`);
}
