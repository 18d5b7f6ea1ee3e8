// netlink(7): questions to the kernel without a program for each. A process of ip takes 20 ms to start; the kernel lists
// what a namespace has in less than one.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { NscapError } from '../errors.ts';
import { AF_NETLINK, SOCK_CLOEXEC, SOCK_RAW, socketCalls } from './socket-calls.ts';

const CLONE_NEWNET = 0x40000000;

/** linux/netlink.h */
export const NETLINK_ROUTE = 0;
export const NETLINK_XFRM = 6;
export const NETLINK_SOCK_DIAG = 4;
export const NETLINK_NETFILTER = 12;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
/** Set in an answer that changed while it was made. */
const NLM_F_DUMP_INTR = 0x10;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const HEADER = 16;
/** The kernel writes dumps in pieces of at most 32 KiB. Bytes. */
const ROOM = 1 << 16;
/** The upper bits of an attribute's type are flags: nested, in network byte order. */
const ATTRIBUTE_TYPE = 0x3fff;
/** Times that a list that changed while it was made is asked for again. */
const TRIES = 10;

/**
 * Runs `action` with this thread inside the network namespace of the file `path`: sockets it opens belong there, and
 * /proc/sys/net is that of the namespace. `action` must do all its work before it returns. With `inode`, the file must
 * still be that namespace: a process whose /proc file it is may have left for another one since it was found.
 * @throws NscapError NOT_PERMITTED where it may not be entered; what open(2) throws where it is not there; KOFFI where no system call can be made
 */
export function insideNamespace<T>(path: string, action: () => T, inode?: number): T {
  const { setns } = socketCalls();
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    const there = openSync(path, 'r');
    try {
      if (inode !== undefined && fstatSync(there).ino !== inode)
        throw new NscapError('UNKNOWN_NAMESPACE', `${path} is another network namespace now`);
      if (setns(there, CLONE_NEWNET) !== 0)
        throw new NscapError('NOT_PERMITTED', `${path} may not be entered`);
      try {
        return action();
      } finally {
        // This thread is the one that runs JavaScript: it may not go on in a place that nothing else expects.
        if (setns(home, CLONE_NEWNET) !== 0) process.abort();
      }
    } finally {
      closeSync(there);
    }
  } finally {
    closeSync(home);
  }
}

/** A netlink socket of the namespace that the calling thread is in: see insideNamespace. To be closed. */
export class NetlinkSocket {
  private readonly descriptor: number;
  private readonly room = Buffer.alloc(ROOM);

  /** @throws Error where the kernel has no such family */
  constructor(protocol: number) {
    const descriptor = socketCalls().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (descriptor < 0) throw new Error(`no netlink socket of family ${protocol}`);
    this.descriptor = descriptor;
  }

  /**
   * Everything the kernel lists for a request of `type` with `body` (the family's own header): the bodies of the messages.
   * @throws Error where the kernel refuses, or the list never stays the same while it is read
   */
  dump(type: number, body: Uint8Array): Buffer[] {
    for (let tries = 0; tries < TRIES; tries++) {
      const found = this.attempt(type, body);
      if (found !== undefined) return found;
    }
    throw changesAllTheTime(type);
  }

  /**
   * The same, while JavaScript goes on: the kernel looks through all TCP sockets of the machine for those of a namespace, which
   * takes it milliseconds. One at a time.
   */
  async dumpLater(type: number, body: Uint8Array): Promise<Buffer[]> {
    for (let tries = 0; tries < TRIES; tries++) {
      const list = new List(type);
      const request = message(type, NLM_F_REQUEST | NLM_F_DUMP, body);
      const { send, receive } = socketCalls();
      const sent = await later((done) => send.async(this.descriptor, request, request.length, 0, done));
      if (sent !== request.length) throw new Error(`netlink type ${type} could not be asked for`);
      while (!list.complete) {
        const length = await later((done) => receive.async(this.descriptor, this.room, ROOM, 0, done));
        list.add(this.room, length);
      }
      if (!list.changed) return list.found;
    }
    throw changesAllTheTime(type);
  }

  private attempt(type: number, body: Uint8Array): Buffer[] | undefined {
    const { receive } = socketCalls();
    this.send(type, NLM_F_REQUEST | NLM_F_DUMP, body);
    const list = new List(type);
    while (!list.complete) list.add(this.room, Number(receive(this.descriptor, this.room, ROOM, 0)));
    return list.changed ? undefined : list.found;
  }

  /**
   * What the kernel answers to one question of `type` with `body`: the body of the message, or an errno.
   * @throws Error where it does not answer
   */
  ask(type: number, body: Uint8Array): { answer: Buffer } | { errno: number } {
    this.send(type, NLM_F_REQUEST, body);
    const length = Number(socketCalls().receive(this.descriptor, this.room, ROOM, 0));
    if (length < HEADER + 4) throw new Error(`netlink type ${type} was not answered`);
    const size = this.room.readUInt32LE(0);
    if (size > length) throw new Error(`netlink type ${type}: an answer of ${size} bytes`);
    if (this.room.readUInt16LE(4) === NLMSG_ERROR) return { errno: -this.room.readInt32LE(HEADER) };
    return { answer: Buffer.from(this.room.subarray(HEADER, size)) };
  }

  private send(type: number, flags: number, body: Uint8Array): void {
    const request = message(type, flags, body);
    if (Number(socketCalls().send(this.descriptor, request, request.length, 0)) !== request.length)
      throw new Error(`netlink type ${type} could not be asked for`);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function message(type: number, flags: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HEADER + body.length);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.set(body, HEADER);
  return bytes;
}

/** The answer to a dump, as it comes in. */
class List {
  readonly found: Buffer[] = [];
  complete = false;
  /** It changed while it was made. */
  changed = false;
  private readonly type: number;

  constructor(type: number) {
    this.type = type;
  }

  /** @throws Error where the kernel refuses */
  add(bytes: Buffer, length: number): void {
    const { type } = this;
    if (length <= 0) throw new Error(`netlink type ${type} was not answered`);
    for (let at = 0; at + HEADER <= length && !this.complete; ) {
      const size = bytes.readUInt32LE(at);
      const kind = bytes.readUInt16LE(at + 4);
      if ((bytes.readUInt16LE(at + 6) & NLM_F_DUMP_INTR) !== 0) this.changed = true;
      if (kind === NLMSG_ERROR) throw new Error(`netlink type ${type} was refused`);
      if (kind === NLMSG_DONE) this.complete = true;
      else {
        if (size < HEADER || at + size > length)
          throw new Error(`netlink type ${type}: an answer of ${size} bytes`);
        this.found.push(Buffer.from(bytes.subarray(at + HEADER, at + size)));
      }
      at += (size + 3) & ~3;
    }
  }
}

function changesAllTheTime(type: number): Error {
  return new Error(`the list of netlink type ${type} changes all the time`);
}

/** What a system call that koffi makes on another thread returns. */
function later(
  call: (done: (error: Error | null, result: number | bigint) => void) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(Number(result))));
  });
}

/** An attribute as the kernel takes it: length, type, value, filled up to a multiple of four bytes. */
export function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(value, 4);
  return bytes;
}

/** The attributes that follow a header of `offset` bytes, by type; of those that come twice the last. */
export function attributes(message: Buffer, offset = 0): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = offset; at + 4 <= message.length; ) {
    const length = message.readUInt16LE(at);
    if (length < 4 || at + length > message.length) break;
    found.set(message.readUInt16LE(at + 2) & ATTRIBUTE_TYPE, message.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return found;
}
