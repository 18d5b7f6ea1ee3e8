// The pcap file format (draft-ietf-opsawg-pcap) and its older variants: parsing of bytes in memory, no I/O.
import type { Batch } from '../base/batch.ts';
import type { Interface } from '../base/interface.ts';
import { NscapError } from '../errors.ts';
import { longestPacket, meantLinkType, type Parser } from './record.ts';

export const FILE_HEADER_LENGTH = 24;
export const RECORD_HEADER_LENGTH = 16;
export const MICROSECONDS = 0xa1b2c3d4;
export const NANOSECONDS = 0xa1b23c4d;
/** Alexey Kuznetzov's variant: each record's header has the interface, protocol and packet type behind it. */
const MODIFIED = 0xa1b2cd34;
/** Ixia's hardware and software: the file header is followed by the length of all records. */
const IXIA = [0x1c0001ac, 0x1c0001ab];

/** Bits of the header's last word that are neither link type nor FCS length; no known writer sets them. */
const RESERVED = 0x03ff0000;

/** Which of a record's two lengths comes first: files before version 2.3 have them the other way round, 2.3 has both. */
const CAPTURED_FIRST = 0;
const WIRE_FIRST = 1;
const EITHER = 2;

/** True where these four bytes begin a pcap file. */
export function isPcap(view: DataView): boolean {
  return magicOf(view) !== undefined;
}

function magicOf(view: DataView): { magic: number; littleEndian: boolean } | undefined {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === MICROSECONDS || magic === NANOSECONDS || magic === MODIFIED || IXIA.includes(magic)) {
      return { magic, littleEndian };
    }
  }
  return undefined;
}

/** The parser of one pcap file. */
export class PcapParser implements Parser {
  readonly interfaces: Interface[];
  /** Bytes of the file header, after which `fill` begins. */
  readonly headerLength: number;
  needed = RECORD_HEADER_LENGTH;
  damage: string | undefined;
  private readonly littleEndian: boolean;
  private readonly nanosecondsPerTick: number;
  private readonly recordHeader: number;
  private readonly order: number;
  private readonly linkType: number;
  private readonly longest: number;

  /**
   * Reads the file header from the first 24 bytes. Throws NscapError for a version that is not known. `view` must
   * begin with a magic number that isPcap knows.
   */
  constructor(view: DataView) {
    const { magic, littleEndian } = magicOf(view)!;
    const major = view.getUint16(4, littleEndian);
    const minor = view.getUint16(6, littleEndian);
    const type = view.getUint32(20, littleEndian);
    if (major < 2)
      throw new NscapError('FORMAT', `pcap version ${major}.${minor} is not known (2.4 is usual)`);
    if ((type & RESERVED) !== 0) {
      throw new NscapError('FORMAT', `the pcap header names link type ${type}, which there cannot be`);
    }
    this.littleEndian = littleEndian;
    this.nanosecondsPerTick = magic === NANOSECONDS ? 1 : 1000;
    this.recordHeader = magic === MODIFIED ? RECORD_HEADER_LENGTH + 8 : RECORD_HEADER_LENGTH;
    this.headerLength = IXIA.includes(magic) ? FILE_HEADER_LENGTH + 4 : FILE_HEADER_LENGTH;
    // Version 543.0 is DG/UX's, which kept the old order.
    if ((major === 2 && minor < 3) || major === 543) this.order = WIRE_FIRST;
    else this.order = major === 2 && minor === 3 ? EITHER : CAPTURED_FIRST;
    this.linkType = meantLinkType(type & 0xffff);
    this.longest = longestPacket(this.linkType);
    this.interfaces = [
      {
        linkType: this.linkType,
        snaplen: view.getUint32(16, littleEndian),
        littleEndian,
        name: '',
        description: '',
        resolution: magic === NANOSECONDS ? 9 : 6,
      },
    ];
  }

  fill(batch: Batch, at: number, end: number): number {
    const { view, offset, captured, wire, seconds, nanoseconds, linkType, capacity } = batch;
    const { littleEndian, recordHeader, order, longest } = this;
    const type = this.linkType;
    const scale = this.nanosecondsPerTick;
    let count = batch.count;
    this.needed = recordHeader;
    while (count < capacity && at + recordHeader <= end) {
      let length = view.getUint32(at + 8, littleEndian);
      let wireLength = view.getUint32(at + 12, littleEndian);
      if (order === WIRE_FIRST || (order === EITHER && length > wireLength)) {
        const first = length;
        length = wireLength;
        wireLength = first;
      }
      const body = at + recordHeader;
      if (length > end - body) {
        if (length > longest)
          this.damage = `a packet of ${length} bytes, more than the ${longest} there can be`;
        else this.needed = recordHeader + length;
        break;
      }
      if (length > longest) {
        this.damage = `a packet of ${length} bytes, more than the ${longest} there can be`;
        break;
      }
      offset[count] = body;
      captured[count] = length;
      wire[count] = wireLength;
      seconds[count] = view.getUint32(at, littleEndian);
      nanoseconds[count] = view.getUint32(at + 4, littleEndian) * scale;
      linkType[count] = type;
      count++;
      at = body + length;
    }
    batch.count = count;
    return at;
  }
}
