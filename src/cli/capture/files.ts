// Opening the files of capture -w.
import type { Batch } from '../../base/batch.ts';
import type { User } from '../../binding/privilege.ts';
import { CaptureFiles } from '../../output/capture-files.ts';
import type { LiveSource } from '../../source/live.ts';
import type { FilesPlan } from './plan.ts';
import type { Processes } from './processes.ts';

/** Makes the first file, which is the user's. `processes`: who is at the ends of packets, for comments. */
export async function openFiles(
  plan: FilesPlan,
  source: LiveSource,
  started: Date,
  user: User | undefined,
  processes: Processes | undefined,
): Promise<CaptureFiles> {
  const { names, command, ...options } = plan;
  return new CaptureFiles(source, {
    ...options,
    started,
    user,
    names: names && plan.pcapng ? await addressNames() : [],
    comment: processes === undefined ? undefined : await processComments(processes),
    finished: command === undefined ? undefined : await postrotate(command),
  });
}

/** Whose addresses are whose. */
async function addressNames() {
  return (await import('../../netns/address-names.ts')).addressNames();
}

async function processComments(processes: Processes) {
  const { COMMENT_PREFIX } = await import('./processes.ts');
  return (batch: Batch, index: number): string | undefined => {
    const ends = processes.of(batch, index);
    return ends === undefined ? undefined : `${COMMENT_PREFIX}${ends}`;
  };
}

async function postrotate(command: string) {
  const { runOnFile } = await import('./postrotate.ts');
  return (path: string): void => runOnFile(command, path);
}
