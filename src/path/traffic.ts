// What the capture of a test holds, read back from its file.
import { openFile } from '../source/file.ts';
import { Observation } from './observation.ts';
import type { RecorderCounts } from './recorder.ts';

export interface Traffic extends RecorderCounts {
  observation: Observation;
}

/** Reads the capture of a test of one TCP port. */
export async function readTraffic(file: string, port: number, counts: RecorderCounts): Promise<Traffic> {
  const observation = new Observation(port);
  const source = await openFile(file);
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      observation.addBatch(batch);
    }
  } finally {
    await source.close();
  }
  return { ...counts, observation };
}
