// A packet socket (packet(7)) that keeps what passes a namespace's interfaces while something else is done.
import { koffi } from './load.ts';
import { insideNamespace } from './netlink.ts';
import {
  AF_PACKET,
  int32,
  SO_ATTACH_FILTER,
  SO_RCVBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOL_SOCKET,
  socketCalls,
} from './socket-calls.ts';

/** Every protocol, in network byte order. SOCK_DGRAM: packets without their link-layer header. */
const ETH_P_ALL = 0x0300;
/** Bytes that a capture may keep: two thousand packets of the probe's size with the kernel's overhead. */
const CAPTURE_BUFFER = 4 << 20;
const MSG_DONTWAIT = 0x40;
/** sll_pkttype of what this machine itself sends (linux/if_packet.h). */
const PACKET_OUTGOING = 4;
/** ioctl: when the last packet read came, as a struct timespec (socket(7)). */
const SIOCGSTAMPNS = 0x8907;

/** A packet that a packet socket kept. */
export interface KeptPacket {
  /** EtherType. */
  protocol: number;
  /** Index of the interface, in the socket's namespace. */
  index: number;
  outgoing: boolean;
  /** Nanoseconds since 1970. */
  time: bigint;
  /** From the network header on, at most 256 bytes. */
  bytes: Buffer;
  /** sll_pkttype of packet(7): for this host, broadcast, multicast, for another host, outgoing. */
  type: number;
}

/**
 * Opens a packet socket in the namespace of the file `path`: from now on it keeps what passes any interface there and
 * is accepted by `filter`, a classic BPF program of 8-byte instructions. Returns a descriptor of this process.
 */
export function listen(path: string, filter: Buffer): number {
  const { socket, setOption, controlOut } = socketCalls();
  const opened = insideNamespace(path, () => socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, ETH_P_ALL));
  if (opened < 0) throw new Error(`no packet socket in ${path}`);
  // struct sock_fprog: the number of instructions, and where they lie.
  const program = Buffer.alloc(16);
  program.writeUInt16LE(filter.length / 8, 0);
  program.writeBigUInt64LE(BigInt(koffi().address(filter)), 8);
  setOption(opened, SOL_SOCKET, SO_ATTACH_FILTER, program, program.length);
  setOption(opened, SOL_SOCKET, SO_RCVBUFFORCE, int32(CAPTURE_BUFFER), 4);
  // The first question for a time switches time stamps on.
  controlOut(opened, SIOCGSTAMPNS, Buffer.alloc(16));
  return opened;
}

/** The next packet that a socket of `listen` kept; undefined when there is none. Does not wait. */
export function nextPacket(descriptor: number): KeptPacket | undefined {
  const { receiveFrom, controlOut } = socketCalls();
  const bytes = Buffer.alloc(256);
  // struct sockaddr_ll.
  const address = Buffer.alloc(20);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(address.length);
  const got = Number(receiveFrom(descriptor, bytes, bytes.length, MSG_DONTWAIT, address, length));
  if (got < 0) return undefined;
  const stamp = Buffer.alloc(16);
  controlOut(descriptor, SIOCGSTAMPNS, stamp);
  return {
    protocol: address.readUInt16BE(2),
    index: address.readInt32LE(4),
    outgoing: address[10] === PACKET_OUTGOING,
    time: stamp.readBigInt64LE(0) * 1_000_000_000n + stamp.readBigInt64LE(8),
    bytes: bytes.subarray(0, got),
    type: address[10],
  };
}
