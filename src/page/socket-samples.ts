// What the kernel said of TCP sockets while packets were captured (capture --sockets), by connection.
import type { Batch } from '../base/batch.ts';
import { parseSamples, type SocketSample } from '../base/socket-sample.ts';
import { commentsOf } from '../file/pcapng-options.ts';
import type { Side } from '../flow/record.ts';

/** Sockets whose samples are kept, and samples of one: beyond, every second one is dropped. */
const SOCKETS = 2000;
const SAMPLES = 4000;

/** Samples of sockets. A socket is one end of a connection: what it sends is a direction of it. */
export class SocketSamples {
  private readonly sockets = new Map<string, SocketSample[]>();

  /** Takes the samples in the comments of record `index`. */
  add(batch: Batch, index: number): void {
    if (batch.optionsLength[index] === 0) return;
    for (const comment of commentsOf(batch, index)) {
      for (const sample of parseSamples(comment)) this.keep(sample);
    }
  }

  private keep(sample: SocketSample): void {
    const key = `${sample.local} ${sample.remote}`;
    const known = this.sockets.get(key);
    if (known === undefined) {
      if (this.sockets.size < SOCKETS) this.sockets.set(key, [sample]);
      return;
    }
    known.push(sample);
    if (known.length > SAMPLES)
      this.sockets.set(
        key,
        known.filter((_, i) => i % 2 === 0),
      );
  }

  /** What the kernel said of the socket of `sender`, in order. */
  of(sender: Side, receiver: Side): readonly SocketSample[] {
    return this.sockets.get(`${sender.endpoint} ${receiver.endpoint}`) ?? [];
  }
}
