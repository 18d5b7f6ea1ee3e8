// The verdicts on each TCP segment, by Wireshark 4.0's rules.
import type { Batch } from '../base/batch.ts';
import { after, before } from '../base/sequence.ts';
import { ACK, FIN, HEADER_LENGTH, PSH, RST, SYN } from '../wire/tcp.ts';
import * as cell from './connection.ts';
import { Duration } from './duration.ts';
import type { Half } from './halves.ts';
import { TcpOptions } from './options.ts';
import { Segment } from './segment.ts';
import { ConnectionTable } from './table.ts';
import { UNACKED_LIMIT, UnackedPool } from './unacked.ts';
import * as verdict from './verdict.ts';

/** RFC 7323, 2.3: a larger shift counts as this one. */
const MAX_SCALE = 14;
/** A retransmission this soon after the duplicate ACKs is a fast one. */
const FAST = 20e6;
/** What counts as reordering while the initial round-trip time is unknown. */
const REORDERED = 3e6;
/** More bytes in flight than this are not plausible. */
const FLIGHT_LIMIT = 2e9;
/** Connections kept at a time unless asked otherwise: 300 MB, and below 400 with all else. */
export const DEFAULT_MAX_CONNECTIONS = 250_000;

/**
 * The verdicts on the segments of a capture, one after the other: feed it each record with `add`. What it says of a
 * segment lies in its fields and holds until the next one. Nothing is allocated per packet.
 */
export class Analysis {
  readonly table = new ConnectionTable();
  readonly segment = new Segment();
  /** Connections seen so far, each a stream. */
  streams = 0;
  /** Of them, those evicted because there were more than `maxConnections` at a time. */
  retired = 0;
  /** Called with the row of a connection about to be evicted. */
  onRetire: ((row: number) => void) | undefined;
  /** Row that is never evicted, -1 for none. */
  pinned = -1;

  /** Row of the segment's connection in `table`, -1 where so little was captured that it has none. */
  row = -1;
  /** Number of its connection, counted from 0 in the order they appear; -1 as `row`. */
  stream = -1;
  /** 0 where the sender is the lower endpoint, 1 where it is the higher. */
  direction = 0;
  frame = 0;
  /** Mask of verdict.ts. */
  verdict = 0;
  /** Time since the segment that this one acknowledges, and its frame; zero and 0 where it acknowledges none. */
  readonly ackRtt = new Duration();
  acksFrame = 0;
  /** False where several segments ended there, so that the time may be that of any (Karn's rule, RFC 6298, 3). */
  unambiguous = false;
  /** Of a duplicate ACK: how many there were, and the frame they repeat. */
  duplicateAckNumber = 0;
  duplicateAckFrame = 0;
  /** Of a retransmission: time since the segment the sender waited for, and its frame. */
  readonly rto = new Duration();
  rtoFrame = 0;
  /** Bytes sent and not acknowledged with this segment, less those SACKed; 0 where not known. */
  bytesInFlight = 0;
  /** Bytes sent since the last PSH, this segment included; 0 where not known. */
  pushBytesSent = 0;
  /** Wireshark has something to show of the segment's analysis, if only the initial round-trip time. */
  noted = false;
  /** Window in bytes, scaled where the scale is known. */
  windowSize = 0;
  /** Factor of the window; -1 not known (no handshake seen), -2 no scaling, 0 on a SYN, which is never scaled. */
  windowScaleFactor = 0;

  private readonly unacked = new UnackedPool();
  /** Options of the last segment that had any. */
  readonly options = new TcpOptions();
  private readonly elapsed = new Duration();
  /** Where the connection's row, the sender's and the receiver's cells lie. */
  cells!: Int32Array;
  offset = 0;
  sender = 0;
  receiver = 0;
  /** The sequence number that was expected next of the sender; 0 before its first segment. */
  expected = 0;
  private seconds = 0;
  private nanoseconds = 0;
  readonly half: Half | undefined;
  private readonly maxConnections: number;

  /**
   * `maxConnections`: how many are kept at a time, about a kilobyte each. `share`: look only at these connections;
   * of segments of the others `add` says that they are segments, and nothing else.
   */
  constructor(maxConnections = DEFAULT_MAX_CONNECTIONS, share?: Half) {
    this.maxConnections = maxConnections;
    this.half = share;
  }

  /** Analyses record `index` of the batch. False where it is no TCP segment. */
  add(batch: Batch, index: number): boolean {
    const segment = this.segment;
    this.row = -1;
    this.stream = -1;
    if (!segment.place(batch, index, this.half)) return segment.inOtherHalf && !segment.quoted;
    this.frame = batch.frame(index);
    this.seconds = batch.seconds[index] | 0;
    this.nanoseconds = batch.nanoseconds[index] | 0;
    this.clear();
    if (!segment.complete) return !segment.quoted;
    this.connect();
    if (segment.length < 0 || segment.quoted || segment.partial) {
      // A quoted segment, or one shorter than its header, gets no verdict, but its options count as far as they go.
      const reused = segment.length < 0 ? 0 : this.verdict;
      this.handshake();
      this.clear();
      this.verdict = reused;
      this.setBasesUnclassified();
      this.cells[this.sender + cell.SACKS] = 0;
      if (!segment.wellFormed || !this.readOptions()) this.verdict &= ~verdict.REUSED_PORTS;
      if (segment.quoted) this.clear();
      return !segment.quoted;
    }
    this.classify();
    if (!segment.wellFormed) {
      this.cells[this.sender + cell.SACKS] = 0;
      this.clear();
      return true;
    }
    this.handshake();
    if (segment.bare && (segment.flags & SYN) === 0) this.cells[this.sender + cell.SACKS] = 0;
    else if (!this.readOptions()) {
      // Of an invalid header the fields before the options are shown, those after them are not.
      const shown = this.verdict & (verdict.TFO_ACK | verdict.TFO_IGNORED | verdict.TFO_SYN);
      const { windowSize, windowScaleFactor } = this;
      this.clear();
      this.verdict = shown;
      this.windowSize = windowSize;
      this.windowScaleFactor = windowScaleFactor;
    }
    return true;
  }

  /** Nanoseconds from the connection's SYN to the first ACK after it; 0 while unknown. */
  get initialRtt(): number {
    return this.row < 0 ? 0 : this.table.values(this.row)[this.offset / 2 + cell.INITIAL_RTT];
  }

  private clear(): void {
    this.verdict = 0;
    this.bytesInFlight = 0;
    this.pushBytesSent = 0;
    this.noted = false;
    this.windowSize = 0;
    this.windowScaleFactor = 0;
    this.duplicateAckNumber = 0;
    this.duplicateAckFrame = 0;
    if (this.acksFrame !== 0) {
      this.acksFrame = 0;
      this.ackRtt.clear();
    }
    if (this.rtoFrame !== 0) {
      this.rtoFrame = 0;
      this.rto.clear();
    }
  }

  /** Finds the connection of the segment or opens one: a SYN that begins elsewhere is a new one on the same ports. */
  private connect(): void {
    const { segment, table } = this;
    const { bytes, sourceAt, destinationAt, ports, flags, sequence } = segment;
    let row = segment.isIpv6
      ? table.find6(bytes, sourceAt, destinationAt, ports, 6)
      : table.find4(bytes, sourceAt, destinationAt, ports, 4);
    const direction = table.direction;
    const side = cell.DIRECTIONS + direction * cell.DIRECTION_CELLS;
    if (row < 0) row = this.open();
    else if ((flags & (SYN | ACK)) === SYN) {
      const cells = table.cells(row);
      const sender = table.offset(row) + side;
      if ((cells[sender + cell.STATUS] & cell.BASE_KNOWN) !== 0 && cells[sender + cell.BASE] !== sequence) {
        row = this.open();
        this.verdict = verdict.REUSED_PORTS;
      } else {
        // The SYN again: what came after an unacknowledged hole is forgotten.
        cells[sender + cell.NEXT] = cells[sender + cell.MAX_ACKABLE];
      }
    }
    const cells = table.cells(row);
    const offset = table.offset(row);
    this.row = row;
    this.direction = direction;
    this.cells = cells;
    this.offset = offset;
    this.sender = offset + side;
    this.receiver = offset + cell.DIRECTIONS + (1 - direction) * cell.DIRECTION_CELLS;
    this.stream = cells[offset + cell.STREAM];
  }

  private open(): number {
    const table = this.table;
    if (table.size >= this.maxConnections) this.retire();
    const row = table.insert();
    const cells = table.cells(row);
    const offset = table.offset(row);
    cells[offset + cell.STREAM] = this.streams++;
    cells[offset + cell.STATE] = cell.IN_USE;
    cells[offset + cell.CREATED] = this.frame;
    for (let i = 0; i < 2; i++) {
      const side = offset + cell.DIRECTIONS + i * cell.DIRECTION_CELLS;
      cells[side + cell.WINDOW] = -1;
      cells[side + cell.SCALE] = cell.UNKNOWN_SCALE;
      cells[side + cell.STATUS] = cell.FLIGHT_VALID;
    }
    return row;
  }

  /** Makes room. Later segments of an evicted connection open one without a handshake. */
  private retire(): void {
    const { table } = this;
    const chosen = table.leastNeeded(this.seconds);
    if (chosen < 0 || chosen === this.pinned) return;
    this.retired++;
    this.onRetire?.(chosen);
    const cells = table.cells(chosen);
    this.unacked.clear(cells, table.offset(chosen) + cell.DIRECTIONS);
    this.unacked.clear(cells, table.offset(chosen) + cell.DIRECTIONS + cell.DIRECTION_CELLS);
    table.remove(chosen);
  }

  /** Where the sequence numbers of both directions begin; and what a SYN-ACK says to a SYN with data. */
  private setBases(): void {
    const { cells, sender, receiver } = this;
    const { flags, sequence, acknowledgment } = this.segment;
    const answer = (flags & (SYN | ACK)) === (SYN | ACK);
    if ((cells[sender + cell.STATUS] & cell.BASE_KNOWN) === 0) {
      cells[sender + cell.BASE] = (flags & SYN) !== 0 ? sequence : sequence - 1;
      cells[sender + cell.STATUS] |= cell.BASE_KNOWN;
    } else if (answer && cells[sender + cell.BASE] !== sequence) {
      cells[sender + cell.BASE] = sequence;
      cells[sender + cell.STATUS] &= ~cell.RANGE_KNOWN;
      this.verdict |= verdict.REUSED_PORTS;
    }
    if ((cells[receiver + cell.STATUS] & cell.BASE_KNOWN) === 0 && (flags & ACK) !== 0) {
      cells[receiver + cell.BASE] = acknowledgment - 1;
      cells[receiver + cell.STATUS] |= cell.BASE_KNOWN;
    }
    if (!answer) return;
    if ((acknowledgment - cells[receiver + cell.BASE]) >>> 0 > 1) this.verdict |= verdict.TFO_ACK;
    else if ((cells[this.offset + cell.STATE] & cell.FAST_OPEN) !== 0) this.verdict |= verdict.TFO_IGNORED;
  }

  /**
   * A SYN-ACK without a verdict still moves the direction's base, and its acknowledgment is taken as an absolute number, not
   * relative to the other direction's base.
   */
  private setBasesUnclassified(): void {
    const { cells, sender } = this;
    const { flags, sequence, acknowledgment, length } = this.segment;
    if ((flags & (SYN | ACK)) !== (SYN | ACK)) return;
    if ((cells[sender + cell.STATUS] & cell.BASE_KNOWN) !== 0 && cells[sender + cell.BASE] !== sequence) {
      cells[sender + cell.BASE] = sequence;
      cells[sender + cell.STATUS] &= ~cell.RANGE_KNOWN;
      if (length >= 0) this.verdict |= verdict.REUSED_PORTS;
    }
    if (acknowledgment >>> 0 > 1) this.verdict |= verdict.TFO_ACK;
    else if ((cells[this.offset + cell.STATE] & cell.FAST_OPEN) !== 0) this.verdict |= verdict.TFO_IGNORED;
  }

  /** All checks, in Wireshark's order, and what the segment changes. */
  private classify(): void {
    const { cells, sender, receiver, segment, frame } = this;
    const { flags, length, acknowledgment } = segment;
    if (
      (cells[sender + cell.STATUS] & cells[receiver + cell.STATUS] & cell.BASE_KNOWN) === 0 ||
      (flags & SYN) !== 0
    ) {
      this.setBases();
    }
    const acks = (flags & ACK) !== 0;
    if (acks) cells[receiver + cell.STATUS] |= cell.FLIGHT_VALID;
    const next = cells[sender + cell.NEXT];
    const lastAck = cells[sender + cell.LAST_ACK];
    this.expected = next;
    let found = this.verdict | this.classifySequence(next, lastAck);
    if (acknowledgment !== lastAck) {
      cells[sender + cell.LAST_NEW_ACK] = frame;
      cells[sender + cell.DUPLICATES] = 0;
    }
    const ackable = cells[receiver + cell.MAX_ACKABLE];
    if (acks && ackable !== 0 && after(acknowledgment, ackable)) {
      this.noted = true;
      if (this.isUnseen(ackable)) found |= verdict.ACK_LOST_SEGMENT;
    }
    const occupies = length > 0 || (flags & (SYN | FIN)) !== 0;
    if (occupies && (found & verdict.KEEP_ALIVE) === 0) found |= this.classifyRetransmission(next);
    this.verdict = found;
    this.advance(next, occupies);
    this.acknowledge();
  }

  /** Verdicts from the sequence number and the window: lost before it, keep-alive, probe, full, closed, a duplicate ACK. */
  private classifySequence(next: number, lastAck: number): number {
    const { cells, sender, receiver, segment } = this;
    const { flags, length, sequence } = segment;
    if (length === 1 && sequence === next && cells[receiver + cell.WINDOW] === 0)
      return verdict.ZERO_WINDOW_PROBE;
    let found = 0;
    if (next !== 0 && after(sequence, next) && (flags & RST) === 0) {
      found = verdict.LOST_SEGMENT;
      cells[sender + cell.STATUS] &= ~cell.FLIGHT_VALID;
    }
    if ((flags & (SYN | FIN | RST)) !== 0) return found;
    if (segment.window === 0) found |= verdict.ZERO_WINDOW;
    if (length <= 1 && sequence === ((next - 1) | 0)) found |= verdict.KEEP_ALIVE;
    if (length > 0) {
      if (this.fillsWindow()) found |= verdict.WINDOW_FULL;
    } else if (sequence === next && segment.acknowledgment === lastAck) found |= this.classifyRepeatedAck();
    return found;
  }

  /** What the segment changes of its direction. `occupies`: it has data, SYN or FIN. */
  private advance(next: number, occupies: boolean): void {
    const { cells, sender, segment, frame, seconds, nanoseconds, verdict: found } = this;
    const { flags, length, sequence } = segment;
    let end = (sequence + length) | 0;
    if (occupies && cells[sender + cell.UNACKED] < UNACKED_LIMIT) {
      if ((flags & (SYN | FIN)) !== 0) end = (end + 1) | 0;
      this.unacked.push(cells, sender, sequence, end, frame, seconds, nanoseconds);
    }
    let status =
      (cells[sender + cell.STATUS] & ~(cell.LAST_KEEP_ALIVE | cell.LAST_PROBE | cell.MULTIPATH)) |
      (cells[this.offset + cell.STATE] & cell.MULTIPATH);
    if ((found & verdict.ZERO_WINDOW_PROBE) !== 0) status |= cell.LAST_PROBE;
    else {
      if (next === 0 || after(end, next)) {
        cells[sender + cell.NEXT] = end;
        cells[sender + cell.NEXT_FRAME] = frame;
        cells[sender + cell.NEXT_SECONDS] = seconds;
        cells[sender + cell.NEXT_NANOSECONDS] = nanoseconds;
      }
      const reached = cells[sender + cell.MAX_ACKABLE];
      if (reached === 0 || sequence === reached) cells[sender + cell.MAX_ACKABLE] = cells[sender + cell.NEXT];
      if ((found & verdict.KEEP_ALIVE) !== 0) status |= cell.LAST_KEEP_ALIVE;
    }
    cells[sender + cell.STATUS] = status;
    cells[sender + cell.WINDOW] = segment.window;
    cells[sender + cell.LAST_ACK] = segment.acknowledgment;
    cells[sender + cell.LAST_ACK_SECONDS] = seconds;
    cells[sender + cell.LAST_ACK_NANOSECONDS] = nanoseconds;
  }

  /** What the segment acknowledges, the bytes in flight, and the window in bytes. */
  private acknowledge(): void {
    const { cells, sender, receiver, segment, seconds, nanoseconds } = this;
    const { acknowledgment, flags, length, window } = segment;
    if (cells[receiver + cell.OLDEST] !== 0) {
      const { unacked, ackRtt } = this;
      this.acksFrame = unacked.acknowledge(cells, receiver, acknowledgment, seconds, nanoseconds, ackRtt);
      this.unambiguous = unacked.matches === 1;
    }
    if (length > 0 && (cells[sender + cell.STATUS] & cell.FLIGHT_VALID) !== 0) this.countFlight();
    this.windowSize = window;
    if ((flags & SYN) === 0) {
      const scale = cells[sender + cell.SCALE];
      this.windowScaleFactor = scale < 0 ? scale : 1 << scale;
      if (scale > 0) this.windowSize = window * (1 << scale);
    }
  }

  /** Of a segment without payload that says again what the one before it said: for what reason? */
  private classifyRepeatedAck(): number {
    const { cells, sender } = this;
    const window = this.segment.window;
    const status = cells[this.receiver + cell.STATUS];
    if (window !== cells[sender + cell.WINDOW]) return window === 0 ? 0 : verdict.WINDOW_UPDATE;
    if (window === 0) return (status & cell.LAST_PROBE) === 0 ? 0 : verdict.ZERO_WINDOW_PROBE_ACK;
    if ((status & cell.LAST_KEEP_ALIVE) !== 0) return verdict.KEEP_ALIVE_ACK;
    // Multipath TCP says what is new in options of ACKs that repeat (RFC 8684, 3.3.2): after options of a kind not seen
    // before, the first is no duplicate.
    if (((cells[sender + cell.STATUS] ^ cells[this.offset + cell.STATE]) & cell.MULTIPATH) !== 0) return 0;
    const number = Math.max(cells[sender + cell.DUPLICATES], 0) + 1;
    cells[sender + cell.DUPLICATES] = number;
    this.duplicateAckNumber = number;
    this.duplicateAckFrame = cells[sender + cell.LAST_NEW_ACK];
    return verdict.DUPLICATE_ACK;
  }

  /** Does the segment end where the receiver's window ends? */
  private fillsWindow(): boolean {
    const { cells, receiver } = this;
    const scale = cells[receiver + cell.SCALE];
    if (scale === cell.UNKNOWN_SCALE) return false;
    const unscaled =
      scale === cell.NO_SCALE || (cells[receiver + cell.STATUS] & cell.FIRST_ACK_PENDING) !== 0;
    const edge = cells[receiver + cell.LAST_ACK] + (cells[receiver + cell.WINDOW] << (unscaled ? 0 : scale));
    return ((this.segment.sequence + this.segment.length) | 0) === (edge | 0);
  }

  /** Of an ACK beyond `ackable`: does it acknowledge data that was not captured? True once for each hole. */
  private isUnseen(ackable: number): boolean {
    const { cells, receiver } = this;
    if (before(ackable, cells[receiver + cell.NEXT])) {
      cells[receiver + cell.MAX_ACKABLE] = cells[receiver + cell.NEXT];
      return true;
    }
    const first = cells[receiver + cell.DUPLICATES] === 0;
    cells[receiver + cell.DUPLICATES] = -1;
    return first;
  }

  /** Was it sent before? A fast and a spurious retransmission are retransmissions as well. */
  private classifyRetransmission(next: number): number {
    const { cells, sender, receiver } = this;
    const { length, sequence } = this.segment;
    const acknowledged = cells[receiver + cell.LAST_ACK];
    if (length > 0 && acknowledged !== 0 && ((sequence + length - acknowledged) | 0) <= 0) {
      return verdict.SPURIOUS_RETRANSMISSION | verdict.RETRANSMISSION;
    }
    if (next === 0 || !before(sequence, next) || (length > 1 && sequence === ((next - 1) | 0))) return 0;
    // Counted as unsigned: the -1 that an ACK of something unseen leaves counts as many.
    if (cells[receiver + cell.DUPLICATES] >>> 0 >= 2 && acknowledged === sequence) {
      const t = this.since(
        cells[receiver + cell.LAST_ACK_SECONDS],
        cells[receiver + cell.LAST_ACK_NANOSECONDS],
      );
      if (t >= 0 && t < FAST) return verdict.FAST_RETRANSMISSION | verdict.RETRANSMISSION;
    }
    const t = this.since(cells[sender + cell.NEXT_SECONDS], cells[sender + cell.NEXT_NANOSECONDS]);
    if (this.isReordered(next, t)) return verdict.OUT_OF_ORDER;
    if (cells[sender + cell.UNACKED] === 0) {
      this.rto.between(
        cells[sender + cell.NEXT_SECONDS],
        cells[sender + cell.NEXT_NANOSECONDS],
        this.seconds,
        this.nanoseconds,
      );
      this.rtoFrame = cells[sender + cell.NEXT_FRAME];
    } else this.rtoFrame = this.unacked.oldest(cells, sender, this.seconds, this.nanoseconds, this.rto);
    if (this.rto.isZero) this.rtoFrame = 0;
    return verdict.RETRANSMISSION;
  }

  /** Did the segment arrive so soon after later ones (`t` nanoseconds) that it was reordered, not sent again? */
  private isReordered(next: number, t: number): boolean {
    const { flags, length, sequence } = this.segment;
    const end = (sequence + length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) | 0;
    if (next === end) return false;
    // Both are compared as unsigned numbers: where clocks ran backwards a time is longer than any other.
    const initial = this.table.values(this.row)[this.offset / 2 + cell.INITIAL_RTT] || REORDERED;
    return t < 0 === initial < 0 ? t < initial : initial < 0;
  }

  /** Packets the sender had sent before the segment not acknowledged that begins at `begin`; -1 where not known. */
  placeOf(begin: number): number {
    return this.unacked.place(this.cells, this.sender, begin);
  }

  /** Nanoseconds from a time to this segment's. */
  private since(seconds: number, nanoseconds: number): number {
    this.elapsed.between(seconds, nanoseconds, this.seconds, this.nanoseconds);
    return this.elapsed.value;
  }

  private countFlight(): void {
    const { cells, sender, receiver } = this;
    const { flags, length } = this.segment;
    const pushed = cells[sender + cell.PUSHED] + length;
    cells[sender + cell.PUSHED] = (flags & PSH) === 0 ? pushed : 0;
    let flight = this.unacked.span(cells, sender) | 0;
    if (flight === 0) return;
    this.noted = true;
    for (let i = 0; i < cells[receiver + cell.SACKS]; i++) {
      const range = receiver + cell.SACK_RANGES + 2 * i;
      flight = (flight - (cells[range + 1] - cells[range])) | 0;
    }
    if ((flags & (SYN | FIN)) !== 0) flight = (flight - 1) | 0;
    if (flight <= 0 || flight >= FLIGHT_LIMIT) return;
    this.bytesInFlight = flight;
    this.pushBytesSent = pushed;
  }

  /** Times the handshake; the window of the first ACK after it is scaled, that of a SYN never. */
  private handshake(): void {
    const { cells, offset, sender, seconds, nanoseconds } = this;
    const flags = this.segment.flags;
    const values = this.table.values(this.row);
    if ((flags & RST) !== 0) cells[offset + cell.STATE] |= cell.CLOSED;
    else if ((flags & FIN) !== 0) {
      const state = cells[offset + cell.STATE];
      const mine = this.direction === 0 ? cell.FIN_LOW : cell.FIN_HIGH;
      const both = (state | mine) & (cell.FIN_LOW | cell.FIN_HIGH);
      cells[offset + cell.STATE] = state | mine | (both === (cell.FIN_LOW | cell.FIN_HIGH) ? cell.CLOSED : 0);
    }
    if ((flags & SYN) !== 0) {
      cells[sender + cell.STATUS] |= cell.FIRST_ACK_PENDING;
      if ((flags & ACK) === 0) {
        cells[offset + cell.SYN_SECONDS] = seconds;
        cells[offset + cell.SYN_NANOSECONDS] = nanoseconds;
      }
    } else if ((flags & ACK) !== 0) {
      cells[sender + cell.STATUS] &= ~cell.FIRST_ACK_PENDING;
      const synSeconds = cells[offset + cell.SYN_SECONDS];
      const synNanoseconds = cells[offset + cell.SYN_NANOSECONDS];
      if (values[offset / 2 + cell.INITIAL_RTT] === 0 && (synSeconds !== 0 || synNanoseconds !== 0)) {
        values[offset / 2 + cell.INITIAL_RTT] = this.since(synSeconds, synNanoseconds);
      }
    }
  }

  /** Options count from the next segment on. False where the header was cut short or its options are malformed. */
  private readOptions(): boolean {
    const { cells, sender, receiver, options, segment } = this;
    const flags = segment.flags;
    cells[sender + cell.SACKS] = 0;
    if (segment.headerLength > HEADER_LENGTH) {
      const { bytes, offset, headerLength, length } = segment;
      const captureEnd =
        length < 0 ? Math.min(segment.captureEnd, offset + headerLength + length) : segment.captureEnd;
      const base = cells[receiver + cell.BASE];
      // Without ACK, or in a header longer than its segment, the field is no number to count from there.
      const counted = (flags & ACK) !== 0 && length >= 0;
      const acknowledged = counted ? segment.acknowledgment - base : segment.acknowledgment;
      options.read(bytes, offset + HEADER_LENGTH, offset + headerLength, captureEnd, base, acknowledged);
      cells[this.offset + cell.STATE] |= options.multipath << cell.MULTIPATH_SHIFT;
      if (options.scale >= 0) cells[sender + cell.SCALE] = Math.min(options.scale, MAX_SCALE);
      if (options.fastOpen && (flags & (SYN | ACK)) === SYN) {
        this.verdict |= verdict.TFO_SYN;
        const judged = !segment.quoted && !segment.partial;
        if (segment.length > 0 && judged) cells[this.offset + cell.STATE] |= cell.FAST_OPEN;
      }
      const ranges = Math.min(options.sacks, cell.SACK_LIMIT);
      cells[sender + cell.SACKS] = ranges;
      for (let i = 0; i < 2 * ranges; i++) {
        cells[sender + cell.SACK_RANGES + i] = bytes.getInt32(options.sacksAt + 4 * i);
      }
    }
    if (!segment.headerCaptured || (segment.headerLength > HEADER_LENGTH && !options.sound)) return false;
    if ((flags & SYN) === 0) return true;
    // RFC 7323, 2.2: windows are scaled only where both sides offered it.
    if (cells[sender + cell.SCALE] === cell.UNKNOWN_SCALE) {
      cells[sender + cell.SCALE] = cell.NO_SCALE;
      cells[receiver + cell.SCALE] = cell.NO_SCALE;
    } else if ((flags & ACK) !== 0 && cells[receiver + cell.SCALE] === cell.NO_SCALE) {
      cells[sender + cell.SCALE] = cell.NO_SCALE;
    }
    return true;
  }
}
