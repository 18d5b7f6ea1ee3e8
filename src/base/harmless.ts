// Names that others chose, shown to people.

/**
 * The text with control bytes shown, not sent: `new\\x0aline`. Anybody may call a namespace, a process or an interface
 * what they like, and a terminal obeys what it is sent.
 */
export function harmless(text: string): string {
  return text.replace(/\p{Cc}/gu, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
