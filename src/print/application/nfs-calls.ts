// The last calls of NFS, by which a reply tells what it answers: a ring of 64, as tcpdump keeps.
import { type Printer, State } from '../engine/printer.ts';

const ROWS = 64;
/** Words of a row: IP version, transaction, client (4), server (4), procedure, version of NFS. */
const WORDS = 12;
const PROCEDURE = 10;
const VERSION = 11;

/** Recent calls by transaction and addresses. Rows are made with the first call. */
export class NfsCalls extends State {
  private rows: Int32Array | undefined;
  private next = 0;
  private hint = 0;
  /** Of the call that `find` found. */
  procedure = 0;
  version = 0;

  /** Remembers the call whose transaction lies at `offset` and that the IP header at `p.ip` brought. */
  enter(p: Printer, offset: number): void {
    const version = p.bytes[p.ip] >> 4;
    if (version !== 4 && version !== 6) return;
    if (this.rows === undefined) this.rows = new Int32Array(ROWS * WORDS);
    const row = this.next * WORDS;
    this.next = (this.next + 1) % ROWS;
    this.rows[row] = version;
    this.rows[row + 1] = p.view.getInt32(offset);
    const words = version === 4 ? 1 : 4;
    const source = p.ip + (version === 4 ? 12 : 8);
    for (let i = 0; i < words * 2; i++) {
      this.rows[row + (i < words ? 2 + i : 6 + i - words)] = p.view.getInt32(source + i * 4);
    }
    this.rows[row + PROCEDURE] = p.view.getInt32(offset + 20);
    this.rows[row + VERSION] = p.view.getInt32(offset + 16);
  }

  /** Looks for the call that the reply at `offset` answers. */
  find(p: Printer, offset: number): boolean {
    const rows = this.rows;
    if (rows === undefined) return false;
    for (let i = 0; i < ROWS; i++) {
      const index = (this.hint + i) % ROWS;
      const row = index * WORDS;
      if (!matches(p, offset, rows, row)) continue;
      this.hint = index;
      this.procedure = rows[row + PROCEDURE] >>> 0;
      this.version = rows[row + VERSION] >>> 0;
      return true;
    }
    return false;
  }
}

function matches(p: Printer, offset: number, rows: Int32Array, row: number): boolean {
  const version = p.bytes[p.ip] >> 4;
  if (rows[row] !== version || rows[row + 1] !== p.view.getInt32(offset)) return false;
  const words = version === 4 ? 1 : 4;
  const source = p.ip + (version === 4 ? 12 : 8);
  for (let i = 0; i < words; i++) {
    if (rows[row + 6 + i] !== p.view.getInt32(source + i * 4)) return false;
    if (rows[row + 2 + i] !== p.view.getInt32(source + (words + i) * 4)) return false;
  }
  return true;
}
