// The sentences of the extcap contract: a word and `{key=value}` groups, one sentence a line.
import { escapeControls } from '../../base/escape-controls.ts';

type Groups = Record<string, string | number | boolean | undefined>;

/** `interface {value=ns1:veth0}{display=ns1: veth0}`. Groups without a value are left out; braces in one become brackets. */
export function sentence(word: string, groups: Groups): string {
  const written = Object.entries(groups)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `{${key}=${plain(String(value))}}`);
  return `${word} ${written.join('')}\n`;
}

function plain(text: string): string {
  return escapeControls(text).replaceAll('{', '(').replaceAll('}', ')');
}
