// Prints every capture of a folder in one process, for comparison with tcpdump's text:
//   node scripts/ts.mjs test/conformance/lines.ts CAPTURES OUT [VARIANT...]
// writes OUT/<capture>.<variant>, variants as in the table below. TZ is set to UTC.
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Text } from '../../src/base/text.ts';
import type { PrintOptions } from '../../src/print/engine/options.ts';
import { EPOCH } from '../../src/print/engine/options.ts';
import { PacketPrinter } from '../../src/print/packet.ts';
import { openFile } from '../../src/source/file.ts';

const VARIANTS: Record<string, Partial<PrintOptions>> = {
  n: {},
  ne: { link: true },
  nX: { hexAscii: 1 },
  nv: { verbose: 1 },
  nStt: { absolute: true, time: EPOCH },
};

async function printFile(path: string, target: string, options: Partial<PrintOptions>): Promise<void> {
  const descriptor = openSync(target, 'w');
  const text = new Text();
  try {
    const source = await openFile(path);
    const printer = new PacketPrinter(options, text);
    const snaplen = (source.format === 'pcap' && source.interfaces[0]?.snaplen) || undefined;
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        while (!printer.print(batch, i, snaplen)) await printer.load();
      }
      writeSync(descriptor, text.take());
      text.clear();
    }
    await source.close();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${path}: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  } finally {
    closeSync(descriptor);
  }
}

process.env.TZ = 'UTC';
const [captures, out, ...wanted] = process.argv.slice(2);
for (const name of readdirSync(captures).sort()) {
  if (/\.(tsv|md|txt)$/.test(name)) continue;
  for (const [variant, options] of Object.entries(VARIANTS)) {
    if (wanted.length > 0 && !wanted.includes(variant)) continue;
    await printFile(join(captures, name), join(out, `${name}.${variant}`), options);
  }
}
