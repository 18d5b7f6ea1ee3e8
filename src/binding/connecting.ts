// A connection or datagram socket of another namespace, under way in this process.
import { closeSync } from 'node:fs';
import { koffi } from './load.ts';
import { insideNamespace } from './netlink.ts';
import {
  AF_INET,
  AF_INET6,
  int32,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  socketCalls,
} from './socket-calls.ts';

const EAGAIN = 11;
const EINPROGRESS = 115;
const MSG_DONTWAIT = 0x40;
/** tcp(7): the first byte of struct tcp_info is the state (linux/tcp_states.h). */
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TCPI_SND_MSS = 16;
const TCPI_UNACKED = 24;
const TCP_ESTABLISHED = 1;
const TCP_CLOSE_WAIT = 8;
/** ip(7), ipv6(7): ICMP errors are reported on the socket. */
const SOL_IP = 0;
const IP_RECVERR = 11;
const SOL_IPV6 = 41;
const IPV6_RECVERR = 25;

/** An address, port and, for link-local ones, the interface's index. */
export interface SocketAddress {
  /** The 4 or 16 bytes of the address. */
  address: Buffer;
  port: number;
  scope?: number;
}

/** A socket under way. It belongs to this process: who opens it closes it. */
export interface Connecting {
  /** The port that the kernel picked for it; 0 where it has none. */
  port: number;
  /** errno of connect(2), 0 where it went on. */
  error: number;
  /** TCP: connected, still trying, or failed with an errno. UDP: failed once an ICMP error came. */
  state(): { connected: boolean; error: number };
  /** TCP: bytes of a segment, and segments sent of which nothing is acknowledged yet. */
  segments(): { size: number; unacknowledged: number };
  /** Sends the bytes; returns errno. */
  send(bytes: Buffer): number;
  /** What came: bytes, the end (an empty buffer, TCP), an errno, or nothing yet. */
  receive(): Buffer | number | undefined;
  close(): void;
}

/** Starts a connection (TCP) or sets a datagram socket's other end (UDP), from inside the namespace of `path`. */
export function connectFrom(path: string, destination: SocketAddress, protocol: 'tcp' | 'udp'): Connecting {
  const { socket, connect, setOption, ownAddress } = socketCalls();
  const isIpv6 = destination.address.length === 16;
  const type = (protocol === 'tcp' ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const opened = insideNamespace(path, () => socket(isIpv6 ? AF_INET6 : AF_INET, type, 0));
  if (opened < 0) throw new Error(`no socket in ${path}`);
  setOption(opened, isIpv6 ? SOL_IPV6 : SOL_IP, isIpv6 ? IPV6_RECVERR : IP_RECVERR, int32(1), 4);
  const name = socketName(destination);
  let error = connect(opened, name, name.length) === 0 ? 0 : koffi().errno();
  if (error === EINPROGRESS) error = 0;
  const own = Buffer.alloc(28);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(own.length);
  ownAddress(opened, own, length);
  return new SocketUnderWay(opened, protocol, own.readUInt16BE(2), error);
}

/** struct sockaddr_in, sockaddr_in6. */
function socketName({ address, port, scope = 0 }: SocketAddress): Buffer {
  const isIpv6 = address.length === 16;
  const name = Buffer.alloc(isIpv6 ? 28 : 16);
  name.writeUInt16LE(isIpv6 ? AF_INET6 : AF_INET, 0);
  name.writeUInt16BE(port, 2);
  address.copy(name, isIpv6 ? 8 : 4);
  if (isIpv6) name.writeUInt32LE(scope, 24);
  return name;
}

class SocketUnderWay implements Connecting {
  readonly port: number;
  readonly error: number;
  private readonly descriptor: number;
  private readonly protocol: 'tcp' | 'udp';

  constructor(descriptor: number, protocol: 'tcp' | 'udp', port: number, error: number) {
    this.descriptor = descriptor;
    this.protocol = protocol;
    this.port = port;
    this.error = error;
  }

  state(): { connected: boolean; error: number } {
    if (this.protocol === 'tcp') {
      const tcp = this.option(IPPROTO_TCP, TCP_INFO, 8)[0];
      if (tcp === TCP_ESTABLISHED || tcp === TCP_CLOSE_WAIT) return { connected: true, error: 0 };
    }
    return { connected: false, error: this.option(SOL_SOCKET, SO_ERROR, 4).readInt32LE(0) };
  }

  segments(): { size: number; unacknowledged: number } {
    const info = this.option(IPPROTO_TCP, TCP_INFO, 28);
    return { size: info.readUInt32LE(TCPI_SND_MSS), unacknowledged: info.readUInt32LE(TCPI_UNACKED) };
  }

  send(bytes: Buffer): number {
    return Number(socketCalls().send(this.descriptor, bytes, bytes.length, 0)) < 0 ? koffi().errno() : 0;
  }

  receive(): Buffer | number | undefined {
    const bytes = Buffer.alloc(512);
    const got = Number(socketCalls().receive(this.descriptor, bytes, bytes.length, MSG_DONTWAIT));
    if (got >= 0) return bytes.subarray(0, got);
    const failed = koffi().errno();
    return failed === EAGAIN ? undefined : failed;
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /** An option of at most `size` bytes. */
  private option(level: number, name: number, size: number): Buffer {
    const value = Buffer.alloc(size);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(size);
    socketCalls().getOption(this.descriptor, level, name, value, length);
    return value;
  }
}
