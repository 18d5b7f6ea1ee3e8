// Random segments crowded into a few sequence numbers, windows and moments, so that every rule meets every other; with
// options that are malformed, numbers that wrap, and clocks that run backwards.
import { ACK, FIN, PSH, RST, SYN, URG } from '../../src/wire/tcp.ts';
import { random } from './random-streams.ts';
import { datagram, type Frame } from './support.ts';

const BASES = [0, 1, 5, 1000, 0xffffffff, 0xfffffffc, 0xfffffff5, 0x7ffffffa, 0x80000000];
const CONTROL = [FIN | ACK, FIN, RST, RST | ACK, FIN | RST, URG | ACK, 0];
const OPENING = [SYN, SYN, SYN | ACK, SYN | ACK, SYN | FIN, SYN | RST];
const STEPS = [
  [0, 1],
  [1e3, 2_999_999, 3e6, 3_000_001],
  [19_999_999, 2e7, 20_000_001, 1, 0],
  [1e8, 1e9],
  [1e3, 3e6, 2e7, 3e9, -1e3, -1e9],
];
const LENGTHS = [[0, 0, 1, 1, 2, 3], [0, 0, 0, 1], [0, 1, 2, 3, 5, 8], [0]];
const WINDOWS = [[0, 1], [0, 1, 2, 3], [5], [0, 10, 10, 10], [1, 2, 3, 4, 5, 6, 7, 8], [65535, 65534]];
/** Cut short, too long, empty, or of protocols hardly seen: SACK, scale, MPTCP, SNACK, unknown. */
const ODD = [
  [5, 2],
  [5, 9, 0, 0, 0, 0, 0, 0, 0],
  [5, 14, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  [8, 0],
  [3, 2, 1, 1],
  [30, 2],
  [30, 3, 0],
  [30, 4, 0x20, 1],
  [30, 8, 0x20, 1, 0, 0, 0, 1],
  [30, 10, 0x60, 0, 0, 0, 0, 0, 0, 0],
  [21, 6, 0, 0, 0, 0],
  [99, 40],
  [1, 1, 1, 0, 3, 3, 7],
];
const COOKIES = [
  [34, 2],
  [34, 6, 1, 2, 3, 4],
  [254, 4, 0xf9, 0x89],
  [253, 8, 0xf9, 0x89, 1, 2, 3, 4],
];

/** `streams` conversations of `length` segments each, one after the other. */
export function crampedSegments(seed: number, streams: number, length: number): Frame[] {
  const choice = choices(seed);
  return Array.from({ length: streams }, (_, stream) => conversation(choice, stream, length)).flat();
}

interface Choices {
  /** From 0 up to 1. */
  next(): number;
  whole(n: number): number;
  pick<T>(values: readonly T[]): T;
}

function choices(seed: number): Choices {
  const next = random(seed);
  const whole = (n: number) => Math.floor(next() * n);
  return { next, whole, pick: (values) => values[whole(values.length)] };
}

const word = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

function conversation(choice: Choices, stream: number, length: number): Frame[] {
  const { next, whole, pick } = choice;
  const frames: Frame[] = [];
  const bases = [pick(BASES), next() < 0.5 ? pick(BASES) : whole(2 ** 32)];
  const reached = [...bases];
  const room = pick([3, 6, 12, 30]);
  const [steps, lengths, windows] = [pick(STEPS), pick(LENGTHS), pick(WINDOWS)];
  const [opening, control] = [pick([0.02, 0.1, 0.3]), pick([0, 0.05, 0.2])];
  const habits = { scaled: pick([0, 0.5, 1]), sacks: pick([0, 0.2, 0.5]), odd: pick([0, 0, 0.1]), room };
  let time = stream * 100e9;
  for (let i = 0; i < length; i++) {
    time = Math.max(0, time + pick(steps));
    const sender = whole(2);
    const [mine, theirs] = [bases[sender], bases[1 - sender]];
    const kind = next();
    let flags = pick([ACK, ACK, ACK, PSH | ACK, PSH]);
    if (kind < opening) flags = pick(OPENING);
    else if (kind < opening + control) flags = pick(CONTROL);
    const size = pick(lengths);
    let sequence = pick([reached[sender], reached[sender], reached[sender] - 1, mine + whole(room)]);
    let acknowledgment = pick([
      reached[1 - sender],
      reached[1 - sender],
      theirs + 1,
      theirs + whole(room + 2),
    ]);
    if (next() < 0.02) sequence += pick([2 ** 31, 2 ** 30, 2 ** 31 - 1, 5000]);
    if (next() < 0.02) acknowledgment += pick([2 ** 31, -(2 ** 30), 5000]);
    if ((flags & SYN) !== 0 && next() < 0.6) sequence = mine;
    if ((flags & ACK) === 0 && next() < 0.7) acknowledgment = 0;
    const options = optionsOf(choice, flags, theirs, habits);
    const [source, destination] = sender === 0 ? [1, 2] : [2, 1];
    const port = 1000 + stream;
    const bytes = datagram({
      source: [10, 0, source, 0],
      destination: [10, 0, destination, 0],
      sourcePort: sender === 0 ? port : 40_000,
      destinationPort: sender === 0 ? 40_000 : port,
      sequence: sequence >>> 0,
      acknowledgment: acknowledgment >>> 0,
      flags,
      window: pick(windows),
      length: size,
      options: options.slice(0, 40),
    });
    frames.push({ bytes, time });
    const end = (sequence + size + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) >>> 0;
    if (((end - reached[sender]) | 0) > 0 || (flags & SYN) !== 0) reached[sender] = end;
  }
  return frames;
}

/** Window scale, cookies, SACK blocks and malformed options, each as often as the conversation has them. */
function optionsOf(
  { next, whole, pick }: Choices,
  flags: number,
  theirs: number,
  { scaled, sacks, odd, room }: { scaled: number; sacks: number; odd: number; room: number },
): number[] {
  const options: number[] = [];
  if ((flags & SYN) !== 0) {
    if (next() < scaled) options.push(1, 3, 3, pick([0, 1, 2, 7, 14, 15, 255]));
    if (next() < 0.1) options.push(...pick(COOKIES));
  } else if (next() < 0.02) options.push(1, 3, 3, whole(16));
  if (next() < sacks) {
    const ranges = 1 + whole(3);
    options.push(1, 1, 5, 2 + 8 * ranges);
    for (let range = 0; range < ranges; range++) {
      const left = theirs + whole(room);
      options.push(...word(left), ...word(left + whole(room) - (next() < 0.05 ? room : 0)));
    }
  }
  if (next() < odd) options.push(...pick(ODD));
  return options;
}
