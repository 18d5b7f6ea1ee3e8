// What happened to each TCP segment, by the rules Wireshark 4.0 judges with.
import type { Batch } from '../base/batch.ts';
import { after, before } from '../base/sequence.ts';
import { IPV6 } from '../wire/packet.ts';
import { ACK, FIN, PSH, RST, SYN } from '../wire/tcp.ts';
import * as cell from './connection.ts';
import { Duration } from './duration.ts';
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
/** More bytes in flight than this are no real ones. */
const FLIGHT_LIMIT = 2e9;

/**
 * The verdicts on the segments of a capture, one after the other: feed it each record with `add`. What it says of a
 * segment lies in its fields and holds until the next one. Nothing is allocated per packet.
 */
export class Analysis {
  readonly table = new ConnectionTable();
  readonly segment = new Segment();
  /** Connections seen so far, each a stream. */
  streams = 0;

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
  /** Nanoseconds from SYN to the first ACK after it; 0 while unknown. */
  initialRtt = 0;
  /** Window in bytes, scaled where the scale is known. */
  windowSize = 0;
  /** Factor of the window; -1 not known (no handshake seen), -2 no scaling, 0 on a SYN, which is never scaled. */
  windowScaleFactor = 0;

  private readonly unacked = new UnackedPool();
  private readonly options = new TcpOptions();
  private readonly elapsed = new Duration();
  private cells!: Int32Array;
  /** Where the connection's row, the sender's and the receiver's cells begin. */
  private at = 0;
  private from = 0;
  private to = 0;
  private seconds = 0;
  private nanoseconds = 0;

  /** Analyses record `index` of the batch. False where it is no TCP segment. */
  add(batch: Batch, index: number): boolean {
    const segment = this.segment;
    this.row = -1;
    this.stream = -1;
    this.verdict = 0;
    if (!segment.place(batch, index)) return false;
    this.frame = batch.frame(index);
    this.seconds = batch.seconds[index]! | 0;
    this.nanoseconds = batch.nanoseconds[index]! | 0;
    this.clear();
    if (!segment.complete) return !segment.quoted;
    this.connect();
    if (segment.length < 0 || segment.quoted || segment.partial) {
      this.handshake();
      this.clear();
      if (segment.length < 0) this.beginMalformed();
      return !segment.quoted;
    }
    this.begin();
    this.judge();
    if (!segment.wellFormed) {
      this.clear();
      return true;
    }
    this.window();
    this.handshake();
    if (!this.readOptions()) {
      // What stands behind the options is not shown of a header that cannot be read; what stands before them is.
      const shown = this.verdict & (verdict.TFO_ACK | verdict.TFO_IGNORED);
      this.clear();
      this.verdict = shown;
    }
    return true;
  }

  private clear(): void {
    this.verdict = 0;
    this.ackRtt.clear();
    this.acksFrame = 0;
    this.duplicateAckNumber = 0;
    this.duplicateAckFrame = 0;
    this.rto.clear();
    this.rtoFrame = 0;
    this.bytesInFlight = 0;
    this.pushBytesSent = 0;
    this.initialRtt = 0;
    this.windowSize = 0;
    this.windowScaleFactor = 0;
  }

  /** Finds the connection of the segment or opens one: a SYN that begins elsewhere is a new one on the same ports. */
  private connect(): void {
    const { segment, table } = this;
    const { packet, flags, sequence } = segment;
    const bytes = packet.batch.view;
    const ports = segment.ports;
    let row =
      (packet.layers & IPV6) !== 0
        ? table.find6(bytes, packet.ipv6.sourceAt, packet.ipv6.destinationAt, ports, 6)
        : table.find4(bytes, packet.ipv4.sourceAt, packet.ipv4.destinationAt, ports, 4);
    const d = cell.DIRECTIONS + table.direction * cell.DIRECTION_CELLS;
    if (row < 0) row = this.open();
    else if ((flags & (SYN | ACK)) === SYN) {
      const cells = table.cells(row);
      const from = table.at(row) + d;
      if ((cells[from + cell.STATUS]! & cell.BASE_KNOWN) !== 0 && cells[from + cell.BASE] !== sequence) {
        row = this.open();
        this.verdict = verdict.REUSED_PORTS;
      } else if (before(cells[from + cell.MAX_ACKABLE]!, cells[from + cell.NEXT]!)) {
        // The SYN again: what came after a hole that nobody acknowledged is forgotten.
        cells[from + cell.NEXT] = cells[from + cell.MAX_ACKABLE]!;
      }
    }
    this.row = row;
    this.direction = table.direction;
    this.cells = table.cells(row);
    this.at = table.at(row);
    this.from = this.at + d;
    this.to = this.at + cell.DIRECTIONS + (1 - table.direction) * cell.DIRECTION_CELLS;
    this.stream = this.cells[this.at + cell.STREAM]!;
  }

  private open(): number {
    const table = this.table;
    const row = table.insert();
    const cells = table.cells(row);
    const at = table.at(row);
    cells[at + cell.STREAM] = this.streams++;
    for (let i = 0; i < 2; i++) {
      const d = at + cell.DIRECTIONS + i * cell.DIRECTION_CELLS;
      cells[d + cell.WINDOW] = -1;
      cells[d + cell.SCALE] = cell.UNKNOWN_SCALE;
      cells[d + cell.STATUS] = cell.FLIGHT_VALID;
    }
    return row;
  }

  /** Where the sequence numbers of both directions begin; and what a SYN-ACK says to a SYN with data. */
  private begin(): void {
    const { cells, from, to } = this;
    const { flags, sequence, acknowledgment } = this.segment;
    const answer = (flags & (SYN | ACK)) === (SYN | ACK);
    if ((cells[from + cell.STATUS]! & cell.BASE_KNOWN) === 0) {
      cells[from + cell.BASE] = (flags & SYN) !== 0 ? sequence : sequence - 1;
      cells[from + cell.STATUS]! |= cell.BASE_KNOWN;
    } else if (answer && cells[from + cell.BASE] !== sequence) {
      cells[from + cell.BASE] = sequence;
      cells[from + cell.STATUS]! &= ~cell.RANGE_KNOWN;
      this.verdict |= verdict.REUSED_PORTS;
    }
    if ((cells[to + cell.STATUS]! & cell.BASE_KNOWN) === 0 && (flags & ACK) !== 0) {
      cells[to + cell.BASE] = acknowledgment - 1;
      cells[to + cell.STATUS]! |= cell.BASE_KNOWN;
    }
    if (!answer) return;
    if ((acknowledgment - cells[to + cell.BASE]!) >>> 0 > 1) this.verdict |= verdict.TFO_ACK;
    else if ((cells[this.at + cell.STATE]! & cell.FAST_OPEN) !== 0) this.verdict |= verdict.TFO_IGNORED;
  }

  /**
   * A SYN-ACK whose header is longer than its segment still moves the direction's begin, and its acknowledgment is
   * taken as it is, not from where the other direction begins.
   */
  private beginMalformed(): void {
    const { cells, from } = this;
    const { flags, sequence, acknowledgment } = this.segment;
    if ((flags & (SYN | ACK)) !== (SYN | ACK)) return;
    if ((cells[from + cell.STATUS]! & cell.BASE_KNOWN) !== 0) {
      cells[from + cell.BASE] = sequence;
      cells[from + cell.STATUS]! &= ~cell.RANGE_KNOWN;
    }
    if (acknowledgment >>> 0 > 1) this.verdict = verdict.TFO_ACK;
    else if ((cells[this.at + cell.STATE]! & cell.FAST_OPEN) !== 0) this.verdict = verdict.TFO_IGNORED;
  }

  /** All checks, in Wireshark's order, and what the segment changes. */
  private judge(): void {
    const { cells, from, to, segment } = this;
    const { flags, length, sequence, acknowledgment } = segment;
    if ((flags & ACK) !== 0) cells[to + cell.STATUS]! |= cell.FLIGHT_VALID;
    const next = cells[from + cell.NEXT]!;
    if (length === 1 && sequence === next && cells[to + cell.WINDOW] === 0) {
      this.verdict |= verdict.ZERO_WINDOW_PROBE;
    } else this.judgeFlow(next);
    if (acknowledgment !== cells[from + cell.LAST_ACK]) {
      cells[from + cell.LAST_NEW_ACK] = this.frame;
      cells[from + cell.DUPLICATES] = 0;
    }
    this.judgeAck();
    const occupies = length > 0 || (flags & (SYN | FIN)) !== 0;
    if (occupies && (this.verdict & verdict.KEEP_ALIVE) === 0) this.judgeResent(next);
    this.advance(next, occupies);
    this.acksFrame = this.unacked.acknowledge(
      cells,
      to,
      acknowledgment,
      this.seconds,
      this.nanoseconds,
      this.ackRtt,
    );
    if (length > 0 && (cells[from + cell.STATUS]! & cell.FLIGHT_VALID) !== 0) this.countFlight();
  }

  /** Windows, keep-alives, holes and duplicate ACKs. */
  private judgeFlow(next: number): void {
    const { cells, from, to } = this;
    const { flags, length, sequence, acknowledgment, window } = this.segment;
    const plain = (flags & (SYN | FIN | RST)) === 0;
    let found = 0;
    if (next !== 0 && after(sequence, next) && (flags & RST) === 0) {
      found |= verdict.LOST_SEGMENT;
      cells[from + cell.STATUS]! &= ~cell.FLIGHT_VALID;
    }
    if (plain) {
      if (window === 0) found |= verdict.ZERO_WINDOW;
      if (length <= 1 && sequence === ((next - 1) | 0)) found |= verdict.KEEP_ALIVE;
      if (length > 0) found |= this.judgeFull();
      else if (sequence === next && acknowledgment === cells[from + cell.LAST_ACK]) {
        const status = cells[to + cell.STATUS]!;
        if (window !== cells[from + cell.WINDOW]) {
          if (window !== 0) found |= verdict.WINDOW_UPDATE;
        } else if (window === 0) {
          if ((status & cell.LAST_PROBE) !== 0) found |= verdict.ZERO_WINDOW_PROBE_ACK;
        } else if ((status & cell.LAST_KEEP_ALIVE) !== 0) found |= verdict.KEEP_ALIVE_ACK;
        else {
          found |= verdict.DUPLICATE_ACK;
          const number = Math.max(cells[from + cell.DUPLICATES]!, 0) + 1;
          cells[from + cell.DUPLICATES] = number;
          this.duplicateAckNumber = number;
          this.duplicateAckFrame = cells[from + cell.LAST_NEW_ACK]!;
        }
      }
    }
    this.verdict |= found;
  }

  /** Does the segment end where the receiver's window ends? */
  private judgeFull(): number {
    const { cells, to } = this;
    const scale = cells[to + cell.SCALE]!;
    if (scale === cell.UNKNOWN_SCALE) return 0;
    const unscaled = scale === cell.NO_SCALE || (cells[to + cell.STATUS]! & cell.FIRST_ACK_PENDING) !== 0;
    const edge = cells[to + cell.LAST_ACK]! + (cells[to + cell.WINDOW]! << (unscaled ? 0 : scale));
    return ((this.segment.sequence + this.segment.length) | 0) === (edge | 0) ? verdict.WINDOW_FULL : 0;
  }

  /** Does it acknowledge what was not captured? */
  private judgeAck(): void {
    const { cells, to } = this;
    const ackable = cells[to + cell.MAX_ACKABLE]!;
    if ((this.segment.flags & ACK) === 0 || ackable === 0) return;
    if (!after(this.segment.acknowledgment, ackable)) return;
    if (before(ackable, cells[to + cell.NEXT]!)) {
      cells[to + cell.MAX_ACKABLE] = cells[to + cell.NEXT]!;
      this.verdict |= verdict.ACK_LOST_SEGMENT;
    } else {
      if (cells[to + cell.DUPLICATES] === 0) this.verdict |= verdict.ACK_LOST_SEGMENT;
      cells[to + cell.DUPLICATES] = -1;
    }
  }

  /** Was it sent before? A fast and a spurious retransmission are retransmissions as well. */
  private judgeResent(next: number): void {
    const { cells, from, to, elapsed } = this;
    const { flags, length, sequence } = this.segment;
    const end = (sequence + length) | 0;
    const acknowledged = cells[to + cell.LAST_ACK]!;
    if (length > 0 && acknowledged !== 0 && ((end - acknowledged) | 0) <= 0) {
      this.verdict |= verdict.SPURIOUS_RETRANSMISSION | verdict.RETRANSMISSION;
      return;
    }
    if (next === 0 || !before(sequence, next) || (length > 1 && sequence === ((next - 1) | 0))) return;
    // Counted as unsigned: the -1 that an ACK of something unseen leaves counts as many.
    if (cells[to + cell.DUPLICATES]! >>> 0 >= 2 && acknowledged === sequence) {
      const { seconds, nanoseconds } = this;
      elapsed.between(
        cells[to + cell.LAST_ACK_SECONDS]!,
        cells[to + cell.LAST_ACK_NANOSECONDS]!,
        seconds,
        nanoseconds,
      );
      if (elapsed.value >= 0 && elapsed.value < FAST) {
        this.verdict |= verdict.FAST_RETRANSMISSION | verdict.RETRANSMISSION;
        return;
      }
    }
    elapsed.between(
      cells[from + cell.NEXT_SECONDS]!,
      cells[from + cell.NEXT_NANOSECONDS]!,
      this.seconds,
      this.nanoseconds,
    );
    if (elapsed.value >= 0 && next !== ((end + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) | 0)) {
      // A negative time counts as unsigned too: where clocks ran backwards nothing is late.
      const initial = this.table.values(this.row)[this.at / 2 + cell.INITIAL_RTT]!;
      if (initial < 0 || elapsed.value < (initial === 0 ? REORDERED : initial)) {
        this.verdict |= verdict.OUT_OF_ORDER;
        return;
      }
    }
    this.verdict |= verdict.RETRANSMISSION;
    if (cells[from + cell.UNACKED] === 0) {
      this.rto.between(
        cells[from + cell.NEXT_SECONDS]!,
        cells[from + cell.NEXT_NANOSECONDS]!,
        this.seconds,
        this.nanoseconds,
      );
      this.rtoFrame = cells[from + cell.NEXT_FRAME]!;
    } else this.rtoFrame = this.unacked.oldest(cells, from, this.seconds, this.nanoseconds, this.rto);
    if (this.rto.isZero) this.rtoFrame = 0;
  }

  /** What the segment changes of its direction. */
  private advance(next: number, occupies: boolean): void {
    const { cells, from, frame, seconds, nanoseconds } = this;
    const { flags, length, sequence, acknowledgment, window } = this.segment;
    let end = (sequence + length) | 0;
    if (occupies && cells[from + cell.UNACKED]! < UNACKED_LIMIT) {
      if ((flags & (SYN | FIN)) !== 0) end = (end + 1) | 0;
      this.unacked.push(cells, from, sequence, end, frame, seconds, nanoseconds);
    }
    let last = 0;
    if ((this.verdict & verdict.ZERO_WINDOW_PROBE) !== 0) last = cell.LAST_PROBE;
    else {
      if (next === 0 || after(end, next)) {
        cells[from + cell.NEXT] = end;
        cells[from + cell.NEXT_FRAME] = frame;
        cells[from + cell.NEXT_SECONDS] = seconds;
        cells[from + cell.NEXT_NANOSECONDS] = nanoseconds;
      }
      const ackable = cells[from + cell.MAX_ACKABLE]!;
      if (ackable === 0 || sequence === ackable) cells[from + cell.MAX_ACKABLE] = cells[from + cell.NEXT]!;
      if ((this.verdict & verdict.KEEP_ALIVE) !== 0) last = cell.LAST_KEEP_ALIVE;
    }
    cells[from + cell.STATUS] =
      (cells[from + cell.STATUS]! & ~(cell.LAST_KEEP_ALIVE | cell.LAST_PROBE)) | last;
    cells[from + cell.WINDOW] = window;
    cells[from + cell.LAST_ACK] = acknowledgment;
    cells[from + cell.LAST_ACK_SECONDS] = seconds;
    cells[from + cell.LAST_ACK_NANOSECONDS] = nanoseconds;
  }

  private countFlight(): void {
    const { cells, from, to } = this;
    const { flags, length } = this.segment;
    const pushed = cells[from + cell.PUSHED]! + length;
    cells[from + cell.PUSHED] = (flags & PSH) === 0 ? pushed : 0;
    let flight = this.unacked.span(cells, from) | 0;
    if (flight === 0) return;
    for (let i = 0; i < cells[to + cell.SACKS]!; i++) {
      const range = to + cell.SACK_RANGES + 2 * i;
      flight = (flight - (cells[range + 1]! - cells[range]!)) | 0;
    }
    if ((flags & (SYN | FIN)) !== 0) flight = (flight - 1) | 0;
    if (flight <= 0 || flight >= FLIGHT_LIMIT) return;
    this.bytesInFlight = flight;
    this.pushBytesSent = pushed;
  }

  private window(): void {
    const { flags, window } = this.segment;
    this.windowSize = window;
    if ((flags & SYN) !== 0) return;
    const scale = this.cells[this.from + cell.SCALE]!;
    this.windowScaleFactor = scale < 0 ? scale : 1 << scale;
    if (scale > 0) this.windowSize = window * (1 << scale);
  }

  /** Times the handshake; the window of the first ACK after it is scaled, that of a SYN never. */
  private handshake(): void {
    const { cells, at, from, seconds, nanoseconds } = this;
    const flags = this.segment.flags;
    const values = this.table.values(this.row);
    if ((flags & SYN) !== 0) {
      cells[from + cell.STATUS]! |= cell.FIRST_ACK_PENDING;
      if ((flags & ACK) === 0) {
        cells[at + cell.SYN_SECONDS] = seconds;
        cells[at + cell.SYN_NANOSECONDS] = nanoseconds;
      }
    } else if ((flags & ACK) !== 0) {
      cells[from + cell.STATUS]! &= ~cell.FIRST_ACK_PENDING;
      const synSeconds = cells[at + cell.SYN_SECONDS]!;
      const synNanoseconds = cells[at + cell.SYN_NANOSECONDS]!;
      if (values[at / 2 + cell.INITIAL_RTT] === 0 && (synSeconds !== 0 || synNanoseconds !== 0)) {
        this.elapsed.between(synSeconds, synNanoseconds, seconds, nanoseconds);
        values[at / 2 + cell.INITIAL_RTT] = this.elapsed.value;
      }
    }
    this.initialRtt = values[at / 2 + cell.INITIAL_RTT]!;
  }

  /** Options count from the next segment on. False where the header was cut short or its options are malformed. */
  private readOptions(): boolean {
    const { cells, from, to, options, segment } = this;
    const flags = segment.flags;
    cells[from + cell.SACKS] = 0;
    if (segment.headerLength > 20) {
      const { tcp, captureEnd } = segment.packet;
      options.read(tcp.bytes, tcp.at + 20, tcp.at + segment.headerLength, captureEnd);
      if (options.scale >= 0) cells[from + cell.SCALE] = Math.min(options.scale, MAX_SCALE);
      if (options.fastOpen && (flags & (SYN | ACK)) === SYN) {
        this.verdict |= verdict.TFO_SYN;
        if (segment.length > 0) cells[this.at + cell.STATE]! |= cell.FAST_OPEN;
      }
      const ranges = Math.min(options.sacks, cell.SACK_LIMIT);
      cells[from + cell.SACKS] = ranges;
      for (let i = 0; i < 2 * ranges; i++) {
        cells[from + cell.SACK_RANGES + i] = tcp.bytes.getInt32(options.sacksAt + 4 * i);
      }
    }
    if (!segment.headerCaptured || (segment.headerLength > 20 && !options.sound)) return false;
    if ((flags & SYN) === 0) return true;
    // RFC 7323, 2.2: windows are scaled only where both sides offered it.
    if (cells[from + cell.SCALE] === cell.UNKNOWN_SCALE) {
      cells[from + cell.SCALE] = cell.NO_SCALE;
      cells[to + cell.SCALE] = cell.NO_SCALE;
    } else if ((flags & ACK) !== 0 && cells[to + cell.SCALE] === cell.NO_SCALE) {
      cells[from + cell.SCALE] = cell.NO_SCALE;
    }
    return true;
  }
}
