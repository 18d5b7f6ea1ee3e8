// A sample of what the kernel knows of a TCP socket (tcp_info and memory of inet_diag(7)), as a line of a packet's comment.

/** Numbers of a sample: microseconds, bytes, segments; rates in bytes per second. Those that the kernel does not have are absent. */
const SAMPLE_NUMBERS = [
  'state',
  'ca_state',
  'retransmits',
  'mss',
  'unacked',
  'lost',
  'retrans',
  'rtt',
  'rttvar',
  'ssthresh',
  'cwnd',
  'total_retrans',
  'pacing_rate',
  'notsent',
  'minrtt',
  'delivery_rate',
  'busy',
  'rwnd_limited',
  'sndbuf_limited',
  'snd_wnd',
  'sndbuf',
  'wmem_queued',
] as const;
export type SampleNumber = (typeof SAMPLE_NUMBERS)[number];

export interface SocketSample {
  /** Seconds since 1970. */
  time: number;
  /** Address and port, as endpointText writes them. */
  local: string;
  remote: string;
  numbers: Partial<Record<SampleNumber, number>>;
}

const BEGIN = 'tcp_info ';

/** `tcp_info 1700000000.123456 10.0.0.1:5000 10.0.0.2:80 state=1 cwnd=10 …` */
export function sampleLine({ time, local, remote, numbers }: SocketSample): string {
  const values = Object.entries(numbers).map(([name, value]) => `${name}=${value}`);
  return `${BEGIN}${time.toFixed(6)} ${local} ${remote} ${values.join(' ')}`;
}

/** The samples in a comment; none where it is another's. */
export function parseSamples(comment: string): SocketSample[] {
  if (!comment.startsWith(BEGIN)) return [];
  return comment.split('\n').flatMap((line) => {
    const [, time, local, remote, ...values] = line.split(' ');
    if (!line.startsWith(BEGIN) || remote === undefined || !(Number(time) > 0)) return [];
    const numbers: SocketSample['numbers'] = {};
    for (const value of values) {
      const [name, text] = value.split('=');
      const number = SAMPLE_NUMBERS.find((one) => one === name);
      if (number !== undefined && /^\d{1,20}$/.test(text ?? '')) numbers[number] = Number(text);
    }
    return [{ time: Number(time), local: local, remote, numbers }];
  });
}
