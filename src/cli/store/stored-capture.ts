// --store TARGET: the results of a command, as rows of a store.
import { createHash, randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Batch } from '../../base/batch.ts';
import { escapeControls } from '../../base/escape-controls.ts';
import { parseSamples } from '../../base/socket-sample.ts';
import { commentsOf } from '../../file/pcapng-options.ts';
import type { Statistics } from '../../flow/statistics.ts';
import { findingsOf } from '../../report/tcp/findings.ts';
import { unpacked } from '../../source/compressed.ts';
import type { CaptureFile } from '../../source/file.ts';
import { inputBytes, openInput, statInput } from '../../source/input.ts';
import type { PacketSource } from '../../source/source.ts';
import { BatchWriter, CAPTURE_BATCH, HOST_BATCH } from '../../store/batch-writer.ts';
import { CaptureRows } from '../../store/capture-rows.ts';
import type { FolderWriter } from '../../store/folder.ts';
import { SCHEMA_VERSION, type TableName } from '../../store/schema.ts';
import { openWriter } from '../../store/writer.ts';
import { knownHost } from './delivery.ts';

declare const __VERSION__: string;

/** Hexadecimal digits of a capture's name. */
const ID_DIGITS = 16;
/** First bytes that tell how a file is compressed. */
const MAGIC = 4;

/** What is known of a capture file before its packets are read. */
interface FileIdentity {
  /** Name of the capture: of its content and the filter. */
  capture: string;
  /** Of a compressed file, the name that versions of nscap gave it which did not unpack it first. */
  formerly?: string;
  sha256: string | null;
  path: string | null;
  size: number | null;
  filter: string;
}

/** The identity of a capture file; for input that can be read only once, such as standard input, a unique name. */
export async function identify(file: string, filter: string): Promise<FileIdentity> {
  const regular = file !== '-' && (statInput(file)?.isFile() ?? false);
  if (!regular) {
    const capture = randomUUID().replaceAll('-', '').slice(0, ID_DIGITS);
    return { capture, sha256: null, path: null, size: null, filter };
  }
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of inputBytes(file, 1 << 20)) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  const sha256 = hash.digest('hex');
  const content = await unpackedHash(file);
  return {
    capture: captureName(content ?? sha256, filter),
    ...(content === undefined ? {} : { formerly: captureName(sha256, filter) }),
    ...{ sha256, path: absolute(file), size, filter },
  };
}

function captureName(sha256: string, filter: string): string {
  const named = filter === '' ? sha256 : createHash('sha256').update(`${sha256}\n${filter}`).digest('hex');
  return named.slice(0, ID_DIGITS);
}

/** The SHA-256 of what a compressed file unpacks to, so that it is the same capture as before; undefined where it is not compressed. */
async function unpackedHash(file: string): Promise<string | undefined> {
  const input = await openInput(file);
  try {
    const bytes = new Uint8Array(1 << 16);
    let head = 0;
    while (head < MAGIC) {
      const length = await input.read(bytes.subarray(0, MAGIC), head);
      if (length === 0) return undefined;
      head += length;
    }
    const content = unpacked(input, bytes.slice(0, head));
    if (content === undefined) return undefined;
    const hash = createHash('sha256');
    for (let n = await content.read(bytes, 0); n > 0; n = await content.read(bytes, 0))
      hash.update(bytes.subarray(0, n));
    return hash.digest('hex');
  } finally {
    input.close();
  }
}

function absolute(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file); // in a folder that only root may look into
  }
}

export interface StoreOptions {
  host?: string | undefined;
  /** Every nth segment without a verdict is stored, too; 0: none. */
  sample?: number | undefined;
}

/** The result of storing a capture. */
export interface Stored {
  capture: string;
  /** The host under which it was there already. */
  known: string | undefined;
  rows: Partial<Record<TableName, number>>;
}

/** A capture that is being stored. Nothing of it is seen in the store before `finish`. */
export class StoredCapture {
  private readonly store: FolderWriter;
  private readonly identity: FileIdentity;
  private readonly source: PacketSource;
  private readonly statistics: Statistics;
  private readonly sample: number;
  private readonly writer: BatchWriter;
  private readonly rows: CaptureRows;

  constructor(
    store: FolderWriter,
    identity: FileIdentity,
    source: PacketSource,
    statistics: Statistics,
    options: StoreOptions,
  ) {
    this.store = store;
    this.identity = identity;
    this.source = source;
    this.statistics = statistics;
    this.sample = options.sample ?? 0;
    const { capture } = identity;
    const origin = { host: options.host ?? hostname(), boot: capture, capture, nscap: __VERSION__ };
    this.writer = new BatchWriter(origin, store);
    this.rows = new CaptureRows(statistics, this.writer, {
      sample: this.sample,
      findings: findingsOf,
      interfaceName: (index) => source.interfaces[index]?.name ?? '',
    });
  }

  /** Stores what is to be stored of the record that the statistics have just added. */
  add(batch: Batch, index: number): void {
    if (batch.optionsLength[index] > 0) this.addSamples(batch, index);
    this.rows.add(batch, index);
  }

  /** What `capture --sockets` said of sockets before this record. */
  private addSamples(batch: Batch, index: number): void {
    for (const comment of commentsOf(batch, index))
      for (const sample of parseSamples(comment)) this.rows.sockets.add(sample);
  }

  /** Writes the rest, and makes all of it seen. */
  finish(): Stored {
    const { capture } = this.identity;
    this.rows.finish();
    this.writer.flush();
    this.describe();
    const known = this.store.commitOnce('captures', capture, CAPTURE_BATCH);
    return { capture, known, rows: known === undefined ? this.writer.written : {} };
  }

  /** Removes the rows written. */
  abort(): void {
    this.store.abort();
  }

  /** The rows of the host and, last, of the capture: with it the capture is there. */
  private describe(): void {
    const { identity, source, statistics, writer, rows } = this;
    const now = BigInt(Date.now()) * 1_000_000n;
    const time = statistics.packets === 0 ? now : rows.absolute(0);
    const seconds = Number(time / 1_000_000_000n);
    const [section] = (source as Partial<CaptureFile>).sections ?? [];
    writer.single('hosts', HOST_BATCH, seconds, (to) =>
      to.add(time, {
        os: section?.os ?? null,
        hardware: section?.hardware ?? null,
        application: section?.application ?? null,
        nscap: __VERSION__,
        schema: SCHEMA_VERSION,
      }),
    );
    writer.single('captures', CAPTURE_BATCH, seconds, (to) =>
      to.add(time, {
        file: identity.path,
        sha256: identity.sha256,
        size: identity.size,
        filter: identity.filter,
        interfaces: source.interfaces.map(({ name }) => name ?? '').join(','),
        end_time: statistics.packets === 0 ? now : rows.absolute(statistics.span),
        packets: statistics.packets,
        segments: statistics.segments,
        connections: statistics.analysis.streams,
        sample: this.sample,
        damage: source.damage ?? null,
        stored: now,
      }),
    );
  }
}

/** The host under which a capture is in the store already, or waits to be sent there. */
export async function known(
  target: string,
  store: FolderWriter,
  { capture, formerly }: FileIdentity,
): Promise<string | undefined> {
  for (const name of formerly === undefined ? [capture] : [capture, formerly]) {
    const host = store.find('captures', name, CAPTURE_BATCH) ?? (await knownHost(target, name));
    if (host !== undefined) return host;
  }
  return undefined;
}

/** What stores the rows of a file; undefined where they are in the store already, which is said. */
export async function storeOf(
  target: string,
  file: string,
  filter: string,
): Promise<((source: PacketSource, statistics: Statistics) => StoredCapture) | undefined> {
  const store = openWriter(target);
  const identity = await identify(file, filter);
  const host = await known(target, store, identity);
  if (host !== undefined) {
    process.stderr.write(
      `nscap: ${escapeControls(file)} is in the store already, as capture ${identity.capture} of ${escapeControls(host)}\n`,
    );
    return undefined;
  }
  return (source, statistics) => new StoredCapture(store, identity, source, statistics, {});
}
