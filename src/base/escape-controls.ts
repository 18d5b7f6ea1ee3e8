// Text that others chose, shown to people: names of files, interfaces, namespaces, containers and hosts, comments, words
// typed. A terminal obeys what it is sent, so control characters are shown and never sent.

/**
 * C0, DEL and C1 controls (ISO/IEC 6429; ESC, and CSI as one character, begin what a terminal obeys), line and paragraph
 * separators, and Unicode's bidirectional controls (UAX #9), which make text read other than it is.
 */
export const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The same without line feed and tab, which lay out text of several lines. */
const CONTROLS_IN_TEXT = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A name or a sentence on one line, with every control character shown as `\x1b` or `\u202e`. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (control) => {
    const code = control.charCodeAt(0);
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/**
 * Whole lines of output, the last door before a terminal: what is left of control characters but line feeds and tabs is
 * shown as `\u001b`. That is JSON's way to write them too, so a JSON document stays one and means the same. With two backslashes as `prefix` its reader sees them.
 */
export function escapeOutput(text: string, prefix = '\\u'): string {
  return text.replace(CONTROLS_IN_TEXT, (control) => `${prefix}${hex(control.charCodeAt(0), 4)}`);
}

/** The same with a dot for each: what was sent over a network, where a dump has dots as well. */
export function hideControls(text: string): string {
  return text.replace(CONTROLS_IN_TEXT, '.');
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
