// Analysis while packets are captured or printed: the verdict behind each line, and what was found at the end.
import type { Batch } from '../base/batch.ts';
import type { Text } from '../base/text.ts';
import { Analysis } from '../flow/analysis.ts';
import { Queries } from '../flow/queries.ts';
import { appendTags } from '../flow/tags.ts';
import { LINUX_SLL2 } from '../wire/linktype.ts';

/** Interfaces whose connections are followed at most; interfaces come and go while a capture on `any` runs. */
const MAX_INTERFACES = 256;
/** Where LINUX_SLL2 has the number of the interface. */
const SLL2_INTERFACE = 4;

/** What is known of one interface's packets. */
interface Watch {
  analysis: Analysis;
  queries: Queries;
}

/**
 * Judges packets as they come. A packet that passes several interfaces is there several times, so each interface has
 * its own state; otherwise every forwarded segment were a retransmission. In a capture on `any`, that goes by the
 * interface its header tells.
 */
export class LiveAnalysis {
  private readonly watches = new Map<number, Watch>();
  private watch: Watch | undefined;
  private key = -1;
  private tcp = false;

  /** Looks at record `index`. */
  add(batch: Batch, index: number): void {
    const key = interfaceKey(batch, index);
    const watch = this.watch !== undefined && key === this.key ? this.watch : this.choose(key);
    this.tcp = watch.analysis.add(batch, index);
    watch.queries.add(watch.analysis, this.tcp, batch, index);
  }

  /** Appends the verdicts on the last record, each behind a space. */
  readonly remark = (text: Text): void => {
    if (this.tcp) appendTags(text, this.watch!.analysis);
  };

  private choose(key: number): Watch {
    let watch = this.watches.get(key);
    if (watch === undefined) {
      if (this.watches.size === MAX_INTERFACES) this.watches.delete(this.watches.keys().next().value!);
      watch = { analysis: new Analysis(), queries: new Queries() };
      this.watches.set(key, watch);
    }
    this.key = key;
    this.watch = watch;
    return watch;
  }
}

/** What keeps interfaces apart: in the low half the source's index, above it the number in the packet's own header. */
function interfaceKey(batch: Batch, index: number): number {
  const source = batch.interface[index]!;
  if (batch.linkType[index] !== LINUX_SLL2 || batch.captured[index]! < SLL2_INTERFACE + 4) return source;
  return source + 0x10000 * batch.view.getUint32(batch.offset[index]! + SLL2_INTERFACE);
}
