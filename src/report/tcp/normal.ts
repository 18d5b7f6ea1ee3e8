// Notes on what looks wrong in captures from veth and loopback, but is normal there.
import { agree, byteSize, count } from '../../base/units.ts';
import type { Findings } from './finding.ts';

/** Where the handshake was not captured: the MSS on Ethernet. */
const ETHERNET_MSS = 1460;

export function normalFindings(findings: Findings): void {
  const { client, server, firstFrame } = findings.connection;
  const sides = [client, server];
  const large = sides.filter((side) => {
    const mss = (side === client ? server : client).mss || ETHERNET_MSS;
    return side.largest > mss;
  });
  if (large.length > 0) {
    const largest = Math.max(...large.map((side) => side.largest));
    findings.note(
      'segmentation-offload',
      `segments of up to ${byteSize(largest)} are larger than the path takes: they are segmented later (GSO, TSO), or were merged on arrival (GRO); normal on veth and loopback`,
      large.map((side) => side.firstDataFrame),
    );
  }
  for (const { endpoint, malformed } of sides) {
    if (malformed.count === 0) continue;
    findings.note(
      'malformed',
      `${count(malformed.count, 'segment')} of ${endpoint} ${agree(malformed.count, 'has', 'have')} a TCP header that is shorter than 20 bytes or longer than the segment: no host accepts ${agree(malformed.count, 'it', 'them')}`,
      [malformed.frame],
    );
  }
  const offloaded = sides.reduce((sum, side) => sum + side.offloaded, 0);
  if (offloaded > 0) {
    findings.note(
      'checksum-offload',
      `the ${agree(offloaded, 'checksum', 'checksums')} of ${count(offloaded, 'packet')} at the beginning ${agree(offloaded, 'is', 'are')} not computed yet: checksum offload, normal on veth and loopback`,
      [firstFrame],
    );
  }
}
