// capture --sockets: what the kernel knows of the namespace's TCP sockets, as comments of packets.
import { type SocketSample, sampleLine } from '../../base/socket-sample.ts';
import { SocketSampler } from '../../netns/sockets.ts';

/** Bytes of a comment at most: an option's length has 16 bits. */
const LONGEST = 60_000;

interface Kept {
  comments: boolean;
  state?: ((sample: SocketSample) => void) | undefined;
  /** Called when the kernel no longer answers; there are no samples from then on. */
  failed: (error: Error) => void;
}

/** Samples at an interval the sockets that have changed; the next packet written takes what there is as its comment. */
export class SocketComments {
  private readonly sampler = new SocketSampler();
  private readonly timer: NodeJS.Timeout;
  /** The last text about a socket, without the time. */
  private readonly known = new Map<string, string>();
  private pending: string[] = [];
  private length = 0;
  /** Samples for which there was no room. */
  lost = 0;
  private readonly keep: Kept;
  private sampling = false;

  private constructor(interval: number, keep: Kept) {
    this.keep = keep;
    this.timer = setInterval(() => {
      if (this.sampling) return;
      this.sample().catch((error: Error) => {
        clearInterval(this.timer);
        keep.failed(error);
      });
    }, interval).unref();
  }

  /**
   * `interval` in milliseconds. Samples are kept as comments, or go elsewhere, or both.
   * @throws Error where the kernel does not say what sockets there are
   */
  static async open(interval: number, keep: Kept): Promise<SocketComments> {
    const comments = new SocketComments(interval, keep);
    try {
      await comments.sample();
    } catch (error) {
      comments.close();
      throw error;
    }
    return comments;
  }

  private async sample(): Promise<void> {
    this.sampling = true;
    const before = new Set(this.known.keys());
    for (const sample of await this.sampler.sample()) {
      const key = `${sample.local} ${sample.remote}`;
      before.delete(key);
      const values = JSON.stringify(sample.numbers);
      if (this.known.get(key) === values) continue;
      this.known.set(key, values);
      this.add(sample);
    }
    for (const key of before) this.known.delete(key);
    this.sampling = false;
  }

  private add(sample: SocketSample): void {
    this.keep.state?.(sample);
    if (!this.keep.comments) return;
    const line = sampleLine(sample);
    if (this.length + line.length + 1 > LONGEST) {
      this.lost++;
      return;
    }
    this.pending.push(line);
    this.length += line.length + 1;
  }

  /** The comment of the next packet; undefined if nothing has changed. */
  take(): string | undefined {
    if (this.length === 0) return undefined;
    const comment = this.pending.join('\n');
    this.pending = [];
    this.length = 0;
    return comment;
  }

  close(): void {
    clearInterval(this.timer);
    this.sampler.close();
  }
}
