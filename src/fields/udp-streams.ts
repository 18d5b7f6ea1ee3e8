// udp.stream and the times in it: a few numbers for each pair of endpoints that exchange datagrams.
import { mix, SECRET } from '../base/hash.ts';
import { HEADER_LENGTH, LENGTH } from '../wire/udp.ts';

/** Numbers kept of a stream: the key (addresses, ports), its number; times besides. */
const KEY = 9;
const CELLS = 10;
const TIMES = 4;

/**
 * Streams numbered in the order they appear, found alike from both ends, by an open-addressed index at most half full. The
 * table grows with the number of streams, about 100 bytes each.
 */
export class UdpStreams {
  /** Of each datagram of the packet at hand: its stream. */
  streams = new Int32Array(4);
  /** Of it: seconds and nanoseconds of its first datagram, and of the one before this. */
  times = new Float64Array(TIMES * 4);
  private count = 0;
  private cells = new Int32Array(CELLS * 64);
  private kept = new Float64Array(TIMES * 64);
  private index = new Int32Array(256);
  private readonly key = new Int32Array(KEY);

  /** Takes datagram `which` of the packet: where its addresses lie, whether they are IPv6, and where its ports lie. */
  add(
    which: number,
    view: DataView,
    source: number,
    destination: number,
    isIpv6: boolean,
    portsView: DataView,
    portsAt: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    this.place(
      view,
      source,
      destination,
      isIpv6,
      portsView.getUint16(portsAt),
      portsView.getUint16(portsAt + 2),
    );
    const stream = this.find();
    if (which === this.streams.length) this.widen();
    this.streams[which] = stream;
    if (stream === this.count) this.begin(seconds, nanoseconds);
    const at = stream * TIMES;
    for (let i = 0; i < TIMES; i++) this.times[which * TIMES + i] = this.kept[at + i];
    if (portsView.getUint16(portsAt + LENGTH) === HEADER_LENGTH) return;
    this.kept[at + 2] = seconds;
    this.kept[at + 3] = nanoseconds;
  }

  /** The key, the lower endpoint first. */
  private place(
    view: DataView,
    source: number,
    destination: number,
    isIpv6: boolean,
    from: number,
    to: number,
  ): void {
    const { key } = this;
    key.fill(0);
    const words = isIpv6 ? 4 : 1;
    let order = 0;
    for (let i = 0; i < words && order === 0; i++) {
      order = view.getInt32(source + 4 * i) - view.getInt32(destination + 4 * i);
    }
    if (order === 0) order = from - to;
    for (let i = 0; i < words; i++) {
      key[i] = view.getInt32((order > 0 ? destination : source) + 4 * i);
      key[4 + i] = view.getInt32((order > 0 ? source : destination) + 4 * i);
    }
    key[8] = order > 0 ? (to << 16) | from : (from << 16) | to;
  }

  /** The stream of the key, or `count` for a new one. */
  private find(): number {
    const { key, index, cells } = this;
    let hash = SECRET;
    for (let i = 0; i < KEY; i++) hash = mix(hash, key[i]);
    const mask = index.length - 1;
    let slot = hash & mask;
    for (; index[slot] !== 0; slot = (slot + 1) & mask) {
      const at = (index[slot] - 1) * CELLS;
      if (cells[at + KEY] !== hash) continue;
      let i = 0;
      while (i < KEY && cells[at + i] === key[i]) i++;
      if (i === KEY) return index[slot] - 1;
    }
    if ((this.count + 1) * CELLS > cells.length || (this.count + 1) * 2 > index.length) {
      this.grow();
      return this.find();
    }
    index[slot] = this.count + 1;
    this.cells.set(key, this.count * CELLS);
    this.cells[this.count * CELLS + KEY] = hash;
    return this.count;
  }

  private begin(seconds: number, nanoseconds: number): void {
    const at = this.count++ * TIMES;
    for (let i = 0; i < TIMES; i += 2) {
      this.kept[at + i] = seconds;
      this.kept[at + i + 1] = nanoseconds;
    }
  }

  private widen(): void {
    const { streams, times } = this;
    this.streams = new Int32Array(streams.length * 2);
    this.streams.set(streams);
    this.times = new Float64Array(times.length * 2);
    this.times.set(times);
  }

  private grow(): void {
    const { cells, kept } = this;
    this.cells = new Int32Array(cells.length * 2);
    this.cells.set(cells);
    this.kept = new Float64Array(kept.length * 2);
    this.kept.set(kept);
    this.index = new Int32Array(this.index.length * 2);
    const mask = this.index.length - 1;
    for (let stream = 0; stream < this.count; stream++) {
      let slot = this.cells[stream * CELLS + KEY] & mask;
      while (this.index[slot] !== 0) slot = (slot + 1) & mask;
      this.index[slot] = stream + 1;
    }
  }
}
