// Frame Relay (ITU-T Q.922) with what RFC 2427 or Cisco put into its frames.
import * as frameRelay from '../../wire/frame-relay.ts';
import * as nlpid from '../../wire/registry/nlpids.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printSnap } from './llc.ts';

const FLAGS = [
  [frameRelay.COMMAND, 'C!'],
  [frameRelay.DISCARD_ELIGIBLE, 'DE'],
  [frameRelay.BACKWARD_CONGESTION, 'BECN'],
  [frameRelay.FORWARD_CONGESTION, 'FECN'],
  [frameRelay.CORE, 'sdlcore'],
] as const;

const FRAGMENT_FLAGS = [
  [0x80, 'Begin'],
  [0x40, 'End'],
  [0x20, 'Control'],
] as const;

/** The frame of a capture; sets the bytes of link header. */
export function printFrameRelayFrame(p: Printer, offset: number, length: number): void {
  p.protocol = 'fr';
  if (p.has(offset, 4)) p.linkHeader += printFrameRelay(p, offset, length);
  else {
    p.truncated();
    p.linkHeader += p.available(offset);
  }
}

/** Returns the bytes of header it went past. */
function printFrameRelay(p: Printer, offset: number, length: number): number {
  const address = new frameRelay.FrameRelayAddress();
  if (!address.open(p.view, offset, Math.min(p.end, offset + length))) {
    if (address.length === frameRelay.INVALID) p.ascii('Q.922, invalid address');
    else p.truncated();
    return 0;
  }
  let header = address.length;
  if (length < header + 1) {
    p.truncated();
    return 0;
  }
  const control = p.u8(offset + header);
  if (control !== frameRelay.UNNUMBERED_INFORMATION && address.circuit !== 0) {
    if (p.has(offset + header, 2) && length >= header + 2) {
      // Cisco's: an EtherType, if it is one.
      const type = p.u16(offset + header);
      if (p.link) printHeader(p, address, header, type, length);
      if (p.payload.etherTypes.print(p, type, offset + header + 2, length - header - 2)) return header + 2;
    }
    p.ascii('UI ');
    p.out.hexPadded(control, 2);
    p.ascii('! ');
  }
  if (length < header + 2) {
    p.truncated();
    return 0;
  }
  // A byte of padding makes the header of an address of three bytes even.
  const padded = p.u8(offset + header + 1) === 0;
  if (padded !== (header === 3)) p.ascii(padded ? 'Pad! ' : 'No pad! ');
  header += padded ? 3 : 2;
  if (length < header) {
    p.truncated();
    return 0;
  }
  const identifier = p.u8(offset + header - 1);
  if (p.link) printHeader(p, address, address.length, identifier, length);
  printPayload(p, address, identifier, offset, header, length);
  return header;
}

function printHeader(
  p: Printer,
  address: frameRelay.FrameRelayAddress,
  bytes: number,
  type: number,
  length: number,
): void {
  p.ascii('Q.922, ');
  if (!p.quiet) p.ascii(`hdr-len ${bytes}, `);
  p.field('DLCI ', address.circuit);
  if (!p.quiet) {
    p.ascii(', Flags [');
    writeFlags(p, FLAGS, 'none', address.flags, ', ');
    const short = type <= 0xff;
    const name = (short ? p.payload.nlpids : p.payload.etherTypes).get(type) ?? 'unknown';
    p.ascii(`], ${short ? 'NLPID' : 'cisco-ethertype'} ${name} (0x`);
    p.out.hexPadded(type, short ? 2 : 4);
    p.ascii(')');
  }
  p.field(', length ', length);
  p.ascii(': ');
}

function printPayload(
  p: Printer,
  address: frameRelay.FrameRelayAddress,
  identifier: number,
  frame: number,
  header: number,
  length: number,
): void {
  const offset = frame + header;
  const rest = length - header;
  if (p.payload.frameRelayProtocols.print(p, identifier, offset - 1, rest + 1)) return;
  switch (identifier) {
    case nlpid.SNAP:
      if (printSnap(p, offset, rest, 0)) return;
      if (!p.link) printHeader(p, address, header, identifier, length);
      if (!p.quiet && p.options.hex === 0 && p.options.hexAscii === 0) p.dump(frame, length);
      return;
    case nlpid.FRF_15:
      printFragment(p, offset, rest);
      return;
  }
  if (!p.link) printHeader(p, address, address.length, identifier, length);
  // Here tcpdump asks for -x alone, neither for -X nor for -q.
  if (p.options.hex === 0) p.dump(offset, rest);
}

/** A fragment of a frame (FRF.12, FRF.15). */
function printFragment(p: Printer, offset: number, length: number): void {
  if (length < 2) {
    p.truncated();
    return;
  }
  p.need(offset, 2);
  const first = p.bytes[offset];
  p.ascii('FRF.15, seq 0x');
  p.out.hexPadded(((first & 0x1e) << 7) | p.bytes[offset + 1], 3);
  p.ascii(', Flags [');
  writeFlags(p, FRAGMENT_FLAGS, 'none', first & 0xe0, ', ');
  p.ascii((first & 1) !== 0 ? '],Interface' : '],End-to-End');
  p.field(' Fragmentation, length ', length);
}
