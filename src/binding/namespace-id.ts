// Which namespace is meant, where no tool prints it: the number that a namespace has in another one, and the namespace of
// a socket that another process holds.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { attribute, attributes, insideNamespace, NETLINK_ROUTE, NetlinkSocket } from './netlink.ts';
import { int32, socketCalls } from './socket-calls.ts';

/** rtnetlink(7): the number under which the asking socket's namespace knows another (linux/net_namespace.h). */
const RTM_GETNSID = 90;
const NETNSA_NSID = 1;
const NETNSA_FD = 3;
/** struct rtgenmsg, filled up to four bytes. */
const HEADER = Buffer.alloc(4);
/** ioctl on a socket: a descriptor of its network namespace (linux/sockios.h). */
const SIOCGSKNS = 0x894c;
/** The same numbers on every architecture Linux has had since 5.6. */
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_GETFD = 438;

/**
 * The number that the namespace `from` has for each of the namespaces `others` (all are paths of namespace files),
 * undefined where it has none. Throws what open(2) throws, and Error where entering is not permitted.
 */
export function namespaceIds(from: string, others: readonly string[]): (number | undefined)[] {
  const socket = insideNamespace(from, () => new NetlinkSocket(NETLINK_ROUTE));
  try {
    return others.map((path) => {
      try {
        return idOf(socket, path);
      } catch {
        return undefined; // It went away meanwhile.
      }
    });
  } finally {
    socket.close();
  }
}

function idOf(socket: NetlinkSocket, path: string): number | undefined {
  const other = openSync(path, 'r');
  try {
    const result = socket.ask(RTM_GETNSID, Buffer.concat([HEADER, attribute(NETNSA_FD, int32(other))]));
    if ('errno' in result) return undefined;
    const id = attributes(result.answer, HEADER.length).get(NETNSA_NSID)?.readInt32LE(0);
    return id === undefined || id < 0 ? undefined : id;
  } finally {
    closeSync(other);
  }
}

/** The network namespace of a socket that another process holds: its inode; undefined where that is not known. */
export function socketNamespace(pid: number, descriptor: number): number | undefined {
  const namespace = holdSocketNamespace(pid, descriptor);
  if (namespace === undefined) return undefined;
  try {
    return fstatSync(namespace).ino;
  } finally {
    closeSync(namespace);
  }
}

/** As socketNamespace, but the namespace stays open: a descriptor of this process. */
export function holdSocketNamespace(pid: number, descriptor: number): number | undefined {
  const { syscall, control } = socketCalls();
  const process = Number(syscall(SYS_PIDFD_OPEN, pid, 0, 0));
  if (process < 0) return undefined;
  try {
    const copy = Number(syscall(SYS_PIDFD_GETFD, process, descriptor, 0));
    if (copy < 0) return undefined;
    try {
      const namespace = control(copy, SIOCGSKNS, 0);
      return namespace < 0 ? undefined : namespace;
    } finally {
      closeSync(copy);
    }
  } finally {
    closeSync(process);
  }
}
