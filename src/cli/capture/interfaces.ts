// The interfaces that a command line names, and the lists of those available.
import * as device from '../../binding/device.ts';
import { libc } from '../../binding/libc.ts';
import { Handle, type Named, timestampTypes } from '../../binding/libpcap.ts';
import { NscapError, usageError } from '../../errors.ts';
import { findInterface } from '../../netns/interfaces.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { patiently } from './namespace.ts';

/** Whether this process's namespace has an interface of that name, or libpcap a pseudo-interface (`any`). */
function exists(name: string): boolean {
  return name === 'any' || (name !== '' && !name.includes('\0') && libc().interfaceIndex(name) !== 0);
}

/**
 * The meaning of the words after the namespace, seen from inside it: the first is an interface, and so are those after it
 * that name existing interfaces; the rest is the filter. With -i all words are filter.
 */
function divideWords(
  words: readonly string[],
  given: readonly string[] | undefined,
): [names: string[], filter: string[]] {
  if (given !== undefined) return [[...given], [...words]];
  if (words.length === 0)
    throw usageError(
      'the interface is missing',
      'nscap capture NAMESPACE INTERFACE [filter...]; -D lists interfaces',
    );
  let count = 1;
  while (count < words.length && exists(words[count])) count++;
  return [words.slice(0, count), words.slice(count)];
}

/**
 * The interfaces that a command line names, as libpcap takes them, and the words of its filter. `given`: those of -i.
 * @throws NscapError USAGE where none is named, or one twice; UNKNOWN_INTERFACE
 */
export async function chosenInterfaces(
  namespace: Namespace,
  words: readonly string[],
  given: readonly string[] | undefined,
  wait: boolean,
): Promise<{ names: string[]; filterWords: string[] }> {
  const [wanted, filterWords] = divideWords(words, given);
  const names: string[] = [];
  for (const text of wanted) names.push(await interfaceNamed(namespace, text, wait));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw usageError(`the interface ${twice} is given twice`);
  return { names, filterWords };
}

/**
 * The name of an interface as libpcap takes it: of an interface there is, of a pseudo-interface, or by its number in
 * -D's list. Throws UNKNOWN_INTERFACE, which names those there are; with `wait`, waits for it instead, and until it is
 * up: between `ip link add` and `ip link set up` there is a moment in which nothing can capture.
 */
export function interfaceNamed(namespace: Namespace, name: string, wait: boolean): Promise<string> {
  return patiently(['UNKNOWN_INTERFACE', 'INTERFACE_DOWN'], wait, async () => {
    if (exists(name)) {
      if (wait && !(await findInterface(namespace, name)).up)
        throw new NscapError('INTERFACE_DOWN', `${name} in namespace ${namespace.label} is down`);
      return name;
    }
    const listed = device.devices();
    const found =
      listed.find((device) => device.name === name) ??
      (/^\d+$/.test(name) ? listed[Number(name) - 1] : undefined);
    return found?.name ?? (await findInterface(namespace, name)).name;
  });
}

/** -D: one line for each, as tcpdump prints them. */
export function listDevices(): string {
  return device
    .devices()
    .map(({ name, description, flags }, i) => {
      const about = description === undefined ? '' : ` (${description})`;
      return `${i + 1}.${name}${about}${flags === 0 ? '' : ` [${states(flags)}]`}\n`;
    })
    .join('');
}

function states(flags: number): string {
  const wireless = (flags & device.WIRELESS) !== 0;
  const words = [
    [device.UP, 'Up'],
    [device.RUNNING, 'Running'],
    [device.LOOPBACK, 'Loopback'],
    [device.WIRELESS, 'Wireless'],
  ].flatMap(([bit, word]) => ((flags & (bit as number)) === 0 ? [] : [word as string]));
  if (words.length === 0) words.push('none');
  switch (flags & device.CONNECTION) {
    case device.CONNECTED:
      words.push(wireless ? 'Associated' : 'Connected');
      break;
    case device.DISCONNECTED:
      words.push(wireless ? 'Not associated' : 'Disconnected');
      break;
    case device.NOT_APPLICABLE:
      break;
    default:
      words.push(wireless ? 'Association status unknown' : 'Connection status unknown');
  }
  return words.join(', ');
}

/** -L, as tcpdump prints it. */
export async function listLinkTypes(name: string): Promise<string> {
  const { PacketPrinter } = await import('../../print/packet.ts');
  const handle = new Handle(name, { snaplen: 64, promiscuous: false, timeout: 100 });
  try {
    const lines = handle
      .linkTypes()
      .map((type) => `${line(type)}${PacketPrinter.knows(type.value) ? '' : ' (printing not supported)'}`);
    return `Data link types for ${name} (use option -y to set):\n${lines.map((text) => `${text}\n`).join('')}`;
  } finally {
    handle.close();
  }
}

/** -J, as tcpdump prints it. */
export function listTimestampTypes(name: string): string {
  const types = timestampTypes(name);
  if (types.length === 0) return `Time stamp type cannot be set for ${name}\n`;
  return `Time stamp types for ${name} (use option -j to set):\n${types.map((type) => `${line(type)}\n`).join('')}`;
}

function line({ name, description }: Named): string {
  return `  ${name} (${description})`;
}
