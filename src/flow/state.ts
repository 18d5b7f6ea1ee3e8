// How a connection began and how it ended, read from its row.
import * as cell from './connection.ts';

/** How a connection began, as far as it was captured. */
export type Opening = 'handshake' | 'half-open' | 'refused' | 'unanswered' | 'middle';
/** How it ended. `half-closed`: one FIN; `reset`: by an RST; `timeout`: one side stopped answering. */
export type Closing = 'fin' | 'half-closed' | 'reset' | 'timeout' | 'open';

/** A side whose packets were unanswered this often and this long (nanoseconds) has lost the other one. */
const ATTEMPTS = 3;
const PATIENCE = 1e9;

/** Where the client's and the server's cells of the row at `offset` begin. */
function clientCells(cells: Int32Array, offset: number): number {
  return (
    offset +
    cell.DIRECTIONS +
    ((cells[offset + cell.STATE] & cell.CLIENT_HIGH) === 0 ? 0 : cell.DIRECTION_CELLS)
  );
}

function serverCells(cells: Int32Array, offset: number): number {
  return (
    offset +
    cell.DIRECTIONS +
    ((cells[offset + cell.STATE] & cell.CLIENT_HIGH) === 0 ? cell.DIRECTION_CELLS : 0)
  );
}

export function openingOf(cells: Int32Array, offset: number): Opening {
  const client = clientCells(cells, offset);
  const server = serverCells(cells, offset);
  if (cells[offset + cell.PEER_SYN_FRAME] !== 0) return openingOfBoth(cells, offset, client, server);
  if (cells[offset + cell.SYN_ACK_FRAME] !== 0) {
    if (cells[offset + cell.HANDSHAKE_FRAME] !== 0) return 'handshake';
    return isOneSided(cells, server, client) ? 'middle' : 'half-open';
  }
  if (cells[offset + cell.SYN_FRAME] === 0) return 'middle';
  if (cells[server + cell.PACKETS] === 0) return isOneSided(cells, client, server) ? 'middle' : 'unanswered';
  return cells[server + cell.RST_FRAME] !== 0 && cells[client + cell.DATA_PACKETS] === 0
    ? 'refused'
    : 'middle';
}

/**
 * Both sent a SYN without ACK: at once, or one in answer to the other, in a handshake of four steps or a split one
 * (RFC 9293, 3.5).
 */
function openingOfBoth(cells: Int32Array, offset: number, client: number, server: number): Opening {
  const acknowledged = cells[client + cell.HIGHEST_ACK] !== 0 && cells[server + cell.HIGHEST_ACK] !== 0;
  if (acknowledged || cells[offset + cell.HANDSHAKE_FRAME] !== 0) return 'handshake';
  if (cells[offset + cell.SYN_ACK_FRAME] !== 0) return 'half-open';
  return cells[server + cell.RST_FRAME] !== 0 ? 'refused' : 'unanswered';
}

/** Were SYN, SYN-ACK and ACK captured in this order, so that the duration of the handshake is known? */
export function isHandshakeTimed(cells: Int32Array, offset: number): boolean {
  const syn = cells[offset + cell.SYN_FRAME];
  const synAck = cells[offset + cell.SYN_ACK_FRAME];
  return syn !== 0 && syn < synAck && synAck < cells[offset + cell.HANDSHAKE_FRAME];
}

/** `now`: nanoseconds of the last packet of the capture. */
export function closingOf(cells: Int32Array, values: Float64Array, offset: number, now: number): Closing {
  const client = clientCells(cells, offset);
  const server = serverCells(cells, offset);
  if (cells[client + cell.RST_FRAME] !== 0 || cells[server + cell.RST_FRAME] !== 0) return 'reset';
  const half = isOneSided(cells, client, server) || isOneSided(cells, server, client);
  if (!half && (isLost(cells, values, client, server) || isLost(cells, values, server, client)))
    return 'timeout';
  const fins =
    (cells[client + cell.FIN_FRAME] === 0 ? 0 : 1) + (cells[server + cell.FIN_FRAME] === 0 ? 0 : 1);
  if (fins === 2) return 'fin';
  const silent =
    cells[server + cell.PACKETS] === 0 && now - values[client / 2 + cell.DIRECTION_LAST] >= PATIENCE;
  if (silent && !half && cells[client + cell.SYNS] !== 0) return 'timeout';
  return fins === 1 ? 'half-closed' : 'open';
}

/**
 * Was only the side whose cells begin at `side` captured, although it was answered? A side that continues after its SYN was
 * answered, by packets that do not pass the capture point.
 */
function isOneSided(cells: Int32Array, side: number, peer: number): boolean {
  return (
    cells[peer + cell.PACKETS] === 0 &&
    cells[side + cell.SYNS] !== 0 &&
    cells[side + cell.LAST_SYN_FRAME] !== cells[side + cell.DIRECTION_LAST_FRAME]
  );
}

/** Was the side whose cells begin at `side` unanswered to the end: for a long time, or with the same data again and again? */
function isLost(cells: Int32Array, values: Float64Array, side: number, peer: number): boolean {
  const asked = cells[side + cell.UNANSWERED];
  const waited = values[side / 2 + cell.DIRECTION_LAST] - values[side / 2 + cell.UNANSWERED_SINCE];
  const again = cells[side + cell.REPEATED_IN_A_ROW];
  // A side without any packet may just not have been captured, unless the same data is sent again and again.
  if (cells[peer + cell.PACKETS] === 0 && cells[side + cell.SYNS] === 0) return again >= ATTEMPTS;
  return asked >= ATTEMPTS && (waited >= PATIENCE || (again >= ATTEMPTS && asked > again));
}
