// What every dissector is handed: where the bytes are, where they end, what was asked for, and where the text goes.
import type { Batch } from '../../base/batch.ts';
import type { Literal, Text } from '../../base/text.ts';
import { OUIS } from '../../wire/registry/oui.ts';
import { writeIpv4, writeIpv6, writeMac } from './address.ts';
import { dumpHex, dumpHexAscii } from './dump.ts';
import { DEFAULTS, type HostNames, type PrintOptions } from './options.ts';

/**
 * A dissector prints what lies at `offset` and is `length` bytes long on the wire (as the layer below says; fewer may have
 * been captured: `printer.end`). It reads with `u8`, `u16`, `u32`, … which end the packet at the first byte that was
 * not captured: they throw one preallocated object that PacketPrinter catches, and the line closes with the mark of
 * `printer.protocol`, so a dissector begins by setting that. Where a printer goes on after the mark (as tcpdump's core
 * protocols do), it asks `has` first and calls `truncated` itself.
 */
export type Dissector = (p: Printer, offset: number, length: number) => void;

/** Numbers of protocols, their names, and their printers (print/dispatch). */
export interface NumberTable {
  /** The name of a number. */
  get(number: number): string | undefined;
  /** Calls the printer of a number; false where it has none. */
  print(p: Printer, number: number, offset: number, length: number): boolean;
}

/** Protocols over IP; those that need one of its versions refuse the other. */
export interface IpProtocolTable {
  get(number: number): string | undefined;
  print(p: Printer, number: number, offset: number, length: number): void;
  /** True where the transport printer writes the addresses itself, ports beside them. */
  writesAddresses(number: number): boolean;
}

/** Applications by `sourcePort` and `destinationPort`; false where neither has a printer. */
export interface PortTable {
  print(p: Printer, offset: number, length: number): boolean;
}

/** How a printer reaches what it carries: by number, or by name where no number tells or the printer is a rare one. */
export interface Payloads {
  readonly etherTypes: NumberTable;
  readonly ipProtocols: IpProtocolTable;
  readonly pppProtocols: NumberTable;
  /** What GRE carries; of EtherTypes only a few, and those as they are without Ethernet. */
  readonly grePayloads: NumberTable;
  /** Network layer protocol identifiers of OSI. */
  readonly nlpids: NumberTable;
  /** IPv4 or IPv6, by the version that its first byte has. */
  readonly ipVersions: NumberTable;
  readonly bsdFamilies: NumberTable;
  readonly bsdIpFamilies: NumberTable;
  readonly linuxFamilies: NumberTable;
  readonly solarisFamilies: NumberTable;
  readonly chdlcProtocols: NumberTable;
  readonly arcnetTypes: NumberTable;
  /** Network layer protocol identifiers on Frame Relay. */
  readonly frameRelayProtocols: NumberTable;
  readonly nshProtocols: NumberTable;
  readonly vxlanGpeProtocols: NumberTable;
  readonly bcmLiTypes: NumberTable;
  /** Service access points of LLC. */
  readonly saps: NumberTable;
  /** Cisco's protocols behind SNAP. */
  readonly ciscoProtocols: NumberTable;
  readonly tcpPorts: PortTable;
  readonly udpPorts: PortTable;
  /** What is looked for over UDP before the checksum. */
  readonly udpFirst: PortTable;

  readonly ethernet: Dissector;
  readonly fddi: Dissector;
  readonly tokenRing: Dissector;
  readonly radiotap: Dissector;
  readonly ieee802154: Dissector;
  readonly ppp: Dissector;
  readonly chdlc: Dissector;
  readonly arp: Dissector;
  readonly ipv4: Dissector;
  readonly ipv6: Dissector;
  readonly mobility: Dissector;
  readonly nodeQuery: Dissector;
  readonly nodeReply: Dissector;
  readonly renumbering: Dissector;
  readonly ipx: Dissector;
  readonly appletalk: Dissector;
  readonly osi: Dissector;
  readonly mpls: Dissector;
  readonly nsh: Dissector;
  readonly eigrp: Dissector;
  readonly dvmrp: Dissector;
  readonly pim1: Dissector;
  readonly rpl: Dissector;
  readonly forces: Dissector;
}

/** What a protocol keeps across packets. */
export abstract class State {
  /** Takes back what the packet of this number (`Printer.packet`) has added, where printing it again would show that. */
  undo(_packet: number): void {}
}

/** Thrown where captured bytes end in the middle of a header; only PacketPrinter catches it. */
export const TRUNCATED = new Error('captured bytes end');
/** Thrown where a printer is called that is not loaded: the packet is printed once more when it is. */
export const UNLOADED = new Error('a printer is not loaded');
/** Thrown where they end in a dissector around which the others go on; `closing` catches it. */
export const CLOSED = new Error('captured bytes end in this dissector');

/** The dissector, ended by its mark alone where it calls `check`: tcpdump's printers that go to their end, not out. */
export function closing(dissect: Dissector): Dissector {
  return (p, offset, length) => {
    try {
      dissect(p, offset, length);
    } catch (error) {
      if (error !== CLOSED) throw error;
      p.truncated();
    }
  };
}

export const MAC_LENGTH = 6;

/** Last digits of SGR foreground colours. */
export const RED = 1;
export const GREEN = 2;
export const YELLOW = 3;
export const BLUE = 4;
export const CYAN = 6;
export const NO_COLOUR = 9;

/** The state of the line being written. */
export class Printer {
  readonly out: Text;
  readonly options: PrintOptions;
  /** -v, given so often; less within a frame that a message carries. */
  verbose: number;
  /** -e. */
  readonly link: boolean;
  /** -q. */
  readonly quiet: boolean;
  readonly names: HostNames | undefined;
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** First byte that may not be read: the end of what was captured, or of the payload of the layer being printed. */
  end = 0;
  /** Number of the source's interface. */
  interface = 0;
  /** The name that a truncation mark shows. */
  protocol = '';
  /** Bytes of link header that -x, -X and -A leave out. */
  linkHeader = 0;
  /** What carries the payload that is printed. A printer reads it before it calls another, which may change it. */
  /** Where the addresses of the link layer lie, or -1 where it has none. */
  linkSource = -1;
  linkDestination = -1;
  /** Bytes of each: 8 on FireWire (EUI-64). */
  linkAddressLength = MAC_LENGTH;
  /** Where the IP header lies, and its version, 4 or 6. */
  ip = 0;
  ipVersion = 4;
  /** More fragments belong to the datagram, so that no checksum can be verified. */
  fragmented = false;
  /** Bytes of header that a frame within went past, 0 where it made no sense: for what carries frames of IEEE 802.15.4. */
  headerLength = 0;
  /** Of TCP and UDP. */
  sourcePort = 0;
  destinationPort = 0;
  /** The last digit of the SGR colour the line gets; 9 is none. */
  colour = NO_COLOUR;
  /** What carries which payload. */
  readonly payload: Payloads;
  /** Counts the packets, so that what one of them added to a state can be told. */
  packet = 0;
  /** What loads the printer that was missing where the packet ended with UNLOADED. */
  missing: (() => Promise<void>) | undefined;
  private readonly states = new Map<new () => State, State>();

  constructor(options: Partial<PrintOptions>, out: Text, payload: Payloads) {
    this.payload = payload;
    this.options = { ...DEFAULTS, ...options };
    this.verbose = this.options.verbose;
    this.link = this.options.link;
    this.quiet = this.options.quiet > 0;
    this.names = this.options.names;
    this.out = out;
  }

  /** Places the printer over a record of which `captured` bytes may be read. */
  place(batch: Batch, index: number, captured: number): void {
    this.bytes = batch.bytes;
    this.view = batch.view;
    this.end = batch.offset[index] + captured;
    this.interface = batch.interface[index];
    this.protocol = '';
    this.linkHeader = 0;
    this.packet++;
    this.verbose = this.options.verbose;
    this.linkSource = -1;
    this.linkDestination = -1;
    this.linkAddressLength = MAC_LENGTH;
    this.colour = NO_COLOUR;
  }

  /** What a protocol keeps across packets: an object of its class for each Printer, made when first asked for. */
  state<T extends State>(kind: new () => T): T {
    let state = this.states.get(kind);
    if (state === undefined) {
      state = new kind();
      this.states.set(kind, state);
    }
    return state as T;
  }
  /** Takes back what the packet that is printed has added to states: it will be printed once more. */
  undo(): void {
    for (const state of this.states.values()) state.undo(this.packet);
  }
  /** The addresses of the link layer, for what it carries. */
  linkAddresses(source: number, destination: number, length = MAC_LENGTH): void {
    this.linkSource = source;
    this.linkDestination = destination;
    this.linkAddressLength = length;
  }

  /** True where `n` bytes at `offset` were captured. */
  has(offset: number, n: number): boolean {
    return offset + n <= this.end;
  }
  /** Ends the packet where `n` bytes at `offset` were not captured. */
  need(offset: number, n: number): void {
    if (offset + n > this.end) throw TRUNCATED;
  }
  /** Ends the dissector, which `closing` made, where `n` bytes at `offset` were not captured. */
  check(offset: number, n: number): void {
    if (offset + n > this.end) throw CLOSED;
  }
  /** Bytes captured at and after `offset`. */
  available(offset: number): number {
    return Math.max(0, this.end - offset);
  }
  u8(offset: number): number {
    if (offset >= this.end) throw TRUNCATED;
    return this.bytes[offset];
  }
  u16(offset: number): number {
    if (offset + 2 > this.end) throw TRUNCATED;
    return this.view.getUint16(offset);
  }
  u24(offset: number): number {
    if (offset + 3 > this.end) throw TRUNCATED;
    return (this.view.getUint16(offset) << 8) | this.bytes[offset + 2];
  }
  u32(offset: number): number {
    if (offset + 4 > this.end) throw TRUNCATED;
    return this.view.getUint32(offset);
  }
  u64(offset: number): bigint {
    if (offset + 8 > this.end) throw TRUNCATED;
    return this.view.getBigUint64(offset);
  }

  /** ` [|tcp]`: the captured bytes end in this protocol. */
  truncated(): void {
    this.out.ascii(' [|');
    this.out.ascii(this.protocol);
    this.out.byte(0x5d);
  }
  /** True where `n` bytes at `offset` were captured; else the mark is written, and the dissector is to return. */
  whole(offset: number, n: number): boolean {
    if (offset + n <= this.end) return true;
    this.truncated();
    return false;
  }
  /** ` (invalid)`: the packet says what cannot be. */
  invalid(): void {
    this.out.ascii(' (invalid)');
  }

  ascii(text: string): void {
    this.out.ascii(text);
  }
  decimal(value: number): void {
    this.out.decimal(value);
  }
  /** The same as `field`, faster. */
  put(text: Literal, value: number): void {
    this.out.literal(text);
    this.out.decimal(value);
  }
  /** `text` and a number behind it. */
  field(text: string, value: number): void {
    this.out.ascii(text);
    this.out.decimal(value);
  }
  /** `text` and a hexadecimal number behind it, with as many digits as it needs. */
  hexField(text: string, value: number): void {
    this.out.ascii(text);
    this.out.hex(value);
  }
  ipv4(offset: number): void {
    if (offset + 4 > this.end) throw TRUNCATED;
    const name = this.names?.host(this.bytes, offset, 4);
    if (name !== undefined) this.out.ascii(name);
    else writeIpv4(this.out, this.bytes, offset);
  }
  ipv6(offset: number): void {
    if (offset + 16 > this.end) throw TRUNCATED;
    const name = this.names?.host(this.bytes, offset, 16);
    if (name !== undefined) this.out.ascii(name);
    else writeIpv6(this.out, this.view, offset);
  }
  /** A port; with names looked up, its service. */
  tcpPort(port: number): void {
    const name = this.names?.tcpPort(port);
    if (name !== undefined) this.out.ascii(name);
    else this.out.decimal(port);
  }
  udpPort(port: number): void {
    const name = this.names?.udpPort(port);
    if (name !== undefined) this.out.ascii(name);
    else this.out.decimal(port);
  }
  /** An IP protocol without a printer. */
  ipProtocol(number: number): void {
    const name = this.names?.protocol(number);
    if (name !== undefined) this.out.ascii(name);
    else this.field('ip-proto-', number);
  }
  mac(offset: number): void {
    if (offset + 6 > this.end) throw TRUNCATED;
    if (this.names === undefined) writeMac(this.out, this.bytes, offset);
    else this.namedMac(this.names, offset);
  }
  /** An address of the link layer that the payload was carried by. */
  linkAddress(offset: number): void {
    if (this.linkAddressLength === MAC_LENGTH) this.mac(offset);
    else this.pairs(offset, this.linkAddressLength);
  }
  private namedMac(names: HostNames, offset: number): void {
    const name = names.mac(this.bytes, offset);
    if (name !== undefined) this.out.ascii(name);
    else {
      writeMac(this.out, this.bytes, offset);
      this.out.ascii(` (oui ${OUIS.get(this.u24(offset)) ?? 'Unknown'})`);
    }
  }
  /** `n` bytes as pairs of hex digits with colons. */
  pairs(offset: number, n: number): void {
    for (let i = 0; i < n; i++) {
      if (i !== 0) this.out.byte(0x3a);
      this.out.hexPadded(this.u8(offset + i), 2);
    }
  }
  /** `n` bytes as hex digits without a separator. */
  hexBytes(offset: number, n: number): void {
    for (let i = 0; i < n; i++) this.out.hexPadded(this.u8(offset + i), 2);
  }
  /** A byte as a visible character: `^J` for control bytes, `M-` before those above 127. */
  visible(byte: number): void {
    if (byte > 0x7f) {
      this.out.ascii('M-');
      byte &= 0x7f;
    }
    if (byte < 0x20 || byte === 0x7f) {
      this.out.byte(0x5e);
      byte ^= 0x40;
    }
    this.out.byte(byte);
  }

  /**
   * The dump of bytes from `offset` on (all that were captured, if not told) that have no printer; not with -q, and not where -x or -X dumps the
   * whole packet anyway.
   */
  dumpUnknown(offset: number, length = this.available(offset)): void {
    const { hex, hexAscii } = this.options;
    if (hex === 0 && hexAscii === 0 && !this.quiet) this.dump(offset, length);
  }
  /** The hex and ASCII dump of what cannot be dissected further (tcpdump's default print). */
  dump(offset: number, length: number): void {
    const available = this.available(offset);
    dumpHexAscii(this.out, '\n\t', this.bytes, offset, offset + Math.min(length, available));
    if (length > available) throw TRUNCATED;
  }
  /** The hex dump of a part that cannot be dissected, each line begun with `indent`. */
  unknown(offset: number, indent: string, length: number): void {
    dumpHex(this.out, indent, this.bytes, offset, offset + Math.min(length, this.available(offset)));
  }
}

/** The names whose bits are set, in order, joined by `separator`; `none` where none is. */
export function writeFlags(
  p: Printer,
  names: readonly (readonly [bits: number, name: string])[],
  none: string,
  value: number,
  separator: string,
): void {
  let any = false;
  for (let i = 0; i < names.length; i++) {
    const bits = names[i][0];
    if (bits === 0 || (value & bits) >>> 0 !== bits) continue;
    if (any) p.ascii(separator);
    p.ascii(names[i][1]);
    any = true;
  }
  if (!any) p.ascii(none);
}

/** Finds the state of a class for printers of every packet: by a comparison, as long as one Printer is at work. */
export function finder<T extends State>(kind: new () => T): (p: Printer) => T {
  let owner: Printer | undefined;
  let state: T;
  return (p) => {
    if (p !== owner) {
      state = p.state(kind);
      owner = p;
    }
    return state;
  };
}
