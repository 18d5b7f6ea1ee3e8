// What happened to each TCP segment, by the rules Wireshark 4.0 judges with.
import type { Batch } from '../base/batch.ts';
import { after, before } from '../base/sequence.ts';
import * as wire from '../wire/packet.ts';
import { Packet } from '../wire/packet.ts';
import { ACK, FIN, PSH, RST, SYN } from '../wire/tcp.ts';
import {
  BASE, BASE_KNOWN, FAST_OPEN, DIRECTION_CELLS, DIRECTIONS, DUPLICATES, FIRST_ACK_PENDING, FLIGHT_VALID, HIGHEST, INITIAL_RTT, LAST_ACK,
  LAST_ACK_NANOSECONDS, LAST_ACK_SECONDS, LAST_KEEP_ALIVE, LAST_NEW_ACK, LAST_PROBE, LOWEST, MAX_ACKABLE, NEWEST, NEXT,
  NEXT_FRAME, NEXT_NANOSECONDS, NEXT_SECONDS, NO_SCALE, OLDEST, ORDERED, PUSHED, SACK_LIMIT, SACK_RANGES, SACKS, SCALE,
  STATE, STATUS, STREAM, SYN_NANOSECONDS, SYN_SECONDS, UNACKED, UNKNOWN_SCALE, WINDOW,
} from './connection.ts';
import { TcpOptions } from './options.ts';
import { ConnectionTable } from './table.ts';
import { BEGIN, END, FRAME, NANOSECONDS, SECONDS, UnackedPool } from './unacked.ts';
import * as verdict from './verdict.ts';

const UNACKED_LIMIT = 10_000;
const MAX_SCALE = 14;
const FAST_NANOSECONDS = 20_000_000;
const REORDER_NANOSECONDS = 3_000_000;

export class Analysis {
  readonly packet = new Packet();
  readonly table = new ConnectionTable();
  readonly options = new TcpOptions();
  streams = 0;
  // The last segment:
  /** Row of its connection, -1 where it was not analysed. */
  row = -1;
  stream = -1;
  direction = 0;
  verdict = 0;
  /** Nanoseconds between the segment acknowledged and this ACK; -1 where it acknowledges none. */
  ackRtt = 0;
  acksFrame = 0;
  duplicateAckNumber = 0;
  duplicateAckFrame = 0;
  /** Nanoseconds; -1 for none. */
  rto = 0;
  rtoFrame = 0;
  /** 0 for none. */
  bytesInFlight = 0;
  /** Nanoseconds, 0 while unknown. */
  initialRtt = 0;
  length = 0;
  windowSize = 0;
  windowShown: number | undefined;
  pushedBytes = 0;
  private readonly unacked = new UnackedPool();
  private cells!: Int32Array;
  private at = 0;
  private f = 0;
  private r = 0;
  private frame = 0;
  private seconds = 0;
  private nanoseconds = 0;
  private sequence = 0;
  private ack = 0;
  private flags = 0;
  private win = 0;

  /** Analyses record `i`. Returns the mask of verdicts, or -1 where there is no TCP segment. */
  add(batch: Batch, i: number): number {
    const packet = this.packet;
    this.row = -1;
    if ((packet.decode(batch, i) & (wire.TCP | wire.FRAGMENT)) !== wire.TCP) return -1;
    return this.segment(batch.first + i, batch.seconds[i]!, batch.nanoseconds[i]!);
  }

  private segment(frame: number, seconds: number, nanoseconds: number): number {
    const packet = this.packet;
    const tcp = packet.tcp;
    this.verdict = 0;
    this.ackRtt = 0;
    this.rto = 0;
    this.acksFrame = 0;
    this.duplicateAckNumber = 0;
    this.bytesInFlight = 0;
    this.pushedBytes = 0;
    const header = tcp.headerLength;
    const length = Math.min(tcp.wireEnd, packet.wireEnd) - tcp.at - header;
    this.frame = frame;
    this.seconds = seconds | 0;
    this.nanoseconds = nanoseconds;
    const flags = tcp.flags;
    const sequence = tcp.sequence;
    this.flags = flags;
    this.sequence = sequence;
    this.ack = tcp.acknowledgment;
    this.win = tcp.window;
    this.length = length;
    const six = (packet.layers & wire.IPV6) !== 0;
    const table = this.table;
    let row = six
      ? table.find(packet.batch.view, packet.ipv6.sourceAt, packet.ipv6.destinationAt, 4, tcp.sourcePort, tcp.destinationPort, 6)
      : table.find(packet.batch.view, packet.ipv4.sourceAt, packet.ipv4.destinationAt, 1, tcp.sourcePort, tcp.destinationPort, 4);
    this.direction = table.direction;
    if (row < 0) row = this.open();
    else if ((flags & (SYN | ACK)) === SYN) {
      const d = table.at(row) + DIRECTIONS + table.direction * DIRECTION_CELLS;
      const old = table.cells(row);
      if ((old[d + STATUS]! & BASE_KNOWN) !== 0 && old[d + BASE] !== sequence) {
        row = this.open();
        this.verdict = verdict.REUSED_PORTS;
      } else if (before(old[d + MAX_ACKABLE]!, old[d + NEXT]!)) old[d + NEXT] = old[d + MAX_ACKABLE]!;
    }
    this.row = row;
    const cells = table.cells(row);
    const at = table.at(row);
    const f = at + DIRECTIONS + table.direction * DIRECTION_CELLS;
    const r = at + DIRECTIONS + (1 - table.direction) * DIRECTION_CELLS;
    this.cells = cells;
    this.at = at;
    this.f = f;
    this.r = r;
    this.stream = cells[at + STREAM]!;
    if (length < 0 || header < 20) return this.verdict;
    if ((flags & (SYN | ACK)) === (SYN | ACK) && (cells[f + STATUS]! & BASE_KNOWN) !== 0 && cells[f + BASE] !== sequence) {
      cells[f + BASE] = sequence;
      this.verdict |= verdict.REUSED_PORTS;
    }
    if ((cells[f + STATUS]! & BASE_KNOWN) === 0) {
      cells[f + BASE] = (flags & SYN) !== 0 ? sequence : sequence - 1;
      cells[f + STATUS]! |= BASE_KNOWN;
    }
    if ((cells[r + STATUS]! & BASE_KNOWN) === 0 && (flags & ACK) !== 0) {
      cells[r + BASE] = this.ack - 1;
      cells[r + STATUS]! |= BASE_KNOWN;
    }

    if ((flags & (SYN | ACK)) === (SYN | ACK)) {
      if ((this.ack - cells[r + BASE]!) >>> 0 > 1) this.verdict |= verdict.TFO_ACK;
      else if ((cells[at + STATE]! & FAST_OPEN) !== 0) this.verdict |= verdict.TFO_IGNORED;
    }
    this.check();
    const scale = cells[f + SCALE]!;
    this.windowSize = (flags & SYN) === 0 && scale > 0 ? this.win * (1 << scale) : this.win;
    this.windowShown = (flags & SYN) !== 0 ? undefined : scale >= 0 ? 1 << scale : scale;
    this.afterwards(header);
    return this.verdict;
  }

  private open(): number {
    const table = this.table;
    const row = table.insert();
    const cells = table.cells(row);
    const at = table.at(row);
    cells[at + STREAM] = this.streams++;
    for (let d = at + DIRECTIONS; d < at + DIRECTIONS + 2 * DIRECTION_CELLS; d += DIRECTION_CELLS) {
      cells[d + WINDOW] = -1;
      cells[d + SCALE] = UNKNOWN_SCALE;
      cells[d + STATUS] = ORDERED | FLIGHT_VALID;
    }
    return row;
  }

  private since(seconds: number, nanoseconds: number): number {
    return ((this.seconds - seconds) | 0) * 1e9 + (this.nanoseconds - nanoseconds);
  }

  private check(): void {
    const { cells, f, r, flags, length, sequence, ack, win } = this;
    const plain = (flags & (SYN | FIN | RST)) === 0;
    if ((flags & ACK) !== 0) cells[r + STATUS]! |= FLIGHT_VALID;
    let found = this.verdict;
    const next = cells[f + NEXT]!;
    const same = length === 0 && sequence === next && ack === cells[f + LAST_ACK] && plain;
    if (length === 1 && sequence === next && cells[r + WINDOW] === 0) found |= verdict.ZERO_WINDOW_PROBE;
    else {
      if (win === 0 && plain) found |= verdict.ZERO_WINDOW;
      if (next !== 0 && after(sequence, next) && (flags & RST) === 0) {
        found |= verdict.LOST_SEGMENT;
        cells[f + STATUS]! &= ~FLIGHT_VALID;
      }
      if (length <= 1 && sequence === ((next - 1) | 0) && plain) found |= verdict.KEEP_ALIVE;
      const window = cells[f + WINDOW]!;
      if (same && win !== 0 && win !== window) found |= verdict.WINDOW_UPDATE;
      const scale = cells[r + SCALE]!;
      if (length > 0 && scale !== UNKNOWN_SCALE && plain) {
        const shift = scale === NO_SCALE || (cells[r + STATUS]! & FIRST_ACK_PENDING) !== 0 ? 0 : scale;
        if (((sequence + length) | 0) === ((cells[r + LAST_ACK]! + (cells[r + WINDOW]! << shift)) | 0))
          found |= verdict.WINDOW_FULL;
      }
      if (same && win === window) {
        if (win !== 0 && (cells[r + STATUS]! & LAST_KEEP_ALIVE) !== 0) found |= verdict.KEEP_ALIVE_ACK;
        else if (win === 0 && (cells[r + STATUS]! & LAST_PROBE) !== 0) found |= verdict.ZERO_WINDOW_PROBE_ACK;
        else if (win !== 0) {
          found |= verdict.DUPLICATE_ACK;
          cells[f + DUPLICATES] = Math.max(cells[f + DUPLICATES]!, 0) + 1;
          this.duplicateAckNumber = cells[f + DUPLICATES]!;
          this.duplicateAckFrame = cells[f + LAST_NEW_ACK]!;
        }
      }
    }
    if (ack !== cells[f + LAST_ACK]) {
      cells[f + LAST_NEW_ACK] = this.frame;
      cells[f + DUPLICATES] = 0;
    }
    const ackable = cells[r + MAX_ACKABLE]!;
    if ((flags & ACK) !== 0 && ackable !== 0 && after(ack, ackable)) {
      if (before(ackable, cells[r + NEXT]!)) {
        cells[r + MAX_ACKABLE] = cells[r + NEXT]!;
        found |= verdict.ACK_LOST_SEGMENT;
      } else {
        if (cells[r + DUPLICATES] === 0) found |= verdict.ACK_LOST_SEGMENT;
        cells[r + DUPLICATES] = -1;
      }
    }
    const occupies = length > 0 || (flags & (SYN | FIN)) !== 0;
    if (occupies && (found & verdict.KEEP_ALIVE) === 0) found |= this.resent();
    this.verdict = found;

    // Update
    let end = (sequence + length) | 0;
    if (occupies && cells[f + UNACKED]! < UNACKED_LIMIT) {
      if ((flags & (SYN | FIN)) !== 0) end = (end + 1) | 0;
      this.push(end);
    }
    const probe = (found & verdict.ZERO_WINDOW_PROBE) !== 0;
    if (!probe) {
      if (next === 0 || after(end, next)) {
        cells[f + NEXT] = end;
        cells[f + NEXT_FRAME] = this.frame;
        cells[f + NEXT_SECONDS] = this.seconds;
        cells[f + NEXT_NANOSECONDS] = this.nanoseconds;
      }
      const ackable = cells[f + MAX_ACKABLE]!;
      if (ackable === 0 || sequence === ackable) cells[f + MAX_ACKABLE] = cells[f + NEXT]!;
    }
    cells[f + WINDOW] = win;
    cells[f + LAST_ACK] = ack;
    cells[f + LAST_ACK_SECONDS] = this.seconds;
    cells[f + LAST_ACK_NANOSECONDS] = this.nanoseconds;
    cells[f + STATUS] =
      (cells[f + STATUS]! & ~(LAST_KEEP_ALIVE | LAST_PROBE)) |
      ((found & verdict.KEEP_ALIVE) !== 0 ? LAST_KEEP_ALIVE : 0) |
      (probe ? LAST_PROBE : 0);
    this.acknowledge();
    if (length > 0 && (cells[f + STATUS]! & FLIGHT_VALID) !== 0) {
      cells[f + PUSHED]! += length;
      this.flight();
      if ((flags & PSH) !== 0) cells[f + PUSHED] = 0;
    }
  }

  private resent(): number {
    const { cells, f, r, flags, length, sequence } = this;
    const next = cells[f + NEXT]!;
    const end = (sequence + length) | 0;
    if (length > 0 && cells[r + LAST_ACK] !== 0 && ((end - cells[r + LAST_ACK]!) | 0) <= 0) return verdict.SPURIOUS_RETRANSMISSION | verdict.RETRANSMISSION;
    const stale = next !== 0 && before(sequence, next) && !(length > 1 && sequence === ((next - 1) | 0));
    if (!stale) return 0;
    if (cells[r + DUPLICATES]! >>> 0 >= 2 && cells[r + LAST_ACK] === sequence) {
      const t = this.since(cells[r + LAST_ACK_SECONDS]!, cells[r + LAST_ACK_NANOSECONDS]!);
      if (t >= 0 && t < FAST_NANOSECONDS) return verdict.FAST_RETRANSMISSION | verdict.RETRANSMISSION;
    }
    const t = this.since(cells[f + NEXT_SECONDS]!, cells[f + NEXT_NANOSECONDS]!);
    const initial = this.table.values(this.row)[this.at / 2 + INITIAL_RTT]!;
    const last = (flags & (SYN | FIN)) !== 0 ? (end + 1) | 0 : end;
    if (t >= 0 && (initial < 0 || t < (initial !== 0 ? initial : REORDER_NANOSECONDS)) && next !== last) return verdict.OUT_OF_ORDER;
    if (cells[f + UNACKED] === 0) {
      this.rto = t;
      this.rtoFrame = cells[f + NEXT_FRAME]!;
    } else {
      const oldest = cells[f + OLDEST]!;
      const nodes = this.unacked.cells;
      this.rto = this.since(nodes[oldest + SECONDS]!, nodes[oldest + NANOSECONDS]!);
      this.rtoFrame = nodes[oldest + FRAME]!;
    }
    return verdict.RETRANSMISSION;
  }

  private push(end: number): void {
    const { cells, f } = this;
    const pool = this.unacked;
    const node = pool.take();
    const nodes = pool.cells;
    nodes[node + BEGIN] = this.sequence;
    nodes[node + END] = end;
    nodes[node + FRAME] = this.frame;
    nodes[node + SECONDS] = this.seconds;
    nodes[node + NANOSECONDS] = this.nanoseconds;
    const newest = cells[f + NEWEST]!;
    pool.link(node, newest);
    cells[f + NEWEST] = node;
    if (newest === 0) cells[f + OLDEST] = node;
    cells[f + UNACKED]!++;
  }

  private acknowledge(): void {
    const { cells, r, ack } = this;
    const pool = this.unacked;
    let node = cells[r + NEWEST]!;
    while (node !== 0) {
      const nodes = pool.cells;
      const older = pool.older(node);
      const end = nodes[node + END]!;
      let drop = false;
      if (ack === end) {
        this.ackRtt = this.since(nodes[node + SECONDS]!, nodes[node + NANOSECONDS]!);
        this.acksFrame = nodes[node + FRAME]!;
        drop = true;
      } else if (after(ack, nodes[node + BEGIN]!) && before(ack, end)) nodes[node + BEGIN] = ack;
      else if (!after(end, ack)) drop = true;
      if (drop) {
        const newer = pool.newer(node);
        pool.link(newer, older);
        if (newer === 0) cells[r + NEWEST] = older;
        if (older === 0) cells[r + OLDEST] = newer;
        cells[r + UNACKED]!--;
        pool.give(node);
      }
      node = older;
    }
  }

  private flight(): void {
    const { cells, f, r } = this;
    const pool = this.unacked;
    let node = cells[f + NEWEST]!;
    if (node === 0) return;
    const base = cells[f + BASE]!;
    let lowest = 0xffffffff;
    let highest = 0;
    for (; node !== 0; node = pool.older(node)) {
      lowest = Math.min(lowest, (pool.cells[node + BEGIN]! - base) >>> 0);
      highest = Math.max(highest, (pool.cells[node + END]! - base) >>> 0);
    }
    let bytes = (highest - lowest) | 0;
    for (let i = 0; i < cells[r + SACKS]!; i++) {
      bytes = (bytes - (cells[r + SACK_RANGES + 2 * i + 1]! - cells[r + SACK_RANGES + 2 * i]!)) | 0;
    }
    if ((this.flags & (SYN | FIN)) !== 0) bytes = (bytes - 1) | 0;
    if (bytes > 0 && bytes < 2e9) {
      this.bytesInFlight = bytes;
      this.pushedBytes = cells[f + PUSHED]!;
    }
  }

  private afterwards(header: number): void {
    const { cells, at, f, r, flags } = this;
    const tcp = this.packet.tcp;
    if ((flags & SYN) !== 0) {
      cells[f + STATUS]! |= FIRST_ACK_PENDING;
      if ((flags & ACK) === 0) {
        cells[at + SYN_SECONDS] = this.seconds;
        cells[at + SYN_NANOSECONDS] = this.nanoseconds;
      }
    } else if ((flags & ACK) !== 0) {
      const values = this.table.values(this.row);
      if (values[at / 2 + INITIAL_RTT] === 0 && (cells[at + SYN_SECONDS] !== 0 || cells[at + SYN_NANOSECONDS] !== 0))
        values[at / 2 + INITIAL_RTT] = this.since(cells[at + SYN_SECONDS]!, cells[at + SYN_NANOSECONDS]!);
      cells[f + STATUS]! &= ~FIRST_ACK_PENDING;
    }
    this.initialRtt = this.table.values(this.row)[at / 2 + INITIAL_RTT]!;
    cells[f + SACKS] = 0;
    let scale = -1;
    if (header > 20) {
      const options = this.options;
      options.read(tcp.bytes, tcp.at + 20, Math.min(tcp.at + header, tcp.captureEnd));
      scale = options.scale;
      if (scale >= 0) cells[f + SCALE] = Math.min(scale, MAX_SCALE);
      if (options.fastOpen && (flags & (SYN | ACK)) === SYN) {
        this.verdict |= verdict.TFO_SYN;
        if (this.length > 0) cells[at + STATE]! |= FAST_OPEN;
      }
      const ranges = Math.min(options.sacks, SACK_LIMIT);
      for (let i = 0; i < 2 * ranges; i++)
        cells[f + SACK_RANGES + i] = tcp.bytes.getInt32(options.sacksAt + 4 * i);
      cells[f + SACKS] = ranges;
    }
    if ((flags & SYN) !== 0) {
      if (cells[f + SCALE] === UNKNOWN_SCALE) {
        cells[f + SCALE] = NO_SCALE;
        cells[r + SCALE] = NO_SCALE;
      } else if ((flags & ACK) !== 0 && cells[r + SCALE] === NO_SCALE) cells[f + SCALE] = NO_SCALE;
    }
  }
}
