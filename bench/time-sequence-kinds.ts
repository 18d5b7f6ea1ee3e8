// Why a mark of the time-sequence data differs from tcptrace's, by rules on what tshark says of the segment.
import { spawnSync } from 'node:child_process';

export type What = 'segments' | 'acks' | 'windows';

/** Something that one of the two draws and the other doesn't: `SENDER_==>_RECEIVER`, time, one or two sequence numbers. */
export interface Mark {
  title: string;
  what: What;
  by: 'tcptrace' | 'nscap';
  time: string;
  values: string;
}

export const FAULT = 'tshark does not say what nscap says';

const FIELDS =
  'frame.time_epoch tcp.srcport tcp.dstport tcp.stream tcp.flags tcp.seq_raw tcp.ack_raw tcp.len tcp.window_size ' +
  'tcp.window_size_scalefactor frame.len frame.cap_len frame.protocols ip.frag_offset ipv6.fraghdr.offset';
const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];

/** A segment as tshark dissects it; NaN what it leaves out. */
interface Segment {
  time: string;
  /** A time before 1970, or with more than a second of nanoseconds: something has overflowed. */
  odd: boolean;
  ports: string;
  stream: number;
  flags: number;
  sequence: number;
  acknowledgment: number;
  length: number;
  window: number;
  scale: number;
  wire: number;
  captured: number;
  protocols: string;
  fragmented: boolean;
}

/** What tshark says of one capture. */
export class Referee {
  private readonly byPorts = new Map<string, Segment[]>();

  constructor(file: string) {
    const fields = FIELDS.split(' ').flatMap((field) => ['-e', field]);
    const words = [
      '-n',
      '-r',
      file,
      '-Y',
      'tcp && !icmp && !icmpv6',
      '-T',
      'fields',
      '-E',
      'occurrence=l',
      ...fields,
    ];
    const { stdout } = spawnSync('tshark', words, { maxBuffer: 1 << 29, encoding: 'latin1' });
    for (const line of stdout.split('\n')) {
      if (line === '') continue;
      const segment = readSegment(line.split('\t'));
      const list = this.byPorts.get(segment.ports);
      if (list === undefined) this.byPorts.set(segment.ports, [segment]);
      else list.push(segment);
    }
  }

  /** The name of a kind; FAULT where tshark doesn't say what nscap says. */
  kindOf(mark: Mark, all: readonly Mark[]): string {
    const [sender, receiver] = mark.title.split('_==>_').map((key) => key.slice(key.lastIndexOf(':') + 1));
    // Acknowledgments and windows of a direction are what its receiver sent.
    const key = mark.what === 'segments' ? `${sender} ${receiver}` : `${receiver} ${sender}`;
    const segments = this.byPorts.get(key) ?? [];
    const whole = [...segments, ...(this.byPorts.get(key.split(' ').reverse().join(' ')) ?? [])];
    const found = segments.filter(({ time }) => time === mark.time);
    if (isRounding(mark, all))
      return 'nscap: 104 days after the first packet, rounded by less than a microsecond';
    const says = found.find((segment) => marksOf(segment, mark.what).includes(mark.values));
    if (mark.by === 'nscap' && says === undefined) {
      const same = segments.find((segment) => marksOf(segment, mark.what).includes(mark.values));
      return same?.odd === true
        ? 'tshark, tcptrace: microseconds of a time that take more than 32 bits'
        : FAULT;
    }
    if (mark.by === 'nscap') return leftOut(mark, says!, whole, all);
    if (says !== undefined) {
      return says.protocols.includes('ipv6.routing') ? 'tcptrace: address before the routing header' : FAULT;
    }
    return drawnWrongly(mark, found, whole);
  }
}

/** What tcptrace would draw of the segment if it said what tshark says. */
function marksOf(segment: Segment, what: What): string[] {
  const { flags, sequence, acknowledgment, length, window } = segment;
  if (Number.isNaN(length)) return [];
  if (what !== 'segments') {
    if ((flags & ACK) === 0 || (flags & RST) !== 0) return [];
    return [String((acknowledgment + (what === 'acks' ? 0 : window)) >>> 0)];
  }
  const begin = sequence + ((flags & SYN) === 0 ? 0 : 1);
  const range = (from: number, to: number) => `${from >>> 0} ${to >>> 0}`;
  return [
    ...((flags & SYN) === 0 ? [] : [range(sequence, begin)]),
    ...(length > 0 ? [range(begin, begin + length)] : []),
    ...((flags & FIN) === 0 ? [] : [range(begin + length, begin + length + 1)]),
  ];
}

/** A mark that is right, and that tcptrace lacks. */
function leftOut(mark: Mark, segment: Segment, whole: readonly Segment[], all: readonly Mark[]): string {
  const mates = all.filter(
    ({ by, title, what }) => by === 'tcptrace' && title === mark.title && what === mark.what,
  );
  if (mates.some(({ time }) => time === mark.time)) {
    const wrong = wrongValue(mark, segment, whole);
    if (wrong !== undefined) return wrong;
  }
  if (hasOddTime(whole)) return 'tcptrace: time out of order or with more than 999,999 microseconds';
  if ((segment.flags & SYN) !== 0 && mark.what === 'segments' && segment.length > 0)
    return 'tcptrace: data of a SYN left out';
  if (segment.fragmented) return 'tcptrace: fragments not reassembled';
  if (/mpls|gre|vxlan|ip:ip|ip:ipv6|vlan/.test(segment.protocols)) return 'tcptrace: encapsulation not read';
  if (new Set(whole.map(({ stream }) => stream)).size > 1) return 'tcptrace: ports that are used again';
  if (hasSilence(whole)) return 'tcptrace: after a silence drawn as a connection of its own';
  return 'tcptrace: segment left out';
}

/** A mark that tcptrace alone has, and tshark doesn't. */
function drawnWrongly(mark: Mark, found: readonly Segment[], whole: readonly Segment[]): string {
  for (const segment of found) {
    if (Number.isNaN(segment.length)) return 'tcptrace: segment drawn that tshark takes for malformed';
    const wrong = wrongValue(mark, segment, whole);
    if (wrong !== undefined) return wrong;
  }
  if (hasOddTime(whole) || !/\.\d{6}$/.test(mark.time))
    return 'tcptrace: time out of order or with more than 999,999 microseconds';
  if (whole.some(({ fragmented }) => fragmented)) return 'tcptrace: fragments not reassembled';
  if (new Set(whole.map(({ stream }) => stream)).size > 1) return 'tcptrace: ports that are used again';
  return found.length === 0 ? 'tcptrace: segment drawn that tshark takes for malformed' : FAULT;
}

/** Why a value that tcptrace draws for the segment isn't what tshark says. */
function wrongValue({ what }: Mark, segment: Segment, whole: readonly Segment[]): string | undefined {
  if (what === 'windows') {
    if (segment.scale === -1) return 'tcptrace: window scaled where the handshake was not seen';
    if (segment.scale === -2) return 'tcptrace: window scaled where one SYN lacks the option';
    if (segment.scale > 1) return 'tcptrace: window not scaled, or by another factor';
  }
  if (what === 'acks') {
    const syns = whole.filter(({ flags }) => (flags & SYN) !== 0);
    if (syns.length > 2) return 'tcptrace: acknowledgment of a SYN that is sent again';
  }
  if (what === 'segments') {
    if (segment.fragmented) return 'tcptrace: fragments not reassembled';
    if (segment.captured < segment.wire) return 'tcptrace: length of a segment that was cut at capture';
    return 'tcptrace: length from IP where the frame has another';
  }
  return undefined;
}

/** Is it the same mark a microsecond off: a double has no room for the nanoseconds of 104 days. */
function isRounding(mark: Mark, all: readonly Mark[]): boolean {
  const microsecond = (time: string) => BigInt(time.replace('.', ''));
  return all.some((other) => {
    if (other.by === mark.by || other.what !== mark.what || other.title !== mark.title) return false;
    const apart = other.values === mark.values ? microsecond(other.time) - microsecond(mark.time) : 0n;
    return apart === 1n || apart === -1n;
  });
}

/** Is there a silence of four minutes? */
function hasSilence(segments: readonly Segment[]): boolean {
  const seconds = segments.map(({ time }) => Number(time)).sort((a, b) => a - b);
  return seconds.some((time, i) => i > 0 && time - seconds[i - 1] >= 240);
}

/** Do times go back, or forth by more than a day? */
function hasOddTime(segments: readonly Segment[]): boolean {
  const seconds = segments.map(({ time }) => Number(time));
  return Math.max(...seconds) - Math.min(...seconds) > 86_400;
}

/** Seconds with six digits; what a file says beyond a second's 999,999,999 nanoseconds is carried. */
function microseconds(text: string): string {
  const [seconds, nanoseconds] = text.split('.');
  const whole = BigInt(seconds) * 1_000_000n + BigInt(nanoseconds) / 1000n;
  return `${whole / 1_000_000n}.${String(whole % 1_000_000n).padStart(6, '0')}`;
}

function readSegment(words: readonly string[]): Segment {
  const number = (i: number) => (words[i] === undefined || words[i] === '' ? Number.NaN : Number(words[i]));
  return {
    time: microseconds(words[0]),
    odd: !/^\d+\.\d{9}$/.test(words[0]),
    ports: `${words[1]} ${words[2]}`,
    stream: number(3),
    flags: number(4),
    sequence: number(5),
    acknowledgment: number(6),
    length: number(7),
    window: number(8),
    scale: number(9),
    wire: number(10),
    captured: number(11),
    protocols: words[12] ?? '',
    fragmented: number(13) > 0 || number(14) > 0,
  };
}
