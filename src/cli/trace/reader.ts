// The second thread of nscap trace: reads the files, and what identifies each packet.
import { parentPort } from 'node:worker_threads';
import type { Batch } from '../../base/batch.ts';
import { SECRET } from '../../base/hash.ts';
import { openFile } from '../../source/file.ts';
import { CommonClock } from '../../trace/common-clock.ts';
import { EarlierKeys } from '../../trace/earlier-keys.ts';
import { Identity } from '../../trace/identity.ts';
import { type PointFile, readInTurn, type Taker } from '../../trace/in-turn.ts';
import { ReadPackets } from '../../trace/read-packets.ts';
import type { Answer, ReadTask } from './read-ahead.ts';

/** Fills block after block, and waits where none is free. */
class Reader implements Taker {
  private readonly packet = new Identity();
  private readonly earlier = new EarlierKeys();
  private readonly blocks: readonly ReadPackets[];
  private readonly free: Int32Array;
  private readonly files: readonly PointFile[];
  /** Until it is known whether all points have one clock. */
  private clock: CommonClock | undefined;
  private current = 0;

  constructor({ memory, free, limits }: ReadTask, files: readonly PointFile[]) {
    if (files.length > 1) this.clock = new CommonClock(limits.length);
    this.blocks = memory.map((one) => new ReadPackets(one));
    this.free = new Int32Array(free);
    this.files = files;
    for (const snaplen of limits) this.packet.limit(snaplen);
    this.begin();
  }

  take(batch: Batch, index: number, point: number): void {
    let block = this.blocks[this.current];
    if (!block.hasRoom) {
      this.send();
      block = this.blocks[this.current];
    }
    const { packet } = this;
    packet.place(batch, index);
    block.add(point, batch, index, batch.frame(index), packet, this.earlier.find(packet));
    if (this.clock?.sample(point, packet, batch, index)) this.checkClock();
  }

  /** Says so where the clocks of the points differ: the records come in another order than was thought. */
  checkClock(): void {
    if (this.clock?.isLikely === false) answer({ clocksDiffer: true });
    this.clock = undefined;
  }

  drop(): void {
    throw new Error('files with dropped packets are read by one thread');
  }

  step(): void {}

  /** Hands over the block, and begins the next one. */
  send(): void {
    const parts = this.files.map(({ capture }) => capture.progress ?? 0);
    const progress = parts.reduce((sum, part) => sum + part, 0) / parts.length;
    const { current, blocks } = this;
    answer({ block: current, count: blocks[current].count, progress });
    this.current = (current + 1) % blocks.length;
    this.begin();
  }

  private begin(): void {
    const { free, current, blocks } = this;
    while (Atomics.compareExchange(free, current, 1, 0) === 0) Atomics.wait(free, current, 0);
    blocks[current].clear();
  }
}

function answer(message: Answer): void {
  parentPort!.postMessage(message);
}

async function read(task: ReadTask): Promise<void> {
  const files: PointFile[] = [];
  try {
    for (const file of task.files) files.push({ ...file, capture: await openFile(file.path) });
    answer({ secret: SECRET });
    const reader = new Reader(task, files);
    await readInTurn(
      files,
      files.map(() => 0),
      reader,
    );
    reader.checkClock();
    reader.send();
    answer({ ends: files.map(({ capture: { damage, truncated } }) => ({ damage, truncated })) });
  } finally {
    for (const { capture } of files) await capture.close();
  }
}

parentPort!.once('message', read);
