// The few questions about namespaces that only system calls answer: no tool prints which number a namespace has in
// another one, and none which namespace a socket belongs to.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { type Koffi, koffi as loadKoffi } from '../binding/load.ts';

const CLONE_NEWNET = 0x40000000;
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOCK_STREAM = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const EAGAIN = 11;
const EINPROGRESS = 115;
const SO_ERROR = 4;
const SO_RCVBUFFORCE = 33;
/** tcp(7): the first byte of struct tcp_info is the state (linux/tcp_states.h). */
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TCP_ESTABLISHED = 1;
const TCP_CLOSE_WAIT = 8;
/** ip(7), ipv6(7): ICMP errors are reported on the socket. */
const SOL_IP = 0;
const IP_RECVERR = 11;
const SOL_IPV6 = 41;
const IPV6_RECVERR = 25;
/** Bytes that a capture may keep: two thousand packets of the probe's size with the kernel's overhead. */
const CAPTURE_BUFFER = 4 << 20;
/** rtnetlink(7): the number under which the asking socket's namespace knows another (linux/net_namespace.h). */
const RTM_GETNSID = 90;
const NETNSA_NSID = 1;
const NETNSA_FD = 3;
const NLM_F_REQUEST = 1;
/** ioctl on a socket: a descriptor of its network namespace (linux/sockios.h). */
const SIOCGSKNS = 0x894c;
/** packet(7): every protocol, in network byte order; packets without their link-layer header. */
const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const ETH_P_ALL = 0x0300;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const MSG_DONTWAIT = 0x40;
/** sll_pkttype of what this machine itself sends (linux/if_packet.h). */
const PACKET_OUTGOING = 4;
/** ioctl: when the last packet read came, as a struct timespec (socket(7)). */
const SIOCGSTAMPNS = 0x8907;
/** The same numbers on every architecture Linux has had since 5.6. */
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_GETFD = 438;

/** What the kernel tells through system calls. All are synchronous and leave this process as it was. */
export interface Kernel {
  /**
   * The number that the namespace `from` has for each of the namespaces `others` (all are paths of namespace files),
   * undefined where it has none. Throws what open(2) throws, and Error where entering is not permitted.
   */
  namespaceIds(from: string, others: readonly string[]): (number | undefined)[];
  /** The network namespace of a socket that another process holds: its inode; undefined if that can't be told. */
  socketNamespace(pid: number, descriptor: number): number | undefined;
  /**
   * Opens a packet socket in the namespace of the file `path`: from now on it keeps what passes any interface there and
   * is accepted by `filter`, a classic BPF program of 8-byte instructions. Answers a descriptor of this process.
   */
  listen(path: string, filter: Buffer): number;
  /** The next packet that a socket of `listen` kept; undefined when there is none. Does not wait. */
  nextPacket(descriptor: number): KeptPacket | undefined;
  /** Starts a connection (TCP) or sets a datagram socket's other end (UDP), from inside the namespace of `path`. */
  connect(path: string, to: SocketAddress, protocol: 'tcp' | 'udp'): Connecting;
  /** As socketNamespace, but the namespace stays open: a descriptor of this process. */
  holdSocketNamespace(pid: number, descriptor: number): number | undefined;
}

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
  /** Sends the bytes; answers errno. */
  send(bytes: Buffer): number;
  /** What came: bytes, the end (an empty buffer, TCP), an errno, or nothing yet. */
  receive(): Buffer | number | undefined;
  close(): void;
}

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

let loaded: { kernel?: Kernel; problem?: unknown } | undefined;

/** The system calls, or undefined where koffi can't be loaded or the C library lacks them. */
export function theKernel(): Kernel | undefined {
  if (loaded === undefined) {
    try {
      loaded = { kernel: load(loadKoffi()) };
    } catch (problem) {
      loaded = { problem };
    }
  }
  return loaded.kernel;
}

/** Why there are no system calls. */
export function kernelProblem(): unknown {
  theKernel();
  return loaded?.problem;
}

function load(koffi: Koffi): Kernel {
  const libc = koffi.load(null);
  const setns = libc.func('int setns(int, int)');
  const socket = libc.func('int socket(int, int, int)');
  const send = libc.func('long send(int, const void *, size_t, int)');
  const receive = libc.func('long recv(int, _Out_ void *, size_t, int)');
  const ioctl = libc.func('int ioctl(int, unsigned long, int)');
  const setsockopt = libc.func('int setsockopt(int, int, int, const void *, uint32_t)');
  const receiveFrom = libc.func(
    'long recvfrom(int, _Out_ void *, size_t, int, _Out_ void *, _Inout_ void *)',
  );
  const connect = libc.func('int connect(int, const void *, uint32_t)');
  const getsockname = libc.func('int getsockname(int, _Out_ void *, _Inout_ void *)');
  const getsockopt = libc.func('int getsockopt(int, int, int, _Out_ void *, _Inout_ void *)');
  const ioctlOut = libc.func('int ioctl(int, unsigned long, _Out_ void *)');
  const syscall = libc.func('long syscall(long, long, long, long)');

  /** A socket of another namespace: it stays there when the thread comes back. */
  function socketIn(path: string, family: number, type: number, protocol: number): number {
    const home = openSync('/proc/thread-self/ns/net', 'r');
    try {
      const there = openSync(path, 'r');
      try {
        if (setns(there, CLONE_NEWNET) !== 0) throw new Error(`${path} may not be entered`);
        try {
          const opened = socket(family, type | SOCK_CLOEXEC, protocol) as number;
          if (opened < 0) throw new Error(`no socket in ${path}`);
          return opened;
        } finally {
          // Nothing asynchronous may happen between the two: this thread is the one that runs JavaScript.
          if (setns(home, CLONE_NEWNET) !== 0) process.abort();
        }
      } finally {
        closeSync(there);
      }
    } finally {
      closeSync(home);
    }
  }

  function ask(routing: number, path: string): number | undefined {
    const other = openSync(path, 'r');
    try {
      const request = Buffer.alloc(28);
      request.writeUInt32LE(28, 0);
      request.writeUInt16LE(RTM_GETNSID, 4);
      request.writeUInt16LE(NLM_F_REQUEST, 6);
      request.writeUInt16LE(8, 20);
      request.writeUInt16LE(NETNSA_FD, 22);
      request.writeInt32LE(other, 24);
      if (send(routing, request, request.length, 0) !== request.length) return undefined;
      const answer = Buffer.alloc(512);
      const length = Number(receive(routing, answer, answer.length, 0));
      if (length < 28 || answer.readUInt16LE(22) !== NETNSA_NSID) return undefined;
      const id = answer.readInt32LE(24);
      return id < 0 ? undefined : id;
    } finally {
      closeSync(other);
    }
  }

  function hold(pid: number, descriptor: number): number | undefined {
    const process = Number(syscall(SYS_PIDFD_OPEN, pid, 0, 0));
    if (process < 0) return undefined;
    try {
      const copy = Number(syscall(SYS_PIDFD_GETFD, process, descriptor, 0));
      if (copy < 0) return undefined;
      try {
        const namespace = ioctl(copy, SIOCGSKNS, 0) as number;
        return namespace < 0 ? undefined : namespace;
      } finally {
        closeSync(copy);
      }
    } finally {
      closeSync(process);
    }
  }

  /** An option of at most `size` bytes. */
  function option(descriptor: number, level: number, name: number, size: number): Buffer {
    const value = Buffer.alloc(size);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(size);
    getsockopt(descriptor, level, name, value, length);
    return value;
  }

  function start(path: string, to: SocketAddress, protocol: 'tcp' | 'udp'): Connecting {
    const ipv6 = to.address.length === 16;
    const opened = socketIn(
      path,
      ipv6 ? AF_INET6 : AF_INET,
      (protocol === 'tcp' ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK,
      0,
    );
    const on = Buffer.from([1, 0, 0, 0]);
    setsockopt(opened, ipv6 ? SOL_IPV6 : SOL_IP, ipv6 ? IPV6_RECVERR : IP_RECVERR, on, 4);
    // struct sockaddr_in, sockaddr_in6.
    const name = Buffer.alloc(ipv6 ? 28 : 16);
    name.writeUInt16LE(ipv6 ? AF_INET6 : AF_INET, 0);
    name.writeUInt16BE(to.port, 2);
    to.address.copy(name, ipv6 ? 8 : 4);
    if (ipv6) name.writeUInt32LE(to.scope ?? 0, 24);
    let error = (connect(opened, name, name.length) as number) === 0 ? 0 : koffi.errno();
    if (error === EINPROGRESS) error = 0;
    const own = Buffer.alloc(28);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(own.length);
    getsockname(opened, own, length);
    return {
      port: own.readUInt16BE(2),
      error,
      state() {
        if (protocol === 'tcp') {
          const tcp = option(opened, IPPROTO_TCP, TCP_INFO, 8)[0]!;
          if (tcp === TCP_ESTABLISHED || tcp === TCP_CLOSE_WAIT) return { connected: true, error: 0 };
        }
        return { connected: false, error: option(opened, SOL_SOCKET, SO_ERROR, 4).readInt32LE(0) };
      },
      send(bytes) {
        return Number(send(opened, bytes, bytes.length, 0)) < 0 ? koffi.errno() : 0;
      },
      receive() {
        const bytes = Buffer.alloc(512);
        const got = Number(receive(opened, bytes, bytes.length, MSG_DONTWAIT));
        if (got >= 0) return bytes.subarray(0, got);
        const failed = koffi.errno();
        return failed === EAGAIN ? undefined : failed;
      },
      close: () => closeSync(opened),
    };
  }

  return {
    connect: start,
    namespaceIds(from, others) {
      const routing = socketIn(from, AF_NETLINK, SOCK_RAW, 0);
      try {
        return others.map((path) => {
          try {
            return ask(routing, path);
          } catch {
            return undefined; // It went away meanwhile.
          }
        });
      } finally {
        closeSync(routing);
      }
    },
    listen(path, filter) {
      const opened = socketIn(path, AF_PACKET, SOCK_DGRAM, ETH_P_ALL);
      // struct sock_fprog: the number of instructions, and where they lie.
      const program = Buffer.alloc(16);
      program.writeUInt16LE(filter.length / 8, 0);
      program.writeBigUInt64LE(BigInt(koffi.address(filter)), 8);
      setsockopt(opened, SOL_SOCKET, SO_ATTACH_FILTER, program, program.length);
      const size = Buffer.alloc(4);
      size.writeUInt32LE(CAPTURE_BUFFER);
      setsockopt(opened, SOL_SOCKET, SO_RCVBUFFORCE, size, 4);
      // The first question for a time switches time stamps on.
      ioctlOut(opened, SIOCGSTAMPNS, Buffer.alloc(16));
      return opened;
    },
    nextPacket(descriptor) {
      const bytes = Buffer.alloc(256);
      const from = Buffer.alloc(20);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(from.length);
      const got = Number(receiveFrom(descriptor, bytes, bytes.length, MSG_DONTWAIT, from, length));
      if (got < 0) return undefined;
      const stamp = Buffer.alloc(16);
      ioctlOut(descriptor, SIOCGSTAMPNS, stamp);
      return {
        protocol: from.readUInt16BE(2),
        index: from.readInt32LE(4),
        outgoing: from[10] === PACKET_OUTGOING,
        time: stamp.readBigInt64LE(0) * 1_000_000_000n + stamp.readBigInt64LE(8),
        bytes: bytes.subarray(0, got),
        type: from[10]!,
      };
    },
    holdSocketNamespace: hold,
    socketNamespace(pid, descriptor) {
      const namespace = hold(pid, descriptor);
      if (namespace === undefined) return undefined;
      try {
        return fstatSync(namespace).ino;
      } finally {
        closeSync(namespace);
      }
    },
  };
}
