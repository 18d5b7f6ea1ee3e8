// The verdicts packet by packet: a table for programs, JSON lines, or the interesting packets for people.
import type { Text } from '../base/text.ts';
import type { Analysis } from '../flow/analysis.ts';
import type { Duration } from '../flow/duration.ts';
import { appendTags } from '../flow/tags.ts';
import { VERDICTS } from '../flow/verdict.ts';

export const FORMATS = ['tsv', 'json', 'table'] as const;
export type Format = (typeof FORMATS)[number];

const TAB = 0x09;
const NEWLINE = 0x0a;
const ZERO = 0x30;
const ONE = 0x31;
const MINUS = 0x2d;
const POINT = 0x2e;
const FLAGS = 'FSRPAUEC';

/** Appends a row for each segment that an Analysis has just judged. */
export interface PacketReport {
  /** What stands above all rows. */
  head(): void;
  row(): void;
}

/** The report of `analysis` in a format, written to `text`. */
export function packetReport(format: Format, analysis: Analysis, text: Text): PacketReport {
  if (format === 'tsv') return new TsvReport(analysis, text);
  if (format === 'json') return new JsonReport(analysis, text);
  return new TableReport(analysis, text);
}

/**
 * A row for each segment: frame, stream, a column of 0 or 1 for each verdict, ack_rtt and rto in seconds with nine
 * decimals, dup_ack_num, bytes_in_flight. A cell is empty where there is nothing to say.
 */
class TsvReport implements PacketReport {
  private readonly analysis: Analysis;
  private readonly text: Text;

  constructor(analysis: Analysis, text: Text) {
    this.analysis = analysis;
    this.text = text;
  }

  head(): void {
    this.text.ascii(`frame\tstream\t${VERDICTS.join('\t')}\tack_rtt\tdup_ack_num\trto\tbytes_in_flight\n`);
  }

  row(): void {
    const { analysis, text } = this;
    text.decimal(analysis.frame);
    text.byte(TAB);
    if (analysis.stream >= 0) text.decimal(analysis.stream);
    const mask = analysis.verdict;
    for (let bit = 0; bit < VERDICTS.length; bit++) {
      text.byte(TAB);
      text.byte((mask & (1 << bit)) === 0 ? ZERO : ONE);
    }
    text.byte(TAB);
    appendDuration(text, analysis.ackRtt);
    text.byte(TAB);
    if (analysis.duplicateAckNumber !== 0) text.decimal(analysis.duplicateAckNumber);
    text.byte(TAB);
    appendDuration(text, analysis.rto);
    text.byte(TAB);
    if (analysis.bytesInFlight !== 0) text.decimal(analysis.bytesInFlight);
    text.byte(NEWLINE);
  }
}

/** A JSON object a line for each segment; what there is nothing to say of is left out. Times are in seconds. */
class JsonReport implements PacketReport {
  private readonly analysis: Analysis;
  private readonly text: Text;

  constructor(analysis: Analysis, text: Text) {
    this.analysis = analysis;
    this.text = text;
  }

  head(): void {}

  row(): void {
    const { analysis, text } = this;
    const { segment } = analysis;
    text.ascii('{"frame":');
    text.decimal(analysis.frame);
    if (analysis.stream >= 0) {
      this.number('stream', analysis.stream);
      text.ascii(`,"source":"${segment.endpoint(true)}","destination":"${segment.endpoint(false)}"`);
      text.ascii(`,"flags":"${flagLetters(segment.flags)}"`);
      this.number('seq', segment.sequence >>> 0);
      this.number('ack', segment.acknowledgment >>> 0);
      this.number('len', segment.length);
      this.number('window', analysis.windowSize);
      if (analysis.windowScaleFactor !== 0) this.number('window_scale_factor', analysis.windowScaleFactor);
    }
    text.ascii(',"verdicts":[');
    let comma = '';
    for (let bit = 0; bit < VERDICTS.length; bit++) {
      if ((analysis.verdict & (1 << bit)) === 0) continue;
      text.ascii(`${comma}"${VERDICTS[bit]}"`);
      comma = ',';
    }
    text.byte(0x5d);
    this.seconds('ack_rtt', analysis.ackRtt);
    if (analysis.acksFrame !== 0) this.number('acks_frame', analysis.acksFrame);
    if (analysis.duplicateAckNumber !== 0) {
      this.number('dup_ack_num', analysis.duplicateAckNumber);
      this.number('dup_ack_frame', analysis.duplicateAckFrame);
    }
    this.seconds('rto', analysis.rto);
    if (analysis.rtoFrame !== 0) this.number('rto_frame', analysis.rtoFrame);
    if (analysis.bytesInFlight !== 0) this.number('bytes_in_flight', analysis.bytesInFlight);
    if (analysis.pushBytesSent !== 0) this.number('push_bytes_sent', analysis.pushBytesSent);
    if (analysis.initialRtt !== 0) {
      text.ascii(`,"initial_rtt":${(analysis.initialRtt / 1e9).toFixed(9)}`);
    }
    text.ascii('}\n');
  }

  private number(name: string, value: number): void {
    this.text.ascii(`,"${name}":`);
    this.text.decimal(value);
  }

  private seconds(name: string, duration: Duration): void {
    if (duration.isZero) return;
    this.text.ascii(`,"${name}":`);
    appendDuration(this.text, duration);
  }
}

/** The segments with a verdict, for people: time since the first packet, who to whom, and what in Wireshark's words. */
class TableReport implements PacketReport {
  private readonly analysis: Analysis;
  private readonly text: Text;

  constructor(analysis: Analysis, text: Text) {
    this.analysis = analysis;
    this.text = text;
  }

  head(): void {
    this.text.ascii('  frame stream flags    len  from, to, what\n');
  }

  row(): void {
    const { analysis, text } = this;
    if (analysis.verdict === 0) return;
    const { segment } = analysis;
    const row = [
      String(analysis.frame).padStart(7),
      String(analysis.stream).padStart(6),
      flagLetters(segment.flags).padEnd(5),
      String(segment.length).padStart(6),
    ];
    text.ascii(`${row.join(' ')}  ${segment.endpoint(true)} > ${segment.endpoint(false)}`);
    appendTags(text, analysis);
    if (!analysis.rto.isZero) text.ascii(` ${analysis.rto.text} s after frame ${analysis.rtoFrame}`);
    text.byte(NEWLINE);
  }
}

/** One letter a flag, in the order of the bits; `.` for ACK as tcpdump has it. */
function flagLetters(flags: number): string {
  let letters = '';
  for (let bit = 0; bit < 8; bit++) {
    if ((flags & (1 << bit)) !== 0) letters += bit === 4 ? '.' : FLAGS[bit];
  }
  return letters || '-';
}

/** Seconds with nine decimals; nothing for zero. */
function appendDuration(text: Text, duration: Duration): void {
  if (duration.isZero) return;
  if (duration.seconds < 0 || duration.nanoseconds < 0) text.byte(MINUS);
  const nanoseconds = Math.abs(duration.nanoseconds);
  text.decimal(Math.abs(duration.seconds));
  text.byte(POINT);
  if (nanoseconds < 1e9) text.padded(nanoseconds, 9);
  else text.decimal(nanoseconds); // time stamps that are none
}
