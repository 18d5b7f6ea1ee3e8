// Lightweight access points (RFC 5412).
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';

const HEADER_LENGTH = 6;
const MESSAGE_HEADER_LENGTH = 8;
const IDENTITY_LENGTH = 6;
const CONTROL = 4;

const FLAGS = [
  [1, 'Last Fragment Bit'],
  [2, 'Fragment Bit'],
  [CONTROL, 'Control Bit'],
] as const;
const MESSAGES: Names = new Map([
  [1, 'Discovery req'],
  [2, 'Discovery resp'],
  [3, 'Join req'],
  [4, 'Join resp'],
  [5, 'Join ack'],
  [6, 'Join confirm'],
  [10, 'Configure req'],
  [11, 'Configure resp'],
  [12, 'Update req'],
  [13, 'Update resp'],
  [14, 'WTP event req'],
  [15, 'WTP event resp'],
  [16, 'Change state event req'],
  [17, 'Change state event resp'],
  [22, 'Echo req'],
  [23, 'Echo resp'],
  [24, 'Image data req'],
  [25, 'Image data resp'],
  [26, 'Channel status req'],
  [27, 'Channel status resp'],
  [30, 'Key update req'],
  [31, 'Key update resp'],
  [32, 'Primary discovery req'],
  [33, 'Primary discovery resp'],
  [34, 'Data transfer req'],
  [35, 'Data transfer resp'],
  [36, 'Clear config ind'],
  [37, 'Wlan config req'],
  [38, 'Wlan config resp'],
  [39, 'Mobile config req'],
  [40, 'Mobile config resp'],
]);

/** To the controller: an access point says first which one it is. */
export function printLwappRequest(p: Printer, offset: number, length: number): void {
  printControl(p, offset, length, true);
}

export function printLwappResponse(p: Printer, offset: number, length: number): void {
  printControl(p, offset, length, false);
}

/** Returns false where the header is all there is to print. */
function printHeader(p: Printer, offset: number, length: number, shortest: number, space = ''): boolean {
  const first = p.bytes[offset];
  if (first >> 6 !== 0) {
    p.ascii(`LWAPP version ${first >> 6} packet not supported`);
    return false;
  }
  p.ascii(`LWAPPv0, ${(first & CONTROL) !== 0 ? 'Control' : 'Data'} frame, `);
  if (p.verbose > 0) p.ascii(`Radio-id ${space}${(first >> 3) & 7}, `);
  p.ascii('Flags [');
  writeFlags(p, FLAGS, 'none', first & 7, ', ');
  if (p.verbose === 0) {
    p.field('], length ', length);
    return false;
  }
  const size = p.u16(offset + 2);
  if (size < shortest) {
    p.ascii(`], length ${size} < transport header length`);
    return false;
  }
  p.ascii(`], Frag-id ${space}${p.bytes[offset + 1]}, length ${size}`);
  return true;
}

function printControl(p: Printer, offset: number, length: number, identified: boolean): void {
  p.protocol = 'lwapp_control';
  const header = identified ? offset + IDENTITY_LENGTH : offset;
  if (!p.whole(header, HEADER_LENGTH) || !printHeader(p, header, length, 0)) return;
  let left = p.u16(header + 2);
  if (identified) {
    p.ascii('\n\tAP identity: ');
    p.mac(offset);
  }
  offset = header + HEADER_LENGTH;
  while (left > 0) {
    if (!p.whole(offset, MESSAGE_HEADER_LENGTH)) return;
    const size = p.u16(offset + 2);
    if (left < MESSAGE_HEADER_LENGTH + size) {
      p.ascii('\n\t  Msg goes past end of PDU');
      return;
    }
    const type = p.bytes[offset];
    p.ascii(`\n\t  Msg type: ${MESSAGES.get(type) ?? 'Unknown'} (${type}), Seqnum: ${p.bytes[offset + 1]}`);
    p.field(', Msg len: ', size);
    p.ascii(', Session: 0x');
    p.out.hexPadded(p.u32(offset + 4), 8);
    if (!p.whole(offset, size)) return;
    offset += MESSAGE_HEADER_LENGTH + size;
    left -= MESSAGE_HEADER_LENGTH + size;
  }
}

export function printLwappData(p: Printer, offset: number, length: number): void {
  p.protocol = 'lwapp_data';
  if (!p.whole(offset, HEADER_LENGTH) || !printHeader(p, offset, length, HEADER_LENGTH, ' ')) return;
  p.unknown(offset + HEADER_LENGTH, '\n\t', p.u16(offset + 2) - HEADER_LENGTH);
}
