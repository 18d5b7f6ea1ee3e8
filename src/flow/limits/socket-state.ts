// What a socket has to send, as its kernel says at one moment: whether more could have been in flight, and who kept it from being written.
import type { SocketSample } from '../../base/socket-sample.ts';
import { CAUSE, CAUSES } from './runs.ts';

type Numbers = SocketSample['numbers'];

/** Who keeps more from being sent: each is enough by itself. */
type State =
  /** All that was written was sent. */
  | 'application'
  | 'send-buffer'
  /** Data waits to be sent, but less than the window would let go if it had been written: the sender spaces it out. */
  | 'application or network'
  | 'send-buffer or network'
  | 'network'
  /** The kernel does not say: it has no numbers of the buffer. */
  | 'open';

/** tcp_ca_state: recovery after a loss, and after a timeout. */
const RECOVERY = 3;
/** The kernel wakes a writer when a third of its buffer is free (sk_stream_is_writeable), so a writer that waits keeps this part used. */
const WRITER_WAITS = 2 / 3;
/** Of what lies in a buffer: more that is not sent yet, and a larger buffer would not put more in flight. */
const MUCH = 1 / 2;

function stateOf(numbers: Numbers): State {
  const { unacked, cwnd = 0, mss = 1, notsent, sndbuf, wmem_queued: queued } = numbers;
  if (unacked === undefined || notsent === undefined || sndbuf === undefined || queued === undefined)
    return 'open';
  const full = queued > sndbuf * WRITER_WAITS;
  const writer = full ? 'send-buffer' : 'application';
  // Less than a segment waits for more to be written, or for an ACK (RFC 1122, 4.2.3.4).
  if (notsent < mss) return writer;
  if (unacked >= cwnd || windowIsFull(numbers)) return 'network';
  if (full && notsent > (notsent + unacked * mss) * MUCH) return 'network';
  return `${writer} or network`;
}

/** Shares of the causes between two samples of a socket, of the time in which data was in flight; `packets`: as the packets say. */
export function sharesBetween(before: Numbers, after: Numbers, packets: readonly number[]): number[] {
  const recovery = [before, after].some(({ ca_state = 0 }) => ca_state >= RECOVERY);
  const ends = [before, after].map((numbers) => sharesIn(stateOf(numbers), numbers, recovery, packets));
  // Before the first sample nothing is known but what is known then.
  if (before.busy === undefined) return ends[1];
  return ends[0].map((share, i) => (share + ends[1][i]) / 2);
}

function sharesIn(state: State, numbers: Numbers, recovery: boolean, packets: readonly number[]): number[] {
  if (state === 'open') return [...packets];
  const found = CAUSES.map(() => 0);
  const writer = state.startsWith('application') ? CAUSE.application : CAUSE['send-buffer'];
  const onlyWriter = state === 'application' || state === 'send-buffer';
  for (const cause of NETWORK) {
    const lost = cause === CAUSE.loss || cause === CAUSE['path-mtu'];
    if (!onlyWriter || (lost && recovery)) found[cause] = packets[cause];
  }
  const rest = 1 - found.reduce((a, b) => a + b, 0);
  if (state !== 'network') found[writer] += rest;
  else if (rest < 1) return found.map((share) => share / (1 - rest));
  else found[networkCause(numbers, recovery)] = 1;
  return found;
}

const NETWORK = [
  CAUSE['receiver-window'],
  CAUSE['congestion-window'],
  CAUSE.loss,
  CAUSE['path-mtu'],
] as const;

/** Where the packets show none of these. */
function networkCause(numbers: Numbers, recovery: boolean): number {
  if (recovery) return CAUSE.loss;
  return windowIsFull(numbers) ? CAUSE['receiver-window'] : CAUSE['congestion-window'];
}

/** `snd_wnd` counts from the last acknowledged byte. */
function windowIsFull({ snd_wnd = Number.POSITIVE_INFINITY, unacked = 0, mss = 1 }: Numbers): boolean {
  return snd_wnd - unacked * mss < mss;
}
