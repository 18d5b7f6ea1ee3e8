// Text of others in HTML and in the data of a page: nothing of it is markup.
import { expect, test } from 'vitest';
import { documentHtml, escaped, json } from '../../src/page/html.ts';

test('every character that ends a text or an attribute is escaped', () => {
  expect(escaped(`<b a="1" c='2'>&amp;\x1b\u202e`)).toBe(
    '&#60;b a=&#34;1&#34; c=&#39;2&#39;&#62;&#38;amp;\\u001b\\u202e',
  );
  expect(documentHtml({ title: '</title><script>', style: '', body: '' })).toContain(
    '<title>&#60;/title&#62;&#60;script&#62;</title>',
  );
});

test('data ends no script and begins no comment, and reads back as it was', () => {
  const data = { name: '</script><!--', line: '\u2028"\\' };
  const text = json(data);
  expect(text).not.toMatch(/[<\u2028]/);
  expect(JSON.parse(text)).toEqual({ name: '</script><!--', line: '\\u2028"\\' });
});
