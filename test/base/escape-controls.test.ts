import { expect, test } from 'vitest';
import { escapeControls, escapeOutput } from '../../src/base/escape-controls.ts';
import { shellLine } from '../../src/base/shell.ts';

test('a name: C0, DEL, C1, bidirectional controls and line separators are shown, the rest is left', () => {
  expect(escapeControls('a\x1b[31m\x07\n\x7f\x9b2J\u202eé\u2066\u200f\u2028漢')).toBe(
    'a\\x1b[31m\\x07\\x0a\\x7f\\x9b2J\\u202eé\\u2066\\u200f\\u2028漢',
  );
});

test('output keeps its lines and tabs, and JSON stays the same document', () => {
  expect(escapeOutput('a\tb\n\x1b]0;x\x07\r')).toBe('a\tb\n\\u001b]0;x\\u0007\\u000d');
  const value = { name: '\x1b[2J\x9b\u202e\x7f"\\' };
  const shown = escapeOutput(`${JSON.stringify(value, null, 2)}\n`);
  expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  expect(JSON.parse(shown)).toEqual(value);
});

test('a command line shown has bytes that a shell reads back as the same word', () => {
  expect(shellLine(['ip', '\u202ea\x1b'])).toBe("ip $'\\xe2\\x80\\xaea\\x1b'");
});
