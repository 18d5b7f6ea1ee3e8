// What names a connection at both of its ends, whatever NAT makes of addresses and ports on the way.
import { createHash } from 'node:crypto';
import type { Analysis } from '../flow/analysis.ts';
import * as cell from '../flow/connection.ts';

/**
 * Both initial sequence numbers as 16 hexadecimal digits, the lower first, so that it does not matter who is taken for
 * the client. They are 64 bits chosen at random (RFC 6528, RFC 9293, 3.4.1), and NAT leaves them alone, unlike
 * addresses, ports and, in places, time stamps. They are known where the SYN-ACK was captured. Without it, the key is
 * `x` and 15 digits of a hash of addresses and ports, which is equal at both ends only where nothing is translated, and
 * names all connections between the same ports.
 */
export function flowKey({ table }: Analysis, row: number): string {
  const cells = table.cells(row);
  const offset = table.offset(row);
  const low = offset + cell.DIRECTIONS;
  const high = low + cell.DIRECTION_CELLS;
  const known = cells[low + cell.STATUS] & cells[high + cell.STATUS] & cell.BASE_KNOWN;
  if (cells[offset + cell.SYN_ACK_FRAME] !== 0 && known !== 0) {
    const a = hex(cells[low + cell.BASE]);
    const b = hex(cells[high + cell.BASE]);
    return a < b ? a + b : b + a;
  }
  // Addresses and ports are in the order of their bytes already.
  const key = cells.slice(offset + cell.LOW_ADDRESS, offset + cell.PORTS + 1);
  const bytes = new DataView(new ArrayBuffer(4 * key.length));
  for (const [i, word] of key.entries()) bytes.setInt32(4 * i, word);
  return `x${createHash('sha256').update(bytes).digest('hex').slice(0, 15)}`;
}

/** All numbers of 16 bits, in four digits: a key is made of each connection. */
const HALF = Array.from({ length: 1 << 16 }, (_, i) => i.toString(16).padStart(4, '0'));

function hex(number: number): string {
  return HALF[number >>> 16] + HALF[number & 0xffff];
}
