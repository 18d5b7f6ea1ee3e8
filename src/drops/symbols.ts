// Names of the kernel's functions by address, from /proc/kallsyms.
import { closeSync, openSync, readSync } from 'node:fs';

/** Most kernels' lists are 5 to 12 MB long. */
const INITIAL_SIZE = 1 << 23;
/** The most bytes of a function: an address further after a symbol belongs to something unknown. */
const LONGEST = 1 << 16;
const SPACE = 0x20;
const NEWLINE = 0x0a;

interface Table {
  text: Buffer;
  /** Low 48 bits of the addresses of functions, ascending, and where each line lies in `text`. */
  addresses: Float64Array;
  lines: Uint32Array;
}

/** Read once a process: it takes a tenth of a second. */
let table: Table | undefined;

/**
 * The list is opened while we are root and read when the first name is wanted: whether addresses are shown depends on
 * who opened it.
 */
export class Symbols {
  private descriptor: number;
  private readonly known = new Map<number, string | undefined>();

  constructor() {
    try {
      this.descriptor = openSync('/proc/kallsyms', 'r');
    } catch {
      this.descriptor = -1; // A kernel without the list: functions stay unnamed.
    }
  }

  /** The function that holds the address, of which the low 48 bits are given; undefined where that is not known. */
  name(address: number): string | undefined {
    if (this.known.has(address)) return this.known.get(address);
    if (table === undefined && this.descriptor >= 0) table = load(this.descriptor);
    const name = table && find(table, address);
    this.known.set(address, name);
    return name;
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
  }
}

function find({ text, addresses, lines }: Table, address: number): string | undefined {
  let low = 0;
  let high = addresses.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    // A return address may be the first one after a function that ends with the call.
    if (addresses[middle] < address) low = middle + 1;
    else high = middle;
  }
  const start = addresses[low - 1];
  if (start === undefined || start === 0 || address - start > LONGEST) return undefined;
  const from = lines[low - 1] + 19;
  return /^[^\s.]+/.exec(text.toString('latin1', from, from + 128))?.[0];
}

/** Lines are `ffffffff81000000 T name [module]`; functions have the letters t, T, w and W. */
function load(descriptor: number): Table {
  let text = Buffer.allocUnsafe(INITIAL_SIZE);
  let end = 0;
  for (;;) {
    if (end === text.length) text = Buffer.concat([text, Buffer.allocUnsafe(text.length)]);
    const length = readSync(descriptor, text, end, text.length - end, null);
    if (length === 0) break;
    end += length;
  }
  text = text.subarray(0, end);
  const found: [address: number, line: number][] = [];
  for (let offset = 0; offset + 19 < text.length; offset = text.indexOf(NEWLINE, offset) + 1) {
    const letter = text[offset + 17] | 0x20;
    if (text[offset + 16] === SPACE && (letter === 0x74 || letter === 0x77))
      found.push([hex(text, offset + 4), offset]);
  }
  found.sort(([a], [b]) => a - b);
  return {
    text,
    addresses: Float64Array.from(found, ([address]) => address),
    lines: Uint32Array.from(found, ([, line]) => line),
  };
}

/** Twelve hexadecimal digits. */
function hex(text: Buffer, offset: number): number {
  let value = 0;
  for (let i = offset; i < offset + 12; i++) {
    const digit = text[i];
    value = value * 16 + (digit <= 0x39 ? digit - 0x30 : digit - 0x57);
  }
  return value;
}
