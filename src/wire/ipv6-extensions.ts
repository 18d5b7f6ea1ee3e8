// The extension headers of IPv6 (RFC 8200, 4), each with the protocol of the next in its first byte.
import * as ipProtocol from './registry/ip-protocols.ts';

/** Bytes that must have been captured of one, so that its length can be read. */
export const EXTENSION_LEAST = 8;
const FRAGMENT_LENGTH = 8;

/** Bytes of the extension header of this kind at `offset`, of which two were captured; 0 where it is none. */
export function extensionLength(bytes: DataView, kind: number, offset: number): number {
  switch (kind) {
    case ipProtocol.HOP_BY_HOP:
    case ipProtocol.ROUTING:
    case ipProtocol.DESTINATION_OPTIONS:
    case ipProtocol.MOBILITY:
    case ipProtocol.MOBILITY_OLD:
      return (bytes.getUint8(offset + 1) + 1) << 3;
    case ipProtocol.AH: // in units of four bytes, less two (RFC 4302, 2.2)
      return (bytes.getUint8(offset + 1) + 2) << 2;
    case ipProtocol.FRAGMENT:
      return FRAGMENT_LENGTH;
  }
  return 0;
}

/** True for headers behind which the transport comes at last. */
export function leadsToTransport(kind: number): boolean {
  return (
    kind === ipProtocol.HOP_BY_HOP ||
    kind === ipProtocol.ROUTING ||
    kind === ipProtocol.FRAGMENT ||
    kind === ipProtocol.AH ||
    kind === ipProtocol.DESTINATION_OPTIONS
  );
}
