// Which process has each TCP and UDP socket of a namespace: sock_diag(7) lists them, /proc says who has them open.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { NETLINK_SOCK_DIAG, NetlinkSocket } from '../binding/netlink.ts';

/** linux/sock_diag.h */
const SOCK_DIAG_BY_FAMILY = 20;
const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
/** struct inet_diag_req_v2 and struct inet_diag_msg (linux/inet_diag.h): where things lie, in bytes. */
const REQUEST_LENGTH = 56;
const PORTS = 4;
const SOURCE = 8;
const DESTINATION = 24;
const INODE = 68;
const MESSAGE_LENGTH = 72;

export interface LocalSocket {
  family: 4 | 6;
  protocol: number;
  /** 4 or 16 bytes. */
  localAddress: Buffer;
  localPort: number;
  remoteAddress: Buffer;
  remotePort: number;
  /** 0 for one that no process has any more. */
  inode: number;
}

/** All of them, in the namespace that this thread is in. @throws Error where the kernel does not list them */
export function localSockets(): LocalSocket[] {
  const socket = new NetlinkSocket(NETLINK_SOCK_DIAG);
  try {
    const found: LocalSocket[] = [];
    for (const family of [AF_INET, AF_INET6]) {
      for (const protocol of [IPPROTO_TCP, IPPROTO_UDP]) {
        const request = Buffer.alloc(REQUEST_LENGTH);
        request[0] = family;
        request[1] = protocol;
        request.writeUInt32LE(0xffffffff, 4);
        for (const message of socket.dump(SOCK_DIAG_BY_FAMILY, request)) {
          if (message.length >= MESSAGE_LENGTH) found.push(socketOf(message, protocol));
        }
      }
    }
    return found;
  } finally {
    socket.close();
  }
}

function socketOf(message: Buffer, protocol: number): LocalSocket {
  const family = message[0] === AF_INET ? 4 : 6;
  const length = family === 4 ? 4 : 16;
  return {
    family,
    protocol,
    localAddress: message.subarray(SOURCE, SOURCE + length),
    localPort: message.readUInt16BE(PORTS),
    remoteAddress: message.subarray(DESTINATION, DESTINATION + length),
    remotePort: message.readUInt16BE(PORTS + 2),
    inode: message.readUInt32LE(INODE),
  };
}

/** `curl(1234)` for each inode of a socket that some process which may be looked at has open. */
export function socketOwners(wanted: ReadonlySet<number>): Map<number, string> {
  const owners = new Map<number, string>();
  for (const process of list('/proc').filter((name) => /^\d+$/.test(name))) {
    if (owners.size === wanted.size) break;
    for (const descriptor of list(`/proc/${process}/fd`)) {
      const inode = Number(/^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${process}/fd/${descriptor}`))?.[1] ?? 0);
      // The first that has it: a server's children inherit what it listens on.
      if (wanted.has(inode) && !owners.has(inode)) owners.set(inode, `${nameOf(process)}(${process})`);
    }
  }
  return owners;
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // Gone, or another user's.
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function nameOf(process: string): string {
  try {
    return readFileSync(`/proc/${process}/comm`, 'utf8').trimEnd();
  } catch {
    return '?';
  }
}
