// A capture for Wireshark: pcapng into its FIFO until it is told to stop. Nothing but errors on standard error.
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeControls } from '../../base/escape-controls.ts';
import { endingSignals } from '../../base/signals.ts';
import type { Direction, Handle } from '../../binding/libpcap.ts';
import { becomeUser, futureUser } from '../../binding/privilege.ts';
import { stepInto } from '../../binding/setns.ts';
import { NscapError, usageError } from '../../errors.ts';
import { DEFAULT_SNAPLEN } from '../../file/pcap-writer.ts';
import { addressNames } from '../../netns/address-names.ts';
import type { OutlinedNamespace } from '../../netns/discover.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { mayManageNamespaces } from '../../netns/user.ts';
import { CaptureFiles } from '../../output/capture-files.ts';
import { InterfaceSource, type LiveSource } from '../../source/live.ts';
import { MergedSource } from '../../source/merged.ts';
import { openInterface, RING_KIB } from '../../source/open-interface.ts';
import { ChildSource } from '../capture/child.ts';
import { isGone } from '../capture/deletion.ts';
import { DropPackets } from '../capture/drops.ts';
import { describe, TIMEOUT } from '../capture/open.ts';
import type { InterfaceOptions } from '../capture/plan.ts';
import { childArguments } from '../capture/points.ts';
import type { Call } from './call.ts';
import { missing } from './missing.ts';
import { type Point, pointOf } from './points.ts';
import { DistantSource, openIn } from './sources.ts';

/** KiB of the kernel's rings altogether, and of each at least, where there are many interfaces. */
const ALL_BUFFERS = 131_072;
const LEAST_BUFFER = 512;
/** Milliseconds between two checks whether namespaces are still there. */
const WATCH = 500;
/** Milliseconds that an error waits for Wireshark to open the FIFO, and between two tries. */
const PATIENCE = 5000;
const PAUSE = 20;

/** Never throws: errors are reported on standard error, and the exit status is not 0. */
export async function capture(call: Call): Promise<void> {
  try {
    await run(call);
  } catch (error) {
    // Wireshark waits until the FIFO is opened, and ends when it is closed.
    const descriptor = call.fifo === undefined ? undefined : await openToFail(call.fifo);
    const { message, hint, exitStatus } = error instanceof NscapError ? error : asFailure(error);
    const lines = hint === undefined ? [message] : [message, hint];
    writeSync(2, `${lines.map(escapeControls).join('\n')}\n`);
    if (descriptor !== undefined) closeSync(descriptor);
    process.exitCode = exitStatus;
  }
}

function asFailure(error: unknown): NscapError {
  return new NscapError('FAILED', (error as Error).message.split('\n', 1)[0]);
}

async function openToFail(fifo: string): Promise<number | undefined> {
  const until = performance.now() + PATIENCE;
  do {
    try {
      return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      // ENXIO: it has no reader yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') return undefined;
    }
    await sleep(PAUSE);
  } while (performance.now() < until);
  return undefined;
}

async function run(call: Call): Promise<void> {
  if (call.fifo === undefined) throw usageError('the FIFO is missing', '--fifo PATH');
  const opened = await open(call, await pointOf(call.id));
  const source =
    opened.length === 1 ? opened[0].source : new MergedSource(opened.map(({ source }) => source));
  let output: CaptureFiles;
  try {
    // Waits for a reader: until signals are heeded they end the process.
    output = new CaptureFiles(source, {
      path: call.fifo,
      pcapng: true,
      nanoseconds: true,
      started: new Date(),
      names: await addressNames(),
    });
    becomeUser(futureUser(undefined));
  } catch (error) {
    await source.close();
    throw error;
  }
  let signals = 0;
  for (const signal of endingSignals()) {
    process.on(signal, () => {
      if (signals++ === 0) source.stop();
      else void source.close();
    });
  }
  const watch = setInterval(() => {
    for (const { namespace, source } of opened)
      if (namespace !== undefined && isGone(namespace)) source.stop();
  }, WATCH);
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) output.write(batch);
    await source.close();
    output.close();
  } catch (error) {
    await source.close();
    // Wireshark has closed the FIFO: a stop like any other.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    clearInterval(watch);
  }
}

interface Opened {
  source: LiveSource;
  /** Whose end is the source's. */
  namespace: Namespace | undefined;
}

async function open(call: Call, point: Point): Promise<Opened[]> {
  const chosen = point.kind === 'all' ? choose(point.namespaces, call.namespaces) : [point.namespace];
  const opened: Opened[] = [];
  try {
    if (point.kind !== 'drops') opened.push(...(await openInterfaces(call, point, chosen)));
    // The last, for further interfaces are found as packets are dropped.
    if (call.drops || point.kind === 'drops') {
      const namespaces = chosen.map(({ namespace }) => namespace);
      opened.push({
        source: await DropPackets.open(namespaces, call.filter),
        namespace: namespaces.length === 1 ? namespaces[0] : undefined,
      });
    }
    return opened;
  } catch (error) {
    await Promise.all(opened.map(({ source }) => source.close()));
    throw error;
  }
}

/** Those of the names that there are, and that may be entered; every one that may be where none is named. */
function choose(all: OutlinedNamespace[], names: string[] | undefined): OutlinedNamespace[] {
  if (names === undefined) {
    const open = all.filter(({ links }) => links !== undefined);
    return open.length > 0 ? open : all;
  }
  const found = all.filter(({ label }) => names.includes(label));
  if (found.length > 0) return found;
  throw new NscapError('UNKNOWN_NAMESPACE', `none of the namespaces chosen is there: ${names.join(', ')}`, {
    hint: `the button beside them lists them anew; those there are: ${all.map(({ label }) => label).join(', ')}`,
  });
}

async function openInterfaces(call: Call, point: Point, chosen: OutlinedNamespace[]): Promise<Opened[]> {
  const wanted = chosen.map((one) => ({
    one,
    // Where several are wanted, one that is down is not there.
    names:
      point.kind === 'interface'
        ? [point.name]
        : point.kind === 'any'
          ? ['any']
          : (one.links ?? []).filter(({ up }) => up).map(({ name }) => name),
  }));
  const count = wanted.reduce((sum, { names }) => sum + names.length, 0);
  if (count === 0)
    throw new NscapError('CAPTURE', 'there is no interface that is up', { hint: 'ip link set dev … up' });
  const options = interfaceOptions(call, count);
  const opened: Opened[] = [];
  try {
    for (const { one, names } of wanted) {
      for (const source of await openNamespace(
        one,
        names,
        call.filter,
        options,
        chosen.length === 1 && !call.drops,
      )) {
        opened.push({ source, namespace: one.namespace });
      }
    }
    return opened;
  } catch (error) {
    await Promise.all(opened.map(({ source }) => source.close()));
    throw error;
  }
}

function interfaceOptions(call: Call, count: number): InterfaceOptions {
  const snaplen = Number(call.snaplen ?? 0);
  if (!(snaplen >= 0 && snaplen <= DEFAULT_SNAPLEN))
    throw usageError(`'${call.snaplen}' is not a snapshot length`);
  const { direction = 'inout' } = call;
  if (!['in', 'out', 'inout'].includes(direction)) throw usageError(`'${direction}' is not a direction`);
  return {
    snaplen: snaplen === 0 ? DEFAULT_SNAPLEN : Math.floor(snaplen),
    promiscuous: call.promiscuous,
    bufferKib: Math.max(Math.min(RING_KIB, Math.floor(ALL_BUFFERS / count)), LEAST_BUFFER),
    nanoseconds: true,
    ...(direction === 'inout' ? {} : { direction: direction as Direction }),
  };
}

/** `alone`: this process has no other namespace to be in. */
async function openNamespace(
  netns: OutlinedNamespace,
  names: string[],
  filter: string,
  options: InterfaceOptions,
  alone: boolean,
): Promise<LiveSource[]> {
  const { namespace } = netns;
  if (namespace.enter.length > 0 && !mayManageNamespaces()) {
    if (!namespace.enter.some((word) => word.startsWith('--user='))) throw missing(netns);
    const args = childArguments(namespace, names, filter, options);
    return [await ChildSource.start(namespace, args, names.length, undefined, () => {})];
  }
  const opens = (here: Namespace, make: (name: string) => LiveSource) =>
    openIn(here, () => {
      const made: LiveSource[] = [];
      try {
        for (const name of names) made.push(make(name));
        return made;
      } catch (error) {
        for (const source of made) void source.close();
        throw error;
      }
    });
  const describeOpened = (handle: Handle) =>
    describe(namespace, handle.device, filter, handle.fileLinkType, handle.snaplen);
  // Inside, libpcap finds the interface's own counters as well.
  const inside = namespace.enter.length === 0 || (alone && stepInto(namespace.path));
  return opens(inside ? { ...namespace, enter: [] } : namespace, (name) => {
    const handle = openInterface(name, filter, { ...options, timeout: TIMEOUT });
    return inside
      ? new InterfaceSource(handle, describeOpened(handle))
      : new DistantSource(handle, describeOpened(handle), namespace);
  });
}
