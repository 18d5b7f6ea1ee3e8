// Rx, the remote procedure calls of AFS.
import { localOffset } from '../../base/zone.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';
import { RxCalls } from './rx-calls.ts';
import { SERVICES, type Service, UBIK } from './rx-services.ts';

const HEADER_LENGTH = 28;
const ACKNOWLEDGEMENT_LENGTH = 18;
const DATA = 1;
const ACKNOWLEDGEMENT = 2;
const ABORT = 4;
const TYPES: Names = new Map([
  ...'data ack busy abort ackall challenge response debug params'
    .split(' ')
    .map((name, i) => [i + 1, name] as const),
  [13, 'version'],
]);
const CLIENT_INITIATED = 1;
/** Flags, and the type of packet that has them; 0 for every. */
const FLAGS = [
  [CLIENT_INITIATED, 0, '<client-init>'],
  [2, 0, '<req-ack>'],
  [4, 0, '<last-pckt>'],
  [8, 0, '<more-pckts>'],
  [16, 0, '<free-pckt>'],
  [32, ACKNOWLEDGEMENT, '<slow-start>'],
  [32, DATA, '<jumbogram>'],
] as const;
const REASONS = [
  '#0',
  'ack requested',
  'duplicate packet',
  'out of sequence',
  'exceeds window',
  'no buffer space',
  'ping',
  'ping response',
  'delay',
  'idle',
];
const BEACON = 10_000;
const VOLUME_TYPES = ['read-write', 'read-only', 'backup'];
/** Bytes of a list of access rights, at most. */
const LONGEST_RIGHTS = 1024;
/** What C's scanf would take for two numbers, and for a name and one, without ever giving back what it took. */
const COUNTS = /^[ \t-\r]*([-+]?\d+)(?!\d)[ \t-\r]*([-+]?\d+)[ \t-\r]*/;
const ENTRY = /^[ \t-\r]*([^ \t-\r]{1024}|[^ \t-\r]{1,1023}(?![^ \t-\r]))[ \t-\r]*([-+]?\d+)[ \t-\r]*/;
/** Rights in the order `fs listacl` has. */
const RIGHTS = [
  [1, 'r'],
  [8, 'l'],
  [4, 'i'],
  [16, 'd'],
  [2, 'w'],
  [32, 'k'],
  [64, 'a'],
] as const;

export function printRx(p: Printer, offset: number, length: number): void {
  const { sourcePort: source, destinationPort: destination } = p;
  p.protocol = 'rx';
  if (!p.has(offset, HEADER_LENGTH)) {
    p.ascii(` [|rx] (${length})`);
    return;
  }
  const type = p.bytes[offset + 20];
  const flags = p.bytes[offset + 21];
  const sequence = p.u32(offset + 12);
  p.ascii(` rx ${TYPES.get(type) ?? `type ${type}`}`);
  if (p.verbose > 0) printHeader(p, offset, type, flags);
  const initiated = (flags & CLIENT_INITIATED) !== 0;
  if (type === DATA && sequence === 1 && initiated) {
    p.state(RxCalls).enter(p, offset, destination);
    printCall(p, SERVICES.get(destination), offset, length);
  } else if (((type === DATA && sequence === 1) || type === ABORT) && !initiated) {
    const operation = p.state(RxCalls).find(p, offset, source);
    if (operation >= 0) printReply(p, SERVICES.get(source), offset, length, operation);
  } else if (type === ACKNOWLEDGEMENT) printAcknowledgement(p, offset, length);
  p.ascii(` (${length})`);
}

function printHeader(p: Printer, offset: number, type: number, flags: number): void {
  if (p.verbose > 1) {
    p.ascii(' cid ');
    p.hexBytes(offset + 4, 4);
    p.field(' call# ', p.u32(offset + 8));
  }
  p.field(' seq ', p.u32(offset + 12));
  p.field(' ser ', p.u32(offset + 16));
  if (p.verbose > 2) p.ascii(` secindex ${p.bytes[offset + 23]} serviceid ${p.u16(offset + 26)}`);
  if (p.verbose < 2) return;
  let separator = ' ';
  for (const [bit, only, name] of FLAGS) {
    if ((flags & bit) === 0 || (only !== 0 && only !== type)) continue;
    p.ascii(separator + name);
    separator = ',';
  }
}

function isUbik(operation: number): boolean {
  return (operation >= 10_000 && operation <= 10_007) || (operation >= 20_000 && operation <= 20_013);
}

function name(service: Service, operation: number): string {
  return service.operations.get(operation) ?? `op#${operation}`;
}

function printCall(p: Printer, service: Service | undefined, offset: number, length: number): void {
  if (service === undefined || length <= HEADER_LENGTH) return;
  const operation = p.u32(offset + HEADER_LENGTH);
  p.ascii(` ${service.name}`);
  let called = service;
  if (service.replicated && isUbik(operation)) {
    called = UBIK;
    p.ascii(' ubik');
  }
  p.ascii(` call ${name(called, operation)}`);
  const format = called.calls.get(operation) ?? '';
  if (!new Arguments(p, called, offset + HEADER_LENGTH + 4).print(format)) p.ascii(` [|${called.name}]`);
}

function printReply(
  p: Printer,
  service: Service | undefined,
  offset: number,
  length: number,
  operation: number,
): void {
  if (service === undefined || length < HEADER_LENGTH) return;
  if (length === HEADER_LENGTH && service.name !== 'pt' && service.name !== 'vldb') return;
  p.ascii(` ${service.name}`);
  let answering = service;
  if (service.replicated && isUbik(operation)) {
    answering = UBIK;
    p.ascii(' ubik');
  }
  p.ascii(` reply ${name(answering, operation)}`);
  const body = offset + HEADER_LENGTH;
  let format = ' errcode%I';
  if (p.bytes[offset + 20] === DATA) format = answering.replies.get(operation) ?? '';
  else if (answering === UBIK && operation === BEACON) format = ' vote yes until%D';
  else if (answering.errors !== undefined) {
    const error = p.u32(body) | 0;
    p.ascii(` error ${answering.errors.get(error) ?? `#${error}`}`);
    return;
  }
  if (!new Arguments(p, answering, body).print(format)) p.ascii(` [|${answering.name}]`);
}

/** Numbers of packets whose byte is `value`, neighbours as a range. */
function printRanges(
  p: Printer,
  title: string,
  offset: number,
  count: number,
  value: number,
  first: number,
): void {
  let start = -2;
  let last = -2;
  for (let i = 0; i < count; i++) {
    if (p.u8(offset + i) === value) {
      if (last === -2 || last !== i - 1) {
        p.field(last === -2 ? title : ',', (first + i) >>> 0);
        start = i;
      }
      last = i;
    } else if (last === i - 1 && start !== last) p.field('-', (first + i - 1) >>> 0);
  }
  if (last === count - 1 && start !== last) p.field('-', (first + count - 1) >>> 0);
}

function printAcknowledgement(p: Printer, offset: number, length: number): void {
  if (length < HEADER_LENGTH) return;
  offset += HEADER_LENGTH;
  if (!p.has(offset, ACKNOWLEDGEMENT_LENGTH)) {
    p.ascii(' [|ack]');
    return;
  }
  if (p.verbose > 2) p.ascii(` bufspace ${p.u16(offset)} maxskew ${p.u16(offset + 2)}`);
  const first = p.u32(offset + 4);
  const reason = p.u8(offset + 16);
  const count = p.u8(offset + 17);
  p.ascii(` first ${first} serial ${p.u32(offset + 12)} reason ${REASONS[reason] ?? `#${reason}`}`);
  offset += ACKNOWLEDGEMENT_LENGTH;
  if (count > 0) {
    if (!p.has(offset, count)) {
      p.ascii(' [|ack]');
      return;
    }
    printRanges(p, ' acked ', offset, count, 1, first);
    printRanges(p, ' nacked ', offset, count, 0, first);
    offset += count;
  }
  // Padding.
  offset += 3;
  if (p.verbose < 2) return;
  for (const title of [' ifmtu', ' maxmtu', ' rwind', ' maxpackets']) {
    if (p.end - offset + 1 <= 4) return;
    p.ascii(title);
    p.field(' ', p.u32(offset));
    offset += 4;
  }
}

/** Reads the arguments of a call or reply, from a place on. */
class Arguments {
  private readonly p: Printer;
  private readonly service: Service;
  private offset: number;

  constructor(p: Printer, service: Service, offset: number) {
    this.p = p;
    this.service = service;
    this.offset = offset;
  }

  /** Returns false where one was not captured, or is longer than it may be. */
  print(format: string): boolean {
    for (let i = 0; i < format.length; ) {
      const code = format.indexOf('%', i);
      const text = format.slice(i, code < 0 ? undefined : code);
      if (text !== '') this.p.ascii(text);
      if (code < 0) return true;
      if (!ARGUMENTS[format[code + 1]](this)) return false;
      i = code + 2;
    }
    return true;
  }

  has(bytes: number): boolean {
    return this.p.has(this.offset, bytes);
  }

  skip(bytes: number): boolean {
    if (!this.has(bytes)) return false;
    this.offset += bytes;
    return true;
  }

  word(): number {
    const value = this.p.u32(this.offset);
    this.offset += 4;
    return value;
  }

  text(text: string): true {
    this.p.ascii(text);
    return true;
  }

  number(): true {
    this.p.field(' ', this.word());
    return true;
  }

  long(): true {
    this.p.ascii(` ${this.p.u64(this.offset)}`);
    this.offset += 8;
    return true;
  }

  /** Three words behind a title. */
  triple(title: string, separator: string): boolean {
    if (!this.has(12)) return false;
    this.p.ascii(`${title}${this.word()}${separator}${this.word()}${separator}${this.word()}`);
    return true;
  }

  date(): true {
    const seconds = this.word() | 0;
    const time = new Date((seconds + localOffset(seconds)) * 1000);
    const two = (value: number) => String(value).padStart(2, '0');
    const year = String(time.getUTCFullYear()).padStart(4, '0');
    this.p.ascii(` ${year}/${two(time.getUTCMonth() + 1)}/${two(time.getUTCDate())}`);
    this.p.ascii(` ${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`);
    return true;
  }

  string(): boolean {
    const length = this.word();
    if (length > this.service.longest) return false;
    this.p.ascii(' "');
    if (!printText(this.p, this.offset, length)) return false;
    this.p.ascii('"');
    this.offset += (length + 3) & ~3;
    return true;
  }

  /** A string of one character a word, up to a NUL. */
  vector(length = this.service.longest): boolean {
    if (!this.has(length * 4)) return false;
    this.p.ascii(' "');
    let ended = false;
    for (let i = 0; i < length; i++) {
      const character = this.word() & 0xff;
      ended ||= character === 0;
      if (!ended) this.p.visible(character);
    }
    this.p.ascii('"');
    return true;
  }

  /** What of a file's state is to be stored. */
  state(): boolean {
    if (!this.has(24)) return false;
    const { p } = this;
    const mask = this.word();
    if (mask !== 0) p.ascii(' StoreStatus');
    if ((mask & 1) !== 0) {
      p.ascii(' date');
      this.date();
    } else this.offset += 4;
    const owner = this.word();
    if ((mask & 2) !== 0) p.field(' owner ', owner);
    const group = this.word();
    if ((mask & 4) !== 0) p.field(' group ', group);
    const mode = this.word();
    if ((mask & 8) !== 0) p.ascii(` mode ${(mode & 0o7777).toString(8)}`);
    const segment = this.word();
    if ((mask & 16) !== 0) p.field(' segsize ', segment);
    if ((mask & 1024) !== 0) p.ascii(' fsync');
    return true;
  }

  version(): boolean {
    if (!this.has(8)) return false;
    this.p.ascii(` ${this.word()}.${this.word()}`);
    return true;
  }

  uuid(): boolean {
    if (!this.has(44)) return false;
    this.p.ascii(' ');
    for (let i = 0; i < 11; i++) {
      const word = this.word();
      const digits = i === 0 ? 8 : i < 3 ? 4 : 2;
      const shown = i < 3 ? word : word & 0xff;
      this.p.ascii(shown.toString(16).padStart(digits, '0'));
    }
    return true;
  }

  /** A count, and that many items printed by `print`, with `separator` between. */
  list(print: () => boolean, separator = ''): boolean {
    const count = this.word();
    for (let i = 0; i < count; i++) {
      if (!print()) return false;
      if (separator !== '' && i !== count - 1) this.p.ascii(separator);
    }
    if (count === 0) this.p.ascii(' <none!>');
    return true;
  }

  /** When callbacks on the files before expire. */
  callbacks(): boolean {
    const count = this.word();
    if (count !== 0) this.p.ascii(';');
    for (let i = 0; i < count; i++) {
      this.p.ascii(' ver');
      this.p.field(' ', this.word() | 0);
      this.p.ascii(' expires');
      this.date();
      this.word();
    }
    return true;
  }

  rights(): boolean {
    const { p } = this;
    const length = this.word();
    if (!this.has(length)) return false;
    let text = '';
    for (let i = 0; i < Math.min(length, LONGEST_RIGHTS); i++) {
      const byte = p.bytes[this.offset + i];
      if (byte === 0) break;
      text += String.fromCharCode(byte);
    }
    const counts = COUNTS.exec(text);
    if (counts === null) return true;
    text = text.slice(counts[0].length);
    for (const [sign, count] of [
      ['+', counts[1]],
      ['-', counts[2]],
    ]) {
      for (let i = 0; i < integer(count); i++) {
        const entry = ENTRY.exec(text);
        if (entry === null) return true;
        text = text.slice(entry[0].length);
        p.ascii(` ${sign}{`);
        for (let j = 0; j < entry[1].length; j++) p.visible(entry[1].charCodeAt(j));
        p.ascii(' ');
        for (const [bit, letter] of RIGHTS) if ((integer(entry[2]) & bit) !== 0) p.ascii(letter);
        p.ascii('}');
      }
    }
    return true;
  }

  /** Where a volume is: `rows` servers, each an address or (`uuids`) an identifier, and its partition there. */
  location(rows: number, uuids: boolean): boolean {
    const { p } = this;
    if (!this.vector()) return false;
    if (rows === 8 && !this.skip(4)) return false;
    p.ascii(' numservers');
    const servers = this.word();
    p.ascii(` ${servers} servers`);
    for (let i = 0; i < rows; i++) {
      if (i >= servers) {
        if (!this.skip(uuids ? 44 : 4)) return false;
      } else if (uuids) {
        p.ascii(' afsuuid');
        if (!this.uuid()) return false;
      } else {
        if (!this.has(4)) return false;
        p.ascii(' ');
        p.ipv4(this.offset);
        this.offset += 4;
      }
    }
    if (uuids && !this.skip(4 * rows)) return false;
    p.ascii(' partitions');
    for (let i = 0; i < rows; i++) {
      const partition = this.word();
      if (i >= servers) continue;
      p.ascii(partition <= 26 ? ` ${String.fromCharCode(0x61 + partition)}` : ` ${partition}`);
    }
    return this.skip(4 * rows);
  }

  volume(): boolean {
    this.p.ascii(' name');
    if (!this.vector(32)) return false;
    this.p.ascii(' volid');
    this.number();
    this.p.ascii(' type');
    // More than a packet holds ends the next word.
    this.offset += 4 * 21;
    return true;
  }
}

function integer(text: string): number {
  return Number(BigInt.asIntN(32, BigInt(text.replace('+', ''))));
}

/** What the letters of a format stand for. */
const ARGUMENTS: Readonly<Record<string, (from: Arguments) => boolean>> = {
  F: (from) => from.triple(' fid ', '/'),
  R: (from) => from.triple(' server ', ':'),
  I: (from) => from.text(` ${from.word() | 0}`),
  U: (from) => from.number(),
  L: (from) => from.long(),
  D: (from) => from.date(),
  S: (from) => from.string(),
  V: (from) => from.vector(),
  A: (from) => from.state(),
  B: (from) => from.version(),
  G: (from) => from.uuid(),
  a: (from) => from.rights(),
  c: (from) => from.callbacks(),
  f: (from) => from.list(() => from.triple(' fid ', '/'), ','),
  i: (from) => from.list(() => from.text(` ${from.word() | 0}`)),
  // The kind of a lock is read, not printed.
  k: (from) => from.word() >= 0,
  l: (from) => from.list(() => from.volume(), ','),
  o: (from) => from.skip(from.word()),
  r: (from) => from.list(() => from.triple(' server ', ':'), ','),
  s: (from) => from.text(` syncsite ${from.word() === 0 ? 'no' : 'yes'}`),
  t: (from) => {
    const type = VOLUME_TYPES[from.word()];
    return type === undefined || from.text(` type ${type}`);
  },
  v: (from) => from.list(() => from.vector()),
  8: (from) => from.location(8, false),
  N: (from) => from.location(13, false),
  M: (from) => from.location(13, true),
};
