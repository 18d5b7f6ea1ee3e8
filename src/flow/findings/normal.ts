// Notes on what looks wrong in captures from veth and loopback, but is normal there.
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
      { code: 'segmentation-offload', facts: { largest } },
      large.map((side) => side.firstDataFrame),
    );
  }
  for (const { endpoint, malformed } of sides) {
    if (malformed.count === 0) continue;
    const facts = { endpoint, segments: malformed.count };
    findings.note({ code: 'malformed', facts }, [malformed.frame]);
  }
  const offloaded = sides.reduce((sum, side) => sum + side.offloaded, 0);
  if (offloaded > 0) findings.note({ code: 'checksum-offload', facts: { packets: offloaded } }, [firstFrame]);
}
