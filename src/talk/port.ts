// Ports as people type them: one, or for a scan a range.
import { usageError } from '../errors.ts';

/** A port from 1 to 65535. @throws NscapError USAGE. */
export function parsePort(text: string): number {
  if (!/^\d+$/.test(text))
    throw usageError(`'${text}' is no port number`, 'a port is a number from 1 to 65535');
  const port = Number(text);
  if (port < 1 || port > 65535)
    throw usageError(`port ${text} is out of range`, 'a port is a number from 1 to 65535');
  return port;
}

/** `20-25`, both ends included, or one port. @throws NscapError USAGE. */
export function parsePorts(text: string): number[] {
  const [from, to, ...rest] = text.split('-');
  if (to === undefined || from === '' || rest.length > 0) return [parsePort(text)];
  const first = parsePort(from!);
  const last = parsePort(to);
  if (last < first)
    throw usageError(`the range of ports ${text} runs backwards`, `${to}-${from} is the range`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
