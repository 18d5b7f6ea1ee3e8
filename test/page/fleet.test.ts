// The page of a fleet: names of hosts and rules are hostile.
import { expect, test } from 'vitest';
import { fleetHtml } from '../../src/page/fleet.ts';

test('what comes from a store is text of the page, never markup; bars are of one column', () => {
  const hostile = "<script>alert(1)</script>\" onload='x' &amp; \u001b[2J";
  const html = fleetHtml({
    title: hostile,
    facts: [hostile],
    cell: (value) => String(value),
    sections: [
      {
        title: hostile,
        meaning: hostile,
        bars: 'lost',
        sql: `SELECT '${hostile}'`,
        table: {
          columns: ['host', 'lost'],
          rows: [
            [hostile, 4],
            ['b', 1n],
            [null, 0],
          ],
        },
      },
      { title: 'none', meaning: '', bars: 'lost', sql: '', table: { columns: ['host', 'lost'], rows: [] } },
    ],
  });
  expect(html).not.toMatch(/<script|onload='/);
  expect(html).toContain('<td>&#60;script&#62;alert(1)');
  expect(html).not.toContain('\u001b');
  expect(Array.from(html.matchAll(/<rect width="([\d.]+)"/g), ([, width]) => Number(width))).toEqual([
    100, 25, 0,
  ]);
  expect(html).toContain('<p>No rows.</p>');
});
