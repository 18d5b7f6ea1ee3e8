// The pseudo header that checksums of TCP, UDP and others cover (RFC 9293, 3.1; RFC 8200, 8.1).
import { sum16 } from '../base/checksum.ts';

/**
 * The sum over it, not folded: addresses, protocol, and `length`, the bytes of transport header and payload. The
 * destination is where the packet goes at last, which with source routing is not the one in the header.
 */
export function pseudoHeaderSum(
  bytes: DataView,
  ipVersion: number,
  source: number,
  destination: number,
  protocol: number,
  length: number,
): number {
  const size = ipVersion === 4 ? 4 : 16;
  const addresses =
    destination === source + size
      ? sum16(bytes, source, destination + size)
      : sum16(bytes, source, source + size) + sum16(bytes, destination, destination + size);
  return protocol + (length & 0xffff) + (length >>> 16) + addresses;
}
