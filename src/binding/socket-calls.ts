// The C library's calls on sockets, declared once.
import { koffi } from './load.ts';

export const AF_NETLINK = 16;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_PACKET = 17;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_NONBLOCK = 0o4000;
export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_RCVBUF = 8;
export const SO_ATTACH_FILTER = 26;
export const SO_RCVBUFFORCE = 33;

/** send(2) and recv(2), here or on another thread, which uses `bytes` until `done` is called. */
interface Transfer {
  (descriptor: number, bytes: Uint8Array, length: number, flags: number): number | bigint;
  async(
    descriptor: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    done: (error: Error | null, result: number | bigint) => void,
  ): void;
}

interface SocketCalls {
  setns(descriptor: number, type: number): number;
  socket(family: number, type: number, protocol: number): number;
  connect(descriptor: number, address: Uint8Array, length: number): number;
  send: Transfer;
  receive: Transfer;
  /** `address` and `addressLength` (four bytes, in and out): where it came from. */
  receiveFrom(
    descriptor: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: Uint8Array,
  ): number | bigint;
  setOption(descriptor: number, level: number, name: number, value: Uint8Array, length: number): number;
  getOption(descriptor: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  ownAddress(descriptor: number, address: Uint8Array, length: Uint8Array): number;
  control(descriptor: number, request: number, argument: number): number;
  controlOut(descriptor: number, request: number, argument: Uint8Array): number;
  /** syscall(2), for what the C library has no function for. */
  syscall(number: number, first: number, second: number, third: number): number | bigint;
}

let calls: SocketCalls | undefined;

/** @throws Error where koffi cannot be loaded, or the C library lacks one */
export function socketCalls(): SocketCalls {
  if (calls !== undefined) return calls;
  const library = koffi().load(null);
  calls = {
    setns: library.func('int setns(int, int)'),
    socket: library.func('int socket(int, int, int)'),
    connect: library.func('int connect(int, const void *, uint32_t)'),
    send: library.func('long send(int, const void *, size_t, int)'),
    receive: library.func('long recv(int, _Out_ void *, size_t, int)'),
    receiveFrom: library.func('long recvfrom(int, _Out_ void *, size_t, int, _Out_ void *, _Inout_ void *)'),
    setOption: library.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    getOption: library.func('int getsockopt(int, int, int, _Out_ void *, _Inout_ void *)'),
    ownAddress: library.func('int getsockname(int, _Out_ void *, _Inout_ void *)'),
    control: library.func('int ioctl(int, unsigned long, int)'),
    controlOut: library.func('int ioctl(int, unsigned long, _Out_ void *)'),
    syscall: library.func('long syscall(long, long, long, long)'),
  } as unknown as SocketCalls;
  return calls;
}

/** A number as C's int, for the value of a socket option. */
export function int32(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}
