// A live capture's packets as lines on standard output.
import type { Batch } from '../../base/batch.ts';
import { escapeControls } from '../../base/escape-controls.ts';
import type { LiveAnalysis } from '../../flow/live-analysis.ts';
import { Closed, Sink } from '../../output/sink.ts';
import { PacketPrinter } from '../../print/packet.ts';
import { interfaceNames, type PacketSource } from '../../source/source.ts';
import { displayOf, type FieldRequest } from '../field-options.ts';
import { Resolver } from '../resolve.ts';
import type { appendReason } from './drops.ts';
import type { LinesPlan } from './plan.ts';

/** Prints what a capture delivers: each batch is on standard output when `print` is done. `end`: nothing more will come. */
export interface Lines {
  print(batch: Batch): Promise<void>;
  end(): void;
}

/** Loads what `lines` needs, before privileges go. */
export async function loadLines({ displayFilter, fields }: LinesPlan): Promise<void> {
  if (displayFilter !== undefined) await import('../../fields/displayed.ts');
  if (fields === undefined) await PacketPrinter.loadAll();
  else await import('../field-lines.ts');
}

/** Rows of fields in place of lines. */
async function rows(
  source: PacketSource,
  request: FieldRequest,
  expression: string | undefined,
): Promise<Lines> {
  const { FieldLines } = await import('../field-lines.ts');
  const { displayFilter } = await import('../../fields/filter/compile.ts');
  const filter = expression === undefined ? undefined : await displayFilter(expression);
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

/** If the reader has gone away, the session expects an EPIPE error. */
function quietly(print: () => void): void {
  try {
    print();
  } catch (error) {
    throw error instanceof Closed ? Object.assign(error, { code: 'EPIPE' }) : error;
  }
}

/**
 * Prints batches, with `analysis` the verdict after each line; each is on standard output when `print` is done. Records of
 * interfaces from number `captured` on are packets that were dropped, after which `dropRemark` writes why. `processOf`
 * says which processes a packet is between.
 * Throws an EPIPE error where the reader has gone away.
 */
export async function lines(
  source: PacketSource,
  plan: LinesPlan,
  analysis?: LiveAnalysis,
  captured = 0,
  dropRemark?: typeof appendReason,
  processOf?: (batch: Batch, index: number) => string | undefined,
): Promise<Lines> {
  if (plan.fields !== undefined) return rows(source, plan.fields, plan.displayFilter);
  const display = await displayOf(source, plan.displayFilter, true);
  const sink = new Sink();
  const options = { ...plan.print, interfaceName: interfaceNames(source) };
  const names = plan.resolve ? new Resolver(options) : undefined;
  const printer = new PacketPrinter({ ...options, names }, sink.text);
  const remark = plan.verdicts ? analysis?.remark : undefined;
  const print = async (batch: Batch): Promise<void> => {
    await names?.prepare(batch);
    try {
      for (let i = 0; i < batch.count; i++) {
        const isDropped = dropRemark !== undefined && batch.interface[i] >= captured;
        if (isDropped) printer.remark = (text) => dropRemark(text, batch, i, options.colour === true);
        else if (processOf === undefined) printer.remark = remark;
        else {
          printer.remark = (text) => {
            remark?.(text);
            const ends = processOf(batch, i);
            if (ends !== undefined) text.utf8(` [${escapeControls(ends)}]`);
          };
        }
        // Dropped packets were captured before, or never arrived: the analysis has seen them, or must not.
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
