// The second thread of nscap analyze: reads the same file and looks at the other half of the connections.
import { parentPort } from 'node:worker_threads';
import { Analysis } from '../flow/analysis.ts';
import { Half } from '../flow/halves.ts';
import { detach } from '../flow/partition.ts';
import { Statistics } from '../flow/statistics.ts';
import { openFile } from '../source/file.ts';
import { filtered } from '../source/filtered.ts';
import { takeKept } from '../source/input.ts';
import type { Task } from './second-thread.ts';

async function analyze({ file, filter, maxConnections, halves, kept }: Task): Promise<void> {
  takeKept(kept);
  const source = filtered(await openFile(file), filter);
  const statistics = new Statistics(new Analysis(maxConnections, new Half(1, halves)));
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) statistics.add(batch, i);
  }
  await source.close();
  const { detached, buffers } = detach(statistics);
  parentPort!.postMessage(detached, buffers);
}

parentPort!.once('message', analyze);
