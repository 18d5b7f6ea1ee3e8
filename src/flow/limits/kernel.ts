// What kept a sender from sending, as its kernel says: tcp_info's times busy, limited by the window, by the send buffer.
import type { SocketSample } from '../../base/socket-sample.ts';
import { CAUSES, type Cause, Runs } from './runs.ts';

const CAUSE = Object.fromEntries(CAUSES.map((name, index) => [name, index])) as Record<Cause, number>;

/** tcpi_ca_state from which on the window is that of a loss: CWR, Recovery, Loss. */
const REDUCED = 2;

/**
 * The time between each two samples of a socket, divided as the kernel's counters grew. Busy is the time with data
 * that waits for its ACK; what is neither the window's nor the buffer's of it is the congestion window's, or a loss's
 * where segments were sent again or the window was reduced meanwhile. `base`: seconds since 1970 that times count from.
 */
export function kernelLimits(samples: readonly SocketSample[], base: number): Runs | undefined {
  if (samples.length < 2 || samples.some(({ numbers }) => numbers.busy === undefined)) return undefined;
  const runs = new Runs();
  for (let i = 1; i < samples.length; i++) {
    const [before, after] = [samples[i - 1]!, samples[i]!];
    const begin = (before.time - base) * 1e9;
    const end = (after.time - base) * 1e9;
    const grown = (name: 'busy' | 'rwnd_limited' | 'sndbuf_limited') =>
      Math.max(0, (after.numbers[name] ?? 0) - (before.numbers[name] ?? 0)) * 1000;
    const receiver = grown('rwnd_limited');
    const buffer = grown('sndbuf_limited');
    const network = Math.max(0, grown('busy') - receiver - buffer);
    const lost =
      (after.numbers.total_retrans ?? 0) > (before.numbers.total_retrans ?? 0) ||
      (after.numbers.ca_state ?? 0) >= REDUCED;
    const idle = Math.max(0, end - begin - receiver - buffer - network);
    // The counters are read a little before or after the clock.
    const scale = (end - begin) / Math.max(1, receiver + buffer + network + idle);
    let at = begin;
    for (const [cause, time] of [
      [CAUSE['receiver-window'], receiver],
      [CAUSE['send-buffer'], buffer],
      [lost ? CAUSE.loss : CAUSE['congestion-window'], network],
      [CAUSE.application, idle],
    ] as const) {
      runs.add(at, at + time * scale, cause, 0, 0);
      at += time * scale;
    }
  }
  return runs;
}
