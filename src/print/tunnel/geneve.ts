// Geneve (RFC 8926): frames and packets over UDP, with options.
import { TRANSPARENT_BRIDGING } from '../../wire/registry/ethertypes.ts';
import type { Names } from '../engine/names.ts';
import type { Printer } from '../engine/printer.ts';

const HEADER_LENGTH = 8;
const FLAGS = ['O', 'C', 'R1', 'R2', 'R3', 'R4', 'R5', 'R6'];
const CRITICAL = 0x80;

const CLASSES: Names = new Map([
  [0x100, 'Linux'],
  [0x101, 'Open vSwitch'],
  [0x102, 'Open Virtual Networking (OVN)'],
  [0x103, 'In-band Network Telemetry (INT)'],
  [0x104, 'VMware'],
]);

export function printGeneve(p: Printer, offset: number, length: number): void {
  p.protocol = 'geneve';
  p.ascii('Geneve');
  if (length < HEADER_LENGTH) {
    p.field(' [length ', length);
    p.ascii(' < 8]');
    p.invalid();
    return;
  }
  if (!p.whole(offset, HEADER_LENGTH)) return;
  const first = p.u8(offset);
  if (first >> 6 !== 0) {
    p.field(' ERROR: unknown-version ', first >> 6);
    return;
  }
  const flags = p.u8(offset + 1);
  const protocol = p.u16(offset + 2);
  const network = p.u24(offset + 4);
  const reserved = p.u8(offset + 7);
  p.ascii(', Flags [');
  if (flags === 0) p.ascii('none');
  for (let bit = 0; bit < 8; bit++) if ((flags & (0x80 >> bit)) !== 0) p.ascii(FLAGS[bit]);
  p.hexField('], vni 0x', network);
  if (reserved !== 0) p.hexField(', rsvd 0x', reserved);
  if (p.link) {
    p.ascii(`, proto ${p.payload.etherTypes.get(protocol) ?? 'unknown'} (0x`);
    p.out.hexPadded(protocol, 4);
    p.ascii(')');
  }
  offset += HEADER_LENGTH;
  length -= HEADER_LENGTH;
  const options = (first & 0x3f) * 4;
  if (length < options) {
    p.field(' truncated-geneve - ', options - length);
    p.ascii(' bytes missing');
    return;
  }
  if (!p.whole(offset, options)) return;
  if (options > 0) {
    p.ascii(', options [');
    if (p.verbose > 0) printOptions(p, offset, options);
    else {
      p.decimal(options);
      p.ascii(' bytes');
    }
    p.ascii(']');
  }
  offset += options;
  length -= options;
  p.ascii(p.verbose > 0 ? '\n\t' : ': ');
  p.linkAddresses(-1, -1);
  if (p.payload.etherTypes.print(p, protocol, offset, length)) return;
  if (protocol === TRANSPARENT_BRIDGING) p.payload.ethernet(p, offset, length);
  else p.hexField('geneve-proto-0x', protocol);
}

function printOptions(p: Printer, offset: number, left: number): void {
  for (let first = true; left > 0; first = false) {
    if (!first) p.ascii(', ');
    const number = p.u16(offset);
    const type = p.u8(offset + 2);
    const size = 4 + (p.u8(offset + 3) & 0x1f) * 4;
    const name =
      CLASSES.get(number) ?? (number <= 0xff ? 'Standard' : number >= 0xfff0 ? 'Experimental' : 'Unknown');
    p.ascii(`class ${name}`);
    p.hexField(' (0x', number);
    p.hexField(') type 0x', type);
    if ((type & CRITICAL) !== 0) p.ascii('(C)');
    p.field(' len ', size);
    if (size > left) {
      p.ascii(' [bad length]');
      return;
    }
    if (p.verbose > 1 && size > 4) {
      p.ascii(' data');
      for (let i = 4; i < size; i += 4) {
        p.ascii(' ');
        p.hexBytes(offset + i, 4);
      }
    }
    offset += size;
    left -= size;
  }
}
