// A live capture's packets as lines on standard output.
import type { Batch } from '../../base/batch.ts';
import { escapeControls } from '../../base/escape-controls.ts';
import { Closed, Sink } from '../../output/sink.ts';
import { PacketPrinter } from '../../print/packet.ts';
import { interfaceNames, type PacketSource } from '../../source/source.ts';
import { displayOf, type FieldRequest, fieldRequest } from '../field-options.ts';
import type { LiveAnalysis } from '../live-analysis.ts';
import { printOptions } from '../print-options.ts';
import { Resolver } from '../resolve.ts';
import type { appendReason } from './drops.ts';
import type { CaptureFlags } from './flags.ts';

/** Prints what a capture delivers: each batch is on standard output when `print` is done. `end`: nothing more will come. */
export interface Lines {
  print(batch: Batch): Promise<void>;
  end(): void;
}

/** Loads what `lines` needs, before privileges go. */
export async function loadLines(flags: CaptureFlags): Promise<void> {
  if (flags.displayFilter !== undefined) await import('../../fields/displayed.ts');
  if ((await fieldRequest(flags)) === undefined) await PacketPrinter.loadAll();
  else await import('../field-lines.ts');
}

/** Rows of fields in place of lines. */
async function rows(source: PacketSource, flags: CaptureFlags, request: FieldRequest): Promise<Lines> {
  const { FieldLines } = await import('../field-lines.ts');
  const { displayFilter } = await import('../../fields/filter/compile.ts');
  const filter = flags.displayFilter === undefined ? undefined : await displayFilter(flags.displayFilter);
  const sink = new Sink();
  const fields = new FieldLines(source, true, request, sink, filter);
  fields.begin();
  return {
    print: async (batch) =>
      quietly(() => {
        for (let i = 0; i < batch.count; i++) fields.add(batch, i);
        sink.flush();
      }),
    end: () => fields.end(),
  };
}

/** Where nobody reads any more, an EPIPE error is what the session expects. */
function quietly(print: () => void): void {
  try {
    print();
  } catch (error) {
    throw error instanceof Closed ? Object.assign(error, { code: 'EPIPE' }) : error;
  }
}

/**
 * Prints batches, with `analysis` the verdict behind each line; each is on standard output when `print` is done. Records of
 * interfaces from number `captured` on are packets that were dropped, behind which `dropRemark` writes why. `processOf`
 * says which processes a packet is between.
 * Throws an EPIPE error where nobody reads any more.
 */
export async function lines(
  source: PacketSource,
  flags: CaptureFlags,
  analysis?: LiveAnalysis,
  captured = 0,
  dropRemark?: typeof appendReason,
  processOf?: (batch: Batch, index: number) => string | undefined,
): Promise<Lines> {
  const request = await fieldRequest(flags);
  if (request !== undefined) return rows(source, flags, request);
  const display = await displayOf(source, flags.displayFilter, true);
  const sink = new Sink();
  const nano = flags.nano === true || flags.timeStampPrecision === 'nano';
  const options = { ...printOptions(flags), interfaceName: interfaceNames(source) };
  const names = flags.resolve === true ? new Resolver(options) : undefined;
  const printer = new PacketPrinter({ ...options, nano, names }, sink.text);
  const remark = flags.analyze ? analysis?.remark : undefined;
  const print = async (batch: Batch): Promise<void> => {
    await names?.prepare(batch);
    try {
      for (let i = 0; i < batch.count; i++) {
        const isDropped = dropRemark !== undefined && batch.interface[i]! >= captured;
        if (isDropped) printer.remark = (text) => dropRemark(text, batch, i, options.colour === true);
        else if (processOf === undefined) printer.remark = remark;
        else {
          printer.remark = (text) => {
            remark?.(text);
            const ends = processOf(batch, i);
            if (ends !== undefined) text.utf8(` [${escapeControls(ends)}]`);
          };
        }
        // What was dropped was captured before, or never came: the analysis has seen it, or must not.
        if (!isDropped) analysis?.add(batch, i);
        if (display?.takes(batch, i) === false) continue;
        while (!printer.print(batch, i)) await printer.load();
        sink.line();
      }
      sink.flush();
    } catch (error) {
      throw error instanceof Closed ? Object.assign(error, { code: 'EPIPE' }) : error;
    }
  };
  return { print, end: () => {} };
}
