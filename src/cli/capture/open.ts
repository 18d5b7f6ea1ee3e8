// Opening the interfaces of the namespace this process is in.
import { statSync } from 'node:fs';
import os from 'node:os';
import type { Interface } from '../../base/interface.ts';
import { Handle } from '../../binding/libpcap.ts';
import { NscapError } from '../../errors.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { InterfaceSource, type LiveSource } from '../../source/live.ts';
import { BUFFER, type CaptureFlags, inNanoseconds, isPlain, PLAIN_BUFFER, prints } from './flags.ts';
import { Session } from './session.ts';

/** Milliseconds until the kernel hands over a packet that is alone. */
const TIMEOUT = 10;

/** Captures on these interfaces, by libpcap or by `cap`. */
export async function captureHere(
  namespace: Namespace,
  names: string[],
  filter: string,
  flags: CaptureFlags,
): Promise<void> {
  const session = new Session(flags, () => isGone(namespace));
  session.filter = filter;
  session.inside = namespace;
  if (flags.binding === 'cap') {
    await session.run(await capSources(namespace, names, filter, flags, session));
    return;
  }
  const handles: Handle[] = [];
  try {
    for (const name of names) {
      const handle = openHandle(name, filter, flags);
      handles.push(handle);
      if (prints(flags)) await checkPrintable(handle, namespace);
    }
  } catch (error) {
    for (const handle of handles) handle.close();
    throw error;
  }
  for (const handle of handles) {
    session.warnings.push(...handle.warnings);
    const { name, description } = handle.linkType;
    session.listening.push(
      `listening on ${handle.device}, link-type ${name} (${description}), snapshot length ${handle.snaplen} bytes`,
    );
  }
  const abouts = handles.map((handle) =>
    describe(namespace, handle.device, filter, handle.fileLinkType, handle.snaplen),
  );
  if (filter.trim() !== '') {
    const { OverlookedOnInterface } = await import('../../source/overlooked.ts');
    session.overlooked.push(
      ...handles.flatMap(({ device }, i) => OverlookedOnInterface.open(device, abouts[i]!, filter) ?? []),
    );
  }
  const [handle] = handles as [Handle];
  const [about] = abouts as [Interface];
  if (handles.length > 1 || flags.drops) {
    const sources: LiveSource[] = handles.map((each, i) => new InterfaceSource(each, abouts[i]!));
    if (flags.drops) sources.push(await dropped(namespace, filter, session));
    await session.run(await merged(sources, flags));
  } else if (isPlain(flags)) await session.record(handle, about);
  else await session.run(new InterfaceSource(handle, about, flags.count));
}

/** What of the options is about opening an interface. */
export type OpenFlags = Pick<
  CaptureFlags,
  | 'snapshotLength'
  | 'bufferSize'
  | 'promiscuousMode'
  | 'direction'
  | 'immediateMode'
  | 'timeStampType'
  | 'timeStampPrecision'
  | 'linktype'
  | 'write'
  | 'pcapng'
>;

/** Opens an interface of the namespace that this thread is in, with its filter. */
export function openHandle(name: string, filter: string, flags: OpenFlags): Handle {
  const { immediateMode, timeStampType, direction } = flags;
  // tcpdump too asks for the newer cooked header, which tells the interface.
  const linkType = flags.linktype ?? (name === 'any' ? 'LINUX_SLL2' : undefined);
  const handle = new Handle(name, {
    snaplen: flags.snapshotLength,
    promiscuous: flags.promiscuousMode,
    timeout: TIMEOUT,
    immediate: immediateMode === true,
    bufferKib: flags.bufferSize ?? (isPlain(flags) ? PLAIN_BUFFER : BUFFER),
    nanoseconds: inNanoseconds(flags),
    ...(timeStampType === undefined ? {} : { timestampType: timeStampType }),
    ...(direction === undefined ? {} : { direction }),
    ...(linkType === undefined ? {} : { linkType }),
  });
  try {
    if (filter.trim() !== '') handle.setFilter(filter);
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

async function checkPrintable(handle: Handle, { label }: Namespace): Promise<void> {
  const { PacketPrinter } = await import('../../print/packet.ts');
  if (PacketPrinter.knows(handle.fileLinkType)) return;
  const { name, description } = handle.linkType;
  throw new NscapError(
    'LINK_TYPE',
    `packets of link type ${name} (${description}) on ${label}:${handle.device} cannot be printed`,
    { hint: '-w FILE writes them to a file' },
  );
}

async function capSources(
  namespace: Namespace,
  names: string[],
  filter: string,
  flags: CaptureFlags,
  session: Session,
): Promise<LiveSource> {
  const { CapHandle, SHORTCOMINGS } = await import('../../binding/cap.ts');
  const { CapSource } = await import('../../source/cap.ts');
  session.warnings.push(SHORTCOMINGS);
  const limit = names.length === 1 ? flags.count : undefined;
  const sources = names.map((name) => {
    const { snapshotLength, bufferSize = BUFFER } = flags;
    const handle = new CapHandle(name, filter, snapshotLength, bufferSize);
    session.listening.push(
      `listening on ${name}, link-type ${handle.linkName}, snapshot length ${handle.snaplen} bytes`,
    );
    return new CapSource(handle, describe(namespace, name, filter, handle.linkType, handle.snaplen), limit);
  });
  return sources.length === 1 ? sources[0]! : merged(sources, flags);
}

/** What is dropped in the namespace, from now on. */
async function dropped(namespace: Namespace, filter: string, session: Session): Promise<LiveSource> {
  const { DropPackets } = await import('./drops.ts');
  const source = await DropPackets.open([namespace], filter);
  session.warnings.push(...source.notes);
  return source;
}

async function merged(sources: LiveSource[], flags: CaptureFlags): Promise<LiveSource> {
  const { MergedSource } = await import('../../source/merged.ts');
  return new MergedSource(sources, flags.count);
}

/** An interface as a capture file describes it. */
export function describe(
  { label }: { label: string },
  name: string,
  filter: string,
  linkType: number,
  snaplen: number,
): Interface {
  return {
    name: `${label}:${name}`,
    description:
      name === 'any'
        ? `all interfaces of network namespace ${label}`
        : `${name} in network namespace ${label}`,
    os: `${os.type()} ${os.release()}`,
    ...(filter === '' ? {} : { filter }),
    linkType,
    snaplen,
  };
}

/** Whether the namespace was deleted. This process being inside, it lives on, with its interfaces, but nobody sees it. */
export function isGone({ kind, path, inode, label }: Namespace): boolean {
  if (kind === 'host') return false;
  const watched = kind === 'process' ? `/proc/${label.slice('pid:'.length)}` : path;
  try {
    const found = statSync(watched, { throwIfNoEntry: false });
    return found === undefined || (kind !== 'process' && found.ino !== inode);
  } catch {
    return false; // Not ours to look at any more.
  }
}
