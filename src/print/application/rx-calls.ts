// The last calls of Rx, by which a reply tells what it answers: a ring of 64, as tcpdump keeps.
import { type Printer, State } from '../engine/printer.ts';

const ROWS = 64;
/** Words of a row: call, client, server, port and service, operation. */
const WORDS = 5;
/** Where these lie in the header of Rx. */
const CALL = 8;
const SERVICE = 26;
const HEADER_LENGTH = 28;

/** Rows are made with the first call; a row that no call was written into is all zeros, and may match. */
export class RxCalls extends State {
  private rows: Int32Array | undefined;
  private next = 0;
  private hint = 0;

  /** Remembers the call whose header lies at `offset`, sent to `port` in the IP packet at `p.ip`. */
  enter(p: Printer, offset: number, port: number): void {
    if (!p.has(offset + HEADER_LENGTH, 4)) return;
    this.rows ??= new Int32Array(ROWS * WORDS);
    const row = this.next * WORDS;
    this.next = (this.next + 1) % ROWS;
    this.rows[row] = p.view.getInt32(offset + CALL);
    this.rows[row + 1] = p.view.getInt32(p.ip + 12);
    this.rows[row + 2] = p.view.getInt32(p.ip + 16);
    this.rows[row + 3] = (port << 16) | p.view.getUint16(offset + SERVICE);
    this.rows[row + 4] = p.view.getInt32(offset + HEADER_LENGTH);
  }

  /** The operation that the reply at `offset`, sent from `port`, answers; -1 where the call is not known. */
  find(p: Printer, offset: number, port: number): number {
    const rows = this.rows;
    if (rows === undefined) return -1;
    const call = p.view.getInt32(offset + CALL);
    const client = p.view.getInt32(p.ip + 16);
    const server = p.view.getInt32(p.ip + 12);
    const service = (port << 16) | p.view.getUint16(offset + SERVICE);
    for (let i = 0; i < ROWS; i++) {
      const index = (this.hint + i) % ROWS;
      const row = index * WORDS;
      if (rows[row] !== call || rows[row + 1] !== client || rows[row + 2] !== server) continue;
      if (rows[row + 3] !== service) continue;
      this.hint = index;
      return rows[row + 4] >>> 0;
    }
    return -1;
  }
}
