// What the reader of the lines asked for: tcpdump's printing options.
import { type InterfaceNames, recordedNames } from '../../base/interface.ts';

/** How each line begins: tcpdump's -t, repeated. */
export const CLOCK = 0;
export const NO_TIME = 1;
export const EPOCH = 2;
export const SINCE_PREVIOUS = 3;
export const DATE = 4;
export const SINCE_FIRST = 5;

/** tcpdump's options that shape the text. Counts are how often the option was given. */
export interface PrintOptions {
  /** -e: the link header. */
  link: boolean;
  /** -q: less. */
  quiet: number;
  /** -v: more. */
  verbose: number;
  /** -S: sequence numbers as they are. */
  absolute: boolean;
  /** -x: hex; 2 with the link header. */
  hex: number;
  /** -X: hex and ASCII; 2 with the link header. */
  hexAscii: number;
  /** -A: ASCII; 2 with the link header. */
  ascii: number;
  /** -t: one of the constants above. */
  time: number;
  /** --nano: nine digits. */
  nano: boolean;
  /** -#: the packet's number. */
  number: boolean;
  /** Not -K: checksums are verified where tcpdump verifies them. */
  checksums: boolean;
  /** --explain: notes in words behind each packet. */
  explain: boolean;
  /** Colours (SGR escape sequences) by what the packet does. */
  colour: boolean;
  /** The text goes to a terminal: a control byte that came from a packet would be obeyed, so it becomes a dot. */
  terminal: boolean;
  /** --resolve: names of addresses and ports, as far as they are known. */
  names: HostNames | undefined;
  /** Names of interfaces that packets tell by their index. */
  interfaceName: InterfaceNames;
}

/** Names in place of numbers. Each returns undefined where there is none. */
export interface HostNames {
  /** The name for the six bytes of an Ethernet address; without one, its vendor is printed after it. */
  mac(bytes: Uint8Array, offset: number): string | undefined;
  /** Of the four or sixteen bytes of an address. */
  host(bytes: Uint8Array, offset: number, length: 4 | 16): string | undefined;
  tcpPort(port: number): string | undefined;
  udpPort(port: number): string | undefined;
  /** Of an IP protocol number. */
  protocol(number: number): string | undefined;
}

export const DEFAULTS: PrintOptions = {
  link: false,
  quiet: 0,
  verbose: 0,
  absolute: false,
  hex: 0,
  hexAscii: 0,
  ascii: 0,
  time: CLOCK,
  nano: false,
  number: false,
  checksums: true,
  explain: false,
  colour: false,
  terminal: false,
  names: undefined,
  interfaceName: recordedNames([]),
};
