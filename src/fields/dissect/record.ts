// A record taken apart: from its link-layer header on, header by header.
import type { Batch } from '../../base/batch.ts';
import * as ethernet from '../../wire/ethernet.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as link from '../../wire/linktype.ts';
import * as ethertype from '../../wire/registry/ethertypes.ts';
import * as ipProtocol from '../../wire/registry/ip-protocols.ts';
import * as tcp from '../../wire/tcp.ts';
import { step } from '../../wire/tunnel/descend.ts';
import * as next from '../../wire/tunnel/next.ts';
import type { Headers } from '../headers.ts';
import { ENDED, SOUND } from '../marks.ts';
import { Cursor } from './cursor.ts';
import { byVersion } from './internet.ts';
import { byEtherType, etherFrame, linkLayer } from './link.ts';
import { transport } from './transport.ts';

/** Headers that are gone through at most. */
const DEPTH = 64;

/** Fills the lists of headers, record by record. */
export class RecordDissector {
  private readonly headers: Headers;
  private readonly cursor: Cursor;
  /** Lists besides those of a plain frame have headers of the record before. */
  private dirty = true;

  constructor(headers: Headers) {
    this.headers = headers;
    this.cursor = new Cursor(headers);
  }

  /** Takes record `index` of the batch apart. */
  place(batch: Batch, index: number): void {
    const { headers, cursor } = this;
    if (this.dirty) headers.clear();
    else {
      headers.eth.count = 0;
      headers.ip.count = 0;
      headers.tcp.count = 0;
      headers.dns.count = 0;
    }
    const at = batch.offset[index];
    const captureEnd = at + batch.captured[index];
    const wireEnd = at + Math.max(batch.wire[index], batch.captured[index]);
    this.dirty = batch.linkType[index] !== link.ETHERNET || !this.plain(batch.view, at, captureEnd, wireEnd);
    if (!this.dirty) return;
    const { packet } = cursor;
    cursor.batch = batch;
    cursor.frame = batch.frame(index);
    cursor.view = batch.view;
    cursor.quoted = 0;
    packet.batch = batch;
    packet.index = index;
    packet.vlan = 0;
    packet.captureEnd = captureEnd;
    packet.wireEnd = wireEnd;
    packet.layers = 0;
    packet.protocol = -1;
    packet.etherType = 0;
    packet.nextType = batch.linkType[index];
    packet.nextAt = at;
    this.dissect();
  }

  /** What nearly all packets are, Ethernet, IPv4 without options, and TCP, straight away. */
  private plain(view: DataView, at: number, captureEnd: number, wireEnd: number): boolean {
    const { headers } = this;
    const networkAt = at + ethernet.HEADER_LENGTH;
    if (networkAt + ipv4.HEADER_LENGTH + tcp.HEADER_LENGTH > captureEnd) return false;
    if (view.getUint32(at + 12) >>> 8 !== ((ethertype.IPV4 << 8) | 0x45)) return false;
    if (view.getUint8(networkAt + 9) !== ipProtocol.TCP || (view.getUint16(networkAt + 6) & 0x3fff) !== 0)
      return false;
    const total = view.getUint16(networkAt + 2);
    const end = networkAt + total;
    if (total < ipv4.HEADER_LENGTH + tcp.HEADER_LENGTH || end > wireEnd) return false;
    const tcpAt = networkAt + ipv4.HEADER_LENGTH;
    const header = (view.getUint8(tcpAt + 12) >> 4) << 2;
    if (header < tcp.HEADER_LENGTH) return false;
    const readable = Math.min(end, captureEnd);
    headers.eth.push(view, at, captureEnd, end, wireEnd, ENDED);
    headers.ip.push(view, networkAt, readable, end, -1, SOUND);
    headers.tcp.push(view, tcpAt, readable, end, 0, SOUND);
    return true;
  }

  private dissect(): void {
    const { cursor } = this;
    const { packet } = cursor;
    let what: next.Next = next.LINK;
    for (let depth = 0; depth < DEPTH && what !== next.NONE; depth++) {
      const { nextAt: at, nextType: type } = packet;
      cursor.captureEnd = packet.captureEnd;
      cursor.wireEnd = packet.wireEnd;
      switch (what) {
        case next.FOUND: // a header that says which transport comes behind it
          what = transport(cursor, packet.protocol, packet.transportAt, cursor.carrier, cursor.over);
          break;
        case next.LINK:
          what = linkLayer(cursor, at, type);
          break;
        case next.MAC:
          what = etherFrame(cursor, at);
          break;
        case next.TYPE:
          what = byEtherType(cursor, at, type);
          break;
        case next.VERSION:
          what = byVersion(cursor, at);
          break;
        case next.GRE:
          cursor.headers.gre.push(cursor.view, at, cursor.readable, cursor.wireEnd);
          what = step(packet, what);
          break;
        default:
          what = step(packet, what);
      }
    }
  }
}
