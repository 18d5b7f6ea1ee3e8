// Cells of packets made by hand, as -T fields prints them.
import { Text } from '../../src/base/text.ts';
import { fieldsNamed } from '../../src/fields/catalogue.ts';
import { Dissection } from '../../src/fields/dissection.ts';
import { needsOf } from '../../src/fields/needs.ts';
import { Origin } from '../../src/fields/origin.ts';
import { rows } from '../../src/fields/table.ts';
import { openFile } from '../../src/source/file.ts';
import { ip, withFile } from '../flow/support.ts';

const CELLS = { header: false, bom: false, separator: 9, aggregator: 44, quote: 0, occurrence: 'a' } as const;

/** The rows of a capture's packets: cells of `names`, TAB between them. */
export function rowsOf(capture: Uint8Array, names: readonly string[]): Promise<string[]> {
  return withFile(capture, async (path) => {
    const fields = fieldsNamed(names);
    const source = await openFile(path);
    const origin = new Origin(source.interfaces, source.format === 'pcapng');
    const text = new Text();
    const dissection = new Dissection(needsOf(fields), origin);
    const table = rows('fields', fields, dissection, text, CELLS);
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        dissection.add(batch, i);
        table.row(batch, i);
      }
    }
    await source.close();
    return new TextDecoder().decode(text.take()).split('\n').slice(0, -1);
  });
}

/** A UDP datagram in IPv4. */
export function udp(
  source: number[],
  destination: number[],
  sourcePort: number,
  destinationPort: number,
  payload: readonly number[],
): Uint8Array {
  const length = 8 + payload.length;
  const header = [sourcePort >> 8, sourcePort & 255, destinationPort >> 8, destinationPort & 255];
  return ip(
    source,
    destination,
    17,
    new Uint8Array([...header, length >> 8, length & 255, 0, 0, ...payload]),
  );
}
