// What the kernel said of TCP sockets (capture --sockets), kept until the rows of its interval are written.
import type { SocketSample } from '../base/socket-sample.ts';
import type { Cell } from './rows.ts';

/** Sockets at a time, and samples of each: of every interval the latest. The oldest are given up beyond. */
const SOCKETS = 20_000;
const INTERVALS = 8;
/** tcp_info's words for "none": TCP_INFINITE_SSTHRESH, a minimum that is not known, a rate without limit. */
const NO_THRESHOLD = 0x7fff_ffff;
const NO_MINIMUM = 0xffff_ffff;
const NO_RATE = 2 ** 63;

/** The socket at `sender` of a connection to `receiver`: address and port each, as endpointText writes them. */
export class SocketStates {
  private readonly sockets = new Map<string, SocketSample[]>();
  private readonly interval: number;

  /** Seconds. */
  constructor(interval: number) {
    this.interval = interval;
  }

  get size(): number {
    return this.sockets.size;
  }

  add(sample: SocketSample): void {
    const key = `${sample.local} ${sample.remote}`;
    const known = this.sockets.get(key);
    if (known === undefined) {
      if (this.sockets.size === SOCKETS) this.sockets.delete(this.sockets.keys().next().value!);
      this.sockets.set(key, [sample]);
      return;
    }
    const last = known.at(-1);
    if (last !== undefined && this.numberOf(last) === this.numberOf(sample)) known.pop();
    known.push(sample);
    if (known.length > INTERVALS) known.shift();
  }

  /** What held at the end of an interval: only changes are sampled. Samples before `begin` are another connection's. */
  cells(sender: string, receiver: string, interval: number, begin: number): Record<string, Cell> | undefined {
    const known = this.sockets.get(`${sender} ${receiver}`);
    if (known === undefined) return undefined;
    const until = known.findLastIndex((sample) => this.numberOf(sample) <= interval);
    if (until < 0 || known[until].time < begin) return undefined;
    return cellsOf(known[until]);
  }

  /** The connection has ended. */
  forget(one: string, other: string): void {
    this.sockets.delete(`${one} ${other}`);
    this.sockets.delete(`${other} ${one}`);
  }

  private numberOf({ time }: SocketSample): number {
    return Math.floor(time / this.interval);
  }
}

function cellsOf({ numbers }: SocketSample): Record<string, Cell> {
  const microseconds = (value: number | undefined) => (value === undefined ? null : value * 1000);
  const below = (value: number | undefined, none: number) =>
    value === undefined || value >= none ? null : value;
  return {
    cwnd: numbers.cwnd ?? null,
    ssthresh: below(numbers.ssthresh, NO_THRESHOLD),
    srtt: microseconds(numbers.rtt),
    rttvar: microseconds(numbers.rttvar),
    kernel_rtt_min: microseconds(below(numbers.minrtt, NO_MINIMUM) ?? undefined),
    unacked: numbers.unacked ?? null,
    lost: numbers.lost ?? null,
    kernel_retransmissions: numbers.total_retrans ?? null,
    pacing_rate: below(numbers.pacing_rate, NO_RATE),
    delivery_rate: below(numbers.delivery_rate, NO_RATE),
    not_sent: numbers.notsent ?? null,
    busy_time: microseconds(numbers.busy),
    receive_window_limited: microseconds(numbers.rwnd_limited),
    send_buffer_limited: microseconds(numbers.sndbuf_limited),
  };
}
