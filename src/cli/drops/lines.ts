// Dropped packets on standard output: a line each, or a JSON object each.
import { Batch } from '../../base/batch.ts';
import { Text } from '../../base/text.ts';
import { DropBatches } from '../../drops/batch.ts';
import type { DropEvent, Way } from '../../drops/event.ts';
import { Sink } from '../../output/sink.ts';
import { DEFAULTS, NO_TIME, type PrintOptions } from '../../print/engine/options.ts';
import { Timestamps } from '../../print/engine/timestamp.ts';
import { PacketPrinter } from '../../print/packet.ts';
import { countRemark, dropJson, dropRemark, explanation } from '../../report/drops.ts';

/** Where events go. Throws Closed where the reader has gone away. */
export interface EventOutput {
  print(events: readonly DropEvent[]): Promise<void>;
}

/** Lines in tcpdump's format, each followed by the reason; with --explain its meaning below. */
export class DropLines implements EventOutput {
  private readonly sink = new Sink();
  private readonly batches = new DropBatches();
  private readonly printer: PacketPrinter;
  private readonly timestamps: Timestamps;
  private readonly moment = new Batch(1);
  private readonly explain: boolean;
  private event: DropEvent | undefined;

  /** `explain`: here it is about the drop. */
  constructor(print: Partial<PrintOptions>, explain: boolean) {
    const options = { ...print, explain: false };
    this.printer = new PacketPrinter(options, this.sink.text);
    this.printer.remark = (text) => text.utf8(dropRemark(this.event!));
    this.timestamps = new Timestamps({ ...DEFAULTS, ...options });
    this.explain = explain;
  }

  async print(events: readonly DropEvent[]): Promise<void> {
    const { sink } = this;
    const batch = this.batches.batch(events);
    let record = 0;
    for (const event of events) {
      this.event = event;
      if (event.packet !== undefined) await print(this.printer, batch, record++);
      else this.printCount(event);
      if (this.explain) for (const line of explanation(event)) sink.text.utf8(`        # ${line}\n`);
      sink.line();
    }
    sink.flush();
  }

  private printCount(event: DropEvent): void {
    const { moment, sink } = this;
    moment.seconds[0] = event.time.seconds;
    moment.nanoseconds[0] = event.time.nanoseconds;
    this.timestamps.write(sink.text, moment, 0);
    sink.text.utf8(`${countRemark(event)}\n`);
  }
}

/** The packets of events as tcpdump prints them, without the time. */
export class PacketTexts {
  private readonly batches = new DropBatches();
  private readonly text = new Text();
  private readonly printer: PacketPrinter;

  constructor(print: Partial<PrintOptions>) {
    this.printer = new PacketPrinter({ ...print, time: NO_TIME, explain: false, colour: false }, this.text);
  }

  /** A text for each event; undefined where its packet is not known. */
  async texts(events: readonly DropEvent[]): Promise<(string | undefined)[]> {
    const { text } = this;
    const batch = this.batches.batch(events);
    const texts: (string | undefined)[] = [];
    let record = 0;
    for (const { packet } of events) {
      if (packet === undefined) texts.push(undefined);
      else {
        await print(this.printer, batch, record++);
        texts.push(Buffer.from(text.bytes.subarray(0, text.length)).toString('utf8').trimEnd());
        text.clear();
      }
    }
    return texts;
  }
}

/** A JSON object a line. */
export class DropObjects implements EventOutput {
  private readonly sink = new Sink();
  private readonly packets: PacketTexts;
  private readonly way: Way;

  constructor(print: Partial<PrintOptions>, way: Way) {
    this.way = way;
    this.packets = new PacketTexts(print);
  }

  async print(events: readonly DropEvent[]): Promise<void> {
    const { sink } = this;
    const texts = await this.packets.texts(events);
    for (const [index, event] of events.entries()) {
      sink.text.utf8(`${JSON.stringify(dropJson(event, this.way, texts[index]))}\n`);
      sink.line();
    }
    sink.flush();
  }
}

async function print(printer: PacketPrinter, batch: Batch, record: number): Promise<void> {
  while (!printer.print(batch, record)) await printer.load();
}
