// The page's colors: enough contrast in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11, level AA).
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const STYLE = readFileSync(new URL('../../src/page/browser/style.css', import.meta.url), 'utf8');

/** What is read on the page's grounds, and what only has to be seen: lines, bars and columns. */
const TEXT = ['ink', 'quiet', 'link', 'segment', 'ack', 'window', 'sack', 'bad', 'odd', 'control'];
const GRAPHICS = [
  'soft',
  'cause-application',
  'cause-receiver-window',
  'cause-send-buffer',
  'cause-congestion-window',
  'cause-loss',
  'cause-path-mtu',
  'cause-unknown',
];
/** Lines that only help the eye along. */
const DECORATION = ['grid'];
const GROUNDS = ['paper', 'panel'];

function colors(selector: string): Map<string, string> {
  const begin = STYLE.indexOf(`${selector} {`);
  const block = STYLE.slice(begin, STYLE.indexOf('}', begin));
  return new Map(
    Array.from(block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g), ([, name, value]) => [name, value]),
  );
}

/** Relative luminance (WCAG 2.2, glossary). */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

test('black on white', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 6);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

describe.each([
  ['light', ':root'],
  ['dark', ':root[data-theme="dark"]'],
])('%s', (_, selector) => {
  const all = colors(selector);

  test('each color has its use', () => {
    expect([...all.keys()].sort()).toEqual([...GROUNDS, ...TEXT, ...GRAPHICS, ...DECORATION].sort());
  });

  test.each(TEXT)('%s can be read', (name) => {
    for (const ground of GROUNDS)
      expect(contrast(all.get(name)!, all.get(ground)!)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(GRAPHICS)('%s can be seen', (name) => {
    expect(contrast(all.get(name)!, all.get('paper')!)).toBeGreaterThanOrEqual(3);
  });
});
