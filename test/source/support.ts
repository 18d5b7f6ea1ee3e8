import { Readable } from 'node:stream';
import { NscapError } from '../../src/errors.ts';
import { type CaptureFile, openStream } from '../../src/source/file.ts';

export interface Seen {
  /** `seconds.nanoseconds captured/wire interface linktype` of each packet. */
  rows: string[];
  /** What the reader said of damage, at the end or on opening; undefined where it was content. */
  complaint: string | undefined;
  source: CaptureFile | undefined;
}

/** All that a source tells of these bytes, which arrive in chunks of the given sizes, the last one repeated. */
export async function read(bytes: Uint8Array, ...sizes: number[]): Promise<Seen> {
  function* chunks() {
    let at = 0;
    for (let i = 0; at < bytes.length; i++) {
      const size = sizes[Math.min(i, sizes.length - 1)] ?? bytes.length;
      yield bytes.slice(at, at + size);
      at += size;
    }
  }
  const rows: string[] = [];
  let source: CaptureFile | undefined;
  try {
    source = await openStream(Readable.from(chunks(), { objectMode: false }), 'x');
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        if (batch.offset[i] + batch.captured[i] > batch.bytes.length)
          throw new Error('a record leaves its buffer');
        const time = `${batch.seconds[i]}.${String(batch.nanoseconds[i]).padStart(9, '0')}`;
        rows.push(`${time} ${batch.captured[i]}/${batch.wire[i]} ${batch.interface[i]} ${batch.linkType[i]}`);
      }
    }
    return { rows, complaint: source.damage, source };
  } catch (error) {
    if (!(error instanceof NscapError)) throw error;
    return { rows, complaint: error.message, source };
  } finally {
    await source?.close();
  }
}
