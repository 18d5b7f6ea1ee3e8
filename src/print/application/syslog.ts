// Syslog (RFC 3164).
import type { Printer } from '../engine/printer.ts';
import { printText } from '../engine/text.ts';

const SEVERITIES = 'emergency alert critical error warning notice info debug'.split(' ');
const FACILITIES =
  'kernel user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console cron local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
const MAXIMUM_DIGITS = 3;
const OPEN = 0x3c;
const CLOSE = 0x3e;

export function printSyslog(p: Printer, offset: number, length: number): void {
  p.protocol = 'syslog';
  if (p.u8(offset) !== OPEN) {
    p.invalid();
    return;
  }
  let priority = 0;
  let header = 1;
  for (; header <= MAXIMUM_DIGITS; header++) {
    const digit = p.u8(offset + header) - 0x30;
    if (digit < 0 || digit > 9) break;
    priority = priority * 10 + digit;
  }
  if (p.u8(offset + header) !== CLOSE) {
    p.invalid();
    return;
  }
  header++;
  const number = (priority & 0x3f8) >> 3;
  const facility = FACILITIES[number] ?? `unknown (${number})`;
  const severity = SEVERITIES[priority & 7];
  if (p.verbose === 0) {
    p.ascii(`SYSLOG ${facility}.${severity}`);
    p.field(', length: ', length);
    return;
  }
  p.field('SYSLOG, length: ', length);
  p.ascii(`\n\tFacility ${facility} (${number}), Severity ${severity} (${priority & 7})\n\tMsg: `);
  if (length > header && !printText(p, offset + header, length - header)) p.need(offset, length);
  if (p.verbose > 1) p.unknown(offset, '\n\t', length);
}
