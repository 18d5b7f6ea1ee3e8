// A live capture's packets as lines on standard output.
import type { Batch } from '../../base/batch.ts';
import { PacketPrinter } from '../../print/packet.ts';
import type { LiveAnalysis } from '../live-analysis.ts';
import { printOptions } from '../print-options.ts';
import { Resolver } from '../resolve.ts';
import { Closed, Sink } from '../sink.ts';
import type { CaptureFlags } from './flags.ts';

/** Prints batches, with `analysis` the verdict behind each line; each is on standard output when `print` returns. Throws an EPIPE error where nobody reads any more. */
export function lines(
  flags: CaptureFlags,
  analysis?: LiveAnalysis,
): { print(batch: Batch): void | Promise<void> } {
  const sink = new Sink();
  const nano = flags.nano === true || flags.timeStampPrecision === 'nano';
  const options = printOptions(flags);
  const names = flags.resolve === true ? new Resolver(options) : undefined;
  const printer = new PacketPrinter({ ...options, nano, names }, sink.text);
  if (flags.analyze) printer.remark = analysis?.remark;
  const print = (batch: Batch): void => {
    try {
      for (let i = 0; i < batch.count; i++) {
        analysis?.add(batch, i);
        printer.print(batch, i);
        sink.line();
      }
      sink.flush();
    } catch (error) {
      throw error instanceof Closed ? Object.assign(error, { code: 'EPIPE' }) : error;
    }
  };
  if (names === undefined) return { print };
  return { print: (batch) => names.prepare(batch).then(() => print(batch)) };
}
