// Literals as values of the type that they are compared with.
import { ipv6Bytes } from '../../base/address.ts';
import { localOffset } from '../../base/zone.ts';
import type { Field, FieldType } from '../field.ts';
import { Values } from '../values.ts';
import type { Value } from './ast.ts';
import { FilterError } from './error.ts';
import { kindOf, type Operand, TYPE_NAMES } from './operand.ts';

export type Literal = Value & { kind: 'word' | 'string' | 'character' };

const encoder = new TextEncoder();

/** Kinds that a constant in single quotes may be: a MAC address, though of bytes, may not. */
const TAKES_CHARACTERS: readonly string[] = ['number', 'string', 'bytes'];

const LARGEST: { [type in FieldType]?: number } = {
  boolean: 0xffffffff,
  uint8: 0xff,
  uint16: 0xffff,
  uint24: 0xffffff,
  uint32: 0xffffffff,
  framenum: 0xffffffff,
  int32: 0x7fffffff,
};

/** The operand of a literal as a value of a type; `field`, where there is one, knows names of its values. */
export function literal(of: Literal, type: FieldType, field: Field | undefined, partial: boolean): Operand {
  const values = new Values();
  if (of.kind === 'character' && (type === 'ether' || !TAKES_CHARACTERS.includes(kindOf(type)))) {
    const [byte] = of.bytes;
    const code = byte.toString(16).padStart(2, '0');
    const text = byte >= 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : of.text;
    throw new FilterError(
      `Character constant ${text} (0x${code}) cannot be converted to ${TYPE_NAMES[type]}.`,
      of,
    );
  }
  const prefix = fill(of, type, field, partial, values);
  const { text, start, end } = of;
  return {
    type,
    text,
    start,
    end,
    read: () => values,
    isConstant: true,
    ...(prefix === undefined ? {} : { prefix }),
  };
}

/** Adds the value, and returns the length of its prefix where it has one. */
function fill(
  of: Literal,
  type: FieldType,
  field: Field | undefined,
  partial: boolean,
  values: Values,
): number | undefined {
  switch (kindOf(type)) {
    case 'number':
      values.add(0, wholeNumber(of, type, field));
      return undefined;
    case 'double':
      values.add(
        0,
        Number(
          matching(
            of,
            type,
            /^(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|0[xX][0-9a-fA-F]+)$/,
            'floating-point number',
          ),
        ),
      );
      return undefined;
    case 'duration':
      duration(of, type, values);
      return undefined;
    case 'moment':
      moment(of, values);
      return undefined;
    case 'ipv4':
      return ipv4(of, type, values);
    case 'ipv6':
      return ipv6(of, type, values);
    case 'string':
      addBytes(values, of.kind === 'word' ? encoder.encode(of.text) : of.bytes);
      return undefined;
    case 'bytes':
      addBytes(values, bytesOf(of, type, partial));
      return undefined;
    case 'none':
      throw new FilterError(`${of.text} cannot be compared with a label.`, of);
  }
}

function addBytes(values: Values, bytes: Uint8Array): void {
  values.span(0, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
}

/** The text of a literal that may not stand in quotes. */
function unquoted(of: Literal, type: FieldType): string {
  if (of.kind === 'string') {
    const text = new TextDecoder().decode(of.bytes);
    throw new FilterError(`${TYPE_NAMES[type]} cannot be converted from a string ("${text}").`, of);
  }
  return of.text;
}

function matching(of: Literal, type: FieldType, pattern: RegExp, what: string): string {
  const text = unquoted(of, type);
  if (!pattern.test(text)) throw new FilterError(`"${text}" is not a valid ${what}.`, of);
  return text;
}

function wholeNumber(of: Literal, type: FieldType, field: Field | undefined): number {
  if (of.kind === 'character') return type === 'boolean' ? Number(of.bytes[0] !== 0) : of.bytes[0];
  const name = of.kind === 'string' ? new TextDecoder().decode(of.bytes) : of.text;
  const named = valueNamed(name, of, type, field);
  if (named !== undefined) return named;
  const largest = type === 'boolean' ? Number.MAX_SAFE_INTEGER : (LARGEST[type] ?? 0xffffffff);
  if (type === 'boolean' || field?.names !== undefined) {
    const value = of.kind === 'word' ? numberOf(name) : undefined;
    if (value === undefined || value > BigInt(largest)) {
      throw new FilterError(
        `"${name}" cannot be found among the possible values for ${field?.name ?? of.text}.`,
        of,
      );
    }
    return type === 'boolean' ? Number(value !== 0n) : Number(value);
  }
  const text = unquoted(of, type);
  const value = numberOf(text);
  if (value === undefined) throw new FilterError(`"${text}" is not a valid number.`, of);
  if (value > 0xffff_ffff_ffff_ffffn) throw new FilterError(`"${text}" causes an integer overflow.`, of);
  if (value > BigInt(largest)) {
    throw new FilterError(`"${text}" too big for this field, maximum ${largest}.`, of);
  }
  return Number(value);
}

/** A whole number, which may be hexadecimal, binary, or octal. */
function numberOf(text: string): bigint | undefined {
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text}`);
  return /^(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0|[1-9]\d*)$/.test(text) ? BigInt(text) : undefined;
}

function valueNamed(
  name: string,
  of: Literal,
  type: FieldType,
  field: Field | undefined,
): number | undefined {
  const caseless = name.toLowerCase();
  const { names } = field ?? {};
  const known = names !== undefined && Object.hasOwn(names, caseless) ? names[caseless] : undefined;
  if (known !== undefined) return known;
  if (type !== 'boolean' || of.kind !== 'word') return undefined;
  if (/^(?:True|TRUE)$/.test(name)) return 1;
  return /^(?:False|FALSE)$/.test(name) ? 0 : undefined;
}

function duration(of: Literal, type: FieldType, values: Values): void {
  // What stands behind the digits of the fraction, as a unit, is passed over.
  const text = matching(of, type, /^\d+(?:\.\d{0,9}(?!\d).*)?$/, 'time');
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d*))?/.exec(text)!;
  values.time(0, Number(whole), Number(fraction.padEnd(9, '0')));
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const AMERICAN = /^([A-Z][a-z]{2}) +(\d{1,2}), (\d{4}) (\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,9}))?( UTC)?$/;
const ISO =
  /^\s*(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d?)(?::(\d\d?)(?::(\d\d?)(?:\.(\d*))?)?)?)?( ?UTC|Z|[+-]\d\d:?\d\d)?\s*$/;

/** A date and time: in the reader's zone, unless it says of which. */
function moment(of: Literal, values: Values): void {
  const text = of.kind === 'word' ? of.text : new TextDecoder().decode(of.bytes);
  const american = AMERICAN.exec(text);
  const iso = american === null ? ISO.exec(text) : null;
  let parts: (string | undefined)[] | undefined;
  if (american !== null) {
    const month = MONTHS.indexOf(american[1]) / 3 + 1;
    parts = [american[3], String(month), ...american.slice(2, 3), ...american.slice(4)];
  } else if (iso !== null) parts = iso.slice(1);
  if (parts === undefined || !isDate(parts) || (american !== null && !isClock(parts))) {
    throw new FilterError(
      `"${text}" is not a valid absolute time. Example: "Nov 12, 1999 08:55:44.123" or "2011-07-04 12:34:56"`,
      of,
    );
  }
  if (!isClock(parts)) throw new FilterError('Unexpected data after time value.', of);
  const [year, month, date, hour = '0', minute = '0', second = '0', fraction = '', zone] = parts;
  const utc =
    Date.UTC(Number(year), Number(month) - 1, Number(date), Number(hour), Number(minute), Number(second)) /
    1000;
  values.time(0, utc - zoneOffset(zone, utc), Number(fraction.slice(0, 9).padEnd(9, '0')));
}

function isDate([, month, day]: readonly (string | undefined)[]): boolean {
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
}

/** With leap seconds. */
function isClock([, , , hour = '0', minute = '0', second = '0']: readonly (string | undefined)[]): boolean {
  return Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 61;
}

function zoneOffset(zone: string | undefined, local: number): number {
  if (zone === undefined) return localOffset(local - localOffset(local));
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

function ipv4(of: Literal, type: FieldType, values: Values): number | undefined {
  const text = unquoted(of, type);
  const [, a, b, c, d, bits] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d+))?$/.exec(text) ?? [];
  const octets = [a, b, c, d].map(Number);
  const isPadded = [a, b, c, d].some((octet) => octet?.length > 1 && octet.startsWith('0'));
  if (a === undefined || isPadded || octets.some((octet) => octet > 255)) {
    throw new FilterError(`"${text}" is not a valid hostname or IPv4 address.`, of);
  }
  if (bits !== undefined && Number(bits) > 32) {
    throw new FilterError(`Netmask bits in a CIDR IPv4 address should be <= 32, not ${bits}`, of);
  }
  values.add(
    0,
    octets.reduce((sum, octet) => sum * 256 + octet, 0),
  );
  return bits === undefined ? undefined : Number(bits);
}

function ipv6(of: Literal, type: FieldType, values: Values): number | undefined {
  const text = unquoted(of, type);
  const [address, bits] = text.split('/') as [string, string?];
  const bytes = ipv6Bytes(address);
  if (bytes === undefined) throw new FilterError(`"${text}" is not a valid hostname or IPv6 address.`, of);
  if (bits !== undefined && Number(bits) > 128) {
    throw new FilterError(`Prefix in a IPv6 address should be <= 128, not ${bits}`, of);
  }
  addBytes(values, bytes);
  return bits === undefined ? undefined : Number(bits);
}

/** `partial`: bytes to be found within others, or compared with a part of them, which may be of any number. */
function bytesOf(of: Literal, type: FieldType, partial: boolean): Uint8Array {
  if (type === 'uint64') return uint64(of);
  if (of.kind !== 'word') {
    if (type === 'ether' && of.kind === 'string') unquoted(of, type);
    return of.bytes;
  }
  const bytes = hexBytes(of.text);
  if (type === 'ether' && !partial) {
    if (bytes === undefined) throw new FilterError(`"${of.text}" is not a valid Ethernet address.`, of);
    if (bytes.length !== 6) {
      const many = bytes.length < 6 ? 'few' : 'many';
      throw new FilterError(`"${of.text}" contains too ${many} bytes to be a valid Ethernet address.`, of);
    }
  }
  if (bytes === undefined) throw new FilterError(`"${of.text}" is not a valid byte string.`, of);
  return bytes;
}

function uint64(of: Literal): Uint8Array {
  const text = matching(of, 'uint64', /^(?:0[xX][0-9a-fA-F]+|\d+)$/, 'number');
  const value = BigInt(text);
  if (value > 0xffff_ffff_ffff_ffffn) throw new FilterError(`"${text}" causes an integer overflow.`, of);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

/** `00:1b`, `00-1b`, `001b.0203`, `001b` and, of one byte, `0x1b`. A digit without a second is a byte. */
export function hexBytes(text: string): Uint8Array | undefined {
  const one = /^0[xX]([0-9a-fA-F]{2})$/.exec(text)?.[1];
  const plain = text.replace(/^:/, '');
  const separator = /[:.-]/.exec(plain)?.[0];
  const groups = one !== undefined ? [one] : separator === undefined ? [plain] : plain.split(separator);
  const isSound = groups.every(
    (group) => /^[0-9a-fA-F]+$/.test(group) && (groups.length === 1 || group.length <= 4),
  );
  if (!isSound) return undefined;
  const pairs = groups.flatMap((group) => group.match(/..?/g)!);
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}
