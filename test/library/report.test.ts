// report() as a program uses it.
import { expect, test } from 'vitest';
import type * as Library from '../../src/index.ts';
import { randomStreams } from '../flow/random-streams.ts';
import { pcap, withFile } from '../flow/support.ts';

const { report } = (await import(new URL('../../dist/index.js', import.meta.url).href)) as typeof Library;

test('a page of a capture, of the packets that filters take', async () => {
  await withFile(pcap(randomStreams(4, 5, 40)), async (path) => {
    const html = await report(path, { title: 'a <title>', displayFilter: 'tcp.stream == 1' });
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain('<title>a &#60;title&#62;</title>');
    const [, json] = /<script type="application\/json" id="data">(.*)<\/script>/.exec(html)!;
    const { captures } = JSON.parse(json);
    expect(captures.map(({ connections }: { connections: unknown[] }) => connections.length)).toEqual([1]);
  });
});

test('what cannot be read is an error with a code', async () => {
  await expect(report('/nonexistent.pcap')).rejects.toMatchObject({ code: 'FILE' });
  await expect(report([])).rejects.toMatchObject({ code: 'USAGE' });
  await withFile(pcap([]), (path) =>
    expect(report(path, { filter: 'nonsense (' })).rejects.toMatchObject({ code: 'USAGE' }),
  );
});
