// Lines of the kernel's trace (Linux trace/ftrace.rst).

export interface TraceLine {
  /** The process that ran; in an interrupt it has nothing to do with the packet. */
  process: number;
  inInterrupt: boolean;
  processor: number;
  /** Nanoseconds of CLOCK_MONOTONIC. */
  time: bigint;
  event: string;
  /** `name=value` fields. */
  fields: Map<string, string>;
}

/** `  bash-218   [000] ..s1.  1985.794377: kfree_skb: skbaddr=… protocol=2048 location=f+0x4bc/0xd00 reason: NO_SOCKET` */
const LINE = /-(\d+)\s+\[(\d+)\]\s+(\S+)\s+(\d{1,10})\.(\d{1,9}): (\w+): (.*)$/;

/** Reads a line; undefined for any other, such as a comment. */
export function parseTraceLine(line: string): TraceLine | undefined {
  const [, process, processor, flags, seconds, fraction, event, text] = LINE.exec(line) ?? [];
  if (text === undefined) return undefined;
  const fields = new Map<string, string>();
  // `reason: NAME` is the one field without `=`.
  for (const [, name, value] of text.matchAll(/(\w+)(?:=|: )(\S+)/g)) fields.set(name, value);
  return {
    process: Number(process),
    // irqs-off, need-resched, hardirq/softirq, preempt-depth: the third tells of interrupts.
    inInterrupt: /[hHsZz]/.test(flags[2] ?? ''),
    processor: Number(processor),
    time: BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0')),
    event: event,
    fields,
  };
}

/** `CPU:1 [LOST 123 EVENTS]`: how many; undefined for any other line. */
export function lostEvents(line: string): number | undefined {
  const found = /^CPU:\d+ \[LOST (?:(\d+) )?EVENTS\]/.exec(line);
  return found === null ? undefined : Number(found[1] ?? 1);
}
