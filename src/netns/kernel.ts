// The few questions about namespaces that only system calls answer: no tool prints which number a namespace has in
// another one, and none which namespace a socket belongs to.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';

const CLONE_NEWNET = 0x40000000;
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
/** rtnetlink(7): the number under which the asking socket's namespace knows another (linux/net_namespace.h). */
const RTM_GETNSID = 90;
const NETNSA_NSID = 1;
const NETNSA_FD = 3;
const NLM_F_REQUEST = 1;
/** ioctl on a socket: a descriptor of its network namespace (linux/sockios.h). */
const SIOCGSKNS = 0x894c;
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
  /** As socketNamespace, but the namespace stays open: a descriptor of this process. */
  holdSocketNamespace(pid: number, descriptor: number): number | undefined;
}

let kernel: Kernel | undefined | null = null;

/** The system calls, or undefined where koffi can't be loaded or the C library lacks them. */
export function theKernel(): Kernel | undefined {
  if (kernel === null) {
    try {
      kernel = load();
    } catch {
      kernel = undefined;
    }
  }
  return kernel;
}

function load(): Kernel {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const libc = koffi.load(null);
  const setns = libc.func('int setns(int, int)');
  const socket = libc.func('int socket(int, int, int)');
  const send = libc.func('long send(int, const void *, size_t, int)');
  const receive = libc.func('long recv(int, _Out_ void *, size_t, int)');
  const ioctl = libc.func('int ioctl(int, unsigned long, int)');
  const syscall = libc.func('long syscall(long, long, long, long)');

  /** A routing socket of another namespace: the socket stays there when the thread comes back. */
  function routingSocket(path: string): number {
    const home = openSync('/proc/thread-self/ns/net', 'r');
    try {
      const there = openSync(path, 'r');
      try {
        if (setns(there, CLONE_NEWNET) !== 0) throw new Error(`${path} may not be entered`);
        try {
          const opened = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) as number;
          if (opened < 0) throw new Error('no routing socket');
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

  return {
    namespaceIds(from, others) {
      const routing = routingSocket(from);
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
