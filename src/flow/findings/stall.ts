// Findings about receive windows that kept the peer from sending.
import type { Side } from '../record.ts';
import { type Findings, verdictOf } from './finding.ts';

/** A stall counts where the longest lasted this long (nanoseconds): even a busy machine schedules a process earlier. */
const PAUSE = 100e6;
/**
 * Shorter ones are normal flow control, even of a receiver that reads as fast as it can. They count from this duration on, and
 * only where the throughput meanwhile (bytes per second) was lower than such a receiver's.
 */
const LEAST = 50e6;
const FAST = 20e6;
/** Where the window was never as large as any system's first, its buffer was made small: from this time on, or this share and so often. */
const FIRST_WINDOW = 60_000;
const SMALL_LEAST = 20e6;
const SMALL_SHARE = 0.1;
const OFTEN = 3;
/**
 * A window that came near to full, but not to the byte, counts from this share on, and where it once was so for this
 * long: a process that reads at once leaves it tight again and again, but never for long.
 */
const NEAR_SHARE = 0.2;
const NEAR_LONGEST = 15e6;
/** A window full for fewer round trips than this waits for the path; shorter round trips are not those of a path. */
const ROUND_TRIPS = 2;
const SHORT = 5e6;
/** A window that never gets larger than this is small (bytes). */
const SMALL = 65_535;

/** Windows closed for so short a time that it is normal flow control, not a slow process. */
function closedShortly(findings: Findings, receiver: Side, zero: { count: number; frames: number[] }): void {
  const { closed } = receiver;
  const { longest, total, fromFrame, untilFrame } = closed;
  const facts = {
    receiver: receiver.endpoint,
    times: zero.count,
    ...(total === 0 ? {} : { closed: { longest, total, toEnd: untilFrame === 0 } }),
  };
  findings.note({ code: 'zero-window', facts }, [fromFrame, untilFrame, ...zero.frames]);
}

export function stallFindings(findings: Findings): void {
  const { client, server } = findings.connection;
  for (const [receiver, sender] of [
    [client, server],
    [server, client],
  ] as const) {
    stalls(findings, receiver, sender);
    if (receiver.shrunk.count > 0) {
      const facts = { receiver: receiver.endpoint, times: receiver.shrunk.count };
      findings.problem({ code: 'window-shrunk', facts }, [receiver.shrunk.frame]);
    }
  }
}

function stalls(findings: Findings, receiver: Side, sender: Side): void {
  const { closed, full } = receiver;
  const lasted = findings.connection.end - findings.connection.start;
  const zero = verdictOf(receiver, 'zero_window');
  const filled = verdictOf(sender, 'window_full');
  const probes = verdictOf(sender, 'zero_window_probe');
  const surely = zero.count > 0 || filled.count > 0;
  const longer = full.total > closed.total ? full : closed;
  const { total, longest } = longer;
  const slow = total >= LEAST && sender.uniqueBytes / (total / 1e9) < FAST;
  const tiny =
    receiver.maxWindow < FIRST_WINDOW &&
    (total >= SMALL_LEAST || (zero.count + filled.count >= OFTEN && total >= SMALL_SHARE * lasted));
  const worth = surely
    ? longest >= PAUSE || slow || tiny
    : slow && total >= NEAR_SHARE * lasted && longest >= NEAR_LONGEST;
  if (!worth) {
    if (zero.count > 0) closedShortly(findings, receiver, zero);
    return;
  }
  const small = zero.count === 0 && receiver.maxWindow < SMALL;
  const far = zero.count === 0 && sender.rtt.min >= SHORT && longest < ROUND_TRIPS * sender.rtt.min;
  const { fromFrame, untilFrame } = longer;
  const facts = {
    receiver: receiver.endpoint,
    sender: sender.endpoint,
    total,
    longest,
    fromFrame,
    ...(untilFrame === 0 ? {} : { untilFrame }),
    zeroWindows: zero.count,
    fills: filled.count,
    probes: probes.count,
    window: receiver.maxWindow,
    reason: far ? 'long-path' : small ? 'small-buffer' : 'slow-process',
    ...(far ? { rtt: sender.rtt.min } : {}),
  } as const;
  findings.problem({ code: 'stalled', facts }, [fromFrame, untilFrame, ...filled.frames, ...zero.frames]);
}
