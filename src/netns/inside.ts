// System calls inside a namespace, and netlink sockets of it.
import { insideNamespace, NetlinkSocket } from '../binding/netlink.ts';
import { attempt, type CommandOptions, type CommandResult, check } from './command.ts';
import { enterArgv, type Namespace } from './namespace.ts';

/**
 * Runs `action` inside the namespace; it must do all its work before it returns.
 * @throws what insideNamespace throws, where the namespace may not be entered from here
 */
export function inside<T>(namespace: Namespace, action: () => T): T {
  return namespace.enter.length === 0 ? action() : insideNamespace(namespace.path, action, namespace.inode);
}

/**
 * What `read` makes of a netlink socket in the namespace; undefined where the namespace may not be entered by this
 * process, no system calls can be made, or `read` throws to decline: use a program then.
 */
export function byNetlink<T>(
  namespace: Namespace,
  protocol: number,
  read: (socket: NetlinkSocket) => T,
): T | undefined {
  let socket: NetlinkSocket | undefined;
  try {
    socket = inside(namespace, () => new NetlinkSocket(protocol));
    return read(socket);
  } catch {
    return undefined;
  } finally {
    socket?.close();
  }
}

/**
 * Runs argv inside the namespace, whatever its exit status, as a child of this process that starts there, without the
 * mounts that `ip netns exec` makes first, which cost more than most programs do. So /sys and /etc are this process's:
 * for programs that query the kernel through sockets and read /proc/net.
 */
export function attemptInside(
  namespace: Namespace,
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  if (!enterable(namespace)) return attempt(enterArgv(namespace, argv), options);
  return attempt(argv, { ...options, within: (start) => inside(namespace, start) });
}

/** The same for what it wrote. @throws NscapError unless it ends with status 0. */
export function runInside(
  namespace: Namespace,
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  if (!enterable(namespace)) return check(enterArgv(namespace, argv), options);
  return check(argv, { ...options, within: (start) => inside(namespace, start) });
}

/** Whether this process may enter by itself, by trying. */
function enterable(namespace: Namespace): boolean {
  if (namespace.enter.length === 0) return true;
  try {
    return inside(namespace, () => true);
  } catch {
    return false;
  }
}
