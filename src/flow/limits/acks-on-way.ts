// ACKs that have passed the capture point and not reached the sender.

/** ACKs that are kept. */
const MOST = 1 << 12;
const SLOT = 6;

export interface AckDetails {
  hasData: boolean;
  stamp: number;
  twice: boolean;
}

/** First in, first out. The fields say what the first one is. */
export class AcksOnWay {
  private readonly cells = new Float64Array(MOST * SLOT);
  private first = 0;
  private held = 0;

  get isEmpty(): boolean {
    return this.held === 0;
  }
  get isFull(): boolean {
    return this.held === MOST;
  }
  /** When it reaches the sender, as packets that it lets go are seen at the capture point. */
  get due(): number {
    return this.cells[this.first * SLOT];
  }
  get acknowledgment(): number {
    return this.cells[this.first * SLOT + 1];
  }
  /** Where the window ends; NaN where that is not known. */
  get edge(): number {
    return this.cells[this.first * SLOT + 2];
  }
  get hasData(): boolean {
    return this.cells[this.first * SLOT + 3] !== 0;
  }
  /** Its time stamp (RFC 7323), 0 for none. */
  get stamp(): number {
    return this.cells[this.first * SLOT + 4];
  }
  /** It says that something has come twice (RFC 2883). */
  get twice(): boolean {
    return this.cells[this.first * SLOT + 5] !== 0;
  }

  push(due: number, acknowledgment: number, edge: number, { hasData, stamp, twice }: AckDetails): void {
    const slot = ((this.first + this.held++) % MOST) * SLOT;
    this.cells[slot] = due;
    this.cells[slot + 1] = acknowledgment;
    this.cells[slot + 2] = edge;
    this.cells[slot + 3] = hasData ? 1 : 0;
    this.cells[slot + 4] = stamp;
    this.cells[slot + 5] = twice ? 1 : 0;
  }

  shift(): void {
    this.first = (this.first + 1) % MOST;
    this.held--;
  }
}
