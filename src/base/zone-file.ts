// Abbreviations of time zones (`CET`, `CEST`) from the system's zone files (RFC 8536), which Node does not have for all zones.
import { readFileSync } from 'node:fs';

const FOLDER = '/usr/share/zoneinfo/';
const LOCAL = '/etc/localtime';
const HEADER = 44;

/** What a zone is called at a moment, in seconds since 1970. */
export interface ZoneFile {
  abbreviation(moment: number): string | undefined;
  /** The rule behind the last change, as POSIX has it: `CET-1CEST,M3.5.0,M10.5.0/3`; it holds from `lastChange` on. */
  readonly rule: string;
  readonly lastChange: number;
}

/** The file of the zone that TZ names, or of the system's where it names none; undefined where there is none to read. */
export function zoneFile(name: string | undefined): ZoneFile | undefined {
  const zone = name?.replace(/^:/, '');
  if (zone === '') return undefined;
  if (zone !== undefined && !/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(zone)) return undefined;
  try {
    const bytes = readFileSync(zone === undefined ? LOCAL : FOLDER + zone);
    return parse(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch {
    return undefined; // not there, or not such a file: the caller has another source
  }
}

/** Counts of the parts of a data block, in the order of its header. */
function counts(view: DataView, offset: number): number[] {
  return Array.from({ length: 6 }, (_, i) => view.getUint32(offset + 20 + 4 * i));
}

/** Version 2 and later repeat the data with times of 64 bits behind those of 32. */
function parse(view: DataView): ZoneFile | undefined {
  if (view.getUint32(0) !== 0x545a6966 /* TZif */ || view.getUint8(4) < 0x32) return undefined;
  const [utc, standard, leaps, times, types, letters] = counts(view, 0) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const second = HEADER + times * 5 + types * 6 + letters + leaps * 8 + standard + utc;
  return parseBlock(view, second);
}

function parseBlock(view: DataView, header: number): ZoneFile {
  const [utc, standard, leaps, times, types, letters] = counts(view, header) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const timesAt = header + HEADER;
  const indexAt = timesAt + times * 8;
  const typesAt = indexAt + times;
  const lettersAt = typesAt + types * 6;
  const ruleAt = lettersAt + letters + leaps * 12 + standard + utc;
  const text = (offset: number, end: number) => {
    let result = '';
    for (let i = offset; i < end && view.getUint8(i) !== 0; i++)
      result += String.fromCharCode(view.getUint8(i));
    return result;
  };
  const change = (i: number) => Number(view.getBigInt64(timesAt + i * 8));
  return {
    rule: text(ruleAt, view.byteLength).trim(),
    lastChange: times === 0 ? Number.NEGATIVE_INFINITY : change(times - 1),
    abbreviation(moment) {
      let type = 0;
      for (let i = 0; i < times && change(i) <= moment; i++) type = view.getUint8(indexAt + i);
      return text(lettersAt + view.getUint8(typesAt + type * 6 + 5), ruleAt) || undefined;
    },
  };
}
