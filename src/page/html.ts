// The page: one file with its style, its program and its data, which makes no request.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { escapeOutput } from '../base/escape-controls.ts';
import type { PageData } from './document.ts';

/** Written by scripts/build.mjs from browser/. */
function asset(name: string): string {
  return readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8');
}

/** The whole page. All that comes from packets is in the data, as JSON, and reaches the page as text. */
export function pageHtml(data: PageData): string {
  const script = asset('script.js');
  return documentHtml({
    title: data.title,
    style: asset('style.css'),
    script,
    body: `<noscript>This page draws its data with a program of its own, which the browser does not run.</noscript>
<script type="application/json" id="data">${json(data)}</script>
<script>${script}</script>`,
  });
}

/** One file that makes no request; of scripts it runs none but `script`. `body` is HTML. */
export function documentHtml(page: { title: string; style: string; script?: string; body: string }): string {
  const policy = [
    "default-src 'none'",
    ...(page.script === undefined ? [] : [`script-src '${hash(page.script)}'`]),
    `style-src '${hash(page.style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escaped(page.title)}</title>
<style>${page.style}</style>
</head>
<body>
${page.body}
</body>
</html>
`;
}

/**
 * JSON in which nothing ends a script element or begins a comment (HTML, 4.12.1.3), nor ends a line of JavaScript. Characters that
 * make text read other than it is are shown in it, as on a terminal: `\u202e`.
 */
export function json(data: unknown): string {
  return escapeOutput(JSON.stringify(data), '\\\\u').replaceAll('<', '\\u003c');
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** A text in HTML. */
export function escaped(text: string): string {
  return escapeOutput(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
