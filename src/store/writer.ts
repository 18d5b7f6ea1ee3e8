// What writes rows to a target: into its folder, or into the spool before its engine.
import { FolderWriter } from './folder.ts';
import { SpoolWriter } from './spool.ts';
import { clickhouseTarget } from './target.ts';

/** @throws NscapError as FolderWriter does; USAGE for what is no target */
export function openWriter(target: string): FolderWriter {
  const engine = clickhouseTarget(target);
  return engine === undefined ? new FolderWriter(target) : new SpoolWriter(engine.spool, engine.spoolBytes);
}
