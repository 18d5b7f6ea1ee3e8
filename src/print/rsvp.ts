// RSVP (RFC 2205): what each message is.
import type { Names } from './names.ts';
import type { Printer } from './printer.ts';

const HEADER_LENGTH = 8;
const MESSAGES: Names = new Map([
  [1, 'Path'],
  [2, 'Resv'],
  [3, 'PathErr'],
  [4, 'ResvErr'],
  [5, 'PathTear'],
  [6, 'ResvTear'],
  [7, 'ResvConf'],
  [12, 'Bundle'],
  [13, 'ACK'],
  [14, 'Hello (Old)'],
  [15, 'Summary Refresh'],
  [20, 'Hello'],
]);

export function printRsvp(p: Printer, at: number, length: number): void {
  p.protocol = 'rsvp';
  if (!p.whole(at, HEADER_LENGTH)) return;
  const version = p.bytes[at] >> 4;
  if (version !== 1) {
    p.ascii(`ERROR: RSVP version ${version} packet not supported`);
    return;
  }
  const type = p.bytes[at + 1];
  p.ascii(`RSVPv${version} ${MESSAGES.get(type) ?? `unknown (${type})`} Message, length: ${length}`);
}
