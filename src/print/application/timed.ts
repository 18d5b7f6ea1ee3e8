// The time synchronization protocol of 4.3BSD's timed.
import type { Printer } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const NAMES =
  'ANY ADJTIME ACK MASTERREQ MASTERACK SETTIME MASTERUP SLAVEUP ELECTION ACCEPT REFUSE CONFLICT RESOLVE QUIT DATE DATEREQ DATEACK TRACEON TRACEOFF MSITE MSITEREQ TEST SETDATE SETDATEREQ LOOP'.split(
    ' ',
  );
const LOOP = 24;
/** Messages with a time: to adjust or set the clock. */
const WITH_TIME = [1, 5, 22, 23];
const NAME_OFFSET = 12;
const NAME_LENGTH = 256;
const MICROSECONDS = 1_000_000;

export function printTimed(p: Printer, offset: number): void {
  p.protocol = 'timed';
  const type = p.u8(offset);
  p.ascii(type <= LOOP ? `TSP_${NAMES[type]}` : `(tsp_type 0x${type.toString(16)})`);
  p.field(' vers ', p.u8(offset + 1));
  p.field(' seq ', p.u16(offset + 2));
  if (type === LOOP) p.field(' hopcnt ', p.u8(offset + 4));
  else if (WITH_TIME.includes(type)) {
    let seconds = p.u32(offset + 4) | 0;
    let fraction = p.u32(offset + 8) | 0;
    if (fraction < 0) return;
    p.ascii(' time ');
    if (seconds < 0 && fraction !== 0) {
      seconds++;
      if (seconds === 0) p.ascii('-');
      fraction = MICROSECONDS - fraction;
    }
    p.ascii(
      `${seconds}.${fraction < 0 ? `-${String(-fraction).padStart(5, '0')}` : String(fraction).padStart(6, '0')}`,
    );
  }
  p.ascii(' name ');
  printPadded(p, offset + NAME_OFFSET, NAME_LENGTH);
}
