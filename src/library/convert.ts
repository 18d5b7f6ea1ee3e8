// Capture files into capture files: what `nscap convert` does.
import { type Moment, momentOf } from '../base/interface.ts';
import type { Plan } from '../convert/convert.ts';
import type { SplitPlan } from '../convert/split.ts';
import type { Bound } from '../convert/time.ts';
import { usageError } from '../errors.ts';
import type { WrittenFile } from '../output/whole-file.ts';

/** What to take of the inputs, and how to write it. Splits number the files: `out_00001.pcap`, `out_00002.pcap`, … */
export interface ConvertOptions extends SplitPlan {
  /** Absent: as the output's name ends (`.pcap`, `.pcapng`, …, each also with `.gz`), else as the first input is. */
  format?: 'pcap' | 'pcapng';
  /** pcap with nanoseconds; absent: where an input has them. */
  nanoseconds?: boolean;
  /** Only packets that match this pcap-filter(7) expression. */
  filter?: string;
  /** Only packets that match this display filter, in Wireshark's language. */
  displayFilter?: string;
  /** Only packets of these interfaces, by name (`ns1:veth0`) or number, counted from 0. */
  interfaces?: readonly string[];
  /** Only packets from this time on. A text is read as --from of the command reads it: `+10` is seconds after the first. */
  from?: Date | Moment | string;
  /** Only packets before this time. */
  to?: Date | Moment | string;
  /** Cut packets to this many bytes. */
  snaplen?: number;
  /** End after this many packets. */
  count?: number;
  /** All of one input, then all of the next, instead of the order of their time stamps. */
  append?: boolean;
  /** pcapng: comment the packets that prove what `analyze` finds. */
  annotate?: boolean;
  /** Ends the conversion early. Files on disk are not written then; what came through a pipe until then is. */
  signal?: AbortSignal;
}

/** What was written. */
export interface ConvertReport {
  format: 'pcap' | 'pcapng';
  /** The files in order, with their packets and their length in bytes. */
  files: WrittenFile[];
  /** What the format had no place for, a sentence each. */
  notes: string[];
  /** Inputs that are damaged, and how; of one that is only `truncated`, as a capture that was killed leaves it, all whole packets were taken. */
  damage: { input: string; damage: string; truncated: boolean }[];
}

/**
 * Converts capture files: pcap and pcapng into each other, cut, filtered, merged by time, split. Files are written beside
 * their names and renamed once they are whole, so that no reader sees half of one.
 *
 * @param inputs the path of a capture file, or of several; - is standard input
 * @param output the file to write; - is standard output
 * @throws NscapError FILE where something cannot be read or written, FORMAT where an input is not a capture file or the
 * output's format cannot hold its packets, USAGE where the options contradict each other or a filter does not compile
 * @example await convert(['ns1.pcap', 'ns2.pcap'], 'both.pcapng', { filter: 'tcp', snaplen: 96 });
 */
export async function convert(
  inputs: string | readonly string[],
  output: string,
  options: ConvertOptions = {},
): Promise<ConvertReport> {
  const { from, to, annotate, signal = new AbortController().signal, ...rest } = options;
  const paths = typeof inputs === 'string' ? [inputs] : inputs;
  if (paths.length === 0) throw usageError('there is nothing to read');
  const work = await import('../convert/convert.ts');
  const time = await import('../convert/time.ts');
  const bound = (value: Date | Moment | string): Bound =>
    typeof value === 'string'
      ? time.parseBound(value)
      : { at: value instanceof Date ? momentOf(value.getTime()) : value };
  const plan: Plan = {
    ...rest,
    inputs: paths,
    output,
    application: 'nscap',
    ...(from === undefined ? {} : { from: bound(from) }),
    ...(to === undefined ? {} : { to: bound(to) }),
    ...(annotate && {
      comments: async (path) => (await import('../report/tcp/frame-comments.ts')).frameComments(path),
    }),
  };
  const { format, files, notes, damage } = await work.convert(plan, signal);
  return { format, files, notes, damage };
}
