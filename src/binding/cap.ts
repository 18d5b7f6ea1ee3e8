// The npm package `cap` as a second way to libpcap: it hands each packet's bytes to JavaScript, and little else.
import { createRequire } from 'node:module';
import { sudoHint } from '../base/shell.ts';
import { NscapError, usageError } from '../errors.ts';

/** What the caller of a capture should know. */
export const SHORTCOMINGS =
  'the binding cap has no kernel time stamps (they are taken when JavaScript sees the packet), no length of packets ' +
  'that were cut, no count of dropped packets, and is always promiscuous';

/** The longest packet it hands over, in bytes; the size it opens interfaces with. */
const LARGEST = 65535;

interface Cap {
  open(device: string, filter: string, bufferSize: number, buffer: Uint8Array): string;
  on(event: 'packet', listener: (length: number, truncated: boolean) => void): void;
  close(): void;
}

/** What `cap` calls link types; others it has as `Unknown linktype N`, a DLT_ value. */
const LINK_TYPES: Record<string, [linkType: number, name: string]> = {
  NULL: [0, 'NULL (BSD loopback)'],
  ETHERNET: [1, 'EN10MB (Ethernet)'],
  RAW: [101, 'RAW (Raw IP)'],
  LINKTYPE_LINUX_SLL: [113, 'LINUX_SLL (Linux cooked v1)'],
  IEEE802_11_RADIO: [127, 'IEEE802_11_RADIO (802.11 plus radiotap header)'],
};

function load(): new () => Cap {
  try {
    return (createRequire(import.meta.url)('cap') as { Cap: new () => Cap }).Cap;
  } catch (cause) {
    throw new NscapError('CAP', 'the npm package cap is not installed or was not built', {
      hint: "it needs a compiler and libpcap's headers (libpcap-dev), and then: npm install cap; the default binding needs neither",
      cause,
    });
  }
}

/** An interface opened through `cap`. */
export class CapHandle {
  readonly device: string;
  /** LINKTYPE_ value of the packets. */
  readonly linkType: number;
  /** The link type as tcpdump names it. */
  readonly linkName: string;
  /** Bytes handed over of a packet at most. */
  readonly snaplen: number;
  private readonly cap: Cap;
  /** Where each packet lies while the listener runs. */
  private readonly packet: Buffer;

  /**
   * Opens the interface. A packet is handed over with at most `snaplen` bytes; the kernel's buffer has so many KiB.
   * Throws NscapError: CAP where the package is not there, NOT_PERMITTED, CAPTURE or a usage error in libpcap's words.
   */
  constructor(device: string, filter: string, snaplen: number, bufferKib: number) {
    this.device = device;
    this.snaplen = Math.min(snaplen, LARGEST);
    this.packet = Buffer.alloc(this.snaplen);
    this.cap = new (load())();
    let type: string;
    try {
      type = this.cap.open(device, filter, bufferKib * 1024, this.packet);
    } catch (error) {
      const said = (error as Error).message;
      if (/permission|permitted/i.test(said)) {
        throw new NscapError('NOT_PERMITTED', `${device}: ${said}`, {
          hint: sudoHint(),
        });
      }
      if (/syntax|parse|filter|unknown/i.test(said))
        throw usageError(said, 'pcap-filter(7) describes the syntax');
      throw new NscapError('CAPTURE', `${device}: ${said === '' ? 'libpcap cannot open it' : said}`);
    }
    const number = Number(/^Unknown linktype (\d+)$/.exec(type)?.[1]);
    [this.linkType, this.linkName] = LINK_TYPES[type] ?? [number, `DLT ${number}`];
  }

  /** Calls `take` for each packet: its bytes, valid only then, and whether it was longer. */
  start(take: (packet: Uint8Array, cut: boolean) => void): void {
    this.cap.on('packet', (length, truncated) => {
      take(this.packet.subarray(0, Math.min(length, this.packet.length)), truncated);
    });
  }

  close(): void {
    this.cap.close();
  }
}
