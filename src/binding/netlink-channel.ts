// A netlink socket that is not waited for (netlink(7)): messages of the kernel's own accord, and what is refused.
import { closeSync } from 'node:fs';
import { NscapError } from '../errors.ts';
import { lastFailure } from './libc.ts';
import {
  AF_NETLINK,
  int32,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  socketCalls,
} from './socket-calls.ts';

const SOL_NETLINK = 270;
const ADD_MEMBERSHIP = 1;

/** Bytes that one message, or several in one, may have. */
const LARGEST = 1 << 16;
const RECEIVE_BUFFER = 1 << 23;

/** A socket in the network namespace this thread is in when it is made (`insideNamespace`). */
export class NetlinkChannel {
  readonly descriptor: number;
  private readonly bytes = Buffer.alloc(LARGEST);

  constructor(protocol: number) {
    const { socket, setOption } = socketCalls();
    this.descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (this.descriptor < 0) throw new NscapError('SYSTEM', `no netlink socket: ${lastFailure().words}`);
    const size = int32(RECEIVE_BUFFER);
    if (setOption(this.descriptor, SOL_SOCKET, SO_RCVBUFFORCE, size, 4) !== 0)
      setOption(this.descriptor, SOL_SOCKET, SO_RCVBUF, size, 4);
  }

  /** Gets the messages that the kernel sends to this group from now on. */
  join(group: number): void {
    const value = int32(group);
    if (socketCalls().setOption(this.descriptor, SOL_NETLINK, ADD_MEMBERSHIP, value, 4) !== 0)
      throw failure('messages of the kernel cannot be listened to');
  }

  send(message: Uint8Array): void {
    if (Number(socketCalls().send(this.descriptor, message, message.length, 0)) !== message.length)
      throw failure('a message to the kernel was not taken');
  }

  /** What came next, valid until the next call: undefined where nothing is there, 'lost' where there was no room for it. */
  receive(): Buffer | 'lost' | undefined {
    const length = Number(socketCalls().receive(this.descriptor, this.bytes, this.bytes.length, 0));
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
