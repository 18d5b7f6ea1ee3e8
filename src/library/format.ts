// Packets as the lines that tcpdump prints.
import type { Batch } from '../base/batch.ts';
import type { InterfaceNames } from '../base/interface.ts';
import { Text } from '../base/text.ts';
import type { PrintOptions } from '../print/engine/options.ts';
import type { PacketPrinter } from '../print/packet.ts';
import { interfaceNames, type PacketSource } from '../source/source.ts';
import type { Packet } from './packet.ts';

/** How packets are printed: tcpdump's options. */
export interface FormatOptions {
  /**
   * How a line begins: `clock` local time of day (tcpdump's way, where absent), `none` (-t), `epoch` seconds since 1970
   * (-tt), `delta` since the packet before (-ttt), `date` with the local time of day (-tttt), `elapsed` since the first
   * (-ttttt).
   */
  time?: 'clock' | 'none' | 'epoch' | 'delta' | 'date' | 'elapsed';
  /** Nine digits of a second instead of six (--nano). */
  nanoseconds?: boolean;
  /** -v, -vv, -vvv: 1, 2, 3. */
  verbose?: number;
  /** -q: less. */
  quiet?: boolean;
  /** -e: the link-layer header. */
  link?: boolean;
  /** -#: the number of the packet among those printed. */
  number?: boolean;
  /** -S: TCP sequence numbers as they are. */
  absoluteSequence?: boolean;
  /** The packet's bytes behind the line: -x, -X, -A. */
  dump?: 'hex' | 'hex+ascii' | 'ascii';
  /** The dump begins with the link-layer header (-xx, -XX, -AA). */
  dumpLink?: boolean;
  /** Whether checksums are verified (not -K): true where absent. */
  checksums?: boolean;
  /** Notes in words behind each packet. */
  explain?: boolean;
}

const TIMES = ['clock', 'none', 'epoch', 'delta', 'date', 'elapsed'];

/**
 * Prints packets as tcpdump 4.99 does. It remembers what spans packets, as tcpdump does: relative sequence numbers, the
 * time of the packet before. Made by `createFormatter`.
 */
export class Formatter {
  private readonly printer: PacketPrinter;
  private readonly text = new Text();
  private names: InterfaceNames = (_, index) => String(index);

  /** For `createFormatter`, which has all printers loaded. */
  constructor(Printer: typeof PacketPrinter, options: FormatOptions) {
    const interfaceName: InterfaceNames = (number, index) => this.names(number, index);
    this.printer = new Printer({ ...printOptions(options), interfaceName }, this.text);
  }

  /** The packet's line, and those of its dump and notes, without the closing line end. Never throws. */
  format(packet: Packet): string {
    this.text.clear();
    this.names = (_, index) => packet.interfaceName(index);
    this.printer.print(packet.batch, packet.index);
    return decoder.decode(this.text.take().subarray(0, -1));
  }

  /**
   * The lines of all records of a batch of `capture`, each with its line end: bytes of UTF-8, valid until the next call.
   * Never throws.
   */
  formatBatch(batch: Batch, capture: PacketSource): Uint8Array {
    this.text.clear();
    this.names = interfaceNames(capture);
    for (let i = 0; i < batch.count; i++) this.printer.print(batch, i);
    return this.text.take();
  }
}

const decoder = new TextDecoder();

/**
 * Loads all printers and makes a formatter, whose calls then need not wait.
 *
 * @example const tcpdump = await createFormatter({ verbose: 1 }); for await (…) console.log(tcpdump.format(packet));
 */
export async function createFormatter(options: FormatOptions = {}): Promise<Formatter> {
  const { PacketPrinter } = await import('../print/packet.ts');
  await PacketPrinter.loadAll();
  return new Formatter(PacketPrinter, options);
}

/**
 * One packet as tcpdump prints it, as if it were the first of its capture: sequence numbers of TCP are absolute. For
 * the lines of a whole capture use `createFormatter`, which is also much faster.
 */
export async function format(packet: Packet, options: FormatOptions = {}): Promise<string> {
  // The loop that holds the packet waits for us.
  return (await createFormatter(options)).format(packet);
}

function printOptions(options: FormatOptions): Partial<PrintOptions> {
  const { dump } = options;
  const level = options.dumpLink ? 2 : 1;
  return {
    time: TIMES.indexOf(options.time ?? 'clock'),
    nano: options.nanoseconds === true,
    verbose: options.verbose ?? 0,
    quiet: options.quiet ? 1 : 0,
    link: options.link === true,
    number: options.number === true,
    absolute: options.absoluteSequence === true,
    hex: dump === 'hex' ? level : 0,
    hexAscii: dump === 'hex+ascii' ? level : 0,
    ascii: dump === 'ascii' ? level : 0,
    checksums: options.checksums !== false,
    explain: options.explain === true,
  };
}
