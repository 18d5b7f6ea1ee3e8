// The windows that a side announces: closed, opened, shrunk, filled by the other side.
import { after, before } from '../base/sequence.ts';
import { ACK } from '../wire/tcp.ts';
import * as cell from './connection.ts';
import type { Ledger } from './ledger.ts';
import { distance, ID_RANGE, type Losses } from './losses.ts';
import { CLOSED, FILLED } from './stalls.ts';
import * as counter from './tally-cells.ts';

/** A window that loses this share of its size was shrunk. */
const MUCH = 0.25;

/** Accounts for the window of each segment, and for data that fills it. */
export class Windows {
  private readonly ledger: Ledger;
  private readonly losses: Losses;

  constructor(ledger: Ledger, losses: Losses) {
    this.ledger = ledger;
    this.losses = losses;
  }

  /** What window the segment announces: closed, opened, taken back, filled no more. */
  add(): void {
    const { ledger } = this;
    const { cells, sender, receiver, frame, windowSize, segment } = ledger.analysis;
    const first = cells[sender + cell.MIN_WINDOW] === -1;
    if (windowSize > cells[sender + cell.MAX_WINDOW]) cells[sender + cell.MAX_WINDOW] = windowSize;
    if (windowSize < cells[sender + cell.MIN_WINDOW] || first) {
      cells[sender + cell.MIN_WINDOW] = windowSize;
    }
    const block = cells[sender + cell.STALLS];
    if (windowSize === 0) ledger.stalls.begin(ledger.stallsOf(sender), CLOSED, ledger.now, frame);
    else if (block !== 0) ledger.stalls.end(block, CLOSED, ledger.now, frame);
    if ((segment.flags & ACK) === 0) return;
    if (cells[receiver + cell.PACKETS] !== 0 && after(segment.acknowledgment, cells[receiver + cell.NEXT]))
      this.losses.unseen();
    const edge = (segment.acknowledgment + windowSize) | 0;
    const last = cells[sender + cell.WINDOW_EDGE];
    const { identification } = segment;
    if (!first) {
      // A reordered segment announces nothing new.
      const ack = cells[sender + cell.HIGHEST_ACK];
      if (before(segment.acknowledgment, ack)) return;
      const ahead = distance(identification, cells[sender + cell.EDGE_IDENTIFICATION]);
      if (segment.acknowledgment === ack && ahead < 0 && ahead > -ID_RANGE) return;
    }
    cells[sender + cell.HIGHEST_ACK] = segment.acknowledgment;
    if (
      identification !== cells[sender + cell.EDGE_IDENTIFICATION] &&
      cells[sender + cell.EDGE_IDENTIFICATION] !== 0
    )
      cells[sender + cell.STATUS] |= cell.NUMBERED;
    cells[sender + cell.EDGE_IDENTIFICATION] = identification;
    cells[sender + cell.WINDOW_EDGE] = edge;
    if (first) return;
    if (block !== 0 && ledger.stalls.isOn(block, FILLED)) {
      const opened = after(edge, last) && !ledger.isTight(sender, receiver);
      if (opened || ledger.lacks(sender)) ledger.stalls.end(block, FILLED, ledger.now, frame);
    }
    if (before(edge, last)) this.shrunk(edge, last);
  }

  /**
   * After new data: has the receiver room for another segment? Where it has not, the sender waits (RFC 9293, 3.8.6.2.1),
   * though the last segment did not fill the window to the byte, which is what Wireshark calls full.
   */
  filled(): void {
    const { ledger } = this;
    const { cells, sender, receiver, frame } = ledger.analysis;
    const block = cells[receiver + cell.STALLS];
    if (ledger.stalls.isOn(block, FILLED)) ledger.stalls.end(block, FILLED, ledger.now, frame);
    if (ledger.isTight(receiver, sender) && !ledger.lacks(receiver)) {
      ledger.stalls.begin(ledger.stallsOf(receiver), FILLED, ledger.now, frame);
    }
  }

  /**
   * The window's right edge has gone back. Scaling rounds it by up to one unit, kernels trim it by a few segments
   * (RFC 9293, 3.8.6: unwise, and to be expected), old ACKs seem to; what counts took much of it, or touched data sent.
   */
  private shrunk(edge: number, last: number): void {
    const { ledger } = this;
    const { cells, sender, receiver, frame, segment, windowScaleFactor } = ledger.analysis;
    if (before(segment.sequence, cells[sender + cell.NEXT])) return;
    const lost = (last - edge) | 0;
    const announced = (last - segment.acknowledgment) | 0;
    if (lost < windowScaleFactor) return;
    if (lost < announced * MUCH && !after(cells[receiver + cell.NEXT], edge)) return;
    const tally = ledger.tally();
    if (ledger.tallies.get(tally, counter.SHRUNK) === 0)
      ledger.tallies.set(tally, counter.SHRUNK_FRAME, frame);
    ledger.tallies.bump(tally, counter.SHRUNK);
    ledger.tallies.set(tally, counter.SHRUNK_FROM, edge);
    ledger.tallies.set(tally, counter.SHRUNK_UNTIL, last);
  }
}
