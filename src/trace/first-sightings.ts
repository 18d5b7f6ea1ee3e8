// What the first sighting of a packet says about its flow: its handshake, proxies, and the point where it enters.
import type { DatagramSegments } from './datagram-segments.ts';
import type { Identity } from './identity.ts';
import { FRAGMENT, ICMP_ERROR, TCP_DATA, UDP } from './identity-fields.ts';
import type { Shared } from './shared.ts';

/** Flags of TCP. */
const SYN = 2;
const RST = 4;
const SYN_ACK = 0x12;
/** Bytes of payload that are unlikely to be equal by chance. */
const LEAST_PAYLOAD = 8;

export class FirstSightings {
  private readonly shared: Shared;
  private readonly datagramSegments: DatagramSegments;

  constructor(shared: Shared, datagramSegments: DatagramSegments) {
    this.shared = shared;
    this.datagramSegments = datagramSegments;
  }

  /** Is anything learned of the first sighting `i` of its packet? Of most segments with payload nothing is. */
  tells(i: number): boolean {
    const { flows, proxies, sightings } = this.shared;
    const flow = sightings.flow[i];
    if (flow < 0) return false;
    if (sightings.kind[i] !== TCP_DATA || (sightings.tcpFlags(i) & SYN) !== 0) return true;
    const root = flows.root(flow);
    return flows.routes.origin(root) < 0 || !proxies.hasLooked(root);
  }

  /** Sighting `i`, of which `packet` has what was read, is the first of its packet. */
  note(serial: number, i: number, packet: Identity): void {
    const { shared } = this;
    const { sightings, flows } = shared;
    const flow = sightings.flow[i];
    if (flow < 0) return;
    const point = sightings.point[i];
    const root = flows.root(flow);
    if (sightings.kind[i] === TCP_DATA && packet.hashed >= LEAST_PAYLOAD)
      shared.proxies.note(
        root,
        point,
        sightings.payloadHash[i],
        sightings.time[i],
        sightings.sequence[i],
        packet.acknowledgment,
      );
    const handshake = sightings.tcpFlags(i) & SYN_ACK;
    if (handshake === SYN) flows.handshakes.asks(root, point);
    else if (handshake === SYN_ACK)
      flows.handshakes.answers(root, point, sightings.sequence[i], packet.acknowledgment);
    // A packet that was in other pieces before is first seen here in this form, but does not originate here.
    const kind = sightings.kind[i];
    if (kind === UDP && this.datagramSegments.find(serial, root, packet)) return;
    if (kind === FRAGMENT || (kind === TCP_DATA && flows.routes.origin(root) >= 0)) return;
    const isReset = (sightings.tcpFlags(i) & RST) !== 0;
    const isError = (sightings.traits[i] & ICMP_ERROR) !== 0;
    shared.routes.locate(packet, root, point, isReset || isError);
    flows.routes.begins(root, point, isReset, sightings.time[i], shared.lasts);
  }
}
