// The answers to Wireshark's calls. Each ends with status 0; errors of a capture are reported on standard error.
import { writeSync } from 'node:fs';
import { insideNamespace } from '../../binding/netlink.ts';
import { NscapError } from '../../errors.ts';
import type { Call } from './call.ts';
import { COOKED, ETHERNET, type LinkType } from './link-types.ts';
import { ALL, namespaces, offers, type Point, pointOf } from './points.ts';
import { sentence } from './sentence.ts';

declare const __VERSION__: string;

export async function answer(call: Call): Promise<void> {
  if (call.kind === 'capture') {
    const { capture } = await import('./capture.ts');
    await capture(call);
  } else writeAll(await answerText(call));
}

async function answerText(call: Call): Promise<string> {
  switch (call.kind) {
    case 'interfaces':
      return (
        sentence('extcap', { version: __VERSION__, display: 'nscap: network namespaces' }) +
        offers(await namespaces())
          .map(({ id, display }) => sentence('interface', { value: id, display }))
          .join('')
      );
    case 'config':
      return config(call);
    case 'dlts': {
      const type = await linkType(call.id);
      return type === undefined ? '' : sentence('dlt', type);
    }
    case 'filter':
      return (await filterProblem(call)) ?? '';
    default:
      return '';
  }
}

async function config({ id, reload }: Call): Promise<string> {
  const { COMMON, namespaceChoice, namespaceValues } = await import('./dialog.ts');
  if (id !== ALL) return COMMON;
  const all = await namespaces();
  return reload === undefined ? COMMON + namespaceChoice(all) : namespaceValues(all, reload);
}

/** Undefined where it cannot be known without the privilege to open the interface. */
async function linkType(id: string): Promise<LinkType | undefined> {
  if (id === ALL) return ETHERNET;
  const point = await pointOf(id).catch(() => undefined);
  if (point === undefined) return undefined;
  if (point.kind === 'any') return COOKED;
  if (point.kind !== 'interface') return ETHERNET;
  const link = point.namespace.links?.find(({ name }) => name === point.name);
  return link?.isEthernet ? ETHERNET : openedLinkType(point);
}

async function openedLinkType(point: Point & { kind: 'interface' }): Promise<LinkType | undefined> {
  const { Handle } = await import('../../binding/libpcap.ts');
  const { path, enter } = point.namespace.namespace;
  const look = () => {
    const handle = new Handle(point.name, { snaplen: 64, promiscuous: false, timeout: 100 });
    try {
      const { name, description } = handle.linkType;
      return { number: handle.fileLinkType, name, display: description };
    } finally {
      handle.close();
    }
  };
  try {
    return enter.length === 0 ? look() : insideNamespace(path, look);
  } catch {
    return undefined; // Not permitted, or it is down.
  }
}

/** libpcap's error about the filter, in one line; undefined if it compiles. */
async function filterProblem({ id, filter }: Call): Promise<string | undefined> {
  if (filter.trim() === '') return undefined;
  const { compileByName } = await import('../../filter/compile.ts');
  try {
    compileByName(filter, ((await linkType(id)) ?? ETHERNET).name, 262_144, true);
    return undefined;
  } catch (error) {
    if (error instanceof NscapError) return `${error.message.split('\n', 1)[0]}\n`;
    throw error;
  }
}

/** A stream would not be done when the process ends; its reader is Wireshark, through a pipe. */
function writeAll(text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(1, bytes, offset);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
    }
  }
}
