// What each TCP connection carries now, for a display that is refreshed: counts since the last look, on top of Analysis.
import { ipv4Text, ipv6Text } from '../base/address.ts';
import type { Batch } from '../base/batch.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import type { Analysis } from './analysis.ts';
import * as cell from './connection.ts';
import { DUPLICATE_ACK, OUT_OF_ORDER, RESENT, ZERO_WINDOW } from './verdict.ts';

/** One connection as it was between two looks. Bytes are those on the wire. */
export interface Activity {
  /** The interface, as given to `Busiest`. */
  label: string;
  client: string;
  clientPort: number;
  server: string;
  serverPort: number;
  /** In all, and since the last look. */
  totalPackets: number;
  packets: number;
  /** Since the last look, by who sent them. */
  clientBytes: number;
  serverBytes: number;
  /** Nanoseconds until data was acknowledged, the mean since the last look or, without any, at the last look before that had some; undefined while unknown. */
  rtt: number | undefined;
  /** Segments sent again, in all and since the last look. */
  totalResent: number;
  resent: number;
  /** Mask of verdict.ts, since the last look. */
  verdicts: number;
  state: 'opening' | 'open' | 'closing' | 'closed' | 'reset';
  /** Looks since the last packet; 0 where there were packets since the last one. */
  idle: number;
  /** Bytes of both directions, and round-trip times, of the last looks, the latest at the end; 0 where not known. */
  bytesBefore: number[];
  rttBefore: number[];
  /** Verdicts in all: duplicate ACKs, zero windows, segments out of order. */
  duplicateAcks: number;
  zeroWindows: number;
  outOfOrder: number;
}

/** Looks that are remembered. */
export const REMEMBERED = 8;

// Columns of a connection: numbers that a double holds exactly.
const STREAM = 0;
const TOTAL = 1;
const PACKETS = 2;
/** Bytes by direction. */
const BYTES = 3;
/** RTT samples since the last look, by who is acknowledged: how many, and their sum. */
const RTT_COUNT = 5;
const RTT_SUM = 7;
/** The last mean. */
const RTT = 9;
const TOTAL_RESENT = 10;
const RESENT_NOW = 11;
const VERDICTS = 12;
const STATE = 13;
const IDLE = 14;
/** Direction of the client, -1 while it was only guessed. */
const CLIENT = 15;
/** Looks so far, and rings of what the last ones saw. */
const LOOKS = 16;
const BYTES_BEFORE = 17;
const RTT_BEFORE = BYTES_BEFORE + REMEMBERED;
/** Counts of verdicts. */
const DUPLICATE_ACKS = RTT_BEFORE + REMEMBERED;
const ZERO_WINDOWS = DUPLICATE_ACKS + 1;
const OUT_OF_ORDERS = DUPLICATE_ACKS + 2;
const COLUMNS = DUPLICATE_ACKS + 3;

// Bits of STATE.
const SEEN_SYN = 1;
const SEEN_DATA = 2;
/** A FIN by direction. */
const SEEN_FIN = 4;
const SEEN_RST = 16;
const GUESSED = -1;
const NONE: number[] = [];

/** Follows the connections of one interface. Its memory is that of the connection table and one row of columns for each. */
export class Busiest {
  /** Since the last look: packets and bytes of all kinds, and those of TCP. */
  packets = 0;
  bytes = 0;
  tcpPackets = 0;
  private readonly analysis: Analysis;
  private readonly label: string;
  private columns = new Float64Array(COLUMNS * 64);

  constructor(label: string, analysis: Analysis) {
    this.label = label;
    this.analysis = analysis;
  }

  /** Processes record `index`. */
  add(batch: Batch, index: number): void {
    const { analysis } = this;
    const bytes = batch.wire[index];
    this.packets++;
    this.bytes += bytes;
    if (!analysis.add(batch, index)) return;
    this.tcpPackets++;
    const { row, direction, verdict } = analysis;
    if (row < 0) return;
    const offset = this.place(row);
    const { columns } = this;
    const flags = analysis.segment.flags;
    columns[offset + TOTAL]++;
    columns[offset + PACKETS]++;
    columns[offset + BYTES + direction] += bytes;
    columns[offset + VERDICTS] |= verdict;
    if ((verdict & DUPLICATE_ACK) !== 0) columns[offset + DUPLICATE_ACKS]++;
    if ((verdict & ZERO_WINDOW) !== 0) columns[offset + ZERO_WINDOWS]++;
    if ((verdict & OUT_OF_ORDER) !== 0) columns[offset + OUT_OF_ORDERS]++;
    if ((verdict & RESENT) !== 0) {
      columns[offset + TOTAL_RESENT]++;
      columns[offset + RESENT_NOW]++;
    }
    if (!analysis.ackRtt.isZero) {
      columns[offset + RTT_COUNT + direction]++;
      columns[offset + RTT_SUM + direction] += analysis.ackRtt.value;
    }
    if ((flags & SYN) !== 0) {
      columns[offset + CLIENT] = (flags & ACK) === 0 ? direction : 1 - direction;
      columns[offset + STATE] |= SEEN_SYN;
    } else if ((flags & RST) !== 0) columns[offset + STATE] |= SEEN_RST;
    else columns[offset + STATE] |= (flags & FIN) === 0 ? SEEN_DATA : SEEN_FIN << direction;
  }

  /** Where the columns of a row of the table begin; cleared where another connection had it before. */
  private place(row: number): number {
    const offset = row * COLUMNS;
    if (offset >= this.columns.length) {
      const wider = new Float64Array(Math.max(this.columns.length * 2, offset + COLUMNS));
      wider.set(this.columns);
      this.columns = wider;
    }
    if (this.columns[offset + STREAM] !== this.analysis.stream + 1) {
      this.columns.fill(0, offset, offset + COLUMNS);
      this.columns[offset + STREAM] = this.analysis.stream + 1;
      this.columns[offset + CLIENT] = GUESSED;
    }
    return offset;
  }

  /**
   * The connections that `rank` puts first, at most `limit`, of those with packets in the last `memory` looks; and
   * begins the next interval. `rank` is given an activity without addresses and answers a number, the highest first.
   */
  look(limit: number, memory: number, rank: (activity: Activity) => number): Activity[] {
    const found: { activity: Activity; row: number; rank: number }[] = [];
    for (let row = 0; row * COLUMNS < this.columns.length && row < this.analysis.table.rows; row++) {
      const offset = row * COLUMNS;
      const silent = this.columns[offset + PACKETS] === 0 && this.columns[offset + IDLE] > memory;
      if (silent || !this.holds(row)) continue;
      const activity = this.read(offset);
      this.begin(offset);
      if (activity.idle > memory || (activity.idle > 2 && isOver(activity))) continue;
      found.push({ activity, row, rank: rank(activity) });
    }
    this.packets = 0;
    this.bytes = 0;
    this.tcpPackets = 0;
    found.sort((a, b) => b.rank - a.rank);
    return found.slice(0, limit).map(({ activity, row }) => this.name(activity, row));
  }

  /** Whether the columns of a row are those of the connection that has it now, and not of one that was evicted. */
  private holds(row: number): boolean {
    const { table } = this.analysis;
    const cells = table.cells(row);
    const offset = table.offset(row);
    const stream = this.columns[row * COLUMNS + STREAM] - 1;
    return (cells[offset + cell.STATE] & cell.IN_USE) !== 0 && cells[offset + cell.STREAM] === stream;
  }

  private read(offset: number): Activity {
    const { columns } = this;
    const client = columns[offset + CLIENT] === 1 ? 1 : 0;
    const means = [0, 1].flatMap((d) =>
      columns[offset + RTT_COUNT + d] === 0
        ? []
        : [columns[offset + RTT_SUM + d] / columns[offset + RTT_COUNT + d]],
    );
    // The way to the farther end is the one that matters.
    if (means.length > 0) columns[offset + RTT] = Math.max(...means);
    const slot = columns[offset + LOOKS]++ % REMEMBERED;
    columns[offset + BYTES_BEFORE + slot] = columns[offset + BYTES] + columns[offset + BYTES + 1];
    columns[offset + RTT_BEFORE + slot] = means.length > 0 ? columns[offset + RTT] : 0;
    return {
      label: this.label,
      client: '',
      clientPort: 0,
      server: '',
      serverPort: 0,
      totalPackets: columns[offset + TOTAL],
      packets: columns[offset + PACKETS],
      clientBytes: columns[offset + BYTES + client],
      serverBytes: columns[offset + BYTES + 1 - client],
      rtt: columns[offset + RTT] > 0 ? columns[offset + RTT] : undefined,
      totalResent: columns[offset + TOTAL_RESENT],
      resent: columns[offset + RESENT_NOW],
      verdicts: columns[offset + VERDICTS],
      state: stateOf(columns[offset + STATE]),
      idle: columns[offset + PACKETS] > 0 ? 0 : columns[offset + IDLE] + 1,
      bytesBefore: NONE,
      rttBefore: NONE,
      duplicateAcks: columns[offset + DUPLICATE_ACKS],
      zeroWindows: columns[offset + ZERO_WINDOWS],
      outOfOrder: columns[offset + OUT_OF_ORDERS],
    };
  }

  private begin(offset: number): void {
    const { columns } = this;
    columns[offset + IDLE] = columns[offset + PACKETS] > 0 ? 0 : columns[offset + IDLE] + 1;
    columns.fill(0, offset + PACKETS, offset + RTT);
    columns[offset + RESENT_NOW] = 0;
    columns[offset + VERDICTS] = 0;
  }

  /** What the last looks saw, the oldest first. */
  private ring(offset: number, first: number): number[] {
    const next = this.columns[offset + LOOKS] % REMEMBERED;
    return Array.from(
      { length: REMEMBERED },
      (_, i) => this.columns[offset + first + ((next + i) % REMEMBERED)],
    );
  }

  /** Fills in the endpoints, and what came before. Where no SYN was seen, the lower port is taken for the server's. */
  private name(activity: Activity, row: number): Activity {
    const { table } = this.analysis;
    const cells = table.cells(row);
    const offset = table.offset(row);
    const ports = cells[offset + cell.PORTS];
    const low = { address: address(cells, offset, cell.LOW_ADDRESS), port: ports >>> 16 };
    const high = { address: address(cells, offset, cell.HIGH_ADDRESS), port: ports & 0xffff };
    const known = this.columns[row * COLUMNS + CLIENT];
    const guessed = low.port >= high.port ? 0 : 1;
    const [client, server] = (known < 0 ? guessed : known) === 0 ? [low, high] : [high, low];
    // `read` takes the lower endpoint for the client where it does not know.
    if (known < 0 && guessed === 1) {
      [activity.clientBytes, activity.serverBytes] = [activity.serverBytes, activity.clientBytes];
    }
    activity.bytesBefore = this.ring(row * COLUMNS, BYTES_BEFORE);
    activity.rttBefore = this.ring(row * COLUMNS, RTT_BEFORE);
    activity.client = client.address;
    activity.clientPort = client.port;
    activity.server = server.address;
    activity.serverPort = server.port;
    return activity;
  }
}

function isOver({ state }: Activity): boolean {
  return state === 'closed' || state === 'reset';
}

function stateOf(bits: number): Activity['state'] {
  const fins = bits & (SEEN_FIN * 3);
  if ((bits & SEEN_RST) !== 0) return 'reset';
  if (fins === SEEN_FIN * 3) return 'closed';
  if (fins !== 0) return 'closing';
  return (bits & SEEN_DATA) === 0 ? 'opening' : 'open';
}

/** The address in four cells of a row; the low bits of SCOPE are its version. */
function address(cells: Int32Array, offset: number, first: number): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setInt32(4 * i, cells[offset + first + i]);
  return (cells[offset + cell.SCOPE] & 15) === 4 ? ipv4Text(bytes) : ipv6Text(bytes);
}
