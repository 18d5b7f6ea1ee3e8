// Ports as people type them: one by its number or its service's name, or for a scan a range.
import { readFileSync } from 'node:fs';
import { usageError } from '../errors.ts';

/** A port from 1 to 65535, or a name of services(5), whatever the protocol. @throws NscapError USAGE. */
export function parsePort(text: string): number {
  if (!/^\d+$/.test(text)) {
    const port = servicePort(text);
    if (port !== undefined) return port;
    throw usageError(
      `'${text}' is no port number, and no service of /etc/services`,
      'a port is a number from 1 to 65535, or a name such as http',
    );
  }
  const port = Number(text);
  if (port < 1 || port > 65535)
    throw usageError(`port ${text} is out of range`, 'a port is a number from 1 to 65535');
  return port;
}

/** The port of a service by its name or an alias, that of TCP first. */
function servicePort(name: string): number | undefined {
  let text: string;
  try {
    text = readFileSync('/etc/services', 'utf8');
  } catch {
    return undefined; // This machine has no such list.
  }
  const found = text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter(([own, , ...aliases]) => own === name || aliases.includes(name))
    .map(([, port]) => /^(\d+)\/(\w+)$/.exec(port ?? ''));
  const [, port] = found.find((one) => one?.[2] === 'tcp') ?? found.find((one) => one !== null) ?? [];
  return port === undefined ? undefined : Number(port);
}

/** `20-25`, both ends included, or one port. @throws NscapError USAGE. */
export function parsePorts(text: string): number[] {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  if (to === undefined) return [parsePort(text)];
  const first = parsePort(from);
  const last = parsePort(to);
  if (last < first)
    throw usageError(`the range of ports ${text} runs backwards`, `${to}-${from} is the range`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
