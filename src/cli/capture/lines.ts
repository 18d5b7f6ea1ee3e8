// A live capture's packets as lines on standard output.
import type { Batch } from '../../base/batch.ts';
import { PacketPrinter } from '../../print/packet.ts';
import { interfaceNames, type PacketSource } from '../../source/source.ts';
import type { LiveAnalysis } from '../live-analysis.ts';
import { printOptions } from '../print-options.ts';
import { Resolver } from '../resolve.ts';
import { Closed, Sink } from '../sink.ts';
import type { appendReason } from './drops.ts';
import type { CaptureFlags } from './flags.ts';

/**
 * Prints batches, with `analysis` the verdict behind each line; each is on standard output when `print` is done. Records of
 * interfaces from number `captured` on are packets that were dropped, behind which `dropRemark` writes why.
 * Throws an EPIPE error where nobody reads any more.
 */
export function lines(
  source: PacketSource,
  flags: CaptureFlags,
  analysis?: LiveAnalysis,
  captured = 0,
  dropRemark?: typeof appendReason,
): { print(batch: Batch): Promise<void> } {
  const sink = new Sink();
  const nano = flags.nano === true || flags.timeStampPrecision === 'nano';
  const options = { ...printOptions(flags), interfaceName: interfaceNames(source) };
  const names = flags.resolve === true ? new Resolver(options) : undefined;
  const printer = new PacketPrinter({ ...options, nano, names }, sink.text);
  const remark = flags.analyze ? analysis?.remark : undefined;
  if (flags.analyze) printer.remark = remark;
  const print = async (batch: Batch): Promise<void> => {
    await names?.prepare(batch);
    try {
      for (let i = 0; i < batch.count; i++) {
        const isDropped = dropRemark !== undefined && batch.interface[i]! >= captured;
        if (dropRemark !== undefined) {
          printer.remark = isDropped ? (text) => dropRemark(text, batch, i, options.colour === true) : remark;
        }
        // What was dropped was captured before, or never came: the analysis has seen it, or must not.
        if (!isDropped) analysis?.add(batch, i);
        while (!printer.print(batch, i)) await printer.load();
        sink.line();
      }
      sink.flush();
    } catch (error) {
      throw error instanceof Closed ? Object.assign(error, { code: 'EPIPE' }) : error;
    }
  };
  return { print };
}
