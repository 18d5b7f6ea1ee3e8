// A packet as tcpdump prints it: number, time, link layer and what it carries, dump.
import type { Batch } from '../base/batch.ts';
import type { Text } from '../base/text.ts';
import { LINK_TYPES } from './dispatch/link-types.ts';
import { PAYLOADS } from './dispatch/payloads.ts';
import { loadAll } from './dispatch/table.ts';
import { dumpHex, dumpHexAscii, dumpText } from './engine/dump.ts';
import type { PrintOptions } from './engine/options.ts';
import { CLOSED, type Dissector, Printer, TRUNCATED, UNLOADED } from './engine/printer.ts';
import { Timestamps } from './engine/timestamp.ts';
import { Explainer } from './explain.ts';

/** tcpdump's MAXIMUM_SNAPLEN: what claims to be longer is no packet. */
const MAXIMUM_LENGTH = 262_144;

const NEWLINE = 0x0a;
const TAB = 0x09;
const DELETE = 0x7f;
const DOT = 0x2e;
/** SGR: the foreground colour whose digit is patched in; faint; and back to plain. */
const COLOUR = '\x1b[39m';
const DIM = '\x1b[2m';
const COLOUR_END = '\x1b[39m\n';
const PLAIN_END = '\x1b[0m\n';
/** What a note begins with. */
const NOTE = '        # ';

/** Prints whole packets into a Text, one call each. Keeps what spans packets: time of the last one, relative numbers. */
export class PacketPrinter {
  private readonly printer: Printer;
  private readonly options: PrintOptions;
  private readonly timestamps: Timestamps;
  private readonly out: Text;
  private readonly coloured: boolean;
  private readonly explainer: Explainer | undefined;
  /** -x, -X or -A. */
  private readonly dumps: boolean;
  private printed = 0;
  /** Appends what is to stand behind the packet and before its dump. */
  remark: ((text: Text) => void) | undefined;
  /** How many packets were shown as bytes because their link type has no printer, by link type. */
  readonly unsupported = new Map<number, number>();
  /** The link type of the last packet, and its printer. */
  private linkType = -1;
  private printLink: Dissector = printUnsupported;

  constructor(options: Partial<PrintOptions>, out: Text) {
    this.printer = new Printer(options, out, PAYLOADS);
    this.options = this.printer.options;
    this.timestamps = new Timestamps(this.options);
    this.out = out;
    this.coloured = this.options.colour;
    if (this.options.explain) {
      this.explainer = new Explainer(
        out,
        this.coloured ? `${NOTE}${DIM}` : NOTE,
        this.coloured ? PLAIN_END : '\n',
        this.options.verbose > 0,
      );
    }
    this.dumps = this.options.hexAscii + this.options.hex + this.options.ascii > 0;
  }

  /** True where packets of this link type can be printed. */
  static knows(linkType: number): boolean {
    return LINK_TYPES.has(linkType);
  }

  /** Loads every printer, for who will not be able to read their files later. */
  static loadAll(): Promise<void> {
    return loadAll();
  }

  /**
   * Appends record `index` of the batch, closing newline included. Returns false, and appends nothing, where a printer
   * has to be loaded before: `while (!printer.print(batch, i)) await printer.load();`. Never throws. A pcap file may hold
   * more of a packet than the snapshot length in its header says; tcpdump's library then cuts it there, so pass that as
   * `snaplen`.
   */
  print(batch: Batch, index: number, snaplen = MAXIMUM_LENGTH): boolean {
    const out = this.out;
    const linkType = batch.linkType[index];
    if (linkType !== this.linkType) {
      this.linkType = linkType;
      this.printLink = LINK_TYPES.get(linkType) ?? printUnsupported;
    }
    const start = out.length;
    if (this.coloured) out.ascii(COLOUR);
    this.printed++;
    if (this.options.number) this.number();
    const captured = Math.min(batch.captured[index], snaplen);
    const wire = batch.wire[index];
    if (captured === 0 || wire === 0 || wire < captured || wire > MAXIMUM_LENGTH) {
      this.impossible(captured, wire);
      if (this.coloured) this.colourLine(start);
      return true;
    }
    this.timestamps.write(out, batch, index);
    const p = this.printer;
    p.place(batch, index, captured);
    try {
      this.printLink(p, batch.offset[index], wire);
    } catch (error) {
      if (error === UNLOADED) {
        this.takeBack(start);
        return false;
      }
      if (error !== TRUNCATED && error !== CLOSED && !isTooDeep(error)) throw error;
      p.truncated();
    }
    if (this.options.terminal) hideControls(out, this.coloured ? start + COLOUR.length : start);
    this.remark?.(out);
    if (this.dumps) this.dump(batch, index, captured);
    out.byte(NEWLINE);
    if (this.coloured) this.colourLine(start);
    this.explainer?.explain(batch, index);
    if (this.printLink === printUnsupported) {
      this.unsupported.set(linkType, (this.unsupported.get(linkType) ?? 0) + 1);
    }
    return true;
  }

  /** Loads the printer that was missing when `print` returned false. */
  async load(): Promise<void> {
    await this.printer.missing?.();
  }

  /** Leaves everything as it was before a packet, which begins at `start` in the text, was tried. */
  private takeBack(start: number): void {
    this.out.length = start;
    this.printed--;
    this.timestamps.undo();
    this.printer.undo();
  }

  /** -#: the packet's number, right-aligned. */
  private number(): void {
    const out = this.out;
    for (let limit = 10_000; limit > this.printed && limit > 1; limit /= 10) out.byte(0x20);
    out.decimal(this.printed);
    out.ascii('  ');
  }

  /** Puts the digit of the colour into the text that begins at `start`, and the end of it before the newline. */
  private colourLine(start: number): void {
    const out = this.out;
    out.bytes[start + COLOUR.indexOf('9')] = 0x30 + this.printer.colour;
    out.length--;
    out.ascii(COLOUR_END);
  }

  /** -X before -x before -A, as tcpdump ranks them. */
  private dump(batch: Batch, index: number, captured: number): void {
    const { hex, hexAscii, ascii } = this.options;
    const bytes = batch.bytes;
    const start = batch.offset[index];
    const end = start + captured;
    const whole = hexAscii > 0 ? hexAscii > 1 : hex > 0 ? hex > 1 : ascii > 1;
    const from = whole ? start : start + this.printer.linkHeader;
    if (from >= end) return;
    if (hexAscii > 0) dumpHexAscii(this.out, '\n\t', bytes, from, end);
    else if (hex > 0) dumpHex(this.out, '\n\t', bytes, from, end);
    else dumpText(this.out, bytes, from, end);
  }

  private impossible(captured: number, wire: number): void {
    const out = this.out;
    out.ascii('[Invalid header:');
    let separator = ' ';
    if (captured === 0) {
      out.ascii(' caplen==0');
      separator = ', ';
    }
    if (wire === 0) {
      out.ascii(`${separator}len==0`);
      separator = ', ';
    } else if (wire < captured) {
      out.ascii(`${separator}len(${wire}) < caplen(${captured})`);
      separator = ', ';
    }
    if (captured > MAXIMUM_LENGTH) {
      out.ascii(`${separator}caplen(${captured}) > ${MAXIMUM_LENGTH}`);
      separator = ', ';
    }
    if (wire > MAXIMUM_LENGTH) out.ascii(`${separator}len(${wire}) > ${MAXIMUM_LENGTH}`);
    out.ascii(']\n');
  }
}

/** True for what V8 throws where its stack is full: a packet can have thousands of headers, each within the one before. */
function isTooDeep(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded';
}

/** Dots for what a packet may have put into the text from `start` on that a terminal would obey. */
function hideControls(out: Text, start: number): void {
  const { bytes, length } = out;
  for (let offset = start; offset < length; offset++) {
    const byte = bytes[offset];
    if ((byte < 0x20 && byte !== NEWLINE && byte !== TAB) || byte >= DELETE) bytes[offset] = DOT;
  }
}

/** A frame of a link type without a printer, as tcpdump prints one that it does not know: with -q and -x, too. */
function printUnsupported(p: Printer, offset: number): void {
  p.ascii('UNSUPPORTED');
  p.dump(offset, p.available(offset));
}
