// The TCP sockets of a network namespace, by inet_diag (sock_diag(7)): what `ss -ti` shows.
import { endpointText, ipv4Text, ipv6Text } from '../base/address.ts';
import type { SampleNumber, SocketSample } from '../base/socket-sample.ts';
import { attributes, NetlinkSocket } from '../binding/netlink.ts';

/** linux/netlink.h, linux/inet_diag.h */
const NETLINK_SOCK_DIAG = 4;
/** Lists the sockets of both families in one pass through the kernel's table; SOCK_DIAG_BY_FAMILY takes one for each. */
const TCPDIAG_GETSOCK = 18;
const AF_INET6 = 10;
const INET_DIAG_INFO = 2;
const INET_DIAG_SKMEMINFO = 7;
/** Bytes of struct inet_diag_req and of struct inet_diag_msg. */
const REQUEST = 60;
const MESSAGE = 72;
/** Where the request has what is wanted of a socket, and in which states. */
const WANTED = 3;
const STATES_WANTED = 52;
/** States that have a peer and send: all but LISTEN (10), TIME_WAIT (6), NEW_SYN_RECV (12), CLOSE (7). */
const STATES = 0b1011_0011_1110;

// Where they lie in struct tcp_info (linux/tcp.h), and their size in bytes.
const FIELDS = {
  state: [0, 1],
  ca_state: [1, 1],
  retransmits: [2, 1],
  mss: [16, 4],
  unacked: [24, 4],
  lost: [32, 4],
  retrans: [36, 4],
  rtt: [68, 4],
  rttvar: [72, 4],
  ssthresh: [76, 4],
  cwnd: [80, 4],
  total_retrans: [100, 4],
  pacing_rate: [104, 8],
  notsent: [144, 4],
  minrtt: [148, 4],
  delivery_rate: [160, 8],
  busy: [168, 8],
  rwnd_limited: [176, 8],
  sndbuf_limited: [184, 8],
  snd_wnd: [228, 4],
} as const;
// The same in the numbers of INET_DIAG_SKMEMINFO (linux/sock_diag.h): SK_MEMINFO_SNDBUF, SK_MEMINFO_WMEM_QUEUED.
const MEMORY_FIELDS = { sndbuf: [12, 4], wmem_queued: [20, 4] } as const;

/** Samples the sockets of the namespace that it is made in. Works without privileges once it is made. To be closed. */
export class SocketSampler {
  private readonly socket = new NetlinkSocket(NETLINK_SOCK_DIAG);
  private readonly request = Buffer.alloc(REQUEST);
  private pending: Promise<SocketSample[]> | undefined;

  constructor() {
    this.request[WANTED] = (1 << (INET_DIAG_INFO - 1)) | (1 << (INET_DIAG_SKMEMINFO - 1));
    this.request.writeUInt32LE(STATES, STATES_WANTED);
  }

  /**
   * Only once the previous sample has come. The kernel looks for them on another thread: here it would keep packets waiting.
   * Rejects with an Error where the kernel does not answer.
   */
  async sample(): Promise<SocketSample[]> {
    this.pending = this.list();
    try {
      return await this.pending;
    } finally {
      this.pending = undefined;
    }
  }

  private async list(): Promise<SocketSample[]> {
    const now = Date.now() / 1000;
    const messages = await this.socket.dumpLater(TCPDIAG_GETSOCK, this.request);
    return messages.flatMap((message) => sampleOf(message, now));
  }

  /** Once a sample that is under way has come. */
  close(): void {
    const close = () => this.socket.close();
    if (this.pending === undefined) close();
    else this.pending.then(close, close);
  }
}

function sampleOf(message: Buffer, time: number): SocketSample[] {
  if (message.length < MESSAGE) return [];
  const found = attributes(message, MESSAGE);
  const info = found.get(INET_DIAG_INFO);
  if (info === undefined) return [];
  const memory = found.get(INET_DIAG_SKMEMINFO) ?? Buffer.alloc(0);
  const numbers = { ...numbersOf(FIELDS, info), ...numbersOf(MEMORY_FIELDS, memory) };
  return [{ time, local: endpoint(message, 4, 8), remote: endpoint(message, 6, 24), numbers }];
}

function numbersOf(
  fields: Partial<Record<SampleNumber, readonly [offset: number, size: number]>>,
  bytes: Buffer,
): SocketSample['numbers'] {
  const numbers: SocketSample['numbers'] = {};
  for (const [name, [offset, size]] of Object.entries(fields)) {
    // Older kernels have less of it.
    if (offset + size > bytes.length) continue;
    numbers[name as SampleNumber] =
      size === 1
        ? bytes.readUInt8(offset)
        : size === 4
          ? bytes.readUInt32LE(offset)
          : Number(bytes.readBigUInt64LE(offset));
  }
  return numbers;
}

/** Port and address of struct inet_diag_sockid, both in network byte order. An IPv4 address in IPv6 is that of the packets. */
function endpoint(message: Buffer, port: number, address: number): string {
  const isIpv6 = message[0] === AF_INET6;
  const mapped = isIpv6 && MAPPED.every((byte, i) => message[address + i] === byte);
  const text = mapped
    ? ipv4Text(message, address + MAPPED.length)
    : isIpv6
      ? ipv6Text(message, address)
      : ipv4Text(message, address);
  return endpointText(text, message.readUInt16BE(port));
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
