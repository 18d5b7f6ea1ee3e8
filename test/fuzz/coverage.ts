// Which blocks of the program ran since last asked: V8's precise coverage, over the inspector's protocol, within the
// thread itself.
import { Session } from 'node:inspector';

interface FunctionCoverage {
  ranges: { startOffset: number; endOffset: number; count: number }[];
}

export class Coverage {
  private readonly session = new Session();
  private readonly url: string;
  /** Blocks seen, with how often they ran as a power of 16: a loop that runs once more is nothing new. */
  private readonly seen = new Set<number>();
  private latest: number[] = [];

  /** @param url of the script whose blocks count */
  constructor(url: string) {
    this.url = url;
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  get size(): number {
    return this.seen.size;
  }

  /** How many blocks ran, since the last call, that never had before. */
  take(): number {
    let fresh = 0;
    this.latest = [];
    // Without asynchronous work: the callback is called before `post` returns.
    this.session.post('Profiler.takePreciseCoverage', (error, report) => {
      if (error !== null) throw error;
      for (const { url, functions } of report.result) {
        if (url === this.url) for (const one of functions as FunctionCoverage[]) fresh += this.note(one);
      }
    });
    return fresh;
  }

  /** The blocks that were new at the last call count as new once more. */
  forget(): void {
    for (const key of this.latest) this.seen.delete(key);
  }

  /** All blocks count as new again. */
  clear(): void {
    this.seen.clear();
    this.take();
    this.seen.clear();
  }

  private note({ ranges }: FunctionCoverage): number {
    let fresh = 0;
    for (const { startOffset, endOffset, count } of ranges) {
      if (count === 0) continue;
      const often = Math.min(Math.floor(Math.log2(count) / 4), 3);
      const key = (startOffset * 0x200_0000 + endOffset) * 4 + often;
      if (this.seen.has(key)) continue;
      this.seen.add(key);
      this.latest.push(key);
      fresh++;
    }
    return fresh;
  }

  close(): void {
    this.session.disconnect();
  }
}
