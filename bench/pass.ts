// One pass over a capture file, as a library user would write it: `pass FILE [decode]`. A process of its own.
import { openFile } from '../src/source/file.ts';
import { Packet, TCP } from '../src/wire/packet.ts';

const [, , file, decode] = process.argv;
const source = await openFile(file);
const packet = new Packet();
let packets = 0;
let segments = 0;
for (let batch = await source.next(); batch !== null; batch = await source.next()) {
  packets += batch.count;
  if (decode === undefined) continue;
  for (let i = 0; i < batch.count; i++) if ((packet.decode(batch, i) & TCP) !== 0) segments++;
}
process.stdout.write(`${packets} packets, ${segments} TCP segments\n`);
