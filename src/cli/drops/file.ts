// The pcapng file of `nscap drops -w`.

import type { User } from '../../binding/privilege.ts';
import { DropBatches } from '../../drops/batch.ts';
import type { DropEvent } from '../../drops/event.ts';
import { PcapngFile } from '../../output/pcapng-file.ts';

/** Writes dropped packets, each with its reason as a comment; interfaces are described on first use. */
export class DropFile {
  packets = 0;
  private readonly file: PcapngFile;
  private readonly batches = new DropBatches();
  private described = 0;

  /** `-` is standard output. Throws NscapError where the file cannot be made. */
  constructor(path: string, user: User | undefined) {
    this.file = new PcapngFile(path, user);
  }

  /** `missed` packets before these were dropped, too, but are not there. */
  write(events: readonly DropEvent[], missed: number): void {
    const { writer } = this.file;
    const batch = this.batches.batch(events, missed);
    const { interfaces } = this.batches;
    for (; this.described < interfaces.length; this.described++) {
      writer.interface(interfaces[this.described]);
    }
    writer.records(batch);
    this.file.flush();
    this.packets += batch.count;
  }

  /** The counts of all: they are known of the kernel as a whole, and so stand at the first interface. */
  close(dropped: number, lost: number): void {
    if (this.described > 0) {
      this.file.writer.statistics(0, { received: dropped, osDropped: lost, delivered: this.packets });
      this.file.flush();
    }
    this.file.close();
  }
}
