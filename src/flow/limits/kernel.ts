// What kept a sender from sending, as its kernel says: tcp_info's times busy, limited by the window, by the send buffer.
import type { SocketSample } from '../../base/socket-sample.ts';
import { CAUSE, CAUSES, Runs } from './runs.ts';
import { sharesBetween } from './socket-state.ts';

type Numbers = SocketSample['numbers'];

/** When the connection begins, in nanoseconds; and the seconds since 1970 that times count from. */
interface KernelTime {
  begin: number;
  base: number;
}

/**
 * The time between each two samples of a socket, divided as the kernel's counters grew (tcp_info, since Linux 4.10). What it counts
 * as limited by the window and by the buffer is that, and while nothing waits for an ACK the application has nothing to send. The
 * rest, in which data is in flight, the kernel does not count: what the socket has to send at both ends of it says whether more
 * could have been sent at all (socket-state.ts), and the packets, `estimate`, what kept it from being sent.
 */
export function kernelLimits(
  samples: readonly SocketSample[],
  { begin, base }: KernelTime,
  estimate: Runs,
): Runs | undefined {
  if (samples.length === 0 || samples.some(({ numbers }) => numbers.busy === undefined)) return undefined;
  const runs = new Runs();
  const shares = new Shares(estimate);
  // After its FIN the sender has nothing more to send, so nothing limits it.
  const last = estimate.count === 0 ? Number.POSITIVE_INFINITY : estimate.ends[estimate.count - 1];
  let at = begin;
  // All of them are 0 when the connection begins.
  let before: Numbers = {};
  // The kernel counts in jiffies: what grew by more than the time between two samples is the next one's.
  let carried = 0;
  for (const { time, numbers } of samples) {
    const end = Math.min((time - base) * 1e9, last);
    const length = end - at;
    if (length <= 0) continue;
    const receiver = grown('rwnd_limited', before, numbers);
    const buffer = grown('sndbuf_limited', before, numbers);
    const busy = grown('busy', before, numbers) + carried;
    carried = Math.max(0, busy - length);
    const rest = Math.max(0, Math.min(length, busy) - receiver - buffer);
    const parts = sharesBetween(before, numbers, shares.of(at, end)).map((share) => share * rest);
    parts[CAUSE['receiver-window']] += receiver;
    parts[CAUSE['send-buffer']] += buffer;
    const known = parts.reduce((a, b) => a + b, 0);
    parts[CAUSE.application] += Math.max(0, length - known);
    const scale = length / Math.max(known, length);
    for (const [cause, part] of parts.entries()) {
      runs.add(at, at + part * scale, cause, 0, 0);
      at += part * scale;
    }
    at = end;
    before = numbers;
  }
  if (runs.totals[CAUSE.unknown] > 0) runs.doubt(...estimate.candidates);
  return runs;
}

/** Nanoseconds. */
function grown(name: 'busy' | 'rwnd_limited' | 'sndbuf_limited', before: Numbers, after: Numbers): number {
  return Math.max(0, (after[name] ?? 0) - (before[name] ?? 0)) * 1000;
}

/** Shares of the causes in intervals of time, to be requested in ascending order. */
class Shares {
  private next = 0;
  private readonly runs: Runs;

  constructor(runs: Runs) {
    this.runs = runs;
  }

  of(begin: number, end: number): number[] {
    const { begins, ends, causes, count } = this.runs;
    const found = CAUSES.map(() => 0);
    let sum = 0;
    while (this.next < count && ends[this.next] <= begin) this.next++;
    for (let i = this.next; i < count && begins[i] < end; i++) {
      const part = Math.min(end, ends[i]) - Math.max(begin, begins[i]);
      found[causes[i]] += part;
      sum += part;
    }
    if (sum > 0) return found.map((one) => one / sum);
    found[CAUSE.unknown] = 1;
    return found;
  }
}
