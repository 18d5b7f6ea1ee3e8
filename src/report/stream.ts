// The bytes of a followed connection: as text, as a hex dump, as they are, or as JSON lines.
import { hideControls } from '../base/escape-controls.ts';
import type { Text } from '../base/text.ts';
import { count } from '../base/units.ts';
import { CLIENT, type FollowOutput, type Side } from '../flow/follow.ts';

export const STREAM_FORMATS = ['text', 'hex', 'raw', 'json'] as const;
export type StreamFormat = (typeof STREAM_FORMATS)[number];

/** Writes the turns of a conversation. `end` when the last byte has come. */
export interface StreamReport extends FollowOutput {
  end(): void;
}

/** `endpoint` names a side, for headings; `both`: whether both sides are shown, so that each turn needs one. */
export function streamReport(
  format: StreamFormat,
  out: Text,
  both: boolean,
  endpoint: (side: Side) => string,
): StreamReport {
  switch (format) {
    case 'text':
      return new TextReport(out, both, endpoint);
    case 'hex':
      return new HexReport(out);
    case 'raw':
      return {
        data: (_, bytes, from, to) => out.raw(bytes, from, to),
        gap: () => {},
        end: () => {},
      };
    case 'json':
      return new JsonReport(out);
  }
}

/** UTF-8 with nothing in it that a terminal would obey. */
class TextReport implements StreamReport {
  private readonly out: Text;
  private readonly both: boolean;
  private readonly endpoint: (side: Side) => string;
  private readonly decoders = [new TextDecoder(), new TextDecoder()] as const;
  private turn: Side | undefined;
  private lineBegun = false;

  constructor(out: Text, both: boolean, endpoint: (side: Side) => string) {
    this.out = out;
    this.both = both;
    this.endpoint = endpoint;
  }

  data(side: Side, bytes: Uint8Array, from: number, to: number): void {
    this.speak(side);
    this.write(this.decoders[side].decode(bytes.subarray(from, to), { stream: true }));
  }

  gap(side: Side, length: number): void {
    this.speak(side);
    this.newLine();
    this.out.ascii(`[${count(length, 'byte')} not captured]\n`);
  }

  end(): void {
    for (const decoder of this.decoders) this.write(decoder.decode());
    this.newLine();
  }

  private speak(side: Side): void {
    if (this.turn === side) return;
    this.turn = side;
    if (!this.both) return;
    this.newLine();
    this.out.ascii(`--- ${side === CLIENT ? 'client' : 'server'} ${this.endpoint(side)}\n`);
  }

  private write(text: string): void {
    if (text === '') return;
    this.out.utf8(hideControls(text.replaceAll('\r\n', '\n')));
    this.lineBegun = !text.endsWith('\n');
  }

  private newLine(): void {
    if (this.lineBegun) this.out.byte(0x0a);
    this.lineBegun = false;
  }
}

const ROW = 16;
/** Before each row of the server's, as in Wireshark, whose hex dumps text2pcap reads. */
const INDENT = '    ';

class HexReport implements StreamReport {
  private readonly out: Text;
  private readonly offsets = [0, 0];
  private readonly row = new Uint8Array(ROW);
  private filled = 0;
  private turn: Side = CLIENT;

  constructor(out: Text) {
    this.out = out;
  }

  data(side: Side, bytes: Uint8Array, from: number, to: number): void {
    if (side !== this.turn) this.end();
    this.turn = side;
    for (let at = from; at < to; at++) {
      this.row[this.filled++] = bytes[at];
      if (this.filled === ROW) this.end();
    }
  }

  gap(side: Side, length: number): void {
    this.end();
    this.turn = side;
    this.out.ascii(`${side === CLIENT ? '' : INDENT}[${count(length, 'byte')} not captured]\n`);
    this.offsets[side] += length;
  }

  /** Writes the row begun. */
  end(): void {
    const { out, row, filled, turn } = this;
    if (filled === 0) return;
    if (turn !== CLIENT) out.ascii(INDENT);
    out.hexPadded(this.offsets[turn], 8);
    out.byte(0x20);
    for (let i = 0; i < ROW; i++) {
      if (i % 8 === 0) out.byte(0x20);
      if (i < filled) {
        out.hexPadded(row[i], 2);
        out.byte(0x20);
      } else out.ascii('   ');
    }
    out.byte(0x20);
    for (let i = 0; i < filled; i++) out.byte(row[i] >= 0x20 && row[i] < 0x7f ? row[i] : 0x2e);
    out.byte(0x0a);
    this.offsets[turn] += filled;
    this.filled = 0;
  }
}

/** An object a line: {"from":"client","offset":0,"base64":"…"}, or with "gap" and a number of bytes for what is missing. */
class JsonReport implements StreamReport {
  private readonly out: Text;
  private readonly offsets = [0, 0];

  constructor(out: Text) {
    this.out = out;
  }

  data(side: Side, bytes: Uint8Array, from: number, to: number): void {
    const { buffer, byteOffset } = bytes;
    this.line(
      side,
      { base64: Buffer.from(buffer, byteOffset + from, to - from).toString('base64') },
      to - from,
    );
  }

  gap(side: Side, length: number): void {
    this.line(side, { gap: length }, length);
  }

  end(): void {}

  private line(side: Side, what: object, length: number): void {
    const from = side === CLIENT ? 'client' : 'server';
    this.out.ascii(`${JSON.stringify({ from, offset: this.offsets[side], ...what })}\n`);
    this.offsets[side] += length;
  }
}
