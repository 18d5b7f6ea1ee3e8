// Plots and sparklines on a terminal whose locale has no Unicode.

/** Dots of a cell that each character stands for, at most. */
const DENSITIES: [number, string][] = [
  [0, ' '],
  [2, '.'],
  [5, ':'],
  [8, '#'],
];
const FRAME: Record<string, string> = { '\u2500': '-', '\u2502': '|', '\u2514': '+' };
const HEIGHTS = '_.,-=+*#';

/** Does the locale say, as setlocale(3) reads it, that the terminal takes another charset than UTF-8? Without a locale it is not said. */
export function lacksUnicode({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv = process.env): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  const charset = /\.([^@]+)/.exec(locale)?.[1];
  return /^(C|POSIX)$/.test(locale) || (charset !== undefined && !/^utf-?8$/i.test(charset));
}

/** Braille, blocks and frames as ASCII. */
export function toAscii(text: string): string {
  return text.replace(/[\u2500\u2502\u2514\u2581-\u2588\u2800-\u28ff]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x2581) return FRAME[character];
    if (code < 0x2800) return HEIGHTS[code - 0x2581];
    const dots = (code & 255).toString(2).replaceAll('0', '').length;
    return DENSITIES.find(([most]) => dots <= most)![1];
  });
}
