// Capture files as rows of a store.
import { basename } from 'node:path';
import { escapeControls } from '../../base/escape-controls.ts';
import { count } from '../../base/units.ts';
import { NscapError } from '../../errors.ts';
import { Analysis, DEFAULT_MAX_CONNECTIONS } from '../../flow/analysis.ts';
import { Statistics } from '../../flow/statistics.ts';
import { Sink } from '../../output/sink.ts';
import { Progress } from '../../report/progress.ts';
import { openFile } from '../../source/file.ts';
import { filtered } from '../../source/filtered.ts';
import type { FolderWriter } from '../../store/folder.ts';
import { openWriter } from '../../store/writer.ts';
import { sayEnd } from '../source-end.ts';
import { deliver } from './delivery.ts';
import { identify, known, type Stored, StoredCapture, type StoreOptions } from './stored-capture.ts';

interface ImportOptions extends StoreOptions {
  filter: string;
  json?: boolean;
  maxConnections?: number;
}

/** Stores each file, and reports the result. A file that cannot be read does not stop the others. */
export async function importFiles(
  target: string,
  files: readonly string[],
  options: ImportOptions,
): Promise<void> {
  const store = openWriter(target);
  const sink = new Sink();
  for (const file of files) {
    try {
      const stored = await importFile(target, store, file, options);
      sink.end(options.json ? `${JSON.stringify(document(file, stored))}\n` : sentence(file, stored));
    } catch (error) {
      // What is wrong with the store, or with the command line, is wrong for all files.
      const ofFile = error instanceof NscapError && ['FORMAT', 'NO_FILE'].includes(error.code);
      if (!ofFile || files.length === 1) throw error;
      process.stderr.write(`nscap: ${escapeControls(error.message)}\n`);
      process.exitCode = 1;
    }
  }
  await deliver(target);
}

async function importFile(
  target: string,
  store: FolderWriter,
  file: string,
  options: ImportOptions,
): Promise<Stored> {
  // Opening it first: what is no capture is said before all of it is read.
  const source = filtered(await openFile(file), options.filter);
  try {
    const identity = await identify(file, options.filter);
    const host = await known(target, store, identity);
    if (host !== undefined) return { capture: identity.capture, known: host, rows: {} };
    const statistics = new Statistics(new Analysis(options.maxConnections ?? DEFAULT_MAX_CONNECTIONS));
    const capture = new StoredCapture(store, identity, source, statistics, options);
    try {
      const progress = new Progress(source);
      for (let batch = await source.next(); batch !== null; batch = await source.next()) {
        for (let i = 0; i < batch.count; i++) if (statistics.add(batch, i)) capture.add(batch, i);
        progress.step(batch.first + batch.count - 1);
      }
      progress.end();
      const stored = capture.finish();
      sayEnd(file, source);
      return stored;
    } catch (error) {
      capture.abort();
      throw error;
    }
  } finally {
    await source.close();
  }
}

function sentence(file: string, { capture, known: host, rows }: Stored): string {
  const name = basename(file);
  if (host !== undefined) return `${name}: in the store already, as capture ${capture} of ${host}\n`;
  return `${name}: capture ${capture}, ${count(rows.connections ?? 0, 'connection')}, ${count(rows.segments ?? 0, 'segment')}, ${count(rows.findings ?? 0, 'finding')}\n`;
}

function document(file: string, { capture, known: host, rows }: Stored): object {
  return { file, capture, stored: host === undefined, ...(host === undefined ? {} : { host }), rows };
}
