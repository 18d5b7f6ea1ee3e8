// Multipoint control (IEEE 802.3, clause 64), with which a passive optical network grants time to send; PAUSE, too.
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';

const HEADER_LENGTH = 6;
const PAUSE = 1;
const GATE = 2;
const REPORT = 3;
const REGISTER_REQUEST = 4;
const REGISTER = 5;
const REGISTER_ACKNOWLEDGEMENT = 6;
const OPERATIONS: Names = new Map([
  [PAUSE, 'Pause'],
  [GATE, 'Gate'],
  [REPORT, 'Report'],
  [REGISTER_REQUEST, 'Register Request'],
  [REGISTER, 'Register'],
  [REGISTER_ACKNOWLEDGEMENT, 'Register ACK'],
]);
const GRANT_LENGTH = 6;
const GRANT_FLAGS = [
  [0x08, 'Discovery'],
  [0x10, 'Force Grant #1'],
  [0x20, 'Force Grant #2'],
  [0x40, 'Force Grant #3'],
  [0x80, 'Force Grant #4'],
] as const;
const REQUEST_FLAGS = [
  [1, 'Register'],
  [3, 'De-Register'],
] as const;
const REGISTER_FLAGS = [
  [1, 'Re-Register'],
  [2, 'De-Register'],
  [3, 'ACK'],
  [4, 'NACK'],
] as const;
const ACKNOWLEDGEMENT_FLAGS = [[1, 'ACK']] as const;
const QUEUES = [
  [0x01, 'Q0'],
  [0x02, 'Q1'],
  [0x04, 'Q2'],
  [0x08, 'Q3'],
  [0x10, 'Q4'],
  [0x20, 'Q5'],
  [0x40, 'Q6'],
  [0x80, 'Q7'],
] as const;

export function printMpcp(p: Printer, offset: number, length: number): void {
  p.protocol = 'mpcp';
  const operation = p.u16(offset);
  const stamp = p.u32(offset + 2);
  p.ascii(`MPCP, Opcode ${OPERATIONS.get(operation) ?? `Unknown (${operation})`}`);
  if (operation !== PAUSE) p.ascii(`, Timestamp ${stamp} ticks`);
  p.field(', length ', length);
  if (p.verbose === 0) return;
  const body = offset + HEADER_LENGTH;
  switch (operation) {
    case PAUSE:
      break;
    case GATE:
      printGate(p, body);
      break;
    case REPORT:
      printReport(p, body);
      break;
    case REGISTER_REQUEST:
      p.need(body, 2);
      p.ascii('\n\tFlags [ ');
      writeFlags(p, REQUEST_FLAGS, 'Reserved', p.u8(body), ', ');
      p.field(' ], Pending-Grants ', p.u8(body + 1));
      break;
    case REGISTER:
      p.need(body, 6);
      p.field('\n\tAssigned-Port ', p.u16(body));
      p.ascii(', Flags [ ');
      writeFlags(p, REGISTER_FLAGS, 'Reserved', p.u8(body + 2), ', ');
      p.field(' ]\n\tSync-Time ', p.u16(body + 3));
      p.field(' ticks, Echoed-Pending-Grants ', p.u8(body + 5));
      break;
    case REGISTER_ACKNOWLEDGEMENT:
      p.need(body, 5);
      p.field('\n\tEchoed-Assigned-Port ', p.u16(body + 1));
      p.ascii(', Flags [ ');
      writeFlags(p, ACKNOWLEDGEMENT_FLAGS, 'Reserved', p.u8(body), ', ');
      p.field(' ]\n\tEchoed-Sync-Time ', p.u16(body + 3));
      p.ascii(' ticks');
      break;
    default:
      p.unknown(offset, '\n\t', length);
  }
}

function printGate(p: Printer, offset: number): void {
  const first = p.u8(offset++);
  const grants = first & 7;
  p.ascii(`\n\tGrant Numbers ${grants}, Flags [ `);
  writeFlags(p, GRANT_FLAGS, '?', first & ~7, ', ');
  p.ascii(' ]');
  for (let grant = 1; grant <= grants; grant++, offset += GRANT_LENGTH) {
    p.need(offset, GRANT_LENGTH);
    p.ascii(`\n\tGrant #${grant}, Start-Time ${p.u32(offset)} ticks, duration ${p.u16(offset + 4)} ticks`);
  }
  p.ascii(`\n\tSync-Time ${p.u16(offset)} ticks`);
}

function printReport(p: Printer, offset: number): void {
  const sets = p.u8(offset++);
  p.field('\n\tTotal Queue-Sets ', sets);
  for (let set = 1; set < sets; set++) {
    const queues = p.u8(offset++);
    // As tcpdump has it: the number of sets, not of this one.
    p.ascii(`\n\t  Queue-Set #${sets}, Report-Bitmap [ `);
    writeFlags(p, QUEUES, 'Unknown', queues, ', ');
    p.ascii(' ]');
    for (let queue = 0; queue < 8; queue++) {
      if ((queues & (1 << queue)) === 0) continue;
      p.ascii(`\n\t    Q${queue + 1} Report, Duration ${p.u16(offset)} ticks`);
      offset += 2;
    }
  }
}
