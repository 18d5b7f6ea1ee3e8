// Telnet's commands and options (RFC 854 and the IANA registry "Telnet Options").
import { dumpHex } from '../engine/dump.ts';
import { type Printer, TRUNCATED } from '../engine/printer.ts';

const IAC = 255;
const SE = 240;
const SB = 250;
const DONT = 254;

const FIRST_COMMAND = 236;
const COMMANDS = 'EOF SUSP ABORT EOR SE NOP DMARK BRK IP AO AYT EC EL GA SB WILL WONT DO DONT IAC'.split(' ');
const OPTIONS = (
  'BINARY,ECHO,RCP,SUPPRESS GO AHEAD,NAME,STATUS,TIMING MARK,RCTE,NAOL,NAOP,NAOCRD,NAOHTS,NAOHTD,NAOFFD,NAOVTS,NAOVTD,' +
  'NAOLFD,EXTEND ASCII,LOGOUT,BYTE MACRO,DATA ENTRY TERMINAL,SUPDUP,SUPDUP OUTPUT,SEND LOCATION,TERMINAL TYPE,' +
  'END OF RECORD,TACACS UID,OUTPUT MARKING,TTYLOC,3270 REGIME,X.3 PAD,NAWS,TSPEED,LFLOW,LINEMODE,XDISPLOC,OLD-ENVIRON,' +
  'AUTHENTICATION,ENCRYPT,NEW-ENVIRON'
).split(',');

const AUTHENTICATION = 37;
const ENCRYPT = 38;
/** What an option's parameters begin with, byte by byte. */
const USUAL = [['IS', 'SEND', 'INFO']];
const AUTHENTICATING = [
  ['IS', 'SEND', 'REPLY', 'NAME'],
  'NULL KERBEROS_V4 KERBEROS_V5 SPX MINK SRP RSA SSL   LOKI SSA KEA_SJ KEA_SJ_INTEG DSS NTLM'.split(' '),
];
const ENCRYPTING = [
  'IS SUPPORT REPLY START END REQUEST-START REQUEST-END END_KEYID DEC_KEYID'.split(' '),
  'NULL DES_CFB64 DES_OFB64 DES3_CFB64 DES3_OFB64  CAST5_40_CFB64 CAST5_40_OFB64 CAST128_CFB64 CAST128_OFB64'.split(
    ' ',
  ),
];

/** Bytes beside which their command finds room. */
const BESIDE = 8;

/** Prints the commands that a segment begins with. */
export function printTelnet(p: Printer, offset: number, length: number): void {
  p.protocol = 'telnet';
  const start = offset;
  const end = offset + length;
  // tcpdump's way with -vvv and -X: each command beside its bytes.
  const beside = p.verbose > 2 && p.options.hexAscii > 0;
  let any = false;
  while (offset < end && p.u8(offset) === IAC) {
    const next = commandEnd(p, offset, end);
    if (next < 0) break;
    if (beside) {
      if (!any) p.ascii('\nTelnet:');
      printBytes(p, offset, next, offset - start);
    } else p.ascii(any ? ', ' : ' [telnet ');
    any = true;
    printCommand(p, offset, next);
    // A subnegotiation that ends in the first byte of its end: tcpdump reads on behind the segment.
    if (next > end) throw TRUNCATED;
    offset = next;
  }
  if (any) p.ascii(beside ? '\n' : ']');
}

function printBytes(p: Printer, offset: number, next: number, first: number): void {
  dumpHex(p.out, '\n', p.bytes, offset, Math.min(next, p.end), first);
  if (next > p.end) throw TRUNCATED;
  const size = next - offset;
  p.ascii(size > BESIDE ? '\n\t\t\t\t' : `${' '.repeat((BESIDE - size) * 3)}\t`);
}

/** Where the command at `offset` ends, or -1 where it is none or goes on in the next segment. */
function commandEnd(p: Printer, offset: number, end: number): number {
  if (offset + 2 > end) return -1;
  const command = p.u8(offset + 1);
  if (command < FIRST_COMMAND) return -1;
  if (command < SB || command === IAC) return offset + 2;
  if (offset + 3 > end) return -1;
  p.u8(offset + 2);
  if (command > SB && command <= DONT) return offset + 3;
  let close = offset + 3;
  for (; close + 1 < end; close++) {
    p.need(close, 2);
    if (p.bytes[close] === IAC && p.bytes[close + 1] === SE) break;
  }
  return p.u8(close) === IAC ? close + 2 : -1;
}

function printCommand(p: Printer, offset: number, next: number): void {
  const command = p.bytes[offset + 1];
  if (command === IAC) {
    p.ascii('IAC IAC');
    return;
  }
  p.ascii(COMMANDS[command - FIRST_COMMAND]);
  if (command < SB) return;
  const option = p.bytes[offset + 2];
  p.ascii(' ');
  p.ascii(OPTIONS[option] ?? number(option));
  if (command !== SB) return;
  const names = option === AUTHENTICATION ? AUTHENTICATING : option === ENCRYPT ? ENCRYPTING : USUAL;
  const close = next - 2;
  for (let i = offset + 3; i < close; i++) {
    const value = p.bytes[i];
    p.ascii(' ');
    p.ascii(names[i - offset - 3]?.[value] || number(value));
  }
  p.ascii(' SE');
}

function number(value: number): string {
  return value === 0 ? '0' : `0x${value.toString(16)}`;
}
