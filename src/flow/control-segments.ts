// SYN, FIN and RST: how a connection is opened and closed.
import { after } from '../base/sequence.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import * as cell from './connection.ts';
import { AT_ONCE, type Ledger } from './ledger.ts';
import type { Losses } from './losses.ts';
import * as counter from './tally-cells.ts';

/** A SYN is usually sent again after a second (RFC 6298, 2.1), and never within this time (nanoseconds). */
const SYN_SOON = 100e6;

/** Accounts for segments with SYN, FIN or RST, and for the ACK that completes a handshake. */
export class ControlSegments {
  private readonly ledger: Ledger;
  private readonly losses: Losses;

  constructor(ledger: Ledger, losses: Losses) {
    this.ledger = ledger;
    this.losses = losses;
  }

  /** A segment with any of these flags. */
  add(): void {
    const { flags } = this.ledger.analysis.segment;
    if ((flags & SYN) !== 0) this.syn();
    if ((flags & FIN) !== 0) this.fin();
    if ((flags & RST) !== 0) this.rst();
  }

  /** The client's first ACK after the SYN-ACK; where both sent SYNs, that of either. */
  established(): void {
    const { cells, offset, frame, row, table } = this.ledger.analysis;
    if (!this.ledger.isFromClient() && cells[offset + cell.PEER_SYN_FRAME] === 0) return;
    cells[offset + cell.HANDSHAKE_FRAME] = frame;
    table.values(row)[offset / 2 + cell.HANDSHAKE_TIME] = this.ledger.now;
  }

  private syn(): void {
    const { cells, offset, sender, frame, row, segment, table } = this.ledger.analysis;
    const { flags } = segment;
    const again = cells[sender + cell.SYNS] !== 0;
    if (!again) this.acknowledgedBefore();
    if (again && this.isSynCopy()) this.ledger.countDuplicate();
    else this.opening();
    if (!again) cells[sender + cell.EDGE_IDENTIFICATION] = segment.identification;
    cells[sender + cell.LAST_SYN_FRAME] = frame;
    if ((flags & ACK) === 0) {
      if (this.ledger.isFromClient()) {
        if (cells[offset + cell.SYN_FRAME] === 0) cells[offset + cell.SYN_FRAME] = frame;
      } else if (cells[offset + cell.PEER_SYN_FRAME] === 0) cells[offset + cell.PEER_SYN_FRAME] = frame;
    } else if (cells[offset + cell.SYN_ACK_FRAME] === 0) {
      cells[offset + cell.SYN_ACK_FRAME] = frame;
      table.values(row)[offset / 2 + cell.SYN_ACK_TIME] = this.ledger.now;
    }
    if (segment.headerLength > 20 && segment.headerCaptured) this.offers();
  }

  /** The options of a SYN. */
  private offers(): void {
    const { cells, sender, options } = this.ledger.analysis;
    cells[sender + cell.MSS] = options.mss;
    cells[sender + cell.OFFERS] =
      (Math.min(options.scale, 14) + 1) |
      (options.sackPermitted ? cell.OFFERS_SACK : 0) |
      (options.timestamps ? cell.OFFERS_TIMESTAMPS : 0);
  }

  private fin(): void {
    const { cells, sender, frame, segment } = this.ledger.analysis;
    if (cells[sender + cell.FIN_FRAME] !== 0) return;
    cells[sender + cell.FIN_FRAME] = frame;
    if (segment.length === 0) this.acknowledgedBefore();
    // A FIN that was skipped occupies a sequence number of the hole.
    const number = (segment.sequence + segment.length) | 0;
    if (cells[sender + cell.TALLY] !== 0)
      this.ledger.tallies.fill(cells[sender + cell.TALLY], number, (number + 1) | 0);
  }

  private rst(): void {
    const { cells, sender, frame, segment } = this.ledger.analysis;
    if (cells[sender + cell.RSTS]++ !== 0) return;
    cells[sender + cell.RST_FRAME] = frame;
    cells[sender + cell.RST_WITHOUT_ACK] = (segment.flags & ACK) === 0 ? 1 : 0;
  }

  /** Is it a SYN-ACK of a side that has sent a SYN, and got one (simultaneous open)? */
  private isCounter(): boolean {
    const { cells, offset, segment } = this.ledger.analysis;
    return (
      (segment.flags & ACK) !== 0 &&
      cells[offset + cell.PEER_SYN_FRAME] !== 0 &&
      cells[offset + cell.SYN_FRAME] !== 0
    );
  }

  /** The first of these is not a repeated SYN. */
  private isFirstCounter(): boolean {
    const { cells, sender } = this.ledger.analysis;
    return (
      this.isCounter() && this.ledger.tallies.get(cells[sender + cell.TALLY], counter.COUNTER_SYN_ACKS) === 0
    );
  }

  /** Counts a SYN or SYN-ACK. */
  private opening(): void {
    const { cells, sender } = this.ledger.analysis;
    cells[sender + cell.SYNS]++;
    if (!this.isCounter()) return;
    this.ledger.counterSynAck = this.isFirstCounter();
    this.ledger.tallies.bump(this.ledger.tally(), counter.COUNTER_SYN_ACKS);
  }

  /** Of a SYN or FIN seen for the first time: was it captured after its own ACK? */
  private acknowledgedBefore(): void {
    const { cells, sender, receiver, segment } = this.ledger.analysis;
    if (cells[receiver + cell.PACKETS] === 0 || (cells[sender + cell.STATUS] & cell.BASE_KNOWN) === 0) return;
    const ahead = (this.ledger.acknowledged() - segment.sequence) | 0;
    const syn = (segment.flags & SYN) !== 0;
    if (syn ? ahead === 1 || (ahead > 0 && cells[receiver + cell.DATA_PACKETS] > 0) : ahead > 0)
      this.ledger.behindAck = this.losses.behind(this.ledger.tally(), false);
  }

  /** Is the SYN or SYN-ACK at hand the one before, captured a second time? No stack sends it again so soon. */
  private isSynCopy(): boolean {
    const { cells, sender, segment } = this.ledger.analysis;
    if (this.isFirstCounter()) return false;
    const same = segment.identification === cells[sender + cell.EDGE_IDENTIFICATION];
    return (
      this.ledger.isAtOnce(cells[sender + cell.LAST_SYN_FRAME], same ? SYN_SOON : AT_ONCE) ||
      this.losses.isCopy()
    );
  }

  /** A FIN without data that Wireshark calls a retransmission. */
  repeatedFin(): void {
    const { ledger } = this;
    const { cells, sender, receiver, segment } = ledger.analysis;
    const block = ledger.tally();
    if (ledger.isAtOnce(cells[sender + cell.FIN_FRAME]) || this.losses.isCopy()) ledger.countDuplicate();
    else if (after(cells[receiver + cell.LAST_ACK], segment.sequence))
      ledger.tallies.bump(block, counter.SPURIOUS_FIN);
    else {
      ledger.tallies.bump(block, counter.REPEATED);
      ledger.tallies.bump(block, counter.REPEATED_FIN);
      ledger.tallies.bump(block, counter.REPEATED_BYTES);
    }
  }
}
