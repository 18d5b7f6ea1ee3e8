// A capture's messages on standard error: the counters, while it runs and at its end.
import type { FileSummary } from '../../output/capture-files.ts';
import type { LiveCapture, Tally } from '../../source/live.ts';

/** Milliseconds between two status lines: five a second. */
const INTERVAL = 200;

/** Counters of all interfaces together. What is not known of one interface is not known of all. */
export function total(tallies: readonly Tally[]): Tally {
  const sum: Tally = { captured: 0 };
  for (const { captured } of tallies) sum.captured += captured;
  for (const key of ['received', 'dropped', 'interfaceDropped'] as const) {
    const known = tallies.flatMap((tally) => tally[key] ?? []);
    if (known.length === tallies.length) sum[key] = known.reduce((a, b) => a + b, 0);
  }
  return sum;
}

/** tcpdump's closing lines; and what was captured but could not be written, if that happened. */
export function closingLines(tally: Tally, unwritten = 0): string[] {
  const { captured, received, dropped, interfaceDropped } = tally;
  const lines = [`${packets(captured)} captured`];
  if (received !== undefined) lines.push(`${packets(received)} received by filter`);
  if (dropped !== undefined) lines.push(`${packets(dropped)} dropped by kernel`);
  if (interfaceDropped) lines.push(`${packets(interfaceDropped)} dropped by interface`);
  if (unwritten > 0) lines.push(`${packets(unwritten)} captured but not written`);
  return lines;
}

function packets(count: number): string {
  return `${count} packet${count === 1 ? '' : 's'}`;
}

/** Bytes for people: 1.2 MB. */
function amount(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** The status line: one line on a terminal, written over and over. */
export class StatusLine {
  private readonly started = performance.now();
  private readonly timer: NodeJS.Timeout;
  private readonly capture: LiveCapture;
  private readonly size: () => { bytes: number; file: number | undefined };
  private shown = false;

  /** `size` returns the bytes captured so far, and those in files if packets are written. */
  constructor(capture: LiveCapture, size: () => { bytes: number; file: number | undefined }) {
    this.capture = capture;
    this.size = size;
    this.timer = setInterval(() => this.draw(), INTERVAL);
  }

  private draw(): void {
    // For the next line; this one shows what is known.
    void this.capture.refresh?.();
    const { captured, dropped, interfaceDropped } = total(this.capture.tallies());
    const { bytes, file } = this.size();
    const parts = [packets(captured), amount(bytes)];
    if (dropped !== undefined) parts.push(`${dropped + (interfaceDropped ?? 0)} dropped`);
    if (file !== undefined) parts.push(`file ${amount(file)}`);
    parts.push(`${Math.round((performance.now() - this.started) / 1000)} s`);
    process.stderr.write(Buffer.from(`\r${parts.join(', ')}\x1b[K`));
    this.shown = true;
  }

  /** Clears the line, so that something else can be written. */
  clear(): void {
    if (this.shown) process.stderr.write(Buffer.from('\r\x1b[K'));
    this.shown = false;
  }

  end(): void {
    clearInterval(this.timer);
    this.clear();
  }
}

/** The JSON document at the end. Counts are packets; what the binding does not know is null. `more` is added to it. */
export function summary(
  capture: LiveCapture,
  ending: { start: Date; end: Date; ended: string; captured: number; files: readonly FileSummary[] },
  more: object,
): string {
  const tallies = capture.tallies();
  const document = {
    start: ending.start.toISOString(),
    end: ending.end.toISOString(),
    seconds: (ending.end.getTime() - ending.start.getTime()) / 1000,
    ended: ending.ended,
    ...counts({ ...total(tallies), captured: ending.captured }),
    interfaces: capture.interfaces.map(({ name, linkType, snaplen }, i) => ({
      name,
      linkType,
      snaplen,
      gone: capture.gone.includes(name),
      ...counts(tallies[i]),
    })),
    files: ending.files,
    ...more,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function counts({ captured, received, dropped, interfaceDropped }: Tally) {
  return {
    captured,
    received: received ?? null,
    droppedByKernel: dropped ?? null,
    droppedByInterface: interfaceDropped ?? null,
  };
}
