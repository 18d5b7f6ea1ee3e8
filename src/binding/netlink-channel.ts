// A netlink socket that is not waited for (netlink(7)): messages of the kernel's own accord, and what is refused.
import { closeSync } from 'node:fs';
import { NscapError } from '../errors.ts';
import { lastFailure } from './libc.ts';
import { koffi } from './load.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const ADD_MEMBERSHIP = 1;

/** Bytes that one message, or several in one, may have. */
const LARGEST = 1 << 16;
const RECEIVE_BUFFER = 1 << 23;

interface Functions {
  socket(family: number, type: number, protocol: number): number;
  send(descriptor: number, bytes: Uint8Array, length: number, flags: number): number | bigint;
  receive(descriptor: number, bytes: Uint8Array, length: number, flags: number): number | bigint;
  setOption(descriptor: number, level: number, name: number, value: Uint8Array, length: number): number;
}

let functions: Functions | undefined;

function system(): Functions {
  if (functions !== undefined) return functions;
  const library = koffi().load(null);
  functions = {
    socket: library.func('int socket(int, int, int)'),
    send: library.func('long send(int, const void *, size_t, int)'),
    receive: library.func('long recv(int, void *, size_t, int)'),
    setOption: library.func('int setsockopt(int, int, int, const void *, uint32_t)'),
  };
  return functions;
}

/** A socket in the network namespace this thread is in when it is made (`insideNamespace`). */
export class NetlinkChannel {
  readonly descriptor: number;
  private readonly bytes = Buffer.alloc(LARGEST);

  constructor(protocol: number) {
    const { socket, setOption } = system();
    this.descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (this.descriptor < 0) throw new NscapError('SYSTEM', `no netlink socket: ${lastFailure().words}`);
    const size = new Uint8Array(new Int32Array([RECEIVE_BUFFER]).buffer);
    if (setOption(this.descriptor, SOL_SOCKET, SO_RCVBUFFORCE, size, 4) !== 0)
      setOption(this.descriptor, SOL_SOCKET, SO_RCVBUF, size, 4);
  }

  /** Gets the messages that the kernel sends to this group from now on. */
  join(group: number): void {
    const value = new Uint8Array(new Int32Array([group]).buffer);
    if (system().setOption(this.descriptor, SOL_NETLINK, ADD_MEMBERSHIP, value, 4) !== 0)
      throw failure('messages of the kernel cannot be listened to');
  }

  send(message: Uint8Array): void {
    if (Number(system().send(this.descriptor, message, message.length, 0)) !== message.length)
      throw failure('a message to the kernel was not taken');
  }

  /** What came next, valid until the next call: undefined where nothing is there, 'lost' where there was no room for it. */
  receive(): Buffer | 'lost' | undefined {
    const length = Number(system().receive(this.descriptor, this.bytes, this.bytes.length, 0));
    if (length >= 0) return this.bytes.subarray(0, length);
    const { code } = lastFailure();
    if (code === 'ENOBUFS') return 'lost';
    if (code === 'EAGAIN' || code === 'EINTR') return undefined;
    throw failure('no message can be received');
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function failure(what: string): NscapError {
  const { code, words } = lastFailure();
  return new NscapError(code === 'EPERM' ? 'NOT_PERMITTED' : 'SYSTEM', `${what}: ${words}`);
}
