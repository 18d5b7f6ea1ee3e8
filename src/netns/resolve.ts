// What an NS argument means.
import { statSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { didYouMean } from '../base/similar.ts';
import { NscapError, usageError } from '../errors.ts';
import { notPermitted } from './command.ts';
import { findContainer } from './containers.ts';
import { HERE, NAMED, type Namespace, namespaceNames } from './namespace.ts';
import { inUserNamespace } from './user.ts';

/** statfs(2) f_type of a namespace file (linux/magic.h). */
const NSFS_MAGIC = 0x6e736673;

/**
 * The namespace that an NS argument means: `host`, `here` (the one this process is in), `pid:1234`, `container:NAME-or-ID`, an absolute path to a namespace file,
 * or a name under /run/netns. (A namespace that is itself called `host` or `here` is reached as /run/netns/host.)
 * @throws NscapError UNKNOWN_NAMESPACE, which names those there are; NOT_PERMITTED.
 */
export async function resolveNamespace(argument: string): Promise<Namespace> {
  if (argument === 'host') return host();
  if (argument === 'here') return { ...HERE, label: 'here' };
  if (argument.startsWith('pid:')) return ofProcess(argument);
  if (argument.startsWith('container:')) return ofContainer(argument);
  if (argument.startsWith('/')) return ofPath(argument);
  return named(argument);
}

async function named(name: string): Promise<Namespace> {
  const path = `${NAMED}/${name}`;
  const possible = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
  const inode = possible ? await namespaceInode(path) : undefined;
  if (inode === undefined) throw await unknownNamespace(name);
  if (inode === 0) {
    throw new NscapError(
      'UNKNOWN_NAMESPACE',
      `there is a name '${name}' under ${NAMED}, but no namespace behind it`,
      {
        hint: `a leftover: ip netns delete ${name} removes it`,
      },
    );
  }
  return { kind: 'named', label: name, path, inode, enter: way(inode, ['ip', 'netns', 'exec', name]) };
}

async function ofProcess(label: string): Promise<Namespace> {
  const pid = label.slice('pid:'.length);
  if (!/^[1-9]\d{0,9}$/.test(pid)) {
    throw usageError(`'${label}' names no process`, 'pid:1234 is the form');
  }
  const path = `/proc/${pid}/ns/net`;
  const inode = await namespaceInode(path);
  if (inode === undefined) {
    throw new NscapError('UNKNOWN_NAMESPACE', `there is no process ${pid}`, {
      hint: 'ps ax lists processes',
    });
  }
  return { kind: 'process', label, path, inode, enter: way(inode, ['nsenter', `--net=${path}`]) };
}

async function ofContainer(label: string): Promise<Namespace> {
  const container = await findContainer(label.slice('container:'.length));
  return { ...(await ofProcess(`pid:${container.process}`)), kind: 'container', label };
}

async function ofPath(path: string): Promise<Namespace> {
  const inode = await namespaceInode(path);
  if (inode === undefined) {
    throw new NscapError('UNKNOWN_NAMESPACE', `there is no file ${path}`, {
      hint: `a namespace may be given as a name, one of: ${await knownNames()}`,
    });
  }
  if (inode === 0) {
    throw new NscapError('UNKNOWN_NAMESPACE', `${path} is not a namespace file`, {
      hint: 'such files are /run/netns/NAME and /proc/PID/ns/net',
    });
  }
  return { kind: 'path', label: path, path, inode, enter: way(inode, ['nsenter', `--net=${path}`]) };
}

async function host(): Promise<Namespace> {
  const path = '/proc/1/ns/net';
  try {
    const { ino } = await stat(path);
    return { ...HERE, path, inode: ino, enter: way(ino, ['nsenter', `--net=${path}`]) };
  } catch (error) {
    // Only root may look at process 1. Without root, "host" is accepted unless something contradicts it: in a
    // namespace that has a name, or in a user namespace of its own, the process is not on the host.
    if (!['EACCES', 'EPERM', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    if (!inUserNamespace() && !(await isNamed(HERE.inode))) return HERE;
    throw notPermitted(
      `${path}: permission denied, so the namespace of the host is unknown`,
      'here is the one that this command runs in',
    );
  }
}

async function isNamed(inode: number): Promise<boolean> {
  return (await namespaceNames()).some(
    (name) => statSync(`${NAMED}/${name}`, { throwIfNoEntry: false })?.ino === inode,
  );
}

/** The process's own namespace need not be entered; entering takes root even then. */
function way(inode: number, enter: string[]): string[] {
  return inode === HERE.inode ? [] : enter;
}

/** The inode of a namespace file; 0 for a file of another kind, undefined for no file. */
async function namespaceInode(path: string): Promise<number | undefined> {
  try {
    const [{ type }, { ino }] = await Promise.all([statfs(path), stat(path)]);
    return type === NSFS_MAGIC ? ino : 0;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES' || code === 'EPERM') throw notVisible(path);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESRCH' || code === 'ENAMETOOLONG')
      return undefined;
    throw error;
  }
}

/** Root may inspect processes with no more capabilities than its own (ptrace(2), PTRACE_MODE_READ). */
function notVisible(path: string): NscapError {
  const sentence = `${path}: permission denied`;
  if (process.getuid?.() !== 0 || !path.startsWith('/proc/')) return notPermitted(sentence);
  return new NscapError('NOT_PERMITTED', sentence, {
    hint: 'that process has more capabilities than root has here, or another user namespace: CAP_SYS_PTRACE is needed',
  });
}

async function unknownNamespace(name: string): Promise<NscapError> {
  const names = await namespaceNames();
  const owner = await ownerOf(name, names);
  return new NscapError('UNKNOWN_NAMESPACE', `there is no namespace '${name}'`, {
    hint:
      owner !== undefined
        ? `${name} is an interface, and the namespace comes before it: ${owner} ${name}`
        : names.length === 0
          ? 'there are none yet: nscap lab up makes ns1 and ns2'
          : [didYouMean(name, names), `those there are: ${names.join(', ')}`].filter(Boolean).join('; '),
  });
}

/** The namespace with an interface of that name: the user may have omitted the namespace. */
async function ownerOf(name: string, names: readonly string[]): Promise<string | undefined> {
  const { byRtnetlink } = await import('./rtnetlink.ts');
  const isSame = (namespace: Namespace) =>
    byRtnetlink(namespace, (kernel) => kernel.interfaceNames().includes(name)) === true;
  if (isSame(HERE)) return HERE.label;
  for (const candidate of names) {
    const path = `${NAMED}/${candidate}`;
    const inode = await namespaceInode(path).catch(() => undefined);
    if (
      inode &&
      isSame({
        kind: 'named',
        label: candidate,
        path,
        inode,
        enter: way(inode, ['ip', 'netns', 'exec', candidate]),
      })
    )
      return candidate;
  }
  return undefined;
}

async function knownNames(): Promise<string> {
  return (await namespaceNames()).join(', ') || '(there are none)';
}
