// What stands before frames of IEEE 802.11 in captures of their radio: radiotap (https://www.radiotap.org), Prism, AVS.

import type { Printer } from '../engine/printer.ts';
import { print80211 } from './ieee80211.ts';

const HEADER_LENGTH = 8;
const FLAGS = 1;
const EXTENDED_CHANNEL = 18;
const RATE_INDEX = 19;
const NAMESPACE = 29;
const VENDOR_NAMESPACE = 30;
const EXTENSION = 31;
const CHECK_SEQUENCE = 0x10;
const PADDED = 0x20;
const CHECK_LENGTH = 4;

const PRISM_LENGTH = 144;
const AVS_COOKIES = [0x80211001, 0x80211002];

const FRAME_FLAGS = [
  [0x01, 'cfp '],
  [0x02, 'short preamble '],
  [0x04, 'wep '],
  [0x08, 'fragmented '],
  [0x40, 'bad-fcs '],
] as const;

/** The fields, read one behind the other, each at a multiple of its size from the header's start. */
class Fields {
  readonly p: Printer;
  private readonly start: number;
  private readonly end: number;
  private offset: number;

  constructor(p: Printer, start: number, end: number, offset: number) {
    this.p = p;
    this.start = start;
    this.end = end;
    this.offset = offset;
  }

  /** Skips a field of `size` bytes; returns its offset, or -1 where the header has no place for it. */
  take(size: number): number {
    const offset = this.start + Math.ceil((this.offset - this.start) / size) * size;
    if (offset + size > this.end) return -1;
    this.offset = offset + size;
    return offset;
  }
  /** Skips bytes without alignment. Returns false if the header does not have them. */
  skip(size: number): boolean {
    if (this.offset + size > this.end) return false;
    this.offset += size;
    return true;
  }
  /** Fields of these sizes in a row; answers their values, or undefined where the header has no place for them all. */
  values(...sizes: number[]): number[] | undefined {
    const values: number[] = [];
    for (const size of sizes) {
      const offset = this.take(size);
      if (offset < 0) return undefined;
      const { view } = this.p;
      values.push(
        size === 1
          ? view.getUint8(offset)
          : size === 2
            ? view.getUint16(offset, true)
            : view.getUint32(offset, true),
      );
    }
    return values;
  }
}

export function printRadiotapFrame(p: Printer, offset: number, length: number): void {
  p.linkHeader += printRadiotap(p, offset, length);
}

function printRadiotap(p: Printer, offset: number, length: number): number {
  p.protocol = '802.11_radio';
  const captured = p.available(offset);
  const cut = () => {
    p.truncated();
    return captured;
  };
  if (captured < HEADER_LENGTH) return cut();
  const header = p.view.getUint16(offset + 2, true);
  if (captured < header) return cut();
  const end = offset + header;
  // Words of bits that say which fields are present, up to the one that says it is the last.
  let last = offset + 4;
  while (last + 4 <= end && p.view.getUint32(last, true) >>> EXTENSION !== 0) last += 4;
  if (last + 4 > end) return cut();
  const fields = new Fields(p, offset, end, last + 4);
  let flags = 0;
  let first = 0;
  let foreign = false;
  let skipped = 0;
  for (let word = offset + 4; word <= last; word += 4) {
    const present = p.view.getUint32(word, true);
    if (foreign) {
      if (!fields.skip(skipped)) break;
      skipped = 0;
    } else {
      const answer = printFields(fields, present, first);
      if (answer.flags >= 0) flags = answer.flags;
      if (!answer.whole) break;
    }
    const own = ((present >>> NAMESPACE) & 1) !== 0;
    const vendor = ((present >>> VENDOR_NAMESPACE) & 1) !== 0;
    if (!own && !vendor) first += 32;
    else if (own !== vendor) {
      first = 0;
      foreign = vendor;
      skipped = 0;
      if (vendor) {
        const name = fields.take(2);
        const values = name < 0 ? undefined : fields.values(1, 1, 2);
        if (values === undefined) p.truncated();
        else skipped = values[2];
      }
    }
  }
  const padded = (flags & PADDED) !== 0;
  const check = (flags & CHECK_SEQUENCE) !== 0 ? CHECK_LENGTH : 0;
  return header + print80211(p, end, length - header, padded, check);
}

/** The fields of one word; returns what the flags were (-1 without), and false where a field could not be printed. */
function printFields(fields: Fields, present: number, first: number): { flags: number; whole: boolean } {
  let flags = -1;
  for (let bit = 0; bit < NAMESPACE; bit++) {
    if (((present >>> bit) & 1) === 0) continue;
    const field = first + bit;
    const value = printField(fields, field, present);
    if (value < 0) return { flags, whole: false };
    if (field === FLAGS) flags = value;
  }
  return { flags, whole: true };
}

const signed = (value: number) => (value << 24) >> 24;
/** Sizes and text of the fields that are one number. */
const NUMBERS = new Map<number, readonly [size: number, text: (value: number) => string]>([
  [5, [1, (value) => `${signed(value)}dBm signal `]],
  [6, [1, (value) => `${signed(value)}dBm noise `]],
  [7, [2, (value) => `${value} sq `]],
  [8, [2, (value) => `${0 - ((value << 16) >> 16)} tx power `]],
  [9, [1, (value) => `${0 - signed(value)}dB tx attenuation `]],
  [10, [1, (value) => `${signed(value)}dBm tx power `]],
  [11, [1, (value) => `antenna ${value} `]],
  [12, [1, (value) => `${value}dB signal `]],
  [13, [1, (value) => `${value}dB noise `]],
  [14, [2, () => '']],
]);

/** Returns a value (of the flags) or 0, below 0 where the field is cut short or its size unknown. */
function printField(fields: Fields, field: number, present: number): number {
  const { p } = fields;
  const number = NUMBERS.get(field);
  const sizes = number !== undefined ? [number[0]] : SIZES.get(field);
  if (sizes === undefined) {
    p.ascii(`[bit ${field}] `);
    return -1;
  }
  if (field === 0) {
    const offset = fields.take(8);
    if (offset < 0) {
      p.truncated();
      return -1;
    }
    p.ascii(`${p.view.getBigUint64(offset, true)}us tsft `);
    return 0;
  }
  const values = fields.values(...sizes);
  if (values === undefined) {
    p.truncated();
    return -1;
  }
  const [a, b, c] = values;
  if (number !== undefined) p.ascii(number[1](a));
  switch (field) {
    case FLAGS:
      for (const [bit, name] of FRAME_FLAGS) if ((a & bit) !== 0) p.ascii(name);
      return a;
    case 2:
      // Some systems put the index of a rate here, some the rate.
      p.ascii(a >= 0x80 && a <= 0x8f ? `MCS ${a & 0x7f} ` : `${(a / 2).toFixed(1)} Mb/s `);
      break;
    case 3:
      if (((present >>> EXTENDED_CHANNEL) & 1) === 0) printChannel(p, a, b, present);
      break;
    case 4:
      p.ascii(`fhset ${a} fhpat ${b} `);
      break;
    case EXTENDED_CHANNEL:
      printChannel(p, b, a, present);
      break;
    case RATE_INDEX:
      printRate(p, a, b, c);
      break;
    case 21:
      printVeryHighThroughput(p, values);
  }
  return 0;
}

const SIZES = new Map<number, readonly number[]>([
  [0, [8]],
  [FLAGS, [1]],
  [2, [1]],
  [3, [2, 2]],
  [4, [1, 1]],
  [EXTENDED_CHANNEL, [4, 2, 1, 1]],
  [RATE_INDEX, [1, 1, 1]],
  [20, [4, 2, 1, 1]],
  [21, [2, 1, 1, 1, 1, 1, 1, 1, 1, 2]],
]);

const TURBO = 0x10;
const CCK = 0x20;
const OFDM = 0x40;
const GHZ_2 = 0x80;
const GHZ_5 = 0x100;
const DYNAMIC = 0x400;
const GFSK = 0x800;
const HALF = 0x4000;
const QUARTER = 0x8000;

function printChannel(p: Printer, frequency: number, flags: number, present: number): void {
  p.field('', frequency);
  p.ascii(' MHz');
  const all = (bits: number) => (flags & bits) === bits;
  const width = (flags & HALF) !== 0 ? '/10Mhz' : (flags & QUARTER) !== 0 ? '/5Mhz' : '';
  if (((present >>> RATE_INDEX) & 1) !== 0) p.ascii(' 11n');
  else {
    if (all(GHZ_2 | GFSK)) p.ascii(' FHSS');
    if (all(GHZ_5 | OFDM)) p.ascii(` 11a${width}`);
    if (all(GHZ_2 | OFDM) || all(GHZ_2 | DYNAMIC)) p.ascii(` 11g${width}`);
    else if (all(GHZ_2 | CCK)) p.ascii(' 11b');
    if ((flags & TURBO) !== 0) p.ascii(' Turbo');
  }
  if ((flags & 0x10000) !== 0) p.ascii(' ht/20');
  else if ((flags & 0x40000) !== 0) p.ascii(' ht/40-');
  else if ((flags & 0x20000) !== 0) p.ascii(' ht/40+');
  p.ascii(' ');
}

/** Mb/s of the modulation and coding schemes at 20 MHz: of one stream, and of those whose streams differ. */
const STREAM = [6.5, 13, 19.5, 26, 39, 52, 58.5, 65];
const UNEQUAL = [
  39, 52, 65, 58.5, 78, 97.5, 52, 65, 65, 78, 91, 91, 104, 78, 97.5, 97.5, 117, 136.5, 136.5, 156, 65, 78, 91,
  78, 91, 104, 117, 104, 117, 130, 130, 143, 97.5, 117, 136.5, 117, 136.5, 156, 175.5, 156, 175.5, 195, 195,
  214.5,
];
const DUPLICATE = 32;

/** Mb/s (IEEE 802.11n, 20.6), 0 where there is no such scheme. */
function rateOf(index: number, wide: boolean, short: boolean): number {
  let rate: number;
  if (index < DUPLICATE) rate = STREAM[index % 8] * (Math.floor(index / 8) + 1);
  else rate = index === DUPLICATE ? (wide ? 26 / 9 : 0) : (UNEQUAL[index - DUPLICATE - 1] ?? 0);
  // 108 carriers of data instead of 52; a symbol of 3.6 µs instead of 4.
  if (wide) rate = (rate * 27) / 13;
  if (short) rate /= 0.9;
  return Math.round(rate * 10) / 10;
}

function printRate(p: Printer, known: number, flags: number, index: number): void {
  const bandwidth = flags & 3;
  const short = (flags & 4) !== 0;
  if ((known & 0x02) !== 0) {
    const rate = (known & 0x05) !== 0 ? rateOf(index, bandwidth === 1, short) : 0;
    if (rate !== 0) p.ascii(`${rate.toFixed(1)} Mb/s `);
    p.field('MCS ', index);
    p.ascii(' ');
  }
  if ((known & 0x01) !== 0) p.ascii(`${BANDWIDTHS[bandwidth]} `);
  if ((known & 0x04) !== 0) p.ascii(short ? 'short GI ' : 'long GI ');
  if ((known & 0x08) !== 0) p.ascii((flags & 0x08) !== 0 ? 'greenfield ' : 'mixed ');
  if ((known & 0x10) !== 0) p.ascii((flags & 0x10) !== 0 ? 'LDPC FEC ' : 'BCC FEC ');
  if ((known & 0x20) !== 0) p.ascii(`RX-STBC${(flags >> 5) & 3} `);
}

/** The last but six is what tcpdump calls two of them. */
const BANDWIDTHS = [
  '20 MHz',
  '40 MHz',
  '20 MHz (L)',
  '20 MHz (U)',
  '80 MHz',
  '80 MHz (L)',
  '80 MHz (U)',
  '80 MHz (LL)',
  '80 MHz (LU)',
  '80 MHz (UL)',
  '80 MHz (UU)',
  '160 MHz',
  '160 MHz (L)',
  '160 MHz (U)',
  '160 MHz (LL)',
  '160 MHz (LU)',
  '160 MHz (UL)',
  '160 MHz (UU)',
  '160 MHz (LLL)',
  '160 MHz (LLU)',
  '160 MHz (LUL)',
  '160 MHz (UUU)',
  '160 MHz (ULL)',
  '160 MHz (ULU)',
  '160 MHz (UUL)',
  '160 MHz (UUU)',
];

function printVeryHighThroughput(p: Printer, values: readonly number[]): void {
  const [known, flags, bandwidth] = values;
  const coding = values[7];
  for (let user = 0; user < 4; user++) {
    const scheme = values[3 + user];
    if ((scheme & 15) === 0) continue;
    p.ascii(`User ${user} MCS ${scheme >> 4} ${((coding >> user) & 1) !== 0 ? 'LDPC' : 'BCC'} FEC `);
  }
  const width = bandwidth & 0x1f;
  if ((known & 0x40) !== 0) p.ascii(`${BANDWIDTHS[width] ?? `unknown (${width})`} `);
  if ((known & 0x04) !== 0) p.ascii((flags & 4) !== 0 ? 'short GI ' : 'long GI ');
}

export function printAvsFrame(p: Printer, offset: number, length: number): void {
  p.protocol = '802.11_radio_avs';
  const captured = p.available(offset);
  const header = captured < HEADER_LENGTH ? 0 : p.view.getUint32(offset + 4);
  if (header < HEADER_LENGTH || captured < header) {
    p.truncated();
    p.linkHeader += captured;
    return;
  }
  p.linkHeader += header + print80211(p, offset + header, length - header, false, 0);
}

/** Prism's header, which has a fixed length and no field for it; or AVS's, which has a cookie. */
export function printPrismFrame(p: Printer, offset: number, length: number): void {
  p.protocol = 'prism';
  if (p.has(offset, 4) && AVS_COOKIES.includes(p.view.getUint32(offset))) {
    printAvsFrame(p, offset, length);
    return;
  }
  if (!p.has(offset, PRISM_LENGTH)) {
    p.truncated();
    p.linkHeader += p.available(offset);
    return;
  }
  p.linkHeader += PRISM_LENGTH + print80211(p, offset + PRISM_LENGTH, length - PRISM_LENGTH, false, 0);
}
