// What the capture of a test holds, read back from its file.
import { Text } from '../base/text.ts';
import { Analysis } from '../flow/analysis.ts';
import { CaptureAnalysis } from '../flow/capture-analysis.ts';
import type { PrintOptions } from '../print/engine/options.ts';
import { PacketPrinter } from '../print/packet.ts';
import { openFile } from '../source/file.ts';
import { Observation } from './observation.ts';
import type { RecorderCounts } from './recorder.ts';

/** Packets printed at most: bulk has too many to read. */
const PRINTED = 100;

export interface Traffic extends RecorderCounts {
  observation: Observation;
  /** What happened to the connections, by Wireshark's rules; ICMP echo and DNS. */
  found: CaptureAnalysis;
  /** The first packets as tcpdump prints them, a line (or with -X several) each. */
  lines: Uint8Array;
  /** Packets that `lines` leaves out. */
  left: number;
}

/** Reads the capture of a test of one TCP port. */
export async function readTraffic(
  file: string,
  port: number,
  counts: RecorderCounts,
  options: Partial<PrintOptions>,
): Promise<Traffic> {
  const observation = new Observation(port);
  const text = new Text();
  const printer = new PacketPrinter(options, text);
  const found = new CaptureAnalysis(new Analysis());
  let printed = 0;
  const source = await openFile(file);
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      observation.addBatch(batch);
      for (let i = 0; i < batch.count; i++) found.add(batch, i);
      for (let i = 0; i < batch.count && printed < PRINTED; i++, printed++) {
        while (!printer.print(batch, i)) await printer.load();
      }
    }
  } finally {
    await source.close();
  }
  return {
    ...counts,
    observation,
    found,
    lines: text.take(),
    left: observation.packets - printed,
  };
}
