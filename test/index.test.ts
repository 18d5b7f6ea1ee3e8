// The library as the README shows it, from the built package.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('a capture is read, filtered, printed and analysed through the public face', async () => {
  const face = (await import(
    new URL('../dist/index.js', import.meta.url).href
  )) as typeof import('../src/index.ts');
  const capture = fileURLToPath(new URL('../captures/walkthrough.pcap', import.meta.url));
  const source = face.filtered(await face.openFile(capture), 'tcp');
  const text = new face.Text();
  const printer = new face.PacketPrinter({}, text);
  const analysis = new face.Analysis();
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      while (!printer.print(batch, i)) await printer.load();
      analysis.add(batch, i);
    }
  }
  expect(source.damage).toBeUndefined();
  const lines = Buffer.from(text.take()).toString().trimEnd().split('\n');
  expect(lines[0]).toMatch(
    / IP 10\.0\.2\.0\.\d+ > 10\.0\.1\.0\.7096: Flags \[S\], seq \d+, win \d+, options \[/,
  );
  expect(lines.at(-1)).toMatch(/Flags \[\.\], ack 34, win/);
  expect(analysis.streams).toBe(1);
});
