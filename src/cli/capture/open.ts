// Opening the interfaces of the namespace this process is in.
import os from 'node:os';
import type { Interface } from '../../base/interface.ts';
import type { Handle } from '../../binding/libpcap.ts';
import { NscapError } from '../../errors.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { InterfaceSource, type LiveSource } from '../../source/live.ts';
import { openInterface, RING_KIB } from '../../source/open-interface.ts';
import { isGone } from './deletion.ts';
import type { OpeningPlan, SessionPlan } from './plan.ts';
import { Session } from './session.ts';

/** Milliseconds until the kernel hands over a packet that is alone. */
export const TIMEOUT = 10;
/** Twice libpcap's default: no JavaScript sees the packets. */
const RECORDER_RING_KIB = 4096;

/** Captures on these interfaces, by libpcap or by `cap`. */
export async function captureHere(
  namespace: Namespace,
  names: string[],
  filter: string,
  opening: OpeningPlan,
  plan: SessionPlan,
): Promise<void> {
  const session = new Session(plan, { filter, inside: namespace, isGone: () => isGone(namespace) });
  const { drops, count } = opening;
  if (opening.binding === 'cap') {
    await session.run(await capSources(namespace, names, filter, opening, session));
    return;
  }
  const handles = await openAll(namespace, names, filter, opening);
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
      ...handles.flatMap(({ device }, i) => OverlookedOnInterface.open(device, abouts[i], filter) ?? []),
    );
  }
  const [handle] = handles as [Handle];
  const [about] = abouts as [Interface];
  if (handles.length > 1 || drops) {
    const sources: LiveSource[] = handles.map((each, i) => new InterfaceSource(each, abouts[i]));
    if (drops) sources.push(await dropped(namespace, filter, session));
    await session.run(await merged(sources, count));
  } else if (opening.recorded) await session.record(handle, about, count);
  else await session.run(new InterfaceSource(handle, about, count));
}

async function openAll(
  namespace: Namespace,
  names: readonly string[],
  filter: string,
  { interfaces, printed, recorded }: OpeningPlan,
): Promise<Handle[]> {
  const ring = recorded ? RECORDER_RING_KIB : RING_KIB;
  const handles: Handle[] = [];
  try {
    for (const name of names) {
      const handle = openInterface(name, filter, { bufferKib: ring, ...interfaces, timeout: TIMEOUT });
      handles.push(handle);
      if (printed) await checkPrintable(handle, namespace);
    }
    return handles;
  } catch (error) {
    for (const handle of handles) handle.close();
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
  { interfaces, count }: OpeningPlan,
  session: Session,
): Promise<LiveSource> {
  const { CapHandle, SHORTCOMINGS } = await import('../../binding/cap.ts');
  const { CapSource } = await import('../../source/cap.ts');
  session.warnings.push(SHORTCOMINGS);
  const limit = names.length === 1 ? count : undefined;
  const { snaplen, bufferKib = RING_KIB } = interfaces;
  const sources = names.map((name) => {
    const handle = new CapHandle(name, filter, snaplen, bufferKib);
    session.listening.push(
      `listening on ${name}, link-type ${handle.linkName}, snapshot length ${handle.snaplen} bytes`,
    );
    return new CapSource(handle, describe(namespace, name, filter, handle.linkType, handle.snaplen), limit);
  });
  return sources.length === 1 ? sources[0] : merged(sources, count);
}

/** What is dropped in the namespace, from now on. */
async function dropped(namespace: Namespace, filter: string, session: Session): Promise<LiveSource> {
  const { DropPackets } = await import('./drops.ts');
  const source = await DropPackets.open([namespace], filter);
  session.warnings.push(...source.notes);
  return source;
}

async function merged(sources: LiveSource[], count: number | undefined): Promise<LiveSource> {
  const { MergedSource } = await import('../../source/merged.ts');
  return new MergedSource(sources, count);
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
