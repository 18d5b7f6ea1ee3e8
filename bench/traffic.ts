// Captures of TCP traffic made up for measuring: any number of packets over any number of connections.
import { closeSync, openSync, writeSync } from 'node:fs';

const FIN = 1;
const SYN = 2;
const PSH = 8;
const ACK = 16;
const RECORD = 16;
const HEADERS = 14 + 20 + 32;
const CHUNK = 1 << 20;
/** One that no protocol is registered for: a guess at the payload would be measured otherwise. */
const SERVER_PORT = 7096;

/** What to make. */
export interface Traffic {
  packets: number;
  connections: number;
  /** Bytes of payload a data segment has. */
  payload: number;
  /** Of this many data segments one is sent again. */
  resentOneOf: number;
}

/**
 * Writes a pcap file of Ethernet frames: `connections` at a time in turn, each with handshake, requests and answers of
 * a few segments, ACKs with time stamps, now and then a retransmission, and FINs. Checksums are 0, as offload leaves
 * them. Returns the number of packets.
 */
export function writeTraffic(path: string, traffic: Traffic): number {
  const writer = new Writer(path, traffic);
  const perConnection = Math.max(8, Math.floor(traffic.packets / traffic.connections));
  const atOnce = Math.min(traffic.connections, 10_000);
  for (let first = 0; first < traffic.connections; first += atOnce) {
    const last = Math.min(first + atOnce, traffic.connections);
    for (let step = 0; step < perConnection; step++) {
      for (let c = first; c < last; c++) writer.step(c, step, perConnection);
    }
  }
  return writer.end();
}

class Writer {
  private readonly descriptor: number;
  private readonly traffic: Traffic;
  private readonly bytes = new Uint8Array(CHUNK + 70_000);
  private readonly view = new DataView(this.bytes.buffer);
  private readonly sent: Uint32Array;
  private at = 24;
  private packets = 0;
  private dataSegments = 0;

  constructor(path: string, traffic: Traffic) {
    this.descriptor = openSync(path, 'w');
    this.traffic = traffic;
    this.sent = new Uint32Array(traffic.connections * 2);
    this.view.setUint32(0, 0xa1b2c3d4, true);
    this.view.setUint16(4, 2, true);
    this.view.setUint16(6, 4, true);
    this.view.setUint32(16, 262144, true);
    this.view.setUint32(20, 1, true);
  }

  step(connection: number, step: number, steps: number): void {
    const { payload, resentOneOf } = this.traffic;
    if (step === 0) this.segment(connection, 0, SYN, 0, 1);
    else if (step === 1) this.segment(connection, 1, SYN | ACK, 0, 1);
    else if (step === steps - 3) this.segment(connection, 0, FIN | ACK, 0, 1);
    else if (step === steps - 2) this.segment(connection, 1, FIN | ACK, 0, 1);
    else if (step === steps - 1 || step % 4 === 2) this.segment(connection, 0, ACK, 0, 0);
    else {
      // Three segments from the server, then an ACK from the client, which now and then asks for more.
      const side = step % 16 === 3 ? 0 : 1;
      const again = ++this.dataSegments % resentOneOf === 0 && step > 4;
      this.segment(connection, side, PSH | ACK, payload, again ? 0 : payload, again ? payload : 0);
    }
  }

  private segment(
    connection: number,
    side: number,
    flags: number,
    length: number,
    advance: number,
    back = 0,
  ): void {
    const { bytes, view, sent } = this;
    const at = this.at;
    const time = this.packets * 10; // microseconds
    view.setUint32(at, 1_700_000_000 + Math.floor(time / 1e6), true);
    view.setUint32(at + 4, time % 1e6, true);
    view.setUint32(at + 8, HEADERS + length, true);
    view.setUint32(at + 12, HEADERS + length, true);
    const ip = at + RECORD + 14;
    bytes.fill(0, at + RECORD, ip);
    bytes[at + RECORD + 5] = side;
    bytes[at + RECORD + 11] = 1 - side;
    bytes[at + RECORD + 12] = 8;
    view.setUint32(ip, 0x45000000 | (HEADERS - 14 + length));
    view.setUint32(ip + 4, (this.packets & 0xffff) * 65536 + 0x4000);
    view.setUint32(ip + 8, 0x40060000);
    const client = 0x0a000000 + 256 + (connection >>> 14);
    view.setUint32(ip + 12, side === 0 ? client : 0x0a000001);
    view.setUint32(ip + 16, side === 0 ? 0x0a000001 : client);
    const port = 20_000 + (connection & 16383);
    view.setUint32(ip + 20, side === 0 ? port * 65536 + SERVER_PORT : SERVER_PORT * 65536 + port);
    const mine = connection * 2 + side;
    const other = connection * 2 + 1 - side;
    view.setUint32(ip + 24, 1_000_000 * (connection % 4000) + sent[mine] - back);
    view.setUint32(ip + 28, (flags & ACK) === 0 ? 0 : 1_000_000 * (connection % 4000) + sent[other]);
    view.setUint32(ip + 32, 0x80000000 + flags * 65536 + 512);
    view.setUint32(ip + 36, 0);
    view.setUint32(ip + 40, 0x0101080a);
    view.setUint32(ip + 44, time >>> 10);
    view.setUint32(ip + 48, time >>> 10);
    bytes.fill(0x61, ip + 52, ip + 52 + length);
    sent[mine] += advance;
    this.packets++;
    this.at = ip + 52 + length;
    if (this.at >= CHUNK) this.flush();
  }

  private flush(): void {
    for (let at = 0; at < this.at; ) at += writeSync(this.descriptor, this.bytes, at, this.at - at);
    this.at = 0;
  }

  end(): number {
    this.flush();
    closeSync(this.descriptor);
    return this.packets;
  }
}
